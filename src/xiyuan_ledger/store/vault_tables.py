"""保密库的表: what a vault's store holds, and the SQL that every kind of it shares.

The vault is a store of its own, with backups of its own. Nothing in it can be read without the key that wraps its keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, NamedTuple

from xiyuan_ledger.errors import VaultError

VAULT_FORMAT = 1
TABLES = frozenset({"vault_meta", "subject_keys", "sealed", "erased"})
CREATE = (
    "CREATE TABLE vault_meta (origin {text} NOT NULL, format INTEGER NOT NULL)",
    "CREATE TABLE subject_keys (subject {text} NOT NULL, retention {text} NOT NULL, wrapped {bytes} NOT NULL,"
    " PRIMARY KEY (subject, retention))",
    "CREATE TABLE sealed (name {bytes} PRIMARY KEY, subject {text} NOT NULL, retention {text} NOT NULL,"
    " nonce {bytes} NOT NULL, ciphertext {bytes} NOT NULL, position BIGINT NOT NULL, kept INTEGER NOT NULL)",
    "CREATE INDEX sealed_of_subject ON sealed (subject)",
    "CREATE INDEX sealed_on_the_way ON sealed (position) WHERE kept = 0",
    "CREATE TABLE erased (subject {text} PRIMARY KEY, event_id {text} NOT NULL, scrubbed INTEGER NOT NULL)",
)


class Sealed(NamedTuple):
    """A ciphertext: what it is bound to (the leaf of its fact, or a payee), whose it is, under which of her keys."""

    name: bytes
    subject: str
    retention: str
    nonce: bytes
    ciphertext: bytes
    position: int
    """Where its fact stands in the ledger; 0 for what no fact commits to."""
    kept: int
    """Whether its fact is known to be recorded."""


Cursor = Any
"""A cursor of the database, inside a transaction."""


class VaultTables:
    """The tables of one vault. Its kinds give `writing()`, `reading()`, `scrub()` and `close()`."""

    where: str
    mark: ClassVar[str]
    """How the database writes the place of a value; `?` here."""
    types: ClassVar[Mapping[str, str]]

    def writing(self) -> AbstractContextManager[Cursor]:
        """A transaction; nobody else writes until it ends."""
        raise NotImplementedError

    def reading(self) -> AbstractContextManager[Cursor]:
        """A cursor that sees what is committed."""
        raise NotImplementedError

    def scrub(self) -> None:
        """Give the database's files up to what was deleted: nothing of it is left in them."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of connections."""
        raise NotImplementedError

    def _write(self, cursor: Cursor, sql: str, values: Sequence[Any] = ()) -> None:
        cursor.execute(sql.replace("?", self.mark), values)

    def _write_many(self, cursor: Cursor, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        cursor.executemany(sql.replace("?", self.mark), rows)

    def lay_out(self, cursor: Cursor, origin: str) -> None:
        """Create the tables, for the ledger whose first leaf is `origin`."""
        for statement in CREATE:
            self._write(cursor, statement.format(**self.types))
        self._write(cursor, "INSERT INTO vault_meta VALUES (?, ?)", (origin, VAULT_FORMAT))

    def check(self, tables: set[str], origin: str) -> None:
        """Whether these are the tables of this ledger's vault; VaultError where they are not."""
        if not tables:
            raise VaultError("vault-missing", where=self.where)
        if not tables >= TABLES:
            raise VaultError("vault-foreign", where=self.where)
        with self.reading() as cursor:
            self._write(cursor, "SELECT origin, format FROM vault_meta")
            metas = cursor.fetchall()
        if len(metas) != 1 or metas[0][0] != origin:
            raise VaultError("vault-foreign", where=self.where)
        if metas[0][1] > VAULT_FORMAT:
            raise VaultError("vault-newer", where=self.where, found=metas[0][1], known=VAULT_FORMAT)

    def wrapped(self, cursor: Cursor, subject: str, retention: str) -> bytes | None:
        """The wrapped key of a subject and retention class."""
        self._write(
            cursor, "SELECT wrapped FROM subject_keys WHERE subject = ? AND retention = ?", (subject, retention)
        )
        rows = cursor.fetchall()
        return bytes(rows[0][0]) if rows else None

    def add_key(self, cursor: Cursor, subject: str, retention: str, wrapped: bytes) -> None:
        """Keep a new wrapped key."""
        self._write(cursor, "INSERT INTO subject_keys VALUES (?, ?, ?)", (subject, retention, wrapped))

    def all_keys(self, cursor: Cursor) -> list[tuple[str, str, bytes]]:
        """Every wrapped key, with its subject and retention class."""
        self._write(cursor, "SELECT subject, retention, wrapped FROM subject_keys")
        return [(subject, retention, bytes(wrapped)) for subject, retention, wrapped in cursor.fetchall()]

    def replace_keys(self, cursor: Cursor, keys: Iterable[tuple[str, str, bytes]]) -> None:
        """The same keys, wrapped anew."""
        update = "UPDATE subject_keys SET wrapped = ? WHERE subject = ? AND retention = ?"
        self._write_many(cursor, update, [(wrapped, subject, retention) for subject, retention, wrapped in keys])

    def put(self, cursor: Cursor, rows: Iterable[Sealed]) -> None:
        """Add ciphertexts; one of the same name gives way."""
        listed = list(rows)
        self._write_many(cursor, "DELETE FROM sealed WHERE name = ?", [(row.name,) for row in listed])
        self._write_many(cursor, "INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?, ?)", listed)

    def keep(self, names: Iterable[bytes]) -> None:
        """Their facts are recorded."""
        with self.writing() as cursor:
            self._write_many(cursor, "UPDATE sealed SET kept = 1 WHERE name = ?", [(name,) for name in names])

    def drop(self, names: Iterable[bytes]) -> None:
        """Their facts were not recorded: nothing of them stays, and no key that seals nothing."""
        with self.writing() as cursor:
            self._write_many(cursor, "DELETE FROM sealed WHERE name = ? AND kept = 0", [(name,) for name in names])
            self._write(
                cursor,
                "DELETE FROM subject_keys WHERE subject <> '' AND NOT EXISTS (SELECT 1 FROM sealed WHERE"
                " sealed.subject = subject_keys.subject AND sealed.retention = subject_keys.retention)",
            )

    def named(self, *, kept: bool) -> dict[bytes, int]:
        """The names of ciphertexts whose facts are known to be recorded, or are not, each with the fact's position."""
        with self.reading() as cursor:
            self._write(cursor, f"SELECT name, position FROM sealed WHERE kept = {int(kept)}")
            return {bytes(name): position for name, position in cursor.fetchall()}

    def find(self, name: bytes) -> tuple[Sealed, bytes] | None:
        """A ciphertext and the wrapped key of its subject; None where it is not there, or its key is not."""
        with self.reading() as cursor:
            self._write(
                cursor,
                "SELECT sealed.name, sealed.subject, sealed.retention, nonce, ciphertext, position, kept, wrapped"
                " FROM sealed JOIN subject_keys ON subject_keys.subject = sealed.subject"
                " AND subject_keys.retention = sealed.retention WHERE sealed.name = ?",
                (name,),
            )
            rows = cursor.fetchall()
        if not rows:
            return None
        found, subject, retention, nonce, ciphertext, *rest, wrapped = rows[0]
        return Sealed(bytes(found), subject, retention, bytes(nonce), bytes(ciphertext), *rest), bytes(wrapped)

    def erased(self) -> dict[str, str]:
        """Whose personal data were erased, and by which fact."""
        with self.reading() as cursor:
            self._write(cursor, "SELECT subject, event_id FROM erased")
            return dict(cursor.fetchall())

    def erased_by(self, subject: str) -> str | None:
        """The fact by which one subject's data were erased."""
        with self.reading() as cursor:
            self._write(cursor, "SELECT event_id FROM erased WHERE subject = ?", (subject,))
            rows = cursor.fetchall()
        return rows[0][0] if rows else None

    def left_of(self, subjects: Iterable[str]) -> list[str]:
        """Those of these subjects of whom a key or a ciphertext is there."""
        with self.reading() as cursor:
            return [subject for subject in subjects if self._holds(cursor, subject)]

    def _holds(self, cursor: Cursor, subject: str) -> bool:
        self._write(
            cursor,
            "SELECT 1 FROM subject_keys WHERE subject = ? UNION ALL SELECT 1 FROM sealed WHERE subject = ?",
            (subject, subject),
        )
        return bool(cursor.fetchall())

    def erase(self, covered: Mapping[str, str]) -> None:
        """Destroy keys and ciphertexts of these subjects, and remember by which fact; then the traces in the files."""
        with self.writing() as cursor:
            subjects = [(subject,) for subject in covered]
            for table in ("subject_keys", "sealed", "erased"):
                self._write_many(cursor, f"DELETE FROM {table} WHERE subject = ?", subjects)
            self._write_many(cursor, "INSERT INTO erased VALUES (?, ?, 0)", list(covered.items()))
        self.finish_scrubbing()

    def finish_scrubbing(self) -> None:
        """Scrub the files where an erasure was not yet followed by it: a crash in between is made good."""
        with self.reading() as cursor:
            self._write(cursor, "SELECT subject FROM erased WHERE scrubbed = 0")
            subjects = cursor.fetchall()
        if subjects:
            self.scrub()
            with self.writing() as cursor:
                self._write_many(cursor, "UPDATE erased SET scrubbed = 1 WHERE subject = ?", subjects)


@contextmanager
def plain(cursor: Any) -> Iterator[Any]:
    """A cursor that is closed at the end."""
    try:
        yield cursor
    finally:
        cursor.close()
