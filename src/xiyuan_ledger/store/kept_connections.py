"""Connections of their own that are kept between uses: to open one takes longer than what it is wanted for."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from xiyuan_ledger.store.postgres import connection_of

IDLE_MAX = 4
_idle: dict[tuple[int, str], list[tuple[psycopg.Connection[Any], str]]] = {}
"""By process and URL: a process that was forked has none."""
_lock = threading.Lock()


@contextmanager
def kept_connection(url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A connection that nobody else uses meanwhile, in autocommit, and the ledger's schema. Raises StoreError.

    It is kept for the next one, unless this raises: then it is closed, and with it goes whatever its session held.
    """
    connection, schema = _taken(url) or connection_of(url)
    try:
        yield connection, schema
    except BaseException:
        connection.close()
        raise
    with _lock:
        idle = _idle.setdefault((os.getpid(), url), [])
        if len(idle) < IDLE_MAX:
            idle.append((connection, schema))
            return
    connection.close()


def _taken(url: str) -> tuple[psycopg.Connection[Any], str] | None:
    """One that still answers: a server that was restarted, or a way that was cut, ends those that were idle."""
    while True:
        with _lock:
            idle = _idle.get((os.getpid(), url))
            if not idle:
                return None
            connection, schema = idle.pop()
        try:
            connection.execute("SELECT 1")
        except psycopg.Error:
            connection.close()
        else:
            return connection, schema


@atexit.register
def _close_all() -> None:
    with _lock:
        for (pid, _), idle in _idle.items():
            for connection, _ in idle if pid == os.getpid() else ():
                connection.close()
