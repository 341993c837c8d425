"""应发: what is due to each title holder on a post, month by month."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.harness import Voiding, adopted, both, day, events, fact_id, policy_id, recorded
from tests.views.staff import (
    annulled,
    certified,
    dismissed,
    established,
    filled,
    hired,
    left,
    passed,
    reinstated,
    revoked,
    vacated,
)

VIEW = "subsidy_due"
ON_POST = (hired("W-1", "2012-07-01"), established("P-1"), filled("P-1", "W-1", "2012-07-01"))
PASSED = passed("W-1", "2013-08-20", exam_on="2013-06-15")
HOLDER = (*ON_POST, PASSED, certified("W-1", "2013-09-10", to="2016-09-09"))


def months(*asked: Any, **how: Any) -> dict[str, int]:
    """What is due in which month."""
    return {row["month"]: row["due_fen"] for row in both(VIEW, *asked, **how)}


def rule(**parameters: Any) -> dict[str, Any]:
    """The policy with other parameters than its defaults."""
    return {"post-subsidy": parameters}


def test_a_title_holder_on_a_post_is_due_the_rate_from_the_month_of_registration_on() -> None:
    found = both(VIEW, events(*HOLDER), "2013-10-01")
    assert [row["month"] for row in found] == ["2013-09", "2013-10"]
    assert found[0] == {
        "worker": "W-1",
        "scheme": "post-subsidy",
        "month": "2013-09",
        "level": "junior",
        "post": "P-1",
        "rate_policy_version": 1,
        "due_fen": 10_000,
        "settled_fen": 0,
        "delta_fen": 10_000,
        "evidence": [policy_id("post-subsidy"), *map(fact_id, (3, 4, 5))],
    }


def test_a_month_is_due_from_its_first_day_on() -> None:
    assert list(months(events(*HOLDER), "2013-09-30")) == ["2013-09"]
    assert list(months(events(*HOLDER), "2013-10-01")) == ["2013-09", "2013-10"]
    assert months(events(*HOLDER), "2013-09-09") == {}


def test_a_period_leaves_the_other_months_out() -> None:
    assert list(months(events(*HOLDER), "2014-03-01", from_="2013-11-01", to="2013-12-31")) == ["2013-11", "2013-12"]
    assert list(months(events(*HOLDER), "2013-12-01", from_="2013-11-15", to="2014-06-30")) == ["2013-11", "2013-12"]


@pytest.mark.parametrize(
    ("start_rule", "first"),
    [
        ("pass_month", "2013-06"),
        ("results_month", "2013-08"),
        ("registration_month", "2013-09"),
        ("next_month", "2013-10"),
    ],
)
@pytest.mark.parametrize("requires_registration", [True, False])
def test_the_first_month_is_the_start_rule_s(start_rule: str, first: str, requires_registration: bool) -> None:
    parameters = rule(start_rule=start_rule, requires_registration=requires_registration)
    assert min(months(events(*HOLDER, parameters=parameters), "2014-01-01")) == first


def test_without_a_registration_a_level_counts_only_where_none_is_required() -> None:
    recorded_events = events(*ON_POST, PASSED)
    for required, due in ((True, {}), (False, {"2013-08": 10_000, "2013-09": 10_000})):
        what_if = rule(start_rule="results_month", requires_registration=required)
        assert months(recorded_events, "2013-09-30", what_if=what_if) == due


@pytest.mark.parametrize(
    ("on_post", "due"),
    [
        ("any_day", ["2013-10", "2013-11", "2013-12", "2014-01"]),
        ("first_day", ["2013-11", "2013-12", "2014-01"]),
        ("last_day", ["2013-10", "2013-11", "2013-12"]),
        ("full_month", ["2013-11", "2013-12"]),
    ],
)
def test_which_days_on_the_post_are_asked_for_is_the_policy_s_to_say(on_post: str, due: list[str]) -> None:
    facts = (
        hired("W-1", "2012-07-01"),
        established("P-1"),
        PASSED,
        certified("W-1", "2013-09-10", to="2016-09-09"),
        filled("P-1", "W-1", "2013-10-31"),
        vacated("P-1", "W-1", "2014-01-31"),
    )
    assert list(months(events(*facts, parameters=rule(on_post=on_post)), "2014-03-31")) == due


def test_who_leaves_the_post_on_the_first_was_last_there_in_the_month_before() -> None:
    assert max(months(events(*HOLDER, vacated("P-1", "W-1", "2014-01-01")), "2014-03-31")) == "2013-12"
    assert max(months(events(*HOLDER, vacated("P-1", "W-1", "2014-01-02")), "2014-03-31")) == "2014-01"


def test_leaving_the_last_employment_leaves_the_post() -> None:
    assert max(months(events(*HOLDER, left("W-1", "2014-01-01")), "2014-03-31")) == "2013-12"
    stays = (*HOLDER, hired("W-1", "2013-12-01", at="XY-AGENCY", employment="agency"), left("W-1", "2014-01-01"))
    assert max(months(events(*stays), "2014-03-31")) == "2014-03"


def test_a_dismissal_ends_the_post_until_the_reinstatement() -> None:
    facts = (*HOLDER, dismissed("W-1", "2013-12-01"), reinstated("W-1", "2014-02-10"))
    assert list(months(events(*facts), "2014-03-31")) == ["2013-09", "2013-10", "2013-11", "2014-02", "2014-03"]


def test_of_several_posts_the_one_filled_first_is_named() -> None:
    facts = (*HOLDER, established("P-0"), filled("P-0", "W-1", "2013-10-15"), vacated("P-1", "W-1", "2013-11-20"))
    found = both(VIEW, events(*facts), "2013-12-01")
    assert [(row["month"], row["post"]) for row in found] == [
        ("2013-09", "P-1"),
        ("2013-10", "P-1"),
        ("2013-11", "P-1"),
        ("2013-12", "P-0"),
    ]


def test_a_post_vacated_and_filled_again_the_same_day_is_filled_the_whole_month() -> None:
    facts = (*HOLDER, vacated("P-1", "W-1", "2013-10-15"), filled("P-1", "W-1", "2013-10-15"))
    assert "2013-10" in months(events(*facts), "2013-10-31", what_if=rule(on_post="full_month"))
    facts = (*HOLDER, vacated("P-1", "W-1", "2013-10-15"), filled("P-1", "W-1", "2013-10-16"))
    assert "2013-10" not in months(events(*facts), "2013-10-31", what_if=rule(on_post="full_month"))


def test_purchased_workers_are_due_nothing_unless_they_count() -> None:
    facts = (hired("W-1", "2012-07-01", employment="purchased", at="XY-AGENCY"), *HOLDER[1:])
    assert months(events(*facts), "2013-10-31") == {}
    assert len(months(events(*facts), "2013-10-31", what_if=rule(counts_purchased=True))) == 2


def test_who_is_taken_over_from_a_purchased_seat_counts_from_that_day() -> None:
    facts = (
        hired("W-1", "2012-07-01", employment="purchased", at="XY-AGENCY"),
        *HOLDER[1:],
        hired("W-1", "2013-11-15"),
        left("W-1", "2013-11-15", at="XY-AGENCY"),
    )
    assert list(months(events(*facts), "2013-12-31")) == ["2013-11", "2013-12"]
    assert list(months(events(*facts), "2013-12-31", what_if=rule(on_post="full_month"))) == ["2013-12"]
    assert (
        months(events(*facts), "2013-12-31", what_if=rule(counts_purchased=True, on_post="full_month"))["2013-11"]
        == 10_000
    )


def test_a_higher_level_raises_the_rate_from_its_own_month_and_is_not_paid_twice() -> None:
    facts = (
        *HOLDER,
        passed("W-1", "2014-08-20", level="intermediate"),
        certified("W-1", "2014-10-31", to="2017-10-30", level="intermediate"),
    )
    due = months(events(*facts), "2014-11-30")
    assert (due["2014-09"], due["2014-10"], due["2014-11"]) == (10_000, 20_000, 20_000)


def test_a_pass_annulled_from_the_start_was_never_due() -> None:
    recorded_events = events(*HOLDER, annulled("W-1", "2013-12-05", year=2013, effect="from_start"))
    assert months(recorded_events, "2013-11-30") == dict.fromkeys(("2013-09", "2013-10", "2013-11"), 10_000)
    assert months(recorded_events, "2013-12-31") == {}
    assert len(months(recorded_events, "2013-11-30", "2013-11-30")) == 3


@pytest.mark.parametrize(("on", "last"), [("2013-12-31", "2013-11"), ("2014-01-01", "2013-12")])
def test_a_pass_annulled_from_the_decision_counts_in_the_months_that_ended_before(on: str, last: str) -> None:
    recorded_events = events(*HOLDER, annulled("W-1", on, year=2013, effect="from_decision"))
    assert max(months(recorded_events, "2014-06-30")) == last


@pytest.mark.parametrize(("to", "last"), [("2014-01-30", "2013-12"), ("2014-01-31", "2014-01")])
def test_a_certificate_must_not_be_lapsed_on_the_last_day_of_the_month(to: str, last: str) -> None:
    facts = (*ON_POST, PASSED, certified("W-1", "2013-09-10", to=to))
    assert max(months(events(*facts), "2014-06-30")) == last
    assert max(months(events(*facts), "2014-06-30", what_if=rule(requires_registration=False))) == "2014-06"


def test_a_renewed_certificate_goes_on_and_one_renewed_late_leaves_a_gap() -> None:
    renewed = certified("W-1", "2016-07-01", from_="2016-09-10", to="2019-09-09", renewal=True)
    assert len(months(events(*HOLDER, renewed), "2016-12-31", from_="2016-08-01")) == 5
    late = certified("W-1", "2016-11-05", to="2019-11-04", renewal=True)
    assert list(months(events(*HOLDER, late), "2016-12-31", from_="2016-08-01")) == ["2016-08", "2016-11", "2016-12"]


@pytest.mark.parametrize("late", [False, True])
def test_of_a_certificate_registered_twice_the_earlier_day_proves_it_however_late_it_was_recorded(late: bool) -> None:
    twice = [certified("W-1", "2013-09-04", to="2016-09-03"), certified("W-1", "2013-09-09", to="2016-09-03")]
    found = both(VIEW, events(*ON_POST, PASSED, *(reversed(twice) if late else twice)), "2013-09-30")
    first = fact_id(6 if late else 5)
    assert [row["evidence"] for row in found] == [[policy_id("post-subsidy"), fact_id(3), fact_id(4), first]]


@pytest.mark.parametrize("requires_registration", [True, False])
def test_a_revoked_certificate_does_not_count_until_another_is_registered(requires_registration: bool) -> None:
    facts = (*HOLDER, revoked("W-1", "2013-11-30"), certified("W-1", "2014-02-10", to="2017-02-09", code="C-2"))
    parameters = rule(requires_registration=requires_registration)
    assert list(months(events(*facts, parameters=parameters), "2014-03-31")) == [
        "2013-09",
        "2013-10",
        "2014-02",
        "2014-03",
    ]


def test_a_new_rate_holds_from_its_day_on_and_changes_nothing_before() -> None:
    later = adopted("post-subsidy", 2, "2013-10-02", rates={"junior": 12_000})
    found = both(VIEW, events(*HOLDER, later), "2013-11-30")
    assert [(row["month"], row["rate_policy_version"], row["due_fen"]) for row in found] == [
        ("2013-09", 1, 10_000),
        ("2013-10", 1, 10_000),
        ("2013-11", 2, 12_000),
    ]


def test_a_rate_adopted_late_and_reaching_back_is_due_once_it_is_known() -> None:
    late = recorded(adopted("post-subsidy", 2, "2013-10-01", on="2013-12-10", rates={"junior": 12_000}), "2013-12-10")
    recorded_events = events(*HOLDER, late)
    assert months(recorded_events, "2013-11-30", "2013-12-09") == dict.fromkeys(
        ("2013-09", "2013-10", "2013-11"), 10_000
    )
    assert months(recorded_events, "2013-11-30", "2013-12-10") == {
        "2013-09": 10_000,
        "2013-10": 12_000,
        "2013-11": 12_000,
    }


def test_nothing_is_due_before_the_policy_nor_at_a_rate_of_nothing() -> None:
    early = (
        hired("W-1", "2010-01-01"),
        established("P-1", "2010-01-01"),
        filled("P-1", "W-1", "2010-01-01"),
        passed("W-1", "2011-08-20"),
        certified("W-1", "2011-09-10", to="2014-09-09"),
    )
    assert list(months(events(*early), "2012-07-01")) == ["2012-06", "2012-07"]
    assert months(events(*early), "2012-07-01", what_if=rule(rates={"junior": 0})) == {}


def test_what_if_names_no_version() -> None:
    found = both(VIEW, events(*HOLDER), "2013-09-30", what_if=rule(rates={"junior": 5_000}))
    assert (found[0]["rate_policy_version"], found[0]["due_fen"], found[0]["evidence"]) == (
        None,
        5_000,
        [fact_id(3), fact_id(4), fact_id(5)],
    )


def test_corrected_and_voided_facts_count_as_they_now_stand() -> None:
    correction = certified("W-1", "2013-10-08", to="2016-10-07").model_copy(
        update={"corrects": fact_id(5), "reason": "wrong day"}
    )
    recorded_events = events(*HOLDER, correction, Voiding(event=fact_id(6), occurred_on=day("2013-11-05")))
    known = [list(months(recorded_events, "2013-10-31", when)) for when in ("2013-09-30", "2013-10-31", "2013-11-05")]
    assert known == [["2013-09", "2013-10"], ["2013-10"], []]


def test_rows_stand_by_worker_and_month() -> None:
    other = (hired("W-0", "2012-07-01"), filled("P-1", "W-0", "2012-07-01"), passed("W-0", "2013-08-20"))
    facts = (*HOLDER, *other, certified("W-0", "2013-10-10", to="2016-10-09"))
    found = [(row["worker"], row["month"]) for row in both(VIEW, events(*facts), "2013-10-31")]
    assert found == [("W-0", "2013-10"), ("W-1", "2013-09"), ("W-1", "2013-10")]
