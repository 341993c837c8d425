"""百姓剧场、百姓舞台: a theatre made of offices, a stage on the square, and who booked them.

The report says more than 200 square metres for the theatre; the stage's size and all bookings are invented.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from story.desk import AS_OF, DAY, Desk
from story.names import CSOS, STREET, TROUPE

FILE = "17-venues"
THEATRE, STAGE = "XY-THEATRE", "XY-STAGE"
STAGE_SINCE, THEATRE_SINCE = date(2012, 7, 6), date(2012, 9, 10)
FIRST_SHOW, SHOWS = date(2012, 7, 20), 27
"""The troupe's evenings, every second week; the last two lie behind the report's day."""
WINTER = (11, 12, 1, 2, 3)
"""Months in which the troupe plays indoors."""


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance = Random("xiyuan/venues")
    _register(desk, STAGE_SINCE, STAGE, "outdoor", 600, converted=False)
    _register(desk, THEATRE_SINCE, THEATRE, "indoor", 201, converted=True)
    _shows(desk)
    _rehearsals(desk, chance)
    _moved_indoors(desk)


def _register(desk: Desk, on: date, venue: str, kind: str, area_m2: int, *, converted: bool) -> None:
    desk.note(
        FILE,
        "VenueRegistered",
        on,
        lag=0,
        venue=venue,
        org=STREET,
        kind=kind,
        area_m2=area_m2,
        converted_from_office=converted,
    )


def _book(desk: Desk, on: date, venue: str, booking: str, org: str, at: datetime, minutes: int) -> None:
    desk.note(FILE, "VenueBooked", on, lag=0, venue=venue, booking=booking, org=org, starts_at=at, minutes=minutes)


def _shows(desk: Desk) -> None:
    """Booked ten days before, in the theatre in winter and on the stage otherwise."""
    for n in range(SHOWS):
        day = FIRST_SHOW + timedelta(days=14 * n)
        venue = THEATRE if day.month in WINTER else STAGE
        booked_on = min(max(day - timedelta(days=10), STAGE_SINCE), AS_OF - 2 * DAY)
        _book(desk, booked_on, venue, f"B-SHOW-{n + 1:02d}", TROUPE, datetime.combine(day, time(18, 30)), 180)


def _rehearsals(desk: Desk, chance: Random) -> None:
    """Organisations have the theatre on Tuesdays; every eighth evening is given up a day before."""
    for n in range(36):
        day = date(2012, 10, 9) + timedelta(days=7 * n)
        booking, booked_on = f"B-CSO-{n + 1:02d}", day - timedelta(days=6)
        org = CSOS[chance.randrange(4, 40)] if day >= date(2013, 1, 1) else CSOS[n % 4]
        _book(desk, booked_on, THEATRE, booking, org, datetime.combine(day, time(19, 0)), 120)
        if n % 8 == 7:
            desk.note(FILE, "VenueBookingCancelled", day - DAY, lag=0, venue=THEATRE, booking=booking)


def _moved_indoors(desk: Desk) -> None:
    """Rain: the evening of 24 May 2013 leaves the stage for the theatre, where another party makes room for it."""
    evening = date(2013, 5, 24)
    _book(desk, date(2013, 5, 13), THEATRE, "B-HALL-1", CSOS[10], datetime.combine(evening, time(20, 0)), 60)
    show = f"B-SHOW-{(evening - FIRST_SHOW).days // 14 + 1:02d}"
    for venue, booking in ((STAGE, show), (THEATRE, "B-HALL-1")):
        desk.note(FILE, "VenueBookingCancelled", date(2013, 5, 23), lag=0, venue=venue, booking=booking)
    at = datetime.combine(evening, time(18, 30))
    desk.note(
        FILE,
        "VenueBooked",
        date(2013, 5, 23),
        lag=0,
        after=("B-HALL-1",),
        venue=THEATRE,
        booking=f"{show}-INDOORS",
        org=TROUPE,
        starts_at=at,
        minutes=180,
    )
