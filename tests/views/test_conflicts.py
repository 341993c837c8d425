"""Conflicts in service: two places at once, one list twice, who was not employed, projects that do not run, minors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.harness import Voiding, both, day, events, fact_id, recorded
from tests.views.staff import dismissed, hired, left, reinstated, trained
from tests.views.sunset import (
    approved,
    closed,
    contracted,
    enrolled,
    exited,
    merged,
    session,
    started,
    suspended,
    visit,
)
from xiyuan_ledger.aggregates.client import ClientRegistered, ConsentRecorded
from xiyuan_ledger.aggregates.fact import Event, Fact

YEAR_END = "2013-12-31"
RUNNING = (hired("W-1", "2012-06-01"), hired("W-2", "2012-06-01"), approved(), contracted(), started())
FIRST = len(RUNNING) + 1
SIX = tuple(f"C-{n}" for n in range(1, 7))
MORNING = "2013-03-04T09:00:00"


def running(*facts: Fact) -> list[Event]:
    """The facts, after two workers were hired and a project has begun."""
    return events(*RUNNING, *facts)


def found(ledger: list[Event], valid_on: str = YEAR_END, *when: Any, **asked: Any) -> list[tuple[str, list[str]]]:
    """Rule and subjects of every finding."""
    return [(row["rule"], row["subjects"]) for row in both("conflicts", ledger, valid_on, *when, **asked)]


def in_class(code: str, at: str, *present: str, **more: Any) -> Fact:
    """A session of two hours that begins at a time, led by W-1."""
    return session(code, at[:10], *present, starts_at=at, **more)


def test_a_worker_in_two_sessions_at_once_is_found_with_both() -> None:
    ledger = running(in_class("S-1", MORNING), in_class("S-2", "2013-03-04T10:30:00", minutes=30))
    assert both("conflicts", ledger, YEAR_END) == [
        {
            "rule": "worker_in_two_places",
            "severity": "major",
            "subjects": ["S-1", "S-2", "W-1"],
            "occurred_on": day("2013-03-04"),
            "detail": "S-1 2013-03-04 09:00:00..2013-03-04 11:00:00; S-2 2013-03-04 10:30:00..2013-03-04 11:00:00",
            "evidence": [fact_id(FIRST), fact_id(FIRST + 1)],
        }
    ]


@pytest.mark.parametrize(
    ("second", "findings"), [("08:59:59", 1), ("09:00:00", 1), ("10:59:59", 1), ("11:00:00", 0), ("07:00:00", 0)]
)
def test_one_session_may_begin_when_the_other_ends(second: str, findings: int) -> None:
    ledger = running(in_class("S-1", MORNING), in_class("S-2", f"2013-03-04T{second}"))
    assert len(found(ledger)) == findings


def test_a_session_past_midnight_reaches_into_the_next_day() -> None:
    ledger = running(in_class("S-1", "2013-03-04T23:00:00"), in_class("S-2", "2013-03-05T00:30:00"))
    assert [row["occurred_on"] for row in both("conflicts", ledger, YEAR_END)] == [day("2013-03-05")]
    assert found(ledger, "2013-03-04") == []


def test_services_and_trainings_that_say_when_they_began_count_too() -> None:
    served = visit("C-1", "2013-03-04", starts_at="2013-03-04T10:00:00")
    training = trained("T-1", "2013-03-04", 90, "W-1", "M-9")
    assert found(running(served, training)) == [("worker_in_two_places", ["C-1", "T-1", "W-1"])]
    assert found(running(visit("C-1", "2013-03-04"), training)) == []


def test_who_attends_a_training_and_is_no_worker_is_not_looked_for() -> None:
    assert found(running(trained("T-1", "2013-03-04", 90, "M-9"), trained("T-2", "2013-03-04", 90, "M-9"))) == []


def test_of_three_at_once_each_later_one_is_held_against_the_one_that_lasts_longest() -> None:
    ledger = running(
        in_class("S-1", MORNING, minutes=240),
        in_class("S-2", "2013-03-04T09:10:00", minutes=10),
        in_class("S-3", "2013-03-04T10:00:00", minutes=10),
    )
    assert [subjects for _, subjects in found(ledger)] == [["S-1", "S-2", "W-1"], ["S-1", "S-3", "W-1"]]


def test_a_client_in_two_places_is_found_under_either_of_her_codes() -> None:
    served = visit("C-9", "2013-03-04", worker="W-2", starts_at="2013-03-04T10:00:00")
    ledger = running(in_class("S-1", MORNING, "C-1"), served, merged("C-1", "C-9", "2013-06-01"))
    assert found(ledger, "2013-05-31") == []
    [row] = both("conflicts", ledger, YEAR_END)
    assert (row["rule"], row["subjects"]) == ("client_in_two_places", ["C-1", "S-1", "W-2"])
    assert row["evidence"] == [fact_id(FIRST), fact_id(FIRST + 1), fact_id(FIRST + 2)]


def test_the_same_five_people_in_two_sessions_of_a_project_are_found_with_the_first() -> None:
    sessions = [session(f"S-{n}", f"2013-03-0{n}", *(SIX[:5] if n % 2 else SIX[4::-1])) for n in (1, 2, 3)]
    ledger = running(*sessions, session("S-4", "2013-03-04", *SIX))
    assert both("conflicts", ledger, YEAR_END)[1] == {
        "rule": "same_list",
        "severity": "major",
        "subjects": ["S-1", "S-3"],
        "occurred_on": day("2013-03-03"),
        "detail": "P3 5",
        "evidence": [fact_id(FIRST), fact_id(FIRST + 2)],
    }
    assert found(ledger) == [("same_list", ["S-1", "S-2"]), ("same_list", ["S-1", "S-3"])]


def test_four_people_may_always_come_together_and_another_project_has_lists_of_its_own() -> None:
    others = (approved(project="P4"), contracted(project="P4"), started(project="P4"))
    ledger = running(session("S-1", "2013-03-01", *SIX[:4]), session("S-2", "2013-03-02", *SIX[:4]))
    assert found(ledger) == []
    ledger = running(*others, session("S-1", "2013-03-01", *SIX), session("S-2", "2013-03-02", *SIX, project="P4"))
    assert found(ledger) == []


def test_two_codes_of_one_person_make_two_lists_the_same() -> None:
    lists = [session("S-1", "2013-03-01", *SIX[:5]), session("S-2", "2013-03-02", *SIX[1:])]
    ledger = running(*lists, merged("C-1", "C-6", "2013-04-01"))
    assert found(ledger, "2013-03-31") == []
    [row] = both("conflicts", ledger, YEAR_END)
    assert (row["rule"], row["evidence"]) == ("same_list", [fact_id(FIRST + n) for n in range(3)])


def test_service_before_the_first_and_from_the_last_day_of_employment_on_is_found() -> None:
    days = ("2013-02-28", "2013-03-01", "2013-08-31", "2013-09-01")
    ledger = running(
        hired("W-9", "2013-03-01"),
        left("W-9", "2013-09-01"),
        *(visit("C-1", on, worker="W-9") for on in days),
        session("S-1", "2013-10-01", workers=("W-1", "W-9")),
    )
    rows = both("conflicts", ledger, YEAR_END)
    assert [(row["rule"], str(row["occurred_on"]), row["detail"]) for row in rows] == [
        ("not_employed", "2013-02-28", "W-9 C-1"),
        ("not_employed", "2013-09-01", "W-9 C-1"),
        ("not_employed", "2013-10-01", "W-9 S-1"),
    ]


def test_whoever_was_never_hired_is_not_employed_and_whoever_came_back_is() -> None:
    assert found(running(visit("C-1", "2013-03-01", worker="W-7"))) == [("not_employed", ["C-1", "W-7"])]
    ledger = running(dismissed("W-1", "2013-04-01"), reinstated("W-1", "2013-05-01"), visit("C-1", "2013-05-01"))
    assert found(ledger) == []


def test_a_hiring_recorded_late_clears_the_finding_for_those_who_know_of_it() -> None:
    ledger = running(visit("C-1", "2013-03-01", worker="W-9"), recorded(hired("W-9", "2013-02-01"), "2013-05-01"))
    assert found(ledger, "2013-03-31", "2013-04-30") == [("not_employed", ["C-1", "W-9"])]
    assert found(ledger, "2013-03-31") == []


def test_services_before_the_start_while_suspended_and_after_the_close_are_outside_the_run() -> None:
    days = ("2012-12-31", "2013-01-01", "2013-05-31", "2013-06-01", "2013-07-01", "2013-11-29", "2013-11-30")
    turns = (suspended("2013-06-01"), started("2013-07-01"), closed("2013-11-30"))
    ledger = running(*turns, *(visit("C-1", on) for on in days))
    rows = both("conflicts", ledger, YEAR_END)
    assert [str(row["occurred_on"]) for row in rows] == ["2012-12-31", "2013-06-01", "2013-11-30"]
    assert {(row["rule"], row["severity"], *row["subjects"]) for row in rows} == {("outside_run", "major", "C-1", "P3")}


def test_what_lies_after_the_contract_is_outside_the_run_also_when_nobody_closed_the_project() -> None:
    ledger = running(session("S-1", "2013-12-31"), session("S-2", "2014-01-01"))
    assert found(ledger, "2014-06-30") == [("outside_run", ["P3", "S-2"])]


def known(birth_year: int | None) -> ClientRegistered:
    return ClientRegistered(client="C-1", sensitivity="normal", birth_year=birth_year, occurred_on=day("2013-01-01"))


def consent(on: str, *, given: bool = True, by_guardian: bool = True, client: str = "C-1") -> ConsentRecorded:
    return ConsentRecorded(client=client, purpose="service", given=given, by_guardian=by_guardian, occurred_on=day(on))


def test_a_minor_is_enrolled_with_the_consent_of_a_guardian() -> None:
    enrolment = enrolled("C-1", "2013-03-01")
    assert both("conflicts", running(known(1996), enrolment), YEAR_END) == [
        {
            "rule": "minor_without_consent",
            "severity": "major",
            "subjects": ["C-1"],
            "occurred_on": day("2013-03-01"),
            "detail": "C-1 *1996",
            "evidence": [fact_id(FIRST), fact_id(FIRST + 1)],
        }
    ]
    assert found(running(known(1995), enrolment)) == []
    assert found(running(known(None), enrolment)) == []


@pytest.mark.parametrize(
    ("given", "findings"),
    [
        (consent("2013-02-28"), 0),
        (consent("2013-03-01"), 0),
        (consent("2013-03-02"), 1),
        (consent("2013-02-28", given=False), 1),
        (consent("2013-02-28", by_guardian=False), 1),
        (consent("2013-02-28", client="C-2"), 1),
    ],
)
def test_the_consent_is_there_by_the_first_day(given: ConsentRecorded, findings: int) -> None:
    ledger = running(known(2003), enrolled("C-1", "2013-03-01"), given)
    assert len(found(ledger)) == findings


def test_the_first_day_is_that_of_the_enrolment_or_of_the_first_service() -> None:
    ledger = running(known(2003), session("S-1", "2013-02-01", "C-1"), enrolled("C-1", "2013-03-01"))
    assert [str(row["occurred_on"]) for row in both("conflicts", ledger, YEAR_END)] == ["2013-02-01"]
    later = running(known(2003), consent("2013-02-01"), enrolled("C-1", "2013-03-01"), exited("C-1", "2013-04-01"))
    assert found(later) == []


def test_a_finding_goes_with_the_fact_that_is_voided_and_is_kept_for_those_who_knew_of_it() -> None:
    ledger = running(
        in_class("S-1", MORNING),
        in_class("S-2", MORNING),
        Voiding(event=fact_id(FIRST + 1), reason="not held", occurred_on=day("2013-05-01")),
    )
    assert len(found(ledger, YEAR_END, "2013-04-30")) == 1
    assert found(ledger) == []


def test_the_period_keeps_the_findings_of_its_days_and_looks_at_all_of_history() -> None:
    ledger = running(session("S-1", "2013-02-28", *SIX), session("S-2", "2013-03-31", *SIX))
    assert len(found(ledger, from_="2013-03-01", to="2013-03-31")) == 1
    assert found(ledger, from_="2013-03-01", to="2013-03-30") == []
    assert found(ledger, from_="2013-02-01", to="2013-02-28") == []
