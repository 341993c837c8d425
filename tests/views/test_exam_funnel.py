"""考试漏斗: how many registered, sat and passed in each year and level."""

from __future__ import annotations

from tests.views.harness import both, events, fact_id, position_of, recorded
from tests.views.staff import annulled, failed, passed, registered, scored

VIEW = "exam_funnel"


def test_a_sitting_is_counted_by_people() -> None:
    recorded_events = events(
        registered("W-1", 2013),
        registered("W-2", 2013),
        registered("W-3", 2013),
        scored("W-1", 2013, "comprehensive", 71),
        scored("W-1", 2013, "practice", 65),
        scored("W-2", 2013, "comprehensive", 61),
        scored("W-2", 2013, "practice", None),
        scored("W-3", 2013, "comprehensive", None),
        scored("W-3", 2013, "practice", None),
        passed("W-1", "2013-08-20"),
        failed("W-2", "2013-08-20"),
    )
    assert both(VIEW, recorded_events, "2013-08-20") == [
        {
            "year": 2013,
            "level": "junior",
            "registered": 3,
            "sat": 2,
            "passed": 1,
            "failed": 1,
            "annulled": 0,
            "pass_rate_centi": 3333,
            "evidence": [fact_id(number) for number in (1, 2, 3, 4, 5, 6, 10, 11)],
        }
    ]


def test_before_the_results_nobody_sat_and_nobody_passed() -> None:
    recorded_events = events(registered("W-1", 2013), registered("W-2", 2013), passed("W-1", "2013-08-20"))
    before, after = (both(VIEW, recorded_events, on)[0] for on in ("2013-08-19", "2013-08-20"))
    assert (before["registered"], before["sat"], before["passed"], before["pass_rate_centi"]) == (2, 0, 0, 0)
    assert (after["registered"], after["sat"], after["passed"], after["pass_rate_centi"]) == (2, 1, 1, 5000)


def test_21_of_88_registered_are_23_86_percent() -> None:
    facts = [registered(f"W-{number}", 2012) for number in range(88)]
    facts_and_passes = [*facts, *(passed(f"W-{number}", "2012-08-20") for number in range(21))]
    assert both(VIEW, events(*facts_and_passes), "2012-12-31")[0]["pass_rate_centi"] == 2386


def test_a_rate_is_rounded_half_up_and_of_nothing_is_empty() -> None:
    of_32 = [registered(f"W-{number}", 2012) for number in range(32)]
    found = both(VIEW, events(*of_32, passed("W-0", "2012-08-20")), "2012-12-31")[0]
    assert found["pass_rate_centi"] == 313
    assert both(VIEW, events(passed("W-0", "2012-08-20")), "2012-12-31")[0]["pass_rate_centi"] is None


def test_an_annulled_pass_is_no_pass_from_the_decision_on() -> None:
    recorded_events = events(
        registered("W-1", 2013), passed("W-1", "2013-08-20"), annulled("W-1", "2013-12-05", year=2013)
    )
    before, after = (both(VIEW, recorded_events, on)[0] for on in ("2013-12-04", "2013-12-05"))
    assert (before["passed"], before["annulled"]) == (1, 0)
    assert (after["sat"], after["passed"], after["annulled"], after["pass_rate_centi"]) == (1, 0, 1, 0)
    assert after["evidence"] == [fact_id(1), fact_id(2), fact_id(3)]


def test_years_and_levels_are_kept_apart_in_order() -> None:
    recorded_events = events(
        registered("W-1", 2014),
        registered("W-1", 2013, level="intermediate"),
        registered("W-1", 2013),
        registered("W-2", 2013),
    )
    found = [(row["year"], row["level"], row["registered"]) for row in both(VIEW, recorded_events, "2014-12-31")]
    assert found == [(2013, "intermediate", 1), (2013, "junior", 2), (2014, "junior", 1)]


def test_results_recorded_late_are_counted_as_known_later() -> None:
    recorded_events = events(registered("W-1", 2013), recorded(passed("W-1", "2013-08-20"), "2013-10-01"))
    assert both(VIEW, recorded_events, "2013-09-01", position_of(1))[0]["passed"] == 0
    assert both(VIEW, recorded_events, "2013-09-01", position_of(2))[0]["passed"] == 1
