"""继续教育: minutes required and credited in each certificate period."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.harness import adopted, both, day, events, fact_id, policy_id, recorded
from tests.views.staff import annulled, certified, credited, hired, passed, trained

VIEW = "continuing_education"
HOLDER = (hired("W-1", "2012-07-01"), passed("W-1", "2013-08-20"), certified("W-1", "2013-09-10", to="2016-09-09"))


def row(*asked: Any, **how: Any) -> dict[str, Any]:
    """The one row of the view."""
    rows = both(VIEW, *asked, **how)
    assert len(rows) == 1, rows
    return rows[0]


def test_a_junior_certificate_asks_for_72_hours_in_its_period() -> None:
    assert both(VIEW, events(*HOLDER, trained("S-1", "2013-10-12", 90, "W-1", "W-9")), "2013-12-31") == [
        {
            "worker": "W-1",
            "level": "junior",
            "certificate": "C-W-1-junior",
            "period_from": day("2013-09-10"),
            "period_to": day("2016-09-09"),
            "required_minutes": 4320,
            "credited_minutes": 90,
            "missing_minutes": 4230,
            "status": "running",
            "evidence": [policy_id("continuing-education"), *map(fact_id, (2, 3, 4))],
        }
    ]


@pytest.mark.parametrize(
    ("on", "minutes"), [("2013-09-09", 0), ("2013-09-10", 60), ("2016-09-09", 60), ("2016-09-10", 0)]
)
def test_the_first_and_the_last_day_of_the_period_count(on: str, minutes: int) -> None:
    assert row(events(*HOLDER, trained("S-1", on, 60, "W-1")), "2016-12-31")["credited_minutes"] == minutes


@pytest.mark.parametrize(("minutes", "on", "status"), [
    (4319, "2016-09-09", "running"),
    (4319, "2016-09-10", "short"),
    (4320, "2016-09-09", "met"),
    (4320, "2016-09-10", "met"),
    (4321, "2016-09-10", "met"),
])  # fmt: skip
def test_short_is_judged_after_the_period(minutes: int, on: str, status: str) -> None:
    found = row(events(*HOLDER, credited("W-1", "2014-05-01", minutes)), on)
    assert (found["status"], found["missing_minutes"]) == (status, max(4320 - minutes, 0))


def test_other_programmes_and_other_people_s_sessions_do_not_count() -> None:
    recorded_events = events(
        *HOLDER, trained("S-1", "2014-05-10", 60, "W-1", programme="pre_exam"), trained("S-2", "2014-05-11", 60, "W-2")
    )
    assert row(recorded_events, "2015-01-01")["credited_minutes"] == 0


def test_a_session_is_credited_once_whoever_writes_it_down() -> None:
    recorded_events = events(
        *HOLDER,
        trained("S-1", "2014-05-10", 60, "W-1"),
        credited("W-1", "2014-05-11", 60, basis="session", session="S-1"),
        credited("W-1", "2014-06-01", 45, basis="session", session="S-ELSEWHERE"),
        credited("W-1", "2014-06-02", 45, basis="session", session="S-ELSEWHERE"),
    )
    found = row(recorded_events, "2015-01-01")
    assert found["credited_minutes"] == 105
    assert found["evidence"] == [policy_id("continuing-education"), *map(fact_id, (2, 3, 4, 6))]


def test_a_degree_counts_once_for_the_full_requirement() -> None:
    recorded_events = events(
        *HOLDER,
        credited("W-1", "2014-07-01", 100, basis="degree"),
        credited("W-1", "2015-07-01", 100, basis="degree"),
        credited("W-1", "2015-08-01", 30),
    )
    found = row(recorded_events, "2015-12-31")
    assert (found["credited_minutes"], found["missing_minutes"], found["status"]) == (4350, 0, "met")


def test_the_level_is_the_one_held_at_the_end_of_the_period() -> None:
    recorded_events = events(*HOLDER, passed("W-1", "2014-08-20", level="intermediate"))
    asked = [row(recorded_events, on) for on in ("2014-08-19", "2014-08-20", "2017-01-01")]
    assert [(found["level"], found["required_minutes"]) for found in asked] == [
        ("junior", 4320),
        ("intermediate", 5400),
        ("intermediate", 5400),
    ]
    late = events(*HOLDER, passed("W-1", "2016-09-10", level="intermediate"))
    assert row(late, "2017-01-01")["level"] == "junior"


@pytest.mark.parametrize(("effect", "level"), [("from_start", "junior"), ("from_decision", "intermediate")])
def test_a_level_annulled_from_the_start_is_held_on_no_day_and_one_from_the_decision_until_it(
    effect: Any, level: str
) -> None:
    upgraded = (*HOLDER, passed("W-1", "2014-08-20", level="intermediate"))
    decision = annulled("W-1", "2016-10-01", year=2014, level="intermediate", effect=effect)
    assert row(events(*upgraded, decision), "2016-09-30")["level"] == "intermediate"
    assert row(events(*upgraded, decision), "2016-10-01")["level"] == level


def test_each_term_of_a_certificate_is_a_period_of_its_own() -> None:
    renewed = certified("W-1", "2016-07-01", from_="2016-09-10", to="2019-09-09", renewal=True)
    recorded_events = events(*HOLDER, renewed, trained("S-1", "2016-09-10", 60, "W-1"))
    found = [
        (each["period_from"], each["credited_minutes"], each["status"])
        for each in both(VIEW, recorded_events, "2016-09-10")
    ]
    assert found == [(day("2013-09-10"), 0, "short"), (day("2016-09-10"), 60, "running")]


def test_a_session_recorded_late_turns_short_into_met_as_known_later() -> None:
    recorded_events = events(
        *HOLDER, credited("W-1", "2014-05-01", 4300), recorded(trained("S-1", "2016-09-01", 20, "W-1"), "2016-10-01")
    )
    assert row(recorded_events, "2016-09-10", "2016-09-30")["status"] == "short"
    assert row(recorded_events, "2016-09-10", "2016-10-01")["status"] == "met"


def test_the_version_in_force_on_the_day_sets_the_requirement() -> None:
    recorded_events = events(*HOLDER, adopted("continuing-education", 2, "2015-01-01", minutes={"junior": 6000}))
    assert row(recorded_events, "2014-12-31")["required_minutes"] == 4320
    assert row(recorded_events, "2015-01-01")["required_minutes"] == 6000
