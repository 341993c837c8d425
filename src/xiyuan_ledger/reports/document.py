"""文书: what a report says, before it is HTML, PDF, Markdown or a workbook: sections of texts, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xiyuan_ledger.errors import Language
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.wording import NUMBERS, cell_text, heading

IDS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Table:
    """A table: titles, rows of texts, which columns are numbers, and what its caption says."""

    caption: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    empty: str = ""
    view: str = ""
    """The view whose rows these are, under its columns' titles; empty where the report made them itself."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, as SVG."""

    svg: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points."""

    lines: Sequence[str]


Block = str | Table | Picture | Points


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under a title of its own."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """文书: its title and cover, its sections, and the footer that says where every figure comes from."""

    title: str
    subtitle: str
    cover: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    footer: Sequence[tuple[str, str]]
    dated: date
    lang: Language
    banner: str = ""
    sheets: Sequence[Table] = ()
    """Tables that only the workbook has room for."""

    def tables(self) -> list[Table]:
        """Every table, those that only the workbook has last."""
        found = [block for part in self.sections for block in part.blocks if isinstance(block, Table)]
        return [*found, *self.sheets]


def rows_table(
    view: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    lang: Language,
    *,
    caption: str | None = None,
    names: Mapping[str, str] | None = None,
    empty: str = "",
) -> Table:
    """Rows of a view in the words of people, under the titles that the view gives its columns."""
    defined = {column.name: column for column in definition(view).columns}
    chosen = [defined[name] for name in columns]
    known = names or {}
    told = [
        [known.get(str(row[column.name])) or cell_text(column, row[column.name], lang) for column in chosen]
        for row in rows
    ]
    numbers = frozenset(place for place, column in enumerate(chosen) if column.type in NUMBERS)
    titles = [heading(column, lang) for column in chosen]
    return Table(caption or definition(view).title[lang], titles, told, numbers, empty, view)


def ids_text(ids: Sequence[str], lang: Language) -> str:
    """How many events stand behind something, and the positions of the first; their ids are in the annex."""
    if not ids:
        return "-"
    shown = " ".join(f"#{_position(event_id)}" for event_id in ids[:IDS_SHOWN])
    more = "" if len(ids) <= IDS_SHOWN else " …"
    return f"{len(ids)} 条: {shown}{more}" if lang == "zh" else f"{len(ids)}: {shown}{more}"


def _position(event_id: str) -> int:
    """The position that an event id begins with."""
    return int(event_id[:8] + event_id[9:13], 16)
