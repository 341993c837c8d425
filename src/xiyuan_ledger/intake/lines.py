"""A line of a file as read: the entry that it holds, or why it holds none; of a sheet, with its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.errors import InvalidEntry, Language

HIDDEN_SHEET = 0
"""The number of the line that stands for a whole sheet that nobody sees."""


class Fault(NamedTuple):
    """What is wrong with one cell; no column where the sheet has none for it."""

    at: int | None
    error: InvalidEntry


@dataclass(frozen=True)
class Headings:
    """The headings of a sheet as they stand, and the column of each field; those of personal fields are not shown."""

    sheet: str | None
    texts: tuple[str, ...]
    columns: Mapping[str, int]
    hidden: frozenset[int] = frozenset()

    def letter_of(self, field: str | None) -> str | None:
        """The letter of the column that holds a field."""
        index = None if field is None else self.columns.get(field)
        return None if index is None else letters(index)


class SheetRow(NamedTuple):
    """The cells behind a line, and what is wrong with them."""

    headings: Headings
    cells: Sequence[Any]
    faults: tuple[Fault, ...] = ()

    def letters(self, field: str | None) -> str | None:
        """The columns at fault; where every cell was readable, the column of the field that was refused."""
        found = [letters(fault.at) for fault in self.faults if fault.at is not None]
        return ", ".join(dict.fromkeys(found)) or self.headings.letter_of(field)


class Line(NamedTuple):
    """One line that is not empty, counted from 1: the entry that it holds, or why it holds none.

    A row of totals, of notes or of the headings once more has neither; nor has a hidden sheet, whose number is 0.
    """

    number: int
    entry: Fact | dict[str, Any] | None
    error: InvalidEntry | None
    row: SheetRow | None = None


def letters(index: int) -> str:
    """The name of a column: A, B, … Z, AA."""
    named = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        named = chr(ord("A") + rest) + named
    return named


def row_error(faults: Sequence[Fault]) -> InvalidEntry:
    """The refusal of a row: its one fault, or all of them at once."""
    if len(faults) == 1:
        return faults[0].error

    def told(lang: Language) -> str:
        return "; ".join(fault.error.message(lang) for fault in faults)

    return InvalidEntry(
        "row-invalid", field=faults[0].error.field, count=len(faults), faults=told("en"), faults_zh=told("zh")
    )
