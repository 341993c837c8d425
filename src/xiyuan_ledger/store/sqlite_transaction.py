"""What one SQLite transaction does: rows are laid down by a second thread, so that deciding goes on meanwhile."""

from __future__ import annotations

import sqlite3
from concurrent.futures import Executor, Future
from itertools import chain
from typing import Any

from xiyuan_ledger.errors import StoreError, damaged
from xiyuan_ledger.store.rows import Batch, Row

VARIABLES_MAX = 500
BLOCK_ROWS = 1000
COLUMNS = "position, originator_id, originator_version, topic, state, leaf"
INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)"
# One statement for many rows: while it runs, the interpreter is free for the thread that decides, and each time that it
# ends, this thread waits until that one lets go of it.
INSERT_BLOCK = "INSERT INTO events VALUES " + ", ".join(["(?, ?, ?, ?, ?, ?)"] * BLOCK_ROWS)


class Transaction:
    """The transaction that a thread writes in."""

    def __init__(self, cursor: sqlite3.Cursor, second_hand: Executor | None):
        self._cursor = cursor
        self._second_hand = second_hand
        self._laying: Future[None] | None = None

    def cursor(self) -> sqlite3.Cursor:
        """The cursor, once everything given to `insert` is laid down."""
        self._settle()
        return self._cursor

    def insert(self, batch: Batch) -> None:
        """Lay down a batch: at once, or, if it is a large one, while the caller goes on."""
        self._settle()
        if self._second_hand is not None and len(batch.rows) >= BLOCK_ROWS:
            self._laying = self._second_hand.submit(lay_down, self._cursor, batch)
        else:
            lay_down(self._cursor, batch)

    def commit(self) -> None:
        """Make it durable; StoreError where that fails, and nothing of it is written."""
        self._settle()
        try:
            self._cursor.execute("COMMIT")
        except sqlite3.Error as error:
            raise refused(error) from error

    def abandon(self) -> None:
        """Wait for the second hand, whatever comes of it."""
        if self._laying is not None:
            self._laying.exception()
            self._laying = None

    def _settle(self) -> None:
        if self._laying is not None:
            laying, self._laying = self._laying, None
            laying.result()


def lay_down(cursor: sqlite3.Cursor, batch: Batch) -> None:
    """Put a batch into the tables; StoreError where the database refuses."""
    rows = batch.rows
    whole = len(rows) - len(rows) % BLOCK_ROWS
    try:
        for start in range(0, whole, BLOCK_ROWS):
            cursor.execute(INSERT_BLOCK, list(chain.from_iterable(rows[start : start + BLOCK_ROWS])))
        cursor.executemany(INSERT, rows[whole:])
        if batch.keys:
            cursor.executemany("INSERT INTO keys VALUES (?, ?)", batch.keys)
        if batch.tags:
            cursor.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", batch.tags)
    except sqlite3.Error as error:
        raise refused(error) from error


OUTSIDE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_PERM}
"""What stands in the way of the file, and says nothing about what is in it."""


def unread(where: str, error: Exception) -> StoreError:
    """A file that cannot be read as a ledger: damaged, unless its folder or the disk stands in the way."""
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in OUTSIDE:
        return StoreError("store-failed", found=str(error))
    return damaged(where, str(error), str(error))


def refused(error: sqlite3.Error) -> StoreError:
    """What the database said, in the ledger's words."""
    if isinstance(error, sqlite3.IntegrityError):
        return StoreError("store-conflict", found=str(error))
    if type(error) is sqlite3.DatabaseError:
        return damaged("SQLite", str(error), str(error))
    return StoreError("store-failed", found=str(error))


def rows_of(cursor: sqlite3.Cursor, column: str, wanted: list[Any]) -> list[Row]:
    """The events whose column has one of these values, in the order of positions."""
    found: list[Row] = []
    for start in range(0, len(wanted), VARIABLES_MAX):
        part = wanted[start : start + VARIABLES_MAX]
        select = f"SELECT {COLUMNS} FROM events WHERE {column} IN ({','.join('?' * len(part))})"
        found += map(Row._make, cursor.execute(select, part))
    return sorted(found)
