"""A view in the words of people: its pin, its headings with their units, its values as an office writes them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from xiyuan_ledger.calendar import SHANGHAI
from xiyuan_ledger.errors import Language
from xiyuan_ledger.money import yuan
from xiyuan_ledger.projections.vocabulary import word

if TYPE_CHECKING:
    from xiyuan_ledger.projections.catalogue import Column
    from xiyuan_ledger.projections.view import View

NUMBERS = frozenset({"fen", "minutes", "count", "centi", "days", "year"})
POINTS = ("score_centi", "mean_centi", "total_centi")
"""Columns in hundredths of a point; the others that end in `_centi` are hundredths of a percent."""

_UNITS: dict[str, dict[Language, str]] = {
    "fen": {"zh": "元", "en": "yuan"},
    "minutes": {"zh": "时:分", "en": "h:mm"},
    "centi": {"zh": "%", "en": "%"},
    "instant": {"zh": "上海时间", "en": "Shanghai"},
}
_PIN: dict[str, dict[Language, str]] = {
    "ledger": {"zh": "账本", "en": "ledger"},
    "known_at": {"zh": "截至序号", "en": "known at"},
    "valid_on": {"zh": "基准日", "en": "valid on"},
    "from": {"zh": "期间自", "en": "from"},
    "to": {"zh": "期间至", "en": "to"},
    "simulated": {"zh": "模拟数据", "en": "data"},
    "what_if": {"zh": "假设制度", "en": "what if"},
    "filters": {"zh": "筛选与排序", "en": "filters"},
}
_FLAGS: dict[Language, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}


def pin_notes(view: View, lang: Language) -> list[tuple[str, str]]:
    """What the output says of its pin, each with its label; what is not set is left out."""
    notes = []
    for key, value in view.pin_words().items():
        if key == "what_if":
            value = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        if key == "filters":
            value = "; ".join(value)
        if value is not None:
            notes.append((_PIN[key][lang], str(value)))
    return notes


def unit(column: Column, lang: Language) -> str | None:
    """The unit in which people read a column's values; None where the values say it themselves."""
    if column.type == "centi" and column.name.endswith(POINTS):
        return None
    units = _UNITS.get(column.type)
    return None if units is None else units[lang]


def heading(column: Column, lang: Language) -> str:
    """The column's title, with its unit."""
    named = unit(column, lang)
    if named is None:
        return column.words[lang]
    return f"{column.words[lang]}（{named}）" if lang == "zh" else f"{column.words[lang]} ({named})"


def cell_text(column: Column, value: Any, lang: Language) -> str:
    """One value of a column as people write it: words for its codes."""
    if column.values is None:
        return value_text(column.type, value, lang)
    told = [word(column.values, each, lang) for each in value] if isinstance(value, list) else value
    return value_text(column.type, word(column.values, told, lang), lang)


def value_text(kind: str, value: Any, lang: Language) -> str:
    """One value as people write it; empty where there is none."""
    if value is None:
        return ""
    if kind in ("fen", "centi"):
        return yuan(value)
    if kind == "minutes":
        return hours(value)
    if kind == "flag":
        return _FLAGS[lang][bool(value)]
    if kind == "instant":
        return shanghai_text(value)
    if kind == "time" and isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return _plain_text(value)


def hours(minutes: int) -> str:
    """Minutes as `12:30`, a minus sign in front when negative."""
    whole, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{whole}:{rest:02d}"


def shanghai_text(instant: datetime) -> str:
    """An instant as the office's clock showed it."""
    return shanghai_time(instant).strftime("%Y-%m-%d %H:%M:%S")


def shanghai_time(instant: datetime) -> datetime:
    """The office's time at an instant; the columns of the journal carry instants in UTC, without saying so."""
    aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
    return aware.astimezone(SHANGHAI).replace(tzinfo=None)


def printable(text: str) -> str:
    """Text on one line, without what would steer the terminal."""
    if text.isprintable():
        return text
    return "".join(each if _harmless(each) else " " if each in "\r\n\t" else "\ufffd" for each in text)


def _harmless(character: str) -> bool:
    return character == " " or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


def _plain_text(value: Any) -> str:
    if isinstance(value, dict):
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode()
    if isinstance(value, list):
        return ", ".join(_plain_text(each) for each in value)
    return value.isoformat() if isinstance(value, date) else str(value)
