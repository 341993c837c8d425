"""Which columns a fact has in the journal, and how stored bytes become them.

Every table begins with the envelope; then come the fact's own fields under their public names. Dates are dates, times
are local timestamps, instants are UTC timestamps, fen and minutes are 64-bit integers, free-form parameters JSON text.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

from xiyuan_ledger.aggregates.fact import Event, Fact, Paper
from xiyuan_ledger.calendar import shanghai_date
from xiyuan_ledger.canonical import dumps

INSTANT = pa.timestamp("us")
PERSONAL = frozenset({"personal"})
"""What never becomes a column: it lives under its subject's own key, and must be erasable."""


def table_name(fact: type[Fact]) -> str:
    """The journal table of a fact: `ExamPassed` → `exam_passed`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", fact.__name__).lower()


def arrow_type(annotation: Any) -> pa.DataType:
    """The column type of a field's annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return arrow_type(get_args(annotation)[0])
    if origin is Literal:
        return pa.string()
    if origin in (Union, types.UnionType):
        return arrow_type(next(arg for arg in get_args(annotation) if arg is not type(None)))
    if origin is tuple:
        return pa.list_(arrow_type(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return pa.struct([(info.alias or name, arrow_type(info.annotation)) for name, info in fields])
    return _SCALARS[origin or annotation]


_SCALARS: dict[Any, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    date: pa.date32(),
    datetime: INSTANT,
    dict: pa.string(),
}

ENVELOPE = pa.schema(
    [
        ("ledger", pa.string()),
        ("position", pa.int64()),
        ("event_id", pa.string()),
        ("stream", pa.string()),
        ("stream_version", pa.int64()),
        ("occurred_on", pa.date32()),
        ("recorded_at", INSTANT),
        ("recorded_on", pa.date32()),
        ("actor", pa.string()),
        ("source", pa.string()),
        ("key", pa.string()),
        ("corrects", pa.string()),
        ("reason", pa.string()),
        ("papers", pa.list_(arrow_type(Paper))),
    ]
)


def _own_fields(fact: type[Fact]) -> list[tuple[str, str]]:
    """(attribute, column) of a fact's own fields; its `reason` is the envelope's."""
    return [pair for pair in fact.own_fields() if pair[1] not in PERSONAL and pair[1] not in ENVELOPE.names]


@cache
def own_columns(fact: type[Fact]) -> dict[str, pa.DataType]:
    """The columns of the fields that a fact declares itself."""
    return {public: arrow_type(fact.model_fields[name].annotation) for name, public in _own_fields(fact)}


@cache
def schema(fact: type[Fact]) -> pa.Schema:
    """The columns of a fact's journal table, in order."""
    return pa.schema([*ENVELOPE, *own_columns(fact).items()])


@cache
def sql_types(fact: type[Fact]) -> dict[str, str]:
    """The columns of a fact's journal table, as SQL has their types."""
    return {column.name: sql_type(column.type) for column in schema(fact)}


def sql_type(kind: pa.DataType) -> str:
    """A column type as SQL."""
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        fields = (f'"{field.name}" {sql_type(field.type)}' for field in kind)
        return f"STRUCT({', '.join(fields)})"
    return _SQL_SCALARS[kind]


_SQL_SCALARS = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.date32(): "DATE",
    INSTANT: "TIMESTAMP",
}


def is_free_form(annotation: Any) -> bool:
    """Whether a field's annotation holds free-form parameters, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(is_free_form(info.annotation) for info in annotation.model_fields.values())
    return (get_origin(annotation) or annotation) is dict or any(map(is_free_form, get_args(annotation)))


def _plain(value: Any) -> Any:
    """A field's value as Arrow takes it: parts as dictionaries, free-form parameters as canonical text."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {info.alias or name: _plain(getattr(value, name)) for name, info in fields.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return dumps(value).decode()
    return value


def row_of(ledger: str, event: Event) -> dict[str, Any]:
    """One event as a row of its fact's table."""
    fact = event.fact
    return {
        "ledger": ledger,
        "position": event.position,
        "event_id": event.event_id,
        "stream": event.stream,
        "stream_version": event.version,
        "occurred_on": fact.occurred_on,
        "recorded_at": event.recorded_at.astimezone(UTC).replace(tzinfo=None),
        "recorded_on": shanghai_date(event.recorded_at),
        "actor": event.actor,
        "source": event.source,
        "key": fact.key,
        "corrects": fact.corrects,
        "reason": fact.reason,
        "papers": _plain(fact.evidence),
    } | {public: _plain(getattr(fact, name)) for name, public in _own_fields(type(fact))}


def table_of_events(ledger: str, fact: type[Fact], events: Iterable[Event]) -> pa.Table:
    """The table of one fact's events, made row by row: for few facts, and the definition that fast reading equals."""
    return pa.Table.from_pylist([row_of(ledger, event) for event in events], schema=schema(fact))
