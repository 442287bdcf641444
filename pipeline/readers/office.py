"""The parts of a DOCX or ODT file: XML in a ZIP, unpacked and parsed within bounds."""

from __future__ import annotations

import zipfile

from pipeline.readers.archive import member_bytes, open_zip
from pipeline.readers.refusal import Refusal
from pipeline.readers.xml import Element, local, parse_xml, text_of


class Parts:
    """The parts by name."""

    def __init__(self, data: bytes, uri: str) -> None:
        self._archive: zipfile.ZipFile = open_zip(data, uri)
        self._uri = uri

    def xml(self, name: str) -> Element | None:
        """The root of a part; None when there is none of that name. Refusal when it cannot be read."""
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            return None
        return parse_xml(member_bytes(self._archive, member, self._uri), self._uri)

    def needed(self, name: str) -> Element:
        root = self.xml(name)
        if root is None:
            raise Refusal(self._uri, "broken_zip")
        return root


def said(root: Element | None, *names: str) -> str | None:
    """The text of the first element of one of some names in the properties of a document."""
    if root is None:
        return None
    found = {local(e): text for e in root.iter() if (text := text_of(e))}
    return next((found[name] for name in names if name in found), None)
