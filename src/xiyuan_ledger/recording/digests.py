"""Where the entries of a stream stand, by their digests: small, so that a long import does not fill the memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left

FRESH_MAX = 512
HEAD_LENGTH = 8
POSITION_BITS = 32
SEEN_BYTES = 1 << 22


def nothing_seen() -> bytearray:
    """A bit for each 25 leading bits of a digest: unset, no stream holds an entry whose digest begins so.

    Of a million entries it answers for all but three in a hundred that are new. No bit is ever taken back.
    """
    return bytearray(SEEN_BYTES)


class Digests:
    """The positions of entries by the head of their digest: eight bytes an entry.

    A head is 32 bits long: entries that share one by chance are few, and whoever asks compares them. The runs are
    sorted, and each is longer than the next, so that they are few and packing costs next to nothing an entry.
    """

    __slots__ = ("_fresh", "_runs", "_seen")

    def __init__(self, seen: bytearray) -> None:
        self._seen = seen
        self._fresh = array("Q")
        self._runs: list[array[int]] = []

    def __len__(self) -> int:
        return len(self._fresh) + sum(map(len, self._runs))

    def none(self) -> Digests:
        """None, for the same streams."""
        return Digests(self._seen)

    def may_hold(self, digest: str) -> int:
        """Whether an entry of any stream may have this digest."""
        head = int(digest[:HEAD_LENGTH], 16)
        return self._seen[head >> 10] >> (head >> 7 & 7) & 1

    def note(self, digest: str, position: int) -> None:
        """One more entry; positions are below 2^32."""
        head = int(digest[:HEAD_LENGTH], 16)
        self._seen[head >> 10] |= 1 << (head >> 7 & 7)
        self._fresh.append(head << POSITION_BITS | position)
        if len(self._fresh) >= FRESH_MAX:
            self._pack()

    def positions(self, digest: str) -> list[int]:
        """Where entries stand whose digest begins like this one, the latest first."""
        head = int(digest[:HEAD_LENGTH], 16)
        least, after = head << POSITION_BITS, head + 1 << POSITION_BITS
        found = [each - least for each in self._fresh if least <= each < after]
        for run in self._runs:
            place = bisect_left(run, least)
            while place < len(run) and run[place] < after:
                found.append(run[place] - least)
                place += 1
        return sorted(found, reverse=True)

    def _pack(self) -> None:
        packed = sorted(self._fresh)
        while self._runs and len(self._runs[-1]) <= len(packed):
            packed = sorted([*self._runs.pop(), *packed])
        self._runs.append(array("Q", packed))
        self._fresh = array("Q")
