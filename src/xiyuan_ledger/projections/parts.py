"""A view's rows taken up a part at a time, so that memory grows neither with their number nor with what proves them.

They are put aside where DuckDB keeps what does not fit into its limit, in their order, and read from there. Where a
view says by which of its columns the relation `proof` of its SQL knows its rows, what proves them is put aside as rows
too: a list that is aggregated, joined and sorted stands in memory several times, and whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pyarrow as pa

from xiyuan_ledger.projections.catalogue import Definition
from xiyuan_ledger.projections.engine import Question, bare, columns_of
from xiyuan_ledger.projections.event_ids import NamesEvents, holds_positions, with_ids
from xiyuan_ledger.projections.ordering import whole_order
from xiyuan_ledger.projections.steps import in_steps

PUT_ASIDE = "put_aside"
PROOF_ASIDE = "proof_aside"
PART_VALUES = 20_000
"""Rows, and what their lists hold, that are taken up again at once; a row alone may hold more."""


def in_parts(question: Question, view: Definition, ids: NamesEvents) -> Iterator[pa.Table]:
    """The rows of a view with its columns, in its order: a table at a time."""
    before, steps = question.prepare(view), in_steps(bare(view.sql))
    rows = view.without_evidence() if view.proof else view
    found = f"SELECT {columns_of(rows)} FROM ({steps.defined} {steps.rest}) AS asked ORDER BY {whole_order(rows)}"
    with ExitStack() as aside:
        for name, body in steps.first:
            question.put_aside(aside, name, f"{before}SELECT * FROM ({body}) AS step")
        question.put_aside(aside, PUT_ASIDE, before + found)
        if view.proof:
            question.put_aside(aside, PROOF_ASIDE, f"{steps.defined} {_proof(view)}")
        bounds = question.within_memory(lambda: question.con.execute(_bounds(view)).fetchall())
        for first, last in bounds:
            table = _taken_up(question, _part(view, first, last))
            yield with_ids(view, table, ids) if holds_positions(view, table) else table


def _taken_up(question: Question, part: str) -> pa.Table:
    return question.in_order(lambda: question.con.execute(part).to_arrow_table())


def _proof(view: Definition) -> str:
    """What proves the rows that were put aside: a row for each, in their order."""
    same = " AND ".join(f'proof."{name}" IS NOT DISTINCT FROM shown."{name}"' for name in view.proof)
    return (
        f'SELECT shown.rowid AS "row", proof.event_id AS event_id FROM proof JOIN {PUT_ASIDE} AS shown ON {same} '
        'WHERE proof.event_id IS NOT NULL ORDER BY "row", event_id'  # A policy that is only supposed has no id.
    )


def _bounds(view: Definition) -> str:
    """The first and last row of each part of the rows that were put aside."""
    if view.proof:
        counted = f'SELECT "row", COUNT(*) AS facts FROM {PROOF_ASIDE} GROUP BY "row"'
        weighed = (
            f'SELECT shown.rowid AS "row", 1 + COALESCE(counted.facts, 0) AS weight FROM {PUT_ASIDE} AS shown '
            f'LEFT JOIN ({counted}) AS counted ON counted."row" = shown.rowid'
        )
    else:
        lists = [column.name for column in view.columns if column.type in ("ids", "list")]
        weight = " + ".join(["1", *(f'COALESCE(len("{name}"), 0)' for name in lists)])
        weighed = f'SELECT rowid AS "row", {weight} AS weight FROM {PUT_ASIDE}'
    before = 'SUM(weight) OVER (ORDER BY "row" ROWS UNBOUNDED PRECEDING) - weight'
    parts = f'SELECT "row", ({before}) // {PART_VALUES} AS part FROM ({weighed})'
    return f'SELECT MIN("row"), MAX("row") FROM ({parts}) GROUP BY part ORDER BY part'


def _part(view: Definition, first: int, last: int) -> str:
    """Some of the rows that were put aside, with positions that stand for ids."""
    between = f"BETWEEN {first} AND {last}"
    if not view.proof:
        return f"SELECT * FROM {PUT_ASIDE} WHERE rowid {between} ORDER BY rowid"
    proven = f'SELECT "row", array_agg(event_id) AS evidence FROM {PROOF_ASIDE} WHERE "row" {between} GROUP BY "row"'
    return (
        f"SELECT {columns_of(view)} FROM {PUT_ASIDE} AS shown LEFT JOIN ({proven}) AS proven "
        f'ON proven."row" = shown.rowid WHERE shown.rowid {between} ORDER BY shown.rowid'
    )
