"""社工站月报: what a station's workers did in a month, by type, with volunteers called and residents' ballots."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Rows, both, day, events, fact_id, recorded
from tests.views.square import ballot, logged, opened, requested
from tests.views.street import community, dissolved, filled, hired, org, post, vacated
from tests.views.sunset import merged
from xiyuan_ledger.aggregates.client import ClientServed
from xiyuan_ledger.aggregates.fact import Event, Fact
from xiyuan_ledger.aggregates.session import SessionHeld

STATION = "C1-STATION"
MARCH_END = "2013-03-31"


def served(on: str, client: str = "C-1", worker: str = "W-1", method: str = "visit", minutes: int = 40) -> ClientServed:
    named = {"client": client, "project": "P3", "worker": worker, "method": method, "minutes": minutes}
    return ClientServed.model_validate(named | {"occurred_on": day(on)})


def held(on: str, *participants: str, workers: tuple[str, ...] = ("W-1",), **more: Any) -> SessionHeld:
    named = {"session": f"S-{on}", "project": "P3", "kind": "group", "starts_at": f"{on}T14:00", "minutes": 90}
    return SessionHeld.model_validate(
        named | {"occurred_on": day(on), "workers": workers, "participants": participants or None} | more
    )


def staffed(*more: Fact) -> list[Event]:
    """The street, a community with its station since 1 March 2013, and W-1 on a post there; facts 1 to 9."""
    return events(
        org("XY", "street"),
        org("C1", "community", "XY"),
        org(STATION, "service_station", "C1", on="2013-03-01"),
        hired("W-1"),
        hired("W-2"),
        post("P-1", STATION),
        filled("P-1", "W-1", "2013-03-01"),
        *more,
    )


def rows(ledger: list[Event], valid_on: str = MARCH_END, *when: Any, **asked: Any) -> Rows:
    return both("station_monthly_report", ledger, valid_on, *when, **asked)


def whole(ledger: list[Event], column: str, valid_on: str = MARCH_END, **asked: Any) -> list[tuple[str, Any]]:
    """One column of the rows for whole months."""
    found = rows(ledger, valid_on, **asked)
    return [(row["month"], row[column]) for row in found if row["service_type"] == "_all"]


def test_a_month_has_its_whole_first_and_then_each_type_of_service() -> None:
    ledger = staffed(
        served("2013-03-04"),
        served("2013-03-11"),
        served("2013-03-12", "C-2", method="counselling", minutes=50),
        held("2013-03-06", "C-1", "C-3", headcount=11),
    )
    counted = [
        (row["service_type"], row["services"], row["sessions"], row["people"], row["person_times"], row["minutes"])
        for row in rows(ledger)
    ]
    assert counted == [
        ("_all", 3, 1, 3, 16, 220),
        ("counselling", 1, 0, 1, 1, 50),
        ("group", 0, 1, 2, 13, 90),
        ("visit", 2, 0, 1, 2, 80),
    ]


def test_a_row_says_where_its_numbers_come_from() -> None:
    ledger = staffed(served("2013-03-04"))
    assert rows(ledger)[1] == {
        "month": "2013-03",
        "station": STATION,
        "community": "C1",
        "service_type": "visit",
        "services": 1,
        "sessions": 0,
        "people": 1,
        "person_times": 1,
        "minutes": 40,
        "workers": 1,
        "volunteers": None,
        "volunteer_minutes": None,
        "ballots": None,
        "mean_centi": None,
        "evidence": [fact_id(3), fact_id(7), fact_id(8)],
    }


def test_a_month_without_service_is_reported_as_one() -> None:
    ledger = staffed(served("2013-03-04"))
    assert whole(ledger, "person_times", "2013-05-01") == [("2013-03", 1), ("2013-04", 0), ("2013-05", 0)]
    assert whole(ledger, "person_times", "2013-05-01", from_="2013-04-01", to="2013-04-30") == [("2013-04", 0)]


def test_a_period_that_begins_after_the_day_has_no_report() -> None:
    assert rows(staffed(), "2013-03-15", from_="2013-03-16", to=MARCH_END) == []


def test_a_station_is_reported_from_its_first_month_to_the_last_in_which_it_stood() -> None:
    ledger = staffed(dissolved(STATION, "2013-05-01"))
    assert whole(ledger, "sessions", "2013-02-28") == []
    assert whole(ledger, "sessions", "2013-06-30") == [("2013-03", 0), ("2013-04", 0)]


def test_only_what_workers_on_post_that_day_did_is_the_stations() -> None:
    ledger = staffed(
        served("2013-03-04"),
        served("2013-03-05", worker="W-2"),
        served("2013-03-19", method="call"),
        vacated("P-1", "W-1", "2013-03-20"),
        served("2013-03-20", method="case"),
    )
    assert [row["service_type"] for row in rows(ledger)] == ["_all", "call", "visit"]


def test_a_session_of_two_workers_counts_once_at_a_station_and_once_at_each_of_two() -> None:
    other = "C2-STATION"
    ledger = staffed(
        *community("C2"),
        post("P-2", other),
        filled("P-2", "W-2", "2013-03-01"),
        held("2013-03-06", "C-1", workers=("W-1", "W-2")),
        filled("P-1", "W-2", "2013-03-10"),
        held("2013-03-16", "C-1", workers=("W-1", "W-2")),
    )
    found = {row["station"]: (row["sessions"], row["workers"]) for row in rows(ledger) if row["month"] == "2013-03"}
    assert found == {STATION: (2, 2), other: (2, 1)}


def test_merged_people_are_one_in_the_month() -> None:
    ledger = staffed(served("2013-03-04", "C-1"), served("2013-03-05", "C-2"), merged("C-1", "C-2", "2013-03-31"))
    assert whole(ledger, "people", "2013-03-30") == [("2013-03", 2)]
    assert whole(ledger, "people") == [("2013-03", 1)]
    assert fact_id(10) in rows(ledger)[0]["evidence"]


def test_volunteers_are_those_who_came_when_the_community_called() -> None:
    ledger = staffed(
        requested("R-1", "2013-03-02"),
        requested("R-2", "2013-03-02", community="C2"),
        logged("V-1", "2013-03-03T09:00", 120, request="R-1"),
        logged("V-1", "2013-03-04T09:00", 60, request="R-1"),
        logged("V-2", "2013-03-03T09:00", 60, request="R-2"),
        logged("V-3", "2013-03-03T09:00", 60),
        logged("V-2", "2013-04-01T09:00", 45, request="R-1"),
    )
    assert whole(ledger, "volunteers", "2013-04-01") == [("2013-03", 1), ("2013-04", 1)]
    assert whole(ledger, "volunteer_minutes", "2013-04-01") == [("2013-03", 180), ("2013-04", 45)]


def test_satisfaction_is_the_mean_of_the_ballots_of_the_month_half_up() -> None:
    ledger = staffed(
        opened(STATION, on="2013-03-20"),
        ballot("Z-1", STATION, 4, "2013-03-30"),
        ballot("Z-2", STATION, 4, "2013-03-31"),
        ballot("Z-3", STATION, 5, "2013-03-31"),
        ballot("Z-4", STATION, 1, "2013-04-01"),
    )
    assert whole(ledger, "ballots", "2013-04-30") == [("2013-03", 3), ("2013-04", 1)]
    assert whole(ledger, "mean_centi", "2013-04-30") == [("2013-03", 433), ("2013-04", 100)]
    assert whole(ledger, "mean_centi", "2013-03-29") == [("2013-03", None)]


def test_a_late_entry_is_in_the_months_report_from_the_day_it_was_known() -> None:
    ledger = staffed(recorded(served("2013-03-04"), "2013-04-10"))
    assert [row["services"] for row in rows(ledger)] == [1, 1]
    assert [row["services"] for row in rows(ledger, MARCH_END, "2013-04-09")] == [0]


def test_the_streets_centre_has_a_report_of_its_own() -> None:
    ledger = events(
        org("XY", "street"),
        org("CENTER", "service_center", "XY", on="2013-03-01"),
        hired("W-1"),
        post("P-1", "CENTER"),
        filled("P-1", "W-1", "2013-03-01"),
        served("2013-03-04", method="counselling"),
    )
    assert [(row["community"], row["services"]) for row in rows(ledger)] == [(None, 1), (None, 1)]
