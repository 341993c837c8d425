"""A view as computed: its rows, its columns and its pin, in the forms that others take."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.calendar import instant_text
from xiyuan_ledger.errors import Language
from xiyuan_ledger.projections.catalogue import Definition
from xiyuan_ledger.projections.event_ids import EventIds, holds_positions, with_ids
from xiyuan_ledger.projections.pin import Settled

if TYPE_CHECKING:
    import pandas
    import polars

EVIDENCE = "evidence"
PART_WEIGHT = 20_000
ROW_WEIGHT = 4
"""How much is taken up at a time: a row weighs four and what its lists hold; one alone may hold more."""
JSON_END = b"]}"
NAMED_ROWS = 200_000
"""Rows whose ids are read at once: each reading looks through the journal."""


class View:
    """A table computed from the effective facts at a pin. Same pin, same ledger: the same bytes."""

    def __init__(
        self,
        ledger: str,
        definition: Definition,
        pin: Settled,
        table: pa.Table,
        *,
        ids: EventIds | None = None,
        simulated: bool,
        what_if: Mapping[str, Any],
    ):
        self.ledger = ledger
        self.definition = definition
        self.pin = pin
        self.simulated = simulated
        self.what_if = dict(what_if)
        self.filters: tuple[str, ...] = ()
        """By what some of its rows were kept, and how they were put in order; nothing: they are all there."""
        self._table = table
        self._ids = ids

    @property
    def name(self) -> str:
        """The view's name."""
        return self.definition.name

    @property
    def columns(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.definition.columns]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows: dates as dates, instants in UTC, amounts in fen, times in minutes; absent values are None."""
        return self._rows_of(self.to_arrow())

    def rows_in_parts(self) -> Iterator[list[dict[str, Any]]]:
        """The rows, so many at a time that memory does not grow with their number."""
        for table in self.tables():
            yield from map(self._rows_of, _light_parts(table))

    def tables(self) -> Iterator[pa.Table]:
        """The rows as Arrow tables, one after another."""
        for first in range(0, len(self), NAMED_ROWS):
            table = self._table.slice(first, NAMED_ROWS)
            yield table if self._ids is None else with_ids(self.definition, table, self._ids)

    def _rows_of(self, table: pa.Table) -> list[dict[str, Any]]:
        named = {kind: [c.name for c in self.definition.columns if c.type == kind] for kind in ("json", "instant")}
        rows: list[dict[str, Any]] = table.to_pylist()
        for row in rows:
            for name in named["json"]:
                row[name] = _without_nulls(row[name])
            for name in named["instant"]:
                row[name] = row[name] and row[name].replace(tzinfo=UTC)
        return rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows one by one: unlike `rows`, which keeps them, so many at a time."""
        return iter(self.rows) if "rows" in vars(self) else chain.from_iterable(self.rows_in_parts())

    def __len__(self) -> int:
        return self._table.num_rows  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """About how much memory its rows take."""
        return self._table.nbytes  # type: ignore[no-any-return]

    def column(self, name: str) -> pa.ChunkedArray:
        """The values of one column."""
        return self.select([name]).to_arrow().column(0)

    def lengths(self, name: str) -> pa.ChunkedArray:
        """How many values each list of a column holds."""
        return pc.list_value_length(self._table.column(self.columns.index(name)))

    def behind(self, places: pa.Array) -> pa.Array:
        """The events behind the rows of these places, each once, in order: as positions where the view has those."""
        flat = pc.unique(pc.list_flatten(self._table.column(self.columns.index(EVIDENCE)).take(places))).drop_null()
        return flat.take(pc.sort_indices(flat))

    def named(self, events: pa.Array) -> list[str]:
        """The ids of events that stand behind its rows."""
        ids = events if self._ids is None or pa.types.is_string(events.type) else self._ids.of([events])[0]
        found: list[str] = ids.to_pylist()
        return found

    def select(self, names: Sequence[str]) -> View:
        """The same view with some of its columns only."""
        places = [self.columns.index(name) for name in names]
        definition = replace(self.definition, columns=tuple(self.definition.columns[at] for at in places))
        return self._of(definition, self._table.select(places))

    def at(self, places: pa.Array) -> View:
        """The same view with the rows of these places only, in their order."""
        return self._of(self.definition, self._table.take(places))

    def narrowed(self, places: pa.Array, filters: Sequence[str]) -> View:
        """The same as `at`, saying by what the rows were kept: a file that is handed on says so itself."""
        found = self.at(places)
        found.filters = tuple(filters)
        return found

    def _of(self, definition: Definition, table: pa.Table) -> View:
        """The same view with another table."""
        ids = self._ids if holds_positions(definition, table) else None
        found = View(self.ledger, definition, self.pin, table, ids=ids, simulated=self.simulated, what_if=self.what_if)
        found.filters = self.filters
        return found

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self._table if self._ids is None else with_ids(self.definition, self._table, self._ids)

    def without_evidence(self) -> pa.Table:
        """The rows as an Arrow table, but for the column `evidence`."""
        return self._table.drop_columns([EVIDENCE]) if EVIDENCE in self._table.column_names else self._table

    def to_polars(self) -> polars.DataFrame:
        """The rows as a Polars frame (needs polars)."""
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas frame (needs pandas): whole numbers stay whole where some are absent."""
        import pandas

        kept = {pa.int64(): pandas.Int64Dtype(), pa.int32(): pandas.Int32Dtype(), pa.bool_(): pandas.BooleanDtype()}
        return self.to_arrow().to_pandas(types_mapper=kept.get)

    def pin_words(self) -> dict[str, Any]:
        """What the output says of its pin: ledger, position, day, period; simulated and supposed policies if so."""
        words: dict[str, Any] = {
            "ledger": self.ledger,
            "known_at": self.pin.known_at,
            "valid_on": self.pin.valid_on.isoformat(),
            "from": self.pin.from_on.isoformat() if self.pin.from_on else None,
            "to": self.pin.to_on.isoformat() if self.pin.to_on else None,
        }
        if self.simulated:
            words["simulated"] = "SIMULATED"
        if self.what_if:
            words["what_if"] = self.what_if
        if self.filters:
            words["filters"] = list(self.filters)
        return words

    def column_words(self) -> list[dict[str, Any]]:
        """Name and type of each column, its title and meaning in both languages."""
        return [{"name": c.name, "type": c.type, "title": c.words, "about": c.about} for c in self.definition.columns]

    def marks(self) -> dict[str, str]:
        """What every line of a file without a head says: SIMULATED, policies only supposed, filters with their pin."""
        marks = {"simulated": "SIMULATED"} if self.simulated else {}
        marks |= {"what_if": ";".join(sorted(self.what_if))} if self.what_if else {}
        pin = f"{self.pin.known_at}@{self.pin.valid_on}"
        return marks | ({"pin": pin, "filters": ";".join(self.filters)} if self.filters else {})

    def to_json(self) -> str:
        """One object `{view, title, pin, columns, rows}`, with the words of both languages."""
        return b"".join((self.json_head(), *self._json_parts(), JSON_END)).decode()

    def _json_parts(self) -> Iterator[bytes]:
        for number, rows in enumerate(self.rows_in_parts()):
            yield self.json_rows(rows, number)

    def json_head(self) -> bytes:
        """The beginning of `to_json`, up to its rows."""
        head = {
            "view": self.name,
            "title": self.definition.title,
            "pin": self.pin_words(),
            "columns": self.column_words(),
        }
        return _json(head)[:-1] + b',"rows":['

    def json_rows(self, rows: list[dict[str, Any]], number: int) -> bytes:
        """Some of the rows of `to_json`, as the part of that number, from 0 on."""
        return b"".join((b"," if number else b"", memoryview(_json(rows))[1:-1]))

    def to_jsonl(self) -> str:
        """One row a line; simulated or supposed ones say so in columns of their own, last."""
        marks = self.marks()
        return "".join(_json(row | marks).decode() + "\n" for row in self)

    def to_csv(self) -> str:
        """Comma-separated, machine values under the columns' names, lists joined by `;`; marks as in `to_jsonl`."""
        return "".join((self.csv_head(), *map(self.csv_rows, self.rows_in_parts())))

    def csv_head(self) -> str:
        """The first line of `to_csv`."""
        return csv_text([[*self.columns, *self.marks()]])

    def csv_rows(self, rows: list[dict[str, Any]]) -> str:
        """Some of the rows of `to_csv`."""
        marks = self.marks().values()
        return csv_text([*row.values(), *marks] for row in rows)

    def to_xlsx(self, path: str | Path, lang: Language = "zh") -> None:
        """A workbook: the rows under the columns' titles, and a sheet that says the pin (needs the extra `files`)."""
        from xiyuan_ledger.projections.workbook import write_workbook

        write_workbook(self, Path(path), lang)


def _light_parts(table: pa.Table) -> Iterator[pa.Table]:
    """A table in parts, none of which takes much memory as rows unless a single row does."""
    weights = pa.repeat(ROW_WEIGHT, len(table))
    for column in table.columns:
        if pa.types.is_list(column.type):
            weights = pc.add(weights, pc.fill_null(pc.list_value_length(column), 0))
    ends = pc.cumulative_sum(pc.cast(weights, pa.int64())).to_pylist()
    first = 0
    while first < len(table):
        reached = ends[first - 1] if first else 0
        last = max(bisect_right(ends, reached + PART_WEIGHT), first + 1)
        yield table.slice(first, last - first)
        first = last


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def csv_text(rows: Iterable[list[Any]]) -> str:
    """Rows of values as lines of CSV: lists joined by `;`, dates as ISO, flags as true and false."""
    lines: list[str] = []
    # A StringIO would hold four bytes for each sign.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return "".join(lines)


def plain(value: Any) -> Any:
    """A value that JSON has no form for, as text."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return instant_text(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(each if isinstance(each, str) else orjson.dumps(each, default=plain).decode() for each in value)
    if isinstance(value, dict):
        return orjson.dumps(value, default=plain).decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return plain(value)
    return value


def _without_nulls(value: Any) -> Any:
    """JSON text as values, with what is absent left out."""
    return _without(orjson.loads(value) if isinstance(value, str) else value)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without(each) for each in value]
    return value
