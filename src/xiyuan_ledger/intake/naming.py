"""Which fact a sheet holds: its name or the file's says it, in English or Chinese."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.errors import InvalidEntry
from xiyuan_ledger.intake.words import facts_called, facts_like, title_of

COLUMNS_SHEET = "说明"
CHOICES_SHEET = "选项"
ABOUT_SHEETS = frozenset({COLUMNS_SHEET, CHOICES_SHEET})
"""Sheets of a template that explain it and hold no entries."""
DATED = "年月日份季度第"
"""What is left of a date before the word: 3月份服务记录."""
_PARTS = re.compile(r"[^\W\d_a-zA-Z]+|[a-zA-Z]+")


def facts_named(name: str) -> list[type[Fact]]:
    """The facts that a name of a sheet or a file speaks of: all of it, or one of its words."""
    folded = unicodedata.normalize("NFKC", name)
    whole = facts_called(folded)
    if whole:
        return whole
    found = [fact for part in _PARTS.findall(folded) for fact in facts_called(part) or facts_called(part.lstrip(DATED))]
    exact = [fact for fact in dict.fromkeys(found) if fact.__name__.lower() in folded.lower()]
    return exact or list(dict.fromkeys(found))


def facts_of_sheet(file: str, sheet: str | None) -> list[type[Fact]]:
    """The facts that a sheet may hold by its own name, else by the file's."""
    return (facts_named(sheet) if sheet else []) or facts_named(PurePath(file).stem)


def fact_given(name: str) -> type[Fact]:
    """The one fact of a name or a Chinese title; InvalidEntry where there is none, or more than one."""
    found = facts_called(name)
    if not found:
        near = ", ".join(f"{title_of(fact)} {fact.__name__}" for fact in facts_like(name[:80]))
        raise InvalidEntry("fact-unknown", field="fact", found=name[:80], near=near)
    if len(found) > 1:
        raise InvalidEntry("fact-ambiguous", field="fact", found=name, names=names_of(found))
    return found[0]


def names_of(facts: list[type[Fact]]) -> str:
    """The names of facts, for a message."""
    return ", ".join(fact.__name__ for fact in facts)
