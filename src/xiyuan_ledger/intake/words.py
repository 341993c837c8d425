"""The words of fields and values: how a heading or a cell names what the contract names in English."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.errors import names_like
from xiyuan_ledger.projections.vocabulary import value_table

LIKE_MAX = 4


def _table(file: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("xiyuan_ledger") / "words" / file).read_text("utf-8"))


@cache
def field_words() -> dict[str, dict[str, Any]]:
    """The Chinese word and the meaning of every field, by its public name; `also` are other words that are read."""
    return _table("fields.toml")


def value_words(field: str) -> dict[str, list[str]]:
    """The Chinese words of a field's values, the first of them the one that is shown."""
    return value_table(field)


def title_of(fact: type[Fact]) -> str:
    """The Chinese title of a fact: the first word of its docstring."""
    return (fact.__doc__ or "").strip().partition(":")[0]


def facts_called(word: str) -> list[type[Fact]]:
    """The facts whose name or Chinese title this is; more than one where they share a title."""
    return list(_facts_by_word().get(plain_word(word), ()))


def facts_like(word: str) -> list[type[Fact]]:
    """The facts that a word may have meant: some of its letters are in one of theirs; the first ones where none are."""
    known = _facts_by_word()
    return list(dict.fromkeys(fact for near in names_like(plain_word(word), known) for fact in known[near]))[:LIKE_MAX]


def also_called(fact: type[Fact]) -> list[str]:
    """The words beside its title by which an office calls a fact."""
    return list(_table("facts.toml").get(fact.__name__, ()))


@cache
def _facts_by_word() -> dict[str, list[type[Fact]]]:
    found: dict[str, list[type[Fact]]] = {}
    for name, fact in FACTS.items():
        words = (name, *title_of(fact).split("/"), *also_called(fact))
        for word in dict.fromkeys(map(plain_word, words)):
            found.setdefault(word, []).append(fact)
    return found


def plain_word(text: str) -> str:
    """A word as it is compared: half-width signs, small letters, no blanks around it, `_` for blanks and `-` within."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    return "_".join(folded.replace("-", " ").replace("_", " ").split())
