"""比较: what became of a view between two pins, row by row, and the facts recorded between them that caused it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from xiyuan_ledger.canonical import dumps
from xiyuan_ledger.projections.catalogue import Definition, worded

if TYPE_CHECKING:
    from xiyuan_ledger.projections.view import View

Row = Mapping[str, Any]
EVIDENCE = "evidence"
POSITION_DIGITS = 12
"""An event id begins with the position, in so many hex digits."""


DIFF = Definition(
    name="diff",
    group="audit",
    title={"zh": "比较", "en": "Diff"},
    about={
        "zh": "同一视图在两个固定版本点之间增加、减少、变化的行，以及其间记录的哪些事实造成。"
        "只有依据不同而数值相同的行不算变化。",
        "en": "Rows of a view added, removed and changed between two pins, and the facts recorded between them that "
        "caused it: what only one side rests on and what superseded its evidence; where there is none, the facts that "
        "the view reads in the streams that the row rests on or its key names. A row that differs in its "
        "evidence alone is unchanged.",
    },
    sort=("key",),
    period=False,
    arguments=(),
    columns=(
        worded("change", "text", "变化", "Change", "增加、减少或变化", "added, removed or changed", "change"),
        worded("key", "json", "行", "Row", "该行的排序列", "The row's sort columns, in whose order the rows stand"),
        worded(
            "before",
            "json",
            "之前",
            "Before",
            "第一个版本点的该行，不含依据",
            "The row at the first pin, without its evidence",
        ),
        worded(
            "after",
            "json",
            "之后",
            "After",
            "第二个版本点的该行，不含依据",
            "The row at the second pin, without its evidence",
        ),
        worded(
            "columns_changed",
            "list",
            "变化的列",
            "Columns",
            "数值不同的列",
            "The columns whose values differ",
            "column",
        ),
        worded(
            "caused_by",
            "ids",
            "起因",
            "Caused by",
            "两个版本点之间记录的相关事实",
            "The facts recorded between the pins",
        ),
        worded("evidence", "ids", "依据", "Evidence", "与起因相同", "The same as the causes"),
    ),
    sql="",
)
SCHEMA = pa.schema(
    [(column.name, pa.list_(pa.string()) if column.type in ("list", "ids") else pa.string()) for column in DIFF.columns]
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A fact that a view may read, recorded between the pins, and its stream."""

    event_id: str
    stream: str


@dataclass(frozen=True, slots=True)
class Between:
    """The facts recorded after one position and up to another, and what was corrected or voided, by what.

    `neighbours` are those of the kinds that the view reads; `streams` are those of the rows' evidence.
    """

    first: int
    last: int
    superseded: Mapping[str, str]
    neighbours: Sequence[Neighbour] = ()
    streams: Mapping[str, str] = field(default_factory=dict)

    def holds(self, event_id: str) -> bool:
        """Whether a fact was recorded between the two."""
        return self.first < int(event_id.replace("-", "")[:POSITION_DIGITS], 16) <= self.last

    def causes(self, before: Row | None, after: Row | None) -> list[str]:
        """What made a row differ: what only one side rests on, and what superseded anything that either rests on."""
        old, new = (set((row and row[EVIDENCE]) or ()) for row in (before, after))
        superseding = {self.superseded[event_id] for event_id in old | new if event_id in self.superseded}
        return sorted(event_id for event_id in (old ^ new) | superseding if self.holds(event_id))

    def near(self, evidence: set[str], key: Iterable[Any]) -> list[str]:
        """The facts of the streams that a row rests on or its key names: what took away leaves no evidence."""
        streams = {self.streams.get(event_id) for event_id in evidence}
        subjects = {value for value in key if isinstance(value, str)}
        return [
            each.event_id
            for each in self.neighbours
            if each.stream in streams or not subjects.isdisjoint(each.stream.split("/")[1:])
        ]


def compare(view: Definition, before: View, after: View, between: Between) -> pa.Table:
    """The diff of a view between two pins, as a table with the columns of `DIFF`.

    Whichever pin is the earlier one: what was recorded between them is the same.
    """
    return pa.Table.from_pylist(list(changes(view.sort, before.rows, after.rows, between)), schema=SCHEMA)


def changes(
    key: Sequence[str], before: Iterable[Row], after: Iterable[Row], between: Between
) -> Iterator[dict[str, Any]]:
    """The rows that were added, removed or changed, with what caused it."""
    for old, new in differing(key, before, after):
        yield _change(key, old, new, between)


def differing(
    key: Sequence[str], before: Iterable[Row], after: Iterable[Row]
) -> Iterator[tuple[Row | None, Row | None]]:
    """The rows that differ, each with what became of it, in the order of their key.

    Where several rows share a key, those that are equal belong together, and the others in their order.
    """
    sides = _by_key(key, before), _by_key(key, after)
    for value in sorted({*sides[0], *sides[1]}, key=_order):
        yield from _pairs(sides[0].get(value, []), sides[1].get(value, []))


def _by_key(key: Sequence[str], rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in key)].append(row)
    return found


def _order(value: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    """Absent values last, as in the view."""
    return [(each is None, 0 if each is None else each) for each in value]


def _pairs(old: list[Row], new: list[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """The rows of one key that differ, each with what became of it."""
    left, right = _without(old, new), _without(new, old)
    for nth in range(max(len(left), len(right))):
        yield left[nth] if nth < len(left) else None, right[nth] if nth < len(right) else None


def _without(rows: list[Row], others: list[Row]) -> list[Row]:
    """The rows that have no equal among the others, evidence aside, each of which counts once."""
    equals = Counter(_text(_values(row)) for row in others)
    found = []
    for row in rows:
        text = _text(_values(row))
        if equals[text]:
            equals[text] -= 1
        else:
            found.append(row)
    return found


def _change(key: Sequence[str], old: Row | None, new: Row | None, between: Between) -> dict[str, Any]:
    either = new if old is None else old
    assert either is not None
    evidence = {event_id for row in (old, new) if row for event_id in row[EVIDENCE] or ()}
    causes = between.causes(old, new) or between.near(evidence, (either[name] for name in key))
    return {
        "change": "added" if old is None else "removed" if new is None else "changed",
        "key": _text({name: either[name] for name in key}),
        "before": _text(_values(old)) if old else None,
        "after": _text(_values(new)) if new else None,
        "columns_changed": [name for name in old if name != EVIDENCE and old[name] != new[name]] if old and new else [],
        "caused_by": causes,
        "evidence": causes,
    }


def _values(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != EVIDENCE}


def _text(values: Mapping[str, Any]) -> str:
    return dumps(values).decode()
