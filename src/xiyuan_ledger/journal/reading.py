"""How much of the log is read at a time, and how reading and parsing overlap."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol, TypeVar

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
    log: EventLog, wanted: Iterable[Span], parse: Callable[[Span, str, bytes], T]
) -> Iterator[tuple[Span, list[T]]]:
    """Each span with its topics' blocks parsed, in order.

    The log is read in the caller's thread; blocks are parsed outside Python's lock, on all cores, meanwhile.
    """
    with ThreadPoolExecutor(min(WORKERS_MAX, os.cpu_count() or 1), thread_name_prefix="journal") as pool:
        under_way: deque[tuple[Span, list[Future[T]]]] = deque()
        for span in wanted:
            longest_first = sorted(log.by_topic(*span).items(), key=lambda block: -len(block[1]))
            under_way.append((span, [pool.submit(parse, span, *block) for block in longest_first]))
            del longest_first
            if len(under_way) >= AHEAD:
                yield _parsed(under_way.popleft())
        while under_way:
            yield _parsed(under_way.popleft())


def _parsed(started: tuple[Span, list[Future[T]]]) -> tuple[Span, list[T]]:
    span, futures = started
    return span, [future.result() for future in futures]
