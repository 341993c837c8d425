"""Workbooks as Excel saves them, read in a stream: every sheet, its values, and formulas only by what they came to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.errors import FileError, InvalidEntry
from xiyuan_ledger.intake.cells import Uncalculated
from xiyuan_ledger.intake.layout import is_blank
from xiyuan_ledger.intake.lines import HIDDEN_SHEET, Headings, Line, SheetRow
from xiyuan_ledger.intake.naming import ABOUT_SHEETS
from xiyuan_ledger.intake.sheets import Row, read_sheet

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

PIECE_BYTES = 256 * 1024
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_OVERLAP = 16
_BROKEN = (BadZipFile, KeyError, ValueError, TypeError, ParseError, EOFError, NotImplementedError)
"""What a file that is no workbook, or a damaged one, makes of the library that reads it."""


def read_workbook(stream: IO[bytes], name: str, fact: type[Fact] | None) -> Iterator[Line]:
    """The lines of every sheet that holds any, sheet after sheet."""
    for title, hidden, rows in sheets_of(stream, name):
        if title in ABOUT_SHEETS:
            continue
        if hidden:
            yield from _hidden(title, rows)
        else:
            yield from read_sheet(rows, name, title, fact)


def _hidden(title: str, rows: Iterator[Row]) -> Iterator[Line]:
    """Nobody sees what stands on a hidden sheet: it is not read; where there is anything, one line for the whole."""
    if any(isinstance(cells, InvalidEntry) or not all(map(is_blank, cells)) for _, cells in rows):
        yield Line(HIDDEN_SHEET, None, None, SheetRow(Headings(title, (), {}), ()))


def sheets_of(stream: IO[bytes], name: str) -> Iterator[tuple[str, bool, Iterator[Row]]]:
    """Every sheet of a workbook by its name: whether it is hidden, and its rows as they stand."""
    with _opened(stream, name, formulas=False) as book:
        beside = _with_formulas(stream)
        for sheet in book.worksheets:
            yield (
                sheet.title,
                sheet.sheet_state != "visible",
                _numbered(_rows(stream, name, sheet) if beside else _values(sheet)),
            )


@contextmanager
def _opened(stream: IO[bytes], name: str, *, formulas: bool) -> Iterator[Workbook]:
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.datetime import CALENDAR_MAC_1904
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise FileError("extra-missing", found="files") from error
    stream.seek(0)
    try:
        book = load_workbook(stream, read_only=True, data_only=not formulas, keep_links=False)
    except (InvalidFileException, *_BROKEN) as error:
        raise FileError("workbook-broken", path=name, found=_said(error)) from None
    try:
        if book.epoch == CALENDAR_MAC_1904:
            # A day that stands there as a bare number would be read four years off.
            raise FileError("workbook-epoch", path=name)
        yield book
    finally:
        book.close()


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _values(sheet: ReadOnlyWorksheet) -> Iterator[Sequence[Any]]:
    """The rows of a sheet. What the file says of its size is not relied on: many programs write it wrong."""
    if not hasattr(sheet, "reset_dimensions"):
        return iter(())
    sheet.reset_dimensions()
    return sheet.iter_rows(values_only=True)  # type: ignore[no-any-return]


def _numbered(rows: Iterator[Sequence[Any]]) -> Iterator[Row]:
    number = 0
    try:
        for number, cells in enumerate(rows, start=1):
            yield number, cells
    except _BROKEN as error:
        yield number + 1, InvalidEntry("sheet-broken", found=_said(error))


def _with_formulas(stream: IO[bytes]) -> bool:
    """Whether any sheet has formulas: their values may be missing, and that must not look like an empty cell."""
    try:
        with ZipFile(stream) as parts:
            return any(_has_formula(parts, part) for part in parts.namelist() if "worksheets/sheet" in part)
    except _BROKEN:
        return False


def _has_formula(parts: ZipFile, part: str) -> bool:
    with parts.open(part) as content:
        kept = b""
        while piece := content.read(PIECE_BYTES):
            if _FORMULA.search(kept + piece):
                return True
            kept = piece[-_OVERLAP:]
    return False


def _rows(stream: IO[bytes], name: str, sheet: ReadOnlyWorksheet) -> Iterator[Sequence[Any]]:
    """The rows of a sheet, read beside their formulas: one without a value is said to be one."""
    with _opened(stream, name, formulas=True) as book:
        for values, written in zip(_values(sheet), _values(book[sheet.title]), strict=False):
            if len(values) < len(written):
                values = tuple(chain(values, [None] * (len(written) - len(values))))
            yield (
                tuple(
                    Uncalculated() if value is None and isinstance(formula, str) and formula.startswith("=") else value
                    for value, formula in zip(values, written, strict=True)
                )
                if any(value is None for value in values)
                else values
            )
