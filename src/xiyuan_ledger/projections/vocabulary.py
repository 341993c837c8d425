"""Words for codes: what people read in a table where machines read a code, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.errors import Language
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import definitions

Words = Mapping[str, Mapping[Language, str]]
OPEN = "open"
"""The vocabulary of columns whose codes and texts the office makes itself: they are shown as they are."""
JOINED = {"service_type": ("service_type", "method", "kind"), "any": ()}
"""Vocabularies made of others, the first that has a code holding; `any` is made of all."""


def _table(file: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("xiyuan_ledger") / "words" / file).read_text("utf-8"))


@cache
def value_table(field: str) -> dict[str, list[str]]:
    """The Chinese words of a field's values, the first of them the one that is shown."""
    found = _table("values.toml").get(field, {})
    if isinstance(found, str):
        return value_table(found)
    return {value: [words] if isinstance(words, str) else list(words) for value, words in found.items()}


@cache
def vocabularies() -> dict[str, Words]:
    """Every vocabulary by its name, those of the fields included."""
    shown: dict[str, Words] = {field: _of_field(field) for field in _table("values.toml")}
    shown |= {
        "type": {name: _titled(fact, name) for name, fact in FACTS.items()},
        "view": {name: view.title for name, view in definitions().items()},
        "column": {column.name: column.words for view in definitions().values() for column in view.columns},
        "policy": {name: _titled(schema, name) for name, schema in SCHEMAS.items()},
    }
    written: dict[str, Words] = _table("shown.toml")
    for name, words in written.items():
        shown[name] = {**shown.get(name, {}), **words}
    told: dict[str, Words] = _table("parameters.toml")
    shown |= {"parameter": told["names"], "parameter_value": told["values"]}
    joined = {name: _first_of(*(shown[part] for part in parts or shown)) for name, parts in JOINED.items()}
    return {**shown, **joined, OPEN: {}}


def _of_field(field: str) -> Words:
    return {code: {"zh": words[0], "en": code.replace("_", " ")} for code, words in value_table(field).items()}


def _titled(documented: type, name: str) -> dict[Language, str]:
    """The Chinese word that a docstring begins with, beside a name."""
    return {"zh": (documented.__doc__ or name).strip().partition(":")[0], "en": name}


def _first_of(*parts: Words) -> Words:
    found: dict[str, Mapping[Language, str]] = {}
    for part in reversed(parts):
        found.update(part)
    return found


def word(vocabulary: str | None, code: Any, lang: Language) -> Any:
    """What people read for a code; a code that the vocabulary does not have, as it is."""
    known = vocabularies().get(vocabulary or OPEN, {})
    return known[code][lang] if isinstance(code, str) and code in known else code


def code_of(vocabulary: str | None, text: str) -> str:
    """The code for which people read a word, in either language; anything else as it is."""
    known = vocabularies().get(vocabulary or OPEN, {})
    if text in known:
        return text
    return next((code for code, words in known.items() if text in words.values()), text)
