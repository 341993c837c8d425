"""What volunteers, callers, those who book a hall and residents do in the small street."""

from __future__ import annotations

from random import Random

from tests.episodes import FIRST, PROJECTS, Entered, Episode, after, at, fact, maybe, pick, some, some_day

VOLUNTEERS = ("V-1", "V-2", "V-3")
KINDS = ("elderly", "youth")
SUBJECTS = ("C1-S", "C2-W", "VS", "DEP", *PROJECTS)


def volunteer(chance: Random) -> list[Entered]:
    """Somebody registers, is classified perhaps twice, and gives hours, some of them at the same time."""
    code, day = pick(chance, VOLUNTEERS), some_day(chance)
    found = [fact("VolunteerRegistered", day, volunteer=code, station=pick(chance, ("VS", "C1-S")))]
    found += [
        fact("VolunteerClassified", after(chance, day), volunteer=code, categories=some(chance, KINDS))
        for _ in range(pick(chance, (0, 1, 2)))
    ]
    return [*found, *_hours(chance, code)]


def hours(chance: Random) -> list[Entered]:
    """Hours of somebody who may be registered."""
    return _hours(chance, pick(chance, VOLUNTEERS))


def _hours(chance: Random, code: str) -> list[Entered]:
    found = []
    for _ in range(pick(chance, (0, 1, 3))):
        day = some_day(chance)
        found.append(
            fact(
                "VolunteerHoursLogged",
                day,
                volunteer=code,
                starts_at=at(chance, day),
                minutes=pick(chance, (30, 60, 600)),
                category=pick(chance, KINDS),
                project=pick(chance, (None, *PROJECTS)),
                request=pick(chance, (None, "R-1")),
            )
        )
    return found


def call(chance: Random) -> list[Entered]:
    """A call; perhaps somebody is sent, perhaps it is settled."""
    request, day = f"R-{chance.randint(1, 5)}", some_day(chance)
    community = pick(chance, ("C1", "C2"))
    found = [fact("VolunteerServiceRequested", day, request=request, category=pick(chance, KINDS), community=community)]
    if maybe(chance):
        day = after(chance, day, 0, 1, 3, 30)
        found.append(fact("VolunteerDispatched", day, request=request, volunteer=pick(chance, VOLUNTEERS)))
    if maybe(chance):
        found.append(fact("VolunteerRequestFulfilled", after(chance, day, 0, 1, 30), request=request))
    return found


def bookings(chance: Random) -> list[Entered]:
    """A hall, its bookings - of which some lie ahead - and those given up."""
    venue = pick(chance, ("H-1", "H-2"))
    found = [
        fact(
            "VenueRegistered",
            FIRST,
            venue=venue,
            org="XY",
            kind=pick(chance, ("indoor", "outdoor")),
            area_m2=pick(chance, (0, 201)),
            converted_from_office=maybe(chance),
        )
    ]
    for _ in range(pick(chance, (1, 2, 4))):
        day, booking = some_day(chance), f"B-{chance.randint(1, 6)}"
        use = at(chance, after(chance, day, 0, 0, 1, 31))
        minutes = pick(chance, (60, 120, 1440))
        found.append(
            fact("VenueBooked", day, venue=venue, booking=booking, org="CSO-1", starts_at=use, minutes=minutes)
        )
        if maybe(chance):
            found.append(fact("VenueBookingCancelled", after(chance, day, 0, 1, 31), venue=venue, booking=booking))
    return found


def review(chance: Random) -> list[Entered]:
    """A review of a few subjects, ballots of a few residents, perhaps its end."""
    code, day = pick(chance, ("E-1", "E-2")), some_day(chance)
    subjects = some(chance, SUBJECTS)
    found = [fact("ResidentReviewOpened", day, review=code, subjects=subjects)]
    found += [
        fact(
            "ResidentReviewSubmitted",
            after(chance, day, 0, 1, 15),
            review=code,
            resident=f"Z-{chance.randint(1, 4)}",
            subject=pick(chance, subjects or SUBJECTS),
            score=chance.randint(1, 5),
        )
        for _ in range(pick(chance, (0, 2, 6)))
    ]
    if maybe(chance):
        found.append(fact("ResidentReviewClosed", after(chance, day, 1, 16, 200), review=code))
    return found


ABOUT_VOLUNTEERS: tuple[Episode, ...] = (volunteer, volunteer, hours, call, call)
ABOUT_PLACES: tuple[Episode, ...] = (bookings, bookings, review)
