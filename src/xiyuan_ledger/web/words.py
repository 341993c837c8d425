"""The words of the pages in both languages, and which language a reader is spoken to in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from xiyuan_ledger.errors import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def _texts(file: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / file).read_text("utf-8"))


def words(lang: Language, key: str, **values: Any) -> str:
    """What the pages say under a key of `words.toml`."""
    return template(lang, key).format(**values)


def template(lang: Language, key: str) -> str:
    """The same, with the places of what is put in."""
    return str(_texts("words.toml")[key][lang])


def known_words() -> frozenset[str]:
    """Every key of `words.toml`."""
    return frozenset(_texts("words.toml"))


def accepted(header: str) -> Language:
    """The language that an Accept-Language header likes best: Chinese for zh…, else English; Chinese without one."""
    wishes = [_wish(each) for each in header.split(",") if each.strip()]
    for _, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if tag.startswith("zh") or tag == "*":
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "en" if wishes else "zh"


def _wish(text: str) -> tuple[int, str]:
    """How much a language is liked, in thousandths, and its tag."""
    tag, _, weight = text.strip().lower().partition(";")
    digits = weight.strip().removeprefix("q=").replace(".", "", 1)[:4]
    liked = int(digits.ljust(4, "0")) if digits.isascii() and digits.isdigit() else 1000
    return liked, tag.strip()


def spoken(named: Iterable[str | None], header: str) -> Language:
    """The first of the languages named that there is, else what the browser likes best."""
    for each in named:
        if each in LANGUAGES:
            return "zh" if each == "zh" else "en"
    return accepted(header)
