"""What a store holds of an event, and what every store can be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

FORMAT = 1
"""The store's format. A store of a higher one is refused: it was written by a newer version."""


NOT_ONE_LEDGER = ("what says which ledger it is has not one row", "说明账本身份的记录不是恰好一条")
OTHER_LEAF = ("the last event does not have its leaf hash", "最后一条事件与其叶哈希不符")
"""What a damaged store is told, in English and Chinese."""


class Row(NamedTuple):
    """One event as stored: the canonical bytes, the leaf hash over them, and what finds it."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes
    leaf: bytes


class Meta(NamedTuple):
    """What a ledger is, said once when it is created."""

    name: str
    simulated: bool
    format: int = FORMAT


class Batch(NamedTuple):
    """What one transaction adds: events, explicit idempotency keys, and tags with the streams they lead to."""

    rows: Sequence[Row]
    keys: Sequence[tuple[str, int]] = ()
    tags: Sequence[tuple[str, str]] = ()


class Begun(NamedTuple):
    """Of the events up to a position: how many began a stream with what was asked for, and how many went on in one."""

    until: int
    first: int
    further: int


class Store(Protocol):
    """The facts as bytes. Positions run 1, 2, 3 … without gaps, in the order of commits.

    Where a question has `committed`, what this thread has not committed yet need not be among the answers: they are
    there at once, and need not wait until it is laid down.
    """

    meta: Meta

    def guards_missing(self) -> list[str]:
        """Which of the database's guards against changes are not there."""

    def head(self) -> int:
        """The position of the last event; 0 when there is none."""

    def writing(self) -> AbstractContextManager[None]:
        """The write lock: what is read and appended inside is one transaction, and nobody else writes meanwhile."""

    def append(self, batch: Batch) -> None:
        """Add events inside `writing()`, or as a transaction of its own."""

    def append_if_head(self, head: int, batch: Batch) -> bool:
        """Add events if the last position is still `head`, in one round trip; False: nothing was written."""

    def after(self, position: int, limit: int) -> list[Row]:
        """The events that follow a position, in order."""

    def of_streams(self, streams: Iterable[str], *, committed: bool = False) -> list[Row]:
        """All events of these streams, in the order of positions."""

    def at(self, positions: Iterable[int]) -> list[Row]:
        """The events at these positions, in order."""

    def leaves(self, after: int, until: int) -> list[bytes]:
        """The leaf hashes of the events with after < position <= until, in order."""

    def keyed(self, keys: Iterable[str], *, committed: bool = False) -> dict[str, int]:
        """The positions at which explicit idempotency keys were used."""

    def tagged(self, tag: str, *, committed: bool = False) -> tuple[str, ...]:
        """The streams that a tag leads to, sorted."""

    def begun(self, after: int, kind: str, topics: Sequence[str], text: bytes) -> Begun:
        """Of the committed events after a position in streams of a kind: those of the topics that begin their stream
        and hold a text are counted, and those that are not the first of theirs."""

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        """Stored bytes joined by newlines, per topic, in the order of positions."""

    def close(self) -> None:
        """Let go of connections. Everything appended is durable already."""
