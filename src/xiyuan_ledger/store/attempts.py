"""尝试: how often a task was begun and not finished, kept beside the ledger, where a kill cannot lose it.

It is no fact: nothing is computed from it but whether to try again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.store.opening import POSTGRES, sqlite_path

BUSY_SECONDS = 30
_CREATE = "CREATE TABLE IF NOT EXISTS {table} (task TEXT PRIMARY KEY, tried INTEGER NOT NULL, said TEXT NOT NULL)"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext({value}))"
"""Taken before the table is made: PostgreSQL lets one of those who make it at once fail, IF NOT EXISTS or not."""
_BEGIN = (
    "INSERT INTO {table} AS before (task, tried, said) VALUES ({value}, 1, 'begun')"
    " ON CONFLICT (task) DO UPDATE SET tried = before.tried + 1,"
    " said = CASE WHEN before.tried < {most} THEN 'begun' ELSE before.said END RETURNING tried"
)
_SAY = "UPDATE {table} SET said = {value} WHERE task = {value}"
_TAKE_BACK = "UPDATE {table} SET tried = tried - 1 WHERE task = {value} AND tried > 0"
_DONE = "DELETE FROM {table} WHERE task = {value}"
_STUCK = "SELECT task, tried, said FROM {table} WHERE tried >= {value} ORDER BY task"


class Attempt(NamedTuple):
    """A task that was begun so often and not finished; `said` is the code of the last error, or `begun`."""

    task: str
    tried: int
    said: str


class Attempts:
    """The attempts at tasks of one ledger, shared by all who work at it."""

    MAX = 3
    """After so many a task is set aside: nobody tries again before a person has looked."""

    def __init__(self, url: str):
        self._url = url
        self._path = sqlite_path(url)
        self._kept: sqlite3.Connection | None = None
        self._table = "attempts"
        self._value = "?"
        if url.startswith(POSTGRES):
            from xiyuan_ledger.store.postgres import schema_of

            self._table, self._value = f'"{schema_of(url)}".worker_attempts', "%s"
        self._made = False

    def begin(self, task: str) -> int:
        """Count one more attempt, durable before the task is begun; the number of it.

        Of a task that is set aside the number says so, and what was said of it stays.
        """
        return int(self._ask(_BEGIN, task)[0][0])

    def say(self, task: str, code: str) -> None:
        """Keep the code of what went wrong."""
        self._ask(_SAY, code, task)

    def take_back(self, task: str) -> None:
        """The attempt failed for reasons that are not the task's: it does not count."""
        self._ask(_TAKE_BACK, task)

    def done(self, task: str) -> None:
        """The task is finished, or is to be tried anew: forget its attempts."""
        self._ask(_DONE, task)

    def stuck(self, tried: int = MAX) -> list[Attempt]:
        """The tasks that were begun at least so often and not finished. Who is refused one has not tried it."""
        return [Attempt(task, min(times, self.MAX), said) for task, times, said in self._ask(_STUCK, tried)]

    def stuck_if_any(self) -> list[Attempt]:
        """The same as `stuck` for who only looks: nothing is made where nobody ever began a task."""
        return self.stuck() if self._is_begun() else []

    def _is_begun(self) -> bool:
        if not self._url.startswith(POSTGRES):
            return self._path is not None and _beside(self._path).exists()
        with self._connection() as connection:
            (found,) = connection.execute("SELECT to_regclass(%s)", (self._table,)).fetchone()
        return found is not None

    def _ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        text = statement.format(table=self._table, value=self._value, most=self.MAX)
        with self._connection() as connection:
            if not self._made:
                self._make(connection)
            cursor = connection.execute(text, values)
            found = cursor.fetchall() if cursor.description else []
        self._made = True
        return found

    def _make(self, connection: Any) -> None:
        """The table, by whoever comes first; the others find it."""
        if self._url.startswith(POSTGRES):
            connection.execute(_ALONE.format(value=self._value), (self._table,))
        connection.execute(_CREATE.format(table=self._table))

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """A transaction of its own: what is counted stays counted."""
        if self._url.startswith(POSTGRES):
            from xiyuan_ledger.store.kept_connections import kept_connection

            with _errors_of("psycopg"), kept_connection(self._url) as (connection, _), connection.transaction():
                yield connection
            return
        connection_ = self._kept or sqlite3.connect(
            ":memory:" if self._path is None else _beside(self._path),
            timeout=BUSY_SECONDS,
            check_same_thread=False,
        )
        if self._path is None:
            self._kept = connection_
        try:
            with _errors_of("sqlite3"), connection_:
                yield connection_
        finally:
            if self._path is not None:
                connection_.close()


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.attempts")


@contextmanager
def _errors_of(library: str) -> Iterator[None]:
    from importlib import import_module

    kind = import_module(library).Error
    try:
        yield
    except kind as error:
        raise StoreError("store-failed", found=str(error)) from error
