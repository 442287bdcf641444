"""What `rules/sources.toml` knows: names of fields, class names around an article, words between two messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pipeline.document import fold, matching_view
from rules import Rules

_APART = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_RULE = re.compile(r"^[\s>]*[-_*=]{2,}\s*|(?<![-_*=])[-_*=]{2,}\s*$")


def plain_name(name: str) -> str:
    """A name as compared: "Publié le" and "publie_le" are one."""
    return _APART.sub("-", fold(name)).strip("-")


class SourceWords:
    """The classes of the file, as sets of names; built once from the rules."""

    def __init__(self, rules: Rules) -> None:
        self._forms: dict[str, list[str]] = {}
        for rule in rules.file("sources").rule:
            self._forms.setdefault(rule.cls, []).extend(form for form, _ in rule.expressions())
        self._names = {cls: [plain_name(form) for form in forms] for cls, forms in self._forms.items()}
        self._patterns = {cls: _any_of(names) for cls, names in self._names.items() if cls.startswith("page_")}
        self._labels = {
            name: cls.removeprefix("mail_label_")
            for cls, names in self._names.items()
            if cls.startswith("mail_label_")
            for name in names
        }

    def field(self, cls: str, fields: Iterable[str]) -> str | None:
        """Which of some fields' names is one of the class: the one that stands first in the rules."""
        known: Mapping[str, str] = {plain_name(name): name for name in reversed(list(fields))}
        return next((known[name] for name in self._names[cls] if name in known), None)

    def in_class(self, cls: str, attribute: str) -> bool:
        """Whether the value of a class or id attribute holds one of the names, whole."""
        spelled = _APART.sub("-", _CAMEL.sub("-", attribute[:500]).lower())
        return bool(self._patterns[cls].search(f"-{spelled}-"))

    def label(self, line: str) -> tuple[str, str] | None:
        """(which header, its value) of a line such as "Objet : une usine" in a message that was handed on."""
        name, colon, value = line.replace("*", "").strip(" >\t").partition(":")
        which = self._labels.get(plain_name(name)) if colon and len(name) <= 20 else None
        return (which, value.strip()) if which else None

    def ruled(self, cls: str, line: str) -> bool:
        """Whether a line between dashes, or with a colon at its end, says one of the forms and nothing else."""
        said = _RULE.sub("", _RULE.sub("", line.strip()).rstrip()).rstrip()
        dressed = said != line.strip() or said.endswith(":")
        return dressed and len(said) <= 60 and plain_name(said) in self._names[cls]

    def ends(self, cls: str, line: str) -> bool:
        """Whether a line ends with one of the forms."""
        tail = matching_view(line.strip()[-20:]).lower()
        return any(tail.endswith(form) for form in self._forms[cls])

    def without_prefix(self, subject: str) -> str:
        """A subject without "Re:", "TR:" and the like."""
        while True:
            head, colon, rest = subject.partition(":")
            if not colon or len(head) > 6 or plain_name(head) not in self._names["mail_prefix"]:
                return subject.strip()
            subject = rest


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"-(?:{'|'.join(map(re.escape, names))})(?=-)")
