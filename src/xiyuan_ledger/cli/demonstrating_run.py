"""The demonstration's payout: June 2013 taken through all steps by three people, and a bank that pays everything."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from xiyuan_ledger.cli.call import Call
from xiyuan_ledger.cli.sheet import Sheet, say
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.money import yuan
from xiyuan_ledger.payouts.bank.accounts import KnownAccounts
from xiyuan_ledger.payouts.bank.folder import BankFolder
from xiyuan_ledger.payouts.bank.order import Order, Outcome
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import SUBSIDY, approve, open_run
from xiyuan_ledger.payouts.settling import close, instruct, orders_of, settle
from xiyuan_ledger.vault.vault import Account

MONTH = "2013-06"
PAPER = "payroll-csv"
CLERK, CHIEF, CASHIER = "clerk-1", "chief-1", "cashier-1"


def pay(call: Call, ledger: Ledger, folder: Path) -> None:
    """A run of everything due up to June, at the end of the street's story; its lines are shown by who got them."""
    at = next(ledger.events(after=ledger.head - 1)).recorded_at
    clerk, chief, cashier = (Hand(each, at) for each in (CLERK, CHIEF, CASHIER))
    run = approve(ledger, open_run(ledger, SUBSIDY, MONTH, clerk).run, chief)
    paper, bank = BankPaper(PAPER), BankFolder(folder / "bank")
    for order in orders_of(ledger, run.run, paper.lines_max):
        file = paper.file_of(order, _invented(order))
        instruct(ledger, run.run, file.digest, len(order.transfers), order.total_fen, cashier)
        bank.submit(file)
        settle(ledger, run.run, _all_paid(order), file.digest, cashier)
    run = close(ledger, run.run, cashier)
    people = {"clerk": CLERK, "chief": CHIEF, "cashier": CASHIER}
    call.tell("demo-paid", run=run.run, count=run.paid_lines, yuan=yuan(run.paid_fen), folder=folder, **people)
    shown = ledger.view("payslip", where={"run": run.run, "month": MONTH})
    say("\n" + Sheet.of_view(shown, call.lang).to_table(call.lang))


def _invented(order: Order) -> KnownAccounts:
    """Accounts that are nobody's."""
    codes = dict.fromkeys([order.payer, *(each.payee for each in order.transfers)])
    return KnownAccounts({code: Account(f"{number:016d}", "示例户名") for number, code in enumerate(codes)})


def _all_paid(order: Order) -> Iterable[Outcome]:
    return [
        Outcome(each.reference, "paid", each.amount_fen, f"DEMO-{n}", None) for n, each in enumerate(order.transfers)
    ]
