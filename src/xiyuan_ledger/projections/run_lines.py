"""批次行: the lines of a payout run, computed again at its pin, and the digest that commits to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Literal

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
DIGESTED_ROWS = 50_000
IN_TRANSIT = ("open", "approved", "instructed")


def lines_digest(lines: pa.Table) -> str:
    """The SHA-256 of the lines of a settlement in their order, a line each, `|` between the values."""
    found = sha256()
    for part in lines.select(DIGESTED).to_batches(DIGESTED_ROWS):
        columns = [column.cast(pa.string()) for column in part.columns]
        written = pc.fill_null(pc.binary_join_element_wise(*columns, "|"), "None")
        found.update("".join(f"{line}\n" for line in written.to_pylist()).encode())
    return found.hexdigest()


def lines_at_pin(
    ask: Callable[..., View], run: str, scheme: str, month: str, position: int, valid_on: date
) -> pa.Table:
    """The lines of a run, without evidence; RuleBroken where its pin lies ahead of what was recorded."""
    pin = Pin(known_at=position, valid_on=valid_on)
    try:
        return ask("settlement", pin=pin, scheme=scheme, run_month=month, evidence=False).to_arrow()
    except ViewError:
        raise RuleBroken("run-pin-ahead", field="pin", run=run, position=position) from None


def check_digest(lines: pa.Table, run: str, opened: str) -> None:
    """RuleBroken unless these lines are those that a run was opened with."""
    found = lines_digest(lines)
    if found != opened:
        raise RuleBroken("lines-differ", field="run", run=run, found=found, opened=opened)


def paid_of(lines: pa.Table, fen: str) -> pa.Table:
    """The lines of which an amount is paid; the same table where that is all of them: a million are not held twice."""
    paid = pc.greater(lines.column(fen), 0)
    return lines if pc.all(paid).as_py() else lines.filter(paid)


class _Lines:
    """The lines of one run that are to be paid, found by worker and month; they take few bytes each, and are many."""

    def __init__(self, table: pa.Table):
        overpaid = table.filter(pc.greater(table.column("recovered_fen"), 0))
        keys = zip(overpaid["worker"].to_pylist(), overpaid["month"].to_pylist(), strict=True)
        self.recovered = dict(zip(keys, overpaid["recovered_fen"].to_pylist(), strict=True))
        table = paid_of(table.select(("worker", "month", *ApprovedLine._fields)), "amount_fen").combine_chunks()
        workers = pc.run_end_encode(_one(table, "worker"))
        months = pc.dictionary_encode(_one(table, "month"))
        ends = workers.run_ends.to_pylist()
        self._rows = dict(zip(workers.values.to_pylist(), zip([0, *ends], ends, strict=False), strict=True))
        self._months = {month: code for code, month in enumerate(months.dictionary.to_pylist())}
        self._month_of = _numbers(months.indices, "i")
        self._fen = [_numbers(_one(table, name), "q") for name in ApprovedLine._fields]

    def find(self, worker: str, month: str) -> ApprovedLine | None:
        """What the run pays to a worker for a month."""
        first, end = self._rows.get(worker, (0, 0))
        wanted = self._months.get(month)
        for row in range(first, end):
            if self._month_of[row] == wanted:
                amount, offset, due = self._fen
                return ApprovedLine(amount[row], offset[row], due[row])
        return None


def _one(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _numbers(column: pa.Array, form: Literal["i", "q"]) -> memoryview[int]:
    """The numbers of a column where they lie."""
    assert column.null_count == 0
    assert column.offset == 0
    return memoryview(column.buffers()[1] or b"").cast("B").cast(form)


class LinesAtPin:
    """Answers what a run pays to whom, for whoever records: computed once per run, and checked against its digest."""

    def __init__(self, ask: Callable[..., View]):
        self._ask = ask
        self._held: dict[str, tuple[PayoutRunOpened, _Lines]] = {}

    def line(self, opened: PayoutRunOpened, worker: str, month: str) -> ApprovedLine:
        """The line of a worker and month; RuleBroken where the run has none, or other lines than it opened with."""
        found = self._known(opened).find(worker, month)
        if found is None:
            raise RuleBroken("line-unknown", field="run", run=opened.run, worker=worker, month=month)
        return found

    def recovering(self, opened: PayoutRunOpened, worker: str, month: str) -> int:
        """What the run keeps back for a month that was overpaid; RuleBroken as above."""
        return int(self._known(opened).recovered.get((worker, month), 0))

    def _known(self, opened: PayoutRunOpened) -> _Lines:
        held = self._held.get(opened.run)
        return held[1] if held is not None and (held[0] is opened or held[0] == opened) else self._lines_of(opened)

    def _lines_of(self, opened: PayoutRunOpened) -> _Lines:
        table = lines_at_pin(
            self._ask, opened.run, opened.scheme, opened.month, opened.pin.position, opened.pin.valid_on
        )
        check_digest(table, opened.run, opened.lines_digest)
        lines = _Lines(table)
        self._held.pop(opened.run, None)
        while len(self._held) >= RUNS_HELD:
            del self._held[next(iter(self._held))]
        self._held[opened.run] = (opened, lines)
        return lines

    def in_transit(self, opened: PayoutRunOpened) -> int:
        """How many lines are neither paid nor returned, as far as is committed.

        RuleBroken `run-closed-at-once` where the run itself is not: nobody could say what became of its lines.
        """
        table = self._ask("payroll", run=opened.run, evidence=False).to_arrow()
        if not len(table) and not self._ask("payout_runs", where={"run": opened.run}, evidence=False).rows:
            raise RuleBroken("run-closed-at-once", field="run", run=opened.run)
        waiting = pc.is_in(table.column("status"), pa.array(IN_TRANSIT))
        return int(pc.sum(pc.and_(waiting, pc.greater(table.column("amount_fen"), 0))).as_py() or 0)
