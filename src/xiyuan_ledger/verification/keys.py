"""Key files: one private key each, which nobody but its owner may read; and files that only one process changes."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import ED25519, Key, Kind, PrivateKey

OTHERS = stat.S_IRWXG | stat.S_IRWXO
OWNER_ONLY = 0o600


def new_key_file(path: Path, name: str, kind: Kind = ED25519) -> Key:
    """Make a key and write it to a new file; its public part is what others are given.

    ProofError: `key-exists` where a file is already, `key-unwritable`.
    """
    key = PrivateKey.new(name, kind)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise ProofError("key-exists", field="key", found=path.name) from None
    except OSError as error:
        raise ProofError("key-unwritable", field="key", found=error.strerror or path.name) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key.secret_text())
    return key.public()


def read_key_file(path: Path) -> PrivateKey:
    """The key of a file. ProofError: `key-missing`, `key-readable` where others may read it, `key-private-form`."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProofError("key-missing", field="key", found=str(path)) from error
    if sys.platform != "win32" and mode & OTHERS:
        raise ProofError("key-readable", field="key", found=path.name, mode=f"{stat.S_IMODE(mode):03o}")
    return PrivateKey.parse(text)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Only one process at a time does what is inside; the lock ends with the process. ProofError `proof-unwritable`."""
    lock = path.with_name(path.name + ".lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        opened = lock.open("a+b")
    except OSError as error:
        raise ProofError("proof-unwritable", found=str(lock), cause=error.strerror or str(error)) from error
    with opened as file:
        _lock(file.fileno())
        yield


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

else:

    def _lock(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def put_durably(path: Path, content: bytes) -> None:
    """Have a file hold this content, whole or not at all, also after the power fails.

    ProofError `proof-unwritable` where it cannot be written.
    """
    try:
        _put(path, content)
    except OSError as error:
        raise ProofError("proof-unwritable", found=str(path), cause=error.strerror or str(error)) from error


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.with_name(f".{path.name}.{os.getpid()}")
    with held.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(held, path)
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
