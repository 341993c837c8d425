"""A vault in one SQLite file, or in memory."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from xiyuan_ledger.errors import VaultError
from xiyuan_ledger.store.vault_tables import VaultTables, plain

LOCK_WAIT_SECONDS = 60
# No write-ahead log: what it held of erased pages would have to be got rid of as well. What is deleted is overwritten.
PRAGMAS = (
    "PRAGMA journal_mode = DELETE",
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
)
OWNER_ONLY = 0o600


class SQLiteVault(VaultTables):
    """Safe for threads; any number of processes share the file."""

    mark = "?"
    types: ClassVar = {"text": "TEXT", "bytes": "BLOB"}

    def __init__(self, database: str, where: str):
        self.where = where
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            database, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in PRAGMAS:
                self._connection.execute(pragma)
        except sqlite3.Error as error:
            self._connection.close()
            raise VaultError("vault-failed", where=where, found=str(error)) from error

    @classmethod
    def create(cls, path: Path | None, origin: str) -> SQLiteVault:
        """A new vault file that only its owner may read, or one in memory; refused where a file is already."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
            except FileExistsError:
                raise VaultError("vault-exists", where=path.name) from None
        vault = cls(":memory:" if path is None else str(path), "memory:" if path is None else path.name)
        with vault.writing() as cursor:
            vault.lay_out(cursor, origin)
        return vault

    @classmethod
    def open(cls, path: Path, origin: str) -> SQLiteVault:
        """An existing vault file; VaultError where it is missing, another ledger's, newer or damaged."""
        if not path.is_file():
            raise VaultError("vault-missing", where=path.name)
        vault = cls(str(path), path.name)
        try:
            with vault.reading() as cursor:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                tables = {row[0] for row in cursor.fetchall()}
            vault.check(tables or {"nothing"}, origin)
        except BaseException:
            vault.close()
            raise
        return vault

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        with self.reading() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        with self._lock, plain(self._connection.cursor()) as cursor:
            try:
                yield cursor
            except sqlite3.Error as error:
                raise VaultError("vault-failed", where=self.where, found=str(error)) from error

    def scrub(self) -> None:
        with self.reading() as cursor:
            cursor.execute("VACUUM")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
