"""The page of the policies: every parameter with its default, and where the default comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from pydantic import BaseModel

from docs.making.kinds import hints, parts_of, words
from docs.making.markdown import code, page, paragraphs_after_first, table, term_and_meaning
from xiyuan_ledger.policies import SCHEMAS, default_policies

DEFAULTS = "../../src/xiyuan_ledger/policies"
LONG = 60
ABOUT = """
制度以 `PolicyAdopted` 登记, `parameters` 如下; 未写的参数取默认值, 未知参数一律拒收。
A policy is adopted by the fact `PolicyAdopted` with `parameters` of the form below; what is left out takes the
default, and unknown parameters are refused by name. A new ledger adopts version 1 of each; a file given at creation
takes the place of the default of that policy. "illustrative" in an authority says that the report names no figure.

Shares and weights that end in `_centi` are hundredths of a percent: 10000 is all.
"""


def policies_page() -> str:
    """Every policy, in the order of the register."""
    return page("制度 Policies", ABOUT, *(_policy(policy) for policy in SCHEMAS))


def _policy(policy: str) -> str:
    schema, adopted = SCHEMAS[policy], default_policies()[policy]
    term, meaning = term_and_meaning(schema)
    file = f"[defaults/{policy}.toml]({DEFAULTS}/defaults/{policy}.toml)"
    head = f"## {policy} {term}\n\n{meaning}  \n{file} · from {adopted['effective_from']} · {adopted['authority']}"
    rows = [(code(name), code(kind), default) for name, kind, default in _parameters(schema)]
    return "\n\n".join(
        part for part in (head, paragraphs_after_first(schema), table(("parameter", "type", "default"), rows)) if part
    )


def _parameters(schema: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Each parameter by its full name; the parts of one that is a structure by theirs."""
    kinds = hints(schema)
    for attribute, field in schema.model_fields.items():
        name = prefix + (field.alias or attribute)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _parameters(inner, f"{name}.")
        else:
            yield name, _kind(kinds[attribute]), _default(field.default)
            yield from _members(kinds[attribute], name)


def _kind(annotation: Any) -> str:
    found = words(annotation)
    return "[...]" if found.startswith("[") and found[1].isupper() else found


def _members(annotation: Any, name: str) -> Iterator[tuple[str, str, str]]:
    """The fields of each entry of a list of structures."""
    for part in parts_of(annotation):
        kinds = hints(part)
        for attribute, field in part.model_fields.items():
            optional = "" if field.is_required() else "?"
            full = f"{name}[].{field.alias or attribute}"
            yield full + optional, _kind(kinds[attribute]), ""
            yield from _members(kinds[attribute], full)


def _default(value: Any) -> str:
    if value is None:
        return "none"
    text = orjson.dumps(value, default=_plain).decode()
    return code(text) if len(text) <= LONG else "see the file"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: each for name, each in value.model_dump().items() if each is not None}
    raise TypeError(type(value).__name__)
