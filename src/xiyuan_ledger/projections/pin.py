"""Pin 固定版本点: as known at a position, about a day, over a period."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from xiyuan_ledger.errors import ViewError


@dataclass(frozen=True, slots=True)
class Pin:
    """Only facts recorded up to `known_at` exist; statements are about the day `valid_on`.

    `known_at` is a position, or an instant that stands for the last position recorded up to it; left out: the newest.
    `valid_on` left out: today in Asia/Shanghai. `from_on` and `to_on` bound the period of views over a period, both
    inclusive; None stands for all of history up to `valid_on`. Same pin, same ledger: the same bytes.
    """

    known_at: int | datetime | None = None
    valid_on: date | None = None
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A pin with everything filled in: what a view is computed at, and says of itself."""

    known_at: int
    valid_on: date
    from_on: date | None = None
    to_on: date | None = None

    def until(self) -> date:
        """The last day of the period that counts."""
        return self.valid_on if self.to_on is None else min(self.to_on, self.valid_on)


def first_of_next_month(day: date) -> date:
    """The first day of the month after a day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def period_bounds(period: str) -> tuple[date, date]:
    """First and last day of `2013-03`, `2013-Q1` or `2013`; ViewError for anything else."""
    if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", period):
        first = date(int(match[1]), int(match[2]), 1)
        return first, first_of_next_month(first) - timedelta(days=1)
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", period):
        first = date(int(match[1]), 3 * int(match[2]) - 2, 1)
        return first, first_of_next_month(date(first.year, first.month + 2, 1)) - timedelta(days=1)
    if re.fullmatch(r"[12]\d{3}", period):
        return date(int(period), 1, 1), date(int(period), 12, 31)
    raise ViewError("period-form", field="period", found=period)
