"""The journal once more as CSV, for whoever reads no Parquet, with a dictionary of its columns."""

from __future__ import annotations

import csv
import io
import tomllib
from functools import cache
from importlib import resources
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.journal.columns import schema, table_name
from xiyuan_ledger.journal.reading import Span

FLAT = "flat"
DICTIONARY = f"{FLAT}/dictionary.csv"
HEADINGS = ("table", "column", "type", "title_zh", "about", "iso_21378")


def flat_path(table: str, span: Span) -> str:
    """Where a bundle keeps one fact's rows as CSV; those of later stretches carry their first position."""
    return f"{FLAT}/{table}.csv" if span.after == 0 else f"{FLAT}/{table}-{span.after + 1:012d}.csv"


def csv_bytes(table: pa.Table) -> bytes:
    """A table as CSV: dates and times as ISO text, lists joined by `;`, papers and parts as JSON; absent is empty."""
    columns = [_flat(column) for column in table.columns]
    held = pa.BufferOutputStream()
    pv.write_csv(pa.table(columns, names=table.schema.names), held, pv.WriteOptions(quoting_style="needed"))
    return held.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%S")
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return pc.binary_join(column, ";")
    if pa.types.is_nested(kind):
        texts = [None if each is None else orjson.dumps(each, default=str).decode() for each in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return column


@cache
def dictionary_bytes() -> bytes:
    """Every column of every table: its type, its words, and the field of ISO 21378 (audit data) that it answers to."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    words, audit = _words(), _audit_fields()
    for fact in FACTS.values():
        for column in schema(fact):
            said = words.get(column.name, {})
            zh, about = said.get("zh", ""), said.get("en", "")
            writer.writerow([table_name(fact), column.name, column.type, zh, about, audit.get(column.name, "")])
    return out.getvalue().encode()


def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files("xiyuan_ledger") / "words" / "fields.toml").read_text("utf-8"))


def _audit_fields() -> dict[str, str]:
    return tomllib.loads((resources.files(__package__) / "iso_21378.toml").read_text("utf-8"))
