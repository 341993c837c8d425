"""Paying: a run taken step by step - opened, shown, approved, sent, settled, closed - and claims decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.files import read_whole
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.paying_workers import release, stuck, wait
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.cli.sheet import Sheet, put
from xiyuan_ledger.errors import FileError, VaultError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.money import yuan
from xiyuan_ledger.payouts.bank.accounts import Accounts, VaultAccounts, read_accounts
from xiyuan_ledger.payouts.bank.folder import BankFolder
from xiyuan_ledger.payouts.bank.order import Order, Outcome
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.chunks import chunk_source, lines_begun
from xiyuan_ledger.payouts.claims import decide_claim
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.keeping_back import files_by_hand
from xiyuan_ledger.payouts.opening import approve, open_run, reject
from xiyuan_ledger.payouts.run import Run, check_lines, run_of
from xiyuan_ledger.payouts.settling import close, instruct, orders_of, settle

TAKES: Mapping[str, tuple[str, ...]] = {
    "open": ("SCHEME", "MONTH"),
    "show": ("RUN",),
    "approve": ("RUN",),
    "reject": ("RUN",),
    "instruct": ("RUN",),
    "settle": ("RUN", "FILE"),
    "close": ("RUN",),
    "reimburse": ("CLAIM",),
    "stuck": (),
    "release": ("RUN",),
}
READING = frozenset({"show", "stuck", "release"})
"""Actions that record nothing."""
WAITING = frozenset({"instruct", "settle", "close"})
"""Actions that workers do as well."""


@click.pass_obj
def _payout(call: Call, /, action: str, named: tuple[str, ...], **given: Any) -> None:
    waits = given["wait"]
    if waits and action not in WAITING:
        raise CommandError("payout-no-wait", field="wait", action=action)
    wanted = ("RUN",) if waits else TAKES[action]
    if len(named) != len(wanted):
        raise CommandError("payout-takes", field="named", action=action, takes=" ".join(wanted) or "-")
    with call.open(to_record=action not in READING) as ledger:
        (_wait if waits else STEPS[action])(call, ledger, named, given)


def _wait(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    """The run as far as workers bring it."""
    run_of(ledger, named[0])
    wait(call, named[0], given)
    _say_run(call, ledger, run_of(ledger, named[0]), given)


def _open(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    _say_run(call, ledger, open_run(ledger, named[0], named[1]), given)


def _show(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    run = run_of(ledger, named[0])
    check_lines(ledger, run)
    form, out = given["form"], given["out"]
    if given["xlsx"]:
        form, out = "xlsx", out or Path(f"{run.run}.xlsx")
    put(Sheet.of_view(ledger.view("payroll", run=run.run), call.lang), call, form, out, evidence=given["evidence"])


def _approve(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    _say_run(call, ledger, approve(ledger, named[0]), given)


def _reject(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    if not given["reason"]:
        raise CommandError("payout-reason", field="reason")
    _say_run(call, ledger, reject(ledger, named[0], given["reason"]), given)


def _instruct(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    """Each file is written down before it leaves; what left already is only put there again."""
    accounts = _accounts(ledger, given["accounts"])
    paper, folder = BankPaper(given["paper"]), BankFolder(given["bank"])
    with folder.alone():
        for order, file, kept in files_by_hand(ledger, named[0], paper, accounts):
            instruct(ledger, named[0], file.digest, len(order.transfers), order.total_fen, kept_back=kept)
            name = folder.submit(file)
            call.tell("payout-sent", path=name, count=len(order.transfers), yuan=yuan(order.total_fen))
            if kept:
                payees = ", ".join(sorted({each.stream().split("/")[1] for each in kept}))
                call.tell("payout-kept-back", count=len(kept), payees=payees)
    _say_run(call, ledger, run_of(ledger, named[0]), given)


def _accounts(ledger: Ledger, named: Path | None) -> Accounts:
    """A file of the office's own; where none is named the vault."""
    if named is not None:
        return read_accounts(named)
    try:
        _ = ledger.vault
    except VaultError as error:
        if error.code != "vault-none":
            raise
        raise CommandError("payout-accounts", field="accounts") from None
    return VaultAccounts(ledger)


def _settle(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    content, paper, by_workers = read_whole(named[1]), BankPaper(given["paper"]), lines_begun(ledger, named[0])
    size = by_workers or paper.lines_max
    order, outcomes = _answered(orders_of(ledger, named[0], size), named[0], named[1], content, paper)
    # What settles a file of the workers has their source, so that they see that it is done.
    hand = Hand(source=chunk_source(named[0], size, order.part) if by_workers else None)
    found = settle(ledger, named[0], outcomes, sha256(content).hexdigest(), hand)
    call.tell("payout-settled", paid=found.paid, returned=found.returned, again=found.again, left=found.in_transit)
    _say_run(call, ledger, run_of(ledger, named[0]), given)


def _answered(
    orders: Sequence[Order], run: str, path: str, content: bytes, paper: BankPaper
) -> tuple[Order, list[Outcome]]:
    """The file of the run that an answer answers, and what it says."""
    refused: FileError | None = None
    for order in orders:
        try:
            return order, paper.read(content, Path(path).name, order)
        except FileError as error:
            refused = refused or error
    raise refused or CommandError("payout-nothing-sent", field="run", run=run)


def _close(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    _say_run(call, ledger, close(ledger, named[0]), given)


def _reimburse(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    decide_claim(
        ledger, named[0], amount_fen=given["amount_fen"], declined_for=given["reason"] if given["decline"] else None
    )
    found = ledger.view("reimbursement_register", where={"claim": named[0]})
    put(Sheet.of_view(found, call.lang), call, given["form"], given["out"], evidence=given["evidence"])


def _say_run(call: Call, ledger: Ledger, run: Run, given: Mapping[str, Any]) -> None:
    found = ledger.view("payout_runs", where={"run": run.run})
    put(Sheet.of_view(found, call.lang), call, given["form"], given["out"], evidence=given["evidence"])
    following = {"open": "approve", "approved": "instruct", "instructed": "settle"}.get(run.status)
    if following == "instruct" and run.total_fen == 0:
        following = "close"  # Offsets take it up whole: nothing leaves.
    if following == "settle" and run.paid_lines + run.returned_lines == run.lines:
        following = "close"
    if following is not None:
        call.tell(f"payout-next-{following}", run=run.run)
    if run.status == "closed" and run.returned_lines:
        call.tell("payout-next-again", count=run.returned_lines, scheme=run.scheme, month=run.month)


STEPS: Mapping[str, Callable[[Call, Ledger, Sequence[str], Mapping[str, Any]], None]] = {
    "open": _open,
    "show": _show,
    "approve": _approve,
    "reject": _reject,
    "instruct": _instruct,
    "settle": _settle,
    "close": _close,
    "reimburse": _reimburse,
    "stuck": stuck,
    "release": release,
}
payout = Command(
    "payout",
    callback=_payout,
    params=[
        click.Argument(["action"], metavar="|".join(TAKES), type=click.Choice(list(TAKES))),
        click.Argument(["named"], metavar="[RUN|SCHEME MONTH|CLAIM] [FILE]", nargs=-1),
        Option(["--accounts"], metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)),
        Option(["--paper"], metavar="NAME|FILE", default="pain", show_default=True),
        Option(["--bank"], metavar="DIR", default=Path("bank"), show_default=True, type=click.Path(path_type=Path)),
        Option(["--reason"], metavar="TEXT"),
        Option(["--amount-fen"], metavar="FEN", type=click.IntRange(min=1)),
        Option(["--decline"], is_flag=True),
        Option(["--wait"], is_flag=True),
        Option(["--xlsx"], is_flag=True),
        Option(["--evidence"], is_flag=True),
        *format_options(),
        *shared_options(),
    ],
)
