"""Whatever is entered, corrected and voided in whatever order: nobody is in two places, no hall has two parties."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from given import Given, event_id, given
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.aggregates.aggregate import contradictions
from xiyuan_ledger.aggregates.venue import AGGREGATE, VenueBooked, VenueBookingCancelled, VenueRegistered
from xiyuan_ledger.aggregates.volunteer import VolunteerHoursLogged, VolunteerRegistered

FIRST = date(2013, 3, 1)
REGISTERED = (
    VolunteerRegistered(volunteer="V-1", station="station-1", occurred_on=FIRST),
    VenueRegistered(
        venue="hall", org="xiyuan", kind="indoor", area_m2=201, converted_from_office=True, occurred_on=FIRST
    ),
)


class Step(NamedTuple):
    """An entry, a correction of an earlier fact, or a voiding."""

    what: Literal["log", "book", "cancel", "void"]
    day: int
    ahead: int
    hour: int
    minutes: int
    booking: str
    corrects: int


STEPS = st.builds(
    Step,
    what=st.sampled_from(("log", "log", "book", "book", "cancel", "void")),
    day=st.integers(0, 4),
    ahead=st.sampled_from((0, 0, 1, 3)),
    hour=st.sampled_from((0, 9, 10, 11, 23)),
    minutes=st.sampled_from((1, 60, 61, 120, 1440)),
    booking=st.sampled_from(("B-1", "B-2", "B-3", "B-4")),
    corrects=st.integers(0, 12),
)


def _fact(step: Step, corrects: dict[str, Any]) -> Fact:
    day = FIRST + timedelta(days=step.day)
    at = datetime.combine(day, time(step.hour))
    if step.what == "log":
        hours = {"volunteer": "V-1", "starts_at": at, "minutes": step.minutes, "category": "a", "occurred_on": day}
        return VolunteerHoursLogged(**hours, **corrects)
    if step.what == "cancel":
        return VenueBookingCancelled(venue="hall", booking=step.booking, occurred_on=day, **corrects)
    use = {"starts_at": at + timedelta(days=step.ahead), "minutes": step.minutes, "occurred_on": day}
    return VenueBooked(venue="hall", booking=step.booking, org="troupe", **use, **corrects)


def _take(office: Given, step: Step) -> None:
    """Enter it; what is refused changes nothing."""
    standing = [event for events in office.streams.values() for event in events]
    target = next((event for event in standing if event.position == step.corrects), None)
    if step.what == "void":
        if target is not None:
            office.when_voided(target.position)
        return
    fact = _fact(step, {})
    if target is not None and type(target.fact) is type(fact):
        fact = _fact(step, {"corrects": event_id(target.position), "reason": "put right"})
    office.when(fact)


def _spans(events: list[Event], cancelled: set[str]) -> list[tuple[datetime, datetime]]:
    spans = []
    for event in events:
        fact = event.fact
        if isinstance(fact, VolunteerHoursLogged) or (isinstance(fact, VenueBooked) and fact.booking not in cancelled):
            spans.append((fact.starts_at, fact.starts_at + timedelta(minutes=fact.minutes)))
    return sorted(spans)


@settings(max_examples=150, deadline=None)
@drawn(st.lists(STEPS, max_size=14))
def test_no_hour_is_ever_taken_twice(steps: list[Step]) -> None:
    office = given(*REGISTERED)
    for step in steps:
        _take(office, step)
    for stream, events in office.streams.items():
        cancelled = {event.fact.booking for event in events if isinstance(event.fact, VenueBookingCancelled)}
        spans = _spans(events, cancelled)
        assert all(one[1] <= other[0] for one, other in pairwise(spans)), stream
        booked = {event.fact.booking for event in events if isinstance(event.fact, VenueBooked)}
        assert cancelled <= booked
    halls = office.streams.get("venue/hall", [])
    assert contradictions(AGGREGATE, halls, office.world) == frozenset()
