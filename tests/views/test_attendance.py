"""Attendance: sessions by kind and week, against the service cadence."""

from __future__ import annotations

from typing import Any

from tests.views.harness import adopted, both, events, fact_id, policy_id, position_of, recorded
from tests.views.sunset import amended, closed, contracted, session, started, suspended
from xiyuan_ledger.aggregates.fact import Event, Fact

TWICE_A_WEEK = {"P3": {"kind": "activity", "per_week": 2, "minutes": 120}}
CADENCE = {"service-cadence": {"projects": TWICE_A_WEEK}}


def weeks(
    ledger: list[Event], valid_on: str, *when: Any, **asked: Any
) -> dict[str, tuple[int, int | None, str | None]]:
    """Sessions, shortfall and status by week."""
    rows = both("attendance", ledger, valid_on, *when, **asked)
    return {row["week"]: (row["sessions"], row["shortfall"], row["status"]) for row in rows}


def at_school(*facts: Fact) -> list[Event]:
    return events(*facts, parameters=CADENCE)


def test_without_a_cadence_the_weeks_with_sessions_are_listed_and_nothing_is_required() -> None:
    ledger = events(
        session("S-1", "2013-03-04", "C-1", "C-2", headcount=3),
        session("S-2", "2013-03-10", minutes=60),
        session("S-3", "2013-03-11", kind="lecture"),
    )
    nothing = {"required_per_week": None, "required_minutes": None, "shortfall": None, "status": None}
    week = {"project": "P3", "kind": "activity", "week": "2013-W10", "sessions": 2, "minutes": 180, "person_times": 5}
    lecture = {"project": "P3", "kind": "lecture", "week": "2013-W11", "sessions": 1, "minutes": 120, "person_times": 0}
    assert both("attendance", ledger, "2013-06-30") == [
        week | nothing | {"evidence": [fact_id(1), fact_id(2)]},
        lecture | nothing | {"evidence": [fact_id(3)]},
    ]


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    assert list(weeks(events(session("S-1", "2012-12-31"), session("S-2", "2013-01-06")), "2013-06-30")) == ["2013-W01"]
    assert list(weeks(events(session("S-1", "2012-12-30")), "2013-06-30")) == ["2012-W52"]


def test_under_a_cadence_a_week_is_met_or_short_once_it_is_over_and_weeks_without_sessions_are_listed() -> None:
    ledger = at_school(started("2013-03-04"), session("S-1", "2013-03-05"), session("S-2", "2013-03-06"))
    assert weeks(ledger, "2013-03-10") == {"2013-W10": (2, 0, "open")}
    assert weeks(ledger, "2013-03-11") == {"2013-W10": (2, 0, "met"), "2013-W11": (0, 2, "open")}
    assert weeks(ledger, "2013-03-18")["2013-W11"] == (0, 2, "short")
    row = both("attendance", ledger, "2013-03-11")[0]
    assert (row["required_per_week"], row["required_minutes"]) == (2, 240)
    assert row["evidence"] == [policy_id("service-cadence"), fact_id(1), fact_id(2), fact_id(3)]


def test_sessions_cut_short_do_not_meet_the_cadence() -> None:
    ledger = at_school(started("2013-03-04"), session("S-1", "2013-03-05"), session("S-2", "2013-03-06", minutes=119))
    assert weeks(ledger, "2013-03-11")["2013-W10"] == (2, 0, "short")


def test_nothing_is_required_of_weeks_in_which_the_project_starts_rests_or_ends() -> None:
    facts = [contracted(to="2013-04-06"), started("2013-03-05"), suspended("2013-03-19"), started("2013-03-25")]
    assert list(weeks(at_school(*facts), "2013-06-30")) == ["2013-W11", "2013-W13"]
    longer = [*facts, amended("2013-04-01", to="2013-04-07")]
    assert list(weeks(at_school(*longer), "2013-06-30")) == ["2013-W11", "2013-W13", "2013-W14"]
    assert list(weeks(at_school(*longer, closed("2013-04-07")), "2013-06-30")) == ["2013-W11", "2013-W13"]


def test_a_project_started_before_its_term_runs_from_the_first_day_of_the_contract() -> None:
    ledger = at_school(contracted(), started("2012-12-17"))
    assert list(weeks(ledger, "2013-01-13")) == ["2013-W02"]


def test_the_cadence_asks_from_its_first_whole_week_on_also_when_adopted_late() -> None:
    version = adopted("service-cadence", 2, "2013-03-05", on="2013-04-02", projects=TWICE_A_WEEK)
    ledger = events(started("2013-01-01"), recorded(version, "2013-04-02"))
    assert weeks(ledger, "2013-04-02", position_of(1)) == {}
    assert list(weeks(ledger, "2013-03-24")) == ["2013-W11", "2013-W12"]


def test_another_cadence_may_be_supposed() -> None:
    ledger = events(started("2013-03-04"), session("S-1", "2013-03-05"), session("S-2", "2013-03-06"))
    supposed = {"service-cadence": {"projects": {"P3": {"kind": "activity", "per_week": 3, "minutes": 60}}}}
    assert weeks(ledger, "2013-03-11", what_if=supposed)["2013-W10"] == (2, 1, "short")


def test_weeks_that_the_period_cuts_show_what_lies_inside_and_are_not_judged() -> None:
    sessions = [session("S-1", "2013-02-28"), session("S-2", "2013-03-01"), session("S-3", "2013-03-05")]
    ledger = at_school(started("2013-02-25"), *sessions)
    assert weeks(ledger, "2013-06-30", from_="2013-03-01", to="2013-03-18") == {
        "2013-W09": (1, None, None),
        "2013-W10": (1, 1, "short"),
        "2013-W11": (0, 2, "short"),
    }


def test_a_late_session_turns_a_short_week_into_a_met_one_for_those_who_know_of_it() -> None:
    late = recorded(session("S-2", "2013-03-10"), "2013-03-20")
    ledger = at_school(started("2013-03-04"), session("S-1", "2013-03-05"), late)
    assert weeks(ledger, "2013-03-17", "2013-03-19")["2013-W10"] == (1, 1, "short")
    assert weeks(ledger, "2013-03-17", "2013-03-20")["2013-W10"] == (2, 0, "met")
