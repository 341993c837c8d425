"""Which store a URL means: `sqlite:///file`, `postgresql://…`, `memory:`."""

from __future__ import annotations

from pathlib import Path

from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.store.rows import Meta, Store
from xiyuan_ledger.store.sqlite import SQLiteStore

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
MEMORY = "memory:"


def sqlite_path(url: str) -> Path | None:
    """The file that a `sqlite:///` URL means; None for other URLs."""
    return Path(url.removeprefix(SQLITE)).absolute() if url.startswith(SQLITE) and len(url) > len(SQLITE) else None


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
