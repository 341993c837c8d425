"""呼叫平台: requests, how far they have come, and how long it took to send somebody."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Voiding, both, day, events, fact_id, position_of, recorded
from tests.views.square import dispatched, fulfilled, requested
from xiyuan_ledger.aggregates.fact import Event


def calls(ledger: list[Event], valid_on: str, *when: Any, **asked: Any) -> list[tuple[Any, ...]]:
    rows = both("call_platform", ledger, valid_on, *when, **asked)
    return [(row["requests"], row["open"], row["dispatched"], row["fulfilled"]) for row in rows]


def test_requests_are_counted_by_category_and_community() -> None:
    ledger = events(
        requested("R-1", "2013-03-01"),
        dispatched("R-1", "2013-03-01"),
        fulfilled("R-1", "2013-03-02"),
        requested("R-2", "2013-03-02"),
        dispatched("R-2", "2013-03-04"),
        requested("R-3", "2013-03-03", "culture", "C2"),
    )
    assert both("call_platform", ledger, "2013-03-31") == [
        {
            "category": "culture",
            "community": "C2",
            "requests": 1,
            "open": 1,
            "dispatched": 0,
            "fulfilled": 0,
            "hours_to_dispatch": None,
            "hours_to_dispatch_p90": None,
            "evidence": [fact_id(6)],
        },
        {
            "category": "disability_help",
            "community": "C1",
            "requests": 2,
            "open": 1,
            "dispatched": 2,
            "fulfilled": 1,
            "hours_to_dispatch": 0,
            "hours_to_dispatch_p90": 48,
            "evidence": [fact_id(1), fact_id(2), fact_id(3), fact_id(4), fact_id(5)],
        },
    ]


def test_a_request_is_open_until_the_day_before_it_is_fulfilled() -> None:
    ledger = events(requested("R-1", "2013-03-01"), dispatched("R-1", "2013-03-03"), fulfilled("R-1", "2013-03-05"))
    assert calls(ledger, "2013-02-28") == []
    assert calls(ledger, "2013-03-02") == [(1, 1, 0, 0)]
    assert calls(ledger, "2013-03-04") == [(1, 1, 1, 0)]
    assert calls(ledger, "2013-03-05") == [(1, 0, 1, 1)]


def test_the_period_is_that_of_the_request_whenever_it_was_fulfilled() -> None:
    ledger = events(requested("R-1", "2013-03-31"), dispatched("R-1", "2013-04-02"), fulfilled("R-1", "2013-04-03"))
    assert calls(ledger, "2013-06-30", from_="2013-03-01", to="2013-03-31") == [(1, 0, 1, 1)]
    assert calls(ledger, "2013-06-30", from_="2013-04-01", to="2013-04-30") == []


def test_median_and_p90_are_values_that_occurred() -> None:
    days = ("01", "01", "02", "03", "04", "06", "08", "11", "12", "31")
    facts = [requested(f"R-{n}", "2013-03-01") for n in range(len(days))]
    sent = [dispatched(f"R-{n}", f"2013-03-{on}") for n, on in enumerate(days)]
    row = both("call_platform", events(*facts, *sent), "2013-12-31")[0]
    assert (row["hours_to_dispatch"], row["hours_to_dispatch_p90"]) == (3 * 24, 11 * 24)


def test_a_dispatch_entered_late_or_voided_shows_from_then_on() -> None:
    ledger = events(
        requested("R-1", "2013-03-01"),
        recorded(dispatched("R-1", "2013-03-02"), "2013-05-01"),
        recorded(Voiding(event=fact_id(2), occurred_on=day("2013-05-03")), "2013-05-03"),
    )
    assert calls(ledger, "2013-03-31", position_of(1)) == [(1, 1, 0, 0)]
    assert calls(ledger, "2013-03-31", "2013-05-01") == [(1, 1, 1, 0)]
    assert calls(ledger, "2013-03-31") == [(1, 1, 0, 0)]
