"""The refused rows as a workbook, the bad cells marked with the reason; corrected, it can be recorded itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, datetime
from itertools import count
from pathlib import Path, PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from xiyuan_ledger.errors import Language, Refused
from xiyuan_ledger.intake.cells import HIDDEN, Uncalculated
from xiyuan_ledger.intake.headings import LINE_HEADINGS, REASON_HEADINGS
from xiyuan_ledger.intake.lines import Headings, SheetRow
from xiyuan_ledger.projections.workbook import close_workbook, new_workbook

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

ROWS_MAX = 100_000
"""So many refused rows are copied; of a file with more, something else is wrong."""
SHEET_NAME_MAX = 31
TEXT_MAX = 32_767
WIDTH = 18
REASON_WIDTH = 60
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_BAD = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_DATE = {"num_format": "yyyy-mm-dd"}
_TIME = {"num_format": "yyyy-mm-dd hh:mm:ss"}
_FORMATS: dict[str, dict[str, Any]] = {
    "head": {"bold": True},
    "bad": _BAD,
    "date": _DATE,
    "time": _TIME,
    "bad-date": _BAD | _DATE,
    "bad-time": _BAD | _TIME,
}
_NO_ROW = SheetRow(Headings(None, (), {}), ())


class Marked:
    """The refused rows, sheet by sheet under their headings. Nothing is written where nothing was refused."""

    def __init__(self, path: Path, lang: Language, replacing: Callable[[Path], AbstractContextManager[Path]]):
        self.count = 0
        self.left_out = 0
        self._path = path
        self._lang = lang
        self._replacing = replacing
        self._stack = ExitStack()
        self._book: Any = None
        self._formats: dict[str, Any] = {}
        self._sheets: dict[tuple[Any, ...], _Copy] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, file: str, number: int, error: Refused, row: SheetRow | None) -> None:
        """Copy a refused row."""
        if self.count == ROWS_MAX:
            self.left_out += 1
            return
        self.count += 1
        found = row or _NO_ROW
        key = (file, found.headings.sheet, found.headings.texts)
        if self._book is None:
            self._begin()
        if key not in self._sheets:
            self._sheets[key] = self._new_sheet(file, found)
        self._sheets[key].add(number, error, found)

    def _begin(self) -> None:
        self._book = self._stack.enter_context(_closing(self._replacing(self._path)))
        self._formats = {name: self._book.add_format(form) for name, form in _FORMATS.items()}

    def _new_sheet(self, file: str, row: SheetRow) -> _Copy:
        wanted = _NOT_IN_NAMES.sub(" ", row.headings.sheet or PurePath(file).stem).strip() or "-"
        taken = {sheet.get_name().lower() for sheet in self._book.worksheets()}
        names = (f"{wanted[: SHEET_NAME_MAX - len(tail)]}{tail}" for tail in _tails())
        name = next(name for name in names if name.lower() not in taken)
        return _Copy(self._book.add_worksheet(name), row, self._formats, self._lang)


def _tails() -> Iterator[str]:
    yield ""
    yield from (f" ({number})" for number in count(2))


@contextmanager
def _closing(replacing: AbstractContextManager[Path]) -> Iterator[Workbook]:
    with replacing as draft:
        book = new_workbook(draft, rows_in_order=True)
        yield book
        close_workbook(book)


class _Copy:
    """One sheet of the copy."""

    def __init__(self, sheet: Worksheet, row: SheetRow, formats: Mapping[str, Any], lang: Language):
        self._sheet = sheet
        self._formats = formats
        self._lang = lang
        self._width = len(row.headings.texts)
        self._next = 1
        bad = {} if row.cells else {fault.at: fault.error for fault in row.faults}
        for at, text in enumerate(row.headings.texts):
            sheet.write_string(0, at, text, formats["bad" if at in bad else "head"])
            if at in bad:
                self._comment(0, at, bad[at])
        sheet.write_string(0, self._width, LINE_HEADINGS[lang], formats["head"])
        sheet.write_string(0, self._width + 1, REASON_HEADINGS[lang], formats["head"])
        sheet.set_column(0, self._width, WIDTH)
        sheet.set_column(self._width + 1, self._width + 1, REASON_WIDTH)
        sheet.freeze_panes(1, 0)

    def add(self, number: int, error: Refused, row: SheetRow) -> None:
        """One row, its bad cells marked; a personal one is not repeated."""
        at_fault: dict[int, Refused] = {fault.at: fault.error for fault in row.faults if fault.at is not None}
        column = row.headings.columns.get(error.field or "")
        if not at_fault and column is not None and row.cells:
            at_fault[column] = error
        if row.cells:
            for at in range(self._width):
                cell = row.cells[at] if at < len(row.cells) else None
                self._write(at, HIDDEN if at in row.headings.hidden and cell is not None else cell, at in at_fault)
                if at in at_fault:
                    self._comment(self._next, at, at_fault[at])
        self._sheet.write_number(self._next, self._width, number)
        self._sheet.write_string(self._next, self._width + 1, f"[{error.code}] {error.message(self._lang)}"[:TEXT_MAX])
        self._next += 1

    def _write(self, at: int, cell: Any, bad: bool) -> None:
        form = self._formats["bad"] if bad else None
        if cell is None or isinstance(cell, Uncalculated):
            self._sheet.write_blank(self._next, at, None, form)
        elif isinstance(cell, bool):
            self._sheet.write_boolean(self._next, at, cell, form)
        elif isinstance(cell, int | float):
            self._sheet.write_number(self._next, at, cell, form)
        elif isinstance(cell, date):
            kind = "time" if isinstance(cell, datetime) and cell.time() != datetime.min.time() else "date"
            self._sheet.write_datetime(self._next, at, cell, self._formats[f"bad-{kind}" if bad else kind])
        else:
            self._sheet.write_string(self._next, at, str(cell)[:TEXT_MAX], form)

    def _comment(self, row: int, at: int, error: Refused) -> None:
        text = f"{error.message(self._lang)}\n{error.hint(self._lang)}"
        self._sheet.write_comment(row, at, text, {"author": "xiyuan", "x_scale": 2, "y_scale": 2})
