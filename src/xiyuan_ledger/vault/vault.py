"""Vault 保密库: personal data, encrypted under a random key of each person, bound to the leaves that commit to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xiyuan_ledger.commitments import Disclosure, from_bytes, to_bytes
from xiyuan_ledger.errors import RuleBroken, VaultError
from xiyuan_ledger.store.vault_tables import Cursor, Sealed, VaultTables
from xiyuan_ledger.vault.keys import KEY_BYTES, NONCE_BYTES, KeyKeeper

REGISTER = "register"
"""The retention class of what a registration gives."""
_MARK = ("", "key")
"""Nobody's key, kept to tell the key that wraps the others."""
ACCOUNT = "account"
"""The retention class of a payee's bank account."""


class Unsealed(NamedTuple):
    """What a fact in the making gives of a person, and the leaf that commits to it."""

    leaf: bytes
    position: int
    subject: str
    disclosures: Sequence[Disclosure]


class Account(NamedTuple):
    """收款账户: number, name as the bank knows it, its clearing code (联行号) where it is needed. Never printed."""

    number: str
    name: str
    bank: str | None = None

    def __repr__(self) -> str:
        """Without the number and the name: they must not come into a log."""
        return "Account(…)"


class Vault:
    """保密库. Safe for threads; any number of processes share its store."""

    def __init__(self, tables: VaultTables, keys: KeyKeeper, origin: str):
        self._tables = tables
        self._keys = keys
        self._origin = origin.encode()
        self.brought_back: tuple[str, ...] = ()
        """Whose erased data a restored backup had brought back; they were destroyed again before the vault opened."""

    @property
    def where(self) -> str:
        """The place of its store, in few words."""
        return self._tables.where

    def follow(self, erased: Mapping[str, str]) -> tuple[str, ...]:
        """Destroy what is here of anyone whose data the ledger says were erased; of whom something was here."""
        known, left = self._tables.erased(), self._tables.left_of(erased)
        missing = {code: event_id for code, event_id in erased.items() if code not in known or code in left}
        if missing:
            self._tables.erase(missing)
        self._tables.finish_scrubbing()
        return tuple(sorted(left))

    def put(self, entries: Sequence[Unsealed]) -> None:
        """Seal disclosures, durable when this returns, before the facts that commit to them are."""
        with self._tables.writing() as cursor:
            self._check_key(cursor)
            keys: dict[str, AESGCM] = {}
            rows = []
            for leaf, position, subject, disclosures in entries:
                if subject not in keys:
                    keys[subject] = self._key(cursor, subject, REGISTER)
                found = _encrypted(keys[subject], leaf, to_bytes(disclosures))
                rows.append(Sealed(leaf, subject, REGISTER, *found, position, 0))
            self._tables.put(cursor, rows)

    def keep(self, leaves: Iterable[bytes]) -> None:
        """The facts of these leaves are recorded."""
        self._tables.keep(leaves)

    def drop(self, leaves: Iterable[bytes]) -> None:
        """The facts of these leaves were not recorded."""
        self._tables.drop(leaves)

    def unkept(self) -> dict[bytes, int]:
        """The leaves of which it is not known yet whether their facts were recorded, each with its position."""
        return self._tables.named(kept=False)

    def kept(self) -> dict[bytes, int]:
        """The leaves whose disclosures are here, with the positions of their facts."""
        return {name: position for name, position in self._tables.named(kept=True).items() if position}

    def disclosures(self, leaf: bytes, commitments: Iterable[str]) -> list[Disclosure] | None:
        """What opens the commitments of a fact; None where it is not here.

        Raises VaultError `vault-altered` where what is here does not open them.
        """
        content = self._open(leaf)
        if content is None:
            return None
        try:
            found = from_bytes(content)
            opens = {each.commitment for each in found} <= set(commitments)
        except (TypeError, ValueError):
            opens = False
        if not opens:
            # From None: what does not open may still be somebody's text, and a traceback shows it.
            raise VaultError("vault-altered", where=self.where) from None
        return found

    def account(self, payee: str) -> Account | None:
        """A payee's bank account; None where none is known."""
        content = self._open(_account_name(payee))
        if content is None:
            return None
        found = {each.field: each.value for each in from_bytes(content)}
        return Account(found["number"], found["name"], found.get("bank"))

    def set_accounts(self, accounts: Mapping[str, Account]) -> None:
        """Keep the bank accounts of payees, all or none; what was known of them gives way.

        Raises RuleBroken `personal-erased` where a payee's personal data were erased.
        """
        erased = self._tables.erased()
        for payee in accounts:
            if payee in erased:
                raise RuleBroken("personal-erased", field="payee", events=(erased[payee],), subject=payee)
        with self._tables.writing() as cursor:
            self._check_key(cursor)
            rows = []
            for payee, account in accounts.items():
                fields = {name: value for name, value in account._asdict().items() if value is not None}
                content = to_bytes([Disclosure("", field, value) for field, value in fields.items()])
                found = _encrypted(self._key(cursor, payee, ACCOUNT), _account_name(payee), content)
                rows.append(Sealed(_account_name(payee), payee, ACCOUNT, *found, 0, 1))
            self._tables.put(cursor, rows)

    def mark_key(self) -> None:
        """Keep a mark of the key that wraps the others, so that nobody goes on with a former one."""
        with self._tables.writing() as cursor:
            self._tables.add_key(cursor, *_MARK, self._keys.wrap(bytes(KEY_BYTES), self._context(*_MARK)))

    def _check_key(self, cursor: Cursor) -> None:
        """VaultError `vault-key-wrong` where the vault has another key by now: nobody could read what this wraps."""
        marked = self._tables.wrapped(cursor, *_MARK)
        if marked is not None:
            self._keys.unwrap(marked, self._context(*_MARK))

    def rewrap(self, new_key: Callable[[], KeyKeeper]) -> None:
        """Wrap every person's key by a new one, all or none; what the former one wrapped is of no use any more.

        The new key is made while nobody else changes the vault, and after it is known that this one is still its key.
        """
        with self._tables.writing() as cursor:
            self._check_key(cursor)
            keys, wrapped = new_key(), []
            for subject, retention, former in self._tables.all_keys(cursor):
                context = self._context(subject, retention)
                wrapped.append((subject, retention, keys.wrap(self._keys.unwrap(former, context), context)))
            self._tables.replace_keys(cursor, wrapped)
        self._keys = keys
        self._tables.scrub()

    def use(self, keys: KeyKeeper) -> None:
        """Go on with another key."""
        self._keys = keys

    def opens_with(self, keys: KeyKeeper) -> bool:
        """Whether a key is the one that wraps the others."""
        with self._tables.reading() as cursor:
            marked = self._tables.wrapped(cursor, *_MARK)
        try:
            return marked is None or bool(keys.unwrap(marked, self._context(*_MARK)))
        except VaultError:
            return False

    def erased(self) -> dict[str, str]:
        """Whose data were destroyed, and by which fact."""
        return self._tables.erased()

    def erased_by(self, subject: str) -> str | None:
        """The fact by which a subject's data were erased."""
        return self._tables.erased_by(subject)

    def erase(self, covered: Mapping[str, str]) -> None:
        """Destroy the keys and ciphertexts of these codes, which the facts named say are erased."""
        self._tables.erase(covered)

    def close(self) -> None:
        """Let go of the store."""
        self._tables.close()

    def _context(self, subject: str, retention: str) -> bytes:
        return b"\n".join((self._origin, subject.encode(), retention.encode()))

    def _key(self, cursor: Cursor, subject: str, retention: str) -> AESGCM:
        """A person's key: the one there is, or a new one."""
        context = self._context(subject, retention)
        wrapped = self._tables.wrapped(cursor, subject, retention)
        if wrapped is not None:
            return AESGCM(self._keys.unwrap(wrapped, context))
        key = os.urandom(KEY_BYTES)
        self._tables.add_key(cursor, subject, retention, self._keys.wrap(key, context))
        return AESGCM(key)

    def _open(self, name: bytes) -> bytes | None:
        found = self._tables.find(name)
        if found is None:
            return None
        row, wrapped = found
        key = self._keys.unwrap(wrapped, self._context(row.subject, row.retention))
        try:
            return AESGCM(key).decrypt(row.nonce, row.ciphertext, name)
        except InvalidTag:
            raise VaultError("vault-altered", where=self.where) from None


def _account_name(payee: str) -> bytes:
    return b"account/" + payee.encode()


def _encrypted(key: AESGCM, name: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Nonce and ciphertext, bound to the name."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce, key.encrypt(nonce, content, name)
