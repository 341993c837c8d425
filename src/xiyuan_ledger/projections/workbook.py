"""A view as an Excel workbook: the rows, and a sheet with the pin, the columns and the SQL. Always the same bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xiyuan_ledger.errors import FileError, Language
from xiyuan_ledger.projections.wording import NUMBERS, cell_text, heading, pin_notes, shanghai_time

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from xiyuan_ledger.projections.catalogue import Column
    from xiyuan_ledger.projections.view import View

CREATED_AT = datetime(2012, 6, 1)  # noqa: DTZ001  # Excel knows no zones
"""A fixed date of making: the file is the same whenever it is written."""
ROWS_MAX = 1_048_576 - 10
CELL_LENGTH_MAX = 32_767
EXCEL_BEGINS = date(1900, 3, 1)
MINUTES_PER_DAY = 24 * 60
WIDTH_MIN = 9
WIDTH_MAX = 48
WIDTH_SAMPLE_ROWS = 200
FORMATS = {
    "fen": "#,##0.00",
    "centi": "0.00",
    "minutes": "[h]:mm",
    "date": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm:ss",
    "time": "yyyy-mm-dd hh:mm",
    "bold": "",
    "title": "",
}
_TITLES: dict[Language, tuple[str, str, str]] = {
    "zh": ("数据", "版本与口径", "列"),
    "en": ("Rows", "Pin and SQL", "Columns"),
}


def write_workbook(view: View, path: Path, lang: Language) -> None:
    """Write a view: its rows under the columns' titles, and a sheet that says where they come from."""
    notes = pin_notes(view, lang)
    workbook = new_workbook(path)
    formats = _formats(workbook)
    line = " · ".join(f"{label} {value}" for label, value in notes)
    columns = view.definition.columns
    _write_table(workbook, formats, [view.definition.title[lang], line], columns, view.rows, lang)
    _write_origin(workbook.add_worksheet(_TITLES[lang][1]), formats, view, notes, lang)
    close_workbook(workbook)


def write_rows(
    path: Path, title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], lang: Language
) -> None:
    """Write rows that are no view's."""
    workbook = new_workbook(path)
    _write_table(workbook, _formats(workbook), [title], columns, rows, lang)
    close_workbook(workbook)


def new_workbook(path: Path | BytesIO, *, rows_in_order: bool = False) -> Workbook:
    """An empty workbook; one whose rows are written in order keeps none of them in memory.

    What is written to memory touches no disk on its way: a file for the bank holds names and accounts.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise FileError("extra-missing", found="files") from error
    in_memory = isinstance(path, BytesIO)
    workbook = Workbook(path if in_memory else str(path), {"constant_memory": rows_in_order, "in_memory": in_memory})
    workbook.set_properties({"created": CREATED_AT})
    return workbook


def close_workbook(workbook: Workbook) -> None:
    """Write it down; a full disk is an OSError as with every other file."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        workbook.close()
    except FileCreateError as error:
        raise OSError(getattr(error.args[0], "strerror", None) or str(error)) from error


def _formats(workbook: Workbook) -> dict[str, Any]:
    made = {
        name: workbook.add_format({"num_format": form} if form else {"bold": True}) for name, form in FORMATS.items()
    }
    made["title"].set_font_size(14)
    return made


def _write_table(
    workbook: Workbook,
    formats: Mapping[str, Any],
    above: Sequence[str],
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    lang: Language,
) -> None:
    if len(rows) > ROWS_MAX:
        raise FileError("sheet-too-long", rows=len(rows), limit=ROWS_MAX)
    sheet = workbook.add_worksheet(_TITLES[lang][0])
    for row, text in enumerate(above):
        sheet.write_string(row, 0, text, formats["title"] if row == 0 else None)
    first = len(above) + 1
    for at, column in enumerate(columns):
        sheet.write_string(first, at, heading(column, lang), formats["bold"])
        sheet.set_column(at, at, _column_width(column, rows, lang))
    for row, values in enumerate(rows, start=first + 1):
        for at, column in enumerate(columns):
            _write_cell(sheet, row, at, column, values.get(column.name), formats, lang)
    sheet.freeze_panes(first + 1, 0)
    sheet.autofilter(first, 0, first + max(len(rows), 1), max(len(columns) - 1, 0))


def _write_cell(
    sheet: Worksheet, row: int, at: int, column: Column, value: Any, formats: Mapping[str, Any], lang: Language
) -> None:
    if value is None:
        return
    kind = column.type
    if kind in ("fen", "centi"):
        sheet.write_number(row, at, Decimal(value).scaleb(-2), formats[kind])
    elif kind == "minutes":
        sheet.write_number(row, at, Decimal(value) / MINUTES_PER_DAY, formats[kind])
    elif kind in NUMBERS:
        sheet.write_number(row, at, value)
    elif kind == "flag":
        sheet.write_boolean(row, at, value)
    elif (day := _excel_day(kind, value)) is not None:
        sheet.write_datetime(row, at, day, formats[kind] if kind in formats else formats["date"])
    else:
        sheet.write_string(row, at, _bounded(column, value, lang))


def _excel_day(kind: str, value: Any) -> date | datetime | None:
    """A date or a time in Shanghai, where Excel has one for it."""
    if isinstance(value, datetime):
        told = shanghai_time(value) if kind == "instant" else value.replace(tzinfo=None)
        return told if told.date() >= EXCEL_BEGINS else None
    return value if isinstance(value, date) and value >= EXCEL_BEGINS else None


def _bounded(column: Column, value: Any, lang: Language) -> str:
    """Text that fits a cell; of a list that is too long, as many as fit and the number of those left out."""
    text = cell_text(column, value, lang)
    if len(text) <= CELL_LENGTH_MAX:
        return text
    if not isinstance(value, list):
        return text[: CELL_LENGTH_MAX - 1] + "…"
    kept = text[: CELL_LENGTH_MAX - 20].rpartition(", ")[0]
    return f"{kept}, … +{len(value) - kept.count(', ') - 1}"


def _column_width(column: Column, rows: Sequence[Mapping[str, Any]], lang: Language) -> int:
    texts = [cell_text(column, row.get(column.name), lang) for row in rows[:WIDTH_SAMPLE_ROWS]]
    widest = max(_places(text) for text in [heading(column, lang) + "   ", *texts])
    return min(max(widest + 1, WIDTH_MIN), WIDTH_MAX)


def _places(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _write_origin(
    sheet: Worksheet, formats: Mapping[str, Any], view: View, notes: Sequence[tuple[str, str]], lang: Language
) -> None:
    """The pin, what each column means, and the SQL that made the rows."""
    lines: list[tuple[str, str, str]] = [(label, value, "") for label, value in notes]
    lines += [("", "", ""), (_TITLES[lang][2], "", "")]
    lines += [(each.name, heading(each, lang), each.about[lang]) for each in view.definition.columns]
    lines += [("", "", ""), ("SQL", f"{view.definition.group}/{view.name}.sql", "")]
    lines += [("", line, "") for line in view.definition.sql.splitlines()]
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 44)
    sheet.set_column(2, 2, 80)
    for row, cells in enumerate(lines):
        for at, text in enumerate(cells):
            sheet.write_string(row, at, text[:CELL_LENGTH_MAX], formats["bold"] if at == 0 else None)
