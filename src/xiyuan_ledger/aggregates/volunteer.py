"""志愿者: who volunteers at which station, for what, and the hours given."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.timetable import Timetable
from xiyuan_ledger.codes import Code, LocalTime, Minutes
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


class VolunteerFact(Fact):
    """What is recorded of one volunteer."""

    STREAM_KIND: ClassVar[Kind] = "volunteer"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("volunteer",)

    volunteer: Code


class VolunteerRegistered(VolunteerFact):
    """注册: a volunteer registers at a station."""

    TOPIC: ClassVar[str] = "volunteer.volunteer-registered.v1"

    station: Code


class VolunteerClassified(VolunteerFact):
    """分类: the kinds of service that the volunteer is for. A later list takes the place of an earlier one."""

    TOPIC: ClassVar[str] = "volunteer.volunteer-classified.v1"

    categories: tuple[Code, ...]


class VolunteerHoursLogged(VolunteerFact):
    """时长: voluntary service was given, from a time on, for so long."""

    TOPIC: ClassVar[str] = "volunteer.volunteer-hours-logged.v1"

    starts_at: LocalTime
    minutes: Minutes
    category: Code
    project: Code | None = None
    request: Code | None = None


class VolunteerState:
    """One volunteer: since when registered, and the hours taken, by the fact that logged them."""

    __slots__ = ("hours", "registered_by", "registered_on")

    def __init__(self) -> None:
        self.registered_on: date | None = None
        self.registered_by = ""
        self.hours = Timetable()


def decide(state: VolunteerState, fact: Fact, world: World) -> None:
    assert isinstance(fact, VolunteerFact)
    volunteer, day = fact.volunteer, fact.occurred_on
    if isinstance(fact, VolunteerRegistered):
        if state.registered_on is not None:
            events = (state.registered_by,)
            raise RuleBroken("volunteer-registered-twice", field="volunteer", events=events, volunteer=volunteer)
        return
    if state.registered_on is None or day < state.registered_on:
        raise RuleBroken("volunteer-unknown", field="volunteer", volunteer=volunteer, on=day)
    if isinstance(fact, VolunteerHoursLogged):
        _check_hours(state, fact)


def _check_hours(state: VolunteerState, fact: VolunteerHoursLogged) -> None:
    """Hours belong to the day on which they start, and are given once: so no day has more than 1440 minutes."""
    if fact.starts_at.date() != fact.occurred_on:
        raise RuleBroken(
            "volunteer-hours-other-day",
            field="starts_at",
            volunteer=fact.volunteer,
            starts_at=fact.starts_at,
            on=fact.occurred_on,
        )
    events = tuple(state.hours.meeting(fact.starts_at, fact.minutes))
    if events:
        raise RuleBroken(
            "volunteer-hours-overlap",
            field="starts_at",
            events=events,
            volunteer=fact.volunteer,
            starts_at=fact.starts_at,
            minutes=fact.minutes,
        )


def evolve(state: VolunteerState, event: Event) -> None:
    match event.fact:
        case VolunteerHoursLogged(starts_at=starts_at, minutes=minutes):
            state.hours.take(starts_at, minutes, event.event_id)
        case VolunteerRegistered(occurred_on=day):
            state.registered_on, state.registered_by = day, event.event_id


AGGREGATE = Aggregate(
    kind="volunteer",
    new_state=VolunteerState,
    decide=decide,
    evolve=evolve,
    facts=(VolunteerRegistered, VolunteerClassified, VolunteerHoursLogged),
    order_free=frozenset({VolunteerClassified, VolunteerHoursLogged}),
)
