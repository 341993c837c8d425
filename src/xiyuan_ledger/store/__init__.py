"""The facts as bytes: the only place that knows eventsourcing, SQLite and PostgreSQL."""

from __future__ import annotations

from xiyuan_ledger.store.opening import open_store
from xiyuan_ledger.store.rows import Batch, Begun, Meta, Row, Store

__all__ = ["Batch", "Begun", "Meta", "Row", "Store", "open_store"]
