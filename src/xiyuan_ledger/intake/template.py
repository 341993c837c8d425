"""模板: an empty sheet for a fact - its headings in Chinese and English, its choices, one row as an example."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import orjson
from pydantic import BaseModel

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.invalid import PERSONAL
from xiyuan_ledger.intake.cells import EXPECTED
from xiyuan_ledger.intake.headings import TYPE
from xiyuan_ledger.intake.kinds import FieldOf, Kind, fields_of, kind_of
from xiyuan_ledger.intake.lines import letters
from xiyuan_ledger.intake.naming import CHOICES_SHEET, COLUMNS_SHEET
from xiyuan_ledger.intake.words import field_words, title_of, value_words
from xiyuan_ledger.projections.workbook import new_workbook

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

ROWS_PREPARED = 5_000
WIDTH = 20
CODE = "示例"
EXAMPLES: dict[str, Any] = {
    "text": "示例",
    "digest": "0" * 64,
    "event": "00000000-0000-8000-8000-000000000000",
    "month": "2013-03",
    "date": date(2013, 3, 4),
    "time": datetime(2013, 3, 4, 14, 30),  # noqa: DTZ001  # local by contract
    "instant": "2013-03-04T14:30:00+08:00",
    "integer": 1,
    "fen": 123_450,
    "minutes": 90,
    "year": 2013,
    "flag": "是",
    "json": {},
}
LAST_DAYS = frozenset({"to", "until", "valid_to", "effective_to", "due_on"})
LATER = date(2014, 3, 3)
_ALSO = ("reason", "source")
"""What any entry may carry and a sheet often does; the other columns may be added."""
_UNITS = {"fen": "(分)"}


class TemplateColumn(NamedTuple):
    """One column of a template."""

    field: FieldOf
    heading: str
    example: Any

    @property
    def choices(self) -> list[str]:
        """What may be chosen, as the drop-down shows it."""
        if self.field.kind.name == "flag":
            return ["是", "否"]
        words = value_words(self.field.name) if self.field.kind.name == "choice" else {}
        return [words[each][0] if each in words else each for each in self.field.kind.choices]

    def shown_example(self) -> Any:
        """The example in the words of the office."""
        found = dict(zip(self.field.kind.choices, self.choices, strict=False))
        return found.get(self.example, self.example) if isinstance(self.example, str) else self.example


@cache
def columns_of(fact: type[Fact]) -> tuple[TemplateColumn, ...]:
    """The columns of a fact's template: the day, its own fields, then what any entry may carry beside them."""
    fields = fields_of(fact)
    own = [each for each in fields.values() if each.own and each.name not in ("occurred_on", PERSONAL)]
    rest = [fields[name] for name in _ALSO if not fields[name].own]
    hints = {(said.alias or name): hint for (name, said), hint in _hinted(fact)}
    return tuple(
        TemplateColumn(field, heading_of(field), _example(field, hints.get(field.name), number))
        for number, field in enumerate([*own[:1], fields["occurred_on"], *own[1:], *rest])
    )


def _hinted(model: type[BaseModel]) -> list[tuple[tuple[str, Any], Any]]:
    hints = get_type_hints(model, include_extras=True)
    return [((name, said), hints[name]) for name, said in model.model_fields.items()]


def heading_of(field: FieldOf) -> str:
    """A heading in Chinese and English, with the unit of what is counted."""
    word = field_words().get(field.name, {}).get("zh", field.name)
    return f"{word}{_UNITS.get(field.kind.name, '')} {field.name}"


def _example(field: FieldOf, hint: Any, number: int) -> Any:
    """A value that the field takes; nothing where it may be left out and says little."""
    if not field.required and (not field.own or field.kind.name in ("parts", "personal", "json")):
        return None
    if field.kind.name == "parts":
        return " ".join(_as_word(part) for part in field.kind.parts if part.required)
    if field.kind.name == "json":
        return orjson.dumps(_inside(hint)).decode()
    return _simple(field.name, field.kind, number)


def _as_word(part: FieldOf) -> str:
    """The example of a field inside a structure, as an office writes it."""
    if part.kind.name == "choice":
        return value_words(part.name).get(part.kind.choices[0], [part.kind.choices[0]])[0]
    return "1234.50元" if part.kind.name == "fen" else str(_simple(part.name, part.kind, 0))


def _simple(name: str, kind: Kind, number: int) -> Any:
    if kind.choices:
        return kind.choices[0]
    if kind.name in ("code", "list"):
        return f"{CODE}-{number + 1:02d}"
    return LATER if name in LAST_DAYS else EXAMPLES[kind.name]


def _inside(hint: Any) -> Any:
    """A value for a structure, with all that it needs."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _inside(arguments[0])
    if origin in (Union, UnionType):
        return _inside(next(each for each in arguments if each is not type(None)))
    if origin is tuple:
        return [_inside(arguments[0])]
    if origin is dict:
        return {str(_inside(arguments[0])): _inside(arguments[1])} if arguments[-1] is not Any else {"rate": 1}
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        needed = [pair for pair in _hinted(hint) if pair[0][1].is_required()]
        return {(said.alias or name): _part(said.alias or name, inner) for (name, said), inner in needed}
    return arguments[0] if origin is Literal else _simple("", kind_of(hint), 0)


def _part(name: str, hint: Any) -> Any:
    kind = kind_of(hint)
    if kind.name == "json":
        return _inside(hint)
    return [_simple(name, kind, 0)] if kind.name == "list" else _plain(_simple(name, kind, 0), kind)


def _plain(value: Any, kind: Kind) -> Any:
    return True if kind.name == "flag" else value


def template_csv(fact: type[Fact]) -> str:
    """The headings and the example as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([each.heading for each in columns_of(fact)])
    writer.writerow([_written(each.shown_example()) for each in columns_of(fact)])
    return out.getvalue()


def _written(value: Any) -> Any:
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else value


def write_template(fact: type[Fact], path: Path) -> None:
    """The headings and the example as a workbook, with drop-downs and a sheet that says what each column means."""
    book = new_workbook(path)
    columns = columns_of(fact)
    sheet = book.add_worksheet(fact.__name__)
    _write_meanings(book, columns, fact)
    choices = book.add_worksheet(CHOICES_SHEET)
    choices.hide()
    formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
    bold, light = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"bold": True, "italic": True})
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.heading, bold if column.field.required else light)
        sheet.set_column(at, at, WIDTH, formats.get(column.field.kind.name, formats["code"]))
        _write_example(sheet, at, column, formats)
        if column.choices:
            _write_choices(sheet, choices, at, column.choices)
    sheet.freeze_panes(1, 0)
    book.close()


_FORMATS = {
    "code": "@",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
    "integer": "0",
    "fen": "0",
    "minutes": "0",
    "year": "0",
}


def _write_example(sheet: Worksheet, at: int, column: TemplateColumn, formats: dict[str, Any]) -> None:
    value = column.shown_example()
    form = formats.get(column.field.kind.name, formats["code"])
    if isinstance(value, date):
        sheet.write_datetime(1, at, value, form)
    elif isinstance(value, int):
        sheet.write_number(1, at, value, form)
    elif value is not None:
        sheet.write_string(1, at, str(value), form)


def _write_choices(sheet: Worksheet, choices: Worksheet, at: int, words: list[str]) -> None:
    for row, word in enumerate(words):
        choices.write_string(row, at, word)
    column = letters(at)
    source = f"='{CHOICES_SHEET}'!${column}$1:${column}${len(words)}"
    told = {"error_title": "选项 choices", "error_message": "请从下拉列表中选择 choose from the list"}
    sheet.data_validation(1, at, ROWS_PREPARED, at, {"validate": "list", "source": source, **told})


def _write_meanings(book: Workbook, columns: tuple[TemplateColumn, ...], fact: type[Fact]) -> None:
    """What each column means, which must be filled, and what it takes."""
    sheet = book.add_worksheet(COLUMNS_SHEET)
    bold = book.add_format({"bold": True})
    title = f"{title_of(fact)} {fact.__name__}: {(fact.__doc__ or '').partition(': ')[2].strip()}"
    lines: list[tuple[str, ...]] = [
        (title,),
        ("第 2 行为示例, 请替换。The second row is an example: replace it.",),
        (f"也可加列 {TYPE} / 事实, 逐行写明事实。A column `{TYPE}` may say of each row which fact it is.",),
        (),
        ("列 column", "中文", "必填 required", "填写 takes (中文)", "takes", "meaning", "选项 choices"),
    ]
    for field, _, _ in columns:
        words = field_words().get(field.name, {})
        choices = " ".join(f"{(value_words(field.name).get(each) or [each])[0]}={each}" for each in field.kind.choices)
        english, chinese = EXPECTED.get(field.kind.name, ("one of the choices", "选项之一"))
        needed = "是 yes" if field.required else "否 no"
        lines.append((field.name, words.get("zh", ""), needed, chinese, english, words.get("en", ""), choices))
    for row, cells in enumerate(lines):
        for at, text in enumerate(cells):
            sheet.write_string(row, at, text, bold if row in (0, 4) else None)
    sheet.set_column(0, 2, 16)
    sheet.set_column(3, 6, 44)
