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
    "flag", "choice", "list", "parts", "json", "personal",
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
    """The kind of a field's values: its name, what may be chosen, a list's members, what each part holds."""

    name: Name
    choices: tuple[str, ...] = ()
    member: Name | None = None
    parts: tuple[FieldOf, ...] = ()


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
        found[name] = FieldOf(name, _named_kind(name, hints[attribute]), required, (attribute, name) in own)
        if name == PERSONAL:
            columns = [PERSONAL_FIELD + each for each in Personal.model_fields]
            found |= {each: FieldOf(each, Kind("personal"), False, True) for each in columns}
    return found


def _named_kind(name: str, annotation: Any) -> Kind:
    """The kind of a field's values, by what its name says of whole numbers too."""
    kind = kind_of(annotation)
    if name.endswith("_fen") and kind.name == "integer":
        return Kind("fen")
    return Kind("minutes") if name == "minutes" else kind


def _parts_of(model: Any) -> Kind:
    """The kind of a list of structures: what each holds, in order, where that is simple; else JSON."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return Kind("json")
    hints = get_type_hints(model, include_extras=True)
    parts = tuple(
        FieldOf(said.alias or name, _named_kind(name, hints[name]), said.is_required(), True)
        for name, said in model.model_fields.items()
    )
    simple = all(part.kind.name not in ("json", "list", "parts") for part in parts)
    return Kind("parts", parts=parts) if simple else Kind("json")


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
        if member.name in ("code", "text", "choice"):
            return Kind("list", member.choices, member.name)
        return _parts_of(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Kind("json")
    return Kind(_PLAIN[origin or annotation])
