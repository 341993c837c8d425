"""A sheet of rows, from whatever file: its headings are found, its fact is known, every row is answered for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.errors import InvalidEntry
from xiyuan_ledger.intake.headings import (
    Found,
    are_headings,
    find_headings,
    is_note,
    is_total,
    named_by,
    names_type,
    near,
    stands_aside,
    text_of,
)
from xiyuan_ledger.intake.layout import Layout, is_blank, shown
from xiyuan_ledger.intake.lines import Fault, Headings, Line, SheetRow, letters, row_error
from xiyuan_ledger.intake.naming import facts_of_sheet, names_of
from xiyuan_ledger.intake.words import facts_called, field_words

HEAD_ROWS = 10
"""Headings stand among so many rows that are not empty: titles and dates of printing may come before."""
COLUMNS_MAX = 200

Row = tuple[int, Sequence[Any] | InvalidEntry]


class _SheetError(Exception):
    """Why no row of a sheet can be read: where that is seen, and the refusal."""

    def __init__(self, *faults: Fault):
        self.faults = faults
        super().__init__(faults[0].error.code)


def read_sheet(rows: Iterator[Row], file: str, sheet: str | None, fact: type[Fact] | None) -> Iterator[Line]:
    """The lines of a sheet; where its headings or its fact cannot be known, one refused line for the whole of it."""
    head, filled = _head(rows)
    if not filled:
        yield from (_unread(number, sheet, cells) for number, cells in head if isinstance(cells, InvalidEntry))
        return
    found = find_headings([cells for _, cells in filled])
    number = filled[0 if found is None else found.rows - 1][0]
    yield from (_unread(at, sheet, cells) for at, cells in head if isinstance(cells, InvalidEntry) and at < number)
    try:
        reading = _Reading(_headings(found), file, sheet, fact)
    except _SheetError as refused:
        headings = Headings(sheet, () if found is None else found.texts, {})
        yield Line(number, None, row_error(refused.faults), SheetRow(headings, (), refused.faults))
        return
    assert found is not None
    yield from reading.lines(chain([row for row in head if row[0] > number], rows))


def _head(rows: Iterator[Row]) -> tuple[list[Row], list[tuple[int, Sequence[Any]]]]:
    """The first rows, among which the headings stand: all of them, and those that are not empty."""
    head: list[Row] = []
    filled: list[tuple[int, Sequence[Any]]] = []
    for number, cells in rows:
        head.append((number, cells))
        if not isinstance(cells, InvalidEntry) and not all(map(is_blank, cells)):
            filled.append((number, cells[:COLUMNS_MAX]))
            if len(filled) == HEAD_ROWS:
                break
    return head, filled


def _unread(number: int, sheet: str | None, error: InvalidEntry, texts: tuple[str, ...] = ()) -> Line:
    """A row that could not be read at all."""
    return Line(number, None, error, SheetRow(Headings(sheet, texts, {}), ()))


def _headings(found: Found | None) -> tuple[str, ...]:
    if found is None:
        raise _SheetError(Fault(None, InvalidEntry("headings-missing", limit=HEAD_ROWS)))
    return found.texts


class _Reading:
    """How the rows under these headings are read."""

    def __init__(self, texts: tuple[str, ...], file: str, sheet: str | None, fact: type[Fact] | None):
        self._texts = texts
        self._sheet = sheet
        self._place = f"{file}:{sheet}:" if sheet else f"{file}:"
        types = [at for at, text in enumerate(texts) if text and names_type(text)]
        if len(types) > 1:
            raise _twice("type", types)
        self._type = types[0] if types else None
        aside = (at for at, text in enumerate(texts) if stands_aside(text))
        self._apart = frozenset([*types, *aside])
        self._layouts: dict[type[Fact], Layout] = {}
        self._fact = fact or self._named_fact(facts_of_sheet(file, sheet))
        if self._fact is not None and self._type is None:
            self._check(self.layout(self._fact))
        else:
            self._check_known()

    def layout(self, fact: type[Fact]) -> Layout:
        """The columns as a fact has them."""
        if fact not in self._layouts:
            made = Layout(fact, self._texts, place=self._place, sheet=self._sheet, apart=self._apart)
            self._layouts[fact] = made
        return self._layouts[fact]

    def _named_fact(self, named: list[type[Fact]]) -> type[Fact] | None:
        """The one fact that the sheet's name speaks of; of several, the one that the headings fit."""
        fitting = self._fitting(named)
        if len(fitting) == 1:
            return fitting[0]
        if self._type is not None:
            return None
        if named:
            raise _SheetError(Fault(None, InvalidEntry("sheet-fact-ambiguous", field="type", names=names_of(named))))
        raise _SheetError(Fault(None, InvalidEntry("sheet-fact-unknown", field="type")))

    def _fitting(self, facts: list[type[Fact]]) -> list[type[Fact]]:
        if len(facts) < 2:
            return facts
        layouts = [self.layout(fact) for fact in facts]
        return [each.fact for each in layouts if not each.unknown and not each.absent()]

    def _check(self, layout: Layout) -> None:
        """Every heading names a field of the fact, none twice, and no required one is absent."""
        name = layout.fact.__name__
        if layout.unknown:
            raise _SheetError(*(Fault(at, self._unknown(at, layout.fact)) for at in layout.unknown))
        if (twice := layout.twice()) is not None:
            raise _twice(*twice)
        if absent := layout.absent():
            words = [field_words().get(each, {}).get("zh", each) for each in absent]
            names_zh = "、".join(f"“{word}”({each})" for word, each in zip(words, absent, strict=True))
            error = InvalidEntry(
                "heading-absent", field=absent[0], type=name, names=", ".join(absent), names_zh=names_zh
            )
            raise _SheetError(Fault(None, error))

    def _unknown(self, at: int, fact: type[Fact]) -> InvalidEntry:
        """A heading that names no field; which field it may mean, where it is merely misspelt."""
        said: dict[str, Any] = {"column": letters(at), "heading": self._texts[at], "type": fact.__name__}
        if (field := near(self._texts[at], fact)) is None:
            return InvalidEntry("heading-unknown", **said)
        return InvalidEntry("heading-misspelt", near=field, word=field_words().get(field, {}).get("zh", field), **said)

    def _check_known(self) -> None:
        """Where each row says which fact it is, every heading names a field of some fact."""
        for at, text in enumerate(self._texts):
            known = not text or at in self._apart or any(named_by(text, fact) for fact in FACTS.values())
            if not known:
                error = InvalidEntry("heading-unknown-anywhere", column=letters(at), heading=text)
                raise _SheetError(Fault(at, error))

    def lines(self, rows: Iterator[Row]) -> Iterator[Line]:
        """Every row that is not empty. Totals and notes hold no entry; headings of another table end this one."""
        fixed = self.layout(self._fact) if self._fact is not None and self._type is None else None
        for number, cells in rows:
            if isinstance(cells, InvalidEntry):
                yield _unread(number, self._sheet, cells, self._texts)
                continue
            if is_total(cells):
                yield self._aside(number, cells)
                continue
            line = fixed.line(number, cells) if fixed is not None else self._typed(number, cells)
            if line is not None and line.error is not None:
                if is_note(cells) or self._repeated(cells):
                    line = self._aside(number, cells)
                elif are_headings(cells):
                    yield _unread(number, self._sheet, InvalidEntry("headings-again"), self._texts)
                    return
            if line is not None:
                yield line

    def _aside(self, number: int, cells: Sequence[Any]) -> Line:
        """A row that holds no entry, and is not refused."""
        return Line(number, None, None, SheetRow(Headings(self._sheet, self._texts, {}), cells))

    def _repeated(self, cells: Sequence[Any]) -> bool:
        """Whether the headings stand here once more, as at the head of a printed page."""
        texts = [text_of(cell) for cell in cells]
        return any(texts) and all(not text or text in self._texts[at : at + 1] for at, text in enumerate(texts))

    def _typed(self, number: int, cells: Sequence[Any]) -> Line | None:
        """A row that says which fact it is."""
        at = self._type
        assert at is not None
        cell = cells[at] if at < len(cells) else None
        if is_blank(cell):
            if self._fact is not None:
                return self.layout(self._fact).line(number, cells)
            return None if all(map(is_blank, cells)) else self._unclear("row-type-missing", number, cells, [])
        named = facts_called(str(cell))
        facts = named if len(named) < 2 else [fact for fact in named if self._holds(fact, cells)]
        if len(facts) == 1:
            layout = self.layout(facts[0])
            if (twice := layout.twice()) is not None:
                error = _twice(*twice).faults[0].error
                return Line(number, None, error, SheetRow(layout.headings, cells, (Fault(twice[1][0], error),)))
            return layout.line(number, cells)
        return self._unclear("row-type-ambiguous" if named else "row-type-unknown", number, cells, named)

    def _holds(self, fact: type[Fact], cells: Sequence[Any]) -> bool:
        """Whether the cells of a row fill the columns that a fact needs, and no others."""
        layout = self.layout(fact)
        filled = {at for at, cell in enumerate(cells) if not is_blank(cell)}
        needed = {at for at, name in layout.found if name.field not in layout.optional}
        return not filled.intersection(layout.unknown) and needed <= filled and not layout.absent()

    def _unclear(self, code: str, number: int, cells: Sequence[Any], named: list[type[Fact]]) -> Line:
        at = self._type
        assert at is not None
        error = InvalidEntry(
            code,
            field="type",
            column=letters(at),
            heading=self._texts[at],
            found=shown(cells[at]) if at < len(cells) else "",
            names=names_of(named),
        )
        headings = Headings(self._sheet, self._texts, {}, frozenset(range(len(self._texts))) - {at})
        return Line(number, None, error, SheetRow(headings, cells, (Fault(at, error),)))


def _twice(field: str, columns: list[int]) -> _SheetError:
    named = ", ".join(letters(at) for at in columns)
    return _SheetError(Fault(columns[1], InvalidEntry("heading-twice", field=field, columns=named)))
