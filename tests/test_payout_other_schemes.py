"""报销与分期款: the same steps pay examination fees and the instalments of projects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.paying_office import CHIEF, Office, at
from tests.payouts import claimed
from tests.test_evaluation import commissioned, concluded, everything
from tests.views.staff import annulled
from xiyuan_ledger.aggregates.account import FundsReceived
from xiyuan_ledger.aggregates.evaluation import EvaluationCommissioned
from xiyuan_ledger.aggregates.organization import OrganizationRegistered
from xiyuan_ledger.aggregates.project import ProjectApproved, ProjectContracted, ProjectStarted
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.payouts.claims import decide_claim
from xiyuan_ledger.payouts.hand import Hand

FEES, INSTALMENTS = "exam-reimbursement", "project-instalment"


@pytest.fixture
def office() -> Office:
    """A worker who passed in August 2013, and whose claim of 194 yuan is approved in September."""
    found = Office()
    found.holder("W-1")
    found.enter("2013-09-11", claimed(on="2013-09-11"))
    decide_claim(found.ledger, "B-1", hand=Hand(CHIEF, at("2013-09-12")))
    return found


def register(office: Office, on: str) -> dict[str, Any]:
    (row,) = office.ledger.view("reimbursement_register", valid_on=on).rows
    return row


def test_what_the_policy_pays_of_a_claim_is_approved_and_paid_by_the_next_run(office: Office) -> None:
    assert register(office, "2013-09-12")["status"] == "approved"
    run = office.paid("2013-09", "2013-09-25", FEES)
    assert (run.lines, run.paid_fen) == (1, 19_400)
    row = register(office, "2013-09-30")
    assert (row["status"], row["paid_fen"], row["run"]) == ("paid", 19_400, "exam-reimbursement-2013-09-1")
    with pytest.raises(RuleBroken) as refused:
        office.opened("2013-10", "2013-10-25", FEES)
    assert refused.value.code == "run-nothing-due"
    (account,) = office.ledger.view("fund_statement", valid_on="2013-09-30").rows
    assert (account["org"], account["spent_fen"]) == ("XY-STREET", 19_400)


def test_a_reimbursement_that_came_back_is_paid_anew(office: Office) -> None:
    run = office.sent("2013-09", "2013-09-25", FEES)
    office.answered(run, "2013-09-26")
    office.answered(run, "2013-09-28", state="returned")
    office.closed(run, "2013-09-28")
    assert register(office, "2013-09-30")["status"] == "returned"
    again = office.paid("2013-10", "2013-10-25", FEES)
    assert office.amounts(again) == {("W-1", "2013-09"): ("arrears", 19_400, 0)}
    assert register(office, "2013-10-31")["status"] == "paid"
    (account,) = office.ledger.view("fund_statement", valid_on="2013-10-31").rows
    assert (account["spent_fen"], account["reversed_fen"]) == (38_800, 19_400)


def test_a_reimbursement_is_to_be_paid_back_with_the_subsidies_of_an_annulled_pass(office: Office) -> None:
    for month in ("2013-09", "2013-10", "2013-11"):
        office.paid(month, f"{month}-25")
    office.paid("2013-11", "2013-11-26", FEES)
    office.enter("2013-12-05", annulled("W-1", "2013-12-05", year=2013))
    rows = office.ledger.view("recovery_register", valid_on="2013-12-31").rows
    assert {(row["scheme"], row["month"]): row["open_fen"] for row in rows} == {
        (FEES, "2013-09"): 19_400,
        ("post-subsidy", "2013-09"): 10_000,
        ("post-subsidy", "2013-10"): 10_000,
        ("post-subsidy", "2013-11"): 10_000,
    }
    assert register(office, "2013-12-31")["status"] == "overpaid"
    run = office.paid("2013-12", "2013-12-25", FEES)
    assert (run.lines, run.status) == (0, "closed")
    (determined,) = office.events("OverpaymentDetermined")
    assert determined.fact.entry()["amount_fen"] == 19_400


def test_a_claim_declined_is_not_paid(office: Office) -> None:
    office.holder("W-2", registered="2013-09-15")
    other = claimed("B-2", "2013-09-16", worker="W-2")
    office.enter("2013-09-16", other)
    decide_claim(office.ledger, "B-2", declined_for="receipts are copies", hand=Hand(CHIEF, at("2013-09-17")))
    run = office.opened("2013-09", "2013-09-25", FEES)
    assert set(office.amounts(run)) == {("W-1", "2013-09")}


@pytest.fixture
def street() -> Office:
    """A project of 100,000 fen in two instalments, the second after a midterm evaluation."""
    found = Office()
    orgs = (("XY-STREET", "street"), ("CSO-1", "cso"), ("EV", "evaluator"))
    found.enter(
        "2013-01-02",
        *(OrganizationRegistered(org=org, kind=kind, name=org, occurred_on="2013-01-01") for org, kind in orgs),
        FundsReceived(
            org="XY-STREET",
            channel="government",
            amount_fen=500_000,
            payer="district",
            voucher="V-1",
            occurred_on="2013-01-02",
        ),
        ProjectApproved(project="P3", name="Warm Sunset", purchaser="XY-STREET", occurred_on="2013-01-02"),
        ProjectContracted(
            project="P3",
            implementer="CSO-1",
            **{"from": "2013-01-02", "to": "2013-12-31"},
            amount_fen=100_000,
            channel="government",
            instalments=[
                {"due_on": "2013-01-15", "amount_fen": 60_000, "condition": "none"},
                {"due_on": "2013-06-15", "amount_fen": 40_000, "condition": "midterm"},
            ],
            targets=[],
            duties=[],
            occurred_on="2013-01-02",
        ),
        ProjectStarted(project="P3", occurred_on="2013-01-02"),
    )
    return found


def execution(office: Office, on: str) -> tuple[int, int, int, list[str], int]:
    (row,) = office.ledger.view("contract_execution", valid_on=on).rows
    names = ("due_fen", "paid_fen", "held_back_fen", "held_back_for", "open_fen")
    return tuple(row[name] for name in names)  # type: ignore[return-value]


def test_an_instalment_is_paid_by_the_run_of_the_month_in_which_it_falls_due(street: Office) -> None:
    run = street.paid("2013-01", "2013-01-25", INSTALMENTS)
    (line,) = street.lines(run)
    assert (line.worker, line.payee, line.net_fen, line.status) == ("P3", "CSO-1", 60_000, "paid")
    assert execution(street, "2013-01-31") == (60_000, 60_000, 0, [], 0)
    rows = street.ledger.view("fund_statement", valid_on="2013-01-31").rows
    assert {(row["org"], row["project"]): row["closing_fen"] for row in rows} == {
        ("XY-STREET", None): 500_000,
        ("XY-STREET", "P3"): -60_000,
        ("CSO-1", "P3"): 60_000,
    }


def test_an_instalment_that_waits_for_an_evaluation_is_held_back(street: Office) -> None:
    street.paid("2013-01", "2013-01-25", INSTALMENTS)
    commissioned = EvaluationCommissioned(
        evaluation="E-1",
        project="P3",
        evaluator="EV",
        phase="midterm",
        **{"from": "2013-06-01", "to": "2013-06-30"},
        scorecard="scorecard",
        occurred_on="2013-06-01",
    )
    street.enter("2013-06-01", commissioned)
    assert execution(street, "2013-06-30") == (100_000, 60_000, 40_000, ["midterm"], 0)
    with pytest.raises(RuleBroken) as refused:
        street.opened("2013-06", "2013-06-25", INSTALMENTS)
    assert refused.value.code == "run-nothing-due"


def evaluated(office: Office, phase: str, total: int, grade: str) -> None:
    """P3 is evaluated: commissioned on 1 June, scored on 10 July, concluded on the 31st."""
    commission = {"project": "P3", "evaluator": "EV", "phase": phase, "from_": "2013-01-02", "to": "2013-06-30"}
    office.enter("2013-06-01", commissioned("2013-06-01", **commission))
    office.enter("2013-07-10", *everything(10_000 - total))
    office.enter("2013-07-31", concluded(total, grade))


@pytest.mark.parametrize(("total", "grade"), [(9_400, "excellent"), (6_000, "pass")])
def test_a_passing_grade_releases_the_instalment_that_waited_for_it_and_the_next_run_pays_it(
    street: Office, total: int, grade: str
) -> None:
    street.paid("2013-01", "2013-01-25", INSTALMENTS)
    evaluated(street, "midterm", total, grade)
    assert execution(street, "2013-07-30")[2:4] == (40_000, ["midterm"])
    assert execution(street, "2013-07-31") == (100_000, 60_000, 0, [], 40_000)
    run = street.paid("2013-08", "2013-08-25", INSTALMENTS)
    (line,) = street.lines(run)
    assert (line.worker, line.payee, line.month, line.net_fen) == ("P3", "CSO-1", "2013-06", 40_000)
    assert execution(street, "2013-08-31") == (100_000, 100_000, 0, [], 0)


def test_a_failing_grade_releases_nothing_and_says_so(street: Office) -> None:
    street.paid("2013-01", "2013-01-25", INSTALMENTS)
    evaluated(street, "midterm", 5_999, "fail")
    assert execution(street, "2013-08-31") == (100_000, 60_000, 40_000, ["midterm:fail"], 0)
    with pytest.raises(RuleBroken) as refused:
        street.opened("2013-08", "2013-08-25", INSTALMENTS)
    assert refused.value.code == "run-nothing-due"


def test_the_evaluation_of_another_phase_releases_nothing(street: Office) -> None:
    street.paid("2013-01", "2013-01-25", INSTALMENTS)
    evaluated(street, "final", 9_400, "excellent")
    assert execution(street, "2013-08-31") == (100_000, 60_000, 40_000, ["midterm"], 0)


def test_an_instalment_that_came_back_is_issued_anew_by_the_next_run(street: Office) -> None:
    run = street.sent("2013-01", "2013-01-25", INSTALMENTS)
    (dead,) = street.lines(run)
    street.answered(run, "2013-01-28", state="rejected")
    street.closed(run, "2013-01-28")
    assert execution(street, "2013-01-31") == (60_000, 0, 0, [], 60_000)
    again = street.paid("2013-02", "2013-02-25", INSTALMENTS)
    (line,) = street.lines(again)
    assert (line.worker, line.net_fen, line.status) == ("P3", 60_000, "paid")
    assert line.end_to_end != dead.end_to_end
    assert execution(street, "2013-02-28") == (60_000, 60_000, 0, [], 0)


def test_an_instalment_that_came_back_after_it_was_paid_is_the_purchasers_again_and_issued_anew(street: Office) -> None:
    run = street.sent("2013-01", "2013-01-25", INSTALMENTS)
    street.answered(run, "2013-01-28")
    assert execution(street, "2013-01-28") == (60_000, 60_000, 0, [], 0)
    street.answered(run, "2013-01-29", state="returned")
    street.answered(run, "2013-01-30", state="returned")
    street.closed(run, "2013-01-30")
    assert execution(street, "2013-01-31") == (60_000, 0, 0, [], 60_000)
    rows = street.ledger.view("fund_statement", valid_on="2013-01-31", where={"project": "P3"}).rows
    assert {row["org"]: row["closing_fen"] for row in rows} == {"XY-STREET": 0, "CSO-1": 0}
    again = street.paid("2013-02", "2013-02-25", INSTALMENTS)
    assert street.amounts(again) == {("P3", "2013-01"): ("arrears", 60_000, 0)}
    assert execution(street, "2013-02-28") == (60_000, 60_000, 0, [], 0)
