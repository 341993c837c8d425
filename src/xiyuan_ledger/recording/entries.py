"""From what was handed in to a fact: a fact already, or an entry with its `type` and fields."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.aggregates.invalid import invalid_entry
from xiyuan_ledger.errors import InvalidEntry

Entry = Fact | Mapping[str, Any]


def fact_type(name: object) -> type[Fact]:
    """The fact of that name; InvalidEntry names those that look like it."""
    if name is None or name == "":
        raise InvalidEntry("entry-type-missing", field="type")
    found = FACTS.get(name) if isinstance(name, str) else None
    if found is None:
        near = get_close_matches(str(name)[:80], FACTS, n=3, cutoff=0.3) or sorted(FACTS)[:3]
        raise InvalidEntry("entry-type-unknown", field="type", found=str(name)[:80], near=", ".join(near))
    return found


def fact_of(entry: Entry) -> Fact:
    """The fact that an entry describes; InvalidEntry where it describes none."""
    if isinstance(entry, Fact):
        return entry
    if not isinstance(entry, Mapping):
        raise InvalidEntry("entry-form", found=type(entry).__name__)
    found = fact_type(entry.get("type"))
    fields = {name: value for name, value in entry.items() if name != "type"}
    try:
        return found.__pydantic_validator__.validate_python(fields)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise invalid_entry(found.__name__, error) from None
