"""The stored form of every fact, kept as files: it can never change unnoticed, and whatever was stored is read back.

Each file of `golden/events/` holds a list of two events, one a line: one with everything that the fact may carry, one
with only what it must. `XIYUAN_GOLDEN=write pytest tests/test_golden.py` writes them anew: that is a decision about
stored data, and shows in the diff.
"""

from __future__ import annotations

import os
import types
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from xiyuan_ledger.aggregates import FACTS, Event, Fact
from xiyuan_ledger.calendar import instant_text
from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store.mapper import content_digest, entry_bytes, event_bytes, event_id, event_of
from xiyuan_ledger.store.rows import Row

FOLDER = Path(__file__).parent / "golden" / "events"
WRITE = os.environ.get("XIYUAN_GOLDEN") == "write"
RECORDED_AT = datetime(2013, 9, 30, 16, 0, 0, 4, tzinfo=UTC)
POSITION = 70_000
NEVER_STORED = frozenset({"personal", "recorded_at"})

VALUES: dict[str, Any] = {
    "occurred_on": "2013-09-30",
    "starts_at": "2013-09-30T18:30:00",
    "corrects": event_id(12, "0123456789abcdef" * 4),
    "event": event_id(12, "0123456789abcdef" * 4),
    "actor": "clerk-7",
    "key": "form-2013/117",
    "source": "register 2013, sheet “九月”, row 4",
    "reason": "digits transposed; 见附件",
    "evidence": [{"kind": "form", "digest": "0f" * 32, "note": "signed 签字"}, {"kind": "scan", "digest": "f0" * 32}],
    "month": "2013-08",
    "year": 2013,
    "birth_year": 1937,
    "valid_from": "2013-09-01",
    "valid_to": "2016-08-31",
    "from": "2013-10-01",
    "to": "2014-09-30",
    "effective_from": "2013-10-01",
    "effective_to": "2015-01-01",
    "class": "K-2013-1",
    "parameters": {"rates": {"junior": 10_000}, "名称": ["甲", None, True, -1], "counts_purchased": False},
    "minutes": 95,
    "score": 71,
    "digest": "0f" * 32,
    "comment_digest": "0f" * 32,
    "commitments": ["0f" * 32, "f0" * 32],
    "lines_digest": "0f" * 32,
    "file_digest": "f0" * 32,
    "nonce_digest": "f0" * 32,
    "population_digest": "0f" * 32,
    "root": "f0" * 32,
}
"""Values by field; where none stands here, one by its type."""
OF_FACT: dict[str, dict[str, Any]] = {"ResidentReviewSubmitted": {"score": 4}}
"""Values of a fact whose field has bounds of its own."""


def sample(name: str, annotation: Any, *, whole: bool) -> Any:
    """A value for a field."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if name in VALUES:
        return VALUES[name]
    if origin is Annotated:
        return sample(name, arguments[0], whole=whole)
    if origin in (Union, types.UnionType):
        return sample(name, next(each for each in arguments if each is not type(None)), whole=whole)
    if origin is Literal:
        return arguments[-1]
    if origin is tuple:
        first = sample(name, arguments[0], whole=whole)
        return [first, f"{first}-b"] if isinstance(first, str) else [first]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return entry_of(annotation, whole=whole)
    return {str: f"{name}-甲.1", int: 1_234, bool: True, date: "2013-09-30"}[origin or annotation]


def entry_of(model: type[BaseModel], *, whole: bool) -> dict[str, Any]:
    """What is written down: everything that may be, or only what must be."""
    own = OF_FACT.get(model.__name__, {})
    return {
        info.alias or name: own.get(name) or sample(info.alias or name, info.annotation, whole=whole)
        for name, info in model.model_fields.items()
        if name not in NEVER_STORED and (whole or info.is_required())
    }


def stored(fact_type: type[Fact], *, whole: bool) -> bytes:
    """The bytes of an event, as they are stored."""
    fact = fact_type.model_validate(entry_of(fact_type, whole=whole))
    entry = entry_bytes(fact)
    name = event_id(POSITION, content_digest(fact, entry))
    event = Event(fact, POSITION, name, fact.stream(), 3, RECORDED_AT, fact.actor or "clerk-7", fact.source)
    return event_bytes(event, entry, instant_text(RECORDED_AT))


def file_of(fact_type: type[Fact]) -> Path:
    return FOLDER / f"{fact_type.__name__}.json"


@pytest.mark.parametrize("fact_type", FACTS.values(), ids=FACTS.keys())
def test_the_stored_form_of_a_fact_is_as_it_was(fact_type: type[Fact]) -> None:
    both = [stored(fact_type, whole=True), stored(fact_type, whole=False)]
    content = b"[\n" + b",\n".join(both) + b"\n]\n"
    if WRITE:
        FOLDER.mkdir(parents=True, exist_ok=True)
        file_of(fact_type).write_bytes(content)
    assert content == file_of(fact_type).read_bytes()


@pytest.mark.parametrize("fact_type", FACTS.values(), ids=FACTS.keys())
def test_what_was_stored_is_read_back(fact_type: type[Fact]) -> None:
    for line in file_of(fact_type).read_bytes().splitlines()[1:-1]:
        state = line.rstrip(b",")
        body = loads(state)
        row = Row(body["position"], body["stream"], body["version"], fact_type.TOPIC, state, leaf_hash(state))
        event = event_of(row)
        assert type(event.fact) is fact_type
        assert event.fact.stream() == event.stream
        entry = entry_bytes(event.fact)
        assert loads(entry) == body["entry"]
        assert event.event_id == event_id(event.position, content_digest(event.fact, entry))
        assert event_bytes(event, entry, instant_text(event.recorded_at)) == state == dumps(body)


def test_every_kept_form_is_of_a_fact_that_is_still_known() -> None:
    """A fact is never removed: what was stored under its name has to be read for ever."""
    assert {file.stem for file in FOLDER.glob("*.json")} <= FACTS.keys()
    assert len({fact.TOPIC for fact in FACTS.values()}) == len(FACTS)
