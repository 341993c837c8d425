"""Timeliness: how long after the happening services and sessions are written down."""

from __future__ import annotations

from typing import Any

from tests.views.harness import adopted, both, day, event_id, events, fact_id, policy_id, position_of, recorded
from tests.views.sunset import session, visit
from xiyuan_ledger.aggregates.evaluation import EvaluationCommissioned, EvaluationNoticed
from xiyuan_ledger.aggregates.fact import Event


def shares(ledger: list[Event], valid_on: str, **asked: Any) -> tuple[int | None, int | None, int | None]:
    """The shares of the one row: prompt, within the limit, later."""
    [row] = both("timeliness", ledger, valid_on, **asked)
    return row["within_1_centi"], row["within_7_centi"], row["later_centi"]


def test_median_and_p90_are_values_that_occur_and_within_seven_days_and_later_make_a_whole() -> None:
    days = ["2013-03-02", "2013-03-03", "2013-03-09", "2013-03-10"]
    ledger = events(*(recorded(visit("C-1", "2013-03-01"), on) for on in days))
    assert both("timeliness", ledger, "2013-06-30") == [
        {
            "project": "P3",
            "worker": "W-1",
            "month": "2013-03",
            "facts": 4,
            "median_days": 2,
            "p90_days": 9,
            "within_1_centi": 2500,
            "within_7_centi": 5000,
            "later_centi": 5000,
            "after_notice_centi": None,
            "evidence": [policy_id("record-timeliness"), *(fact_id(number) for number in (1, 2, 3, 4))],
        }
    ]


def test_rounding_does_not_part_the_two_shares() -> None:
    days = ["2013-03-01", *["2013-03-05"] * 106, *["2013-03-31"] * 53]
    ledger = events(*(recorded(visit(f"C-{n}", "2013-03-01"), on) for n, on in enumerate(days)))
    prompt, within, later = shares(ledger, "2013-06-30")
    assert (prompt, within, later) == (63, 6688, 3312)


def test_of_ten_the_ninth_is_the_p90() -> None:
    late = [recorded(visit(f"C-{n}", "2013-03-01"), f"2013-03-{n:02d}") for n in range(1, 11)]
    [row] = both("timeliness", events(*late), "2013-06-30")
    assert (row["median_days"], row["p90_days"]) == (4, 8)


def test_the_days_after_and_the_limits_themselves() -> None:
    assert [
        shares(events(recorded(visit("C-1", "2013-03-01"), on)), "2013-06-30")
        for on in ("2013-03-01", "2013-03-02", "2013-03-03", "2013-03-08", "2013-03-09")
    ] == [(10000, 10000, 0), (10000, 10000, 0), (0, 10000, 0), (0, 10000, 0), (0, 0, 10000)]


def test_the_limits_are_those_of_the_policy_in_force_on_the_day_asked_about() -> None:
    entry = recorded(visit("C-1", "2013-03-01"), "2013-03-04")
    ledger = events(entry, adopted("record-timeliness", 2, "2013-07-01", prompt_days=3))
    assert shares(ledger, "2013-06-30") == (0, 10000, 0)
    assert shares(ledger, "2013-07-01") == (10000, 10000, 0)
    assert shares(ledger, "2013-06-30", what_if={"record-timeliness": {"late_days": 2}}) == (0, 0, 10000)


def test_a_session_counts_for_each_of_its_workers_and_one_without_workers_for_none() -> None:
    ledger = events(
        session("S-1", "2013-03-01", workers=("W-1", "W-2")),
        session("S-2", "2013-03-31", workers=()),
        visit("C-1", "2013-04-01", worker="W-2"),
    )
    rows = both("timeliness", ledger, "2013-06-30")
    assert [(row["worker"], row["month"], row["facts"], row["evidence"][-1]) for row in rows] == [
        ("W-1", "2013-03", 1, fact_id(1)),
        ("W-2", "2013-03", 1, fact_id(1)),
        ("W-2", "2013-04", 1, fact_id(3)),
        (None, "2013-03", 1, fact_id(2)),
    ]


def test_the_period_is_that_of_the_happening_and_the_day_that_of_shanghai() -> None:
    ledger = events(recorded(visit("C-1", "2013-03-31"), "2013-04-02"), visit("C-1", "2013-04-01"))
    [march] = both("timeliness", ledger, "2013-06-30", from_="2013-03-01", to="2013-03-31")
    assert (march["facts"], march["median_days"]) == (1, 2)


def test_before_any_policy_holds_lags_are_known_and_shares_are_not() -> None:
    [row] = both("timeliness", events(visit("C-1", "2012-05-01"), recorded=None), "2012-05-31")
    assert (row["median_days"], row["within_1_centi"], row["evidence"]) == (31, None, [event_id(position_of(1))])


def test_a_corrected_service_is_late_by_its_correction() -> None:
    first = visit("C-1", "2013-03-01")
    better = recorded(visit("C-1", "2013-03-02", corrects=fact_id(1), reason="a slip"), "2013-03-12")
    [row] = both("timeliness", events(first, better), "2013-06-30")
    assert (row["facts"], row["median_days"], row["later_centi"]) == (1, 10, 10000)


def commissioned(first: str = "2013-01-01", last: str = "2013-03-31", **more: Any) -> EvaluationCommissioned:
    agreed = {"evaluation": "E-1", "project": "P3", "evaluator": "EV", "phase": "final", "scorecard": "scorecard"}
    return EvaluationCommissioned.model_validate(
        agreed | {"from": first, "to": last, "occurred_on": "2013-04-01"} | more
    )


def noticed(on: str = "2013-04-10", evaluation: str = "E-1") -> EvaluationNoticed:
    return EvaluationNoticed(evaluation=evaluation, occurred_on=day(on))


def after_notice(ledger: list[Event], valid_on: str = "2013-06-30") -> list[tuple[str, int | None]]:
    return [(row["month"], row["after_notice_centi"]) for row in both("timeliness", ledger, valid_on)]


def test_what_is_written_down_once_the_implementer_was_told_counts_as_after_notice() -> None:
    before = [recorded(visit("C-1", "2013-03-01"), on) for on in ("2013-03-01", "2013-04-09", "2013-04-10")]
    after = [recorded(visit("C-2", "2013-03-01"), on) for on in ("2013-04-10", "2013-04-11")]
    ledger = events(*before[:2], commissioned(), before[2], noticed(), *after)
    assert after_notice(ledger) == [("2013-03", 4000)]
    [row] = both("timeliness", ledger, "2013-06-30")
    assert row["evidence"] == [policy_id("record-timeliness"), *(fact_id(number) for number in range(1, 8))]


def test_a_notice_speaks_of_the_period_of_its_evaluation_and_of_its_project() -> None:
    late = [recorded(visit("C-1", on), "2013-05-02") for on in ("2012-12-31", "2013-01-01", "2013-03-31", "2013-04-01")]
    told = [commissioned(), noticed(), commissioned(evaluation="E-2", project="P4"), noticed("2013-04-30", "E-2")]
    ledger = events(*told, *late)
    assert after_notice(ledger) == [("2012-12", None), ("2013-01", 10000), ("2013-03", 10000), ("2013-04", None)]


def test_of_two_notices_the_first_counts_and_none_before_it_is_given() -> None:
    told = [commissioned(), noticed(), commissioned(evaluation="E-2", phase="spot"), noticed("2013-05-10", "E-2")]
    ledger = events(*told, recorded(visit("C-1", "2013-03-01"), "2013-05-02"))
    assert after_notice(ledger) == [("2013-03", 10000)]
    assert after_notice(ledger, "2013-04-09") == [("2013-03", None)]
