"""A store in which a bundle's events are recorded once more: nothing is written, what would be is compared.

What deciding looks up - which events a stream has, which keys were used, which tags lead where - stands in a scratch
database that is gone afterwards, so that memory does not grow with the history.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.store import Batch, Begun, Meta, Row
from xiyuan_ledger.verification.events import BundleEvents

TABLES = (
    "CREATE TABLE streams (stream TEXT NOT NULL, position INTEGER NOT NULL)",
    "CREATE INDEX of_stream ON streams (stream, position)",
    "CREATE TABLE keys (key TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE tags (tag TEXT NOT NULL, stream TEXT NOT NULL, PRIMARY KEY (tag, stream)) WITHOUT ROWID",
)
VARIABLES_MAX = 500


class ReplayStore:
    """The events of a bundle up to the one that is recorded next."""

    def __init__(self, events: BundleEvents):
        self.meta = Meta(events.name, simulated=True)
        self._events = events
        self._head = 0
        self._inside = False
        self._folder = tempfile.TemporaryDirectory(prefix="xiyuan-replay-")
        self._scratch = sqlite3.connect(Path(self._folder.name) / "scratch.db", isolation_level=None)
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -8192"):
            self._scratch.execute(f"PRAGMA {pragma}")
        for table in TABLES:
            self._scratch.execute(table)

    def guards_missing(self) -> list[str]:
        """It has none and needs none."""
        return []

    def head(self) -> int:
        """The last event that was recorded again."""
        return self._head

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What is appended inside stands, or nothing of it."""
        head = self._head
        self._scratch.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._head = head
            self._scratch.execute("ROLLBACK")
            raise
        self._scratch.execute("COMMIT")

    def append(self, batch: Batch) -> None:
        """Compare what would be written with what the bundle has; ProofError `replay-differs`."""
        recorded = self._events.rows(self._head, len(batch.rows))
        for row, found in zip(batch.rows, recorded, strict=True):
            if row.state != found.state:
                raise ProofError("replay-differs", position=found.position)
        self._head += len(recorded)
        self._scratch.executemany("INSERT INTO streams VALUES (?, ?)", [(row.stream, row.position) for row in recorded])
        self._scratch.executemany("INSERT INTO keys VALUES (?, ?)", batch.keys)
        self._scratch.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", batch.tags)

    def append_if_head(self, head: int, batch: Batch) -> bool:
        """The same, if the last event is still the one that was seen."""
        if head != self._head:
            return False
        self.append(batch)
        return True

    def after(self, position: int, limit: int) -> list[Row]:
        """The events that follow a position, as far as they were recorded again."""
        return self._events.rows(position, min(limit, self._head - position)) if position < self._head else []

    def at(self, positions: Iterable[int]) -> list[Row]:
        """The events at these positions, in order."""
        wanted = sorted(each for each in set(positions) if 0 < each <= self._head)
        return [row for position in wanted for row in self._events.rows(position - 1, 1)]

    def of_streams(self, streams: Iterable[str], *, committed: bool = False) -> list[Row]:
        """All events of these streams, in the order of positions."""
        wanted = list(streams)
        positions: list[int] = []
        for start in range(0, len(wanted), VARIABLES_MAX):
            part = wanted[start : start + VARIABLES_MAX]
            select = f"SELECT position FROM streams WHERE stream IN ({','.join('?' * len(part))})"
            positions += [position for (position,) in self._scratch.execute(select, part)]
        return self.at(positions)

    def leaves(self, after: int, until: int) -> list[bytes]:
        """The leaf hashes of a stretch."""
        return [row.leaf for row in self.after(after, until - after)]

    def keyed(self, keys: Iterable[str], *, committed: bool = False) -> dict[str, int]:
        """The positions at which keys were used."""
        found: dict[str, int] = {}
        for key in keys:
            for (position,) in self._scratch.execute("SELECT position FROM keys WHERE key = ?", (key,)):
                found[key] = position
        return found

    def tagged(self, tag: str, *, committed: bool = False) -> tuple[str, ...]:
        """The streams that a tag leads to."""
        rows = self._scratch.execute("SELECT stream FROM tags WHERE tag = ? ORDER BY stream", (tag,))
        return tuple(stream for (stream,) in rows)

    def begun(self, after: int, kind: str, topics: Sequence[str], text: bytes) -> Begun:
        """Nothing is counted here: who asks is sent to look through the facts."""
        return Begun(after, 0, 1)

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        """Their bytes, per topic."""
        return self._events.by_topic(after, min(until, self._head))

    def close(self) -> None:
        """Remove the scratch database."""
        self._scratch.close()
        self._folder.cleanup()
