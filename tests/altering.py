"""Corrections as clerks make them: one field of a fact is put right, whatever field it is."""

from __future__ import annotations

import types
from datetime import date, datetime, timedelta
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from xiyuan_ledger.aggregates import Event, Fact

POOLS: dict[str, tuple[str, ...]] = {
    "worker": ("W-1", "W-2", "W-3", "W-4"),
    "employer": ("XY", "C1-S", "CEN", "AG"),
    "org": ("XY", "C1-S", "C2-S", "C1-P", "CEN", "CSO-1"),
    "to_org": ("XY", "CSO-1", "CSO-2"),
    "person": ("W-1", "W-2", "M-1", "M-2"),
    "project": ("J-1", "J-2"),
    "purchaser": ("XY", "DEP"),
    "implementer": ("CSO-1", "CSO-2"),
    "client": ("K-1", "K-2", "K-3"),
    "merged": ("K-1", "K-2", "K-3"),
    "class": ("T-1", "T-2"),
    "by": ("ASC", "XY"),
    "category": ("elderly", "youth"),
    "parent": ("XY", "C1", "C2"),
    "certificate": ("Z-1", "Z-2"),
}
SHIFTS = (-400, -31, -7, -1, 1, 2, 30, 365)


def _choices(annotation: Any) -> tuple[Any, ...] | None:
    """The values of a field that has a fixed list of them."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return arguments
    if origin is Annotated:
        return _choices(arguments[0])
    if origin in (Union, types.UnionType):
        found = [choices for each in arguments if each is not type(None) and (choices := _choices(each))]
        return found[0] if found else None
    return None


def _another(name: str, value: Any, annotation: Any, chance: Random) -> Any:
    choices = _choices(annotation) or POOLS.get(name)
    if choices:
        return chance.choice(choices)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice((value + 1, max(1, value // 2), value * 2))
    if isinstance(value, datetime):
        return value.replace(hour=chance.choice((0, 9, 23)))
    if isinstance(value, date):
        return value + timedelta(days=chance.choice(SHIFTS))
    if isinstance(value, tuple) and value and isinstance(value[0], str):
        return chance.choice((value[1:], tuple(sorted({*value, "M-1"}))))
    return value


def altered(target: Event, chance: Random, on: date) -> Fact:
    """A correction of an event: another date, or another value in one of its fields. Raises Refused if it is none."""
    fact = target.fact
    entry: dict[str, Any] = fact.entry() | {"corrects": target.event_id, "reason": "as the paper says"}
    for name in ("results_on", "starts_at"):
        entry.setdefault(name, None)
    own = [(attribute, name) for attribute, name in fact.own_fields() if attribute not in fact.STREAM_FIELDS]
    if not own or chance.random() < 0.4:
        shift = timedelta(days=chance.choice(SHIFTS))
        entry["occurred_on"] = min(fact.occurred_on + shift, on)
        if entry["starts_at"] is not None:
            entry["starts_at"] = datetime.combine(entry["occurred_on"], entry["starts_at"].time())
        if entry["results_on"] is not None:
            entry["results_on"] = entry["occurred_on"]
    else:
        attribute, name = chance.choice(own)
        entry[name] = _another(name, getattr(fact, attribute), type(fact).model_fields[attribute].annotation, chance)
    return type(fact)(**{name: value for name, value in entry.items() if value is not None})
