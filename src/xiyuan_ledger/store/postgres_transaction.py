"""What one PostgreSQL transaction does: rows go out as they are decided, and the server lays them down meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from struct import Struct
from typing import Any

import psycopg
from psycopg.sql import Composed

from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.store.rows import Batch, Row

Cursor = psycopg.Cursor[Any]
COPY = (
    "COPY {schema}.events (position, originator_version, leaf, originator_id, topic, state) FROM STDIN (FORMAT BINARY)"
)
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
END = b"\xff\xff"
FIELDS = Struct("!hiqiqi32si")
"""How many fields; position, version and leaf, each after its length; and the length of what comes next."""
LENGTH = Struct("!i").pack


class _AbandonedError(Exception):
    """Ends a COPY whose transaction is rolled back; the server is not told why."""


class Transaction:
    """The transaction that a thread writes in. One COPY takes all rows, until something else is asked of the server."""

    def __init__(self, cursor: Cursor, sql: Callable[[str], Composed]):
        self._cursor = cursor
        self._sql = sql
        self._copying: AbstractContextManager[psycopg.Copy] | None = None
        self._copy: psycopg.Copy | None = None
        self._keys: list[tuple[str, int]] = []
        self._tags: list[tuple[str, str]] = []

    def cursor(self) -> Cursor:
        """The cursor, once everything given to `insert` is laid down."""
        self.settle()
        return self._cursor

    def insert(self, batch: Batch) -> None:
        """Send a batch. What the server has against it may be said only when the transaction is settled."""
        if self._copy is None:
            self._copying = self._cursor.copy(self._sql(COPY))
            self._copy = self._copying.__enter__()
            self._copy.write(HEADER)
        self._copy.write(block_of(batch.rows))
        self._keys += batch.keys
        self._tags += batch.tags

    def settle(self) -> None:
        """Wait until everything given is laid down; StoreError where the server refuses."""
        if self._copy is None or self._copying is None:
            return
        try:
            self._copy.write(END)
            copying, self._copy, self._copying = self._copying, None, None
            copying.__exit__(None, None, None)
            self._index()
        except psycopg.IntegrityError as error:
            raise StoreError("store-conflict", found=str(error)) from error

    def _index(self) -> None:
        keys, tags, self._keys, self._tags = self._keys, self._tags, [], []
        if keys:
            self._cursor.executemany(self._sql("INSERT INTO {schema}.keys VALUES (%s, %s)"), keys)
        if tags:
            names, streams = zip(*tags, strict=True)
            insert = "INSERT INTO {schema}.tags SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING"
            self._cursor.execute(self._sql(insert), (list(names), list(streams)))
        self._cursor.execute(self._sql("NOTIFY events"))

    def abandon(self) -> None:
        """End a COPY that goes on, so that the transaction can be rolled back."""
        if self._copying is not None:
            copying, self._copy, self._copying = self._copying, None, None
            copying.__exit__(_AbandonedError, _AbandonedError(), None)


def block_of(rows: Iterable[Row]) -> bytes:
    """Rows as a binary COPY takes them; a field has its length before it."""
    parts: list[bytes] = []
    topics: dict[str, bytes] = {}
    for position, stream, version, topic, state, leaf in rows:
        if topic not in topics:
            name = topic.encode()
            topics[topic] = LENGTH(len(name)) + name
        name = stream.encode()
        parts += (FIELDS.pack(6, 8, position, 8, version, 32, leaf, len(name)), name, topics[topic])
        parts += (LENGTH(len(state)), state)
    return b"".join(parts)
