"""Where the entries of a stream stand, by their digests: small, so that a long import does not fill the memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left

FRESH_MAX = 32
HEAD_LENGTH = 8
POSITION_BITS = 32


class Digests:
    """The positions of entries by the head of their digest: eight bytes an entry once packed, a dict for the latest.

    A head is 32 bits long: entries that share one by chance are few, and whoever asks compares them. The runs are
    sorted, and each is longer than the next, so that they are few and packing costs next to nothing an entry.
    """

    __slots__ = ("_fresh", "_runs")

    def __init__(self) -> None:
        self._fresh: dict[str, int] = {}
        self._runs: list[array[int]] = []

    def __len__(self) -> int:
        return len(self._fresh) + sum(map(len, self._runs))

    def note(self, digest: str, position: int) -> None:
        """One more entry; positions are below 2^32."""
        head = digest[:HEAD_LENGTH]
        if len(self._fresh) >= FRESH_MAX or head in self._fresh:
            self._pack()
        self._fresh[head] = position

    def positions(self, digest: str) -> list[int]:
        """Where entries stand whose digest begins like this one, the latest first."""
        head = digest[:HEAD_LENGTH]
        found = [self._fresh[head]] if head in self._fresh else []
        if self._runs:
            least = int(head, 16) << POSITION_BITS
            after = least + (1 << POSITION_BITS)
            for run in self._runs:
                place = bisect_left(run, least)
                while place < len(run) and run[place] < after:
                    found.append(run[place] - least)
                    place += 1
        return sorted(found, reverse=True) if len(found) > 1 else found

    def _pack(self) -> None:
        packed = sorted(int(head, 16) << POSITION_BITS | position for head, position in self._fresh.items())
        while self._runs and len(self._runs[-1]) <= len(packed):
            packed = sorted([*self._runs.pop(), *packed])
        self._runs.append(array("Q", packed))
        self._fresh.clear()
