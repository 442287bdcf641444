"""What people see of a run: a bar on a terminal, a line now and then elsewhere, and the summary at its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TextIO

from pipeline.desk.batch import Tally

if TYPE_CHECKING:
    from pipeline.readers.refusal import Refusal
    from rules.messages import Messages

_EVERY: Final = 20.0  # seconds between lines where there is no terminal


class Progress:
    """Counts sources on standard error. `words` tells a refusal in one line."""

    def __init__(
        self, say: Messages, words: Callable[[Refusal], str], total: int | None, out: TextIO | None = None
    ) -> None:
        self._say, self._words = say, words
        self._out = out or sys.stderr
        self.begun = time.monotonic()
        self._told = self.begun
        self._count = 0
        self._bar: Any = None
        if self._out.isatty():
            from tqdm import tqdm

            tqdm.monitor_interval = 0  # no thread beside the processes that are forked
            self._bar = tqdm(total=total, unit=" " + say("desk.unit"), file=self._out, dynamic_ncols=True, leave=False)

    def step(self) -> None:
        self._count += 1
        if self._bar is not None:
            self._bar.update()
        elif time.monotonic() - self._told >= _EVERY:
            self._told = time.monotonic()
            rate = self._count / (self._told - self.begun)
            self.line(
                self._say("desk.so_far", n=self._count, rate=f"{rate:.1f}".replace(".", self._say("number.decimal")))
            )

    def refused(self, refusal: Refusal) -> None:
        self.line(self._words(refusal))

    def line(self, text: str) -> None:
        """One line above the bar."""
        text = f"releve: {text}"
        if self._bar is not None:
            self._bar.write(text, file=self._out)
        else:
            print(text, file=self._out, flush=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def seconds(self) -> float:
        return time.monotonic() - self.begun


def summary(tally: Tally, seconds: float, say: Messages) -> list[str]:
    """What a run did, for somebody who has had no coffee yet."""
    lines = [say("desk.read", n=tally.met, time=duration(seconds, say))]
    for name, count in (("new", tally.new), ("changed", tally.changed), ("unchanged", tally.unchanged)):
        if count or name == "new":
            facts = say("desk.facts", n=tally.facts) if name == "new" and tally.new and not tally.changed else ""
            lines.append("  " + say(f"desk.{name}", n=count) + (f" ({facts})" if facts else ""))
    if tally.changed:
        lines.append("  " + say("desk.facts", n=tally.facts))
    refused = sum(tally.refused.values())
    if refused:
        lines.append("  " + say("desk.refused", n=refused))
        lines += [f"      {n:>5}  {reason(code, say)}" for code, n in tally.refused.most_common()]
    return lines


def reason(code: str, say: Messages) -> str:
    """A refusal's code in words, without what it was about."""
    words = say.get(f"reason.{code}") or say.get(f"refusal.{code}") or code
    return code if "{" in words else words


def duration(seconds: float, say: Messages) -> str:
    if seconds < 60:
        return say("desk.seconds", s=f"{seconds:.1f}".replace(".", say("number.decimal")))
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return say("desk.hours", h=hours, m=minutes) if hours else say("desk.minutes", m=minutes, s=rest)
