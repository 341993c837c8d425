"""批次行: the lines of a payout run, computed again at its pin, and the digest that commits to them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.aggregates.entitlement import PaymentReturned, SubsidyPaid
from xiyuan_ledger.aggregates.run import PayoutRunOpened
from xiyuan_ledger.aggregates.world import ApprovedLine
from xiyuan_ledger.errors import RuleBroken, ViewError
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.run_lines_kept import keep_lines, read_lines
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.store.rows import Begun

RUNS_HELD = 2
SUBSIDIES = ("post-subsidy",)
"""Schemes whose lines are paid by facts of streams of their own."""
ANSWERS = (SubsidyPaid.TOPIC, PaymentReturned.TOPIC)
Count = Callable[[int, str, Sequence[str], bytes], Begun]
"""Counts what began streams: `Store.begun`."""
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
        found.update(_written_out(pc.binary_join_element_wise(written, "", "\n")))
    return found.hexdigest()


def _written_out(lines: pa.StringArray) -> memoryview:
    """The bytes of all lines, where they lie one after the other."""
    assert lines.offset == 0
    if not len(lines):
        return memoryview(b"")
    _, ends, text = lines.buffers()
    return memoryview(text or b"")[: memoryview(ends).cast("i")[len(lines)]]


def lines_at_pin(
    ask: Callable[..., View], run: str, scheme: str, month: str, position: int, valid_on: date
) -> pa.Table:
    """The lines of a run, without evidence; RuleBroken where its pin lies ahead of what was recorded."""
    pin = Pin(known_at=position, valid_on=valid_on)
    try:
        return ask("settlement", pin=pin, scheme=scheme, run_month=month, evidence=False).to_arrow()
    except ViewError:
        raise RuleBroken("run-pin-ahead", field="pin", run=run, position=position) from None


def lines_kept(folder: Path, digest: str) -> pa.Table | None:
    """The lines of a digest as another process put them aside; None where nobody did, or they are not those."""
    found = read_lines(folder, digest)
    if found is None or found.column_names != list(DIGESTED) or lines_digest(found) != digest:
        return None
    net = pc.subtract(found.column("amount_fen"), found.column("offset_fen"))
    return found.append_column("net_fen", net)


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
        leaves = pc.greater(table["net_fen"], 0)
        places = pc.multiply(pc.cumulative_sum(leaves.cast(pa.int32())), leaves.cast(pa.int32()))
        table = table.append_column("place", places)
        table = paid_of(table.select(("worker", "month", *ApprovedLine._fields)), "amount_fen")
        if not _is_sorted(table.column("worker")):
            table = table.take(pc.sort_indices(table, sort_keys=[("worker", "ascending"), ("month", "ascending")]))
        self._table = table.combine_chunks()
        self._workers, self._months = _one(self._table, "worker"), _one(self._table, "month")

    def find(self, worker: str, month: str) -> ApprovedLine | None:
        """What the run pays to a worker for a month."""
        row = self._row(worker, month)
        return None if row is None else ApprovedLine(*(self._table[name][row].as_py() for name in ApprovedLine._fields))

    def _row(self, worker: str, month: str) -> int | None:
        rows = range(len(self._workers))
        for row in rows[bisect_left(rows, worker, key=lambda row: self._workers[row].as_py()) :]:
            if self._workers[row].as_py() != worker:
                break
            if self._months[row].as_py() == month:
                return row
        return None

    def are(self, workers: Sequence[str], months: Sequence[str], fen: Sequence[int]) -> bool:
        """Whether these stand here one after the other, with these amounts, all due and nothing kept back."""
        first = self._row(workers[0], months[0])
        found = self._table.slice(first or 0, len(workers))
        told = {"worker": workers, "month": months, "amount_fen": fen}
        if first is None or len(found) < len(workers):
            return False
        if any(not _one(found, name).equals(pa.array(given, found[name].type)) for name, given in told.items()):
            return False
        due = pc.less_equal(found["amount_fen"], found["due_fen"])
        return bool(pc.all(pc.and_(due, pc.equal(found["offset_fen"], 0))).as_py())


def _is_sorted(column: pa.ChunkedArray) -> bool:
    return len(column) < 2 or bool(pc.all(pc.less_equal(column[:-1], column[1:])).as_py())


def _one(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _make_room(held: dict[str, Any]) -> None:
    while len(held) >= RUNS_HELD:
        del held[next(iter(held))]


class LinesAtPin:
    """Answers what a run pays to whom: computed once per run, or read where others put it, and held to its digest.

    It is put aside in the folder of the `journal`; `begun` counts what was recorded (`Store.begun`).
    """

    def __init__(self, ask: Callable[..., View], journal: Path | None = None, begun: Count | None = None):
        self._ask = ask
        self._begun = begun
        self._answered: dict[str, Begun] = {}
        self._folder = None if journal is None else journal / "runs"
        self._tables: dict[str, pa.Table] = {}
        self._held: dict[str, _Lines] = {}

    def table(self, opened: PayoutRunOpened) -> pa.Table:
        """The lines that a run was opened with, without evidence; RuleBroken where they cannot be computed again.

        They may be what another process put aside: who approves a run has them computed again (`lines_at_pin`).
        """
        digest = opened.lines_digest
        if digest not in self._tables:
            found = None if self._folder is None else lines_kept(self._folder, digest)
            if found is None:
                position, valid_on = opened.pin.position, opened.pin.valid_on
                found = lines_at_pin(self._ask, opened.run, opened.scheme, opened.month, position, valid_on)
                check_digest(found, opened.run, digest)
                self.put_aside(found, digest)
            _make_room(self._tables)
            self._tables[digest] = found
        return self._tables[digest]

    def put_aside(self, lines: pa.Table, digest: str) -> None:
        """Lines that have this digest, for other processes to read."""
        if self._folder is not None:
            keep_lines(self._folder, lines.select(DIGESTED), digest)

    def _of(self, opened: PayoutRunOpened) -> _Lines:
        if opened.lines_digest not in self._held:
            lines = _Lines(self.table(opened))
            _make_room(self._held)
            self._held[opened.lines_digest] = lines
        return self._held[opened.lines_digest]

    def line(self, opened: PayoutRunOpened, worker: str, month: str) -> ApprovedLine:
        """The line of a worker and month; RuleBroken where the run has none, or other lines than it opened with."""
        found = self._of(opened).find(worker, month)
        if found is None:
            raise RuleBroken("line-unknown", field="run", run=opened.run, worker=worker, month=month)
        return found

    def are(self, opened: PayoutRunOpened, workers: Sequence[str], months: Sequence[str], fen: Sequence[int]) -> bool:
        """Whether the run pays these, one after the other, with these amounts, all due and nothing kept back."""
        return self._of(opened).are(workers, months, fen)

    def recovering(self, opened: PayoutRunOpened, worker: str, month: str) -> int:
        """What the run keeps back for a month that was overpaid; RuleBroken as above."""
        return int(self._of(opened).recovered.get((worker, month), 0))

    def all_answered(self, opened: PayoutRunOpened) -> bool:
        """Whether every line of a run of subsidies is paid or returned, as far as can be counted at once.

        What names the run was held against its lines when it was recorded, and each line is answered once: where no
        stream had anything before or after, their number tells. False does not say that a line is in transit.
        """
        if self._begun is None or not opened.lines or opened.scheme not in SUBSIDIES:
            return False
        name = f"{opened.run}/{opened.pin.position}/{opened.lines_digest}"
        until, answered, further = self._answered.get(name, Begun(opened.pin.position, 0, 0))
        if not further:
            more = self._begun(until, SubsidyPaid.STREAM_KIND, ANSWERS, b'"run":"%b"' % opened.run.encode())
            further = more.further
            answered += more.first
            self._answered[name] = Begun(more.until, answered, further)
        return not further and answered == opened.lines

    def may_be_returned(self, opened: PayoutRunOpened) -> bool:
        """Whether lines of a run may have come back; False where nothing that was recorded since its pin says so."""
        if self._begun is None:
            return True
        name = b'"run":"%b"' % opened.run.encode()
        found = self._begun(opened.pin.position, PaymentReturned.STREAM_KIND, (PaymentReturned.TOPIC,), name)
        return bool(found.first or found.further)

    def in_transit(self, opened: PayoutRunOpened) -> int:
        """How many lines are neither paid nor returned, as far as is committed.

        RuleBroken `run-closed-at-once` where the run itself is not: nobody could say what became of its lines.
        """
        if self.all_answered(opened):
            return 0
        table = self._ask("payroll", run=opened.run, evidence=False).to_arrow()
        if not len(table) and not self._ask("payout_runs", where={"run": opened.run}, evidence=False).rows:
            raise RuleBroken("run-closed-at-once", field="run", run=opened.run)
        waiting = pc.is_in(table.column("status"), pa.array(IN_TRANSIT))
        return int(pc.sum(pc.and_(waiting, pc.greater(table.column("amount_fen"), 0))).as_py() or 0)
