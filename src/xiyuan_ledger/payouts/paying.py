"""付款: the facts that make a line of a run paid, by its scheme; and the account from which a scheme pays."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.aggregates.account import FundsTransferred
from xiyuan_ledger.aggregates.aggregate import fold
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.aggregates.claim import REIMBURSEMENT, ReimbursementPaid
from xiyuan_ledger.aggregates.entitlement import ClawbackRecovered, PaymentReturned, SubsidyPaid
from xiyuan_ledger.aggregates.fact import Fact, Paper
from xiyuan_ledger.aggregates.policy import AGGREGATE as POLICIES
from xiyuan_ledger.aggregates.policy import PolicyState
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Outcome
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.run import Line, RunCommitted, lines_at_pin
from xiyuan_ledger.policies import SCHEMAS

INSTALMENT = "project-instalment"
RETURNED = "returned"
"""With it begins the voucher of an instalment's transfer back."""
PLAIN_REFERENCES = re.compile(r"[A-Za-z0-9_.\-]{1,64}(\n[A-Za-z0-9_.\-]{1,64})*")
"""A bank's references, a line each, that are codes without being looked into."""


class PayingAccount(NamedTuple):
    """付款账户: the account of an organisation that pays."""

    org: str
    channel: str


def payer_of(ledger: Ledger, run: RunCommitted) -> PayingAccount:
    """The account that a run's files debit: what its scheme's policy named on the pin's day, as known at the pin.

    So it is a function of the run, whatever is adopted, corrected or voided later. The account of subsidies pays the
    bank files of project instalments too.
    """
    policy = "post-subsidy" if run.scheme == INSTALMENT else run.scheme
    state: PolicyState = fold(POLICIES, ledger.events_of([f"policy/{policy}"], run.pin_position))
    version = state.in_force(run.pin_valid_on)
    if version is None:
        raise RuleBroken("scheme-without-account", field="scheme", scheme=run.scheme, on=run.pin_valid_on)
    account = version.parameters_as(SCHEMAS[policy]).account
    return PayingAccount(account.org, account.channel)


def debited(ledger: Ledger, run: RunCommitted) -> dict[str, str]:
    """The fields of `PaymentInstructed` that name that account; of instalments each contract names its own."""
    return {} if run.scheme == INSTALMENT else payer_of(ledger, run)._asdict()


class Payer:
    """Makes the facts for lines that the bank paid. In chunks; offsets are told as they are kept back."""

    def __init__(self, ledger: Ledger, run: RunCommitted, lines: Sequence[Line], hand: Hand, answer: Paper | None):
        self._ledger = ledger
        self._run = run
        self._answer: dict[str, Any] = {} if answer is None else {"evidence": (answer,)}
        self._entry = hand.entry()
        self._kept: dict[str, int] = defaultdict(int)
        for line in lines:
            if line.was_paid:
                self._kept[line.worker] += line.offset_fen
        self._overpaid = _overpaid(ledger, run) if any(line.offset_fen for line in lines) else {}
        self._claims = _claims(ledger, run) if run.scheme == REIMBURSEMENT else {}
        self._senders = _senders(ledger) if run.scheme == INSTALMENT else {}

    def paid(self, lines: Sequence[tuple[Line, str]]) -> list[Fact]:
        """The facts that these lines are paid, each with the bank's reference."""
        return [fact for line, bank_ref in lines for fact in self._facts(line, bank_ref)]

    def back(self, lines: Sequence[tuple[Line, Outcome]]) -> list[Fact]:
        """The facts that these lines came back: of an instalment that was paid, its money is the purchaser's again."""
        return [fact for line, outcome in lines for fact in self._back(line, outcome)]

    def _back(self, line: Line, outcome: Outcome) -> list[Fact]:
        returned = PaymentReturned(
            worker=line.worker,
            scheme=line.scheme,
            month=line.month,
            run=line.run,
            amount_fen=line.net_fen,
            bank_ref=outcome.bank_ref,
            **self._answer,
            **self._entry | {"reason": outcome.reason or outcome.state},
        )
        if self._run.scheme != INSTALMENT or not line.was_paid:
            return [returned]
        sent = self._transfer(line)
        undone = {"org": sent.to_org, "to_org": sent.org, "voucher": f"{RETURNED}-{sent.voucher}"}
        return [returned, sent.model_copy(update=undone)]

    def _facts(self, line: Line, bank_ref: str) -> list[Fact]:
        if self._run.scheme == REIMBURSEMENT:
            return [
                ReimbursementPaid(
                    claim=claim, amount_fen=fen, bank_ref=bank_ref, run=line.run, **self._answer, **self._entry
                )
                for claim, fen in self._claims[line.worker]
            ]
        if self._run.scheme == INSTALMENT:
            return [self._transfer(line)]
        return [self._subsidy(line, bank_ref), *self._recovered(line)]

    def paid_in_columns(self, lines: pa.Table, bank_refs: Sequence[str]) -> AlikeFacts | None:
        """The same as `paid` of subsidies of which nothing is kept back; None where they are to be looked into.

        `lines` are as the run has them. What varies comes from them, and from references that are plainly codes.
        """
        if self._run.scheme in (REIMBURSEMENT, INSTALMENT) or pc.max(lines["offset_fen"]).as_py():
            return None
        if not PLAIN_REFERENCES.fullmatch("\n".join(bank_refs)):
            return None
        columns = {name: lines[name].to_pylist() for name in ("worker", "month", "kind", "amount_fen")}
        like = SubsidyPaid(
            scheme=self._run.scheme,
            run=self._run.run,
            offset_fen=0,
            bank_ref=bank_refs[0],
            **{name: column[0] for name, column in columns.items()},
            **self._answer,
            **self._entry,
        )
        return AlikeFacts(like, columns | {"bank_ref": bank_refs})

    def _subsidy(self, line: Line, bank_ref: str) -> Fact:
        assert line.kind != "overpayment"
        return SubsidyPaid(
            worker=line.worker,
            scheme=line.scheme,
            month=line.month,
            run=line.run,
            kind=line.kind,
            amount_fen=line.amount_fen,
            offset_fen=line.offset_fen,
            bank_ref=bank_ref,
            **self._answer,
            **self._entry,
        )

    def _recovered(self, line: Line) -> list[Fact]:
        """What the line keeps back, in the months that were overpaid: in the order in which the run takes them."""
        if not line.offset_fen:
            return []
        before = self._kept[line.worker]
        after = self._kept[line.worker] = before + line.offset_fen
        found: list[Fact] = []
        ahead = 0
        for month, fen in self._overpaid[line.worker]:
            share = max(0, min(fen, after - ahead)) - max(0, min(fen, before - ahead))
            ahead += fen
            if share:
                found.append(
                    ClawbackRecovered(
                        worker=line.worker,
                        scheme=line.scheme,
                        month=month,
                        amount_fen=share,
                        run=line.run,
                        key=f"recovered/{line.run}/{line.worker}/{month}/{after}",
                        **self._entry,
                    )
                )
        return found

    def _transfer(self, line: Line) -> FundsTransferred:
        org, channel = self._senders[line.worker]
        return FundsTransferred(
            org=org,
            channel=channel,
            to_org=line.payee,
            amount_fen=line.net_fen,
            voucher=f"{line.run}-{line.worker}-{line.month}",
            project=line.worker,
            **self._answer,
            **self._entry,
        )


def _overpaid(ledger: Ledger, run: RunCommitted) -> dict[str, list[tuple[str, int]]]:
    """By worker, the overpaid months that the run recovers, largest first, then the earlier month."""
    table = lines_at_pin(ledger, run.scheme, run.month, run.pin)
    rows = table.filter(pc.greater(table.column("overpaid_fen"), 0)).to_pylist()
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (-row["overpaid_fen"], row["month"])):
        found[row["worker"]].append((row["month"], row["recovered_fen"]))
    return found


def _claims(ledger: Ledger, run: RunCommitted) -> dict[str, list[tuple[str, int]]]:
    """By worker, the claims that the run pays: what was approved and not paid at its pin."""
    rows = ledger.view("reimbursement_register", pin=run.pin, evidence=False).rows
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        if row["payable"]:
            found[row["worker"]].append((row["claim"], row["approved_fen"]))
    return found


def _senders(ledger: Ledger) -> dict[str, tuple[str, str]]:
    """By project, the purchaser's account that pays its contract."""
    rows = ledger.view("contract_execution", evidence=False).rows
    return {row["project"]: (row["purchaser"], row["channel"]) for row in rows}
