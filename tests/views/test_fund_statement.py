"""收支: opening, in, out and closing of each account, to the fen."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Rows, Voiding, both, day, events, fact_id, recorded
from xiyuan_ledger.aggregates.account import ExpenseRecorded, ExpenseReversed, FundsReceived, FundsTransferred
from xiyuan_ledger.aggregates.fact import Event, Fact


def received(voucher: str, amount_fen: int, on: str, project: str | None = None, org: str = "XY") -> FundsReceived:
    return FundsReceived(
        org=org,
        channel="social",
        amount_fen=amount_fen,
        payer="donor",
        voucher=voucher,
        project=project,
        occurred_on=day(on),
    )


def spent(voucher: str, amount_fen: int, on: str, project: str | None = None) -> ExpenseRecorded:
    return ExpenseRecorded(
        org="XY",
        channel="social",
        amount_fen=amount_fen,
        category="activity",
        payee="shop",
        voucher=voucher,
        project=project,
        occurred_on=day(on),
    )


def reversed_(voucher: str, amount_fen: int, on: str) -> ExpenseReversed:
    return ExpenseReversed(
        org="XY", channel="social", amount_fen=amount_fen, voucher=voucher, reason="returned", occurred_on=day(on)
    )


def transferred(voucher: str, amount_fen: int, on: str, project: str | None = None) -> FundsTransferred:
    return FundsTransferred(
        org="XY",
        channel="social",
        to_org="C1",
        amount_fen=amount_fen,
        voucher=voucher,
        project=project,
        occurred_on=day(on),
    )


YEAR: list[Fact] = [
    received("V-1", 100_000, "2013-01-31"),
    spent("V-2", 30_000, "2013-02-01"),
    reversed_("V-2", 5_000, "2013-02-28"),
    transferred("V-3", 20_000, "2013-03-01"),
    spent("V-4", 1, "2013-03-31"),
]


def asked(recorded_events: list[Event], valid_on: str, *when: Any, **more: Any) -> Rows:
    rows = both("fund_statement", recorded_events, valid_on, *when, **more)
    for row in rows:
        came = row["received_fen"] + row["reversed_fen"] + row["transferred_in_fen"]
        went = row["spent_fen"] + row["transferred_out_fen"]
        assert row["opening_fen"] + came - went == row["closing_fen"]
    return rows


def test_a_month_has_what_was_before_it_what_moved_in_it_and_what_is_left() -> None:
    assert asked(events(*YEAR), "2013-12-31", from_="2013-02-01", to="2013-02-28") == [
        {
            "org": "XY",
            "channel": "social",
            "project": None,
            "period": "2013-02",
            "opening_fen": 100_000,
            "received_fen": 0,
            "spent_fen": 30_000,
            "reversed_fen": 5_000,
            "transferred_in_fen": 0,
            "transferred_out_fen": 0,
            "closing_fen": 75_000,
            "evidence": [fact_id(1), fact_id(2), fact_id(3)],
        }
    ]


def test_from_the_beginning_nothing_was_before() -> None:
    rows = asked(events(*YEAR), "2013-12-31")
    assert [(row["org"], row["period"], row["opening_fen"], row["closing_fen"]) for row in rows] == [
        ("C1", "..2013-12-31", 0, 20_000),
        ("XY", "..2013-12-31", 0, 54_999),
    ]


def test_a_transfer_goes_out_on_one_side_and_comes_in_on_the_other_by_one_fact() -> None:
    ledger = events(received("V-1", 100, "2013-01-01", "P1"), transferred("V-3", 40, "2013-03-01", "P1"))
    inward, outward = asked(ledger, "2013-03-01", from_="2013-03-01", to="2013-03-01")
    assert (inward["org"], inward["project"], inward["transferred_in_fen"], inward["closing_fen"]) == (
        "C1",
        "P1",
        40,
        40,
    )
    assert (outward["org"], outward["project"], outward["transferred_out_fen"], outward["closing_fen"]) == (
        "XY",
        "P1",
        40,
        60,
    )
    assert (inward["evidence"], outward["evidence"]) == ([fact_id(2)], [fact_id(1), fact_id(2)])
    assert [row["org"] for row in asked(ledger, "2013-02-28")] == ["XY"]


def test_a_reversal_belongs_to_the_project_of_its_expense() -> None:
    ledger = events(
        received("V-1", 1_000, "2013-01-01", "P1"),
        received("V-9", 500, "2013-01-01"),
        spent("V-2", 600, "2013-02-01", "P1"),
        reversed_("V-2", 200, "2013-03-01"),
    )
    rows = asked(ledger, "2013-03-01")
    assert [(row["project"], row["reversed_fen"], row["closing_fen"]) for row in rows] == [
        ("P1", 200, 600),
        (None, 0, 500),
    ]


def test_a_corrected_expense_takes_its_reversal_to_the_right_project() -> None:
    wrong = spent("V-2", 600, "2013-02-01", "P1")
    right = wrong.model_copy(update={"project": "P2", "corrects": fact_id(2), "reason": "other project"})
    ledger = events(
        received("V-1", 1_000, "2013-01-01", "P1"),
        wrong,
        reversed_("V-2", 200, "2013-03-01"),
        recorded(right, "2013-03-05"),
    )
    before, after = asked(ledger, "2013-03-31", "2013-03-04"), asked(ledger, "2013-03-31")
    assert [(row["project"], row["closing_fen"]) for row in before] == [("P1", 600)]
    assert [(row["project"], row["closing_fen"]) for row in after] == [("P1", 1_000), ("P2", -400)]


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    ledger = events(*YEAR)
    rows = [asked(ledger, on, from_="2013-01-01", to="2013-12-31")[-1] for on in ("2013-03-30", "2013-03-31")]
    assert [(row["spent_fen"], row["closing_fen"]) for row in rows] == [(30_000, 55_000), (30_001, 54_999)]
    assert [row["period"] for row in rows] == ["2013-01-01..2013-03-30", "2013-Q1"]


def test_a_period_is_named_as_short_as_it_is() -> None:
    ledger = events(*YEAR)
    names = {
        ("2013-04-01", "2013-06-30"): "2013-Q2",
        ("2013-01-01", "2013-12-31"): "2013",
        ("2012-02-01", "2013-02-28"): "2012-02-01..2013-02-28",
        ("2013-02-01", "2013-04-30"): "2013-02-01..2013-04-30",
    }
    for (first, last), name in names.items():
        assert {row["period"] for row in asked(ledger, "2013-12-31", from_=first, to=last)} == {name}


def test_money_of_each_channel_is_kept_apart() -> None:
    member = FundsReceived(
        org="XY", channel="member", amount_fen=7, payer="members", voucher="V-8", occurred_on=day("2013-01-31")
    )
    rows = asked(events(*YEAR, member), "2013-12-31")
    assert [(row["org"], row["channel"], row["closing_fen"]) for row in rows] == [
        ("C1", "social", 20_000),
        ("XY", "member", 7),
        ("XY", "social", 54_999),
    ]


def test_a_late_expense_changes_the_month_as_known_later_only() -> None:
    ledger = events(*YEAR, recorded(spent("V-5", 400, "2013-02-15"), "2013-05-01"))
    february = {"from_": "2013-02-01", "to": "2013-02-28"}
    assert asked(ledger, "2013-12-31", "2013-04-30", **february)[0]["spent_fen"] == 30_000
    assert asked(ledger, "2013-12-31", "2013-05-01", **february)[0]["spent_fen"] == 30_400


def test_a_voided_receipt_is_no_money() -> None:
    ledger = events(
        received("V-1", 10, "2013-01-01"), Voiding(event=fact_id(1), reason="twice", occurred_on=day("2013-02-01"))
    )
    assert asked(ledger, "2013-03-01") == []
