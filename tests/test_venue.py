"""场地: rooms and squares, and bookings that never share an hour unless one is cancelled."""

from __future__ import annotations

from typing import Any

import pytest
from given import Given, event_id, given

from xiyuan_ledger.aggregates.venue import VenueBooked, VenueBookingCancelled, VenueRegistered
from xiyuan_ledger.errors import InvalidEntry


def registered(on: str = "2013-01-01", **more: Any) -> VenueRegistered:
    fields = {"venue": "theatre", "org": "xiyuan", "kind": "indoor", "area_m2": 201, "converted_from_office": True}
    return VenueRegistered(**fields | {"occurred_on": on} | more)


def booked(booking: str, starts_at: str, on: str = "2013-03-01", minutes: int = 120, **more: Any) -> VenueBooked:
    fields = {"venue": "theatre", "booking": booking, "org": "troupe", "starts_at": starts_at, "minutes": minutes}
    return VenueBooked(**fields | {"occurred_on": on} | more)


def cancelled(booking: str, on: str = "2013-03-03", **more: Any) -> VenueBookingCancelled:
    return VenueBookingCancelled(**{"venue": "theatre", "booking": booking, "occurred_on": on} | more)


def theatre(*facts: Any) -> Given:
    return given(registered(), *facts)


def test_a_venue_is_registered_once_and_before_it_is_booked() -> None:
    given().when(booked("B-1", "2013-03-05T19:00")).refused("venue-unknown")
    given(registered("2013-03-02")).when(booked("B-1", "2013-03-05T19:00")).refused("venue-unknown")
    theatre().when(registered("2013-02-01")).refused("venue-registered-twice", naming=(1,))
    with pytest.raises(InvalidEntry):
        registered(area_m2=-1)


@pytest.mark.parametrize("starts_at", ["2013-03-05T18:01", "2013-03-05T19:00", "2013-03-05T20:59"])
def test_a_venue_is_not_booked_for_hours_that_are_taken(starts_at: str) -> None:
    office = theatre(booked("B-1", "2013-03-05T19:00"))
    refusal = office.when(booked("B-2", starts_at, minutes=60)).refused("venue-taken", naming=(2,))
    assert "B-1" in refusal.message("en")


@pytest.mark.parametrize("starts_at", ["2013-03-05T18:00", "2013-03-05T21:00"])
def test_one_booking_may_follow_another_at_once(starts_at: str) -> None:
    assert theatre(booked("B-1", "2013-03-05T19:00")).when(booked("B-2", starts_at, minutes=60)).recorded


def test_another_venue_is_free_at_the_time() -> None:
    office = theatre(registered(venue="stage", kind="outdoor"), booked("B-1", "2013-03-05T19:00"))
    assert office.when(booked("B-1", "2013-03-05T19:00", venue="stage")).recorded


def test_a_booking_past_midnight_takes_the_next_morning() -> None:
    office = theatre(booked("B-1", "2013-03-05T23:00"))
    office.when(booked("B-2", "2013-03-06T00:59", minutes=1)).refused("venue-taken")
    assert office.when(booked("B-2", "2013-03-06T01:00", minutes=1)).recorded


def test_what_was_cancelled_is_free_again_under_a_new_code() -> None:
    office = theatre(booked("B-1", "2013-03-05T19:00"), cancelled("B-1"))
    office.when(booked("B-1", "2013-03-05T19:00")).refused("venue-booking-twice", naming=(2,))
    assert office.when(booked("B-2", "2013-03-05T19:00")).recorded


def test_a_booking_is_cancelled_once_and_only_if_it_was_made() -> None:
    theatre().when(cancelled("B-1")).refused("venue-booking-unknown")
    theatre(booked("B-1", "2013-03-05T19:00"), cancelled("B-1")).when(cancelled("B-1", "2013-03-04")).refused(
        "venue-cancelled-twice", naming=(3,)
    )


def test_a_booking_dated_ahead_can_be_cancelled_before_its_day() -> None:
    office = theatre(booked("B-1", "2013-05-01T19:00", on="2013-05-01"), cancelled("B-1", "2013-04-10"))
    assert office.when(booked("B-2", "2013-05-01T19:00", on="2013-05-01")).recorded
    longer = booked("B-2", "2013-05-01T18:00", on="2013-05-01", minutes=180, corrects=event_id(4), reason="longer")
    assert office.when(longer).recorded


def test_a_cancellation_is_not_left_without_its_booking() -> None:
    office = theatre(booked("B-1", "2013-03-05T19:00"), cancelled("B-1"))
    office.when_voided(2).refused("venue-booking-unknown", naming=(3,))
    renamed = booked("B-9", "2013-03-05T19:00", corrects=event_id(2), reason="wrong code")
    office.when(renamed).refused("venue-booking-unknown", naming=(3,))


def test_a_cancellation_on_which_another_booking_relies_is_not_voided() -> None:
    office = theatre(booked("B-1", "2013-03-05T19:00"), cancelled("B-1"), booked("B-2", "2013-03-05T20:00"))
    office.when_voided(3).refused("venue-taken", naming=(2, 4))
    assert office.when_voided(4).recorded
    assert office.when_voided(3).recorded
    office.when(booked("B-3", "2013-03-05T20:00")).refused("venue-taken", naming=(2,))


def test_a_booking_entered_late_for_hours_given_up_since_stands_also_when_judged_again() -> None:
    office = theatre(booked("B-1", "2013-03-20T19:00"), cancelled("B-1", "2013-03-10"))
    assert office.when(booked("B-2", "2013-03-20T19:00", on="2013-03-05")).recorded
    moved = booked("B-2", "2013-03-20T19:30", on="2013-03-05", corrects=event_id(4), reason="half an hour later")
    assert office.when(moved).recorded
    office.when(booked("B-3", "2013-03-20T19:00", on="2013-03-11")).refused("venue-taken", naming=(5,))


def test_a_booking_is_not_corrected_into_the_hours_of_another() -> None:
    office = theatre(booked("B-1", "2013-03-05T19:00"), booked("B-2", "2013-03-06T19:00", on="2013-03-02"))
    into = booked("B-1", "2013-03-06T18:00", corrects=event_id(2), reason="wrong day")
    office.when(into).refused("venue-taken", naming=(3,))
    assert office.when(booked("B-1", "2013-03-05T20:00", corrects=event_id(2), reason="an hour later")).recorded


def test_which_of_two_bookings_was_cancelled_can_be_set_right() -> None:
    office = theatre(booked("B-1", "2013-03-05T19:00"), cancelled("B-1"), booked("B-2", "2013-03-05T19:00"))
    assert office.when(cancelled("B-2", corrects=event_id(3), reason="the other one")).recorded
    office.when(booked("B-3", "2013-03-05T19:00")).refused("venue-taken", naming=(2,))
