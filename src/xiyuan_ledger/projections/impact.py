"""影响预览: what a version of a policy would change, row by row, in every view that reads it; nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from xiyuan_ledger.canonical import dumps
from xiyuan_ledger.projections.catalogue import Definition, base_relations, definitions, worded
from xiyuan_ledger.projections.diff import EVIDENCE, Row, differing
from xiyuan_ledger.projections.engine import relations_read
from xiyuan_ledger.projections.policy_tables import policy_table_name

if TYPE_CHECKING:
    from xiyuan_ledger.projections.view import View

PEOPLE = ("worker", "client", "volunteer")
"""The columns whose values are people."""
VERSION = "policy_version"
"""Columns that end so name the version by which a row was computed: a supposed one has no number."""
Side = tuple[Definition, Sequence[Row], Sequence[Row]]
"""A view, its rows under the versions in force, and its rows under the version supposed."""

IMPACT = Definition(
    name="impact",
    group="audit",
    title={"zh": "制度影响预览", "en": "Impact of a policy"},
    about={
        "zh": "假如登记某制度版本，凡读取该制度的视图中哪些行、哪一列由什么变为什么。不登记任何内容。"
        "只影响新条目的制度没有视图读取。",
        "en": "Were a version of a policy adopted: in every view that reads the policy, which column of which row "
        "would change from what to what. Nothing is recorded. A policy that decides on new entries only is read by no "
        "view.",
    },
    sort=("view", "row", "column"),
    period=False,
    arguments=(),
    columns=(
        worded("view", "text", "视图", "View", "读取该制度的视图", "A view that reads the policy", "view"),
        worded("person", "text", "人员", "Person", "该行所说的人；没有则为空", "Whom the row is about; empty for none"),
        worded("row", "list", "行", "Row", "该行的排序列", "The row's sort columns"),
        worded("change", "text", "变化", "Change", "增加、减少或变化", "added, removed or changed", "change"),
        worded("column", "text", "列", "Column", "变化的列", "The column that changes", "column"),
        worded("before", "text", "之前", "Before", "现行制度下的值", "Under the version in force", "any"),
        worded("after", "text", "之后", "After", "假设制度下的值", "Under the version supposed", "any"),
        worded("before_fen", "fen", "之前金额", "Money before", "现行制度下的金额", "Under the version in force"),
        worded("after_fen", "fen", "之后金额", "Money after", "假设制度下的金额", "Under the version supposed"),
        worded("delta_fen", "fen", "金额差", "Difference", "之后减之前", "After less before"),
        worded(
            "evidence",
            "ids",
            "依据",
            "Evidence",
            "该行两侧所据的事实",
            "The facts that the row rests on, on either side",
        ),
    ),
    sql="",
)
_TYPES = {"fen": pa.int64(), "list": pa.list_(pa.string()), "ids": pa.list_(pa.string())}
SCHEMA = pa.schema([(column.name, _TYPES.get(column.type, pa.string())) for column in IMPACT.columns])


@dataclass(frozen=True)
class Impact:
    """影响预览: what adopting a version of a policy would change.

    `view` has a row for each changed column of each changed row; `views` are those that read the policy, `people` the
    codes of all whom a changed row is about, `money` the sum of the differences in fen by `view.column`.
    """

    view: View
    views: tuple[str, ...]
    people: tuple[str, ...]
    money: Mapping[str, int]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The changes."""
        return self.view.rows


@cache
def views_reading(policy: str) -> tuple[Definition, ...]:
    """The views whose figures depend on a policy, and that can be asked without an argument."""
    table = policy_table_name(policy)
    return tuple(view for view in definitions().values() if not view.required and table in _read(view.sql))


def _read(sql: str) -> frozenset[str]:
    """What an SQL text reads, through the shared relations too."""
    found: set[str] = set()
    unread = [sql]
    while unread:
        new = relations_read(unread.pop()) - found
        found |= new
        unread += [base_relations()[name] for name in new & base_relations().keys()]
    return frozenset(found)


def impact_rows(sides: Iterable[Side]) -> Iterator[dict[str, Any]]:
    """A row for each column that changes."""
    for view, before, after in sides:
        yield from _changes(view, before, after)


def _changes(view: Definition, before: Iterable[Row], after: Iterable[Row]) -> Iterator[dict[str, Any]]:
    kinds = {column.name: column.type for column in view.columns}
    for old, new in differing(view.sort, before, after):
        either = new if old is None else old
        assert either is not None
        evidence = {event_id for row in (old, new) if row for event_id in row[EVIDENCE] or ()}
        about = {
            "view": view.name,
            "person": next((either[name] for name in PEOPLE if either.get(name)), None),
            "row": [_text(either[name]) or "" for name in view.sort],
            "change": "added" if old is None else "removed" if new is None else "changed",
            "evidence": sorted(evidence),
        }
        for name in _columns_changed(view, old, new):
            values = [None if row is None else row[name] for row in (old, new)]
            yield about | {"column": name} | (_money(values) if kinds[name] == "fen" else _plain(values))


def _columns_changed(view: Definition, old: Row | None, new: Row | None) -> Iterator[str]:
    """The columns whose values differ; what a row that comes or goes says of nothing is left out."""
    for column in view.columns:
        name = column.name
        if name == EVIDENCE or name in view.sort or name.endswith(VERSION):
            continue
        if old is not None and new is not None:
            if old[name] != new[name]:
                yield name
        elif (new if old is None else old)[name]:  # type: ignore[index]
            yield name


def _money(values: Sequence[int | None]) -> dict[str, int | None]:
    before, after = values
    return {"before_fen": before, "after_fen": after, "delta_fen": (after or 0) - (before or 0)}


def _plain(values: Sequence[Any]) -> dict[str, str | None]:
    return {"before": _text(values[0]), "after": _text(values[1])}


def _text(value: Any) -> str | None:
    """A value as text: lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else dumps(value).decode()


def people_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """Whom the changes are about, each once."""
    return tuple(sorted({row["person"] for row in rows if row["person"]}))


def money_of(rows: Iterable[Row]) -> dict[str, int]:
    """The sum of the differences of every column of money that changes, in fen, by `view.column`."""
    found: dict[str, int] = {}
    for row in rows:
        if "delta_fen" in row:
            name = f"{row['view']}.{row['column']}"
            found[name] = found.get(name, 0) + row["delta_fen"]
    return found


def impact_table(rows: Iterable[Row]) -> pa.Table:
    """The changes as a table with the columns of `IMPACT`."""
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA)
