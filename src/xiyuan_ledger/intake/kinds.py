"""What a field may hold, as far as a cell has to know: a date, an amount, a choice, a list."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from xiyuan_ledger import codes
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.invalid import PERSONAL
from xiyuan_ledger.aggregates.personal import COMMITMENTS, Personal

Name = Literal[
    "code", "text", "digest", "event", "month", "date", "time", "instant", "integer", "fen", "minutes", "year",
    "flag", "choice", "list", "json", "personal",
]  # fmt: skip
_NAMED: tuple[tuple[Any, Name], ...] = (
    (codes.Code, "code"),
    (codes.Digest, "digest"),
    (codes.EventId, "event"),
    (codes.Month, "month"),
    (codes.Instant, "instant"),
    (codes.Fen, "fen"),
    (codes.FenOrNone, "fen"),
    (codes.Minutes, "minutes"),
    (codes.Year, "year"),
)
_PLAIN: dict[Any, Name] = {str: "text", int: "integer", bool: "flag", date: "date", datetime: "time", dict: "json"}


PERSONAL_FIELD = f"{PERSONAL}."
"""How the name of a column of personal data begins: `personal.phone`."""


class Kind(NamedTuple):
    """The kind of a field's values: its name, what may be chosen, and the kind of a list's members."""

    name: Name
    choices: tuple[str, ...] = ()
    member: Name | None = None


class FieldOf(NamedTuple):
    """A field of a fact as a column of a sheet has it."""

    name: str
    kind: Kind
    required: bool
    own: bool


@cache
def fields_of(fact: type[Fact]) -> dict[str, FieldOf]:
    """Every field that an entry of this fact may carry, by its public name: its own, then those of any entry.

    Personal data have a column each; what the ledger puts in their place has none.
    """
    hints = get_type_hints(fact, include_extras=True)
    own = fact.own_fields()
    rest = [(name, field.alias or name) for name, field in fact.model_fields.items()]
    found: dict[str, FieldOf] = {}
    for attribute, name in dict.fromkeys([*own, *rest]):
        if name == COMMITMENTS:
            continue
        required = fact.model_fields[attribute].is_required()
        kind = kind_of(hints[attribute])
        if name.endswith("_fen") and kind.name == "integer":
            kind = Kind("fen")
        elif name == "minutes":
            kind = Kind("minutes")
        found[name] = FieldOf(name, kind, required, (attribute, name) in own)
        if name == PERSONAL:
            columns = [PERSONAL_FIELD + each for each in Personal.model_fields]
            found |= {each: FieldOf(each, Kind("personal"), False, True) for each in columns}
    return found


def kind_of(annotation: Any) -> Kind:
    """The kind of value that an annotation admits."""
    for known, name in _NAMED:
        if known == annotation:
            return Kind(name)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(arguments[0])
    if origin in (Union, UnionType):
        return kind_of(next(each for each in arguments if each is not type(None)))
    if origin is Literal:
        return Kind("choice", tuple(str(each) for each in arguments))
    if origin is tuple:
        member = kind_of(arguments[0])
        return Kind("list", member.choices, member.name) if member.name in ("code", "text", "choice") else Kind("json")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Kind("json")
    return Kind(_PLAIN[origin or annotation])
