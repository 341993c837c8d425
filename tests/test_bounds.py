"""What is kept in memory is bounded, and connections that are kept may break: neither changes an answer."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import duckdb
import psycopg
import pytest

from tests.test_store_contract import row
from tests.views.staff import hired
from xiyuan_ledger import Ledger
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.projections import engine
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.recording import held
from xiyuan_ledger.store import Batch, Meta, open_store

HIRINGS = [hired(f"W-{n}", "2013-01-01") for n in range(1, 7)]


def test_ids_are_shown_in_order_also_when_the_ledger_is_closed(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True, actor="clerk-7") as ledger:
        receipts = ledger.record_all(HIRINGS)
        journal = ledger.view("journal", type="WorkerHired", valid_on="2013-06-01")
        deadlines = ledger.view("exam_deadlines", where={"worker": "W-3"}, valid_on="2013-06-01")
    assert [row["event_id"] for row in journal] == [receipt.event_id for receipt in receipts]
    (found,) = deadlines
    assert receipts[2].event_id in found["evidence"]
    assert found["evidence"] == sorted(found["evidence"])


def test_a_question_beyond_its_memory_gets_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = []

    def limit_tightly(question: engine.Question, times: int = 1) -> None:
        limited.append(times)
        with suppress(duckdb.OutOfMemoryException):
            question.con.execute("SET memory_limit = '1MB'")

    monkeypatch.setattr(engine.Question, "_limit_memory", limit_tightly)
    with Ledger.open("memory:", actor="clerk-7") as ledger:
        ledger.record_all(HIRINGS)
        found = ledger.view("exam_deadlines", valid_on="2013-06-01")
    assert [row["worker"] for row in found] == ["W-1", "W-2", "W-3", "W-4", "W-5", "W-6"]
    assert limited[:5] == [1, 2, 4, 1, 2], (
        "more is given step by step, and the limit put back after each work beyond it"
    )
    assert limited[-1] == 1


def test_a_question_puts_nothing_on_stdout_however_long_it_takes() -> None:
    with closing(engine.Question("xiyuan", Settled(0, date(2013, 6, 1)), _nothing, {}, {})) as question:
        shown = question.con.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    assert shown == [(False,)]


def _nothing(*asked: object) -> frozenset[type[Fact]]:
    return frozenset()


def test_the_streams_looked_at_longest_ago_are_let_go_of_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "HELD_MAX", 4)
    with closing(open_store("memory:", create=Meta("xiyuan", False))) as store:
        states = held.HeldStates(store)
        for stream in ("org/A", "org/B", "org/C", "org/D"):
            states.hold(stream)
        states.trim()
        for stream in ("org/A", "org/E"):
            states.hold(stream)
        kept = states.hold("org/A")
        states.trim()
        assert states.hold("org/A") is kept
        assert states.hold("org/E").batch == 2


def test_a_connection_that_was_cut_is_made_anew(postgres_ledger_url: str) -> None:
    address, _, schema = postgres_ledger_url.rpartition("schema=")
    with closing(open_store(postgres_ledger_url, create=Meta("xiyuan", False))) as store:
        assert store.append_if_head(0, Batch([row(1)]))
        with psycopg.connect(address.rstrip("?&")) as other:
            cut = other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE %s AND pid <> pg_backend_pid()",
                (f"%{schema}%append_event%",),
            ).fetchall()
        assert cut == [(True,)]
        assert store.append_if_head(1, Batch([row(2)]))
        assert store.head() == 2
