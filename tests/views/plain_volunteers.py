"""Volunteers' hours and the call platform as plain Python: slow, and straight from their definitions."""

from __future__ import annotations

from typing import Any

from tests.views.harness import History, Rows
from tests.views.plain_service import inside
from xiyuan_ledger.aggregates.request import (
    RequestFact,
    VolunteerDispatched,
    VolunteerRequestFulfilled,
    VolunteerServiceRequested,
)
from xiyuan_ledger.aggregates.volunteer import (
    VolunteerClassified,
    VolunteerFact,
    VolunteerHoursLogged,
    VolunteerRegistered,
)
from xiyuan_ledger.projections.pin import Settled


def volunteer_hours(history: History, pin: Settled) -> Rows:
    """志愿服务时长."""
    people = {event.fact.volunteer for event in history.effective if isinstance(event.fact, VolunteerFact)}
    return [row for volunteer in people for row in _hours_of(history, pin, volunteer)]


def _hours_of(history: History, pin: Settled, volunteer: str) -> Rows:
    until = pin.until()
    registrations = [
        (event.event_id, fact.station)
        for event, fact in history.of(VolunteerRegistered)
        if fact.volunteer == volunteer and fact.occurred_on <= until
    ]
    classifications = [
        (event.event_id, fact.categories)
        for event, fact in history.of(VolunteerClassified)
        if fact.volunteer == volunteer and fact.occurred_on <= until
    ]
    logs = [
        (event.event_id, fact)
        for event, fact in history.of(VolunteerHoursLogged)
        if fact.volunteer == volunteer and inside(pin, fact.occurred_on)
    ]
    registered_by, station = registrations[-1] if registrations else (None, None)
    classified_by, classes = classifications[-1] if classifications else (None, ())
    categories: set[str | None] = {*classes, *(log.category for _, log in logs)}
    if not categories and registered_by:
        categories = {None}
    rows = []
    for category in categories:
        counted = [(event_id, log) for event_id, log in logs if log.category == category]
        evidence = {event_id for event_id, _ in counted}
        evidence |= {registered_by} if registered_by else set()
        evidence |= {classified_by} if classified_by and category in classes else set()
        rows.append(
            {
                "volunteer": volunteer,
                "category": category,
                "station": station,
                "logs": len(counted),
                "minutes": sum(log.minutes for _, log in counted),
                "evidence": sorted(evidence),
            }
        )
    return rows


def call_platform(history: History, pin: Settled) -> Rows:
    """呼叫平台."""
    asked = [(event, fact) for event, fact in history.of(VolunteerServiceRequested) if inside(pin, fact.occurred_on)]
    places = {(fact.category, fact.community) for _, fact in asked}
    return [
        _calls(history, category, community, [fact for _, fact in asked if _place(fact) == (category, community)])
        for category, community in places
    ]


def _place(fact: VolunteerServiceRequested) -> tuple[str, str]:
    return fact.category, fact.community


def _calls(history: History, category: str, community: str, asked: list[VolunteerServiceRequested]) -> dict[str, Any]:
    codes = {fact.request: fact.occurred_on for fact in asked}
    sent = {fact.request: fact.occurred_on for _, fact in history.of(VolunteerDispatched) if fact.request in codes}
    done = {fact.request for _, fact in history.of(VolunteerRequestFulfilled) if fact.request in codes}
    hours = sorted((day - codes[request]).days * 24 for request, day in sent.items())
    return {
        "category": category,
        "community": community,
        "requests": len(codes),
        "open": len(codes) - len(done),
        "dispatched": len(sent),
        "fulfilled": len(done),
        "hours_to_dispatch": _nearest_rank(hours, 50),
        "hours_to_dispatch_p90": _nearest_rank(hours, 90),
        "evidence": sorted(
            event.event_id
            for event in history.effective
            if isinstance(event.fact, RequestFact) and event.fact.request in codes
        ),
    }


def _nearest_rank(ordered: list[int], percent: int) -> int | None:
    """The value at position ceil(p·n)."""
    return ordered[(len(ordered) * percent + 99) // 100 - 1] if ordered else None


PLAIN = {"volunteer_hours": volunteer_hours, "call_platform": call_platform}
