"""批次行: the lines of a payout run, computed again at its pin, and the digest that commits to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.aggregates.run import PayoutRunOpened
from xiyuan_ledger.aggregates.world import ApprovedLine
from xiyuan_ledger.errors import RuleBroken, ViewError
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.view import View

RUNS_HELD = 2
DIGESTED = (
    *("worker", "scheme", "month", "payee", "kind"),
    *("due_fen", "amount_fen", "offset_fen", "overpaid_fen", "recovered_fen"),
)
"""What a run commits to of each line; what follows from these is left out."""
IN_TRANSIT = ("open", "approved", "instructed")


def lines_digest(lines: pa.Table) -> str:
    """The SHA-256 of the lines of a settlement in their order, a line each, `|` between the values."""
    columns = [lines.column(name).cast(pa.string()) for name in DIGESTED]
    written = pc.binary_join_element_wise(*columns, "|").to_pylist()
    return sha256("".join(f"{line}\n" for line in written).encode()).hexdigest()


def lines_at_pin(
    ask: Callable[..., View], run: str, scheme: str, month: str, position: int, valid_on: date
) -> pa.Table:
    """The lines of a run, without evidence; RuleBroken where its pin lies ahead of what was recorded."""
    pin = Pin(known_at=position, valid_on=valid_on)
    try:
        return ask("settlement", pin=pin, scheme=scheme, run_month=month).without_evidence()
    except ViewError:
        raise RuleBroken("run-pin-ahead", field="pin", run=run, position=position) from None


def check_digest(lines: pa.Table, run: str, opened: str) -> None:
    """RuleBroken unless these lines are those that a run was opened with."""
    found = lines_digest(lines)
    if found != opened:
        raise RuleBroken("lines-differ", field="run", run=run, found=found, opened=opened)


class LinesAtPin:
    """Answers what a run pays to whom, for whoever records: computed once per run, and checked against its digest."""

    def __init__(self, ask: Callable[..., View]):
        self._ask = ask
        self._held: dict[str, tuple[PayoutRunOpened, dict[tuple[str, str], ApprovedLine]]] = {}

    def line(self, opened: PayoutRunOpened, worker: str, month: str) -> ApprovedLine:
        """The line of a worker and month; RuleBroken where the run has none, or other lines than it opened with."""
        held = self._held.get(opened.run)
        lines = held[1] if held is not None and held[0] == opened else self._lines_of(opened)
        found = lines.get((worker, month))
        if found is None:
            raise RuleBroken("line-unknown", field="run", run=opened.run, worker=worker, month=month)
        return found

    def _lines_of(self, opened: PayoutRunOpened) -> dict[tuple[str, str], ApprovedLine]:
        table = lines_at_pin(
            self._ask, opened.run, opened.scheme, opened.month, opened.pin.position, opened.pin.valid_on
        )
        check_digest(table, opened.run, opened.lines_digest)
        values = (table.column(name).to_pylist() for name in ("worker", "month", "amount_fen", "offset_fen", "due_fen"))
        lines = {(each[0], each[1]): ApprovedLine(*each[2:]) for each in zip(*values, strict=True) if each[2] > 0}
        self._held.pop(opened.run, None)
        while len(self._held) >= RUNS_HELD:
            del self._held[next(iter(self._held))]
        self._held[opened.run] = (opened, lines)
        return lines

    def in_transit(self, opened: PayoutRunOpened) -> int:
        """How many lines are neither paid nor returned, as far as is committed.

        RuleBroken `run-closed-at-once` where the run itself is not: nobody could say what became of its lines.
        """
        table = self._ask("payroll", run=opened.run).without_evidence()
        if not len(table) and not self._ask("payout_runs", where={"run": opened.run}).rows:
            raise RuleBroken("run-closed-at-once", field="run", run=opened.run)
        waiting = pc.is_in(table.column("status"), pa.array(IN_TRANSIT))
        return int(pc.sum(pc.and_(waiting, pc.greater(table.column("amount_fen"), 0))).as_py() or 0)
