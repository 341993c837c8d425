"""Conflicts in the office: entries in bulk, posts without a level, pre-exam classes out of season, money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.views.harness import adopted, both, day, events, fact_id, noon, policy_id
from tests.views.staff import annulled, established, failed, filled, hired, passed, registered, trained, vacated
from tests.views.sunset import approved, contracted, enrolled, started, visit
from tests.views.test_fund_statement import received, reversed_, spent, transferred
from xiyuan_ledger.aggregates.fact import Event, Fact

YEAR_END = "2013-12-31"
WARNED = {"fund-channels": {"mode": "warn"}}


def found(ledger: list[Event], valid_on: str = YEAR_END, *when: Any, **asked: Any) -> list[tuple[str, str, list[str]]]:
    """Rule, day and subjects of every finding."""
    rows = both("conflicts", ledger, valid_on, *when, **asked)
    return [(row["rule"], str(row["occurred_on"]), row["subjects"]) for row in rows]


def entered(seconds: list[float], **more: Any) -> list[Event]:
    """Visits of one day, each recorded so many seconds after noon of the next."""
    begun: list[Fact] = [hired("W-1", "2012-06-01"), approved(), contracted(), started(), enrolled("C-1")]
    at = [noon(day("2013-03-05")) + timedelta(seconds=each) for each in seconds]
    return events(*begun, *(visit("C-1", "2013-03-04", recorded_at=each, **more) for each in at))


def test_thirty_entries_a_minute_are_work_and_thirty_one_are_bulk() -> None:
    assert found(entered([0.0] * 30)) == []
    [row] = both("conflicts", entered([0.0] * 31), YEAR_END)
    assert (row["rule"], row["severity"], row["subjects"]) == ("bulk_entry", "minor", ["clerk-1"])
    assert (row["occurred_on"], row["detail"]) == (day("2013-03-04"), "2013-03-05 04:00:00Z 31")
    assert row["evidence"] == [fact_id(number) for number in range(6, 37)]


def test_a_minute_begins_with_any_entry_and_lasts_sixty_seconds() -> None:
    assert len(found(entered([40.0] * 15 + [99.9] * 16))) == 1
    assert found(entered([40.0] * 15 + [100.0] * 16)) == []


def test_a_pause_of_a_minute_ends_a_run_of_entries() -> None:
    rows = both("conflicts", entered([0.0] * 40 + [30.0, 59.0] + [118.9] + [179.0] * 31), YEAR_END)
    assert [row["detail"] for row in rows] == ["2013-03-05 04:00:00Z 42", "2013-03-05 04:02:59Z 31"]


def test_imports_and_two_people_at_work_are_no_bulk() -> None:
    assert found(entered([0.0] * 40, source="services.jsonl:1")) == []
    shared = entered([0.0] * 40)
    for event in shared[-20:]:
        event.actor = "clerk-2"
    assert found(shared) == []


def on_post(*facts: Fact) -> list[Event]:
    return events(hired("W-1", "2012-06-01"), established("P-1"), *facts)


def test_a_professional_post_wants_a_level_from_its_first_day() -> None:
    [row] = both("conflicts", on_post(filled("P-1", "W-1", "2012-08-19"), passed("W-1", "2012-08-20")), YEAR_END)
    assert row == {
        "rule": "post_without_level",
        "severity": "minor",
        "subjects": ["P-1", "W-1"],
        "occurred_on": day("2012-08-19"),
        "detail": "P-1 XY-CENTRE",
        "evidence": [fact_id(3)],
    }
    assert found(on_post(filled("P-1", "W-1", "2012-08-20"), passed("W-1", "2012-08-20"))) == []


def test_a_post_that_asks_for_no_professional_is_anyones() -> None:
    post = established("P-1").model_copy(update={"professional": False})
    assert found(events(hired("W-1", "2012-06-01"), post, filled("P-1", "W-1", "2012-07-01"))) == []


def test_each_holding_is_one_finding() -> None:
    ledger = on_post(
        filled("P-1", "W-1", "2012-07-01"), vacated("P-1", "W-1", "2012-08-01"), filled("P-1", "W-1", "2012-10-01")
    )
    days = [on for _, on, _ in found(ledger)]
    assert days == ["2012-07-01", "2012-10-01"]
    assert [on for _, on, _ in found(ledger, "2012-09-30")] == ["2012-07-01"]


@pytest.mark.parametrize(("effect", "days"), [("from_decision", ["2013-05-01"]), ("from_start", ["2012-09-01"])])
def test_a_level_that_is_annulled_leaves_the_post_without(effect: Any, days: list[str]) -> None:
    ledger = on_post(
        passed("W-1", "2012-08-20"),
        filled("P-1", "W-1", "2012-09-01"),
        annulled("W-1", "2013-05-01", year=2012, effect=effect),
    )
    assert found(ledger, "2013-04-30") == []
    assert [on for _, on, _ in found(ledger)] == days
    assert both("conflicts", ledger, YEAR_END)[0]["evidence"] == [fact_id(4), fact_id(5)]


def test_another_level_stays_when_one_is_annulled_and_a_post_left_before_asks_no_more() -> None:
    decision = annulled("W-1", "2013-05-01", year=2012, effect="from_decision")
    first, second = passed("W-1", "2012-08-20"), passed("W-1", "2012-08-20", level="intermediate")
    assert found(on_post(first, second, filled("P-1", "W-1", "2012-09-01"), decision)) == []
    gone = vacated("P-1", "W-1", "2013-05-01")
    assert found(on_post(first, filled("P-1", "W-1", "2012-09-01"), gone, decision)) == []


@pytest.mark.parametrize(
    ("on", "findings"),
    [
        ("2013-02-24", 1),
        ("2013-03-01", 1),
        ("2013-03-02", 0),
        ("2013-03-04", 1),
        ("2013-06-30", 0),
        ("2013-07-06", 1),
    ],
)
def test_pre_exam_classes_meet_on_weekends_from_march_to_june(on: str, findings: int) -> None:
    ledger = events(trained("T-1", on, 90, "W-1", programme="pre_exam"))
    assert len(found(ledger)) == findings


def test_the_season_is_that_of_the_rule_in_force_on_the_day() -> None:
    ledger = events(
        adopted("training-cadence", 2, "2013-05-01", pre_exam={"months": [5, 7], "weekends_only": False}),
        trained("T-1", "2013-04-29", 90, programme="pre_exam"),
        trained("T-2", "2013-05-06", 90, programme="pre_exam"),
        trained("T-3", "2013-06-01", 90, programme="pre_exam"),
        trained("T-4", "2013-06-05", 90, programme="residents"),
    )
    rows = both("conflicts", ledger, YEAR_END)
    assert [(row["detail"], row["evidence"]) for row in rows] == [
        ("T-1 2013-04-29 09:00:00", [policy_id("training-cadence"), fact_id(2)]),
        ("T-3 2013-06-01 09:00:00", [fact_id(1), fact_id(4)]),
    ]


def test_the_same_amount_payee_and_day_under_another_voucher_is_paid_twice() -> None:
    ledger = events(received("V-0", 900_000, "2013-01-01"), *(spent(f"V-{n}", 500, "2013-02-01") for n in (1, 2, 3)))
    rows = both("conflicts", ledger, YEAR_END)
    assert [row["subjects"] for row in rows] == [["V-1", "V-2", "XY"], ["V-1", "V-3", "XY"]]
    assert rows[0]["evidence"] == [fact_id(2), fact_id(3)]
    assert (rows[0]["severity"], rows[0]["detail"]) == ("major", "XY/social 500")


def test_another_day_amount_payee_or_organisation_is_another_payment() -> None:
    first = spent("V-1", 500, "2013-02-01")
    others = [
        spent("V-2", 500, "2013-02-02"),
        spent("V-3", 501, "2013-02-01"),
        first.model_copy(update={"voucher": "V-4", "payee": "market"}),
        first.model_copy(update={"voucher": "V-5", "org": "CSO-1"}),
    ]
    assert found(events(received("V-0", 900_000, "2013-01-01"), first, *others)) == []


def overspent() -> list[Fact]:
    """An account that falls below zero, recovers and falls again."""
    return [
        received("V-1", 1_000, "2013-01-01"),
        spent("V-2", 1_001, "2013-02-01"),
        spent("V-3", 5, "2013-02-02"),
        reversed_("V-2", 1_001, "2013-02-03"),
        transferred("V-4", 996, "2013-02-04"),
    ]


def test_an_account_below_zero_is_found_where_the_rule_only_warns() -> None:
    ledger = events(*overspent(), parameters=WARNED)
    rows = both("conflicts", ledger, YEAR_END)
    assert [(row["rule"], str(row["occurred_on"]), row["detail"]) for row in rows] == [
        ("overdrawn", "2013-02-01", "XY/social -1"),
        ("overdrawn", "2013-02-04", "XY/social -1"),
    ]
    assert rows[0]["evidence"] == [policy_id("fund-channels"), fact_id(1), fact_id(2)]
    assert rows[0]["subjects"] == ["XY"]
    assert found(events(*overspent())) == []


def test_what_counts_is_the_end_of_the_day_and_the_rule_of_that_day() -> None:
    evened = [*overspent()[:2], received("V-9", 1, "2013-02-01")]
    assert found(events(*evened, parameters=WARNED)) == []
    ledger = events(*overspent(), adopted("fund-channels", 2, "2013-02-04", mode="block"), parameters=WARNED)
    assert [on for _, on, _ in found(ledger)] == ["2013-02-01"]


def test_under_another_rule_the_same_facts_are_findings() -> None:
    ledger = events(*overspent())
    rows = both("conflicts", ledger, YEAR_END, what_if={"fund-channels": {"mode": "warn"}})
    assert [row["evidence"] for row in rows] == [[fact_id(n) for n in (1, 2)], [fact_id(n) for n in range(1, 6)]]


def test_a_result_of_another_day_than_registered_is_found_with_both() -> None:
    misdated = passed("W-1", "2013-08-20").model_copy(update={"exam_on": day("2013-06-15")})
    ledger = events(hired("W-1", "2012-06-01"), registered("W-1", 2013), misdated)
    assert both("conflicts", ledger, YEAR_END) == [
        {
            "rule": "exam_other_day",
            "severity": "major",
            "subjects": ["W-1"],
            "occurred_on": day("2013-08-20"),
            "detail": "junior 2013-06-15 2013-06-16",
            "evidence": [fact_id(2), fact_id(3)],
        }
    ]
    assert found(ledger, "2013-08-19") == []


def test_a_result_of_the_day_or_without_a_registration_is_no_finding() -> None:
    begun = [hired("W-1", "2012-06-01"), registered("W-1", 2013)]
    assert found(events(*begun, failed("W-1", "2013-08-20"))) == []
    assert found(events(begun[0], passed("W-1", "2012-08-20"))) == []
