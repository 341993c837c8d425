"""Project outputs: what was done, against what was promised."""

from __future__ import annotations

from typing import Any

from tests.views.harness import adopted, both, day, events, fact_id, policy_id, position_of, recorded
from tests.views.square import logged, volunteer
from tests.views.sunset import (
    IMPLEMENTER,
    amended,
    approved,
    contracted,
    enrolled,
    exited,
    merged,
    promises,
    session,
    started,
    visit,
)
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.organization import MemberJoined, MemberLeft, TeamFormed

YEAR_END = "2013-12-31"


def outputs(
    ledger: list[Event], valid_on: str = YEAR_END, *when: Any, **asked: Any
) -> dict[str, tuple[int, int | None]]:
    """Quantity and target by indicator."""
    rows = both("project_outputs", ledger, valid_on, *when, **asked)
    return {row["indicator"]: (row["quantity"], row["target"]) for row in rows}


def row(ledger: list[Event], indicator: str, valid_on: str = YEAR_END, **asked: Any) -> dict[str, Any]:
    rows = both("project_outputs", ledger, valid_on, **asked)
    return next(each for each in rows if each["indicator"] == indicator)


def test_sessions_and_services_are_counted_against_the_contract_with_the_facts_that_make_each_number() -> None:
    ledger = events(
        contracted(person_times=9, sessions=3),
        started(),
        enrolled("C-1"),
        visit("C-1", "2013-02-01", minutes=45),
        session("S-1", "2013-03-01", "C-1", headcount=2),
    )
    assert both("project_outputs", ledger, YEAR_END) == [
        {
            "project": "P3",
            "indicator": "clients",
            "quantity": 1,
            "target": None,
            "completion_centi": None,
            "evidence": [policy_id("counting"), fact_id(3), fact_id(4), fact_id(5)],
        },
        {
            "project": "P3",
            "indicator": "person_times",
            "quantity": 4,
            "target": 9,
            "completion_centi": 4444,
            "evidence": [fact_id(1), fact_id(4), fact_id(5)],
        },
        {
            "project": "P3",
            "indicator": "service_minutes",
            "quantity": 165,
            "target": None,
            "completion_centi": None,
            "evidence": [fact_id(4), fact_id(5)],
        },
        {
            "project": "P3",
            "indicator": "sessions",
            "quantity": 1,
            "target": 3,
            "completion_centi": 3333,
            "evidence": [fact_id(1), fact_id(5)],
        },
    ]


def test_a_ratio_is_rounded_half_up_and_there_is_none_of_nothing() -> None:
    ledger = events(contracted(sessions=16000, clients=0), *(session(f"S-{n}", "2013-03-01") for n in range(4)))
    assert row(ledger, "sessions")["completion_centi"] == 3
    assert (row(ledger, "clients")["target"], row(ledger, "clients")["completion_centi"]) == (0, None)


def test_what_was_promised_and_never_recorded_stands_at_nothing_and_what_was_not_promised_is_not_listed() -> None:
    ledger = events(contracted(volunteers=10, teams=2))
    assert outputs(ledger) == {"teams": (0, 2), "volunteers": (0, 10)}
    assert row(ledger, "volunteers")["completion_centi"] == 0
    assert row(ledger, "volunteers")["evidence"] == [fact_id(1)]


def test_someone_present_counts_as_a_client_only_on_days_on_which_the_project_has_taken_her_in() -> None:
    sessions = [
        session("S-1", "2013-01-31", "C-1"),
        session("S-2", "2013-02-01", "C-1"),
        session("S-3", "2013-02-28", "C-1"),
    ]
    ledger = events(enrolled("C-1", "2013-02-01"), exited("C-1", "2013-02-28"), *sessions)
    assert outputs(ledger, to="2013-01-31")["person_times"] == (1, None)
    assert "clients" not in outputs(ledger, to="2013-01-31")
    assert outputs(ledger, from_="2013-02-01", to="2013-02-01")["clients"] == (1, None)
    assert "clients" not in outputs(ledger, from_="2013-02-28")


def test_merged_people_are_one_whoever_of_them_was_taken_in_and_through_a_chain_of_merges() -> None:
    ledger = events(
        enrolled("C-1"),
        session("S-1", "2013-02-01", "C-2"),
        enrolled("C-3"),
        visit("C-3", "2013-02-02"),
        merged("C-1", "C-2", "2013-03-01"),
        merged("C-3", "C-1", "2013-03-02"),
    )
    assert outputs(ledger, "2013-02-28")["clients"] == (1, None)
    assert outputs(ledger, "2013-03-01")["clients"] == (2, None)
    assert outputs(ledger, "2013-03-02")["clients"] == (1, None)
    assert row(ledger, "clients")["evidence"] == [policy_id("counting"), *(fact_id(n) for n in range(1, 7))]


def test_people_who_are_not_named_are_clients_only_where_the_policy_says_so() -> None:
    facts = [enrolled("C-1"), session("S-1", "2013-02-01", "C-1", headcount=30)]
    ledger = events(*facts, adopted("counting", 2, "2013-07-01", unduplicated="named_plus_headcount"))
    assert outputs(ledger, "2013-06-30")["clients"] == (1, None)
    assert outputs(ledger, "2013-07-01")["clients"] == (31, None)
    assert outputs(ledger, "2013-07-01")["person_times"] == (31, None)
    supposed = {"counting": {"unduplicated": "named_plus_headcount"}}
    assert outputs(events(*facts), "2013-06-30", what_if=supposed)["clients"] == (31, None)


def test_an_amendment_replaces_all_targets_where_it_names_any_and_none_where_it_does_not() -> None:
    ledger = events(
        contracted(sessions=10, clients=100),
        amended("2013-03-01", to="2014-06-30"),
        amended("2013-04-01", targets=promises(sessions=20)),
    )
    assert outputs(ledger, "2013-03-31") == {"clients": (0, 100), "sessions": (0, 10)}
    assert outputs(ledger, "2013-04-01") == {"sessions": (0, 20)}


def test_teams_and_members_are_those_of_the_implementer() -> None:
    ledger = events(
        contracted(teams=4, members=2),
        TeamFormed(org=IMPLEMENTER, team="T-1", occurred_on=day("2013-02-01")),
        TeamFormed(org="OTHER", team="T-2", occurred_on=day("2013-02-01")),
        MemberJoined(org=IMPLEMENTER, person="M-1", occurred_on=day("2013-02-01")),
        MemberJoined(org=IMPLEMENTER, person="M-2", occurred_on=day("2013-02-01")),
        MemberLeft(org=IMPLEMENTER, person="M-2", occurred_on=day("2013-05-15")),
    )
    assert outputs(ledger, to="2013-05-14") == {"members": (2, 2), "teams": (1, 4)}
    assert outputs(ledger, to="2013-05-15") == {"members": (1, 2), "teams": (1, 4)}
    assert outputs(ledger, from_="2013-03-01")["teams"] == (0, 4)
    assert row(ledger, "members")["evidence"] == [fact_id(1), fact_id(4)]


def test_volunteers_are_people_and_their_hours_are_those_given_for_the_project() -> None:
    ledger = events(
        contracted(volunteers=4),
        volunteer("V-1"),
        volunteer("V-2"),
        logged("V-1", "2013-02-01T09:00", 60, project="P3"),
        logged("V-1", "2013-03-01T09:00", 45, project="P3"),
        logged("V-2", "2013-03-01T09:00", 30, project="P3"),
        logged("V-2", "2013-03-02T09:00", 600),
        logged("V-2", "2013-03-03T09:00", 15, project="P4"),
    )
    assert outputs(ledger, from_="2013-02-01", to="2013-02-28") == {
        "volunteers": (1, 4),
        "volunteer_minutes": (60, None),
    }
    rows = {(each["project"], each["indicator"]): each for each in both("project_outputs", ledger, YEAR_END)}
    assert {name: each["quantity"] for name, each in rows.items()} == {
        ("P3", "volunteers"): 2,
        ("P3", "volunteer_minutes"): 135,
        ("P4", "volunteers"): 1,
        ("P4", "volunteer_minutes"): 15,
    }
    assert rows["P3", "volunteers"]["completion_centi"] == 5000
    assert rows["P3", "volunteers"]["evidence"] == [fact_id(n) for n in (1, 4, 5, 6)]
    assert rows["P3", "volunteer_minutes"]["evidence"] == [fact_id(n) for n in (4, 5, 6)]


def test_a_late_session_counts_in_its_own_month_but_only_for_those_who_knew_of_it() -> None:
    late = recorded(session("S-1", "2013-03-30", headcount=5), "2013-05-02")
    ledger = events(contracted(sessions=2), late)
    march = {"from_": "2013-03-01", "to": "2013-03-31"}
    assert outputs(ledger, YEAR_END, "2013-04-30", **march)["sessions"] == (0, 2)
    assert outputs(ledger, YEAR_END, "2013-05-02", **march)["sessions"] == (1, 2)


def test_a_corrected_session_counts_as_corrected_from_then_on() -> None:
    first = session("S-1", "2013-03-30", headcount=50)
    better = session("S-1", "2013-03-30", headcount=5, corrects=fact_id(1), reason="a slip")
    ledger = events(first, better)
    assert outputs(ledger, YEAR_END, position_of(1))["person_times"] == (50, None)
    assert outputs(ledger)["person_times"] == (5, None)


def test_projects_are_kept_apart() -> None:
    ledger = events(approved(), session("S-1", "2013-03-01"), session("S-2", "2013-03-01", project="P4"))
    rows = both("project_outputs", ledger, YEAR_END)
    assert [(each["project"], each["indicator"]) for each in rows] == [
        ("P3", "service_minutes"),
        ("P3", "sessions"),
        ("P4", "service_minutes"),
        ("P4", "sessions"),
    ]
