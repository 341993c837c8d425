"""How offices write dates, times, months and numbers, read without floats: 2013年3月4日, ２０１３／３／４, 1,234.50."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal

SERIAL_ZERO = date(1899, 12, 30)
SERIAL_MIN = 18_264
"""1950-01-01: a smaller number is no date that anyone meant."""
SERIAL_MAX = 99_999
DIGITS_MAX = 15
"""Excel keeps so many digits of a number, and makes the others zeros."""
_DAY = r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?"
_DATE = re.compile(_DAY + r"(?:[T\s]+0{1,2}:00(?::00)?)?")
_TIME = re.compile(
    _DAY + r"[T\s]*(上午|下午)?\s*(\d{1,2})\s*(?:[:时点])\s*(?:(\d{1,2})\s*(?:分|:(?=\d))?)?\s*(?:(\d{1,2})\s*秒?)?"
)
_MONTH = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*月?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_COMPACT_MONTH = re.compile(r"(\d{4})(\d{2})")
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_INVISIBLE = "\u200b\u2060\ufeff"


def half_width(text: str) -> str:
    """Text as it is compared: full-width signs as half-width ones, no blanks around it; `="007"` is 007."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).strip(_INVISIBLE).replace("\u2212", "-")
    text = text.strip()
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def number_text(number: float) -> str:
    """A number of a worksheet as Excel shows it: to 15 digits, without a fraction where it has none."""
    if isinstance(number, int):
        return str(number)
    return str(int(number)) if number.is_integer() and abs(number) < 10**DIGITS_MAX else format(number, ".15g")


def read_date(text: str) -> date | None:
    """A date; None where it is none or does not exist."""
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if found is not None:
        return _date(*found.groups())
    if len(text) == len(str(SERIAL_MAX)) and text.isascii() and text.isdecimal() and int(text) >= SERIAL_MIN:
        return SERIAL_ZERO + timedelta(days=int(text))
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_time(text: str) -> datetime | None:
    """A local time; None where it is none or does not exist."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    half, hour = found[4], int(found[5])
    if half is not None and not 1 <= hour <= 12:
        return None
    if half is not None:
        hour = hour % 12 + (12 if half == "下午" else 0)
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), hour, int(found[6] or 0), int(found[7] or 0))  # noqa: DTZ001  # local by contract
    except ValueError:
        return None


def to_the_second(moment: datetime) -> datetime:
    """A time of a worksheet, whose fractions of a day miss the second by a little."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def read_month(text: str) -> str | None:
    """A month as `YYYY-MM`; None where it is none."""
    found = _MONTH.fullmatch(text) or _COMPACT_MONTH.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02d}" if found is not None and 1 <= int(found[2]) <= 12 else None


def read_number(text: str) -> Decimal | None:
    """A number, its thousands parted by commas or not; None where it is none."""
    found = _NUMBER.fullmatch(text)
    return None if found is None else Decimal(text.replace(",", ""))


def whole(number: Decimal, factor: int = 1) -> int | None:
    """So many times a number, where that is whole."""
    scaled = number * factor
    return int(scaled) if scaled == scaled.to_integral_value() else None
