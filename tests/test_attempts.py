"""Attempts and the fence: what is counted survives whoever counted; one at a time among all who use the ledger."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from tests.tidy import ROOT
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.store import open_store
from xiyuan_ledger.store.attempts import Attempt, Attempts
from xiyuan_ledger.store.fence import fenced

FIRST_COMERS = 8


def test_attempts_are_counted_for_everyone_until_the_task_is_done(store_url: str) -> None:
    Ledger.open(store_url, create=True, actor="clerk-7", journal=None).close()
    mine = Attempts(store_url)
    assert [mine.begin("R-1/1"), mine.begin("R-1/1"), mine.begin("R-1/2")] == [1, 2, 1]
    mine.say("R-1/1", "answer-refused")
    assert mine.stuck(2) == [Attempt("R-1/1", 2, "answer-refused")]
    if store_url != "memory:":
        assert Attempts(store_url).begin("R-1/1") == 3
        mine.take_back("R-1/1")
    mine.done("R-1/2")
    assert [each.task for each in mine.stuck(1)] == ["R-1/1"]
    mine.done("R-1/1")
    assert mine.stuck(1) == []


def test_who_comes_for_a_task_that_is_set_aside_has_not_tried_it(store_url: str) -> None:
    Ledger.open(store_url, create=True, actor="clerk-7", journal=None).close()
    mine = Attempts(store_url)
    assert [mine.begin("R-1/1") for _ in range(5)] == [1, 2, 3, 4, 5]
    assert mine.stuck() == [Attempt("R-1/1", 3, "begun")]


def test_those_who_come_first_at_once_all_find_what_is_counted(shared_url: str) -> None:
    Ledger.open(shared_url, create=True, actor="clerk-7").close()
    ready = Barrier(FIRST_COMERS)

    def come(_: int) -> list[Attempt]:
        mine = Attempts(shared_url)
        ready.wait()
        return mine.stuck()

    with ThreadPoolExecutor(FIRST_COMERS) as crew:
        assert list(crew.map(come, range(FIRST_COMERS))) == [[]] * FIRST_COMERS


def test_a_ledger_with_attempts_opens_as_before(store_url: str) -> None:
    with Ledger.open(store_url, create=True, actor="clerk-7", journal=None) as ledger:
        Attempts(store_url).begin("R-1/1")
        head = ledger.head
    if store_url != "memory:":
        with Ledger.open(store_url) as again:
            assert again.head == head


def test_that_attempts_are_counted_is_no_change_of_the_ledger(shared_url: str) -> None:
    Ledger.open(shared_url, create=True, actor="clerk-7", journal=None).close()
    Attempts(shared_url).begin("R-1/1")
    store = open_store(shared_url, create=None)
    try:
        assert store.guards_missing() == []
    finally:
        store.close()


HOLDS = """
import sys, time
from xiyuan_ledger.store.fence import fenced

with fenced(sys.argv[1], "bank", wait_seconds=5):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_fence_is_held_by_one_process_and_falls_with_it(shared_url: str) -> None:
    Ledger.open(shared_url, create=True, actor="clerk-7").close()
    command = [sys.executable, "-c", HOLDS, shared_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": "src"}) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError) as refused, fenced(shared_url, "bank", wait_seconds=0):
            raise AssertionError("two held it")
        assert refused.value.code == "fence-held"
        with fenced(shared_url, "other", wait_seconds=0) as other:
            other.check()
        holder.kill()
    with fenced(shared_url, "bank", wait_seconds=10) as fence:
        fence.check()


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that does not exist yet, in a store that processes share."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return str(request.getfixturevalue("postgres_ledger_url"))


def test_connections_that_the_server_cut_are_opened_anew(shared_url: str) -> None:
    Ledger.open(shared_url, create=True, actor="clerk-7").close()
    if not shared_url.startswith("postgresql"):
        return
    mine = Attempts(shared_url)
    with fenced(shared_url, "bank", wait_seconds=0):
        assert mine.begin("R-1/1") == 1
    with psycopg.connect(shared_url.partition("?")[0], autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert mine.begin("R-1/1") == 2
    with fenced(shared_url, "bank", wait_seconds=0) as fence:
        fence.check()


def test_what_is_fenced_in_may_fail_and_another_comes_in(shared_url: str) -> None:
    Ledger.open(shared_url, create=True, actor="clerk-7").close()
    for _ in range(2):  # A connection that is closed is let go of by the server in its own time.
        with pytest.raises(KeyError), fenced(shared_url, "bank", wait_seconds=5):
            raise KeyError
    with fenced(shared_url, "bank", wait_seconds=5), ThreadPoolExecutor(1) as crew:
        with pytest.raises(StoreError) as refused:
            crew.submit(_enter, shared_url).result()
        assert refused.value.code == "fence-held"


def _enter(url: str) -> None:
    with fenced(url, "bank", wait_seconds=0):
        pytest.fail("nobody may come in")
