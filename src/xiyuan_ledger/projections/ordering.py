"""The order of a view's rows: by its sort columns, and where they leave rows alike, by all the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.projections.catalogue import Definition


def order_by(names: Iterable[str]) -> str:
    """Columns as an order, what is empty last."""
    return ", ".join(f'"{name}" NULLS LAST' for name in names)


def whole_order(view: Definition) -> str:
    """The order in which no two rows that differ anywhere stand as chance has it."""
    return order_by([*view.sort, *(column.name for column in view.columns if column.name not in view.sort)])


def told_apart(rows: pa.Table, names: Sequence[str]) -> bool:
    """Whether rows in the order of these columns differ in one of them, each from the next: they have no other order.

    Texts and lists that need not be compared need not be held by the sort either.
    """
    alike = pa.chunked_array([pa.repeat(True, max(len(rows) - 1, 0))])
    for name in names:
        column = rows.column(name)
        if not pa.types.is_nested(column.type):
            alike = pc.and_(alike, _same(column.slice(0, len(alike)), column.slice(1)))
    return not pc.any(alike).as_py()


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Value by value, whether both are equal, or both empty."""
    return pc.or_(pc.fill_null(pc.equal(one, other), False), pc.and_(pc.is_null(one), pc.is_null(other)))
