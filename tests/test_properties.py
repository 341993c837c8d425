"""What must hold of every history: replay, order, pins, duplicates, and the same bytes wherever it is computed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.episodes import WORKERS, some_day
from tests.episodes_of_service import ABOUT_MONEY
from tests.strategies import (
    ACTOR,
    POLICIES,
    SEEDS,
    History,
    adoption,
    examples,
    histories,
    history_of,
    recorded_policy,
)
from tests.views.harness import plain_definitions
from xiyuan_ledger.aggregates import FACTS, Event
from xiyuan_ledger.aggregates.account import AccountFact
from xiyuan_ledger.calendar import SHANGHAI
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import definition

ROOT = Path(__file__).parents[1]
VIEWS = sorted(plain_definitions())
OF_RECORDING = {view for view in VIEWS if definition(view).group == "audit"}
"""Views of how facts were recorded, more than of what happened."""
ASKED_WITH = {"history": {"subject": WORKERS[0]}, "settlement": {"scheme": "post-subsidy", "run_month": "2013-05"}}
"""What a view has to be told."""
OF_THE_TREE = {"LedgerContinued", "LogKeyRotated"}
"""The first event of a ledger that takes another's place, and what the old key has signed: tests/test_witness.py."""
NUMBERS = count(1)


def views_of(seed: int, most: int, leave_out: Iterable[str] = ()) -> list[str]:
    """A few views by chance."""
    return Random(seed).sample([view for view in VIEWS if view not in set(leave_out)], most)


def asked(ledger: Ledger, view: str, valid_on: date, known_at: int | None = None) -> str:
    """A view as its bytes."""
    return ledger.view(view, valid_on=valid_on, known_at=known_at, **ASKED_WITH.get(view, {})).to_json()


def _rows(ledger: Ledger, view: str, valid_on: date) -> Sequence[dict[str, Any]]:
    return ledger.view(view, valid_on=valid_on, **ASKED_WITH.get(view, {})).rows


def stored(ledger: Ledger) -> list[bytes]:
    return [row.state for row in ledger._store.after(0, 10_000)]


@examples(10)
@given(histories(), st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_the_size_of_batches_does_not_matter(history: History, sizes: list[int]) -> None:
    with history.ledger() as whole, Ledger.open("memory:", actor=ACTOR, simulated=True) as parted:
        entries = list(history.entries)
        for n in count():
            if not entries:
                break
            size = sizes[n % len(sizes)]
            parted.record_all(entries[:size])
            del entries[:size]
        assert stored(parted) == stored(whole)


@examples(5)
@given(histories())
def test_a_process_that_starts_anew_decides_as_one_that_went_on(history: History) -> None:
    """What is kept in memory of a stream is what the stream folds to."""
    with Ledger.open("memory:", actor=ACTOR, simulated=True) as forgetful:
        for attempt in history.attempts:
            forgetful._recorder = None
            forgetful.record_all([attempt], atomic=False)
        assert [event.event_id for event in forgetful.events()] == [event.event_id for event in history.events]


@examples(6)
@given(histories(), st.integers(0, 10), SEEDS)
def test_a_view_at_a_pin_is_that_of_the_ledger_which_stopped_there(history: History, share: int, seed: int) -> None:
    """Any prefix, recorded anew, gives what the whole gives at that position; so nothing later changes it."""
    length = len(history.entries) * share // 10
    valid_on = some_day(Random(seed))
    with history.ledger() as whole, history.ledger(count=length) as stopped:
        for view in views_of(seed, 5):
            assert asked(whole, view, valid_on, POLICIES + length) == asked(stopped, view, valid_on)


@examples(5)
@given(histories(), SEEDS)
def test_what_was_asked_before_is_answered_alike_after_later_facts(history: History, seed: int) -> None:
    half, valid_on = len(history.entries) // 2, some_day(Random(seed))
    views = views_of(seed, 5)
    with history.ledger(count=half) as ledger:
        before = [asked(ledger, view, valid_on) for view in views]
        ledger.record_all(history.entries[half:])
        assert [asked(ledger, view, valid_on, POLICIES + half) for view in views] == before


@examples(10)
@given(histories())
def test_recording_everything_again_records_nothing(history: History) -> None:
    with history.ledger() as ledger:
        again = ledger.record_all(history.entries, atomic=False)
        assert {receipt.status for receipt in again} == {"duplicate"}
        assert [receipt.event_id for receipt in again] == [event.event_id for event in history.events[POLICIES:]]
        assert ledger.head == len(history.events)


def _in_order(history: History) -> list[Any]:
    """The entries as if each had been entered on its day; what happened on one day stays in its order."""
    ordered = sorted(history.entries, key=lambda fact: fact.occurred_on)
    return [
        fact.model_copy(update={"recorded_at": datetime.combine(fact.occurred_on, time(12), SHANGHAI)})
        for fact in ordered
    ]


def _content(ledger: Ledger, view: str, valid_on: date) -> list[str]:
    """The rows of a view, its evidence as what the facts say, without what tells when they were recorded."""
    said = {event.event_id: f"{event.type} {event.fact.entry()}" for event in ledger.events()}
    rows = []
    for row in _rows(ledger, view, valid_on):
        row.pop("late_held", None)
        row["evidence"] = sorted(said[event_id] for event_id in row["evidence"])
        rows.append(str(row))
    return sorted(rows)


@examples(8)
@given(histories(altering=0, adopting=0), SEEDS)
def test_a_late_fact_counts_as_if_it_had_come_in_order(history: History, seed: int) -> None:
    valid_on = some_day(Random(seed), date(2013, 1, 1))
    with history.ledger() as late, Ledger.open("memory:", actor=ACTOR, simulated=True) as ordered:
        first = ordered.record_all(_in_order(history), atomic=False)
        # A booking may be given up before its own day, a session held in a term extended later: these wait.
        waiting = [fact for fact, receipt in zip(_in_order(history), first, strict=True) if receipt.error]
        ordered.record_all([fact.model_copy(update={"recorded_at": None}) for fact in waiting])
        assert ordered.head == late.head
        for view in views_of(seed, 5, OF_RECORDING):
            assert _content(late, view, valid_on) == _content(ordered, view, valid_on)


@examples(6)
@given(histories(), SEEDS, st.integers(1, 400))
def test_a_policy_for_the_future_changes_nothing_before(history: History, seed: int, ahead: int) -> None:
    chance = Random(seed)
    valid_on, step = some_day(chance), adoption(chance)
    views = views_of(seed, 5, OF_RECORDING | {"policy_register"})
    with history.ledger() as ledger:
        before = [_rows(ledger, view, valid_on) for view in views]
        future = step._replace(on=valid_on, effective_from=valid_on + timedelta(days=ahead), effective_to=None)
        reason = {"reason": "also where the month is closed"}
        ledger.record(recorded_policy(future, ledger).model_copy(update=reason))
        assert [_rows(ledger, view, valid_on) for view in views] == before


def _movements(events: Sequence[Event], valid_on: date) -> dict[tuple[str, str], int]:
    """By channel, the sums of what was received, spent and reversed up to a day, from the facts themselves."""
    gone = {getattr(event.fact, "event", None) or event.fact.corrects for event in events}
    found: Counter[tuple[str, str]] = Counter()
    for event in events:
        fact = event.fact
        if isinstance(fact, AccountFact) and event.event_id not in gone and fact.occurred_on <= valid_on:
            found[fact.channel, event.type] += fact.amount_fen
    return found


@examples(10)
@given(histories(about=ABOUT_MONEY), SEEDS)
def test_the_fen_of_all_accounts_are_those_of_the_movements(history: History, seed: int) -> None:
    valid_on = some_day(Random(seed), date(2012, 9, 1))
    moved = _movements(history.events, valid_on)
    with history.ledger() as ledger:
        rows = ledger.view("fund_statement", valid_on=valid_on).rows
    for row in rows:
        came = row["opening_fen"] + row["received_fen"] + row["reversed_fen"] + row["transferred_in_fen"]
        assert row["closing_fen"] == came - row["spent_fen"] - row["transferred_out_fen"]
    for channel in ("government", "member", "social"):
        of_channel = [row for row in rows if row["channel"] == channel]
        total = {
            name: sum(row[f"{name}_fen"] for row in of_channel) for name in ("received", "spent", "reversed", "closing")
        }
        assert total["received"] == moved.get((channel, "FundsReceived"), 0)
        assert total["spent"] == moved.get((channel, "ExpenseRecorded"), 0)
        assert total["reversed"] == moved.get((channel, "ExpenseReversed"), 0)
        assert total["closing"] == total["received"] + total["reversed"] - total["spent"]
        sent = [sum(row[f"transferred_{way}_fen"] for row in of_channel) for way in ("in", "out")]
        assert sent == [moved.get((channel, "FundsTransferred"), 0)] * 2


@examples(3)
@given(histories(), SEEDS)
def test_every_store_holds_and_answers_the_same(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, history: History, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    mark = "&" if "?" in postgres_url else "?"
    schema = f"same_{os.getpid()}_{next(NUMBERS)}"
    urls = ["memory:", f"sqlite:///{folder}/ledger.db", f"{postgres_url}{mark}schema={schema}"]
    views, answers = views_of(seed, 4), []
    for number, url in enumerate(urls):
        with history.ledger(url, journal=folder / str(number)) as ledger:
            leaves = [row.leaf for row in ledger._store.after(0, 10_000)]
            answers.append((stored(ledger), leaves, [asked(ledger, view, date(2014, 6, 30)) for view in views]))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == [ledger_bytes for ledger_bytes in answers[0][0] if json.loads(ledger_bytes)]


@examples(4)
@given(histories(), SEEDS, st.integers(5, 40))
def test_a_journal_may_be_deleted_at_any_time(
    tmp_path_factory: pytest.TempPathFactory, history: History, seed: int, segment: int
) -> None:
    folder, valid_on = tmp_path_factory.mktemp("journal"), some_day(Random(seed))
    views, known_at = views_of(seed, 3), POLICIES + len(history.entries) * 2 // 3
    with history.ledger(journal=folder / "sealed") as sealed, history.ledger() as without:
        sealed.journal._size = segment
        for view in views:
            expected = [asked(without, view, valid_on, at) for at in (None, known_at)]
            assert [asked(sealed, view, valid_on, at) for at in (None, known_at)] == expected
            asked(sealed, "journal", valid_on)  # a view of facts that never happened seals none
            assert any((folder / "sealed").rglob("*.parquet"))
            shutil.rmtree(folder / "sealed")
            assert [asked(sealed, view, valid_on, at) for at in (None, known_at)] == expected


ANSWER = """
import hashlib, sys
from tests.test_properties import asked_all
from xiyuan_ledger.ledger import Ledger
with Ledger.open(sys.argv[1], journal=sys.argv[2]) as ledger:
    sys.stdout.write(asked_all(ledger))
"""


def asked_all(ledger: Ledger) -> str:
    """The digest of each view at one pin, a line each."""
    pin = (date(2014, 6, 30), ledger.head - 5)
    return "".join(f"{hashlib.sha256(asked(ledger, view, *pin).encode()).hexdigest()} {view}\n" for view in VIEWS)


def test_two_processes_answer_with_the_same_bytes(tmp_path: Path) -> None:
    history = history_of(range(1, 50))
    url = f"sqlite:///{tmp_path}/ledger.db"
    history.ledger(url).close()
    said = []
    for seed in ("1", "2"):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }
        command = [sys.executable, "-c", ANSWER, url, str(tmp_path / f"journal-{seed}")]
        ran = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
        said.append(ran.stdout)
    assert said[0] == said[1]
    with Ledger.open(url, journal=tmp_path / "journal-3") as ledger:
        assert asked_all(ledger) == said[0]


def test_histories_reach_every_fact() -> None:
    """What no history contains is not tested by any of these; payouts are taken in steps, in histories that pay."""
    events = [event for first in range(0, 3_000, 60) for event in history_of(range(first, first + 60)).events]
    in_steps = {name for name, fact in FACTS.items() if fact.STREAM_KIND in ("run", "entitlement", "claim")}
    assert FACTS.keys() - {event.type for event in events} - in_steps - OF_THE_TREE == set()
