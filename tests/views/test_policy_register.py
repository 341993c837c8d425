"""制度册: every version of every policy that was recorded, and which one holds."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Voiding, adopted, both, day, events, fact_id, policy_id
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.policies import SCHEMAS


def asked(recorded_events: list[Event], valid_on: str, *when: Any) -> list[tuple[int, bool]]:
    rows = both("policy_register", recorded_events, valid_on, *when)
    return [(row["version"], row["in_force"]) for row in rows if row["policy"] == "post-subsidy"]


def test_every_policy_has_its_first_version_with_what_it_rests_on() -> None:
    rows = both("policy_register", events(), "2012-06-01")
    assert [row["policy"] for row in rows] == sorted(SCHEMAS)
    assert next(row for row in rows if row["policy"] == "post-subsidy") == {
        "policy": "post-subsidy",
        "version": 1,
        "effective_from": day("2012-06-01"),
        "effective_to": None,
        "authority": "illustrative",
        "recorded_on": day("2012-06-01"),
        "in_force": True,
        "parameters": "{}",
        "evidence": [policy_id("post-subsidy")],
    }


def test_a_version_that_begins_later_is_shown_before_it_holds() -> None:
    ledger = events(adopted("post-subsidy", 2, "2013-01-01", on="2012-11-01", start_rule="pass_month"))
    assert asked(ledger, "2012-12-31") == [(1, True), (2, False)]
    assert asked(ledger, "2013-01-01") == [(1, False), (2, True)]
    assert asked(ledger, "2013-01-01", "2012-10-31") == [(1, True)]
    rows = both("policy_register", ledger, "2012-12-31")
    assert next(row["parameters"] for row in rows if row["evidence"] == [fact_id(1)]) == '{"start_rule":"pass_month"}'


def test_where_two_versions_hold_the_one_recorded_last_is_in_force() -> None:
    ledger = events(
        adopted("post-subsidy", 2, "2013-06-01", on="2012-11-01"),
        adopted("post-subsidy", 3, "2013-01-01", on="2012-12-01"),
    )
    assert asked(ledger, "2012-12-31") == [(1, True), (2, False), (3, False)]
    assert asked(ledger, "2013-07-01") == [(1, False), (2, False), (3, True)]


def test_a_version_with_an_end_gives_way_on_that_day() -> None:
    passing = adopted("post-subsidy", 2, "2013-01-01").model_copy(update={"effective_to": day("2013-07-01")})
    ledger = events(passing)
    assert asked(ledger, "2013-06-30") == [(1, False), (2, True)]
    assert asked(ledger, "2013-07-01") == [(1, True), (2, False)]


def test_a_voided_version_is_gone_and_was_there_as_known_before() -> None:
    ledger = events(
        adopted("post-subsidy", 2, "2013-01-01"),
        Voiding(event=fact_id(1), reason="not signed", occurred_on=day("2013-02-01")),
    )
    assert asked(ledger, "2013-03-01") == [(1, True)]
    assert asked(ledger, "2013-03-01", "2013-01-31") == [(1, False), (2, True)]


def test_before_the_first_day_nothing_is_in_force() -> None:
    assert asked(events(), "2012-05-31") == [(1, False)]
