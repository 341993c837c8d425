"""Our stores keep the contract of eventsourcing's recorders: the library's own test cases, on ours."""

from __future__ import annotations

from typing import Any

import pytest
from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from xiyuan_ledger.store import Meta, open_store


@pytest.fixture
def recorder(store_url: str):  # type: ignore[no-untyped-def]
    store: Any = open_store(store_url, create=Meta("xiyuan", False))
    assert isinstance(store, ApplicationRecorder)
    yield store
    store.close()


def event(stream: str, version: int) -> StoredEvent:
    return StoredEvent(originator_id=stream, originator_version=version, topic="t", state=b"{}")
