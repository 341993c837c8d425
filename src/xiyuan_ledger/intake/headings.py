"""Headings: which row of a sheet they are, and which field each of them names - in Chinese, in English, or both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any, NamedTuple

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.intake.cells import UNITS
from xiyuan_ledger.intake.kinds import PERSONAL_FIELD, fields_of
from xiyuan_ledger.intake.words import field_words, plain_word, title_of

DEPTH_MAX = 3
"""Headings stand in so many rows at most, the lower ones under merged upper ones."""
TYPE = "type"
LINE_HEADINGS = {"zh": "行号", "en": "line"}
REASON_HEADINGS = {"zh": "拒收原因", "en": "refused because"}
"""What a marked copy adds to the columns of a sheet."""
ASIDE = frozenset({"序号", "no", "no.", "#", "行号", "line", "拒收原因", "refused_because"})
"""Columns that are about the rows of the sheet, not of what they tell."""
NOT_READ = re.compile(r"不导入|not read")
"""A column whose heading says so is the office's own."""
TOTALS = frozenset({"合计", "总计", "小计", "共计", "累计", "本页合计", "本月合计", "total", "sum"})
TOTAL_LENGTH_MAX = 12
SHORT_WORDS_MAX = 4_096
NOTES = re.compile(
    r"(备注|附注|注|说明|填报?说明|(制表|填表|填报|审核|复核|经办|负责|批准|审批)人?|单位.{0,2}盖章.?|notes?)[ 0-9]*:"
)
"""How a row begins that is about the sheet: a note below it, who filled it in."""
ALIKE = 0.7
"""How alike two words are, of 1, for one to be taken as the other misspelt."""
_SUFFIXES = ("编码", "编号", "代码")
_HINTS = frozenset({"必填", "选填", "可不填", "编码", "编号", "代码", "code", "required", "optional", "年", "月", "日"})
_HINTS |= frozenset({"年月日", "yyyy_mm_dd", "yyyy", "mm", "dd"})
_UNITS = frozenset(unit for units in UNITS.values() for unit in units)
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
_PARTS = re.compile(r"[^\W\d_a-zA-Z]+|[a-zA-Z_][a-zA-Z0-9_ \-.]*|#")


class Meant(NamedTuple):
    """What a heading says: the words in it that may name a field, and the unit."""

    words: tuple[str, ...]
    unit: str | None


class Named(NamedTuple):
    """The field that a heading names, and the unit that it states."""

    field: str
    unit: str | None


@cache
def meant_by(text: str) -> Meant:
    """The words of a heading: the whole of it first, then Chinese and English apart, without hints and units."""
    folded = unicodedata.normalize("NFKC", text).strip().strip("*:").strip()
    bracketed = _found(" ".join(_BRACKETS.findall(folded)))
    bare = _found(_BRACKETS.sub(" ", folded))
    units = [part for part in (*bracketed, *bare) if part in _UNITS and (part in bracketed or not part.isascii())]
    words = [part for part in (*bare, *bracketed) if part not in _HINTS and part not in units]
    return Meant(tuple(dict.fromkeys(words)), units[0] if units else None)


def _found(text: str) -> list[str]:
    return [word for part in _PARTS.findall(text) if (word := plain_word(part))]


@cache
def _words_of(fact: type[Fact]) -> dict[str, str]:
    """Every word by which a field of this fact is named, with the field; the name of a field holds over other words."""
    names = fields_of(fact)
    found: dict[str, str] = {}
    for name in reversed(names):
        said = field_words().get(name, {})
        words = [word for word in (*said.get("zh", "").split("/"), *said.get("also", ())) if word]
        words += [word + suffix for word in words for suffix in _SUFFIXES]
        english = name.removesuffix("_fen").removeprefix(PERSONAL_FIELD)
        found |= {plain_word(word): name for word in (*words, *([] if english in names else [english]))}
    found |= dict.fromkeys(_days_of(fact), "occurred_on")
    found |= {plain_word(word): name for name, word in _names_of(fact, names)}
    return found | {plain_word(name): name for name in names}


def _days_of(fact: type[Fact]) -> Iterator[str]:
    """How an office calls the day of a fact: its title, or the end of it, and 日期."""
    for title in title_of(fact).split("/"):
        word = plain_word(title)
        yield from (word[at:] + "日期" for at in range(max(len(word) - 1, 1)))


def _names_of(fact: type[Fact], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The name of what a fact is about, as 项目名称."""
    if "name" in names:
        for field in fact.STREAM_FIELDS:
            yield from (("name", word + "名称") for word in field_words().get(field, {}).get("zh", "").split("/"))


def named_by(text: str, fact: type[Fact]) -> Named | None:
    """The field of this fact that a heading names; None where it names none, or two."""
    meant, words = meant_by(text), _words_of(fact)
    fields = {words.get(word) for word in meant.words}
    if not meant.words or len(fields) != 1 or None in fields:
        return None
    return Named(str(fields.pop()), meant.unit)


def names_type(text: str) -> bool:
    """Whether a heading stands over the names of facts."""
    known = {"type", *(plain_word(word) for word in ("事实", field_words()[TYPE]["zh"]))}
    words = meant_by(text).words
    return bool(words) and set(words) <= known | {"fact"}


def stands_aside(text: str) -> bool:
    """Whether a heading stands over what is only about the rows: their numbers, why they were refused."""
    return plain_word(text) in ASIDE or NOT_READ.search(text) is not None


def is_total(cells: Sequence[Any]) -> bool:
    """Whether a row sums up those above it: it begins with 合计, whatever follows."""
    for cell in cells:
        if cell is not None and cell != "":
            if not isinstance(cell, str) or len(cell) > TOTAL_LENGTH_MAX:
                return False
            if text := _short_word(cell):
                return text.rstrip(":") in TOTALS
    return False


@lru_cache(SHORT_WORDS_MAX)
def _short_word(text: str) -> str:
    """A word as it is compared; the first cells of a sheet's rows are often alike."""
    return plain_word(text)


def is_note(cells: Sequence[Any]) -> bool:
    """Whether a row is about the sheet: 备注：… or 制表人：… is the first that stands in it."""
    first = next((cell for cell in cells if cell is not None and cell != ""), None)
    return isinstance(first, str) and NOTES.match(unicodedata.normalize("NFKC", first).strip().lower()) is not None


def are_headings(cells: Sequence[Any]) -> bool:
    """Whether a row among the entries is one of headings: of another table below, or of the next printed page."""
    texts = [text for cell in cells if (text := text_of(cell))]
    return len(texts) > 1 and all(isinstance(cell, str | None) for cell in cells) and all(map(is_heading, texts))


def near(text: str, fact: type[Fact]) -> str | None:
    """The field that a heading names but for its spelling; None where no word is like it, or several fields' are.

    A longer word may say something else: 工作人员姓名 is not 工作人员.
    """
    known = _words_of(fact)
    alike = set()
    for word in meant_by(text).words:
        as_long = [each for each in known if abs(len(each) - len(word)) < 2]
        alike |= {known[each] for each in get_close_matches(word, as_long, 1, ALIKE)}
    return alike.pop() if len(alike) == 1 else None


@cache
def is_heading(text: str) -> bool:
    """Whether any fact has a field of this heading."""
    return names_type(text) or any(named_by(text, fact) is not None for fact in FACTS.values())


def text_of(cell: Any) -> str:
    """A heading as it stands, on one line."""
    return " ".join(str(cell).split()) if cell is not None else ""


class Found(NamedTuple):
    """The headings of a sheet: how many rows of it they end after, and one text for each column."""

    rows: int
    texts: tuple[str, ...]


def find_headings(rows: Sequence[Sequence[Any]]) -> Found | None:
    """The row among the first ones with most headings; under merged cells two or three rows together.

    Behind a row of nothing but headings only those that belong to it are looked at: others are of a table below it.
    """
    best: Found | None = None
    most, whole = 0, len(rows)
    for last in range(len(rows)):
        if last > whole and not any(is_heading(text_of(cell)) for cell in rows[last]):
            break
        for depth in range(1, min(DEPTH_MAX, last + 1) + 1):
            texts = _merged(rows[last - depth + 1 : last + 1])
            known = sum(1 for text in texts if text and is_heading(text))
            if known > most and last - depth < whole:
                best, most = Found(last + 1, texts), known
        if whole == len(rows) and are_headings(rows[last]):
            whole = last
    return best


def _merged(rows: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """For each column the lowest text that stands in it."""
    width = max(map(len, rows))
    return tuple(_lowest(row[at] for row in reversed(rows) if at < len(row)) for at in range(width))


def _lowest(cells: Iterable[Any]) -> str:
    return next((text for cell in cells if (text := text_of(cell))), "")
