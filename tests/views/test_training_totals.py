"""培训总量: classes, sessions, attendances and people of a programme in a year."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from tests.views.harness import Voiding, both, day, events, fact_id, recorded
from xiyuan_ledger.aggregates.session import TrainingSessionHeld
from xiyuan_ledger.aggregates.training import Programme, TrainingClassOpened


def session(
    code: str, on: str, minutes: int = 120, programme: Programme = "residents", **present: Any
) -> TrainingSessionHeld:
    return TrainingSessionHeld(
        session=code,
        programme=programme,
        org="XY",
        starts_at=datetime.combine(day(on), time(9)),
        minutes=minutes,
        occurred_on=day(on),
        **present,
    )


def opened(code: str, on: str, programme: Programme = "pre_exam") -> TrainingClassOpened:
    return TrainingClassOpened(class_=code, programme=programme, org="XY", occurred_on=day(on))


def test_one_person_at_two_sessions_is_two_attendances_and_one_person() -> None:
    ledger = events(
        session("S-1", "2013-02-05", attendees=("P-1", "P-2"), headcount=30),
        session("S-2", "2013-05-05", 90, attendees=("P-2",)),
    )
    assert both("training_totals", ledger, "2013-06-30") == [
        {
            "programme": "residents",
            "year": 2013,
            "classes": 0,
            "sessions": 2,
            "person_times": 3,
            "people": 2,
            "headcount": 30,
            "minutes": 210,
            "evidence": [fact_id(1), fact_id(2)],
        }
    ]


def test_an_absent_headcount_is_empty_and_a_headcount_of_nobody_is_0() -> None:
    without = both("training_totals", events(session("S-1", "2013-02-05", attendees=("P-1",))), "2013-06-30")
    nobody = both("training_totals", events(session("S-1", "2013-02-05", headcount=0)), "2013-06-30")
    assert (without[0]["headcount"], without[0]["people"]) == (None, 1)
    assert (nobody[0]["headcount"], nobody[0]["people"], nobody[0]["person_times"]) == (0, 0, 0)


def test_a_class_counts_in_the_year_in_which_it_opened_and_a_session_in_its_own() -> None:
    ledger = events(opened("K-1", "2012-12-31"), session("S-1", "2013-01-01", 60, "pre_exam", attendees=("P-1",)))
    rows = both("training_totals", ledger, "2013-06-30")
    assert [(row["year"], row["classes"], row["sessions"], row["minutes"]) for row in rows] == [
        (2012, 1, 0, 0),
        (2013, 0, 1, 60),
    ]


def test_programmes_are_counted_apart() -> None:
    ledger = events(session("S-1", "2013-01-05", headcount=5), session("S-2", "2013-01-05", programme="cso_leaders"))
    rows = both("training_totals", ledger, "2013-06-30")
    assert [(row["programme"], row["sessions"], row["headcount"]) for row in rows] == [
        ("cso_leaders", 1, None),
        ("residents", 1, 5),
    ]


def test_a_period_counts_its_first_and_its_last_day() -> None:
    ledger = events(*(session(f"S-{on}", on) for on in ("2013-02-28", "2013-03-01", "2013-03-31", "2013-04-01")))
    (row,) = both("training_totals", ledger, "2013-06-30", from_="2013-03-01", to="2013-03-31")
    assert (row["sessions"], row["evidence"]) == (2, [fact_id(2), fact_id(3)])


def test_late_and_voided_sessions_are_counted_as_known() -> None:
    ledger = events(
        session("S-1", "2013-02-05"),
        recorded(session("S-2", "2013-02-06"), "2013-05-01"),
        Voiding(event=fact_id(1), reason="not held", occurred_on=day("2013-06-01")),
    )
    found = [
        both("training_totals", ledger, "2013-06-30", on)[0]["sessions"]
        for on in ("2013-04-30", "2013-05-01", "2013-06-01")
    ]
    assert found == [1, 2, 1]


def test_four_classes_of_one_spring_with_all_their_students() -> None:
    classes = [opened(f"K-{number}", "2013-03-02") for number in range(1, 5)]
    sizes = {1: 118, 2: 118, 3: 118, 4: 117}
    sessions = [
        session(
            f"S-{number}", "2013-03-02", 180, "pre_exam", attendees=tuple(f"P-{number}-{seat}" for seat in range(size))
        )
        for number, size in sizes.items()
    ]
    (row,) = both("training_totals", events(*classes, *sessions), "2013-06-30")
    assert (row["classes"], row["sessions"], row["person_times"], row["people"], row["minutes"]) == (
        4,
        4,
        471,
        471,
        720,
    )
