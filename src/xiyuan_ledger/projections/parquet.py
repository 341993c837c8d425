"""A view as a Parquet file: its rows in typed columns, its pin in the file's own notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from xiyuan_ledger.projections.wording import NUMBERS

if TYPE_CHECKING:
    from xiyuan_ledger.projections.catalogue import Column
    from xiyuan_ledger.projections.view import View

NOTE = "xiyuan"
COMPRESSION = "zstd"


def write_view(view: View, path: Path) -> None:
    """Write a view; the key `xiyuan` of the file's notes holds its name, its pin and its SQL as JSON."""
    said = {"view": view.name, "pin": view.pin_words(), "sql": view.definition.sql}
    table = view.to_arrow()
    notes = {**(table.schema.metadata or {}), NOTE: orjson.dumps(said, option=orjson.OPT_SORT_KEYS)}
    pq.write_table(table.replace_schema_metadata(notes), path, compression=COMPRESSION)


def write_rows(path: Path, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows that are no view's: numbers as such, everything else as text."""
    schema = pa.schema([(each.name, pa.int64() if each.type in NUMBERS else pa.string()) for each in columns])
    values = [{each.name: _fitting(each, row.get(each.name)) for each in columns} for row in rows]
    pq.write_table(pa.Table.from_pylist(values, schema=schema), path, compression=COMPRESSION)


def _fitting(column: Column, value: Any) -> Any:
    return value if value is None or column.type in NUMBERS else str(value)
