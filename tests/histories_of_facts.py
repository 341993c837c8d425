"""Any fact at all, made from its own fields: for what must hold of every fact alike."""

from __future__ import annotations

import types
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.journal.columns import PERSONAL
from xiyuan_ledger.store.mapper import content_digest, entry_bytes, event_bytes, event_id

BEGIN = datetime(2012, 8, 20, 15, 59, 59, 999_999, tzinfo=UTC)
TEXTS = st.sampled_from(["a", "社工站", 'with "quotes" and \\', "2013-01-01", "17", "null", "a\nb", "𠮷", "é", " "])
LISTS_MAX = 3
PARAMETERS = {"minutes_max": 480, "名称": {"z": [1, None, True], "a": "é"}}


def _scalar(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a scalar type. Limits of fields do not matter here: facts are made without being checked."""
    if kind is datetime:
        return st.datetimes().map(lambda at: at.replace(microsecond=0))
    known = {
        str: TEXTS,
        bool: st.booleans(),
        int: st.integers(-(2**53) + 1, 2**53 - 1),
        date: st.dates(date(1, 1, 1), date(9999, 12, 31)),
        dict: st.just(PARAMETERS),
    }
    return known[kind]


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Values that fit an annotation."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values_of(arguments[0])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.none() if each is type(None) else values_of(each) for each in arguments))
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=LISTS_MAX).map(tuple)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return made(annotation)
    return _scalar(origin or annotation)


def made(model: type[BaseModel], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Instances of a model, made without being checked."""
    fields = {
        name: values_of(info.annotation)
        for name, info in model.model_fields.items()
        if name not in given and name not in PERSONAL
    }
    return st.fixed_dictionaries(fields | given).map(lambda values: model.model_construct(**values))


def facts_of(fact: type[Fact]) -> st.SearchStrategy[Fact]:
    """Facts of one type, with and without all that an entry may carry."""
    ids = st.integers(1, 2**40).map(lambda position: event_id(position, "0" * 64))
    given: dict[str, st.SearchStrategy[Any]] = {
        "actor": st.sampled_from(["clerk-7", "办事员"]),
        "corrects": st.none() | ids,
        "recorded_at": st.none(),
    }
    if fact.__name__ == "RecordVoided":
        given["event"] = ids
    return made(fact, **given)


def recorded(facts: list[Fact], after: int = 0) -> list[tuple[Event, bytes]]:
    """Facts as a ledger records them from a position on, a minute apart: each event, and its stored bytes."""
    return [_recorded(fact, position) for position, fact in enumerate(facts, start=after + 1)]


def _recorded(fact: Fact, position: int) -> tuple[Event, bytes]:
    entry = entry_bytes(fact)
    at = BEGIN + timedelta(minutes=position - 1, microseconds=position - 1)
    name = event_id(position, content_digest(fact, entry))
    actor = fact.actor or "clerk-7"
    event = Event(fact, position, name, f"any/{position % 5}", position, at, actor, fact.source)
    return event, event_bytes(event, entry, at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
