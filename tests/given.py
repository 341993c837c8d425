"""Given facts, when another is recorded, then it is recorded or refused: the rules without a store.

It judges as the recorder does: a late fact, a correction and a voiding have the whole stream judged again in the order
of the days, and whatever other streams rely on is asked after that. Where another fact then no longer fits, the
recorder refuses with `contradicts` and names that fact; here it is named under the code of the rule that it breaks.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel

from xiyuan_ledger.aggregates.aggregate import Aggregate, contradictions, fold, in_order, judge
from xiyuan_ledger.aggregates.fact import Event, Fact
from xiyuan_ledger.aggregates.world import FoldedStates, World
from xiyuan_ledger.errors import Refused, RuleBroken

MODULES = {"org": "organization", "class": "training", "ledger": "control"}
FIRST_RECORDED_AT = datetime(2014, 1, 1, tzinfo=UTC)
ACTOR = "clerk-1"


@cache
def aggregate_of(kind: str) -> Aggregate:
    """The aggregate of a stream's kind, from the module named for it."""
    module = importlib.import_module(f"xiyuan_ledger.aggregates.{MODULES.get(kind, kind)}")
    found: Aggregate = module.AGGREGATE
    return found


@cache
def schemas() -> Mapping[str, type[BaseModel]]:
    """The schemas of the office's policies."""
    found: Mapping[str, type[BaseModel]] = importlib.import_module("xiyuan_ledger.policies").SCHEMAS
    return found


def event_id(position: int) -> str:
    """The id of the fact given at a position, counted from 1: what `corrects` names."""
    return f"{position:08x}-{position:04x}-8000-8000-000000000000"


class Outcome:
    """What became of an entry."""

    def __init__(self, event: Event | None, refusal: Refused | None):
        self._event = event
        self._refusal = refusal

    @property
    def is_refused(self) -> bool:
        """Whether nothing was recorded."""
        return self._refusal is not None

    @property
    def recorded(self) -> Event:
        """The fact as recorded; the refusal is raised where there was one."""
        if self._refusal is not None:
            raise self._refusal
        assert self._event is not None
        return self._event

    def refused(self, code: str, *, naming: tuple[int, ...] | None = None) -> Refused:
        """The refusal, which must have this code and its words, and name the facts at these positions."""
        assert self._refusal is not None, f"recorded, but {code} was expected"
        assert self._refusal.code == code, str(self._refusal)
        if naming is not None:
            assert self._refusal.events == tuple(event_id(position) for position in naming), self._refusal.events
        assert str(self._refusal)
        return self._refusal


class Given:
    """A ledger of a few facts, in memory."""

    def __init__(self, schemas: Mapping[str, type[BaseModel]]):
        self.streams: dict[str, list[Event]] = {}
        self.position = 0
        self.states = FoldedStates(lambda kind: aggregate_of(kind).new_state())
        self.world = World(self.states, schemas)

    def when(self, fact: Fact) -> Outcome:
        """What becomes of the entry; the ledger goes on with it."""
        try:
            return Outcome(self.record(fact), None)
        except Refused as refusal:
            return Outcome(None, refusal)

    def when_voided(self, position: int) -> Outcome:
        """What becomes of taking out the fact at a position."""
        target = next(e for events in self.streams.values() for e in events if e.position == position)
        try:
            self._rejudge(target.stream, [e for e in self.streams[target.stream] if e is not target])
        except Refused as refusal:
            return Outcome(None, refusal)
        return Outcome(target, None)

    def record(self, fact: Fact) -> Event:
        """The fact as recorded; raises Refused, and then nothing has changed."""
        fact = fact if fact.actor else fact.model_copy(update={"actor": ACTOR})
        event = self._event(fact)
        before = self.streams.setdefault(event.stream, [])
        aggregate = aggregate_of(fact.STREAM_KIND)
        late = bool(before) and fact.occurred_on < before[-1].fact.occurred_on
        if fact.corrects or (late and type(fact) not in aggregate.order_free):
            self._rejudge(event.stream, [*(e for e in before if e.event_id != fact.corrects), event], event.event_id)
        else:
            aggregate.decide(self.states.state(event.stream), fact, self.world)
            aggregate.evolve(self.states.state(event.stream), event)
            self.streams[event.stream] = in_order([*before, event])
        self.position = event.position
        for tag in fact.tags():
            self.states.tag(tag, event.stream)
        return event

    def _rejudge(self, stream: str, events: list[Event], new: str | None = None) -> None:
        """The whole stream in the order of the days, then those who rely on it, who see the new state."""
        aggregate = aggregate_of(stream.partition("/")[0])
        before, state = self.streams[stream], self.states.state(stream)
        after = in_order(events)
        stood = contradictions(aggregate, before, self.world)
        try:
            judged = judge(aggregate, after, self.world, without=stood)
            self.states.replace(stream, judged)
            if aggregate.check_dependents is not None:
                judged.before = state
                aggregate.check_dependents(judged, self.world)
                judged.before = None
        except RuleBroken as refusal:
            self.states.replace(stream, state)
            at = refusal.values.pop("_at", new)
            refusal.events = refusal.events if at == new else (at,)
            raise
        self.streams[stream] = after

    def _event(self, fact: Fact) -> Event:
        position, stream = self.position + 1, fact.stream()
        return Event(
            fact,
            position=position,
            event_id=event_id(position),
            stream=stream,
            version=len(self.streams.get(stream, ())) + 1,
            recorded_at=FIRST_RECORDED_AT + timedelta(seconds=position),
            actor=fact.actor or ACTOR,
        )

    def folded_afresh(self, stream: str) -> Any:
        """The state as the whole stream folds: must equal the one kept at hand."""
        return fold(aggregate_of(stream.partition("/")[0]), self.streams[stream])


def given(*facts: Fact, schemas: Mapping[str, type[BaseModel]] | None = None) -> Given:
    """A ledger in which these facts were recorded, each of which must be admitted."""
    found = Given(_known_schemas() if schemas is None else schemas)
    for fact in facts:
        found.record(fact)
    return found


def _known_schemas() -> Mapping[str, type[BaseModel]]:
    try:
        return schemas()
    except ImportError:
        return {}
