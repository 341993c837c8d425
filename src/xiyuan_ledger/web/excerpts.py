"""Excerpts: a few rows of a view, or what they come to, on a page that is about more than one view.

An excerpt keeps the parameters with which the page of its view shows the same rows, so that every figure leads there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.projections.catalogue import Column
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.web.asked import Asked
from xiyuan_ledger.web.narrowing import filters_of, places, shown_rows
from xiyuan_ledger.web.visit import Visit

SHOWN = 12


@dataclass(frozen=True)
class Excerpt:
    """The rows of a view that the parameters keep."""

    visit: Visit
    view: View
    kept: pa.Array
    parameters: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.kept)

    @property
    def name(self) -> str:
        """The view's name."""
        return self.view.name

    @property
    def href(self) -> str:
        """The page of the view that shows these rows, at the same pin."""
        return self.visit.fixed(f"/views/{self.name}", **self.parameters)

    @property
    def evidence(self) -> str:
        """The page of the events behind these rows."""
        return self.visit.fixed(f"/views/{self.name}/evidence", **self.parameters)

    def column(self, name: str) -> pa.ChunkedArray:
        """The values of a column in these rows."""
        return self.view.column(name).take(self.kept)

    def total(self, name: str) -> int | None:
        """What a column adds up to; None where there is nothing to add."""
        found = pc.sum(self.column(name)).as_py()
        return None if found is None else int(found)

    def tally(self, name: str) -> dict[str, int]:
        """How many rows there are of each value of a column, the most first."""
        counted = pc.value_counts(self.column(name)).to_pylist()
        return {str(each["values"]): each["counts"] for each in sorted(counted, key=lambda c: (-c["counts"], str(c)))}

    def sums(self, key: str, *columns: str) -> list[dict[str, Any]]:
        """What columns add up to for each value of a key, in the key's order."""
        table = pa.table({name: self.column(name) for name in (key, *columns)})
        summed = table.group_by(key).aggregate([(name, "sum") for name in columns]).sort_by(key)
        rows: list[dict[str, Any]] = summed.to_pylist()
        return [{name.removesuffix("_sum"): value for name, value in row.items()} for row in rows]

    def only(self, **equal: str) -> Excerpt:
        """Those of the rows whose columns have these values."""
        return of_view(self.visit, self.view, {**self.parameters, **{f"is__{k}": v for k, v in equal.items()}})

    def first(self, count: int = SHOWN) -> list[tuple[int, dict[str, Any], int]]:
        """The first rows, each with the place where it stands in the whole view, and how many events are behind it."""
        return shown_rows(self.view, self.kept.slice(0, count))

    def values(self, *names: str) -> list[dict[str, Any]]:
        """Some columns of all rows."""
        rows: list[dict[str, Any]] = pa.table({name: self.column(name) for name in names}).to_pylist()
        return rows

    def columns(self, names: Sequence[str]) -> list[Column]:
        """The columns of these names."""
        return [each for name in names for each in self.view.definition.columns if each.name == name]


def excerpt(visit: Visit, name: str, **parameters: str) -> Excerpt | None:
    """An excerpt of a view: `is__status="met"`, `sort="-days_left"` …; None where the reader may not see the view."""
    return of_view(visit, visit.view(name), parameters) if visit.may_see(name) else None


def of_view(visit: Visit, view: View, parameters: Mapping[str, str]) -> Excerpt:
    """The rows of a view that parameters keep."""
    asked = Asked("", {name.replace("__", "."): value for name, value in parameters.items()})
    return Excerpt(visit, view, places(view, filters_of(view.definition, asked), asked.get("sort")), dict(parameters))
