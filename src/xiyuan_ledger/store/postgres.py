"""A ledger in PostgreSQL: eventsourcing's recorder with gap-free positions, one lock per ledger, few round trips."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from xiyuan_ledger.errors import StoreError, damaged
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store.postgres_schema import CREATE, GUARDED, SCHEMA_DEFAULT
from xiyuan_ledger.store.postgres_transaction import Cursor, Transaction
from xiyuan_ledger.store.rows import FORMAT, NOT_ONE_LEDGER, OTHER_LEAF, Batch, Begun, Meta, Row

COLUMNS = "position, originator_id, originator_version, topic, state, leaf"
CONNECT_SECONDS = 10


def datastore_of(url: str, schema_default: str = SCHEMA_DEFAULT) -> tuple[PostgresDatastore, str]:
    """The connections that a URL names, and the schema in which the tables live (`?schema=`)."""
    parts = urlsplit(url)
    options = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
    schema = unquote(options.get("schema", schema_default))
    datastore = PostgresDatastore(
        dbname=unquote(parts.path.lstrip("/")) or "postgres",
        host=unquote(options.get("host", parts.hostname or "")),
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        pool_size=2,  # One that writes, and one that reads meanwhile what is committed.
        max_overflow=20,
        connect_timeout=30,
        schema=schema,
        originator_id_type="text",
    )
    return datastore, schema


def schema_of(url: str) -> str:
    """The schema in which the ledger at a URL lives."""
    return datastore_of(url)[1]


def connection_of(url: str, *, autocommit: bool = True) -> tuple[psycopg.Connection[Any], str]:
    """A connection of its own to the server that a URL names, and the ledger's schema. Raises StoreError."""
    datastore, schema = datastore_of(url)
    try:
        kwargs: Any = datastore.pool.kwargs
        connection = psycopg.connect(
            **kwargs | {"connect_timeout": CONNECT_SECONDS, "autocommit": autocommit, "row_factory": tuple_row}
        )
    except psycopg.Error as error:
        raise StoreError("store-failed", found=str(error)) from error
    return connection, schema


class PostgresStore(PostgresApplicationRecorder):
    """One ledger in a PostgreSQL schema. Safe for threads; any number of processes share it."""

    meta: Meta

    def __init__(self, url: str):
        datastore, schema = datastore_of(url)
        super().__init__(datastore, events_table_name="events")
        self._schema = schema
        self._where = f"{urlsplit(url).path.lstrip('/') or 'postgres'}/{schema}"
        self._inside = threading.local()
        self.meta = Meta("", False)
        self._append_many = self._text("SELECT {schema}.append_events(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)")
        self._append_one = self._text("SELECT {schema}.append_event(%s, %s, %s, %s, %s, %s)")
        self._single: Cursor | None = None
        self._single_lock = threading.Lock()

    def _sql(self, text: str) -> Composed:
        return SQL(text).format(schema=Identifier(self._schema), lock=Literal(self._schema))

    def _text(self, text: str) -> bytes:
        """A statement that is sent often, made text once."""
        return self._sql(text).as_string().encode()

    @classmethod
    def _reached(cls, url: str) -> PostgresStore:
        """The server that a URL names, asked once without the pool, which would not say what is wrong."""
        datastore, _ = datastore_of(url)
        try:
            psycopg.connect(**datastore.pool.kwargs, connect_timeout=CONNECT_SECONDS).close()  # type: ignore[arg-type]
            return cls(url)
        except (psycopg.Error, PersistenceError) as error:
            raise StoreError("store-failed", found=str(error)) from error

    @classmethod
    def open(cls, url: str) -> PostgresStore:
        """An existing ledger; StoreError when it is missing, foreign or newer."""
        store = cls._reached(url)
        try:
            store.meta = store._read_meta()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def create(cls, url: str, meta: Meta) -> PostgresStore:
        """A new ledger in the schema that the URL names; refused where one is already."""
        store = cls._reached(url)
        try:
            with store.writing(ready=False), store._cursor() as cursor:
                if store._tables(cursor):
                    raise StoreError("store-exists", where=store._where)
                cursor.execute(store._sql("CREATE SCHEMA IF NOT EXISTS {schema}"))
                for statement in CREATE:
                    cursor.execute(store._sql(statement))
                values = (meta.name, meta.simulated, FORMAT)
                cursor.execute(store._sql("INSERT INTO {schema}.ledger_meta VALUES (%s, %s, %s)"), values)
        except BaseException:
            store.close()
            raise
        store.meta = meta
        return store

    def _tables(self, cursor: Cursor) -> set[str]:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (self._schema,))
        return {row[0] for row in cursor.fetchall()}

    def _read_meta(self) -> Meta:
        with self._cursor() as cursor:
            tables = self._tables(cursor)
            if not tables:
                raise StoreError("store-missing", where=self._where)
            if not {"events", "keys", "tags", "ledger_meta"} <= tables:
                raise StoreError("store-foreign", where=self._where)
            cursor.execute(self._sql("SELECT name, simulated, format FROM {schema}.ledger_meta"))
            metas = cursor.fetchall()
            cursor.execute(self._sql("SELECT state, leaf FROM {schema}.events ORDER BY position DESC LIMIT 1"))
            last = cursor.fetchone()
        if len(metas) != 1:
            raise damaged(self._where, *NOT_ONE_LEDGER)
        ((name, simulated, found),) = metas
        if found > FORMAT:
            raise StoreError("store-newer", where=self._where, found=found, known=FORMAT)
        if last is not None and leaf_hash(last[0]) != last[1]:
            raise damaged(self._where, *OTHER_LEAF)
        return Meta(name, bool(simulated), found)

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """The cursor of the transaction that this thread writes in, else one to read with."""
        inside: Transaction | None = getattr(self._inside, "transaction", None)
        if inside is not None:
            yield inside.cursor()
            return
        with self._reading() as cursor:
            yield cursor

    def _asking(self, committed: bool) -> AbstractContextManager[Cursor]:
        return self._reading() if committed else self._cursor()

    @contextmanager
    def _reading(self) -> Iterator[Cursor]:
        """A cursor that sees what is committed."""
        try:
            with (
                self.datastore.get_connection() as connection,
                connection.cursor(row_factory=tuple_row, binary=True) as cursor,
            ):
                yield cursor
        except PersistenceError as error:
            raise StoreError("store-failed", found=str(error)) from error

    @contextmanager
    def writing(self, *, ready: bool = True) -> Iterator[None]:
        """A transaction under the ledger's lock: nobody else writes until this ends."""
        if getattr(self._inside, "transaction", None) is not None:
            yield
            return
        try:
            with (
                self.datastore.get_connection() as connection,
                connection.transaction(),
                connection.cursor(row_factory=tuple_row, binary=True) as cursor,
            ):
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (self._schema,))
                self._inside.transaction = transaction = Transaction(cursor, self._sql)
                try:
                    yield
                    transaction.settle()
                finally:
                    self._inside.transaction = None
                    transaction.abandon()
        except PersistenceError as error:
            raise StoreError("store-failed", found=str(error)) from error

    def guards_missing(self) -> list[str]:
        select = (
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename = ANY(%s)"
            " AND NOT EXISTS (SELECT 1 FROM pg_trigger"
            " WHERE tgname = 'only_added' AND tgenabled <> 'D'"
            " AND tgrelid = (quote_ident(schemaname) || '.' || quote_ident(tablename))::regclass)"
        )
        with self._cursor() as cursor:
            cursor.execute(select, (self._schema, list(GUARDED)))
            return sorted(row[0] for row in cursor.fetchall())

    def head(self) -> int:
        with self._cursor() as cursor:
            cursor.execute(self._sql("SELECT max(position) FROM {schema}.events"), prepare=True)
            row = cursor.fetchone()
        return (row and row[0]) or 0

    def append(self, batch: Batch) -> None:
        with self.writing():
            self._inside.transaction.insert(batch)

    def append_if_head(self, head: int, batch: Batch) -> bool:
        first, one = batch.rows[0], len(batch.rows) == 1 and not batch.keys and not batch.tags
        query, values = (self._append_one, (head, *first[1:])) if one else (self._append_many, _columns(head, batch))
        with self._single_lock:
            try:
                return self._called(query, values)
            except psycopg.Error as error:
                # A connection that was idle may have been cut. If the first call did arrive, the head is another now.
                if self._single is None or not self._single.connection.closed:
                    raise StoreError("store-failed", found=str(error)) from error
                self._single = None
            try:
                return self._called(query, values)
            except psycopg.Error as error:
                self._single = None
                raise StoreError("store-failed", found=str(error)) from error

    def _called(self, query: bytes, values: tuple[Any, ...]) -> bool:
        cursor = self._singles()
        try:
            row = cursor.execute(query, values, prepare=True).fetchone()
        except psycopg.IntegrityError as error:
            raise StoreError("store-conflict", found=str(error)) from error
        return bool(row and row[0])

    def _singles(self) -> Cursor:
        """A cursor on which one statement is one transaction, with a connection that is kept for it."""
        if self._single is None:
            connection = psycopg.connect(**self.datastore.pool.kwargs, connect_timeout=CONNECT_SECONDS)  # type: ignore[arg-type]
            connection.autocommit = True
            self._single = connection.cursor(row_factory=tuple_row, binary=True)
        return self._single

    def _rows(self, where: str, parameters: Sequence[Any], *, committed: bool = False) -> list[Row]:
        with self._asking(committed) as cursor:
            cursor.execute(self._sql(f"SELECT {COLUMNS} FROM {{schema}}.events {where}"), parameters, prepare=True)
            return [Row._make(row) for row in cursor.fetchall()]

    def after(self, position: int, limit: int) -> list[Row]:
        return self._rows("WHERE position > %s ORDER BY position LIMIT %s", (position, limit))

    def of_streams(self, streams: Iterable[str], *, committed: bool = False) -> list[Row]:
        return sorted(self._rows("WHERE originator_id = ANY(%s)", (list(streams),), committed=committed))

    def at(self, positions: Iterable[int]) -> list[Row]:
        return self._rows("WHERE position = ANY(%s) ORDER BY position", (list(positions),))

    def leaves(self, after: int, until: int) -> list[bytes]:
        select = "SELECT leaf FROM {schema}.events WHERE position > %s AND position <= %s ORDER BY position"
        with self._cursor() as cursor:
            cursor.execute(self._sql(select), (after, until))
            return [bytes(leaf) for (leaf,) in cursor.fetchall()]

    def keyed(self, keys: Iterable[str], *, committed: bool = False) -> dict[str, int]:
        with self._asking(committed) as cursor:
            cursor.execute(self._sql("SELECT key, position FROM {schema}.keys WHERE key = ANY(%s)"), (list(keys),))
            return dict(cursor.fetchall())

    def tagged(self, tag: str, *, committed: bool = False) -> tuple[str, ...]:
        with self._asking(committed) as cursor:
            cursor.execute(self._sql("SELECT stream FROM {schema}.tags WHERE tag = %s"), (tag,))
            return tuple(sorted(row[0] for row in cursor.fetchall()))

    def begun(self, after: int, kind: str, topics: Sequence[str], text: bytes) -> Begun:
        select = (
            "SELECT coalesce(max(position), %(after)s), count(*) FILTER (WHERE originator_version = 1"
            " AND topic = ANY(%(topics)s) AND position(%(text)s IN state) > 0),"
            " count(*) FILTER (WHERE originator_version > 1 AND starts_with(originator_id, %(kind)s))"
            " FROM {schema}.events WHERE position > %(after)s"
        )
        told = {"after": after, "topics": list(topics), "text": text, "kind": f"{kind}/"}
        with self._reading() as cursor:
            cursor.execute(self._sql(select), told)
            (found,) = cursor.fetchall()
        return Begun._make(found)

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        parts: dict[str, list[bytes]] = {}
        select = (
            "COPY (SELECT topic, state FROM {schema}.events WHERE position > %s AND position <= %s ORDER BY position)"
        )
        with (
            self._cursor() as cursor,
            cursor.copy(self._sql(select + " TO STDOUT (FORMAT BINARY)"), (after, until)) as copy,
        ):
            copy.set_types(["text", "bytea"])
            for topic, state in copy.rows():
                parts.setdefault(topic, []).append(bytes(state))
        return {topic: b"\n".join(states) for topic, states in parts.items()}

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """The port of eventsourcing: positions are given here, inside the lock."""
        with self.writing():
            head = self.head()
            rows = [
                Row(
                    head + n,
                    str(event.originator_id),
                    event.originator_version,
                    event.topic,
                    event.state,
                    leaf_hash(event.state),
                )
                for n, event in enumerate(stored_events, start=1)
            ]
            try:
                self.append(Batch(rows))
            except StoreError as error:
                raise IntegrityError(error.values["found"]) from error
        return [row.position for row in rows]

    def close(self) -> None:
        with self._single_lock:
            if self._single is not None:
                self._single.connection.close()
                self._single = None
        self.datastore.close()


def _columns(head: int, batch: Batch) -> tuple[Any, ...]:
    """A batch as the arrays that the server's function takes."""
    columns = list(zip(*batch.rows, strict=True))
    keys = [key for key, _ in batch.keys] or None
    places = [position for _, position in batch.keys] or None
    tags = [tag for tag, _ in batch.tags] or None
    streams = [stream for _, stream in batch.tags] or None
    return (head, *(list(column) for column in columns[1:]), keys, places, tags, streams)
