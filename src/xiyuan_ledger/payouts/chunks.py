"""分块: a part of a run that workers bring to the bank as one file, as the source of its facts names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Order, Outcome
from xiyuan_ledger.payouts.run import Line, RunCommitted, lines_in, of_run

PART = "payout"


@dataclass
class Chunk:
    """A chunk that is worked at: its file, and its lines in columns, or by their ids at the bank."""

    order: Order
    known: RunCommitted
    table: pa.Table

    @cached_property
    def lines(self) -> Mapping[str, Line]:
        """What a line's id at the bank stands for."""
        lines = lines_in(of_run(self.table, self.known))
        return {each.reference: line for each, line in zip(self.order.transfers, lines, strict=True)}

    def named(self) -> dict[str, tuple[str, str]]:
        """The worker and month of each line, by its id at the bank."""
        named = zip(self.table["worker"].to_pylist(), self.table["month"].to_pylist(), strict=True)
        return {each.reference: which for each, which in zip(self.order.transfers, named, strict=True)}

    def streams(self) -> set[str]:
        """The entitlements that the lines are of."""
        columns = (self.table[name].to_pylist() for name in ("worker", "scheme", "month"))
        return {f"entitlement/{worker}/{scheme}/{month}" for worker, scheme, month in zip(*columns, strict=True)}

    def leave_out(self, order: Order) -> None:
        """Have the lines of this order only."""
        left = {each.reference for each in order.transfers}
        self.table = self.table.filter(pa.array([each.reference in left for each in self.order.transfers]))
        self.order = order

    def is_paid_by(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether every line was paid, and is named in its place."""
        if any(each.state != "paid" for each in outcomes):
            return False
        return [each.reference for each in outcomes] == [each.reference for each in self.order.transfers]


def chunk_source(run: str, size: int, chunk: int) -> str:
    """What the facts of a chunk name as their source: the ledger itself then says which chunks are left."""
    return f"{PART}/{run}/{size}/{chunk}"


def lines_begun(ledger: Ledger, run: str) -> int | None:
    """How many lines the files have that workers made of a run; None where they made none."""
    return size_of(ledger.view("payout_files", where={"run": run}).rows)


def chunk_of(row: Mapping[str, Any]) -> int | None:
    """The chunk that a file is; None where it is none of ours."""
    return chunk_in(row["file"])


def chunk_in(source: str | None) -> int | None:
    """The chunk that a source names."""
    first, _, rest = (source or "").partition("/")
    return int(rest.rpartition("/")[2]) if first == PART else None


def size_of(rows: Sequence[Mapping[str, Any]]) -> int | None:
    """The same as `size_in`, of rows of `payout_files`."""
    return size_in(row["file"] for row in rows)


def size_in(sources: Iterable[str | None]) -> int | None:
    """How many lines a chunk of a run has, if one was begun: it must not change under way."""
    return next((int(each.split("/")[-2]) for each in sources if each and each.startswith(f"{PART}/")), None)
