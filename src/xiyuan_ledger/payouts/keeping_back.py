"""留存: lines of payees without an account leave in no file: they are dead in their run, and the next run pays them.

It is decided when a file is first made, and recorded in one transaction with `PaymentInstructed`: so what a file has is
known for ever, and nothing that was told to the bank is taken out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from xiyuan_ledger.aggregates.entitlement import KEPT_BACK, PaymentReturned
from xiyuan_ledger.aggregates.fact import Event, Fact
from xiyuan_ledger.aggregates.run import PaymentInstructed
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.accounts import Accounts, AccountsMissingError
from xiyuan_ledger.payouts.bank.folder import BankFile
from xiyuan_ledger.payouts.bank.order import Order, Outcome
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.chunks import chunk_in
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.paying import Payer
from xiyuan_ledger.payouts.run import Line, lines_of
from xiyuan_ledger.payouts.settling import orders_from, payable

NO_ACCOUNT = "no-account"
"""The reason of a line that was kept back."""


class Made(NamedTuple):
    """A file for the bank, with its order, and the facts that lines were kept back of it."""

    order: Order
    file: BankFile
    kept: list[Fact]


def made(order: Order, paper: BankPaper, accounts: Accounts, payer: Payer, lines: Mapping[str, Line]) -> Made:
    """The file of an order of which the bank was not told yet; lines of payees without an account are kept back.

    Raises AccountsMissingError where who pays has none, or nobody has.
    """
    try:
        return Made(order, paper.file_of(order, accounts), [])
    except AccountsMissingError as error:
        kept = [each for each in order.transfers if each.payee in error.missing]
        left = order.without({each.reference for each in kept})
        if left is None or order.payer in error.missing:
            raise
        said = [Outcome(each.reference, "rejected", each.amount_fen, KEPT_BACK, NO_ACCOUNT) for each in kept]
        facts = payer.back([(lines[each.reference], each) for each in said])
        return Made(left, paper.file_of(left, accounts), facts)


def files_by_hand(ledger: Ledger, run: str, paper: BankPaper, accounts: Accounts) -> Iterator[Made]:
    """The files of a run as they are made by hand, each told to the bank before the next one is made.

    Nothing is kept back of those of which the bank was told, nor of a run of which workers made files.
    """
    known = payable(ledger, run)
    lines = {line.end_to_end: line for line in lines_of(ledger, run)}
    files = [each for each in ledger.events_of([f"run/{run}"]) if isinstance(each.fact, PaymentInstructed)]
    left = sum(each.fact.entry()["lines"] for each in files)
    payer = Payer(ledger, known, [], Hand(), None)
    for order in orders_from(ledger, known, list(lines.values()), paper.lines_max):
        left -= len(order.transfers)
        if left >= 0 or any(chunk_in(each.source) is not None for each in files):
            yield Made(order, paper.file_of(order, accounts), [])
        else:
            yield made(order, paper, accounts, payer, lines)


def kept_in(events: Collection[Event], run: str) -> set[tuple[str, str]]:
    """Worker and month of the lines of a run that were kept back, as the facts of their streams say."""
    told = (event.fact for event in events)
    return {
        (fact.worker, fact.month)
        for fact in told
        if isinstance(fact, PaymentReturned) and fact.run == run and fact.bank_ref == KEPT_BACK
    }
