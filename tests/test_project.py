"""项目: from the approval to the close, and the days on which it runs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from given import Given, event_id, given

from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.organization import OrganizationRegistered, OrganizationStatusChanged
from xiyuan_ledger.aggregates.project import (
    BudgetApproved,
    ProjectAmended,
    ProjectApproved,
    ProjectClosed,
    ProjectContracted,
    ProjectStarted,
    ProjectSuspended,
)
from xiyuan_ledger.aggregates.session import SessionHeld


def organisation(org: str, kind: str, on: str = "2012-01-01") -> OrganizationRegistered:
    return OrganizationRegistered(org=org, kind=kind, name=org, occurred_on=on)


def approved(purchaser: str = "xiyuan", on: str = "2012-07-01", **more: str) -> ProjectApproved:
    return ProjectApproved(project="sunset", name="Warm Sunset", purchaser=purchaser, occurred_on=on, **more)


def contracted(on: str = "2012-07-10", implementer: str = "carers", **more: Any) -> ProjectContracted:
    fields: dict[str, Any] = {
        "project": "sunset",
        "implementer": implementer,
        "from": "2012-08-01",
        "to": "2013-07-31",
        "amount_fen": 300,
        "channel": "government",
        "instalments": [
            {"due_on": "2012-08-31", "amount_fen": 200, "condition": "none"},
            {"due_on": "2013-07-31", "amount_fen": 100, "condition": "final"},
        ],
        "targets": [{"indicator": "clients", "quantity": 240}],
        "duties": [{"party": "implementer", "text": "home care"}],
        "occurred_on": on,
    }
    return ProjectContracted(**fields | more)


def started(on: str = "2012-08-01") -> ProjectStarted:
    return ProjectStarted(project="sunset", occurred_on=on)


def suspended(on: str) -> ProjectSuspended:
    return ProjectSuspended(project="sunset", occurred_on=on)


def closed(on: str) -> ProjectClosed:
    return ProjectClosed(project="sunset", occurred_on=on)


def amended(on: str, to: str | None) -> ProjectAmended:
    return ProjectAmended(project="sunset", to=to, reason="agreed", occurred_on=on)


def held(on: str, session: str = "S-1") -> SessionHeld:
    return SessionHeld(
        session=session,
        project="sunset",
        kind="activity",
        starts_at=f"{on}T09:00",
        minutes=60,
        workers=["W-1"],
        occurred_on=on,
    )


STREET = organisation("xiyuan", "street")
CARERS = organisation("carers", "agency")
RUNNING: tuple[Fact, ...] = (STREET, CARERS, approved(), contracted(), started())


def days(ledger: Given, *asked: str) -> list[bool]:
    project = ledger.world.project("sunset")
    return [project.runs_on(date.fromisoformat(day)) for day in asked]


def test_a_project_goes_from_approval_to_close() -> None:
    ledger = given(STREET, CARERS)
    ledger.when(contracted()).refused("project-unknown")
    assert ledger.when(approved()).recorded
    ledger.when(approved()).refused("project-approved-twice", naming=(3,))
    ledger.when(started()).refused("project-not-contracted")
    ledger.when(contracted(on="2012-06-30")).refused("project-unknown")
    assert ledger.when(contracted()).recorded
    ledger.when(contracted()).refused("project-contracted-twice", naming=(4,))
    ledger.when(suspended("2012-08-02")).refused("project-not-running")
    ledger.when(closed("2012-08-02")).refused("project-not-started")
    assert ledger.when(started()).recorded
    ledger.when(started("2012-08-02")).refused("project-runs-already", naming=(5,))
    assert ledger.when(suspended("2012-09-01")).recorded
    ledger.when(suspended("2012-09-02")).refused("project-not-running")
    assert ledger.when(started("2012-10-01")).recorded
    assert ledger.when(closed("2013-07-31")).recorded


@pytest.mark.parametrize("fact", [started("2013-07-01"), amended("2013-07-01", "2014-01-01"), closed("2013-07-02")])
def test_nothing_but_corrections_follows_the_close(fact: Fact) -> None:
    given(*RUNNING, closed("2013-07-01")).when(fact).refused("project-closed", naming=(6,))


@pytest.mark.parametrize(("kind", "admitted"), [("street", True), ("department", True), ("community", False)])
def test_the_purchaser_is_a_street_or_a_department(kind: str, admitted: bool) -> None:
    ledger = given(
        STREET, OrganizationRegistered(org="x", kind=kind, name="x", parent="xiyuan", occurred_on="2012-01-01")
    )
    outcome = ledger.when(approved("x"))
    assert outcome.recorded if admitted else outcome.refused("project-purchaser-kind", naming=(2,))


def test_the_purchaser_is_registered_on_the_day_of_the_approval() -> None:
    ledger = given(organisation("xiyuan", "street", on="2012-07-01"))
    ledger.when(approved(on="2012-06-30")).refused("project-purchaser-unknown")
    assert ledger.when(approved(on="2012-07-01")).recorded


def test_the_implementer_is_neither_purchaser_nor_evaluator() -> None:
    ledger = given(STREET, organisation("boai", "evaluator"), approved())
    ledger.when(contracted(implementer="xiyuan")).refused("project-implementer-purchases", naming=(3,))
    ledger.when(contracted(implementer="boai")).refused("project-implementer-evaluates", naming=(2,))
    assert ledger.when(contracted(implementer="not-registered")).recorded


@pytest.mark.parametrize("status", ["suspended", "dissolved"])
def test_the_implementer_may_act_on_the_day_of_the_contract(status: str) -> None:
    change = OrganizationStatusChanged(org="carers", status=status, occurred_on="2012-07-10")
    ledger = given(STREET, CARERS, approved(), change)
    ledger.when(contracted(on="2012-07-11")).refused("project-implementer-status", naming=(4,))
    ledger.when(contracted(on="2012-07-10")).refused("project-implementer-status", naming=(4,))
    assert ledger.when(contracted(on="2012-07-09")).recorded


def test_instalments_sum_to_the_amount() -> None:
    ledger = given(STREET, approved())
    ledger.when(contracted(amount_fen=299)).refused("project-instalments")
    ledger.when(contracted(amount_fen=301)).refused("project-instalments")
    ledger.when(contracted(instalments=[])).refused("project-instalments")
    assert ledger.when(contracted()).recorded


def test_a_contract_does_not_end_before_it_begins() -> None:
    ledger = given(STREET, approved())
    ledger.when(contracted(to="2012-07-31")).refused("project-term")
    assert ledger.when(contracted(to="2012-08-01")).recorded


def test_a_project_runs_from_the_start_through_the_last_day_of_the_contract() -> None:
    ledger = given(*RUNNING)
    assert days(ledger, "2012-07-31", "2012-08-01", "2013-07-31", "2013-08-01") == [False, True, True, False]


def test_a_project_does_not_run_while_suspended_or_from_the_close_on() -> None:
    ledger = given(*RUNNING, suspended("2012-09-01"), started("2012-10-01"), closed("2012-12-01"))
    assert days(ledger, "2012-08-31", "2012-09-01", "2012-09-30", "2012-10-01") == [True, False, False, True]
    assert days(ledger, "2012-11-30", "2012-12-01", "2012-12-02") == [True, False, False]


def test_an_amendment_replaces_the_end_of_the_contract() -> None:
    ledger = given(*RUNNING, amended("2013-06-01", "2013-10-31"))
    assert days(ledger, "2013-07-31", "2013-08-01", "2013-10-31", "2013-11-01") == [True, True, True, False]
    assert ledger.when(amended("2013-06-02", None)).recorded
    assert days(ledger, "2013-10-31") == [True]
    ledger.when(amended("2013-06-02", "2012-07-31")).refused("project-term")


def test_a_session_stands_against_a_close_on_or_before_its_day() -> None:
    ledger = given(*RUNNING, held("2012-09-10"))
    ledger.when(closed("2012-09-09")).refused("project-session-after", naming=(6,))
    ledger.when(closed("2012-09-10")).refused("project-session-after", naming=(6,))
    assert ledger.when(closed("2012-09-11")).recorded


def test_a_session_stands_against_a_suspension_over_its_day() -> None:
    ledger = given(*RUNNING, held("2012-09-10"))
    ledger.when(suspended("2012-09-10")).refused("project-session-after", naming=(6,))
    assert ledger.when(suspended("2012-09-11")).recorded


def test_a_late_suspension_is_refused_only_over_the_days_until_the_next_start() -> None:
    ledger = given(
        *RUNNING, suspended("2012-10-01"), started("2012-11-01"), held("2012-11-05"), held("2012-09-10", "S-2")
    )
    again = started("2012-09-20")
    ledger.when(suspended("2012-09-10")).refused("project-not-running")
    ledger.when(again).refused("project-runs-already", naming=(5,))
    assert ledger.when(amended("2012-09-01", "2013-01-31")).recorded
    assert ledger.when(amended("2012-08-15", "2012-11-04")).recorded
    assert days(ledger, "2012-11-05") == [True]


def test_a_session_stands_against_an_earlier_end_of_the_contract() -> None:
    ledger = given(*RUNNING, held("2012-09-10"))
    ledger.when(amended("2012-09-01", "2012-09-09")).refused("project-session-after", naming=(6,))
    assert ledger.when(amended("2012-09-01", "2012-09-10")).recorded


def test_a_correction_of_the_contract_does_not_leave_a_session_outside() -> None:
    ledger = given(*RUNNING, held("2012-09-10"))
    shorter = {"corrects": event_id(4), "reason": "misread", "on": "2012-07-10"}
    ledger.when(contracted(to="2012-09-09", **shorter)).refused("project-session-outside", naming=(6,))
    assert ledger.when(contracted(to="2012-09-10", **shorter)).recorded


def test_a_start_cannot_be_taken_out_under_a_session() -> None:
    given(*RUNNING, held("2012-09-10")).when_voided(5).refused("project-session-outside", naming=(6,))
    assert given(*RUNNING).when_voided(5).recorded


def test_a_budget_is_approved_between_approval_and_close() -> None:
    def budget(on: str) -> BudgetApproved:
        lines = [{"category": "activity", "channel": "government", "amount_fen": 100}]
        return BudgetApproved(project="sunset", lines=lines, occurred_on=on)

    ledger = given(STREET, approved())
    ledger.when(budget("2012-06-30")).refused("project-unknown")
    assert ledger.when(budget("2012-07-01")).recorded
    for fact in (contracted(), started(), closed("2012-12-01")):
        ledger.record(fact)
    assert ledger.when(budget("2012-11-30")).recorded
    ledger.when(budget("2012-12-01")).refused("project-closed", naming=(6,))
