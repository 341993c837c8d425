"""What tests share: private servers, and a ledger in each kind of store."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.pages_served import Served, running, street_ledger
from tests.servers import ServerMissingError, postgres
from xiyuan_ledger.ledger import Ledger

# The same examples in every run, and no clock: for CI (HYPOTHESIS_PROFILE=ci).
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("home", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "home"))

# aics-tlog is written for Python 3.12 and later, and pyproject.toml asks for it only there: on 3.11 there is nothing to
# install, hence nothing to skip.
collect_ignore = [] if sys.version_info >= (3, 12) else ["test_second_opinion_of_tlog.py"]

REQUIRE_SERVERS = "XIYUAN_REQUIRE_SERVERS"
_NUMBERS = count(1)
T = TypeVar("T")


@contextmanager
def needed(server: AbstractContextManager[T], name: str) -> Iterator[T]:
    """A running server; missing is a visible skip at home and a failure in CI."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(server)
        except ServerMissingError as missing:
            if os.environ.get(REQUIRE_SERVERS):
                raise
            pytest.skip(f"no {name}: {missing}")
        yield running


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL."""
    with needed(postgres(), "PostgreSQL") as url:
        yield url


@pytest.fixture
def postgres_ledger_url(postgres_url: str) -> str:
    """The URL of a ledger that does not exist yet, in a schema of its own."""
    mark = "&" if "?" in postgres_url else "?"
    return f"{postgres_url}{mark}schema=ledger_{os.getpid()}_{next(_NUMBERS)}"


@pytest.fixture
def postgres_vault_url(store_url: str) -> str:
    """The URL of a vault that does not exist yet, in another schema than a PostgreSQL ledger's."""
    return store_url.replace("schema=ledger_", "schema=vault_")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that does not exist yet, once for each kind of store."""
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return str(request.getfixturevalue("postgres_ledger_url"))


@pytest.fixture
def ledger(store_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger in each kind of store; the default policies are adopted and nothing else."""
    with Ledger.open(store_url, create=True, actor="clerk-7", journal=tmp_path / "journal") as opened:
        yield opened


@pytest.fixture
def simulated(store_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """The same, simulated: it takes the time of recording from its entries."""
    with Ledger.open(store_url, create=True, actor="clerk-7", simulated=True, journal=tmp_path / "journal") as opened:
        yield opened


@pytest.fixture(scope="session")
def street_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a ledger with the street's story of 2012-2013. Nobody writes to it."""
    return street_ledger(tmp_path_factory.mktemp("street"))


@pytest.fixture(scope="session")
def served(street_url: str) -> Iterator[Served]:
    """The pages of the street's story, as they are seen on this machine."""
    from xiyuan_ledger.web.serving import server

    with (
        Ledger.open(street_url) as ledger,
        running(lambda: server(ledger, host="127.0.0.1", port=0)) as where,
    ):
        yield Served(ledger, where, street_url)
