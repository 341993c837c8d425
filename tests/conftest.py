"""What tests share: private servers, and a ledger in each kind of store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.servers import ServerMissingError, postgres

REQUIRE_SERVERS = "XIYUAN_REQUIRE_SERVERS"
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL; missing is a visible skip at home and a failure in CI."""
    running = postgres()
    try:
        url = running.__enter__()
    except ServerMissingError as missing:
        if os.environ.get(REQUIRE_SERVERS):
            raise
        pytest.skip(f"no PostgreSQL: {missing}")
    yield url
    running.__exit__(None, None, None)


@pytest.fixture
def postgres_ledger_url(postgres_url: str) -> str:
    """The URL of a ledger that does not exist yet, in a schema of its own."""
    mark = "&" if "?" in postgres_url else "?"
    return f"{postgres_url}{mark}schema=ledger_{os.getpid()}_{next(_NUMBERS)}"


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that does not exist yet, once for each kind of store."""
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return str(request.getfixturevalue("postgres_ledger_url"))
