"""结算: whatever happened and in whatever order it became known, in the end what was settled is what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.episodes import ABOUT_STAFF, founding
from tests.episodes_of_payouts import holder
from tests.strategies import SEEDS, History, examples, histories
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.entitlement import ClawbackRecovered, OverpaymentDetermined
from xiyuan_ledger.calendar import month_of, shanghai_date
from xiyuan_ledger.errors import Refused, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Outcome
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve, open_run, reject
from xiyuan_ledger.payouts.run import lines_of, runs
from xiyuan_ledger.payouts.settling import close, instruct, orders_of, settle

SUBSIDY = "post-subsidy"
PAYING = {"size": (15, 30), "altering": 0.1, "paying": 0.4, "about": (*ABOUT_STAFF, holder, holder, holder)}


def later(ledger: Ledger) -> datetime:
    """A moment after everything recorded, and after every month that a fact speaks of."""
    last = max(event.recorded_at for event in ledger.events(after=ledger.head - 1))
    return last + timedelta(days=1)


def finish(ledger: Ledger, at: datetime) -> None:
    """Bring every run of subsidies to its end: what is under way arrives, what is not approved is rejected."""
    for run in runs(ledger, SUBSIDY):
        if run.status in ("open", "approved"):
            reject(ledger, run.run, "once more", Hand("chief-1", at))
        elif run.status == "instructed":
            paid(ledger, run.run, at)


def paid(ledger: Ledger, run: str, at: datetime) -> None:
    """Every line of a run that is under way arrives."""
    told = [
        Outcome(line.end_to_end, "paid", line.net_fen, f"B-{line.end_to_end}", None)
        for line in lines_of(ledger, run)
        if line.net_fen and line.status == "instructed"
    ]
    settle(ledger, run, told, "0e" * 32, Hand("cashier-1", at))
    close(ledger, run, Hand("cashier-1", at))


def pay_all(ledger: Ledger, month: str, at: datetime) -> int:
    """Runs until nothing more is due up to a month; how many lines they had."""
    count = 0
    while True:
        try:
            run = open_run(ledger, SUBSIDY, month, Hand("clerk-1", at))
        except RuleBroken:
            return count
        if run.status == "closed":
            return count
        count += approve(ledger, run.run, Hand("chief-1", at)).lines
        for order in orders_of(ledger, run.run, 5_000):
            digest = order.number * 2
            instruct(ledger, run.run, digest, len(order.transfers), order.total_fen, Hand("cashier-1", at))
        if run.total_fen:
            paid(ledger, run.run, at)
        else:
            close(ledger, run.run, Hand("cashier-1", at))


def recover_all(ledger: Ledger, at: datetime) -> None:
    """What is still open is handed back."""
    for row in ledger.view("recovery_register", valid_on=shanghai_date(at)).rows:
        if row["scheme"] != SUBSIDY or not row["open_fen"]:
            continue
        line: dict[str, Any] = {name: row[name] for name in ("worker", "scheme", "month")}
        line |= {"occurred_on": shanghai_date(at), "recorded_at": at}
        missing = row["open_fen"] - (row["determined_fen"] - row["recovered_fen"] - row["written_off_fen"])
        if missing > 0:
            ledger.record(OverpaymentDetermined(amount_fen=missing, **line))
        ledger.record(ClawbackRecovered(amount_fen=row["open_fen"], **line))


@examples(3)
@given(histories(**PAYING))
def test_after_a_run_and_full_recovery_what_was_settled_is_what_is_due(history: History) -> None:
    with history.ledger() as ledger:
        at = later(ledger)
        finish(ledger, at)
        month = month_of(shanghai_date(at))
        pay_all(ledger, month, at)
        assert all(row["delta_fen"] <= 0 for row in ledger.view("subsidy_due", valid_on=shanghai_date(at)).rows)
        recover_all(ledger, at)
        rows = ledger.view("subsidy_due", valid_on=shanghai_date(at)).rows
        assert [row for row in rows if row["delta_fen"]] == []
        assert pay_all(ledger, month, at) == 0
        settled = sum(row["settled_fen"] for row in rows)
        waived = sum(
            row["written_off_fen"] for row in ledger.view("recovery_register").rows if row["scheme"] == SUBSIDY
        )
        moved = [
            row for row in ledger.view("fund_statement", valid_on=shanghai_date(at)).rows if row["project"] is None
        ]
        assert sum(row["spent_fen"] - row["reversed_fen"] for row in moved) == settled + waived


@examples(3)
@given(histories(**PAYING))
def test_no_line_is_below_zero_and_no_run_keeps_back_more_than_its_share(history: History) -> None:
    with history.ledger() as ledger:
        at = later(ledger)
        finish(ledger, at)
        month = month_of(shanghai_date(at))
        rows = ledger.view("settlement", scheme=SUBSIDY, run_month=month, valid_on=shanghai_date(at)).rows
        for worker in {row["worker"] for row in rows}:
            mine = [row for row in rows if row["worker"] == worker]
            kept = sum(row["offset_fen"] for row in mine)
            assert kept == sum(row["recovered_fen"] for row in mine)
            assert kept <= sum(row["amount_fen"] for row in mine) // 2
            assert all(0 <= row["offset_fen"] <= row["amount_fen"] for row in mine)
            assert all(row["net_fen"] >= 0 for row in mine)
            assert all(row["month"] >= "2012-06" for row in mine if row["amount_fen"])


def entered(facts: Sequence[Fact], at: datetime) -> Ledger:
    """A ledger that was told these facts in this order, again and again until no more of them fit."""
    ledger = Ledger.open("memory:", actor="clerk-1", simulated=True)
    left = [fact.model_copy(update={"recorded_at": at}) for fact in facts]
    while left:
        refused = []
        for fact in left:
            try:
                ledger.record(fact)
            except Refused:
                refused.append(fact)
        if len(refused) == len(left):
            break
        left = refused
    return ledger


@examples(3)
@given(st.lists(SEEDS, min_size=1, max_size=3, unique=True), SEEDS)
def test_the_order_in_which_late_facts_arrive_does_not_matter(seeds: list[int], shuffled: int) -> None:
    facts = [each.fact for each in founding(Random(0))]
    workers = {}
    for seed in seeds:
        told = [each.fact for each in holder(Random(seed))]
        workers.setdefault(told[0].entry()["worker"], told)
    late = [fact for told in workers.values() for fact in told]
    Random(shuffled).shuffle(late)
    at = datetime.fromisoformat("2014-06-01T04:00:00+00:00")
    found = []
    for order in (sorted(late, key=lambda fact: fact.occurred_on), late):
        with entered([*facts, *order], at) as ledger:
            asked = {"scheme": SUBSIDY, "run_month": "2014-05", "valid_on": "2014-06-01"}
            found.append(ledger.view("settlement", **asked).without_evidence().to_pylist())  # type: ignore[arg-type]
    assert found[0] == found[1]
