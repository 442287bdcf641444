"""Days as metadata write them: ISO 8601, RFC 5322, and figures in the order of Europe."""

from __future__ import annotations

import datetime
import email.utils
import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOME: Final = "Europe/Paris"  # where a release told in universal time comes out
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$")
_EUROPEAN = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b")
_EARLIEST: Final = 1950  # years before that are a clock that was never set


def day_of(value: object) -> datetime.date | None:
    """The day that some metadata name, as people there counted it; None when they name none.

    A time told in universal time is that of a machine: the day is then the one in France.
    """
    text = str(value).strip()[:100] if isinstance(value, str | int) else ""
    try:
        if match := _ISO.match(text) or _BASIC.match(text):
            year, month, day, hour, minute, second, zone = match.groups()
            date = datetime.date(int(year), int(month), int(day))
            if hour and zone in ("Z", "+00:00", "+0000", "-00:00"):
                moment = datetime.datetime(*date.timetuple()[:3], int(hour), int(minute), int(second or 0))
                date = _at_home(moment.replace(tzinfo=datetime.UTC))
        elif match := _EUROPEAN.match(text):
            date = datetime.date(int(match.group(3)), int(match.group(2)), int(match.group(1)))
        else:
            moment = email.utils.parsedate_to_datetime(text)
            universal = moment.tzinfo is None or (moment.utcoffset() or datetime.timedelta()) == datetime.timedelta()
            date = _at_home(moment.replace(tzinfo=datetime.UTC)) if universal else moment.date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.year >= _EARLIEST else None


def _at_home(moment: datetime.datetime) -> datetime.date:
    try:
        return moment.astimezone(ZoneInfo(HOME)).date()
    except (ZoneInfoNotFoundError, ValueError):  # a machine without the table of zones
        return moment.date()
