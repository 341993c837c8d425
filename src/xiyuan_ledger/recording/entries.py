"""From what was handed in to a fact: a fact already, or an entry with its `type` and fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.aggregates.invalid import FOUND_LENGTH_MAX, invalid_entry
from xiyuan_ledger.codes import Code
from xiyuan_ledger.errors import InvalidEntry, Refused, names_like

Entry = Fact | Mapping[str, Any]
FACT_TYPES = frozenset(FACTS.values())
"""To ask of many whether they are facts already takes a tenth of `isinstance`."""
_CODE: TypeAdapter[str] = TypeAdapter(Code)


def fact_type(name: object) -> type[Fact]:
    """The fact of that name; InvalidEntry names those that look like it."""
    if name is None or name == "":
        raise InvalidEntry("entry-type-missing", field="type")
    found = FACTS.get(name) if isinstance(name, str) else None
    if found is None:
        near = ", ".join(names_like(str(name)[:FOUND_LENGTH_MAX], FACTS))
        raise InvalidEntry("entry-type-unknown", field="type", found=str(name)[:FOUND_LENGTH_MAX], near=near)
    return found


def fact_of(entry: Entry) -> Fact:
    """The fact that an entry describes; InvalidEntry where it describes none."""
    if type(entry) in FACT_TYPES or isinstance(entry, Fact):
        return entry  # type: ignore[return-value]
    if not isinstance(entry, Mapping):
        raise InvalidEntry("entry-form", found=type(entry).__name__)
    found = fact_type(entry.get("type"))
    fields = {name: value for name, value in entry.items() if name != "type"}
    try:
        return found.__pydantic_validator__.validate_python(fields)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise invalid_entry(found.__name__, error) from None


def actor_of(given: str | None) -> str | None:
    """The actor that a ledger is opened for: a code like every other; InvalidEntry where it is none."""
    return None if given is None else code_of("actor", given)


def code_of(named: str, value: object) -> str:
    """A code that names something: who enters, a ledger; InvalidEntry where it is none."""
    try:
        return _CODE.validate_python(value)
    except ValidationError as error:
        raise invalid_entry(named, error) from None


def facts_of(entries: Iterable[Entry], *, atomic: bool) -> list[Fact | Refused]:
    """The facts that entries describe; in place of one that describes none, its refusal, raised if `atomic`."""
    found: list[Fact | Refused] = []
    for entry in entries:
        try:
            found.append(fact_of(entry))
        except Refused as refusal:
            if atomic:
                raise
            found.append(refusal)
    return found
