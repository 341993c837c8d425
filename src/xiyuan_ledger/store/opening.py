"""Which store a URL means: `sqlite:///file`, `postgresql://…`, `memory:`."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.store.rows import Meta, Store
from xiyuan_ledger.store.sqlite import SQLiteStore

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
MEMORY = "memory:"
BUNDLE = "bundle:"


def sqlite_path(url: str) -> Path | None:
    """The file that a `sqlite:///` URL means; None for other URLs."""
    return Path(url.removeprefix(SQLITE)).absolute() if url.startswith(SQLITE) and len(url) > len(SQLITE) else None


def bundle_path(url: str) -> Path | None:
    """The bundle that a `bundle:` URL means; None for other URLs."""
    return Path(url.removeprefix(BUNDLE)).absolute() if url.startswith(BUNDLE) else None


def open_store(url: str, *, create: Meta | None) -> Store:
    """The store of a ledger: a new one if `create` says what it is to be, else an existing one.

    Raises StoreError: store-url, store-missing, store-exists, store-foreign, store-newer, store-damaged.
    """
    path = sqlite_path(url)
    if path is not None:
        return SQLiteStore.open(path) if create is None else SQLiteStore.create(path, create)
    if url == MEMORY:
        return SQLiteStore.create(None, create or Meta("xiyuan", False))
    if url.startswith(POSTGRES):
        return _postgres(url, create)
    raise StoreError("store-url", found=url)


def _postgres(url: str, create: Meta | None) -> Store:
    try:
        from xiyuan_ledger.store.postgres import PostgresStore
    except ImportError as error:
        raise StoreError("store-needs-extra", found="postgres") from error
    return PostgresStore.open(url) if create is None else PostgresStore.create(url, create)


def journal_folder(url: str, given: Path | str | None) -> Path | None:
    """Where the column cache lives: beside a SQLite file, else in the user's cache folder; nowhere for `memory:`."""
    if given is not None:
        return Path(given)
    path = sqlite_path(url)
    if path is not None:
        return path.with_name(path.name + ".journal")
    if url == MEMORY:
        return None
    root = Path(os.environ.get("XIYUAN_JOURNAL") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"))
    return root / "xiyuan-ledger" / sha256(url.encode()).hexdigest()[:16]


def proofs_folder(url: str, given: Path | str | None) -> Path | None:
    """Where checkpoints and the log's key are kept: beside a SQLite file, else where the user's own files are."""
    if given is not None:
        return Path(given)
    path = sqlite_path(url)
    if path is not None:
        return path.with_name(path.name + ".proofs")
    if url == MEMORY or bundle_path(url):
        return None
    named = os.environ.get("XIYUAN_PROOFS") or os.environ.get("XDG_DATA_HOME")
    root = Path(named) if named else Path.home() / ".local" / "share"
    return root / "xiyuan-ledger" / sha256(url.encode()).hexdigest()[:16]
