"""Every movement of money as postings that come to nothing, from the effective facts at a pin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.books.account import BANK, RECEIVED, SPENT, Account, Posting
from xiyuan_ledger.payouts.books.paid import TYPES as PAYOUT_TYPES
from xiyuan_ledger.payouts.books.paid import Paid

TYPES = ("FundsReceived", "ExpenseRecorded", "ExpenseReversed", "FundsTransferred")


@dataclass(frozen=True)
class Movement:
    """A movement of money: what happened, by which voucher and fact, and its postings, which come to nothing."""

    on: date
    position: int
    event_id: str
    voucher: str
    what: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        assert sum(each.amount_fen for each in self.postings) == 0


def movements(ledger: Ledger, **pinned: Any) -> list[Movement]:
    """Every movement up to the pin's day, in the order of days and positions."""
    rows = [row for name in TYPES for row in ledger.view("journal", type=name, **pinned).rows]
    paid = Paid(ledger, **pinned)
    expenses = {
        (fields["org"], fields["channel"], fields["voucher"]): fields
        for row in rows
        if row["type"] == "ExpenseRecorded" and (fields := row["fields"])
    }
    rows += [row for name in PAYOUT_TYPES for row in ledger.view("journal", type=name, **pinned).rows]
    rows.sort(key=lambda row: (row["occurred_on"], row["position"]))
    found = []
    for row in rows:
        fields = row["fields"]
        if row["type"] in TYPES:
            source = paid.instalments.source_of(fields) if row["type"] == "FundsTransferred" else BANK
            what, postings = _told(row["type"], fields, row["reason"], expenses, source)
        else:
            what, postings = row["type"], paid.postings(row)
        voucher = fields.get("voucher") or fields.get("bank_ref") or fields.get("run") or "-"
        moved = tuple(postings)
        if moved:
            found.append(Movement(row["occurred_on"], row["position"], row["event_id"], voucher, what, moved))
    return found


def _told(
    name: str, fields: Mapping[str, Any], reason: str | None, expenses: Mapping[Any, Mapping[str, Any]], source: str
) -> tuple[str, Iterator[Posting]]:
    """What is said of a movement, and its postings."""
    match name:
        case "FundsReceived":
            return fields["payer"], _received(fields)
        case "ExpenseRecorded":
            return fields["payee"], _spent(fields, fields, 1)
        case "ExpenseReversed":
            expense = expenses.get((fields["org"], fields["channel"], fields["voucher"]), {})
            return reason or "", _spent(fields, expense, -1)
        case _:
            return fields["to_org"], _transferred(fields, source)


def _of(kind: str, fields: Mapping[str, Any], project: str | None, **more: str) -> Account:
    return Account(kind, more.get("org", fields["org"]), fields["channel"], project, more.get("category"))


def _received(fields: Mapping[str, Any]) -> Iterator[Posting]:
    project, fen = fields.get("project"), fields["amount_fen"]
    yield Posting(_of(BANK, fields, project), fen)
    yield Posting(_of(RECEIVED, fields, project), -fen)


def _spent(fields: Mapping[str, Any], expense: Mapping[str, Any], sign: int) -> Iterator[Posting]:
    """An expense, or with the sign turned what came back of one: it belongs to the project of the expense."""
    project, fen = expense.get("project"), sign * fields["amount_fen"]
    yield Posting(_of(SPENT, fields, project, category=expense.get("category", "other")), fen)
    yield Posting(_of(BANK, fields, project), -fen)


def _transferred(fields: Mapping[str, Any], source: str) -> Iterator[Posting]:
    """From the account, or out of what is in transit from it."""
    project, fen = fields.get("project"), fields["amount_fen"]
    yield Posting(_of(BANK, fields, project, org=fields["to_org"]), fen)
    yield Posting(_of(source, fields, project), -fen)
