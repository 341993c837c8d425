"""A ledger in one SQLite file (or in memory): eventsourcing's recorder with gap-free positions and leaf hashes."""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteConnection, SQLiteConnectionPool, SQLiteDatastore

from xiyuan_ledger.errors import StoreError, damaged
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store.rows import FORMAT, NOT_ONE_LEDGER, OTHER_LEAF, Batch, Begun, Meta, Row
from xiyuan_ledger.store.sqlite_transaction import (
    COLUMNS,
    INSERT,
    VARIABLES_MAX,
    Transaction,
    lay_down,
    refused,
    rows_of,
    unread,
)

LOCK_WAIT_SECONDS = 60
# Bulk writes fewer pages when the log is folded in late; single commits are faster while the log does not grow.
CHECKPOINT_PAGES_BULK = 16_384
CHECKPOINT_PAGES = 1_000
CACHE = "PRAGMA cache_size = -65536"
# What is read from end to end is not read again soon: kept, it would hold 64 MB for nothing.
CACHE_OF_ONE_READING = "PRAGMA cache_size = -2048"

HEADER = b"SQLite format 3\0"

CREATE = (
    "CREATE TABLE events (position INTEGER PRIMARY KEY, originator_id TEXT NOT NULL,"
    " originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, leaf BLOB NOT NULL)",
    "CREATE UNIQUE INDEX events_of_stream ON events (originator_id, originator_version)",
    "CREATE TABLE keys (key TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE tags (tag TEXT NOT NULL, stream TEXT NOT NULL, PRIMARY KEY (tag, stream)) WITHOUT ROWID",
    "CREATE TABLE ledger_meta (name TEXT NOT NULL, simulated INTEGER NOT NULL, format INTEGER NOT NULL)",
    # REPLACE runs no trigger of DELETE: what is there already must not be inserted again either.
    "CREATE TRIGGER events_INSERT BEFORE INSERT ON events"
    " WHEN EXISTS (SELECT 1 FROM events WHERE position >= NEW.position) OR EXISTS (SELECT 1 FROM events"
    " WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version)"
    " BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END",
    "CREATE TRIGGER keys_INSERT BEFORE INSERT ON keys WHEN EXISTS (SELECT 1 FROM keys WHERE key = NEW.key)"
    " BEGIN SELECT RAISE(ABORT, 'keys are only ever added'); END",
    "CREATE TRIGGER ledger_meta_INSERT BEFORE INSERT ON ledger_meta WHEN EXISTS (SELECT 1 FROM ledger_meta)"
    " BEGIN SELECT RAISE(ABORT, 'ledger_meta are only ever added'); END",
    *(
        f"CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are only ever added'); END"
        for table in ("events", "keys", "tags", "ledger_meta")
        for verb in ("UPDATE", "DELETE")
    ),
)

GUARDS = [statement.split()[2] for statement in CREATE if statement.startswith("CREATE TRIGGER")]


class _Pool(SQLiteConnectionPool):
    """Connections that wait for the write lock and are durable at each commit."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(CACHE)
        cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES_BULK}")
        return connection


class _Datastore(SQLiteDatastore):
    def __init__(self, db_name: str):
        super().__init__(db_name, originator_id_type="text")
        self.pool = _Pool(db_name=db_name, lock_timeout=LOCK_WAIT_SECONDS, pool_timeout=LOCK_WAIT_SECONDS)


class SQLiteStore(SQLiteApplicationRecorder):
    """One ledger in SQLite. Safe for threads; any number of processes share the file."""

    meta: Meta

    def __init__(self, database: str):
        super().__init__(_Datastore(database), events_table_name="events")
        self._inside = threading.local()
        # In memory the connections share their pages: a second thread would only wait.
        self._second_hand = None if self.datastore.pool.is_sqlite_memory_mode else ThreadPoolExecutor(max_workers=1)
        self._single: sqlite3.Cursor | None = None
        self._single_lock = threading.Lock()
        self.meta = Meta("", False)

    @classmethod
    def open(cls, path: Path) -> SQLiteStore:
        """An existing ledger file; StoreError when it is missing, foreign, newer or damaged."""
        if not path.exists():
            raise StoreError("store-missing", where=path.name)
        _check_file(path)
        store = cls(f"file:{_escaped(path)}?mode=rw")
        # The file may be another program's: its journal mode is left alone until it is known to be a ledger.
        store.datastore.pool.is_journal_mode_wal = True
        try:
            store.meta = store._read_meta(path.name)
            with store._cursor() as cursor:
                cursor.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def create(cls, path: Path | None, meta: Meta) -> SQLiteStore:
        """A new ledger file, or one in memory; refused where a file is already."""
        if path is None:
            store = cls(f"file:ledger-{id(meta)}-{threading.get_ident()}?mode=memory&cache=shared")
        elif path.exists():
            raise StoreError("store-exists", where=path.name)
        else:
            store = cls._fresh(path)
        with store.writing(), store._cursor() as cursor:
            if cursor.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                raise StoreError("store-exists", where=path.name if path else "memory:")
            for statement in CREATE:
                cursor.execute(statement)
            cursor.execute("INSERT INTO ledger_meta VALUES (?, ?, ?)", (meta.name, meta.simulated, FORMAT))
        store.meta = meta
        return store

    @classmethod
    def _fresh(cls, path: Path) -> SQLiteStore:
        """A store whose file is there and empty; StoreError where its folder lets nobody write."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise StoreError("store-failed", found=f"{path.name}: {error.strerror or error}") from error
        return cls(f"file:{_escaped(path)}?mode=rwc")

    def _read_meta(self, where: str) -> Meta:
        try:
            with self._cursor() as cursor:
                tables = {row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if not {"events", "keys", "tags", "ledger_meta"} <= tables:
                    raise StoreError("store-foreign", where=where)
                metas = cursor.execute("SELECT name, simulated, format FROM ledger_meta").fetchall()
                last = cursor.execute("SELECT state, leaf FROM events ORDER BY position DESC LIMIT 1").fetchone()
        except (sqlite3.DatabaseError, PersistenceError) as error:
            raise unread(where, error) from error
        if len(metas) != 1:
            raise damaged(where, *NOT_ONE_LEDGER)
        ((name, simulated, found),) = metas
        if found > FORMAT:
            raise StoreError("store-newer", where=where, found=found, known=FORMAT)
        if last is not None and leaf_hash(last[0]) != last[1]:
            raise damaged(where, *OTHER_LEAF)
        return Meta(name, bool(simulated), found)

    @contextmanager
    def _cursor(self) -> Iterator[sqlite3.Cursor]:
        """The cursor of the transaction that this thread writes in, else one to read with."""
        inside: Transaction | None = getattr(self._inside, "transaction", None)
        if inside is not None:
            yield inside.cursor()
            return
        with self._reading() as cursor:
            yield cursor

    def _asking(self, committed: bool) -> AbstractContextManager[sqlite3.Cursor]:
        """A cursor for what is committed; in memory, where the connections share their pages, the writer's own."""
        return self._reading() if committed and self._second_hand is not None else self._cursor()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor that sees what is committed."""
        with self.datastore.get_connection(commit=False) as connection:
            cursor = connection.cursor().sqlite_cursor
            cursor.row_factory = None
            try:
                yield cursor
            except sqlite3.Error as error:
                raise refused(error) from error
            finally:
                cursor.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """BEGIN IMMEDIATE: nobody else writes until this ends; what is appended inside is committed as a whole."""
        if getattr(self._inside, "transaction", None) is not None:
            yield
            return
        with self.datastore.get_connection(commit=True) as connection:
            cursor = connection.cursor().sqlite_cursor
            cursor.row_factory = None
            self._begin(cursor)
            self._inside.transaction = transaction = Transaction(cursor, self._second_hand)
            try:
                yield
                transaction.commit()
            except BaseException:
                transaction.abandon()
                connection.rollback()
                raise
            finally:
                self._inside.transaction = None
                cursor.close()

    @staticmethod
    def _begin(cursor: sqlite3.Cursor) -> None:
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise StoreError("store-busy", found=str(error)) from error

    def guards_missing(self) -> list[str]:
        with self._cursor() as cursor:
            found = {row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        return [name for name in GUARDS if name not in found]

    def head(self) -> int:
        with self._cursor() as cursor:
            return cursor.execute("SELECT max(position) FROM events").fetchone()[0] or 0

    def append(self, batch: Batch) -> None:
        with self.writing():
            self._inside.transaction.insert(batch)

    def append_if_head(self, head: int, batch: Batch) -> bool:
        # The primary key says it: without gaps, the next position is free only while the last one is `head`.
        try:
            if self.datastore.pool.is_sqlite_memory_mode:
                self.append(batch)
            else:
                with self._single_lock:
                    self._append_singly(batch)
        except sqlite3.Error as error:
            refusal = refused(error)
            if refusal.code == "store-conflict":
                return False
            raise refusal from error
        except StoreError as refusal:
            if refusal.code == "store-conflict":
                return False
            raise
        return True

    def _append_singly(self, batch: Batch) -> None:
        """A small batch as a transaction of its own, on a connection that is kept for it: no pool, no second hand."""
        cursor = self._singles()
        if len(batch.rows) == 1 and not batch.keys and not batch.tags:
            cursor.execute(INSERT, batch.rows[0])
            return
        self._begin(cursor)
        try:
            lay_down(cursor, batch)
            cursor.execute("COMMIT")
        except BaseException:
            cursor.execute("ROLLBACK")
            raise

    def _singles(self) -> sqlite3.Cursor:
        """A cursor on which one statement is one transaction."""
        if self._single is None:
            connection = sqlite3.connect(
                self.datastore.pool.db_name,
                uri=True,
                isolation_level=None,
                timeout=LOCK_WAIT_SECONDS,
                check_same_thread=False,
            )
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            self._single = connection.cursor()
        return self._single

    def after(self, position: int, limit: int) -> list[Row]:
        select = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
        with self._cursor() as cursor:
            return [Row._make(row) for row in cursor.execute(select, (position, limit))]

    def of_streams(self, streams: Iterable[str], *, committed: bool = False) -> list[Row]:
        with self._asking(committed) as cursor:
            return rows_of(cursor, "originator_id", list(streams))

    def at(self, positions: Iterable[int]) -> list[Row]:
        with self._cursor() as cursor:
            return rows_of(cursor, "position", list(positions))

    def leaves(self, after: int, until: int) -> list[bytes]:
        select = "SELECT leaf FROM events WHERE position > ? AND position <= ? ORDER BY position"
        with self._cursor() as cursor:
            return [leaf for (leaf,) in cursor.execute(select, (after, until))]

    def keyed(self, keys: Iterable[str], *, committed: bool = False) -> dict[str, int]:
        wanted = list(keys)
        found: dict[str, int] = {}
        with self._asking(committed) as cursor:
            for start in range(0, len(wanted), VARIABLES_MAX):
                part = wanted[start : start + VARIABLES_MAX]
                marks = ",".join("?" * len(part))
                found |= dict(cursor.execute(f"SELECT key, position FROM keys WHERE key IN ({marks})", part).fetchall())
        return found

    def tagged(self, tag: str, *, committed: bool = False) -> tuple[str, ...]:
        with self._asking(committed) as cursor:
            found = cursor.execute("SELECT stream FROM tags WHERE tag = ? ORDER BY stream", (tag,)).fetchall()
        return tuple(row[0] for row in found)

    def begun(self, after: int, kind: str, topics: Sequence[str], text: bytes) -> Begun:
        select = (
            "SELECT coalesce(max(position), ?), coalesce(sum(originator_version = 1 AND instr(state, ?) > 0"
            f" AND topic IN ({', '.join('?' * len(topics))})), 0),"
            " coalesce(sum(originator_version > 1 AND substr(originator_id, 1, ?) = ?), 0)"
            " FROM events WHERE position > ?"
        )
        told = (after, text, *topics, len(kind) + 1, f"{kind}/", after)
        with self._cursor() if self.datastore.pool.is_sqlite_memory_mode else self._reading() as cursor:
            (found,) = cursor.execute(select, told).fetchall()
        return Begun._make(found)

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        parts: dict[str, list[bytes]] = defaultdict(list)
        select = "SELECT topic, state FROM events WHERE position > ? AND position <= ? ORDER BY position"
        with self._cursor() as cursor:
            cursor.execute(CACHE_OF_ONE_READING)
            try:
                for topic, state in cursor.execute(select, (after, until)):
                    parts[topic].append(state)
            finally:
                cursor.execute(CACHE)
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
        if self._second_hand is not None:
            self._second_hand.shutdown()
        if self._single is not None:
            self._single.connection.close()
        self.datastore.close()


def _check_file(path: Path) -> None:
    """Whether this is a database at all: a folder, an empty file or a text is told apart from a damaged ledger."""
    if path.is_dir():
        raise StoreError("store-folder", where=path.name)
    try:
        with path.open("rb") as file:
            head = file.read(len(HEADER))
    except OSError as error:
        raise StoreError("store-failed", found=error.strerror or str(error)) from error
    if head != HEADER:
        raise StoreError("store-foreign", where=path.name)


def _escaped(path: Path) -> str:
    """A path as it stands in a `file:` URI."""
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
