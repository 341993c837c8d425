"""A cell becomes a field's value, by the kind of the field: the one place that knows how offices write values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

from xiyuan_ledger.errors import InvalidEntry
from xiyuan_ledger.intake.jsonl import parse_value
from xiyuan_ledger.intake.kinds import FieldOf, Kind
from xiyuan_ledger.intake.words import field_words, plain_word, value_words
from xiyuan_ledger.intake.written import (
    DIGITS_MAX,
    half_width,
    number_text,
    read_date,
    read_month,
    read_number,
    read_time,
    to_the_second,
    whole,
)

UNITS: dict[str, dict[str, int]] = {
    "fen": {"分": 1, "fen": 1, "元": 100, "yuan": 100, "rmb": 100, "万元": 1_000_000},
    "minutes": {"分钟": 1, "分": 1, "minutes": 1, "min": 1, "小时": 60, "hours": 60, "h": 60},
}
EXPECTED: dict[str, tuple[str, str]] = {
    "code": ("a code of letters and digits, stored as text", "编码 (字母、汉字、数字), 以文本存放"),
    "text": ("text", "文本"),
    "digest": ("a SHA-256 digest of 64 hex digits", "64 位十六进制 SHA-256 摘要"),
    "event": ("the id of an event", "事件编号"),
    "month": ("a month, such as 2013-03", "月份, 如 2013-03 或 2013年3月"),
    "date": ("a date that exists, such as 2013-03-04", "存在的日期, 如 2013-03-04 或 2013年3月4日"),
    "time": ("a date and a time, such as 2013-03-04 14:30", "日期和时间, 如 2013-03-04 14:30"),
    "instant": ("an instant with its offset, such as 2013-06-30T23:59:59+08:00", "带时区的时刻"),
    "integer": ("a whole number", "整数"),
    "fen": ("a whole number of fen; for yuan write `(元)` into the heading", "整数分; 若为元, 请在标题注明“(元)”"),
    "minutes": ("a whole number of minutes", "整数分钟"),
    "year": ("a year, such as 2013", "年份, 如 2013"),
    "flag": ("是 or 否, true or false", "是 或 否"),
    "list": ("codes separated by `;`", "以 ; 分隔的编码"),
    "personal": ("text, stored as text; … is not copied", "文本, 以文本存放; “…”为未抄录的内容"),
    "json": ("JSON text; JSON Lines files suit this field better", "JSON 文本; 此字段更宜用 JSON Lines 文件"),
}
HIDDEN = "…"
"""What a message or a marked copy has in place of a personal cell."""
_EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
_NO_FORMULA = ("a value: the formula was never calculated", "算出的值: 此公式未曾计算, 请在 Excel 中打开并保存")
_NO_ERROR = ("a value, not an error of Excel", "值, 而非 Excel 错误")
_FLAGS = {"是": True, "否": False, "true": True, "false": False, "yes": True, "no": False, "y": True, "n": False}
_FLAGS |= {"1": True, "0": False, "有": True, "无": False, "对": True, "错": False, "√": True, "×": False}
_ITEMS = re.compile(r"[;\r\n]+")
_SEPARATORS = re.compile(r"[;,、\r\n]+")
_AMOUNT = re.compile(r"(?:¥|rmb)?\s*(.+?)\s*(万元|元|分)?", re.IGNORECASE)
_DURATION = re.compile(r"(.+?)\s*(分钟|分|小时)")
_YEAR = re.compile(r"(\d{4})年?")

Reader = Callable[[Any], Any]


class Uncalculated:
    """A formula whose value the program that wrote the workbook did not store."""

    def __repr__(self) -> str:
        return "=…"


class UnfitError(ValueError):
    """A cell that does not say what the field needs: what should stand there, in English and Chinese."""

    def __init__(self, expected: tuple[str, str]):
        self.expected = expected
        super().__init__(expected[0])


def reader_of(field: str, kind: Kind, unit: str | None = None) -> Reader:
    """What turns the cells of a column into values; the unit is the one that its heading names."""
    if kind.name == "choice":
        return _guarded(_choosing(field, kind.choices), expected_of(field, kind))
    if kind.name == "list":
        member = _choosing(field, kind.choices) if kind.member == "choice" else _READERS[kind.member or "code"]
        return _guarded(partial(_list, member), EXPECTED["list"])
    if kind.name == "parts":
        readers = tuple((part, _inner(part, expected_of(field, kind))) for part in kind.parts)
        return _guarded(partial(_parts, readers), expected_of(field, kind))
    if kind.name == "fen":
        return _guarded(partial(_fen, UNITS["fen"].get(unit or "")), EXPECTED["fen"])
    if kind.name == "minutes":
        return _guarded(partial(_minutes, UNITS["minutes"].get(unit or "", 1)), EXPECTED["minutes"])
    return _guarded(_READERS[kind.name], EXPECTED[kind.name])


def expected_of(field: str, kind: Kind) -> tuple[str, str]:
    """What should stand in the cells of a field, in English and Chinese."""
    if kind.name == "parts":
        return _parts_expected(kind)
    if kind.name != "choice":
        return EXPECTED[kind.name]
    words = value_words(field)
    english = ", ".join(f"{each} ({words[each][0]})" if each in words else each for each in kind.choices)
    chinese = "、".join(f"{words[each][0]} ({each})" if each in words else each for each in kind.choices)
    return f"one of {english}", f"下列之一: {chinese}"


def _parts_expected(kind: Kind) -> tuple[str, str]:
    english = " ".join(part.name for part in kind.parts)
    chinese = " ".join(field_words().get(part.name, {}).get("zh", part.name) for part in kind.parts)
    return (
        f"for each part `{english}`, with blanks between them, the parts separated by `;`; or JSON",
        f"每项依次写 {chinese}, 以空格分开, 各项以 ; 分开; 或 JSON",
    )


def _inner(part: FieldOf, whole: tuple[str, str]) -> Reader:
    """A reader of a field inside a structure, which says the field and what the whole cell should be."""
    read, word_of = reader_of(part.name, part.kind), field_words().get(part.name, {}).get("zh", part.name)

    def inner(text: str) -> Any:
        try:
            return read(text)
        except UnfitError as error:
            english, chinese = error.expected
            raise UnfitError((f"{whole[0]}; {part.name}: {english}", f"{whole[1]}; {word_of}: {chinese}")) from None

    return inner


def _guarded(read: Reader, expected: tuple[str, str]) -> Reader:
    """A reader that answers None with what should stand there."""

    def guarded(cell: Any) -> Any:
        if isinstance(cell, Uncalculated):
            raise UnfitError(_NO_FORMULA)
        if isinstance(cell, str) and cell in _EXCEL_ERRORS:
            raise UnfitError(_NO_ERROR)
        found = read(cell)
        if found is None:
            raise UnfitError(expected)
        return found

    return guarded


def _plain(cell: Any) -> str:
    """A cell as text that is compared; a date stays none of it."""
    if isinstance(cell, str):
        return half_width(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return number_text(cell)
    return ""


def _code(cell: Any) -> str | None:
    """A code; one that Excel made a number of only where nothing can have been lost."""
    text = _plain(cell)
    if not isinstance(cell, str) and (isinstance(cell, bool) or len(text) > 15 or not text.isdecimal()):
        return None
    return text if any(each.isalnum() for each in text) else None


def _text(cell: Any) -> str | None:
    if isinstance(cell, str):
        text = cell.strip().replace("\r\n", "\n")
        return half_width(text) if text.startswith('="') else text
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    return cell.isoformat() if isinstance(cell, date) else _plain(cell) or None


def _personal(cell: Any) -> str | None:
    """A name, a number of a card or telephone: not one that Excel made a number of and rounded, nor a hidden one."""
    if isinstance(cell, str):
        return None if cell.strip() == HIDDEN else half_width(cell)
    text = "" if isinstance(cell, bool | date) else _plain(cell)
    return text if text.isdecimal() and len(text) <= DIGITS_MAX else None


def _date(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else None
    if isinstance(cell, date):
        return cell
    return None if isinstance(cell, bool) else read_date(_plain(cell))


def _time(cell: Any) -> datetime | None:
    if isinstance(cell, datetime):
        # A worksheet has the same value for a day and for its midnight, and a day is what was meant.
        return None if cell.time() == time() else to_the_second(cell)
    return read_time(_plain(cell)) if isinstance(cell, str) else None


def _month(cell: Any) -> str | None:
    if isinstance(cell, date):
        return f"{cell.year:04d}-{cell.month:02d}" if cell.day == 1 else None
    return None if isinstance(cell, bool) else read_month(_plain(cell))


def _year(cell: Any) -> int | None:
    found = None if isinstance(cell, bool) else _YEAR.fullmatch(_plain(cell))
    return None if found is None else int(found[1])


def _scaled(factor: int, cell: Any) -> int | None:
    number = None if isinstance(cell, bool) else read_number(_plain(cell))
    return None if number is None else whole(number, factor)


def _minutes(factor: int, cell: Any) -> int | None:
    """Minutes in the unit that the cell or the heading names; without either, minutes."""
    found = _DURATION.fullmatch(_plain(cell)) if isinstance(cell, str) else None
    return _scaled(factor, cell) if found is None else _scaled(UNITS["minutes"][found[2]], found[1])


def _fen(factor: int | None, cell: Any) -> int | None:
    """An amount in the unit that the cell or the heading names; without either, whole fen written without a point."""
    found = None if isinstance(cell, bool) else _AMOUNT.fullmatch(_plain(cell))
    if found is None:
        return None
    if found[2] is not None or _plain(cell)[0] in "¥Rr":
        factor = UNITS["fen"][found[2] or "元"]
    if factor is None and "." in found[1]:
        return None
    number = read_number(found[1])
    return None if number is None else whole(number, factor or 1)


def _flag(cell: Any) -> bool | None:
    return _FLAGS.get(_plain(cell).lower())


def _choosing(field: str, choices: tuple[str, ...]) -> Reader:
    known = {plain_word(word): value for value in choices for word in value_words(field).get(value, ())}
    known |= {plain_word(value): value for value in choices}
    return lambda cell: known.get(plain_word(_plain(cell)))


def _list(member: Reader, cell: Any) -> list[Any] | None:
    parts = _SEPARATORS.split(_plain(cell)) if isinstance(cell, str) else [cell]
    found = [member(each) for each in parts if not isinstance(each, str) or each.strip()]
    return None if None in found else found


def _parts(readers: Sequence[tuple[FieldOf, Reader]], cell: Any) -> list[dict[str, Any]] | None:
    """Structures as an office writes them: `2013-03-15 120000元 无; …`; JSON where it begins so."""
    if not isinstance(cell, str) or _plain(cell)[:1] in ("[", "{"):
        found: list[dict[str, Any]] | None = _json(cell)
        return found
    items = [item.split(None, len(readers) - 1) for item in _ITEMS.split(_plain(cell)) if item.strip()]
    return [_part(readers, words) for words in items] if all(items) and _plain(cell) != "无" else []


def _part(readers: Sequence[tuple[FieldOf, Reader]], words: Sequence[str]) -> dict[str, Any]:
    """One structure, its fields in order; a field that may be left out may be at the end."""
    found = {part.name: read(word) for (part, read), word in zip(readers, words, strict=False)}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


def _json(cell: Any) -> Any:
    try:
        return parse_value(cell.encode()) if isinstance(cell, str) else None
    except (InvalidEntry, UnicodeEncodeError):
        return None


def _as_written(cell: Any) -> str | None:
    return _plain(cell) if isinstance(cell, str) else None


_READERS: dict[str, Reader] = {
    "code": _code,
    "text": _text,
    "digest": lambda cell: _plain(cell).lower(),
    "event": lambda cell: _plain(cell).lower(),
    "month": _month,
    "date": _date,
    "time": _time,
    "instant": _as_written,
    "integer": partial(_scaled, 1),
    "year": _year,
    "flag": _flag,
    "json": _json,
    "personal": _personal,
}
