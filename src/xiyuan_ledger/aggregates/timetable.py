"""时段: hours that are taken, of a person or a place, so that nothing else may take them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime

DAY_SECONDS = 86_400
"""No span is longer: minutes end at 1440."""


class Timetable:
    """Spans with a name each. Whole seconds, so that a span may end after the last day that a date can name."""

    __slots__ = ("_spans",)

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, str]] = []

    def meeting(self, starts_at: datetime, minutes: int) -> Iterator[str]:
        """The names of the spans that share time with this one, the earliest first. Touching ends share none."""
        start, end = _seconds(starts_at, minutes)
        for nth in range(bisect_left(self._spans, (start - DAY_SECONDS,)), len(self._spans)):
            other_start, other_end, name = self._spans[nth]
            if other_start >= end:
                return
            if other_end > start:
                yield name

    def take(self, starts_at: datetime, minutes: int, name: str) -> None:
        """Take up a span."""
        insort(self._spans, (*_seconds(starts_at, minutes), name))

    def free(self, starts_at: datetime, minutes: int, name: str) -> None:
        """Give up a span that was taken."""
        self._spans.remove((*_seconds(starts_at, minutes), name))


def _seconds(at: datetime, minutes: int) -> tuple[int, int]:
    start = at.toordinal() * DAY_SECONDS + at.hour * 3600 + at.minute * 60 + at.second
    return start, start + minutes * 60
