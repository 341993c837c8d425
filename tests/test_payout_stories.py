"""发放的故事: what becomes of a subsidy when a pass is annulled, a rate is raised, a payment comes back."""

from __future__ import annotations

import pytest

from tests.paying_office import CHIEF, CLERK, SUBSIDY, Office, at, outcome
from tests.payouts import approved, opened, paid
from tests.payouts import closed as run_closed
from tests.views.harness import adopted, recorded
from tests.views.staff import annulled, certified, established, filled, passed, vacated
from xiyuan_ledger.aggregates.entitlement import ClawbackRecovered, OverpaymentWrittenOff
from xiyuan_ledger.aggregates.worker import ExamRegistered
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve, open_run, reject
from xiyuan_ledger.payouts.settling import close, instruct


@pytest.fixture
def office() -> Office:
    """One title holder on a post since September 2013."""
    found = Office()
    found.holder("W-1")
    return found


def autumn(office: Office) -> None:
    """September to November are paid, each in its month."""
    for month in ("2013-09", "2013-10", "2013-11"):
        office.paid(month, f"{month}-25")


def test_a_pass_annulled_from_the_start_is_to_be_paid_back_and_november_stays_as_it_was(office: Office) -> None:
    autumn(office)
    november = office.ledger.head
    before = office.ledger.view("subsidy_due", valid_on="2013-11-30").to_json()
    office.enter("2013-12-05", annulled("W-1", "2013-12-05", year=2013))
    (deadline,) = office.ledger.view("exam_deadlines", valid_on="2013-11-30", known_at=november).rows
    assert deadline["status"] == "met"
    assert office.deltas("2013-12-31") == {"2013-09": -10_000, "2013-10": -10_000, "2013-11": -10_000}
    (deadline,) = office.ledger.view("exam_deadlines", valid_on="2013-12-31").rows
    assert deadline["status"] == "running"
    rows = office.ledger.view("recovery_register", valid_on="2013-12-31").rows
    assert sum(row["open_fen"] for row in rows) == 30_000
    paid = {event.event_id for event in office.events("SubsidyPaid")}
    assert {event_id for row in rows for event_id in row["evidence"]} >= paid
    again = office.ledger.view("subsidy_due", valid_on="2013-11-30", known_at=november).to_json()
    assert again == before


def test_a_run_that_only_finds_overpayments_determines_them_once(office: Office) -> None:
    autumn(office)
    office.enter("2013-12-05", annulled("W-1", "2013-12-05", year=2013))
    run = office.paid("2013-12", "2013-12-25")
    assert (run.lines, run.total_fen, run.status) == (0, 0, "closed")
    determined = [event.fact for event in office.events("OverpaymentDetermined")]
    assert [(fact.month, fact.amount_fen) for fact in determined] == [  # type: ignore[attr-defined]
        ("2013-09", 10_000),
        ("2013-10", 10_000),
        ("2013-11", 10_000),
    ]
    assert office.opened("2013-12", "2013-12-28") == run
    with pytest.raises(RuleBroken) as refused:
        office.opened("2014-01", "2014-01-25")
    assert refused.value.code == "run-nothing-due"


def test_a_rate_raised_retroactively_gives_arrears_for_every_month(office: Office) -> None:
    autumn(office)
    raised = adopted(SUBSIDY, 2, "2013-10-01", on="2013-12-10", rates={"junior": 12_000})
    office.enter("2013-12-10", recorded(raised, "2013-12-10"))
    run = office.paid("2013-12", "2013-12-25")
    assert office.amounts(run) == {
        ("W-1", "2013-10"): ("arrears", 2_000, 0),
        ("W-1", "2013-11"): ("arrears", 2_000, 0),
        ("W-1", "2013-12"): ("regular", 12_000, 0),
    }
    assert (run.lines, run.total_fen, run.paid_fen) == (3, 16_000, 16_000)
    assert office.deltas("2013-12-31") == {}


def test_a_rule_for_the_future_changes_nothing_before(office: Office) -> None:
    autumn(office)
    office.enter("2013-12-10", adopted(SUBSIDY, 2, "2014-01-01", on="2013-12-10", rates={"junior": 99_000}))
    assert office.amounts(office.paid("2013-12", "2013-12-25")) == {("W-1", "2013-12"): ("regular", 10_000, 0)}


def test_a_level_gained_raises_what_is_due_from_its_month_on(office: Office) -> None:
    autumn(office)
    sitting = ExamRegistered(
        worker="W-1", level="intermediate", year=2014, exam_on="2014-06-14", occurred_on="2014-03-01"
    )
    result = passed("W-1", "2014-08-20", level="intermediate", exam_on="2014-06-14")
    certificate = certified("W-1", "2014-09-05", level="intermediate", to="2017-09-04")
    office.paid("2014-08", "2014-08-25")
    office.enter("2014-09-06", sitting, result, certificate)
    assert office.amounts(office.paid("2014-09", "2014-09-25")) == {("W-1", "2014-09"): ("regular", 20_000, 0)}


def test_who_moves_to_another_post_is_paid_once_for_the_month(office: Office) -> None:
    autumn(office)
    office.enter(
        "2013-12-16",
        vacated("P-W-1", "W-1", "2013-12-15"),
        established("P-9", "2013-12-01"),
        filled("P-9", "W-1", "2013-12-15"),
    )
    run = office.paid("2013-12", "2013-12-25")
    assert office.amounts(run) == {("W-1", "2013-12"): ("regular", 10_000, 0)}


def test_who_left_her_post_late_entered_pays_back_out_of_nothing_but_what_is_due(office: Office) -> None:
    autumn(office)
    office.enter("2013-12-16", vacated("P-W-1", "W-1", "2013-10-31"))
    assert office.deltas("2013-12-31") == {"2013-11": -10_000}


def test_what_came_back_is_dead_and_paid_anew_by_the_next_run(office: Office) -> None:
    first = office.sent("2013-09", "2013-09-25")
    office.answered(first, "2013-09-26")
    (line,) = office.lines(first)
    office.answered(first, "2013-09-29", state="returned")
    assert office.now(first).returned_lines == 1
    office.closed(first, "2013-09-30")
    assert office.deltas("2013-09-30") == {"2013-09": 10_000}
    second = office.sent("2013-10", "2013-10-25")
    again = {each.month: each for each in office.lines(second)}
    assert again["2013-09"].kind == "arrears"
    assert again["2013-09"].end_to_end != line.end_to_end
    office.answered(second, "2013-10-26")
    assert office.deltas("2013-10-31") == {}
    paid = sum(row["net_fen"] for row in office.ledger.view("payslip", valid_on="2013-10-31"))
    assert paid == 20_000


def test_what_never_arrived_is_paid_anew_in_the_same_month(office: Office) -> None:
    first = office.sent("2013-09", "2013-09-25")
    office.answered(first, "2013-09-26", state="rejected")
    office.closed(first, "2013-09-26")
    second = office.opened("2013-09", "2013-09-27")
    assert second.run == "post-subsidy-2013-09-2"
    assert office.amounts(second) == {("W-1", "2013-09"): ("regular", 10_000, 0)}


def test_unknown_is_never_paid_again(office: Office) -> None:
    office.holder("W-2", registered="2013-09-12")
    first = office.sent("2013-09", "2013-09-25")
    settled = office.answered(first, "2013-09-26", {"W-2": "unknown"})
    assert (settled.paid, settled.in_transit) == (1, 1)
    with pytest.raises(RuleBroken) as refused:
        office.closed(first, "2013-10-01")
    assert (refused.value.code, refused.value.values["left"]) == ("run-lines-in-transit", 1)
    assert set(office.amounts(office.sent("2013-10", "2013-10-25"))) == {("W-1", "2013-10"), ("W-2", "2013-10")}
    office.answered(first, "2013-11-02")
    assert office.closed(first, "2013-11-02").paid_lines == 2


def test_recovery_is_kept_back_over_months_under_a_cap_and_counted_once(office: Office) -> None:
    autumn(office)
    office.enter("2013-12-16", adopted(SUBSIDY, 2, "2013-09-01", on="2013-12-16", rates={"junior": 4_000}))
    office.enter("2013-12-17", adopted("recovery", 2, "2013-12-01", on="2013-12-17", offset_cap_centi=2_500))
    december = office.paid("2013-12", "2013-12-25")
    assert office.amounts(december) == {("W-1", "2013-12"): ("regular", 4_000, 1_000)}
    assert (december.total_fen, december.paid_fen) == (3_000, 3_000)
    assert office.register("2013-12-31") == {
        "2013-09": (6_000, 1_000, 0, 5_000),
        "2013-10": (6_000, 0, 0, 6_000),
        "2013-11": (6_000, 0, 0, 6_000),
    }
    office.enter("2014-01-05", adopted("recovery", 3, "2014-01-01", on="2014-01-05", offset_cap_centi=10_000))
    january = office.paid("2014-01", "2014-01-25")
    assert office.amounts(january) == {("W-1", "2014-01"): ("regular", 4_000, 4_000)}
    assert (january.lines, january.total_fen, january.status) == (1, 0, "closed")
    assert office.register("2014-01-31") == {
        "2013-09": (6_000, 1_000, 0, 5_000),
        "2013-10": (6_000, 4_000, 0, 2_000),
        "2013-11": (6_000, 0, 0, 6_000),
    }
    statement = office.ledger.view("fund_statement", valid_on="2014-01-31").rows
    assert [(row["spent_fen"], row["reversed_fen"]) for row in statement] == [(33_000, 0)]


def test_what_is_handed_back_and_what_is_written_off_closes_an_overpayment(office: Office) -> None:
    autumn(office)
    office.enter("2013-12-05", annulled("W-1", "2013-12-05", year=2013))
    office.paid("2013-12", "2013-12-25")
    back = {"worker": "W-1", "scheme": SUBSIDY, "month": "2013-09"}
    cash = ClawbackRecovered(amount_fen=7_000, occurred_on="2014-01-10", **back)
    waived = OverpaymentWrittenOff(
        amount_fen=3_000, approved_by=CHIEF, reason="left the town", occurred_on="2014-02-10", **back
    )
    office.enter("2014-02-10", cash, waived)
    assert office.register("2014-02-28")["2013-09"] == (10_000, 7_000, 3_000, 0)
    assert "2013-09" not in office.deltas("2014-02-28")
    (row,) = office.ledger.view("fund_statement", valid_on="2014-02-28").rows
    assert (row["spent_fen"], row["reversed_fen"], row["closing_fen"]) == (30_000, 7_000, -23_000)


def test_a_run_is_opened_once_however_often_it_is_asked_for(office: Office) -> None:
    first = office.opened("2013-09", "2013-09-25")
    office.holder("W-2", registered="2013-09-26")
    assert office.opened("2013-09", "2013-09-27") == first
    assert len(office.lines(first)) == 1
    reject(office.ledger, first.run, "somebody is missing", Hand(CHIEF, at("2013-09-27")))
    second = office.opened("2013-09", "2013-09-28")
    assert (second.run, second.lines) == ("post-subsidy-2013-09-2", 2)


def test_four_eyes(office: Office) -> None:
    run = office.opened("2013-09", "2013-09-25")
    with pytest.raises(RuleBroken) as refused:
        approve(office.ledger, run.run, Hand(CLERK, at("2013-09-25")))
    assert refused.value.code == "run-approved-by-opener"
    approve(office.ledger, run.run, Hand(CHIEF, at("2013-09-25")))
    with pytest.raises(RuleBroken) as refused:
        instruct(office.ledger, run.run, "ab" * 32, 1, 10_000, Hand(CHIEF, at("2013-09-25")))
    assert refused.value.code == "run-paid-by-approver"


def test_every_step_may_be_taken_twice(office: Office) -> None:
    run = office.sent("2013-09", "2013-09-25")
    head = office.ledger.head
    assert office.sent("2013-09", "2013-09-27") == run
    assert office.ledger.head == head
    office.answered(run, "2013-09-26")
    head = office.ledger.head
    assert office.answered(run, "2013-09-28").again == 1
    closed = office.closed(run, "2013-09-28")
    assert (close(office.ledger, run.run), office.ledger.head) == (closed, head + 1)


def test_an_answer_to_another_run_or_with_another_amount_is_refused_whole(office: Office) -> None:
    office.holder("W-2", registered="2013-09-12")
    run = office.sent("2013-09", "2013-09-25")
    mine, other = office.lines(run)
    head = office.ledger.head
    wrong = (
        ([outcome(mine, "paid"), outcome(other, "paid", amount_fen=10_001)], "answer-other-amount"),
        ([outcome(mine, "paid"), outcome(other, "paid")._replace(reference="0" * 32)], "answer-of-another-run"),
    )
    for told, code in wrong:
        with pytest.raises(RuleBroken) as refused:
            office.told(run, "2013-09-26", told)
        assert refused.value.code == code
    assert office.ledger.head == head
    office.answered(run, "2013-09-26", {"W-2": "returned"})
    with pytest.raises(RuleBroken) as refused:
        office.told(run, "2013-09-27", [outcome(other, "paid")])
    assert refused.value.code == "answer-contradicts"


def test_only_lines_that_were_approved_can_be_recorded_as_paid_whoever_enters_them(office: Office) -> None:
    run = office.sent("2013-09", "2013-09-25")
    line = {"run": run.run, "month": "2013-09", "recorded_at": at("2013-09-26")}
    for more, code in (
        ({"worker": "W-9"}, "line-unknown"),
        ({"amount_fen": 9_999}, "line-other-amount"),
        ({"amount_fen": 20_000}, "line-other-amount"),
    ):
        with pytest.raises(RuleBroken) as refused:
            office.ledger.record(paid(**line | {"on": "2013-09-26"} | more))
        assert refused.value.code == code
    assert office.ledger.record(paid(**line | {"on": "2013-09-26"})).status == "recorded"


def test_a_run_opened_with_other_lines_than_its_pin_gives_pays_nothing(office: Office) -> None:
    pin = {"position": office.ledger.head, "valid_on": "2013-09-25"}
    office.enter("2013-09-25", opened("made-up", "2013-09-25", scheme=SUBSIDY, month="2013-09", pin=pin))
    with pytest.raises(RuleBroken) as refused:
        approve(office.ledger, "made-up", Hand(CHIEF, at("2013-09-25")))
    assert refused.value.code == "lines-differ"


def test_a_month_that_has_not_begun_and_a_scheme_that_is_none_are_refused(office: Office) -> None:
    with pytest.raises(RuleBroken) as refused:
        office.opened("2013-10", "2013-09-30")
    assert refused.value.code == "run-month-ahead"
    with pytest.raises(ValueError, match="post-subsidy"):
        open_run(office.ledger, "pocket-money", "2013-09", Hand(CLERK, at("2013-09-30")))


def test_a_run_is_paid_on_postgresql_as_in_memory(postgres_ledger_url: str) -> None:
    office = Office(postgres_ledger_url)
    office.holder("W-1")
    run = office.paid("2013-09", "2013-09-25")
    assert (run.status, run.paid_fen) == ("closed", 10_000)
    office.ledger.close()


def retold(run_of_steps: list[int]) -> list[str]:
    """A run told to another ledger in transactions of so many facts; the states of its runs."""
    first, other = Office(), Office()
    for each in (first, other):
        each.holder("W-1")
    first.paid("2013-10", "2013-10-25")
    kinds = ("PayoutRunOpened", "PayoutRunApproved", "PaymentInstructed", "SubsidyPaid", "PayoutRunClosed")
    told = [
        event.fact.entry() | {"type": event.type, "actor": event.actor, "recorded_at": event.recorded_at}
        for event in first.events(*kinds)
    ]
    assert len(told) == sum(run_of_steps) == 6
    for count in run_of_steps:
        other.ledger.record_all(told[:count])
        told = told[count:]
    return [row["status"] for row in other.ledger.view("payout_runs").rows]


@pytest.mark.parametrize("steps", [[1, 1, 1, 1, 1, 1], [1, 4, 1], [5, 1]])
def test_a_run_may_be_told_again_in_several_transactions(steps: list[int]) -> None:
    assert retold(steps) == ["closed"]


@pytest.mark.parametrize(("steps", "code"), [([6], "run-closed-at-once"), ([3, 3], "run-lines-in-transit")])
def test_a_run_is_not_closed_in_the_transaction_that_opens_or_pays_it(steps: list[int], code: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        retold(steps)
    assert refused.value.code == code


def test_a_run_opened_and_closed_in_one_transaction_does_not_hide_lines_that_nobody_paid(office: Office) -> None:
    run = office.opened("2013-10", "2013-10-25")
    (first,) = (event.fact for event in office.events("PayoutRunOpened"))
    steps = [first, approved(run.run, "2013-10-25", lines_digest=run.lines_digest)]
    other = Office()
    other.holder("W-1")
    with pytest.raises(RuleBroken) as refused:
        other.enter("2013-10-25", *steps, run_closed(run.run, "2013-10-25"))
    assert refused.value.code == "run-closed-at-once"
    assert other.events("PayoutRunOpened") == []
