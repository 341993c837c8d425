"""Tiles (C2SP tlog-tiles): the tree's hashes, 256 a file, and the events themselves, 256 a file.

tile/0/x001/234      hashes of the leaves 256 * 1234 and following; tile/1/… those of whole tiles of level 0
tile/entries/x001/234      the events' bytes, each after its length in two bytes
….p/17               one that is not full yet, with how many are in it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.merkle import HASH_BYTES, Read, perfect_root

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRY_BYTES_MAX = 0xFFFF
TILES_HELD = 1_024
ReadTile = Callable[[int, int], Sequence[bytes]]
"""The hashes of a tile, by its level and number."""


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Where a tile stands; level `entries` is that of the events."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def widths(level: int, size: int) -> Iterator[tuple[int, int]]:
    """Number and width of every tile of a level, in a tree of a size."""
    hashes = size >> (HEIGHT * level)
    yield from ((number, min(WIDTH, hashes - number * WIDTH)) for number in range((hashes + WIDTH - 1) // WIDTH))


def levels(size: int) -> range:
    """The levels of which a tree of a size has tiles."""
    found = 0
    while size >> (HEIGHT * found):
        found += 1
    return range(found)


def width_of(level: int, number: int, size: int) -> int:
    """How many hashes a tile has in a tree of a size."""
    return min(WIDTH, (size >> (HEIGHT * level)) - number * WIDTH)


def reading(tile: ReadTile) -> Read:
    """The perfect subtrees, read from tiles."""
    held = lru_cache(TILES_HELD)(tile)

    def read(height: int, index: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        number, first = divmod(index << above, WIDTH)
        return perfect_root(held(level, number)[first : first + (1 << above)])

    return read


def packed(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry after its length. ProofError `event-too-long` for one that no length says."""
    longest = max(map(len, entries), default=0)
    if longest > ENTRY_BYTES_MAX:
        raise ProofError("event-too-long", found=longest, limit=ENTRY_BYTES_MAX)
    return b"".join([part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry)])


def unpacked(content: bytes, name: str) -> list[bytes]:
    """The entries of a bundle; ProofError `tile-form` where lengths and bytes do not fit together."""
    found, at, end = [], 0, len(content)
    try:
        while at < end:
            start = at + 2
            at = start + (content[at] << 8 | content[at + 1])
            found.append(content[start:at])
    except IndexError:
        at = -1
    if at != end:
        raise ProofError("tile-form", found=name)
    return found


def hashes_of(content: bytes, name: str) -> list[bytes]:
    """The hashes of a tile; ProofError `tile-form` where it does not consist of whole ones."""
    if len(content) % HASH_BYTES:
        raise ProofError("tile-form", found=name)
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]
