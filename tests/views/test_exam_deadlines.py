"""考试期限: until when a worker has to pass, and whether she has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.harness import Voiding, adopted, both, day, events, fact_id, policy_id, position_of, recorded
from tests.views.staff import (
    annulled,
    assessed,
    certified,
    dismissed,
    extended,
    hired,
    left,
    passed,
    reinstated,
)

VIEW = "exam_deadlines"


def row(*asked: Any, **how: Any) -> dict[str, Any]:
    """The one row of the view."""
    rows = both(VIEW, *asked, **how)
    assert len(rows) == 1, rows
    return rows[0]


def test_who_is_hired_has_three_years_from_that_day() -> None:
    assert both(VIEW, events(hired("W-1", "2012-07-01")), "2015-06-30") == [
        {
            "worker": "W-1",
            "employer": "XY-STREET",
            "clock_start": day("2012-07-01"),
            "deadline": day("2015-07-01"),
            "status": "running",
            "passed_on": None,
            "level": None,
            "days_left": 1,
            "policy_version": 1,
            "evidence": [policy_id("exam-deadline"), fact_id(1)],
        }
    ]


@pytest.mark.parametrize(
    ("on", "status", "days_left"),
    [("2015-06-30", "running", 1), ("2015-07-01", "running", 0), ("2015-07-02", "missed", None)],
)
def test_the_deadline_is_missed_the_day_after_it(on: str, status: str, days_left: int | None) -> None:
    found = row(events(hired("W-1", "2012-07-01")), on)
    assert (found["status"], found["days_left"]) == (status, days_left)


@pytest.mark.parametrize(("on", "rows"), [("2012-06-30", 0), ("2012-07-01", 1), ("2013-04-30", 1), ("2013-05-01", 0)])
def test_only_who_is_employed_on_the_day_has_a_row(on: str, rows: int) -> None:
    assert len(both(VIEW, events(hired("W-1", "2012-07-01"), left("W-1", "2013-05-01")), on)) == rows


def test_who_was_there_before_the_policy_has_three_years_from_the_policy() -> None:
    found = row(events(hired("W-1", "2008-01-01")), "2013-01-01")
    assert (found["clock_start"], found["deadline"]) == (day("2012-06-01"), day("2015-06-01"))


def test_before_the_policy_nobody_has_a_deadline() -> None:
    recorded_events = events(hired("W-1", "2008-01-01"))
    assert both(VIEW, recorded_events, "2012-05-31") == []
    assert len(both(VIEW, recorded_events, "2012-06-01")) == 1


def test_the_clock_waits_for_the_earliest_eligibility() -> None:
    recorded_events = events(
        hired("W-1", "2012-07-01"),
        assessed("W-1", "2012-07-02", eligible_on="2014-09-01", level="intermediate"),
        assessed("W-1", "2012-07-02", eligible_on="2013-09-01"),
    )
    found = row(recorded_events, "2013-01-01")
    assert (found["clock_start"], found["deadline"]) == (day("2013-09-01"), day("2016-09-01"))
    assert found["evidence"] == [policy_id("exam-deadline"), fact_id(1), fact_id(3)]
    found = row(recorded_events, "2013-01-01", what_if={"exam-deadline": {"from_eligibility": False}})
    assert (found["clock_start"], found["policy_version"]) == (day("2012-07-01"), None)


def test_from_29_february_three_years_end_on_28_february() -> None:
    assert row(events(hired("W-1", "2016-02-29")), "2017-01-01")["deadline"] == day("2019-02-28")
    four = row(events(hired("W-1", "2016-02-29")), "2017-01-01", what_if={"exam-deadline": {"years": 4}})
    assert four["deadline"] == day("2020-02-29")


@pytest.mark.parametrize(
    ("until", "deadline"), [("2015-06-30", "2015-07-01"), ("2015-07-01", "2015-07-01"), ("2016-03-31", "2016-03-31")]
)
def test_an_extension_counts_where_it_is_later(until: str, deadline: str) -> None:
    found = row(events(hired("W-1", "2012-07-01"), extended("W-1", "2014-01-01", until=until)), "2015-01-01")
    assert found["deadline"] == day(deadline)


def test_an_extension_is_unknown_before_its_day() -> None:
    recorded_events = events(hired("W-1", "2012-07-01"), extended("W-1", "2015-07-10", until="2016-07-01"))
    assert row(recorded_events, "2015-07-09")["status"] == "missed"
    assert row(recorded_events, "2015-07-10")["status"] == "running"


def test_changing_employers_without_a_day_between_does_not_start_the_clock_again() -> None:
    moved = [hired("W-1", "2012-07-01", at="A"), left("W-1", "2013-07-01", at="A"), hired("W-1", "2013-07-01", at="B")]
    found = row(events(*moved), "2014-01-01")
    assert (found["employer"], found["clock_start"]) == ("B", day("2012-07-01"))
    assert found["evidence"] == [policy_id("exam-deadline"), fact_id(1), fact_id(3)]


def test_a_day_without_employment_starts_the_clock_again() -> None:
    moved = [hired("W-1", "2012-07-01", at="A"), left("W-1", "2013-06-30", at="A"), hired("W-1", "2013-07-01", at="B")]
    assert row(events(*moved), "2014-01-01")["clock_start"] == day("2013-07-01")


def test_of_several_employers_the_earliest_current_one_is_named() -> None:
    jobs = [
        hired("W-1", "2012-07-01", at="A"),
        hired("W-1", "2013-01-01", at="C"),
        hired("W-1", "2013-01-01", at="B"),
        left("W-1", "2014-01-01", at="A"),
    ]
    assert row(events(*jobs), "2013-12-31")["employer"] == "A"
    found = row(events(*jobs), "2014-01-01")
    assert (found["employer"], found["clock_start"]) == ("B", day("2012-07-01"))


def test_who_is_reinstated_is_employed_anew_from_that_day() -> None:
    recorded_events = events(
        hired("W-1", "2012-07-01"), dismissed("W-1", "2015-08-01"), reinstated("W-1", "2015-09-01")
    )
    assert both(VIEW, recorded_events, "2015-08-31") == []
    found = row(recorded_events, "2015-09-01")
    assert (found["clock_start"], found["evidence"]) == (day("2015-09-01"), [policy_id("exam-deadline"), fact_id(3)])


PASS = (hired("W-1", "2012-07-01"), passed("W-1", "2015-08-20", exam_on="2015-06-13"))


@pytest.mark.parametrize(
    ("basis", "passed_on", "status"),
    [
        ("exam_on", "2015-06-13", "met"),
        ("results_on", "2015-08-20", "missed"),
        ("certificate_on", "2015-09-10", "missed"),
    ],
)
def test_which_date_counts_is_the_policy_s_to_say(basis: str, passed_on: str, status: str) -> None:
    recorded_events = events(
        *PASS, certified("W-1", "2015-09-10", to="2018-09-09"), parameters={"exam-deadline": {"basis": basis}}
    )
    found = row(recorded_events, "2015-12-01")
    assert (found["passed_on"], found["status"], found["level"]) == (day(passed_on), status, "junior")


def test_without_a_certificate_a_pass_has_no_certificate_day() -> None:
    found = row(events(*PASS), "2015-12-01", what_if={"exam-deadline": {"basis": "certificate_on"}})
    assert (found["passed_on"], found["level"], found["status"]) == (None, "junior", "missed")


def test_a_pass_is_not_known_before_its_results() -> None:
    assert row(events(*PASS), "2015-08-19")["status"] == "missed"
    assert row(events(*PASS), "2015-08-20")["status"] == "met"


@pytest.mark.parametrize(("exam_on", "status"), [("2015-07-01", "met"), ("2015-07-02", "missed")])
def test_an_examination_on_the_deadline_is_in_time(exam_on: str, status: str) -> None:
    assert (
        row(events(hired("W-1", "2012-07-01"), passed("W-1", "2015-08-20", exam_on=exam_on)), "2015-09-01")["status"]
        == status
    )


@pytest.mark.parametrize("effect", ["from_start", "from_decision"])
def test_an_annulled_pass_counts_up_to_the_day_before_the_decision(effect: Any) -> None:
    recorded_events = events(*PASS, annulled("W-1", "2015-12-05", year=2015, effect=effect))
    assert row(recorded_events, "2015-12-04")["status"] == "met"
    found = row(recorded_events, "2015-12-05")
    assert (found["status"], found["passed_on"], found["level"]) == ("missed", None, None)
    assert found["evidence"] == [policy_id("exam-deadline"), fact_id(1), fact_id(2), fact_id(3)]


def test_who_need_not_be_eligible_is_not_exempt() -> None:
    recorded_events = events(
        hired("W-1", "2012-07-01"), hired("W-2", "2012-07-01"), assessed("W-2", "2012-07-02", eligible_on="2012-07-02")
    )
    statuses = [found["status"] for found in both(VIEW, recorded_events, "2013-01-01")]
    assert statuses == ["running", "running"]
    asked = both(VIEW, recorded_events, "2013-01-01", what_if={"exam-deadline": {"requires_eligibility": True}})
    assert [found["status"] for found in asked] == ["exempt", "running"]


def test_a_late_pass_is_seen_only_once_it_is_recorded() -> None:
    recorded_events = events(hired("W-1", "2012-07-01"), recorded(passed("W-1", "2013-08-20"), "2014-02-01"))
    assert row(recorded_events, "2013-12-31", "2014-01-31")["status"] == "running"
    assert row(recorded_events, "2013-12-31", "2014-02-01")["status"] == "met"


def test_a_corrected_pass_counts_as_corrected_and_a_voided_one_not() -> None:
    correction = passed("W-1", "2013-08-20", exam_on="2013-06-15", corrects=fact_id(2), reason="wrong day")
    recorded_events = events(
        hired("W-1", "2012-07-01"),
        passed("W-1", "2013-08-20"),
        correction,
        Voiding(event=fact_id(3), occurred_on=day("2014-01-01")),
    )
    known = [row(recorded_events, "2014-06-01", position_of(number))["passed_on"] for number in (2, 3, 4)]
    assert known == [day("2013-06-16"), day("2013-06-15"), None]


def test_a_version_adopted_late_judges_the_day_once_it_is_known() -> None:
    later = recorded(adopted("exam-deadline", 2, "2013-01-01", on="2014-01-01", years=2), "2014-01-01")
    recorded_events = events(hired("W-1", "2012-07-01"), later)
    before, after = (row(recorded_events, "2013-06-01", known) for known in ("2013-12-31", "2014-01-01"))
    assert (before["policy_version"], before["deadline"]) == (1, day("2015-07-01"))
    assert (after["policy_version"], after["clock_start"], after["deadline"]) == (
        2,
        day("2013-01-01"),
        day("2015-01-01"),
    )
    assert row(recorded_events, "2012-12-31")["policy_version"] == 1
