"""围栏: one of all processes at a time, for what a transaction cannot hold together: a call to the outside."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.store.opening import POSTGRES, sqlite_path

POLL_SECONDS = 0.05
_IN_MEMORY: dict[str, threading.Lock] = {}


class Fence(Protocol):
    """What is held: asked once more right before the call, because a server that restarts lets go of it."""

    def check(self) -> None:
        """Raise StoreError where it is no longer held."""
        ...


@contextmanager
def fenced(url: str, name: str, *, wait_seconds: int) -> Iterator[Fence]:
    """Hold a name alone among everyone who uses the ledger at `url`; a process that dies lets go.

    Raises StoreError `fence-held` where another holds it for longer than `wait_seconds`.
    """
    path = sqlite_path(url)
    if url.startswith(POSTGRES):
        with _of_server(url, name, wait_seconds) as held:
            yield held
    elif path is not None:
        with _of_file(path.with_name(f"{path.name}.{name}.lock"), name, wait_seconds) as held:
            yield held
    else:
        with _IN_MEMORY.setdefault(name, threading.Lock()):
            yield _Kept()


class _Kept:
    """Held as long as the process lives."""

    def check(self) -> None:
        """Nobody can have taken it."""


@contextmanager
def _of_file(path: Path, name: str, wait_seconds: int) -> Iterator[Fence]:
    until = time.monotonic() + wait_seconds
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise StoreError("fence-held", fence=name, seconds=wait_seconds) from None
                time.sleep(POLL_SECONDS)
        yield _Kept()


@contextmanager
def _of_server(url: str, name: str, wait_seconds: int) -> Iterator[Fence]:
    """A lock of a session of its own: it goes with the connection, whatever becomes of the process.

    Where what it is held for fails, the connection is closed: nothing is left to be unlocked.
    """
    import psycopg

    from xiyuan_ledger.store.kept_connections import kept_connection

    with kept_connection(url) as (connection, schema):
        try:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{wait_seconds * 1000 or 1}ms",))
            connection.execute("SELECT pg_advisory_lock(hashtext(%s), hashtext(%s))", (schema, name))
        except psycopg.errors.LockNotAvailable:
            raise StoreError("fence-held", fence=name, seconds=wait_seconds) from None
        except psycopg.Error as error:
            raise StoreError("store-failed", found=str(error)) from error
        yield _Session(connection)
        try:
            connection.execute("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", (schema, name))
        except psycopg.Error as error:
            raise StoreError("store-failed", found=str(error)) from error


class _Session:
    """Held as long as the server keeps the session."""

    def __init__(self, connection: object):
        self._connection = connection

    def check(self) -> None:
        """A server that was restarted has forgotten the session, and with it the lock."""
        import psycopg

        assert isinstance(self._connection, psycopg.Connection)
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error as error:
            raise StoreError("store-failed", found=str(error)) from error
