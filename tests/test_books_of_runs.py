"""The books of runs: what the bank was told of is in transit until it answers, of the account that the file names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paying_office import CASHIER, CHIEF, Office, at, outcome
from tests.payouts import claimed, determined, recovered
from tests.test_evaluation import commissioned, concluded, everything
from tests.test_payout_other_schemes import FEES, INSTALMENTS, street
from tests.tools import program
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.cli.exporting import FORMS
from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT
from xiyuan_ledger.payouts.books.books import Books
from xiyuan_ledger.payouts.chunks import chunk_source
from xiyuan_ledger.payouts.claims import decide_claim
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve
from xiyuan_ledger.payouts.run import Run
from xiyuan_ledger.payouts.settling import instruct, orders_of

__all__ = ["street"]
STREET = ("XY-STREET", "government")


def standing(office: Office, on: str) -> dict[tuple[str, str, str | None], int]:
    """By kind, organisation and project: what the books have there on a day, where that is anything."""
    sums: dict[tuple[str, str, str | None], int] = {}
    for movement in Books(office.ledger, valid_on=on).movements:
        for account, fen in movement.postings:
            if account.kind in (BANK, IN_TRANSIT):
                key = (account.kind, account.org, account.project)
                sums[key] = sums.get(key, 0) + fen
    return {key: fen for key, fen in sums.items() if fen}


def checked(office: Office, on: str, folder: Path) -> None:
    """Every tool takes the books of a day."""
    for tool, lines in FORMS.items():
        path = folder / tool
        path.write_text("\n".join(lines(Books(office.ledger, valid_on=on))) + "\n", "utf-8")
        command = {
            "beancount": [sys.executable, "-m", "beancount.scripts.check", "--no-cache", str(path)],
            "hledger": [program("hledger"), "-f", str(path), "check", "--strict"],
        }.get(tool, [program("ledger"), "-f", str(path), "--strict", "balance"])
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, ""), tool


def test_an_instalment_is_in_transit_from_the_file_to_the_banks_answer(street: Office, tmp_path: Path) -> None:
    run = street.sent("2013-01", "2013-01-25", INSTALMENTS)
    assert standing(street, "2013-01-25") == {
        (BANK, "XY-STREET", None): 500_000,
        (BANK, "XY-STREET", "P3"): -60_000,
        (IN_TRANSIT, "XY-STREET", "P3"): 60_000,
    }
    checked(street, "2013-01-25", tmp_path)
    street.answered(run, "2013-01-28")
    assert standing(street, "2013-01-28") == {
        (BANK, "XY-STREET", None): 500_000,
        (BANK, "XY-STREET", "P3"): -60_000,
        (BANK, "CSO-1", "P3"): 60_000,
    }
    checked(street, "2013-01-28", tmp_path)
    street.answered(run, "2013-01-29", state="returned")
    assert standing(street, "2013-01-29") == {(BANK, "XY-STREET", None): 500_000}
    checked(street, "2013-01-29", tmp_path)


def test_a_rejected_instalment_goes_from_transit_to_the_purchaser(street: Office, tmp_path: Path) -> None:
    run = street.sent("2013-01", "2013-01-25", INSTALMENTS)
    street.answered(run, "2013-01-28", state="rejected")
    assert standing(street, "2013-01-28") == {(BANK, "XY-STREET", None): 500_000}
    checked(street, "2013-01-28", tmp_path)


@pytest.fixture
def two_due(street: Office) -> Run:
    """An approved run of both instalments: the midterm evaluation has released the second."""
    commission = {"project": "P3", "evaluator": "EV", "phase": "midterm", "from_": "2013-01-02", "to": "2013-06-30"}
    street.enter("2013-06-01", commissioned("2013-06-01", **commission))
    street.enter("2013-07-10", *everything(600))
    street.enter("2013-07-31", concluded(9_400, "excellent"))
    return approve(
        street.ledger, street.opened("2013-08", "2013-08-25", INSTALMENTS).run, Hand(CHIEF, at("2013-08-25"))
    )


def in_transit(office: Office, on: str) -> int:
    return standing(office, on).get((IN_TRANSIT, "XY-STREET", "P3"), 0)


def test_of_a_run_in_two_files_only_what_is_in_the_first_is_in_transit_before_the_second_leaves(
    street: Office, two_due: Run, tmp_path: Path
) -> None:
    first, second = orders_of(street.ledger, two_due.run, 1)
    instruct(street.ledger, two_due.run, "11" * 32, 1, first.total_fen, Hand(CASHIER, at("2013-08-26")))
    assert in_transit(street, "2013-08-26") == 60_000
    instruct(street.ledger, two_due.run, "22" * 32, 1, second.total_fen, Hand(CASHIER, at("2013-08-27")))
    assert in_transit(street, "2013-08-27") == 100_000
    lines = {line.month: line for line in street.lines(two_due)}
    street.told(two_due, "2013-08-28", [outcome(lines["2013-06"], "paid")])
    assert standing(street, "2013-08-28") == {
        (BANK, "XY-STREET", None): 500_000,
        (BANK, "XY-STREET", "P3"): -100_000,
        (IN_TRANSIT, "XY-STREET", "P3"): 60_000,
        (BANK, "CSO-1", "P3"): 40_000,
    }
    checked(street, "2013-08-28", tmp_path)


def test_of_files_that_workers_made_each_has_the_lines_of_its_chunk_in_whatever_order_they_leave(
    street: Office, two_due: Run, tmp_path: Path
) -> None:
    first, second = orders_of(street.ledger, two_due.run, 1)
    source = chunk_source(two_due.run, 1, 2)
    hand = Hand(CASHIER, at("2013-08-26"), source)
    instruct(street.ledger, two_due.run, "22" * 32, 1, second.total_fen, hand)
    assert in_transit(street, "2013-08-26") == second.total_fen == 40_000
    hand = Hand(CASHIER, at("2013-08-27"), chunk_source(two_due.run, 1, 1))
    instruct(street.ledger, two_due.run, "11" * 32, 1, first.total_fen, hand)
    assert in_transit(street, "2013-08-27") == 100_000
    checked(street, "2013-08-27", tmp_path)


def account_from(on: str, org: str, policy: str = "post-subsidy", version: int = 2) -> PolicyAdopted:
    """From a day on an organisation's social account pays."""
    return PolicyAdopted(
        policy=policy,
        version=version,
        effective_from=on,
        authority="notice 9",
        parameters={"account": {"org": org, "channel": "social"}},
        occurred_on=on,
    )


def accounts(office: Office, on: str) -> dict[tuple[str, str], tuple[int, int]]:
    """By organisation and channel: spent and reversed, as the fund statement has it."""
    rows = office.ledger.view("fund_statement", valid_on=on).rows
    return {(row["org"], row["channel"]): (row["spent_fen"], row["reversed_fen"]) for row in rows}


@pytest.fixture
def office() -> Office:
    found = Office()
    found.holder("W-1")
    return found


def test_a_payment_is_of_the_account_that_its_file_debits_whatever_policy_comes_between(
    office: Office, tmp_path: Path
) -> None:
    run = office.sent("2013-09", "2013-09-25")
    (order,) = orders_of(office.ledger, run.run, 5_000)
    assert order.payer == "XY-STREET"
    office.enter("2013-09-26", account_from("2013-09-26", "XY-OTHER"))
    assert orders_of(office.ledger, run.run, 5_000) == [order]
    office.answered(run, "2013-09-27")
    assert accounts(office, "2013-09-27") == {STREET: (10_000, 0)}
    assert standing(office, "2013-09-27") == {(BANK, "XY-STREET", None): -10_000}
    office.answered(run, "2013-09-28", state="returned")
    assert accounts(office, "2013-09-28") == {STREET: (10_000, 10_000)}
    assert standing(office, "2013-09-28") == {}
    checked(office, "2013-09-28", tmp_path)
    office.closed(run, "2013-09-29")
    office.paid("2013-10", "2013-10-25")
    assert accounts(office, "2013-10-31") == {STREET: (10_000, 10_000), ("XY-OTHER", "social"): (20_000, 0)}


def test_a_version_voided_or_reaching_back_after_the_pin_changes_neither_file_nor_books(
    office: Office, tmp_path: Path
) -> None:
    office.enter("2013-09-20", account_from("2013-09-20", "XY-OTHER"))
    run = office.sent("2013-09", "2013-09-25")
    (order,) = orders_of(office.ledger, run.run, 5_000)
    assert order.payer == "XY-OTHER"
    adopted = office.events("PolicyAdopted")[-1]
    office.enter(
        "2013-09-26",
        RecordVoided(event=adopted.event_id, approved_by=CHIEF, reason="wrong account", occurred_on="2013-09-26"),
    )
    assert orders_of(office.ledger, run.run, 5_000) == [order]
    office.answered(run, "2013-09-27")
    assert accounts(office, "2013-09-27") == {("XY-OTHER", "social"): (10_000, 0)}
    assert standing(office, "2013-09-27") == {(BANK, "XY-OTHER", None): -10_000}
    checked(office, "2013-09-27", tmp_path)


def test_fees_too_are_of_the_account_that_their_file_debits(office: Office) -> None:
    office.enter("2013-09-11", claimed(on="2013-09-11"))
    decide_claim(office.ledger, "B-1", hand=Hand(CHIEF, at("2013-09-12")))
    run = office.sent("2013-09", "2013-09-25", FEES)
    office.enter("2013-09-26", account_from("2013-09-26", "XY-OTHER", FEES))
    office.answered(run, "2013-09-27")
    assert accounts(office, "2013-09-27") == {STREET: (19_400, 0)}
    assert standing(office, "2013-09-27") == {(BANK, "XY-STREET", None): -19_400}


def test_what_is_handed_back_goes_to_the_account_of_that_day(office: Office) -> None:
    run = office.paid("2013-09", "2013-09-25")
    assert run.status == "closed"
    office.enter("2013-09-26", account_from("2013-09-26", "XY-OTHER"))
    office.enter("2013-09-27", determined(10_000, on="2013-09-27", month="2013-09"))
    office.enter("2013-09-28", recovered(4_000, on="2013-09-28", month="2013-09"))
    assert accounts(office, "2013-09-28") == {STREET: (10_000, 0), ("XY-OTHER", "social"): (0, 4_000)}
    assert standing(office, "2013-09-28") == {
        (BANK, "XY-STREET", None): -10_000,
        (BANK, "XY-OTHER", None): 4_000,
    }
