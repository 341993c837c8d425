"""志愿者广场: the facts of volunteers, calls, venues and reviews, with what the tests leave open filled in."""

from __future__ import annotations

from typing import Any

from tests.views.harness import day
from xiyuan_ledger.aggregates.request import (
    VolunteerDispatched,
    VolunteerRequestFulfilled,
    VolunteerServiceRequested,
)
from xiyuan_ledger.aggregates.review import ResidentReviewClosed, ResidentReviewOpened, ResidentReviewSubmitted
from xiyuan_ledger.aggregates.venue import VenueBooked, VenueBookingCancelled, VenueRegistered
from xiyuan_ledger.aggregates.volunteer import VolunteerClassified, VolunteerHoursLogged, VolunteerRegistered


def volunteer(code: str, on: str = "2013-01-01", station: str = "C1-VOL", **more: Any) -> VolunteerRegistered:
    return VolunteerRegistered(volunteer=code, station=station, occurred_on=day(on), **more)


def classified(code: str, on: str, *categories: str, **more: Any) -> VolunteerClassified:
    return VolunteerClassified(volunteer=code, categories=categories, occurred_on=day(on), **more)


def logged(
    code: str, starts_at: str, minutes: int = 60, category: str = "elderly_care", **more: Any
) -> VolunteerHoursLogged:
    named = {"volunteer": code, "starts_at": starts_at, "minutes": minutes, "category": category}
    return VolunteerHoursLogged.model_validate(named | {"occurred_on": day(starts_at[:10])} | more)


def requested(
    code: str, on: str, category: str = "disability_help", community: str = "C1"
) -> VolunteerServiceRequested:
    return VolunteerServiceRequested(request=code, category=category, community=community, occurred_on=day(on))


def dispatched(code: str, on: str, volunteer: str = "V-1", **more: Any) -> VolunteerDispatched:
    return VolunteerDispatched(request=code, volunteer=volunteer, occurred_on=day(on), **more)


def fulfilled(code: str, on: str) -> VolunteerRequestFulfilled:
    return VolunteerRequestFulfilled(request=code, occurred_on=day(on))


def theatre(on: str = "2013-01-01") -> VenueRegistered:
    return VenueRegistered(
        venue="THEATRE", org="XY", kind="indoor", area_m2=201, converted_from_office=True, occurred_on=day(on)
    )


def booked(booking: str, starts_at: str, minutes: int = 120, on: str | None = None, **more: Any) -> VenueBooked:
    named = {"venue": "THEATRE", "booking": booking, "org": "TROUPE", "starts_at": starts_at, "minutes": minutes}
    return VenueBooked.model_validate(named | {"occurred_on": day(on or starts_at[:10])} | more)


def given_up(booking: str, on: str) -> VenueBookingCancelled:
    return VenueBookingCancelled(venue="THEATRE", booking=booking, occurred_on=day(on))


def opened(*subjects: str, on: str = "2013-05-01", review: str = "E-1") -> ResidentReviewOpened:
    return ResidentReviewOpened(review=review, subjects=subjects, occurred_on=day(on))


def ballot(resident: str, subject: str, score: int, on: str = "2013-05-05", **more: Any) -> ResidentReviewSubmitted:
    named = {"review": "E-1", "resident": resident, "subject": subject, "score": score}
    return ResidentReviewSubmitted.model_validate(named | {"occurred_on": day(on)} | more)


def closed(on: str) -> ResidentReviewClosed:
    return ResidentReviewClosed(review="E-1", occurred_on=day(on))
