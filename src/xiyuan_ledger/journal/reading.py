"""How much of the log is read at a time, and how reading and parsing overlap."""

from __future__ import annotations

import ctypes
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol, TypeVar

import pyarrow as pa

from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.errors import events_missing
from xiyuan_ledger.journal.parsing import fact_of, table_of_lines
from xiyuan_ledger.store import Store

T = TypeVar("T")

WORKERS_MAX = 8
AHEAD = 2
"""Spans read but not yet parsed: what memory holds, however long the log."""


class EventLog(Protocol):
    """The facts as bytes, as far as the journal needs them. Positions run 1, 2, 3 … without gaps."""

    @property
    def name(self) -> str:
        """The ledger's name, which every row carries."""

    def head(self) -> int:
        """The position of the last event; 0 when there is none."""

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        """Stored bytes joined by newlines, per topic, of the events with after < position <= until, in order."""


class StoredLog:
    """The store as the journal sees it."""

    def __init__(self, store: Store):
        self._store = store
        self.name = store.meta.name

    def head(self) -> int:
        """The position of the last event."""
        return self._store.head()

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        """Stored bytes joined by newlines, per topic."""
        return self._store.by_topic(after, until)


class Span(NamedTuple):
    """The positions after < position <= until."""

    after: int
    until: int


def spans(after: int, until: int, size: int) -> Iterator[Span]:
    """A stretch of the log in parts of at most `size`, cut at multiples of it."""
    while after < until:
        cut = min((after // size + 1) * size, until)
        yield Span(after, cut)
        after = cut


def parse_spans(
    log: EventLog, wanted: Iterable[Span], keep: Callable[[Span, type[Fact], pa.Table], T]
) -> Iterator[tuple[Span, list[T]]]:
    """What is kept of each span's tables, one for each fact that it has, in order.

    The log is read in the caller's thread; blocks are parsed outside Python's lock, on all cores, meanwhile. StoreError
    where the log has fewer events than positions: one was taken out by force, and nothing is computed without it.
    """

    def parsed(span: Span, topic: str, lines: bytes) -> tuple[int, T]:
        fact = fact_of(topic)
        table = table_of_lines(log.name, fact, lines)
        return len(table), keep(span, fact, table)

    with ThreadPoolExecutor(min(WORKERS_MAX, os.cpu_count() or 1), thread_name_prefix="journal") as pool:
        under_way: deque[tuple[Span, list[Future[tuple[int, T]]]]] = deque()
        for span in wanted:
            longest_first = sorted(log.by_topic(*span).items(), key=lambda block: -len(block[1]))
            under_way.append((span, [pool.submit(parsed, span, *block) for block in longest_first]))
            del longest_first
            if len(under_way) >= AHEAD:
                yield _kept(log, *under_way.popleft())
        while under_way:
            yield _kept(log, *under_way.popleft())


def _kept(log: EventLog, span: Span, futures: list[Future[tuple[int, T]]]) -> tuple[Span, list[T]]:
    found = [future.result() for future in futures]
    check_whole(log, span, sum(rows for rows, _ in found))
    return span, [kept for _, kept in found]


def give_back() -> None:
    """What many blocks needed and freed goes back to the system, where the C library knows how."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def check_whole(log: EventLog, span: Span, rows: int) -> None:
    """StoreError unless a stretch of the log has an event at every position."""
    if rows != span.until - span.after:
        raise events_missing(log.name, span.after + 1, span.until, rows)


def only_line(log: EventLog, position: int) -> bytes:
    """The stored bytes of the event at a position."""
    lines = log.by_topic(position - 1, position)
    check_whole(log, Span(position - 1, position), len(lines))
    (line,) = lines.values()
    return line
