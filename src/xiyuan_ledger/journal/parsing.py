"""Stored bytes of one topic → its columns, a whole block at a time.

Arrow's own JSON reader does the work outside Python. It knows timestamps but no dates, so dates are read as midnights.
Free-form parameters stay canonical text; a fact that carries them takes the row-by-row way, which is the definition.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from xiyuan_ledger.aggregates import TOPICS
from xiyuan_ledger.aggregates.fact import Event, Fact
from xiyuan_ledger.canonical import EVENT_BYTES_MAX, loads
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.journal.columns import ENVELOPE, is_free_form, own_columns, schema, table_of_events
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.store.rows import Row

BLOCK_BYTES = 16 * EVENT_BYTES_MAX
AHEAD_OF_UTC = timedelta(hours=8)
"""Shanghai's offset since 1991, without summer time: ledgers begin later."""
MIDNIGHT = pa.timestamp("s")

_OUTSIDE_ENTRY = {
    "position": "position",
    "event_id": "event_id",
    "stream": "stream",
    "stream_version": "version",
    "recorded_at": "recorded_at",
    "actor": "actor",
    "source": "source",
    "key": "key",
}
"""Column of the envelope → its name in the stored event; the others stand in the entry, the papers as `evidence`."""


def _written(wanted: pa.DataType) -> pa.DataType:
    """The type as which a column's values are read."""
    if pa.types.is_date32(wanted):
        return MIDNIGHT
    if pa.types.is_list(wanted):
        return pa.list_(_written(wanted.value_type))
    if pa.types.is_struct(wanted):
        return pa.struct([(field.name, _written(field.type)) for field in wanted])
    return wanted


@cache
def _ahead_of_utc() -> pa.Scalar:
    """As Arrow adds it. Made when first needed: the first scalar that is made loads pandas, where it is installed."""
    return pa.scalar(AHEAD_OF_UTC, pa.duration("us"))


@cache
def _reading(fact: type[Fact]) -> pj.ParseOptions:
    """What is read of a stored event; the rest, such as `type`, is skipped."""
    entry = {name: ENVELOPE.field(name).type for name in ("occurred_on", "corrects", "reason")}
    entry |= {"evidence": ENVELOPE.field("papers").type} | own_columns(fact)
    envelope = {stored: ENVELOPE.field(column).type for column, stored in _OUTSIDE_ENTRY.items()}
    envelope["entry"] = pa.struct(entry.items())
    expected = pa.schema([(name, _written(kind)) for name, kind in envelope.items()])
    return pj.ParseOptions(explicit_schema=expected, unexpected_field_behavior="ignore")


@cache
def _needs_rows(fact: type[Fact]) -> bool:
    return any(is_free_form(fact.model_fields[name].annotation) for name, public in fact.own_fields())


def fact_of(topic: str) -> type[Fact]:
    """The fact that is stored under a topic."""
    if topic not in TOPICS:
        raise StoreError("journal-topic-unknown", topic=topic)
    return TOPICS[topic]


def _event(topic: str, line: bytes) -> Event:
    stored = loads(line)
    return event_of(Row(stored["position"], stored["stream"], stored["version"], topic, line, leaf=b""))


def table_of_lines(ledger: str, fact: type[Fact], lines: bytes) -> pa.Table:
    """The journal table of one fact's stored events, given as lines in position order.

    Equals `table_of_events` of the same events. One thread reads one block: callers run several at a time.
    """
    if _needs_rows(fact):
        return table_of_events(ledger, fact, [_event(fact.TOPIC, line) for line in lines.split(b"\n")])
    reading = pj.ReadOptions(use_threads=False, block_size=BLOCK_BYTES)
    read = pj.read_json(pa.BufferReader(lines), read_options=reading, parse_options=_reading(fact))
    flat = read.flatten()
    found = dict(zip(flat.schema.names, flat.columns, strict=True))
    columns = {column: found[stored] for column, stored in _OUTSIDE_ENTRY.items()}
    columns |= {name.removeprefix("entry."): column for name, column in found.items() if name.startswith("entry.")}
    columns["papers"] = columns.pop("evidence")
    columns["ledger"] = pa.chunked_array([pa.repeat(ledger, read.num_rows)])
    columns["recorded_on"] = pc.add(columns["recorded_at"], _ahead_of_utc())
    return pa.table([_as(columns[each.name], each.type) for each in schema(fact)], schema=schema(fact))


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == kind else column.cast(kind)
