"""账簿: what an account took in and paid out, day by day, and whether it could.

An account is in order if at the end of every day no outlay is short of money that may serve it (`earmarks.py`). Money
that comes in never hurts; an outlay is looked at on its own day and, where later days are known already, on those too.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import date
from operator import itemgetter

from xiyuan_ledger.aggregates.earmarks import FREE, Cover, Purpose, purses_for

DaySums = dict[date, dict[Purpose, int]]
Inflow = tuple[date, Purpose, int]


class Moves:
    """Movements of one direction in the order in which they were entered, in few bytes each."""

    __slots__ = ("_days", "_fen", "_kinds")

    def __init__(self) -> None:
        self._days = array("i")
        self._fen = array("q")
        self._kinds: list[Purpose] = []

    def add(self, day: date, kind: Purpose, fen: int) -> None:
        """One more."""
        self._days.append(day.toordinal())
        self._fen.append(fen)
        self._kinds.append(kind)

    def by_day(self) -> DaySums:
        """Their sums, by day and purpose; a dict of its own each time."""
        found: DaySums = {}
        for on, kind, fen in zip(self._days, self._kinds, self._fen, strict=True):
            _add(found, date.fromordinal(on), kind, fen)
        return found

    def until(self, day: date) -> int:
        """What they come to at the end of a day."""
        last = day.toordinal()
        return sum(fen for on, fen in zip(self._days, self._fen, strict=True) if on <= last)


def _add(sums: DaySums, day: date, kind: Purpose, fen: int) -> None:
    of_day = sums.get(day)
    if of_day is None:
        sums[day] = {kind: fen}
    else:
        of_day[kind] = of_day.get(kind, 0) + fen


class Cashbook:
    """One account's days. What comes from other accounts is not in it, but handed in as `inflows`.

    `_cover` holds every outlay, and what came in up to the day of the last one; what came in after waits.
    """

    __slots__ = (
        "_balance",
        "_changes",
        "_cover",
        "_days",
        "_earmarked",
        "_last_outlay_on",
        "_received",
        "_spent",
        "_waiting",
    )

    def __init__(self) -> None:
        self._received = Moves()
        self._spent = Moves()
        self._cover = Cover()
        self._last_outlay_on = date.min
        self._waiting: list[tuple[date, bool, Purpose, int]] = []
        self._balance = 0
        self._days = array("i")
        self._changes = array("q")
        """By how much the movements of each day changed the balance."""
        self._earmarked = False

    def receive(self, day: date, purse: Purpose, fen: int) -> None:
        """Money comes in on a day."""
        self._change(day, fen)
        self._earmarked = self._earmarked or purse != FREE
        self._received.add(day, purse, fen)
        if day <= self._last_outlay_on:
            self._cover.receive(purse, fen)
        else:
            self._wait((day, True, purse, fen))

    def give_back(self, day: date, outlay: Purpose, fen: int) -> None:
        """Money of an outlay comes back on a day."""
        self._change(day, fen)
        self._spent.add(day, outlay, -fen)
        if day <= self._last_outlay_on:
            self._cover.give_back(outlay, fen)
        else:
            self._wait((day, False, outlay, fen))

    def spend(self, day: date, outlay: Purpose, fen: int) -> None:
        """Money goes out on a day."""
        self._change(day, -fen)
        self._spent.add(day, outlay, fen)
        if day > self._last_outlay_on:
            self._last_outlay_on = day
            if self._waiting and self._waiting[0][0] <= day:
                del self._waiting[: self._settle(self._cover, day)]
        self._cover.spend(outlay, fen)

    def _change(self, day: date, fen: int) -> None:
        self._balance += fen
        days, on = self._days, day.toordinal()
        place = bisect_left(days, on)
        if place < len(days) and days[place] == on:
            self._changes[place] += fen
        else:
            days.insert(place, on)
            self._changes.insert(place, fen)

    def _wait(self, entry: tuple[date, bool, Purpose, int]) -> None:
        waiting = self._waiting
        if not waiting or waiting[-1][0] <= entry[0]:
            waiting.append(entry)
        else:
            insort(waiting, entry, key=itemgetter(0))

    def _settle(self, cover: Cover, day: date) -> int:
        """Enter into a cover what waited and came in up to a day; how many entries those were."""
        count = 0
        for since, comes_in, kind, fen in self._waiting:
            if since > day:
                break
            if comes_in:
                cover.receive(kind, fen)
            else:
                cover.give_back(kind, fen)
            count += 1
        return count

    def affords(self, day: date, outlay: Purpose, fen: int, inflow: dict[str | None, int] | None = None) -> bool:
        """Whether an outlay is certainly covered: the quick answer, which may be no where the right one is yes.

        `inflow` is what came from other accounts by that day, by project.
        """
        if day < self._last_outlay_on:
            return self._affords_late(day, fen)
        cover = self._cover
        missing = fen - cover.at_hand(outlay)
        if missing > 0 and not cover.short_fen and self._waiting:
            missing -= self._waiting_for(outlay, day)
        if missing <= 0 or inflow is None:
            return missing <= 0
        free = inflow.get(None, 0)
        if cover.short_fen + missing <= free:
            return True
        short = cover.short_by_project | {outlay[0]: cover.short_by_project.get(outlay[0], 0) + missing}
        bound = (max(0, fen - (inflow.get(project, 0) if project else 0)) for project, fen in short.items())
        return sum(bound) <= free

    def _affords_late(self, day: date, fen: int) -> bool:
        """Whether, with nothing earmarked, there was as much left at the end of the day and of each that followed."""
        left, since = self._balance, day.toordinal()
        for on, change in zip(reversed(self._days), reversed(self._changes), strict=True):
            if self._earmarked or left < fen:
                return False
            if on <= since:
                break
            left -= change
        return left >= fen

    def _waiting_for(self, outlay: Purpose, day: date) -> int:
        purses, found = purses_for(outlay), 0
        for since, comes_in, kind, fen in self._waiting:
            if since > day:
                break
            if comes_in and kind in purses:
                found += fen
        return found

    def days_made_short(self, day: date, outlay: Purpose, fen: int, inflows: Iterable[Inflow]) -> list[date]:
        """The days, from an outlay's own on, at the end of which more would be short with it than without it."""
        known = list(inflows)
        if day >= self._last_outlay_on:
            cover = self._cover.copy()
            self._settle(cover, day)
            for since, kind, amount in known:
                if since <= day:
                    cover.receive(kind, amount)
            before = cover.short_fen
            cover.spend(outlay, fen)
            return [day] if cover.short_fen > before else []
        after = self.shortfalls(known, (day, outlay, fen))
        if not any(short for on, short in after.items() if on >= day):
            return []
        before_by_day, found = self.shortfalls(known), []
        before = 0
        for on, short in after.items():
            before = before_by_day.get(on, before)
            if on >= day and short > before:
                found.append(on)
        return found

    def shortfalls(self, inflows: Iterable[Inflow], outlay: tuple[date, Purpose, int] | None = None) -> dict[date, int]:
        """By day, in order, how much is short at its end; with an outlay supposed, where one is given."""
        received, spent = self._received.by_day(), self._spent.by_day()
        for inflow in inflows:
            _add(received, *inflow)
        if outlay is not None:
            _add(spent, *outlay)
        days = sorted(received.keys() | spent.keys())
        if all(kind == FREE for sums in received.values() for kind in sums):
            return _below_zero(days, received, spent)
        found, cover = {}, Cover()
        for day in days:
            for kind, fen in received.get(day, {}).items():
                cover.receive(kind, fen)
            for kind, fen in sorted(spent.get(day, {}).items(), key=itemgetter(1)):
                if fen < 0:
                    cover.give_back(kind, -fen)
                elif fen:
                    cover.spend(kind, fen)
            found[day] = cover.short_fen
        return found

    def balance(self, day: date, inflows: Iterable[Inflow]) -> int:
        """What is in the account at the end of a day; below zero where a policy lets it be."""
        return self._received.until(day) - self._spent.until(day) + sum(fen for on, _, fen in inflows if on <= day)


def _below_zero(days: list[date], received: DaySums, spent: DaySums) -> dict[date, int]:
    """The same where nothing is earmarked, which needs no cover."""
    found, balance = {}, 0
    for day in days:
        if day in received:
            balance += sum(received[day].values())
        if day in spent:
            balance -= sum(spent[day].values())
        found[day] = max(0, -balance)
    return found
