"""Absolute dates in spellings that the calendar's rules do not hold, read by dateparser."""

from __future__ import annotations

import datetime
import warnings
from typing import Final

import dateparser


class Spelled:
    """Built once; what was read is kept."""

    _KEPT: Final = 4096

    def __init__(self) -> None:
        self._known: dict[str, datetime.date | None] = {}

    def read(self, text: str) -> datetime.date | None:
        """The day a short text names in full, None if it names none. Depends on the text alone, never on the clock."""
        key = " ".join(text.split())
        if key not in self._known:
            if len(self._known) >= self._KEPT:
                self._known.clear()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # its own, about years left out
                found = dateparser.parse(
                    key,
                    languages=["fr"],
                    settings={
                        "DATE_ORDER": "DMY",
                        "PREFER_LOCALE_DATE_ORDER": False,
                        "REQUIRE_PARTS": ["day", "month", "year"],
                        "PARSERS": ["absolute-time"],
                        "RELATIVE_BASE": datetime.datetime(2000, 1, 1),
                        "TIMEZONE": "UTC",
                    },
                )
            self._known[key] = found.date() if found else None
        return self._known[key]
