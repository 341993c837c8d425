"""A vault in a PostgreSQL schema: another one than the ledger's, best in a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar
from urllib.parse import urlsplit

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from xiyuan_ledger.errors import VaultError
from xiyuan_ledger.store.postgres import datastore_of
from xiyuan_ledger.store.vault_tables import TABLES, Cursor, VaultTables

SCHEMA_DEFAULT = "xiyuan_vault"


class PostgresVault(VaultTables):
    """Safe for threads; any number of processes share the schema."""

    mark = "%s"
    types: ClassVar = {"text": 'TEXT COLLATE "C"', "bytes": "BYTEA"}

    def __init__(self, url: str):
        self._datastore, self._schema = datastore_of(url, SCHEMA_DEFAULT)
        self.where = f"{urlsplit(url).path.lstrip('/') or 'postgres'}/{self._schema}"

    @classmethod
    def create(cls, url: str, origin: str) -> PostgresVault:
        """A new vault in the schema that the URL names; refused where something is already."""
        vault = cls(url)
        try:
            with vault.writing() as cursor:
                if vault._tables(cursor):
                    raise VaultError("vault-exists", where=vault.where)
                cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(vault._schema)))
                vault.lay_out(cursor, origin)
        except BaseException:
            vault.close()
            raise
        return vault

    @classmethod
    def open(cls, url: str, origin: str) -> PostgresVault:
        """An existing vault; VaultError where it is missing, another ledger's or newer."""
        vault = cls(url)
        try:
            with vault.reading() as cursor:
                tables = vault._tables(cursor)
            vault.check(tables, origin)
        except BaseException:
            vault.close()
            raise
        return vault

    def _tables(self, cursor: Cursor) -> set[str]:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (self._schema,))
        return {row[0] for row in cursor.fetchall()}

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        with self.reading() as cursor:
            # Locks of two numbers never meet those of one number, which the ledger holds meanwhile.
            cursor.execute("SELECT pg_advisory_xact_lock(1, hashtext(%s))", (self._schema,))
            yield cursor

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        try:
            with (
                self._datastore.get_connection() as connection,
                connection.transaction(),
                connection.cursor(row_factory=tuple_row) as cursor,
            ):
                cursor.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(self._schema)))
                yield cursor
        except (psycopg.Error, PersistenceError) as error:
            raise VaultError("vault-failed", where=self.where, found=str(error)) from error

    def scrub(self) -> None:
        """Rewrite the tables: what was deleted is not in their files any more. The server's own log is not ours."""
        try:
            with psycopg.connect(**self._datastore.pool.kwargs, autocommit=True) as connection:  # type: ignore[arg-type]
                for table in sorted(TABLES):
                    connection.execute(SQL("VACUUM FULL {}").format(Identifier(self._schema, table)))
        except psycopg.Error as error:
            raise VaultError("vault-failed", where=self.where, found=str(error)) from error

    def close(self) -> None:
        self._datastore.close()
