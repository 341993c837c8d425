"""The tail: what was recorded after the last sealed segment, held in memory and carried on as the log grows."""

from __future__ import annotations

import pyarrow as pa

from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.columns import schema, table_name
from xiyuan_ledger.journal.reading import EventLog, Span, parse_spans, spans

PIECES_MAX = 32
"""Pieces that a table may grow by before they are made one: many small ones are slow to read."""


class Tail:
    """The facts of one stretch of the log, a table each. Tables handed out stay as they are when it grows."""

    def __init__(self, log: EventLog, after: int):
        self._log = log
        self._tables: dict[str, pa.Table] = {}
        self.span = Span(after, after)
        self.superseded = superseded.SCHEMA.empty_table()

    def extend(self, until: int, step: int) -> None:
        """Read on up to a position; what was read before is not read again."""
        parts = spans(self.span.until, until, step)
        for span, found in parse_spans(self._log, parts, lambda _, fact, table: (fact, table)):
            for fact, table in found:
                self._add(table_name(fact), table)
            gone = (superseded.superseded_by(fact, table) for fact, table in found)
            self.superseded = superseded.together([self.superseded, *gone])
            self.span = Span(self.span.after, span.until)

    def _add(self, name: str, more: pa.Table) -> None:
        held = self._tables.get(name)
        table = more if held is None else pa.concat_tables([held, more])
        self._tables[name] = table.combine_chunks() if table["position"].num_chunks > PIECES_MAX else table

    def holds(self, fact: type[Fact]) -> bool:
        """Whether there is any row of a fact."""
        return table_name(fact) in self._tables

    def table(self, fact: type[Fact]) -> pa.Table:
        """A fact's rows; an empty table where there are none."""
        return self._tables.get(table_name(fact), schema(fact).empty_table())
