"""批次: a payout run as its steps see it, and its lines, computed again at its pin and checked against its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

import pyarrow as pa

from xiyuan_ledger.aggregates.aggregate import fold
from xiyuan_ledger.aggregates.run import AGGREGATE as RUNS
from xiyuan_ledger.aggregates.run import RunState
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import reference_of
from xiyuan_ledger.projections import run_lines
from xiyuan_ledger.projections.pin import Pin

LineKind = Literal["regular", "arrears", "overpayment"]
RunStatus = Literal["open", "approved", "instructed", "closed", "rejected"]
LineStatus = Literal["open", "approved", "instructed", "paid", "returned", "closed", "rejected"]


class Line(NamedTuple):
    """批次行: what a run pays for a (worker, scheme, month), in fen; or what was paid too much for it.

    `net_fen` = `amount_fen` - `offset_fen` leaves the account. For project instalments `worker` is the project's code
    and `payee` the organisation that carries it out; else they are the same.
    """

    run: str
    worker: str
    scheme: str
    month: str
    payee: str
    kind: LineKind
    due_fen: int
    amount_fen: int
    offset_fen: int
    net_fen: int
    overpaid_fen: int
    recovered_fen: int
    status: LineStatus
    bank_ref: str | None
    was_paid: bool

    @property
    def end_to_end(self) -> str:
        """The line's id at the bank: 32 characters, the same whenever it is made; a line issued anew has another."""
        return reference_of(self.run, self.worker, self.scheme, self.month, self.kind)


@dataclass(frozen=True, kw_only=True)
class RunCommitted:
    """批次的承诺: what a run commits to, and which step it has reached. `total_fen` is to leave, after offsets."""

    run: str
    scheme: str
    month: str
    status: RunStatus
    lines: int
    total_fen: int
    approved_on: date | None
    pin_position: int
    pin_valid_on: date
    lines_digest: str

    @cached_property
    def pin(self) -> Pin:
        """What it was computed from."""
        return Pin(known_at=self.pin_position, valid_on=self.pin_valid_on)


@dataclass(frozen=True, kw_only=True)
class Run(RunCommitted):
    """批次: what a run commits to, who took which step, and how many of its lines are paid or came back."""

    paid_lines: int
    paid_fen: int
    returned_lines: int
    opened_on: date
    opened_by: str
    approved_by: str | None
    instructed_on: date | None


def runs(ledger: Ledger, scheme: str | None = None, month: str | None = None) -> list[Run]:
    """The runs of a ledger, of a scheme, of a month, in the order of their codes."""
    found = [Run(**row) for row in ledger.view("payout_runs", evidence=False).rows]
    kept = [run for run in found if scheme in (None, run.scheme) and month in (None, run.month)]
    return sorted(kept, key=lambda run: (run.scheme, run.month, _number(run.run)))


def _number(run: str) -> tuple[int, str]:
    """By its sequence, so that the tenth stands behind the ninth."""
    last = run.rpartition("-")[2]
    return (int(last) if last.isdecimal() else 0, run)


def run_of(ledger: Ledger, run: str) -> Run:
    """The run of that code; RuleBroken `run-missing` where there is none."""
    found = next((each for each in runs(ledger) if each.run == run), None)
    if found is None:
        raise RuleBroken("run-missing", field="run", run=run)
    return found


def state_of(ledger: Ledger, run: str) -> RunState:
    """The steps of a run as its stream tells them, whose lines nobody counts; RuleBroken `run-missing`."""
    found: RunState = fold(RUNS, ledger.events_of([f"run/{run}"]))
    if found.opened is None:
        raise RuleBroken("run-missing", field="run", run=run)
    return found


def committed(state: RunState) -> RunCommitted:
    """What an opened run commits to."""
    opened = state.opened
    assert opened is not None
    return RunCommitted(
        run=opened.run,
        scheme=opened.scheme,
        month=opened.month,
        status=_status(state),
        lines=opened.lines,
        total_fen=opened.total_fen,
        approved_on=state.approved[1] if state.approved else None,
        pin_position=opened.pin.position,
        pin_valid_on=opened.pin.valid_on,
        lines_digest=opened.lines_digest,
    )


def _status(state: RunState) -> RunStatus:
    """The same as the view `payout_runs` says."""
    if state.closed:
        return "closed"
    if state.rejected:
        return "rejected"
    if state.files:
        return "instructed"
    return "approved" if state.approved else "open"


def lines_at_pin(ledger: Ledger, scheme: str, month: str, pin: Pin) -> pa.Table:
    """What a run of a scheme for a month pays as known at a pin, without evidence."""
    return ledger.view("settlement", pin=pin, scheme=scheme, run_month=month, evidence=False).to_arrow()


def check_lines(ledger: Ledger, run: Run) -> pa.Table:
    """The lines computed again at the run's pin; RuleBroken `lines-differ` unless they are those it opened with."""
    lines = run_lines.lines_at_pin(ledger.view, run.run, run.scheme, run.month, run.pin_position, run.pin_valid_on)
    run_lines.check_digest(lines, run.run, run.lines_digest)
    ledger.run_lines.put_aside(lines, run.lines_digest)
    return lines


def lines_of(ledger: Ledger, run: str) -> list[Line]:
    """The lines of a run with what became of each, by worker and month; RuleBroken where they are not those opened.

    Overpayments that the run found are among them: they are not paid, but determined when it is approved.
    """
    check_lines(ledger, run_of(ledger, run))
    return lines_in(ledger.view("payroll", run=run, evidence=False).to_arrow())


def lines_in(table: pa.Table) -> list[Line]:
    """The rows of a payroll as lines; those of a settlement, once `of_run` told them their run."""
    return list(map(Line._make, zip(*(table.column(name).to_pylist() for name in Line._fields), strict=True)))


def of_run(table: pa.Table, run: RunCommitted) -> pa.Table:
    """Lines as computed at a run's pin, as lines of the run that nobody has answered yet."""
    same = {"run": run.run, "status": run.status, "bank_ref": None}
    for name, value in same.items():
        table = table.append_column(name, pa.repeat(pa.scalar(value, pa.string()), len(table)))
    return table.append_column("was_paid", pa.repeat(pa.scalar(value=False), len(table)))
