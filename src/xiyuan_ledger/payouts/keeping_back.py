"""留存: lines of payees without an account leave in no file: they are dead in their run, and the next run pays them.

It is decided when a file is first made, and recorded in one transaction with `PaymentInstructed`: so what a file has is
known for ever, and nothing that was told to the bank is taken out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from xiyuan_ledger.aggregates.entitlement import KEPT_BACK, PaymentReturned, SubsidyPaid
from xiyuan_ledger.aggregates.fact import Event, Fact
from xiyuan_ledger.aggregates.run import BY_HAND, PaymentInstructed
from xiyuan_ledger.errors import RuleBroken
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

ANSWERED = ("paid", "returned")
NO_ACCOUNT = "no-account"
"""The reason of a line that was kept back."""


class Made(NamedTuple):
    """A file for the bank, with its order, and the facts that lines were kept back of it.

    `source` is that of its `PaymentInstructed` where it was made by hand: it says which of the run's lines it has.
    """

    order: Order
    file: BankFile
    kept: list[Fact]
    source: str | None = None


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
        source = f"{BY_HAND}/{run}/{paper.lines_max}/{order.part}"
        if left >= 0:
            yield Made(order, paper.file_of(order, accounts), [], source)
            continue
        _refuse_answered(ledger, [lines[each.reference] for each in order.transfers])
        if any(chunk_in(each.source) is not None for each in files):
            yield Made(order, paper.file_of(order, accounts), [], source)
        else:
            yield made(order, paper, accounts, payer, lines)._replace(source=source)


def _refuse_answered(ledger: Ledger, lines: Sequence[Line]) -> None:
    """What the bank is told of for the first time is neither paid nor returned."""
    streams = [f"entitlement/{each.worker}/{each.scheme}/{each.month}" for each in lines if each.status in ANSWERED]
    if streams:
        refuse_answered(ledger.events_of(streams), lines[0].run)


def refuse_answered(events: Collection[Event], run: str) -> None:
    """The same of the facts of their streams: such a line would be paid by this file and by another one."""
    for event in events:
        fact = event.fact
        if isinstance(fact, PaymentReturned | SubsidyPaid) and fact.run == run:
            named = {"run": run, "worker": fact.worker, "month": fact.month}
            raise RuleBroken("line-answered-before", field="run", events=(event.event_id,), **named)


def kept_in(events: Collection[Event], run: str) -> set[tuple[str, str]]:
    """Worker and month of the lines of a run that were kept back, as the facts of their streams say."""
    told = (event.fact for event in events)
    return {
        (fact.worker, fact.month)
        for fact in told
        if isinstance(fact, PaymentReturned) and fact.run == run and fact.bank_ref == KEPT_BACK
    }
