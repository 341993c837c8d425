"""场地: the street's rooms and squares, and who booked them when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.timetable import Timetable
from xiyuan_ledger.codes import Code, Count, Flag, LocalTime, Minutes
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

VenueKind = Literal["indoor", "outdoor"]


class VenueFact(Fact):
    """What is recorded of one venue."""

    STREAM_KIND: ClassVar[Kind] = "venue"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("venue",)

    venue: Code


class VenueRegistered(VenueFact):
    """场地建档: a venue enters the ledger."""

    TOPIC: ClassVar[str] = "venue.venue-registered.v1"

    org: Code
    kind: VenueKind
    area_m2: Count
    converted_from_office: Flag


class VenueBooked(VenueFact):
    """场地预订: an organisation takes the venue for some time, which may lie ahead."""

    TOPIC: ClassVar[str] = "venue.venue-booked.v1"
    MAY_LIE_AHEAD: ClassVar[bool] = True

    booking: Code
    org: Code
    starts_at: LocalTime
    minutes: Minutes


class VenueBookingCancelled(VenueFact):
    """取消预订: a booking is given up, and its time is free again."""

    TOPIC: ClassVar[str] = "venue.venue-booking-cancelled.v1"

    booking: Code


class VenueState:
    """One venue: its bookings by code, which were cancelled, and the hours that are taken.

    A booking may lie ahead, so that its cancellation is dated before it: what counts is the whole, not the order.
    """

    __slots__ = ("before", "bookings", "cancelled", "hours", "registered_by", "registered_on")

    def __init__(self) -> None:
        self.registered_on: date | None = None
        self.registered_by = ""
        self.bookings: dict[str, tuple[VenueBooked, str]] = {}
        self.cancelled: dict[str, str] = {}
        self.hours = Timetable()
        self.before: VenueState | None = None
        """What stood before a correction or a voiding; set while the whole is looked at again."""

    def booked_by(self, booking: str) -> str:
        """The fact that made a booking."""
        return self.bookings[booking][1]


def decide(state: VenueState, fact: Fact, world: World) -> None:
    assert isinstance(fact, VenueFact)
    venue, day = fact.venue, fact.occurred_on
    if isinstance(fact, VenueRegistered):
        if state.registered_on is not None:
            raise RuleBroken("venue-registered-twice", field="venue", events=(state.registered_by,), venue=venue)
        return
    match fact:
        case VenueBookingCancelled():
            _check_cancellation(state, fact, world.venue(venue))
        case VenueBooked() if state.registered_on is None or day < state.registered_on:
            raise RuleBroken("venue-unknown", field="venue", venue=venue, on=day)
        case VenueBooked():
            _check_booking(state, fact, world.venue(venue))


def _check_cancellation(state: VenueState, fact: VenueBookingCancelled, known: VenueState) -> None:
    """Its booking stands or, where facts are judged again in the order of days, is known to follow."""
    if fact.booking not in state.bookings and fact.booking not in known.bookings:
        raise RuleBroken("venue-booking-unknown", field="booking", booking=fact.booking)
    if (event_id := state.cancelled.get(fact.booking)) is not None:
        raise RuleBroken("venue-cancelled-twice", field="booking", events=(event_id,), booking=fact.booking)


def _check_booking(state: VenueState, fact: VenueBooked, known: VenueState) -> None:
    """The time is free: what was cancelled takes none, nor does what is known to be cancelled further on."""
    if fact.booking in state.bookings:
        events = (state.booked_by(fact.booking),)
        raise RuleBroken("venue-booking-twice", field="booking", events=events, venue=fact.venue, booking=fact.booking)
    if fact.booking not in state.cancelled and fact.booking not in known.cancelled:
        meeting = state.hours.meeting(fact.starts_at, fact.minutes)
        _refuse_taken(state, fact, [code for code in meeting if code not in known.cancelled])


def _refuse_taken(state: VenueState, fact: VenueBooked, others: list[str], own: tuple[str, ...] = ()) -> None:
    if others:
        raise RuleBroken(
            "venue-taken",
            field="starts_at",
            events=tuple(sorted({*own, *(state.booked_by(code) for code in others)})),
            venue=fact.venue,
            starts_at=fact.starts_at,
            minutes=fact.minutes,
            bookings=", ".join(others),
        )


def evolve(state: VenueState, event: Event) -> None:
    match event.fact:
        case VenueBooked(booking=code) as fact:
            state.bookings[code] = (fact, event.event_id)
            if code not in state.cancelled:
                state.hours.take(fact.starts_at, fact.minutes, code)
        case VenueBookingCancelled(booking=code):
            if code in state.bookings and code not in state.cancelled:
                fact, _ = state.bookings[code]
                state.hours.free(fact.starts_at, fact.minutes, code)
            state.cancelled[code] = event.event_id
        case VenueRegistered(occurred_on=day):
            state.registered_on, state.registered_by = day, event.event_id


def check_dependents(state: VenueState, world: World) -> None:
    """After a correction or a voiding: what was cancelled was booked, and no two bookings that stand share time."""
    for booking, event_id in state.cancelled.items():
        if booking not in state.bookings:
            raise RuleBroken("venue-booking-unknown", field="booking", events=(event_id,), booking=booking)
    for booking, (fact, event_id) in state.bookings.items():
        if booking not in state.cancelled:
            meeting = state.hours.meeting(fact.starts_at, fact.minutes)
            _refuse_taken(state, fact, [code for code in meeting if code != booking], (event_id,))


AGGREGATE = Aggregate(
    kind="venue",
    new_state=VenueState,
    decide=decide,
    evolve=evolve,
    facts=(VenueRegistered, VenueBooked, VenueBookingCancelled),
    order_free=frozenset({VenueBooked, VenueBookingCancelled}),
    check_dependents=check_dependents,
)
