"""The floors: the same bytes through the bare drivers, with nothing of ours on the way."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

COMMIT_ROWS = 1_000
BareRow = tuple[str, int, str, bytes, int]
TABLE = (
    "CREATE TABLE bare (originator_id text NOT NULL, originator_version bigint NOT NULL, topic text NOT NULL, "
    "state {bytes} NOT NULL, notification_id bigint NOT NULL, PRIMARY KEY (originator_id, originator_version))"
)


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def chunks(rows: Iterable[BareRow], size: int) -> Iterable[list[BareRow]]:
    """Rows in lists of a size."""
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk


class BareSQLite:
    """A table such as the library makes it, in a file of its own."""

    def __init__(self, folder: Path):
        self._connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = wal")
        self._connection.execute("PRAGMA synchronous = full")
        self._connection.execute(TABLE.format(bytes="blob"))
        self._connection.execute("CREATE UNIQUE INDEX bare_order ON bare (notification_id)")

    def insert_bulk(self, rows: Sequence[BareRow]) -> None:
        """INSERT, 1,000 a commit."""
        for chunk in chunks(rows, COMMIT_ROWS):
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?, ?)", chunk)
            self._connection.execute("COMMIT")

    def insert_singles(self, rows: Sequence[BareRow]) -> None:
        """INSERT and commit, one by one."""
        for row in rows:
            self._connection.execute("INSERT INTO bare VALUES (?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        self._connection.close()


class BarePostgres:
    """The same in PostgreSQL."""

    def __init__(self, url: str):
        self._connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self._connection.execute("DROP TABLE IF EXISTS bare")
        self._connection.execute(TABLE.format(bytes="bytea"))
        self._connection.execute("CREATE UNIQUE INDEX ON bare (notification_id)")

    def insert_bulk(self, rows: Sequence[BareRow]) -> None:
        """COPY, all in one transaction."""
        with self._connection.transaction(), self._connection.cursor().copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def insert_singles(self, rows: Sequence[BareRow]) -> None:
        """INSERT and commit, one by one."""
        for row in rows:
            self._connection.execute("INSERT INTO bare VALUES (%s, %s, %s, %s, %s)", row)

    def close(self) -> None:
        self._connection.close()


def select_sqlite(path: Path) -> int:
    """SELECT of all rows, in order; how many there were."""
    connection = sqlite3.connect(path)
    cursor = connection.execute(
        "SELECT position, originator_id, originator_version, topic, state FROM events ORDER BY position"
    )
    found = 0
    while rows := cursor.fetchmany(5_000):
        found += len(rows)
    connection.close()
    return found


def select_postgres(url: str, schema: str) -> int:
    """The same in PostgreSQL, through a server-side cursor."""
    found = 0
    with psycopg.connect(url) as connection, connection.cursor("all_events") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            f"SELECT position, originator_id, originator_version, topic, state FROM {schema}.events ORDER BY position"  # type: ignore[arg-type]
        )
        for _ in cursor:
            found += 1
    return found
