"""回盘表: the bank's answer as a sheet, read by the bank's template: CSV in GBK or UTF-8, or a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from xiyuan_ledger.errors import FileError, InvalidEntry
from xiyuan_ledger.intake.cells import Reader, UnfitError, reader_of
from xiyuan_ledger.intake.csv_sheets import rows_of
from xiyuan_ledger.intake.kinds import Kind
from xiyuan_ledger.intake.sheets import HEAD_ROWS, Row
from xiyuan_ledger.intake.workbooks import sheets_of
from xiyuan_ledger.payouts.bank.answers import REASON_UNLISTED, Judge, Said
from xiyuan_ledger.payouts.bank.findings import Findings, Place
from xiyuan_ledger.payouts.bank.order import Order, Outcome
from xiyuan_ledger.payouts.bank.plain_answers import plain_answer
from xiyuan_ledger.payouts.bank.template import BACK, AnswerTemplate, Template, Total

WORKBOOK = b"PK\x03\x04"
READERS: dict[str, Reader] = {
    "yuan": reader_of("amount_fen", Kind("fen"), "元"),
    "fen": reader_of("amount_fen", Kind("fen"), "分"),
    "lines": reader_of("lines", Kind("integer")),
}


def read_sheet_answer(content: bytes, name: str, order: Order, template: Template) -> list[Outcome]:
    """What the bank says of each line of an order.

    Raises FileError `answer-refused`, which names everything that is wrong by file, sheet, row and column; and where
    the file is none at all, or the template knows no answer.
    """
    if template.answer is None:
        raise FileError(
            "bank-template", path=template.name, field="answer", found="the template says nothing of answers"
        )
    findings = Findings(name)
    judge = Judge(order, findings, content)
    plain = None if content.startswith(WORKBOOK) else plain_answer(content, order, template, judge.digest)
    if plain is not None:
        judge.take_plain(plain.outcomes)
        _Reading(template.answer, order, None, findings, judge).check_whole(plain.total)
    else:
        sheet, rows = _sheet(content, name, template)
        _Reading(template.answer, order, sheet, findings, judge).read(rows)
    findings.refuse()
    return judge.outcomes


def _sheet(content: bytes, name: str, template: Template) -> tuple[str | None, Iterator[Row]]:
    """The sheet that holds the answer: the one that the template names, else the first that is not empty."""
    assert template.answer is not None
    stream = io.BytesIO(content)
    if not content.startswith(WORKBOOK):
        return None, rows_of(stream, name, template.separator)
    named = template.answer.sheet
    for title, _, rows in sheets_of(stream, name):
        found = list(rows)
        if title == named or (named is None and found):
            return title, iter(found)
    raise FileError("answer-sheet-missing", path=name, sheet=named or "1")


class _Reading:
    """One pass through a sheet."""

    def __init__(self, template: AnswerTemplate, order: Order, sheet: str | None, findings: Findings, judge: Judge):
        self._template = template
        self._order = order
        self._sheet = sheet
        self._findings = findings
        self._judge = judge
        self._columns: dict[BACK, int] = {}
        self._total: tuple[int, Sequence[Any]] | None = None

    def read(self, rows: Iterator[Row]) -> None:
        """Take every line, then hold the total line against them."""
        total = self._template.total
        for number, cells in self._after_headings(rows):
            if isinstance(cells, InvalidEntry):
                self._findings.add("answer-row-broken", self._place(number))
            elif any(_text(cell) for cell in cells):
                self._read_row(number, cells, total)
        if self._columns:
            self.check_whole(self._total)

    def check_whole(self, total: tuple[int, Sequence[Any]] | None) -> None:
        """Hold the total line against what was taken, and ask for every line of the order where the bank names all."""
        self._total = total
        self._check_total(self._template.total)
        if self._template.whole:
            self._judge.require_whole()

    def _read_row(self, number: int, cells: Sequence[Any], total: Total | None) -> None:
        if total is not None and _text(cells[0]) == total.cells[0]:
            if self._total is not None:
                self._findings.add("answer-total-twice", self._place(number))
            self._total = number, cells
        elif self._total is not None and total is not None and total.place == "last":
            self._findings.add("answer-after-total", self._place(number))
        else:
            self._take(number, cells)

    def _after_headings(self, rows: Iterator[Row]) -> Iterator[Row]:
        wanted = {column.holds: column.title for column in self._template.columns}
        if not self._template.headings:
            self._columns = {column.holds: at for at, column in enumerate(self._template.columns)}
            return rows
        head: list[Row] = []
        missing = list(wanted.values())
        for number, cells in rows:
            texts = [] if isinstance(cells, InvalidEntry) else [_text(cell) for cell in cells]
            missing = [title for title in wanted.values() if title not in texts]
            if not missing:
                self._columns = {holds: texts.index(title) for holds, title in wanted.items()}
                return chain(head, rows)
            if len(missing) < len(wanted) or len(head) == HEAD_ROWS:
                break
            head.append((number, cells))
        self._findings.add("answer-heading-missing", self._place(None), titles=", ".join(missing))
        return iter(())

    def _take(self, number: int, cells: Sequence[Any]) -> None:
        reference = self._reference(number, cells)
        amount = self._amount(number, cells)
        state = self._template.states.get(self._cell(cells, "state"))
        if state is None:
            self._unfit(number, "state", " / ".join(self._template.states))
        if reference is None or amount is None or state is None:
            return
        if "file" in self._columns and self._cell(cells, "file") != self._order.number:
            self._findings.add("answer-other-file", self._place(number, "file"), ordered=self._order.number)
            return
        reason = self._cell(cells, "reason")
        told = self._template.reasons.get(reason, REASON_UNLISTED) if reason and state != "paid" else None
        bank_ref = self._cell(cells, "bank_ref") or None
        self._judge.take(Said(self._place(number, "reference"), reference, amount, state, bank_ref, told))

    def _reference(self, number: int, cells: Sequence[Any]) -> str | None:
        """The line's reference; where the bank gives only its number in the file, that of the line there."""
        if "reference" in self._columns:
            return self._cell(cells, "reference")
        found = self._cell(cells, "number")
        if found.isdecimal() and 0 < int(found) <= len(self._order.transfers):
            return self._order.transfers[int(found) - 1].reference
        self._unfit(number, "number", f"1 - {len(self._order.transfers)}")
        return None

    def _amount(self, number: int, cells: Sequence[Any]) -> int | None:
        holds: BACK = "amount_yuan" if "amount_yuan" in self._columns else "amount_fen"
        unit = holds.removeprefix("amount_")
        at = self._columns[holds]
        found = _read(READERS[unit], cells[at] if at < len(cells) else None)
        if found is None:
            self._unfit(number, holds, "12.00" if unit == "yuan" else "1200")
        return found

    def _check_total(self, total: Total | None) -> None:
        if total is None:
            return
        if self._total is None:
            self._findings.add("answer-total-missing", self._place(None), label=total.cells[0])
            return
        number, cells = self._total
        sums = self._judge.sums()
        for at, cell in enumerate(total.cells):
            if not cell.startswith("{"):
                continue
            name = cell.strip("{}")
            found = _read(READERS[name.rpartition("_")[2]], cells[at] if at < len(cells) else None)
            if found != sums[name]:
                said = "-" if found is None else found
                place = Place(self._sheet, number, at)
                self._findings.add("answer-total-wrong", place, sum=name, found=said, counted=sums[name])

    def _cell(self, cells: Sequence[Any], holds: BACK) -> str:
        at = self._columns.get(holds)
        return _text(cells[at]) if at is not None and at < len(cells) else ""

    def _unfit(self, number: int, holds: BACK, expected: str) -> None:
        title = next(column.title for column in self._template.columns if column.holds == holds)
        self._findings.add("answer-cell", self._place(number, holds), title=title, expected=expected)

    def _place(self, number: int | None, holds: BACK | None = None) -> Place:
        return Place(self._sheet, number, None if holds is None else self._columns.get(holds))


def _text(cell: Any) -> str:
    """A cell as text; a tabulator before or after, which offices write so that Excel keeps all digits, goes."""
    return "" if cell is None else str(cell).strip()


def _read(reader: Reader, cell: Any) -> int | None:
    try:
        found = reader(cell.strip() if isinstance(cell, str) else cell)
    except UnfitError:
        return None
    assert isinstance(found, int)
    return found
