"""What an aggregate is: a noun's facts and two pure functions.

`decide` refuses what contradicts a hard rule or another fact; `evolve` folds a fact into the state and never refuses,
never asks the clock, never reads a policy. A state keeps dates, so that questions are asked of a day, not of the order
in which facts arrived.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


V = TypeVar("V")


class Kept(Protocol[V]):
    """What a state knows of by its code, however many there are: a dict, or what takes less memory than one.

    What is taken out of it and changed is put back.
    """

    def get(self, key: str, /) -> V | None:
        """What is known by a code."""

    def __setitem__(self, key: str, value: V, /) -> None: ...

    def __contains__(self, key: object, /) -> bool: ...

    def items(self) -> ItemsView[str, V]:
        """All of it, in the order in which it became known."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A noun of the office: how its streams begin, what they admit, and how a fact changes them.

    `order_free` facts are judged rightly at any date by `decide` alone; for the others a late one has the whole stream
    judged again. `check_dependents` refuses a state that facts in other streams contradict: it is asked after a late
    entry, a correction or a voiding, which may take away what others rely on. `fit_together` says of facts entered by
    somebody, each the first of its stream, whether `decide` would admit every one.
    """

    kind: Kind
    new_state: Callable[[], Any]
    decide: Callable[[Any, Any, World], None]
    evolve: Callable[[Any, Any], None]
    facts: tuple[type[Fact], ...]
    order_free: frozenset[type[Fact]] = frozenset()
    check_dependents: Callable[[Any, World], None] | None = None
    fit_together: Callable[[Sequence[Any], str, World], bool] | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` up to, but not including, `end`; no end: still running. Names the facts that set them."""

    start: date
    end: date | None
    opened_by: str
    closed_by: str | None = None

    def holds(self, day: date) -> bool:
        """Whether the day lies inside."""
        return self.start <= day and (self.end is None or day < self.end)


def holding(spans: Iterable[Span], day: date) -> Span | None:
    """The span that holds a day, if one does."""
    for span in spans:
        if span.holds(day):
            return span
    return None


def in_order(events: Iterable[Event]) -> list[Event]:
    """Facts in the order in which they are judged: by the day they happened, then by position."""
    return sorted(events, key=lambda event: (event.fact.occurred_on, event.position))


def fold(aggregate: Aggregate, events: Iterable[Event]) -> Any:
    """The state after effective facts in order. Never refuses."""
    state = aggregate.new_state()
    for event in events:
        aggregate.evolve(state, event)
    return state


def judge(aggregate: Aggregate, events: list[Event], world: World, *, without: frozenset[str] = frozenset()) -> Any:
    """The state after effective facts in order, each judged by what stands before it.

    Raises RuleBroken at the first that contradicts, but for those in `without`, which contradicted already before.
    """
    state = aggregate.new_state()
    for event in events:
        if event.event_id not in without:
            try:
                aggregate.decide(state, event.fact, world)
            except RuleBroken as refusal:
                refusal.values["_at"] = event.event_id
                raise
        aggregate.evolve(state, event)
    return state


def contradictions(aggregate: Aggregate, events: list[Event], world: World) -> frozenset[str]:
    """The facts that today's rules would refuse: they stand, and are not held against others."""
    found = set()
    state = aggregate.new_state()
    for event in events:
        try:
            aggregate.decide(state, event.fact, world)
        except RuleBroken:
            found.add(event.event_id)
        aggregate.evolve(state, event)
    return frozenset(found)
