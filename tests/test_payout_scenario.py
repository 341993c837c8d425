"""西苑 2012-2013 的发放: a month's subsidies at two rates, and examination fees, over the street's whole story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from tests.test_scenario import FOLDER
from tests.views.harness import adopted
from xiyuan_ledger.aggregates.claim import ReimbursementClaimed
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Outcome
from xiyuan_ledger.payouts.claims import decide_claim
from xiyuan_ledger.payouts.explaining import explain
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve, open_run
from xiyuan_ledger.payouts.run import Run, lines_of
from xiyuan_ledger.payouts.settling import close, instruct, orders_of, settle

JUNE = {"valid_on": "2013-06-30", "known_at": "2013-06-30T23:59:59+08:00", "month": "2013-06"}
FEES = {"junior": (5_700, 5_700), "intermediate": (5_700, 5_700, 6_300)}
"""One fee a subject."""
BOOKS_FEN = 4_000


@pytest.fixture(scope="module")
def street() -> Iterator[Ledger]:
    with Ledger.open("memory:", actor="clerk-1", simulated=True, policies=scenario_policies(FOLDER)) as found:
        tell_scenario(found, FOLDER)
        yield found


def after(ledger: Ledger, hours: int = 0) -> datetime:
    """A moment after everything that the story tells."""
    last = max(event.recorded_at for event in ledger.events(after=ledger.head - 1))
    return last + timedelta(hours=hours)


def taken_through(ledger: Ledger, scheme: str, month: str) -> Run:
    """A run through all its steps; every line arrives."""
    at = after(ledger, 1)
    run = approve(ledger, open_run(ledger, scheme, month, Hand("clerk-1", at)).run, Hand("chief-1", at))
    for order in orders_of(ledger, run.run, 5_000):
        instruct(ledger, run.run, order.number * 2, len(order.transfers), order.total_fen, Hand("cashier-1", at))
        paid = [Outcome(each.reference, "paid", each.amount_fen, each.reference, None) for each in order.transfers]
        settle(ledger, run.run, paid, order.number * 2, Hand("cashier-1", at))
    return close(ledger, run.run, Hand("cashier-1", at))


def test_a_full_month_of_sixteen_junior_and_five_intermediate_title_holders(street: Ledger) -> None:
    rows = street.view("subsidy_due", **JUNE).rows  # type: ignore[arg-type]
    assert Counter(row["level"] for row in rows) == {"junior": 16, "intermediate": 5}
    assert sum(row["due_fen"] for row in rows) == 260_000
    lower = {"post-subsidy": {"rates": {"junior": 5_000, "intermediate": 8_000}}}
    supposed = street.view("subsidy_due", policies=lower, **JUNE).rows  # type: ignore[arg-type]
    assert sum(row["due_fen"] for row in supposed) == 120_000


def test_the_fees_of_those_who_passed_are_reimbursed_with_their_books(street: Ledger) -> None:
    passed = {row["worker"]: row["level"] for row in street.view("subsidy_due", **JUNE).rows}  # type: ignore[arg-type]
    at = after(street, 1)
    # Some of them passed years before; the street pays for these as well.
    rule = adopted("exam-reimbursement", 2, "2012-06-01", on="2012-06-02", window_months=120)
    street.record(rule.model_copy(update={"recorded_at": at}))
    for number, (worker, level) in enumerate(sorted(passed.items())):
        receipts = [
            {"kind": "registration_fee", "number": f"F-{number}-{nth}", "amount_fen": fen}
            for nth, fen in enumerate(FEES[level])
        ]
        receipts.append({"kind": "book_fee", "number": f"K-{number}", "amount_fen": BOOKS_FEN})
        (certificate,) = street.view("certificates", where={"worker": worker, "level": level}).rows
        street.record(
            ReimbursementClaimed(
                claim=f"B-{number}",
                worker=worker,
                level=level,
                year=certificate["passed_on"].year,
                receipts=receipts,
                occurred_on=date(2012, 9, 12),
                recorded_at=at,
            )
        )
        decide_claim(street, f"B-{number}", hand=Hand("chief-1", at))
    rows = street.view("reimbursement_register").rows
    assert sum(row["approved_fen"] for row in rows) == 270_900 + 21 * BOOKS_FEN
    month = rows[0]["month"]
    run = taken_through(street, "exam-reimbursement", month)
    assert (run.lines, run.paid_fen) == (21, 354_900)
    assert {row["status"] for row in street.view("reimbursement_register").rows} == {"paid"}


def test_june_is_paid_with_everything_before_it_and_every_line_says_why(street: Ledger) -> None:
    due = {
        (row["worker"], row["month"]): row["due_fen"]
        for row in street.view("subsidy_due").rows
        if row["month"] <= "2013-06"
    }
    run = taken_through(street, "post-subsidy", "2013-06")
    lines = lines_of(street, run.run)
    assert {(line.worker, line.month): line.amount_fen for line in lines} == due
    assert sum(line.amount_fen for line in lines if line.kind == "regular") == 260_000
    assert run.paid_fen == run.total_fen == sum(due.values())
    assert run.status == "closed"
    found = explain(street, f"{lines[0].worker}/post-subsidy/2013-06")
    assert (found.value, found.because[1].value) == (0, lines[0].due_fen)
