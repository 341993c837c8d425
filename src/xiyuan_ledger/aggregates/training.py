"""培训: classes, who enrolls in them, and the sessions held."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code, Level
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

Programme = Literal["pre_exam", "continuing_education", "cso_leaders", "project_implementers", "residents"]


class ClassFact(Fact):
    """What is recorded of one class."""

    STREAM_KIND: ClassVar[Kind] = "class"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("class_",)

    class_: Code = Field(alias="class")


class TrainingClassOpened(ClassFact):
    """开班: a class of a programme opens."""

    TOPIC: ClassVar[str] = "class.training-class-opened.v1"

    programme: Programme
    org: Code
    level: Level | None = None


class TrainingEnrolled(ClassFact):
    """报名: a person joins the class."""

    TOPIC: ClassVar[str] = "class.training-enrolled.v1"

    person: Code


class ClassState:
    """One class: since when it is open, and who joined it."""

    __slots__ = ("before", "enrolled", "opened", "opened_by")

    def __init__(self) -> None:
        self.opened: TrainingClassOpened | None = None
        self.opened_by: str = ""
        self.enrolled: dict[str, str] = {}
        self.before: ClassState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    def open_on(self, day: date) -> bool:
        """Whether the class is open on a day: nothing closes it."""
        return self.opened is not None and self.opened.occurred_on <= day


def decide(state: ClassState, fact: Fact, world: World) -> None:
    match fact:
        case TrainingClassOpened() if state.opened is not None:
            raise RuleBroken("class-opened-twice", field="class", events=(state.opened_by,), class_=fact.class_)
        case TrainingEnrolled():
            refuse_unopened(state, fact.class_, fact.occurred_on)
            if (event_id := state.enrolled.get(fact.person)) is not None:
                raise RuleBroken(
                    "class-enrolled-twice", field="person", events=(event_id,), class_=fact.class_, person=fact.person
                )


def refuse_unopened(state: ClassState, class_: str, day: date, events: tuple[str, ...] = ()) -> None:
    """A class takes people and sessions from the day on which it opened."""
    if not state.open_on(day):
        raise RuleBroken("class-not-open", field="class", events=events, class_=class_, on=day)


def evolve(state: ClassState, event: Event) -> None:
    match event.fact:
        case TrainingEnrolled(person=person):
            state.enrolled[person] = event.event_id
        case TrainingClassOpened() as fact:
            state.opened, state.opened_by = fact, event.event_id


def check_dependents(state: ClassState, world: World) -> None:
    """The sessions held for the class still find it open."""
    opened = state.opened or (state.before.opened if state.before else None)
    if opened is None:
        return
    class_ = opened.class_
    for code in world.tagged(f"sessions-of-class/{class_}"):
        session = world.session(code)
        if session.of_class(class_) and session.held is not None:
            refuse_unopened(state, class_, session.held.occurred_on, (session.held_by,))


AGGREGATE = Aggregate(
    kind="class",
    new_state=ClassState,
    decide=decide,
    evolve=evolve,
    facts=(TrainingClassOpened, TrainingEnrolled),
    order_free=frozenset({TrainingEnrolled}),
    check_dependents=check_dependents,
)
