"""志愿服务时长: hours by volunteer and category, at the station of the volunteer."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Voiding, both, day, events, fact_id, position_of, recorded
from tests.views.square import classified, logged, volunteer
from xiyuan_ledger.aggregates.fact import Event

YEAR_END = "2013-12-31"


def hours(ledger: list[Event], valid_on: str = YEAR_END, *when: Any, **asked: Any) -> list[tuple[Any, ...]]:
    rows = both("volunteer_hours", ledger, valid_on, *when, **asked)
    return [(row["volunteer"], row["category"], row["logs"], row["minutes"]) for row in rows]


def test_hours_are_summed_by_category_with_the_facts_that_make_them() -> None:
    ledger = events(
        volunteer("V-1"),
        classified("V-1", "2013-01-02", "elderly_care", "disability_help"),
        logged("V-1", "2013-02-01T09:00", 90),
        logged("V-1", "2013-02-08T09:00", 60),
        logged("V-1", "2013-02-08T10:00", 30, "culture"),
    )
    assert both("volunteer_hours", ledger, YEAR_END) == [
        {
            "volunteer": "V-1",
            "category": "culture",
            "station": "C1-VOL",
            "logs": 1,
            "minutes": 30,
            "evidence": [fact_id(1), fact_id(5)],
        },
        {
            "volunteer": "V-1",
            "category": "disability_help",
            "station": "C1-VOL",
            "logs": 0,
            "minutes": 0,
            "evidence": [fact_id(1), fact_id(2)],
        },
        {
            "volunteer": "V-1",
            "category": "elderly_care",
            "station": "C1-VOL",
            "logs": 2,
            "minutes": 150,
            "evidence": [fact_id(1), fact_id(2), fact_id(3), fact_id(4)],
        },
    ]


def test_a_volunteer_without_hours_and_categories_is_listed_once() -> None:
    ledger = events(volunteer("V-1"), volunteer("V-2", "2013-02-01", "C2-VOL"), logged("V-1", "2013-02-01T09:00"))
    assert hours(ledger) == [("V-1", "elderly_care", 1, 60), ("V-2", None, 0, 0)]
    assert hours(ledger, "2013-01-31") == [("V-1", None, 0, 0)]
    assert hours(ledger, "2012-12-31") == []


def test_hours_count_from_their_day_on_and_inside_the_period() -> None:
    ledger = events(volunteer("V-1"), logged("V-1", "2013-02-01T23:30", 90), logged("V-1", "2013-03-01T09:00", 10))
    assert hours(ledger, "2013-02-01") == [("V-1", "elderly_care", 1, 90)]
    assert hours(ledger, from_="2013-02-02", to="2013-02-28") == [("V-1", None, 0, 0)]
    assert hours(ledger, from_="2013-02-01", to="2013-02-28") == [("V-1", "elderly_care", 1, 90)]
    assert hours(ledger, from_="2013-02-01", to="2013-03-01") == [("V-1", "elderly_care", 2, 100)]


def test_the_last_classification_holds_from_its_day_on() -> None:
    ledger = events(
        volunteer("V-1"),
        classified("V-1", "2013-03-01", "culture"),
        classified("V-1", "2013-02-01", "safety", "safety"),
    )
    assert hours(ledger, "2013-02-28") == [("V-1", "safety", 0, 0)]
    assert hours(ledger, "2013-03-01") == [("V-1", "culture", 0, 0)]


def test_late_hours_corrected_hours_and_voided_hours() -> None:
    ledger = events(
        volunteer("V-1"),
        logged("V-1", "2013-02-01T09:00", 60),
        recorded(logged("V-1", "2013-02-01T14:00", 15), "2013-05-01"),
        recorded(logged("V-1", "2013-02-01T09:00", 45, corrects=fact_id(2), reason="misread"), "2013-05-02"),
        recorded(Voiding(event=fact_id(3), occurred_on=day("2013-05-03")), "2013-05-03"),
    )
    assert hours(ledger, YEAR_END, position_of(2)) == [("V-1", "elderly_care", 1, 60)]
    assert hours(ledger, YEAR_END, "2013-05-01") == [("V-1", "elderly_care", 2, 75)]
    assert hours(ledger, YEAR_END, "2013-05-02") == [("V-1", "elderly_care", 2, 60)]
    assert hours(ledger, YEAR_END) == [("V-1", "elderly_care", 1, 45)]
