"""活动/课时/培训: one sitting of a class, a group, an activity, a training. Its code is used once in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.training import Programme, refuse_unopened
from xiyuan_ledger.codes import Code, Count, LocalTime, Minutes, People
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

SessionKind = Literal["class", "group", "activity", "counselling", "performance", "lecture", "outreach"]


class SessionFact(Fact):
    """What is recorded of one session."""

    STREAM_KIND: ClassVar[Kind] = "session"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("session",)

    session: Code


class TrainingSessionHeld(SessionFact):
    """培训: a training session was held."""

    TOPIC: ClassVar[str] = "session.training-session-held.v1"

    programme: Programme
    class_: Code | None = Field(default=None, alias="class")
    org: Code
    starts_at: LocalTime
    minutes: Minutes
    attendees: People | None = None
    headcount: Count | None = None

    def tags(self) -> tuple[str, ...]:
        return () if self.class_ is None else (f"sessions-of-class/{self.class_}",)

    def reads(self) -> tuple[str, ...]:
        return () if self.class_ is None else (f"class/{self.class_}",)


class SessionHeld(SessionFact):
    """开展: a session of a project was held."""

    TOPIC: ClassVar[str] = "session.session-held.v1"

    project: Code
    kind: SessionKind
    starts_at: LocalTime
    minutes: Minutes
    workers: People
    venue: Code | None = None
    participants: People | None = None
    headcount: Count | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"sessions-of/{self.project}",)

    def reads(self) -> tuple[str, ...]:
        return (f"project/{self.project}",)


class SessionState:
    """One session: what was held under its code."""

    __slots__ = ("held", "held_by")

    def __init__(self) -> None:
        self.held: TrainingSessionHeld | SessionHeld | None = None
        self.held_by: str = ""

    def of_class(self, class_: str) -> bool:
        """Whether it was held for a class; a correction may have taken it elsewhere."""
        return isinstance(self.held, TrainingSessionHeld) and self.held.class_ == class_

    def of_project(self, project: str) -> bool:
        """Whether it was held for a project; a correction may have taken it elsewhere."""
        return isinstance(self.held, SessionHeld) and self.held.project == project


def decide(state: SessionState, fact: TrainingSessionHeld | SessionHeld, world: World) -> None:
    day = fact.occurred_on
    if state.held is not None:
        raise RuleBroken("session-held-twice", field="session", events=(state.held_by,), session=fact.session)
    if fact.starts_at.date() != day:
        raise RuleBroken("session-other-day", field="starts_at", session=fact.session, starts_at=fact.starts_at, on=day)
    match fact:
        case TrainingSessionHeld():
            _refuse_named_twice("attendees", fact.session, fact.attendees or ())
            if fact.class_ is not None:
                refuse_unopened(world.training_class(fact.class_), fact.class_, day)
        case SessionHeld():
            _refuse_named_twice("workers", fact.session, fact.workers)
            _refuse_named_twice("participants", fact.session, fact.participants or ())
            if not world.project(fact.project).runs_on(day):
                raise RuleBroken("session-project-not-running", field="project", project=fact.project, on=day)


def _refuse_named_twice(field: str, session: str, people: Iterable[str]) -> None:
    seen = set()
    for person in people:
        if person in seen:
            raise RuleBroken("session-named-twice", field=field, session=session, person=person)
        seen.add(person)


def evolve(state: SessionState, event: Event) -> None:
    assert isinstance(event.fact, TrainingSessionHeld | SessionHeld)
    state.held, state.held_by = event.fact, event.event_id


AGGREGATE = Aggregate(
    kind="session",
    new_state=SessionState,
    decide=decide,
    evolve=evolve,
    facts=(TrainingSessionHeld, SessionHeld),
    order_free=frozenset({TrainingSessionHeld, SessionHeld}),
)
