"""Dates of the office and instants of the ledger: civil dates in Asia/Shanghai, instants in UTC.

The only place that asks the clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present civil date in Asia/Shanghai."""
    return datetime.now(SHANGHAI).date()


def shanghai_date(instant: datetime) -> date:
    """The civil date in Asia/Shanghai on which an instant falls."""
    return instant.astimezone(SHANGHAI).date()


def instant_text(instant: datetime) -> str:
    """UTC with six decimals and `Z`: text that sorts as time does."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def parse_instant(text: str) -> datetime:
    """An ISO instant with its offset; a bare date or time is refused with ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs its offset, such as Z or +08:00")
    return found.astimezone(UTC)


def add_years(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def month_of(day: date) -> str:
    """The month of a date, as `YYYY-MM`."""
    return f"{day.year:04d}-{day.month:02d}"
