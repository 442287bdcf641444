"""The folder of outcomes: one Parquet file a shard, and `manifest.json`, which says what is done.

Local or behind any fsspec address. A file is written aside under a name of its own and then takes its place, so that
what stands under a part's name is whole. Names that begin with a dot are no part of the outcome: what is being written,
and the notes of shards under way.
"""

from __future__ import annotations

import io
import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.readers import Refusal

MANIFEST: Final = "manifest.json"
NOTES: Final = ".notes"
END: Final = ".parquet"
_FORM: Final = "releve-parts/1"


@dataclass
class Counts:
    """What a part holds: sources, those of them that gave a record, outcomes, facts, and refusals by code."""

    sources: int = 0
    read: int = 0
    outcomes: int = 0
    facts: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        refused = dict(Counter(self.refused) + Counter(other.refused))
        return Counts(
            self.sources + other.sources,
            self.read + other.read,
            self.outcomes + other.outcomes,
            self.facts + other.facts,
            refused,
        )


@dataclass
class Manifest:
    """`paths`: the inputs as they were given. `parts`: name → counts. `complete`: every source has its outcome."""

    engine: str
    paths: list[str]
    parts: dict[str, Counts] = field(default_factory=dict)
    complete: bool = False

    def to_json(self) -> str:
        return json.dumps({"form": _FORM, **asdict(self)}, indent=1) + "\n"

    @classmethod
    def of(cls, data: bytes) -> Manifest | None:
        """None when these bytes are some other program's."""
        try:
            said: dict[str, Any] = json.loads(data)
            if said.pop("form") != _FORM:
                return None
            return cls(**said | {"parts": {name: Counts(**counts) for name, counts in said["parts"].items()}})
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


class Parts:
    """The folder at `url`: a path, or an address that fsspec knows. OSError as its system gives them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, root = fsspec.url_to_fs(url)
        self._root = root.rstrip("/")
        self._made: set[str] = set()

    def write(self, name: str, data: bytes) -> None:
        """The whole of a file, or nothing."""
        place = self._path(name)
        folder = place.rpartition("/")[0]
        if folder not in self._made:
            self._fs.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        aside = f"{folder}/.{uuid.uuid4().hex}"
        self._fs.pipe_file(aside, data)
        self._fs.mv(aside, place)

    def read(self, name: str) -> bytes | None:
        try:
            data: bytes = self._fs.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        return data

    def has(self, name: str) -> bool:
        return bool(self._fs.exists(self._path(name)))

    def remove(self, name: str) -> None:
        if self.has(name):
            self._fs.rm(self._path(name), recursive=True)

    def names(self) -> list[str]:
        """What stands in the folder, folders too, in order."""
        if not self._fs.exists(self._root):
            return []
        self._fs.invalidate_cache(self._root)
        return sorted(path.rsplit("/", 1)[-1] for path in self._fs.ls(self._root, detail=False))

    def manifest(self) -> Manifest | None:
        data = self.read(MANIFEST)
        return Manifest.of(data) if data is not None else None

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """A part, or some of its columns."""
        with self._fs.open(self._path(name), "rb") as file:
            return pq.read_table(file, columns=columns)

    def tables(self) -> Iterator[pa.Table]:
        """The parts that the manifest names, in the order of their sources."""
        manifest = self.manifest()
        for name in sorted(manifest.parts if manifest else ()):
            yield self.table(name)

    def count(self, name: str) -> Counts:
        """What a part holds, by its own rows."""
        table = self.table(name, ["source", "member", "outcome", "code", "facts"])
        first, records = pc.equal(table["member"], 0), pc.equal(table["outcome"], "record")
        number = pc.cumulative_sum(first.cast(pa.int32()))  # of the source that a row belongs to
        return Counts(
            sources=pc.sum(first).as_py() or 0,
            read=len(pc.unique(number.filter(records))),
            outcomes=table.num_rows,
            facts=pc.sum(pc.list_value_length(table["facts"])).as_py() or 0,
            refused=dict(Counter(table["code"].filter(pc.invert(records)).to_pylist())),
        )

    def refusals(self, name: str, codes: Collection[str]) -> list[Refusal]:
        """The refusals of a part that have one of these codes."""
        table = self.table(name, ["uri", "code", "detail"])
        table = table.filter(pc.is_in(table["code"], pa.array(sorted(codes), pa.string())))
        return [Refusal(row["uri"], row["code"], row["detail"] or "") for row in table.to_pylist()]

    @cached_property
    def local(self) -> str | None:
        """The folder's path, where it is one."""
        return self._root if "file" in self._fs.protocol else None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def parquet(batches: list[pa.RecordBatch], schema: pa.Schema) -> bytes:
    """One Parquet file of some batches, the same bytes for the same rows."""
    out = io.BytesIO()
    pq.write_table(pa.Table.from_batches(batches, schema), out, compression="zstd")
    return out.getvalue()
