"""Where the time of a record goes: `python -m benchmarks.profile`, or with another count of texts behind it.

Processor time of each stage without those inside it, in microseconds a word, over distinct texts. The stages are
methods that are wrapped from outside, so that the file can be laid beside an older state of the program and run there.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from benchmarks.bench import CORPUS, SPLITS, WARM_UP
from benchmarks.texts import variants
from pipeline import choose, engine, grammar, language, records
from pipeline.corpus import read_folder

# stage → where its method hangs, as far as this state of the program has it
STAGES: dict[str, list[tuple[Any, str]]] = {
    "entities": [(language, "read_texts"), (getattr(engine, "EntityFinder", None), "find")],
    "layout": [(engine.Layout, "document")],
    "rules (scan)": [(grammar.Grammar, "scan")],
    "mentions": [(engine.Recognisers, "find")],
    "scene": [(engine.Engine, "scene")],
    "facts": [(engine.Relater, "relate")],
    "decisions (scores)": [(choose.Scorer, "scores")],
    "record and its validation": [(engine.Engine, "release")],
    "JSON": [(records.Release, "to_json")],
}


class Clock:
    """Processor time by stage, each without the stages inside it."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner: list[float] = [0.0]

    def wrap(self, stage: str, holder: Any, name: str) -> None:
        plain: Callable[..., Any] = getattr(holder, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            self._inner.append(0.0)
            try:
                found = plain(*args, **kwargs)
                return iter(list(found)) if name == "read_texts" else found  # a generator works when it is asked
            finally:
                took = time.process_time() - began
                self.spent[stage] += took - self._inner.pop()
                self._inner[-1] += took

        setattr(holder, name, timed)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    texts = variants(read_folder(CORPUS, SPLITS).values(), count, 3)
    words = sum(len(text.split()) for text in texts)
    reader = engine.Engine.load()
    list(reader.extract_many((text, None) for text in WARM_UP))
    clock = Clock()
    for stage, methods in STAGES.items():
        for holder, name in methods:
            if holder is not None:
                clock.wrap(stage, holder, name)
    began = time.process_time()
    for release in reader.extract_many((text, None) for text in texts):
        release.to_json()
    whole = time.process_time() - began
    clock.spent["the rest"] = whole - sum(clock.spent.values())
    for stage, spent in sorted(clock.spent.items(), key=lambda s: -s[1]):
        print(f"{stage:28} {spent / words * 1e6:7.1f}  {spent / whole:6.1%}")
    print(f"{'all':28} {whole / words * 1e6:7.1f}  microseconds a word, {count} texts, {words:,} words")


if __name__ == "__main__":
    main()
