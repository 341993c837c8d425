"""The events of a bundle, read from its entry bundles: as rows, by topic, a stretch at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store import Row
from xiyuan_ledger.verification.files import BundleFiles
from xiyuan_ledger.verification.tiles import WIDTH, tile_path, unpacked, width_of

FILES_HELD = 64
_PLACE = re.compile(rb'"stream":"([^"\\]+)","type":"(\w+)","version":([1-9][0-9]{0,15})\}\Z')


class Place(NamedTuple):
    """Where an event stands, as its last bytes say: keys are in order, and these are the last ones."""

    stream: str
    type: str
    version: int


def place_of(entry: bytes, position: int) -> Place:
    """Where an event stands. ProofError: `event-form`, or `event-newer` for a fact that this version does not know."""
    found = _PLACE.search(entry)
    try:
        place = found and Place(found[1].decode(), found[2].decode(), int(found[3]))
    except UnicodeDecodeError:
        place = None
    if not place:
        raise ProofError("event-form", position=position)
    if place.type not in FACTS:
        raise ProofError("event-newer", position=position, found=place.type)
    return place


def topic_of(entry: bytes, position: int) -> str:
    """The topic under which a store keeps an event."""
    return FACTS[place_of(entry, position).type].TOPIC


class BundleEvents:
    """The events of a bundle, as many as its checkpoint says."""

    def __init__(self, files: BundleFiles, name: str, size: int):
        self._files = files
        self._size = size
        self.name = name
        self._bundle = lru_cache(FILES_HELD)(self._read)

    def head(self) -> int:
        """How many events there are."""
        return self._size

    def _read(self, number: int) -> list[bytes]:
        width = width_of(0, number, self._size)
        path = tile_path("entries", number, width)
        entries = unpacked(self._files.read(path), path)
        if len(entries) != width:
            raise ProofError("tile-form", found=path)
        return entries

    def entries(self, after: int, until: int) -> Iterator[tuple[int, bytes]]:
        """Positions and bytes of the events with after < position <= until."""
        position, until = after, min(until, self._size)
        while position < until:
            number, first = divmod(position, WIDTH)
            for entry in self._bundle(number)[first : first + until - position]:
                position += 1
                yield position, entry

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        """Their bytes joined by newlines, per topic, in order."""
        parts: dict[str, list[bytes]] = {}
        for position, entry in self.entries(after, until):
            parts.setdefault(topic_of(entry, position), []).append(entry)
        return {topic: b"\n".join(entries) for topic, entries in parts.items()}

    def rows(self, after: int, limit: int) -> list[Row]:
        """The events that follow a position, as a store would give them."""
        return [row_of(position, entry) for position, entry in self.entries(after, after + limit)]


def row_of(position: int, entry: bytes) -> Row:
    """An event as a store would give it."""
    place = place_of(entry, position)
    return Row(position, place.stream, place.version, FACTS[place.type].TOPIC, entry, leaf_hash(entry))
