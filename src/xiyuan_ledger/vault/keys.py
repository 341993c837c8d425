"""密钥: the key that wraps the keys of persons - a file that only its owner may read, or a key service."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xiyuan_ledger.errors import VaultError

KEY_BYTES = 32
NONCE_BYTES = 12
OWNER_ONLY = 0o600
OTHERS = 0o077


class KeyKeeper(Protocol):
    """What keeps the key-encryption key: the file of `KeyFile`, or a key service that never hands its key out."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """A person's key, sealed; it can only be opened for the same context."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key again; VaultError `vault-key-wrong` where this keeper or context did not wrap it."""


class LocalKey:
    """A key-encryption key in this program's memory."""

    def __init__(self, secret: bytes):
        self._cipher = AESGCM(secret)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except InvalidTag:
            raise VaultError("vault-key-wrong") from None


def create_key_file(path: Path) -> LocalKey:
    """A new random key in a file that only its owner may read; refused where a file is already."""
    secret = secrets.token_bytes(KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    except FileExistsError:
        raise VaultError("vault-key-exists", where=path.name) from None
    with os.fdopen(opened, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return LocalKey(secret)


def read_key_file(path: Path) -> LocalKey:
    """The key of a file; VaultError where it is missing, is open to others, or holds no key."""
    if not path.is_file():
        raise VaultError("vault-key-missing", where=path.name)
    if open_to_others(path):
        raise VaultError("vault-key-open", where=path.name, found=oct(path.stat().st_mode & 0o777))
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError("vault-key-form", where=path.name) from error
    if re.fullmatch(f"[0-9a-f]{{{2 * KEY_BYTES}}}", text) is None:
        raise VaultError("vault-key-form", where=path.name)
    return LocalKey(bytes.fromhex(text))


def open_to_others(path: Path) -> bool:
    """Whether anyone but the owner may use the file. (Windows keeps no such bits.)"""
    return os.name == "posix" and bool(path.stat().st_mode & OTHERS)
