"""专款专用: money given for a project or a category covers only what is spent there.

A purse is money given for one purpose: (project, category), None where it is free. An outlay is what was spent on
one: (project, category); a transfer has no category. A purse serves an outlay if its project is none or the
outlay's, and its category is none or the outlay's. Money is in order on a day if all outlays up to that day can be
served at once from all that came in up to that day. Only sums enter into it, so it does not depend on the order in
which facts were entered; money that comes in later for a project may take the place of free money that was spent on
it before.
"""

from __future__ import annotations

from functools import lru_cache

Purpose = tuple[str | None, str | None]
FREE: Purpose = (None, None)


@lru_cache(maxsize=4096)
def purpose_of(project: str | None, category: str | None) -> Purpose:
    """What money is bound to or spent on: the same object for the same two words, since accounts hold many."""
    return project, category


@lru_cache(maxsize=4096)
def purses_for(outlay: Purpose) -> tuple[Purpose, ...]:
    """The purses that may serve an outlay, the most particular first, so that free money is kept."""
    project, category = outlay
    found: list[Purpose] = [] if project is None or category is None else [outlay]
    if project is not None:
        found.append((project, None))
    if category is not None:
        found.append((None, category))
    return (*found, FREE)


class Cover:
    """Which purse serves which outlay, as much as can be; what cannot be served is short."""

    __slots__ = ("_served", "left", "left_fen", "short", "short_by_project", "short_fen")

    def __init__(self) -> None:
        self.left: dict[Purpose, int] = {}
        self.left_fen = 0
        self._served: dict[Purpose, dict[Purpose, int]] = {}
        self.short: dict[Purpose, int] = {}
        self.short_by_project: dict[str | None, int] = {}
        self.short_fen = 0

    def copy(self) -> Cover:
        """Another, to try something on."""
        other = Cover()
        other.left = self.left.copy()
        other.left_fen = self.left_fen
        other._served = {outlay: purses.copy() for outlay, purses in self._served.items()}
        other.short = self.short.copy()
        other.short_by_project = self.short_by_project.copy()
        other.short_fen = self.short_fen
        return other

    def at_hand(self, outlay: Purpose) -> int:
        """What is left for an outlay as things are; moving money between purses might free more."""
        found = 0
        for purse in purses_for(outlay):
            found += self.left.get(purse, 0)
        return found

    def receive(self, purse: Purpose, fen: int) -> None:
        """Money comes in; it serves what was short, if it may."""
        self._put(purse, fen)
        if self.short_fen:
            self._serve_short(list(self.short))

    def spend(self, outlay: Purpose, fen: int) -> None:
        """Money goes out."""
        served = self._served.setdefault(outlay, {})
        for purse in purses_for(outlay):
            taken = min(fen, self.left.get(purse, 0))
            if taken:
                self._take(served, purse, taken)
                fen -= taken
            if not fen:
                return
        self.short[outlay] = self.short.get(outlay, 0) + fen
        self.short_by_project[outlay[0]] = self.short_by_project.get(outlay[0], 0) + fen
        self.short_fen += fen
        self._serve_short([outlay])

    def give_back(self, outlay: Purpose, fen: int) -> None:
        """Money of an outlay comes back: what was short of it first, then free money before that which is not."""
        forgiven = min(fen, self.short.get(outlay, 0))
        if forgiven:
            self._lessen_short(outlay, forgiven)
        fen -= forgiven
        served = self._served.setdefault(outlay, {})
        for purse in reversed(purses_for(outlay)):
            returned = min(fen, served.get(purse, 0))
            if returned:
                served[purse] -= returned
                self._put(purse, returned)
                fen -= returned
        if self.short_fen:
            self._serve_short(list(self.short))

    def _put(self, purse: Purpose, fen: int) -> None:
        self.left[purse] = self.left.get(purse, 0) + fen
        self.left_fen += fen

    def _take(self, served: dict[Purpose, int], purse: Purpose, fen: int) -> None:
        self.left[purse] -= fen
        self.left_fen -= fen
        served[purse] = served.get(purse, 0) + fen

    def _lessen_short(self, outlay: Purpose, fen: int) -> None:
        self.short_fen -= fen
        self.short_by_project[outlay[0]] -= fen
        if self.short[outlay] == fen:
            del self.short[outlay]
        else:
            self.short[outlay] -= fen

    def _serve_short(self, outlays: list[Purpose]) -> None:
        """Serve what is short by moving money from purse to purse, for as long as there is a way."""
        for outlay in outlays:
            while self.left_fen and outlay in self.short and (path := self._way(outlay)) is not None:
                self._move(path)

    def _way(self, outlay: Purpose) -> list[Purpose] | None:
        """Outlay, purse, outlay, purse …: each purse serves the outlay after it, and the last has money left."""
        paths: list[list[Purpose]] = [[outlay]]
        seen: set[Purpose] = set()
        for path in paths:
            for purse in purses_for(path[-1]):
                if purse in seen:
                    continue
                seen.add(purse)
                if self.left.get(purse, 0) > 0:
                    return [*path, purse]
                paths += [[*path, purse, other] for other, served in self._served.items() if served.get(purse, 0) > 0]
        return None

    def _move(self, path: list[Purpose]) -> None:
        outlays, purses = path[0::2], path[1::2]
        given_up = [self._served[outlay][purse] for outlay, purse in zip(outlays[1:], purses, strict=False)]
        fen = min(self.short[outlays[0]], self.left[purses[-1]], *given_up)
        for outlay, purse in zip(outlays[1:], purses, strict=False):
            self._served[outlay][purse] -= fen
        for outlay, purse in zip(outlays, purses, strict=True):
            served = self._served.setdefault(outlay, {})
            served[purse] = served.get(purse, 0) + fen
        self.left[purses[-1]] -= fen
        self.left_fen -= fen
        self._lessen_short(outlays[0], fen)
