"""The rows of a view that are looked at: filtered, sorted, a page of them, and what they add up to.

Filters are compared with values, never put into SQL: nothing that a reader types is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger import calendar
from xiyuan_ledger.calendar import SHANGHAI
from xiyuan_ledger.errors import Language, ViewError
from xiyuan_ledger.projections.catalogue import Column, Definition
from xiyuan_ledger.projections.diff import EVIDENCE
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.projections.wording import NUMBERS, cell_text
from xiyuan_ledger.web.asked import Asked
from xiyuan_ledger.web.long import LONG_FROM

How = Literal["is", "has", "min", "max"]
HOWS: tuple[How, ...] = ("is", "has", "min", "max")
SIGNS: dict[How, str] = {"is": "=", "has": "∋", "min": "≥", "max": "≤"}
DAYS = frozenset({"date", "instant", "time"})
LISTS = frozenset({"list", "ids"})
ORDERED = NUMBERS | {"date", "month", "instant", "time"}
CHOICES_MAX = 40
CHOICES_ROWS_MAX = LONG_FROM
NOTHING = "-"
"""Stands for an empty cell in an equality filter."""
ADDED = frozenset({"fen", "minutes", "count"})
NOT_ADDED = frozenset(
    {
        "position",
        "stream_version",
        "version",
        "policy_version",
        "rate_policy_version",
        "required_per_week",
        "hours_to_dispatch",
        "hours_to_dispatch_p90",
        "area_m2",
        "pre",
        "post",
        "change",
        "quantity",
        "target",
        "people",
        "providers",
    }
)
"""Counts that say nothing when added: places, versions, scores, sizes, people who may be the same."""


@dataclass(frozen=True)
class Filter:
    """What the values of one column have to be."""

    column: Column
    how: How
    text: str

    @property
    def parameter(self) -> str:
        """The parameter of the address that it stands for."""
        return f"{self.how}.{self.column.name}"

    def said(self, lang: Language, empty: str) -> str:
        """The same in words; `empty` says that there is nothing."""
        text = empty if self.text == NOTHING else self.text
        if self.how == "is" and self.text != NOTHING:
            text = cell_text(self.column, self.text, lang) if self.column.type in ("text", "list") else self.text
        return f"{self.column.words[lang]} {SIGNS[self.how]} {text}"


def column_of(definition: Definition, name: str) -> Column:
    """The column of that name. Raises ViewError `column-unknown`."""
    found = next((each for each in definition.columns if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in definition.columns)
        raise ViewError("column-unknown", field=name[:64], view=definition.name, known=known)
    return found


def filters_of(definition: Definition, asked: Asked) -> list[Filter]:
    """The filters of an address: `is.status=missed`, `has.worker=W-1`, `min.due_fen=100`, `max.deadline=2013-06-30`."""
    given = [(how, name, text) for how in HOWS for name, text in asked.named(f"{how}.").items()]
    return [Filter(column_of(definition, name), how, text) for how, name, text in given]


def places(view: View, filters: Iterable[Filter], sort: str | None) -> pa.Array:
    """Where the rows stand that all filters keep, in the order asked for: a column's name, `-` before it to turn it."""
    masks = [_mask(each, view.column(each.column.name)) for each in filters]
    kept = pc.indices_nonzero(reduce(pc.and_, masks, pa.repeat(pa.scalar(True), len(view))))
    if sort is None or len(kept) == 0:
        return kept
    column = column_of(view.definition, sort.removeprefix("-"))
    values = _sortable(view.column(column.name).take(kept), column)
    order = "descending" if sort.startswith("-") else "ascending"
    table = pa.table({"value": values, "place": kept})
    found = pc.sort_indices(table, sort_keys=[("value", order), ("place", "ascending")])
    return kept.take(found)


def _sortable(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Lists sort by how many they hold."""
    return pc.list_value_length(values) if column.type in LISTS else values


def _mask(condition: Filter, values: pa.ChunkedArray) -> pa.ChunkedArray:
    column = condition.column
    if column.type in LISTS:
        mask = _list_mask(condition, values)
    elif condition.how == "is" and condition.text == NOTHING:
        mask = pc.is_null(values)
    elif condition.how == "is":
        mask = pc.equal(values, _scalar(condition, values.type))
    elif condition.how == "has":
        mask = pc.match_substring(_as_text(values), condition.text, ignore_case=True)
    elif column.type in ORDERED:
        compare = pc.greater_equal if condition.how == "min" else pc.less_equal
        mask = compare(values, _scalar(condition, values.type))
    else:
        raise ViewError("column-value", field=column.name, found=condition.text, kind=column.type)
    return pc.fill_null(mask, False)


def _list_mask(condition: Filter, values: pa.ChunkedArray) -> pa.Array:
    """Lists that hold a value, or a text that contains one."""
    found = []
    for each in values.to_pylist():
        texts = [str(value) for value in each or ()]
        if condition.how == "is":
            found.append(not texts if condition.text == NOTHING else condition.text in texts)
        else:
            found.append(any(condition.text.lower() in text.lower() for text in texts))
    return pa.array(found, pa.bool_())


def _as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values if pa.types.is_string(values.type) else pc.cast(values, pa.string())


def _scalar(condition: Filter, kind: pa.DataType) -> pa.Scalar:
    """What a reader typed, as a value of the column."""
    column, text = condition.column, condition.text
    try:
        value = typed(column.type, text)
        if column.type == "instant":
            value = _instant(value, condition.how)
        return pa.scalar(value, type=kind)
    except (ValueError, OverflowError, pa.ArrowInvalid, pa.ArrowTypeError):
        raise ViewError("column-value", field=column.name, found=text, kind=column.type) from None


def typed(kind: str, text: str) -> Any:
    """What a reader types for a value of a kind: yuan with up to two decimals, hours as `12:30`. Raises ValueError."""
    if kind in ("fen", "centi"):
        match = re.fullmatch(r"(-?)(\d{1,15})(?:\.(\d{1,2}))?", text.replace(",", ""), re.ASCII)
        if match is None:
            raise ValueError(text)
        return int(match[1] + match[2] + (match[3] or "").ljust(2, "0"))
    if kind == "minutes":
        match = re.fullmatch(r"(-?)(\d{1,12})(?::([0-5]\d))?", text, re.ASCII)
        if match is None:
            raise ValueError(text)
        return int(match[1] + str(int(match[2]) * 60 + int(match[3] or 0)))
    if kind in NUMBERS:
        return int(text)
    if kind == "flag":
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    return date.fromisoformat(text) if kind in DAYS else text


def _instant(day: date, how: How) -> datetime:
    """The first or last instant of a day in Shanghai, as the columns carry instants: in UTC, without saying so."""
    midnight = datetime.combine(day, time(), SHANGHAI)
    instant = midnight + timedelta(days=1) - calendar.MICROSECOND if how == "max" else midnight
    return instant.astimezone(UTC).replace(tzinfo=None)


def shown_rows(view: View, here: pa.Array) -> list[tuple[int, dict[str, Any], int]]:
    """The rows of some places: the place, the row without its evidence, and how many events that is."""
    found = view.at(here)
    rows = found.select([name for name in found.columns if name != EVIDENCE]).rows
    counts = found.lengths(EVIDENCE).to_pylist() if EVIDENCE in found.columns else [0] * len(rows)
    return [(place, row, count or 0) for place, row, count in zip(here.to_pylist(), rows, counts, strict=True)]


def totals(view: View, kept: pa.Array) -> Mapping[str, int]:
    """What the columns of these rows add up to: money, time, and counts that may be added."""
    found = {}
    for column in view.definition.columns:
        if column.type in ADDED and column.name not in NOT_ADDED:
            total = pc.sum(view.column(column.name).take(kept)).as_py()
            if total is not None:
                found[column.name] = int(total)
    return found


def choices(view: View, column: Column) -> list[str] | None:
    """The values of a column to choose from; None where there are too many, or it is no text."""
    if column.type not in ("text", "month") or len(view) > CHOICES_ROWS_MAX:
        return None
    values = pc.unique(view.column(column.name))
    if len(values) > CHOICES_MAX or column.name in ("event_id", "key", "source", "detail", "name"):
        return None
    return sorted(value for value in values.to_pylist() if value is not None)
