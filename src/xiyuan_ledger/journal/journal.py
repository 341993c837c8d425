"""The journal: every fact in columns, up to any position - sealed segments, and the tail that is not sealed yet.

It is a cache. Whatever is missing, damaged or of another history is made again from the log.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import duckdb
import pyarrow.compute as pc

from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.calendar import parse_instant
from xiyuan_ledger.canonical import loads
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.columns import sql_types, table_name
from xiyuan_ledger.journal.reading import EventLog, Span, only_line, spans
from xiyuan_ledger.journal.segments import Segment, Shelf
from xiyuan_ledger.journal.tail import Tail

SEGMENT_POSITIONS = 65_536
"""What a process that starts has to parse at most: a tenth of a second."""

T = TypeVar("T")


class Recorded(NamedTuple):
    """What was recorded up to a position: where it stands."""

    known_at: int
    segments: list[Segment]
    tail: Tail | None

    def holds(self, fact: type[Fact]) -> bool:
        """Whether there may be rows of a fact: some were recorded by then, or soon after."""
        name = table_name(fact)
        return any(name in segment.files for segment in self.segments) or (
            self.tail is not None and self.tail.holds(fact)
        )


class Journal:
    """流水: the facts of one ledger as typed tables, as known at any position. May be shared by threads."""

    def __init__(self, log: EventLog, folder: Path | None, *, segment_positions: int = SEGMENT_POSITIONS):
        self._log = log
        self._size = segment_positions
        self._shelf = None if folder is None else Shelf(folder, log)
        self._segments: dict[Span, Segment] = {}
        self._tail = Tail(log, 0)
        self._lock = threading.RLock()

    def clear(self) -> None:
        """Remove the segments of a ledger of this name that is no more; other things in the folder stay."""
        if self._shelf is not None:
            self._shelf.clear()

    def attach(
        self, con: duckdb.DuckDBPyConnection, known_at: int, facts: Iterable[type[Fact]] | None
    ) -> frozenset[type[Fact]]:
        """Make `raw.<table>` for each of the facts, and `raw.superseded`, with what was recorded up to a position.

        Answers which of them may hold rows; None stands for all that may.
        """
        wanted = None if facts is None else list(facts)
        return self.attach_recorded(con, self.recorded(known_at, FACTS.values() if wanted is None else wanted), wanted)

    def recorded(self, known_at: int, facts: Iterable[type[Fact]]) -> Recorded:
        """What stands up to a position, sealed as far as can be, the facts' tables in good order."""
        with self._lock:
            return self._recorded(known_at, {*map(table_name, facts), superseded.NAME})

    def attach_recorded(
        self, con: duckdb.DuckDBPyConnection, recorded: Recorded, facts: Iterable[type[Fact]] | None
    ) -> frozenset[type[Fact]]:
        """The same as `attach`, of what was found to stand before; the store is not asked again."""
        held = frozenset(fact for fact in (FACTS.values() if facts is None else facts) if recorded.holds(fact))
        con.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for fact in held if facts is None else facts:
            self._make_view(con, fact, recorded if fact in held else None)
        with self._lock:
            self._make_superseded(con, recorded)
        return held

    def answer(self, question: Callable[[], T]) -> T:
        """Ask a question that attaches; when a file vanished or broke meanwhile, have it made again, ask once more."""
        try:
            return question()
        except (duckdb.Error, FileNotFoundError):
            if self.is_sound():
                raise
            return question()

    def is_sound(self) -> bool:
        """Whether every sealed segment still holds what was written; those that do not are made again when needed."""
        with self._lock:
            if self._shelf is None:
                return True
            shelf, present = self._shelf, self._shelf.present(self._full(self._log.head()), self._segments)
            sound = {span for span, each in present.items() if shelf.is_sound(each, each.files, again=True)}
            self._segments = {span: present[span] for span in sound}
            return len(sound) == len(present)

    def seal(self) -> int:
        """Write every full stretch of the log that is not written yet; the position up to which all is sealed."""
        with self._lock:
            return sum(each.span.until - each.span.after for each in self._recorded(self._log.head(), ()).segments)

    def positions_at(self, instant: datetime) -> int:
        """The last position recorded at or before an instant; 0 when there is none."""
        return bisect_right(range(1, self._log.head() + 1), instant.astimezone(UTC), key=self._recorded_at)

    def _recorded_at(self, position: int) -> datetime:
        return parse_instant(loads(only_line(self._log, position))["recorded_at"])

    def _recorded(self, known_at: int, names: Collection[str]) -> Recorded:
        """What stands up to a position, sealed as far as can be, the named tables in good order."""
        head = self._log.head()
        known_at = min(known_at, head)
        segments: list[Segment] = []
        if self._shelf is not None:
            full = [span for span in self._full(head) if span.after < known_at]
            self._segments |= self._shelf.seal_missing(full, self._segments, names)
            segments = [self._segments[span] for span in full]
        sealed_until = segments[-1].span.until if segments else 0
        tail = self._tail_between(sealed_until, known_at) if sealed_until < known_at else None
        return Recorded(known_at, segments, tail)

    def _full(self, head: int) -> Iterable[Span]:
        return spans(0, head - head % self._size, self._size)

    def _tail_between(self, after: int, until: int) -> Tail:
        if self._tail.span.after != after:
            self._tail = Tail(self._log, after)
        self._tail.extend(until, self._size)
        return self._tail

    def _make_view(self, con: duckdb.DuckDBPyConnection, fact: type[Fact], recorded: Recorded | None) -> None:
        name = table_name(fact)
        if recorded is None:
            nothing = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in sql_types(fact).items())
            con.execute(f'CREATE OR REPLACE VIEW raw."{name}" AS SELECT {nothing} WHERE FALSE')
            return
        parts = []
        if files := [self._path(segment, name) for segment in recorded.segments if name in segment.files]:
            parts.append(f"SELECT * FROM read_parquet([{', '.join(files)}], hive_partitioning = false)")
        if recorded.tail is not None and recorded.tail.holds(fact):
            con.register(f"_tail_{name}", recorded.tail.table(fact))
            parts.append(f"SELECT * FROM _tail_{name}")
        con.execute(
            f'CREATE OR REPLACE VIEW raw."{name}" AS SELECT * FROM ({" UNION ALL ".join(parts)}) AS every'
            f" WHERE position <= {recorded.known_at}"
        )

    def _path(self, segment: Segment, name: str) -> str:
        assert self._shelf is not None
        return "'" + str(self._shelf.path(segment, name)).replace("'", "''") + "'"

    def _make_superseded(self, con: duckdb.DuckDBPyConnection, recorded: Recorded) -> None:
        parts = [] if recorded.tail is None else [recorded.tail.superseded]
        if self._shelf is not None:
            parts += [self._shelf.superseded(segment) for segment in recorded.segments]
        rows = superseded.together(parts)
        con.register("_superseded", rows.filter(pc.less_equal(rows["by_position"], recorded.known_at)))
        con.execute("CREATE OR REPLACE TABLE raw.superseded AS SELECT * FROM _superseded")
        con.unregister("_superseded")
