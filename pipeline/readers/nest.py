"""What is in a container: read like any other source, within bounds that hold for the outermost one as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from pipeline.document import Document
from pipeline.readers.refusal import Refusal, failure

Read: TypeAlias = "Document | Refusal"  # what a container yields: a refusal inside it costs its siblings nothing

MAX_DEPTH: Final = 4  # a PDF in a mail in a ZIP in a ZIP: what people make; deeper is made to harm
MAX_MEMBERS: Final = 20_000  # a year of a press office's releases; more memory than that no machine owes one file
MAX_UNPACKED: Final = 512 * 2**20  # bytes of all that is inside one source, once unpacked


class Nest:
    """Reads what containers hold. One for the outermost source, and one for each floor inside it."""

    def __init__(
        self, read: Callable[[bytes, str, Nest], Iterator[Read]], depth: int = 0, spent: list[int] | None = None
    ) -> None:
        self._read = read
        self._depth = depth
        self._spent = spent if spent is not None else [0, 0]  # members, bytes: shared by all floors

    @property
    def outermost(self) -> bool:
        return self._depth == 0

    def take(self, uri: str, size: int) -> None:
        """Counts a member of `size` bytes; Refusal when that is more than one source may hold."""
        self._spent[0] += 1
        self._spent[1] += size
        if self._spent[0] > MAX_MEMBERS:
            raise Refusal(uri, "too_many_members", str(MAX_MEMBERS))
        if self._spent[1] > MAX_UNPACKED:
            raise Refusal(uri, "too_big_unpacked", str(MAX_UNPACKED // 2**20))

    def inside(self, uri: str, size: int) -> Nest:
        """The nest for what a member of `size` bytes holds; Refusal when it lies too deep or is too much."""
        self.take(uri, size)
        if self._depth + 1 > MAX_DEPTH:
            raise Refusal(uri, "nested_too_deep", str(MAX_DEPTH))
        return Nest(self._read, self._depth + 1, self._spent)

    @property
    def room(self) -> int:
        """Bytes that may still be unpacked."""
        return max(0, MAX_UNPACKED - self._spent[1])

    def read(self, data: bytes, uri: str) -> Iterator[Read]:
        """What a member holds; never raises: what cannot be read is yielded as its Refusal."""
        try:
            yield from self._read(data, uri, self.inside(uri, len(data)))
        except Refusal as refusal:
            yield refusal
        except Exception as error:
            yield failure(uri, error)


class Names:
    """Gives the members of a container names that are all different: "a.pdf", "a.pdf-2"."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def unique(self, name: str) -> str:
        name = " ".join(name.split()) or "1"
        while name in self._seen:
            self._seen[name] += 1
            name = f"{name}-{self._seen[name]}"
        self._seen[name] = 1
        return name
