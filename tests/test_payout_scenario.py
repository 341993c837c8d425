"""西苑 2012-2013 的发放: a month's subsidies at two rates, and examination fees, over the street's whole story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from tests.test_scenario import FOLDER
from tests.views.harness import adopted
from xiyuan_ledger.aggregates.claim import ReimbursementClaimed
from xiyuan_ledger.calendar import SHANGHAI
from xiyuan_ledger.intake.expected import Expected, Value, load_expected, observed
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Outcome
from xiyuan_ledger.payouts.claims import decide_claim
from xiyuan_ledger.payouts.explaining import explain
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve, open_run
from xiyuan_ledger.payouts.run import Run, lines_of
from xiyuan_ledger.payouts.settling import close, instruct, orders_of, settle

PAID = load_expected(FOLDER, "paid")
JUNE = {"valid_on": "2013-06-30", "known_at": "2013-06-30T23:59:59+08:00", "month": "2013-06"}
FEES = {"junior": (5_700, 5_700), "intermediate": (5_700, 5_700, 6_300)}
"""One fee a subject."""
BOOKS_FEN = 4_000


@pytest.fixture(scope="module")
def street() -> Iterator[Ledger]:
    """The story, paid while it is told: what was recorded by an evening, then the run of the month, then the rest."""
    with Ledger.open("memory:", actor="clerk-1", simulated=True, policies=scenario_policies(FOLDER)) as found:
        tell_scenario(found, FOLDER, evening(2013, 6, 30))
        claimed_by_those_who_passed(found, evening(2013, 6, 30))
        taken_through(found, "exam-reimbursement", "2013-06", evening(2013, 6, 30))
        taken_through(found, "post-subsidy", "2013-06", evening(2013, 6, 30))
        tell_scenario(found, FOLDER, evening(2013, 11, 30))
        taken_through(found, "post-subsidy", "2013-11", evening(2013, 11, 30))
        tell_scenario(found, FOLDER, evening(2013, 12, 31))
        taken_through(found, "post-subsidy", "2013-12", evening(2013, 12, 31))
        tell_scenario(found, FOLDER)
        taken_through(found, "post-subsidy", "2014-01", evening(2014, 2, 28))
        yield found


def evening(year: int, month: int, day: int) -> datetime:
    """A minute before midnight in Shanghai: everything of the day is written down."""
    return datetime(year, month, day, 23, 59, tzinfo=SHANGHAI)


def taken_through(ledger: Ledger, scheme: str, month: str, at: datetime) -> Run:
    """A run through all its steps, opened twice; every line arrives."""
    open_run(ledger, scheme, month, Hand("clerk-1", at))
    run = approve(ledger, open_run(ledger, scheme, month, Hand("clerk-1", at)).run, Hand("chief-1", at))
    for order in orders_of(ledger, run.run, 5_000):
        instruct(ledger, run.run, order.number * 2, len(order.transfers), order.total_fen, Hand("cashier-1", at))
        paid = [Outcome(each.reference, "paid", each.amount_fen, each.reference, None) for each in order.transfers]
        settle(ledger, run.run, paid, order.number * 2, Hand("cashier-1", at))
    return close(ledger, run.run, Hand("cashier-1", at))


def claimed_by_those_who_passed(ledger: Ledger, at: datetime) -> None:
    """A fee for each subject and a book, of each of the 21. Some passed years before; they are paid for these too."""
    rule = adopted("exam-reimbursement", 2, "2012-06-01", on="2012-06-02", window_months=120)
    ledger.record(rule.model_copy(update={"recorded_at": at}))
    passed = {row["worker"]: row["level"] for row in ledger.view("subsidy_due", **JUNE).rows}  # type: ignore[arg-type]
    for number, (worker, level) in enumerate(sorted(passed.items())):
        receipts = [
            {"kind": "registration_fee", "number": f"F-{number}-{nth}", "amount_fen": fen}
            for nth, fen in enumerate(FEES[level])
        ]
        receipts.append({"kind": "book_fee", "number": f"K-{number}", "amount_fen": BOOKS_FEN})
        (certificate,) = ledger.view("certificates", where={"worker": worker, "level": level}).rows
        ledger.record(
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
        decide_claim(ledger, f"B-{number}", hand=Hand("chief-1", at))


def _title(number: Expected) -> str:
    return f"{number.ref}: {number.name}"


@pytest.fixture(scope="module")
def answers(street: Ledger) -> dict[str, Value | None]:
    return {_title(number): value for number, value in observed(street, PAID)}


@pytest.mark.parametrize("number", PAID, ids=_title)
def test_a_view_gives_the_number_once_it_is_paid(number: Expected, answers: dict[str, Value | None]) -> None:
    found = answers[_title(number)]
    assert found == number.constant
    assert number.within_bound(found)


def test_a_full_month_of_sixteen_junior_and_five_intermediate_title_holders(street: Ledger) -> None:
    rows = street.view("subsidy_due", **JUNE).rows  # type: ignore[arg-type]
    assert Counter(row["level"] for row in rows) == {"junior": 16, "intermediate": 5}
    assert sum(row["due_fen"] for row in rows) == 260_000


def test_june_is_paid_with_everything_before_it_and_every_line_says_why(street: Ledger) -> None:
    pin = {name: JUNE[name] for name in ("valid_on", "known_at")}
    due = {(row["worker"], row["month"]): row["due_fen"] for row in street.view("subsidy_due", **pin).rows}  # type: ignore[arg-type]
    lines = lines_of(street, "post-subsidy-2013-06-1")
    assert {(line.worker, line.month): line.amount_fen for line in lines} == due
    found = explain(street, f"{lines[0].worker}/post-subsidy/2013-06")
    assert (found.value, found.because[1].value) == (0, lines[0].due_fen)


def test_what_the_december_run_finds_paid_too_much_is_determined(street: Ledger) -> None:
    (line,) = (
        line
        for line in lines_of(street, "post-subsidy-2013-12-1")
        if line.worker == "W-040" and line.overpaid_fen and line.month == "2013-09"
    )
    assert (line.kind, line.overpaid_fen) == ("overpayment", 10_000)
