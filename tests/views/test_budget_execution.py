"""预算执行: what the budget allows, what was spent of it, what is left."""

from __future__ import annotations

from typing import Any, get_args

from tests.views.harness import Rows, both, day, events, fact_id, recorded
from xiyuan_ledger.aggregates.account import ExpenseRecorded, ExpenseReversed
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.project import BudgetApproved, BudgetLine
from xiyuan_ledger.codes import Category


def line(category: Category, amount_fen: int) -> BudgetLine:
    return BudgetLine(category=category, channel="government", amount_fen=amount_fen)


def budget(on: str, **amounts: int) -> BudgetApproved:
    lines = tuple(line(name, amount_fen) for name in get_args(Category) if (amount_fen := amounts.get(name)))
    return BudgetApproved(project="P1", lines=lines, occurred_on=day(on))


def spent(voucher: str, amount_fen: int, on: str, category: Category = "activity", **more: Any) -> ExpenseRecorded:
    return ExpenseRecorded(
        **{"org": "XY", "channel": "government", "project": "P1"} | more,
        amount_fen=amount_fen,
        category=category,
        payee="shop",
        voucher=voucher,
        occurred_on=day(on),
    )


def reversed_(voucher: str, amount_fen: int, on: str) -> ExpenseReversed:
    return ExpenseReversed(
        org="XY", channel="government", amount_fen=amount_fen, voucher=voucher, reason="returned", occurred_on=day(on)
    )


def asked(recorded_events: list[Event], valid_on: str, *when: Any) -> Rows:
    return both("budget_execution", recorded_events, valid_on, *when)


def numbers(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["approved_fen"], row["spent_fen"], row["left_fen"], row["executed_centi"], row["overrun"]


def test_a_line_shows_what_is_left_of_it_and_by_which_facts() -> None:
    ledger = events(budget("2013-01-01", activity=30_000), spent("V-1", 10_000, "2013-02-01"))
    assert asked(ledger, "2013-02-01") == [
        {
            "project": "P1",
            "category": "activity",
            "channel": "government",
            "approved_fen": 30_000,
            "spent_fen": 10_000,
            "left_fen": 20_000,
            "executed_centi": 3_333,
            "overrun": False,
            "evidence": [fact_id(1), fact_id(2)],
        }
    ]
    assert numbers(asked(ledger, "2013-01-31")[0]) == (30_000, 0, 30_000, 0, False)
    assert asked(ledger, "2012-12-31") == []


def test_the_share_is_rounded_half_up() -> None:
    found = [
        asked(events(budget("2013-01-01", activity=whole), spent("V-1", part, "2013-02-01")), "2013-02-01")[0][
            "executed_centi"
        ]
        for part, whole in ((1, 20_000), (1, 20_001), (2, 3), (3, 3))
    ]
    assert found == [1, 0, 6_667, 10_000]


def test_all_of_it_is_no_overrun_and_one_fen_more_is() -> None:
    ledger = events(budget("2013-01-01", activity=100), spent("V-1", 100, "2013-02-01"), spent("V-2", 1, "2013-02-02"))
    assert numbers(asked(ledger, "2013-02-01")[0]) == (100, 100, 0, 10_000, False)
    assert numbers(asked(ledger, "2013-02-02")[0]) == (100, 101, -1, 10_100, True)


def test_what_was_reversed_is_not_spent() -> None:
    ledger = events(
        budget("2013-01-01", activity=100), spent("V-1", 80, "2013-02-01"), reversed_("V-1", 30, "2013-03-01")
    )
    assert asked(ledger, "2013-02-28")[0]["spent_fen"] == 80
    assert numbers(asked(ledger, "2013-03-01")[0]) == (100, 50, 50, 5_000, False)
    assert asked(ledger, "2013-03-01")[0]["evidence"] == [fact_id(1), fact_id(2), fact_id(3)]


def test_a_later_budget_takes_the_place_of_the_earlier_one_as_a_whole() -> None:
    ledger = events(budget("2013-01-01", activity=100, venue=50), budget("2013-04-01", activity=200))
    assert [(row["category"], row["approved_fen"]) for row in asked(ledger, "2013-03-31")] == [
        ("activity", 100),
        ("venue", 50),
    ]
    assert [(row["category"], row["approved_fen"]) for row in asked(ledger, "2013-04-01")] == [("activity", 200)]


def test_a_budget_recorded_late_with_an_earlier_date_does_not_replace_a_later_one() -> None:
    ledger = events(budget("2013-04-01", activity=200), recorded(budget("2013-01-01", activity=100), "2013-05-01"))
    assert asked(ledger, "2013-06-30")[0]["approved_fen"] == 200
    assert asked(ledger, "2013-03-31")[0]["approved_fen"] == 100
    assert asked(ledger, "2013-03-31", "2013-04-30") == []


def test_spending_that_no_line_allows_has_an_empty_budget_not_one_of_0() -> None:
    ledger = events(budget("2013-01-01", activity=100), spent("V-1", 7, "2013-02-01", "venue"))
    assert [numbers(row) for row in asked(ledger, "2013-02-01")] == [
        (100, 0, 100, 0, False),
        (None, 7, None, None, True),
    ]


def test_channels_are_kept_apart_and_every_payer_counts() -> None:
    ledger = events(
        budget("2013-01-01", activity=100),
        spent("V-1", 10, "2013-02-01"),
        spent("V-1", 20, "2013-02-01", org="AGENCY"),
        spent("V-2", 40, "2013-02-01", channel="social"),
    )
    rows = asked(ledger, "2013-02-01")
    assert [(row["channel"], row["approved_fen"], row["spent_fen"]) for row in rows] == [
        ("government", 100, 30),
        ("social", None, 40),
    ]


def test_two_lines_of_one_category_and_channel_are_one_budget_and_money_of_no_project_is_left_out() -> None:
    lines = (line("activity", 60), line("activity", 140))
    twice = BudgetApproved(project="P1", lines=lines, occurred_on=day("2013-01-01"))
    ledger = events(twice, spent("V-1", 10, "2013-02-01", project=None))
    assert [numbers(row) for row in asked(ledger, "2013-02-01")] == [(200, 0, 200, 0, False)]
