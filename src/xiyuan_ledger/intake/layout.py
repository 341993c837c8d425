"""One fact laid out over the columns of a sheet: a row of cells becomes the fact, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.invalid import PERSONAL, Complaint, complaints
from xiyuan_ledger.errors import InvalidEntry
from xiyuan_ledger.intake.cells import HIDDEN, Reader, UnfitError, reader_of
from xiyuan_ledger.intake.headings import Named, named_by
from xiyuan_ledger.intake.kinds import PERSONAL_FIELD, fields_of
from xiyuan_ledger.intake.lines import Fault, Headings, Line, SheetRow, letters, row_error
from xiyuan_ledger.intake.words import field_words

REMEMBERED_MAX = 4_096
SHOWN_LENGTH_MAX = 40
_REMEMBERED = frozenset({str, datetime})
"""Cells that mean the same whenever they are equal; 1 and True are equal as well."""
DATED_BY = dict.fromkeys(("SessionHeld", "TrainingSessionHeld", "VolunteerHoursLogged"), "starts_at")
DATED_BY |= dict.fromkeys(("ExamPassed", "ExamFailed"), "results_on")
"""Facts whose day is that of another field: a sheet without a column for the day has it from there."""
_BLANK = object()
_UNREAD = object()


class ColumnOf(NamedTuple):
    """A column that holds a field: where it stands, what reads its cells, and those that it read already."""

    at: int
    field: str
    read: Reader
    known: dict[Any, Any]


def is_blank(cell: Any) -> bool:
    """Whether nothing stands in a cell, or nothing but blanks."""
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def shown(cell: Any) -> str:
    """A cell as a message repeats it."""
    if isinstance(cell, str):
        return f'"{cell if len(cell) <= SHOWN_LENGTH_MAX else cell[: SHOWN_LENGTH_MAX - 1] + HIDDEN}"'
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


class Layout:
    """The columns of a sheet as one fact has them; `unknown` are those that are none of its fields."""

    def __init__(self, fact: type[Fact], texts: Sequence[str], *, place: str, sheet: str | None, apart: frozenset[int]):
        named = {at: named_by(text, fact) for at, text in enumerate(texts) if text and at not in apart}
        self.fact = fact
        self.unknown = [at for at, name in named.items() if name is None]
        self.found = [(at, name) for at, name in named.items() if name is not None]
        self._unheaded = [at for at, text in enumerate(texts) if not text]
        self._loose = bool(self._unheaded or self.unknown)
        self._place = place
        self._columns = [self._column(at, name) for at, name in self.found]
        by_field = {name.field: at for at, name in self.found}
        hidden = frozenset(
            at for field, at in by_field.items() if field == PERSONAL or field.startswith(PERSONAL_FIELD)
        )
        self.headings = Headings(sheet, tuple(texts), by_field, hidden)
        self._apart = any(field.startswith(PERSONAL_FIELD) for field in by_field)
        self._dated_by = None if "occurred_on" in by_field else DATED_BY.get(fact.__name__)
        self._validate = fact.__pydantic_validator__.validate_python

    def _column(self, at: int, name: Named) -> ColumnOf:
        kind = fields_of(self.fact)[name.field].kind
        return ColumnOf(at, name.field, reader_of(name.field, kind, name.unit), {})

    @property
    def optional(self) -> frozenset[str]:
        """Fields that may be left out."""
        return frozenset(each.name for each in fields_of(self.fact).values() if not each.required)

    def twice(self) -> tuple[str, list[int]] | None:
        """A field that several headings name, with their columns."""
        fields = [name.field for _, name in self.found]
        field = next((each for each in fields if fields.count(each) > 1), None)
        return None if field is None else (field, [at for at, name in self.found if name.field == field])

    def absent(self) -> list[str]:
        """Required fields without a column."""
        present = self.headings.columns
        needed = [each.name for each in fields_of(self.fact).values() if each.required and each.name not in present]
        return [name for name in needed if name != "occurred_on" or self._dated_by not in present]

    def line(self, number: int, cells: Sequence[Any]) -> Line | None:
        """What a row holds; None where it holds nothing."""
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        width = len(cells)
        for column in self._columns:
            if column.at >= width:
                continue
            cell = cells[column.at]
            if cell is None or cell == "":
                continue
            found = column.known.get(cell, _UNREAD) if type(cell) in _REMEMBERED else _UNREAD
            if found is _UNREAD:
                found = self._read(column, cell, faults)
            if found is not _BLANK:
                values[column.field] = found
        if self._loose or width > len(self.headings.texts):
            faults += self._misplaced(cells)
        if not values and not faults:
            return None if all(map(is_blank, cells)) else self._refused(number, cells, values, faults)
        if self._dated_by is not None:
            self._date(values)
        if values.get("source") is None:
            values["source"] = f"{self._place}{number}"
        if self._apart:
            values = _gathered(values)
        if not faults:
            try:
                return Line(number, self._validate(values), None, SheetRow(self.headings, cells))
            except ValidationError:
                pass
        return self._refused(number, cells, values, faults)

    def _date(self, values: dict[str, Any]) -> None:
        """The day of a fact whose day another field has."""
        told = values.get(self._dated_by or "")
        if isinstance(told, date):
            values["occurred_on"] = told.date() if isinstance(told, datetime) else told

    def _read(self, column: ColumnOf, cell: Any, faults: list[Fault]) -> Any:
        """The value of a cell, remembered if it is text or a time; `_BLANK` where there is none, or it is at fault."""
        if is_blank(cell):
            return _BLANK
        try:
            found = column.read(cell)
        except UnfitError as error:
            faults.append(self._fault(column.at, column.field, shown(cell), error.expected))
            return _BLANK
        if type(cell) in _REMEMBERED and len(column.known) < REMEMBERED_MAX:
            column.known[cell] = found
        return found

    def _fault(self, at: int, field: str, found: str, expected: tuple[str, str]) -> Fault:
        error = InvalidEntry(
            "cell-invalid",
            field=field,
            column=letters(at),
            heading=self.headings.texts[at],
            found=HIDDEN if at in self.headings.hidden else found,
            expected=expected[0],
            expected_zh=expected[1],
        )
        return Fault(at, error)

    def _misplaced(self, cells: Sequence[Any]) -> Iterable[Fault]:
        """Cells that are not empty, where this fact has no column. What stands in them is not repeated."""
        filled = [at for at, cell in enumerate(cells) if not is_blank(cell)]
        width, bare = len(self.headings.texts), self._unheaded
        found = [Fault(at, self._unknown(at)) for at in filled if at in self.unknown]
        loose = (at for at in filled if at >= width or at in bare)
        return [*found, *(Fault(at, InvalidEntry("cell-unheaded", column=letters(at))) for at in loose)]

    def _unknown(self, at: int) -> InvalidEntry:
        text = self.headings.texts[at]
        return InvalidEntry("cell-unknown", column=letters(at), heading=text, type=self.fact.__name__)

    def _refused(self, number: int, cells: Sequence[Any], values: dict[str, Any], faults: list[Fault]) -> Line:
        """The row with everything that is wrong with it, cell by cell from the left."""
        told = {fault.error.field for fault in faults}
        try:
            self._validate(values)
        except ValidationError as error:
            faults += [self._complained(each, cells) for each in complaints(error) if each.loc[0] not in told]
        faults.sort(key=lambda fault: len(self.headings.texts) if fault.at is None else fault.at)
        return Line(number, None, row_error(faults), SheetRow(self.headings, cells, tuple(faults)))

    def _complained(self, complaint: Complaint, cells: Sequence[Any]) -> Fault:
        """What the fact's schema finds wrong, said of the cell."""
        field, name = str(complaint.loc[0]), self.fact.__name__
        at = self.headings.columns.get(field)
        if at is None and field == PERSONAL and len(complaint.loc) > 1:
            field = f"{PERSONAL_FIELD}{complaint.loc[1]}"
            at = self.headings.columns.get(field)
        if at is None and complaint.kind != "missing":
            english, chinese = complaint.expected
            return Fault(None, InvalidEntry("row-unfit", type=name, expected=english, expected_zh=chinese))
        if at is None:
            word = field_words().get(field, {}).get("zh", field)
            return Fault(None, InvalidEntry("row-field-missing", field=field, type=name, word=word))
        if complaint.kind == "missing" and len(complaint.loc) == 1:
            heading = self.headings.texts[at]
            error = InvalidEntry("cell-missing", field=field, column=letters(at), heading=heading, type=name)
            return Fault(at, error)
        cell = cells[at]
        return self._fault(
            at, field, shown(cell) if isinstance(cell, str | int | date) else str(cell), complaint.expected
        )


def _gathered(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a row with those of personal columns together, as the fact has them."""
    apart = {field: value for field, value in values.items() if field.startswith(PERSONAL_FIELD)}
    if not apart or not isinstance(values.get(PERSONAL, {}), dict):
        return values
    given = values.get(PERSONAL, {}) | {field.removeprefix(PERSONAL_FIELD): value for field, value in apart.items()}
    return {field: value for field, value in values.items() if field not in apart} | {PERSONAL: given}
