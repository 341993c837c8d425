"""A view of as many rows as there are facts, of which a page asks for a little: positions first, the rest when shown.

What a page filters or sorts by is asked for column by column, and whole rows by their positions: of a million facts the
journal is eight megabytes of positions, and not a third of a gigabyte of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.projections.view import View

JOURNAL = "journal"
LONG_FROM = 200_000
"""From this many facts on, no page asks for all of them at once."""
PLACE = "position"
EVENT = "event_id"
TOGETHER_MAX = 2_000
"""Rows that are asked for by their positions; more are found faster among all."""


class LongView(View):
    """The journal at a pin, of which the positions are at hand; the whole table is made only for who asks for all."""

    def __init__(self, ledger: Ledger, pin: Settled, arguments: Mapping[str, str]):
        self._source = ledger
        self._asked = arguments
        self.ledger, self.simulated = ledger.name, ledger.simulated
        self.definition, self.pin = definition(JOURNAL), pin
        self.what_if, self.filters, self._ids = {}, (), None
        self._positions = self._part([PLACE]).to_arrow().column(0)

    def _part(self, columns: Sequence[str], positions: pa.ChunkedArray | None = None) -> View:
        wanted = None if positions is None else positions.to_pylist()
        return self._source.part(JOURNAL, self.pin, columns, wanted, **self._asked)

    @cached_property
    def _table(self) -> pa.Table:
        return self._part(self.columns).to_arrow()

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def nbytes(self) -> int:
        """How much memory is held of it."""
        return int(self._positions.nbytes)

    def column(self, name: str) -> pa.ChunkedArray:
        """The values of one column."""
        return self._positions if name == PLACE else self._part([PLACE, name]).column(name)

    def at(self, places: pa.Array) -> View:
        """The rows of these places."""
        wanted = self._positions.take(places)
        if len(wanted) > TOGETHER_MAX:
            return self._of(self.definition, self._part(self.columns).to_arrow().take(places))
        found = self._part(self.columns, wanted)
        return found.at(pc.index_in(wanted, found.column(PLACE)))

    def behind(self, places: pa.Array) -> pa.Array:
        """The positions of the facts in these places, in order: each is its own evidence."""
        found = self._positions.take(places)
        return found.take(pc.sort_indices(found)).combine_chunks()

    def named(self, events: pa.Array) -> list[str]:
        """The ids of the facts at positions."""
        ids: list[str] = self._part([PLACE, EVENT], events).column(EVENT).to_pylist()
        return ids


def long_view(ledger: Ledger, name: str, pin: Settled, arguments: Mapping[str, str]) -> LongView | None:
    """The journal at a pin where it is long; None for other views, and where little of it was asked for."""
    if name != JOURNAL or pin.known_at <= LONG_FROM:
        return None
    found = LongView(ledger, pin, arguments)
    return found if len(found) > LONG_FROM else None
