"""Event ids: while a view is computed, and in what is kept of it, positions stand for them.

A position is eight bytes where an id is a text of thirty-six, and both sort alike. The id of a position never changes,
so that what was read once serves every pin.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cached_property

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.journal.columns import table_name
from xiyuan_ledger.projections.catalogue import Definition

IDS = pa.list_(pa.string())


class Named:
    """Positions and their ids, in no order."""

    def __init__(self, rows: pa.Table):
        self.rows = rows

    @cached_property
    def _places(self) -> pa.Array:
        """For each position, where its id stands."""
        positions = self.rows.column("position")
        highest = pc.max(positions).as_py() or 0
        return pc.inverse_permutation(positions.combine_chunks(), max_index=highest, output_type=pa.int32())

    def ids_of(self, positions: pa.Array) -> pa.Array:
        """The ids of positions, in their order."""
        return self.rows.column("event_id").take(self._places.take(positions.cast(pa.int64()))).combine_chunks()


class EventIds:
    """The ids of one ledger's facts, read from the journal's tables as they are needed. May be shared by threads."""

    def __init__(self) -> None:
        self._named = Named(pa.table({"position": pa.array([], pa.int64()), "event_id": pa.array([], pa.string())}))
        self._until: dict[type[Fact], int] = {}
        self._lock = threading.Lock()

    def upto(self, con: duckdb.DuckDBPyConnection, known_at: int, facts: Iterable[type[Fact]]) -> Named:
        """The ids of facts attached to a connection, up to a position; others may be among them."""
        with self._lock:
            unread = {fact: self._until.get(fact, 0) for fact in facts if self._until.get(fact, 0) < known_at}
            if unread:
                rows = con.sql(
                    " UNION ALL ".join(
                        f'SELECT position, event_id FROM raw."{table_name(fact)}" WHERE position > {until}'
                        for fact, until in unread.items()
                    )
                )
                self._named = Named(pa.concat_tables([self._named.rows, rows.to_arrow_table()]))
                self._until |= dict.fromkeys(unread, known_at)
            return self._named


def holds_positions(view: Definition, rows: pa.Table) -> bool:
    """Whether positions stand for ids anywhere in the rows."""
    return any(_stand_for_ids(column.type, rows.schema.types[place]) for place, column in enumerate(view.columns))


def with_ids(view: Definition, rows: pa.Table, named: Named) -> pa.Table:
    """The rows with ids in place of the positions that stand for them."""
    for place, column in enumerate(view.columns):
        kind, values = rows.schema.types[place], rows.column(place)
        if _stand_for_ids(column.type, kind):
            if pa.types.is_list(kind):
                ids = pa.chunked_array([_with_ids(chunk, named) for chunk in values.chunks], IDS)
            else:
                ids = named.ids_of(values.combine_chunks())
            rows = rows.set_column(place, column.name, ids)
    return rows


def _with_ids(lists: pa.ListArray, named: Named) -> pa.ListArray:
    mask = lists.is_null() if lists.null_count else None
    return pa.ListArray.from_arrays(lists.offsets, named.ids_of(lists.values), mask=mask)


def _stand_for_ids(column: str, kind: pa.DataType) -> bool:
    if column == "ids":
        return not pa.types.is_string(kind.value_type)
    return column == "text" and bool(pa.types.is_integer(kind))
