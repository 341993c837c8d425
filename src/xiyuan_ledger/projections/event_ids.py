"""Event ids: while a view is computed, and in what is kept of it, positions stand for them.

A position is eight bytes where an id is a text of thirty-six, and both sort alike. Ids are read when rows are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.journal.columns import table_name
from xiyuan_ledger.projections.catalogue import Definition

Read = Callable[[pa.Array], pa.Table]
"""The rows `position`, `event_id` of positions, in no order."""


class NamesEvents(Protocol):
    """Knows the ids of positions."""

    def of(self, lists: Iterable[pa.Array]) -> list[pa.Array]:
        """The ids of positions, list by list, in their order."""


class EventIds:
    """The ids of positions, read when they are needed: most of what is asked is counted, not shown."""

    def __init__(self, read: Read):
        self._read = read

    def of(self, lists: Iterable[pa.Array]) -> list[pa.Array]:
        """The ids of positions, list by list, in their order."""
        wanted = [positions.cast(pa.int64()) for positions in lists]
        named = self._read(pc.unique(pa.chunked_array(wanted, pa.int64())).drop_null())
        positions = named.column("position").combine_chunks()
        highest = pc.max(positions).as_py() or 0
        places = pc.inverse_permutation(positions, max_index=highest, output_type=pa.int32())
        ids = named.column("event_id")
        return [_combined(ids.take(places.take(each))) for each in wanted]


def _combined(ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    return ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids


def read_ids(con: duckdb.DuckDBPyConnection, facts: Iterable[type[Fact]], positions: pa.Array) -> pa.Table:
    """The rows `position`, `event_id` of positions, from the journal's tables of facts attached to a connection."""
    nothing = "SELECT NULL::BIGINT AS position, NULL::VARCHAR AS event_id WHERE FALSE"
    every = [nothing, *(f'SELECT position, event_id FROM raw."{table_name(fact)}"' for fact in facts)]
    con.register("_wanted", pa.table({"position": positions}))
    select = f"SELECT position, event_id FROM ({' UNION ALL '.join(every)}) AS every SEMI JOIN _wanted USING (position)"
    rows: pa.Table = con.sql(select).to_arrow_table()
    con.unregister("_wanted")
    return rows


def holds_positions(view: Definition, rows: pa.Table) -> bool:
    """Whether positions stand for ids anywhere in the rows."""
    return any(_stand_for_ids(column.type, rows.schema.types[place]) for place, column in enumerate(view.columns))


def with_ids(view: Definition, rows: pa.Table, ids: NamesEvents) -> pa.Table:
    """The rows with ids in place of the positions that stand for them."""
    places = [n for n, column in enumerate(view.columns) if _stand_for_ids(column.type, rows.schema.types[n])]
    columns = [_in_order(rows.column(place).combine_chunks()) for place in places]
    nested = [pa.types.is_list(column.type) for column in columns]
    positions = [column.flatten() if lists else column for column, lists in zip(columns, nested, strict=True)]
    for place, column, lists, named in zip(places, columns, nested, ids.of(positions), strict=True):
        rows = rows.set_column(place, view.columns[place].name, _as_lists(column, named) if lists else named)
    return rows


def _in_order(column: pa.Array) -> pa.Array:
    """Positions as they are shown: those of a list from the first on."""
    if not pa.types.is_list(column.type):
        return column
    values = pa.table({"row": pc.list_parent_indices(column), "position": column.flatten()})
    order = pc.sort_indices(values, [("row", "ascending"), ("position", "ascending")])
    return _as_lists(column, values.column("position").take(order).combine_chunks())


def _as_lists(lists: pa.ListArray, values: pa.Array) -> pa.ListArray:
    """The same lists, of other values."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    ends = pc.cumulative_sum(lengths).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, values, mask=lists.is_null() if lists.null_count else None)


def _stand_for_ids(column: str, kind: pa.DataType) -> bool:
    if column == "ids":
        return not pa.types.is_string(kind.value_type)
    return column == "text" and bool(pa.types.is_integer(kind))
