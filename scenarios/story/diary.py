"""日程: who is where when, so that nobody is in two places at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

FIRST = time(8, 30)
LAST = time(19, 0)
STEP = timedelta(minutes=15)


class Diary:
    """The hours of workers and clients that are taken."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, date], list[tuple[datetime, datetime]]] = {}

    def take(self, people: Iterable[str], at: datetime, minutes: int) -> datetime:
        """Take these hours for all of them."""
        until = at + timedelta(minutes=minutes)
        for person in people:
            self._taken.setdefault((person, at.date()), []).append((at, until))
        return at

    def find(self, people: tuple[str, ...], on: date, minutes: int) -> datetime | None:
        """Take the first hours of a day that suit all of them; None where there are none."""
        at, last = datetime.combine(on, FIRST), datetime.combine(on, LAST)
        while at + timedelta(minutes=minutes) <= last:
            if all(self._free(person, at, minutes) for person in people):
                return self.take(people, at, minutes)
            at += STEP
        return None

    def _free(self, person: str, at: datetime, minutes: int) -> bool:
        until = at + timedelta(minutes=minutes)
        return all(until <= start or end <= at for start, end in self._taken.get((person, at.date()), ()))
