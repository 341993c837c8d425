"""Rows as a table for a document: values for people, lists in full, the pin above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xiyuan_ledger.errors import Language
from xiyuan_ledger.projections.wording import NUMBERS, cell_text, heading, pin_notes, printable

if TYPE_CHECKING:
    from xiyuan_ledger.projections.catalogue import Column
    from xiyuan_ledger.projections.view import View


def view_markdown(view: View, lang: Language) -> str:
    """A view with its title and its pin."""
    definition = view.definition
    return rows_markdown(definition.title[lang], pin_notes(view, lang), definition.columns, view.rows, lang)


def rows_markdown(
    title: str,
    notes: Sequence[tuple[str, str]],
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    lang: Language,
) -> str:
    """Rows under their headings; `notes` say where they come from."""
    lines = [f"**{_escaped(title)}**", ""]
    lines += [notes_line(notes), ""] if notes else []
    lines += [_row([heading(each, lang) for each in columns])]
    lines += [_row(["---:" if each.type in NUMBERS else "---" for each in columns])]
    lines += [_row([_escaped(cell_text(each, row.get(each.name), lang)) for each in columns]) for row in rows]
    return "\n".join(lines) + "\n"


def notes_line(notes: Sequence[tuple[str, str]]) -> str:
    """What is said of a pin, on one line."""
    return " · ".join(f"{label} {value}" for label, value in notes)


def _escaped(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace("|", "\\|")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
