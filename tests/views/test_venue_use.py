"""场地使用: bookings by venue and month; what was cancelled is no use."""

from __future__ import annotations

from typing import Any

from tests.views.harness import both, events, fact_id, position_of, recorded
from tests.views.square import booked, given_up, theatre
from xiyuan_ledger.aggregates.fact import Event


def use(ledger: list[Event], valid_on: str, *when: Any, **asked: Any) -> list[tuple[Any, ...]]:
    rows = both("venue_use", ledger, valid_on, *when, **asked)
    return [(row["month"], row["bookings"], row["minutes"], row["cancelled"]) for row in rows]


def test_bookings_are_counted_by_month_with_what_the_venue_is() -> None:
    ledger = events(
        theatre(),
        booked("B-1", "2013-03-30T19:00"),
        booked("B-2", "2013-03-31T23:00", 180),
        booked("B-3", "2013-03-31T09:00"),
        given_up("B-3", "2013-03-31"),
        booked("B-4", "2013-04-01T19:00", 60),
    )
    assert both("venue_use", ledger, "2013-03-31") == [
        {
            "venue": "THEATRE",
            "month": "2013-03",
            "org": "XY",
            "kind": "indoor",
            "area_m2": 201,
            "converted_from_office": True,
            "bookings": 2,
            "minutes": 300,
            "cancelled": 1,
            "evidence": [fact_id(n) for n in (1, 2, 3, 4, 5)],
        }
    ]
    assert use(ledger, "2013-04-01") == [("2013-03", 2, 300, 1), ("2013-04", 1, 60, 0)]


def test_a_booking_counts_on_the_day_of_use_not_when_it_was_made() -> None:
    ledger = events(theatre(), booked("B-1", "2013-04-05T19:00", on="2013-03-01"))
    assert use(ledger, "2013-04-04") == []
    assert use(ledger, "2013-04-05") == [("2013-04", 1, 120, 0)]
    assert use(ledger, "2013-06-30", from_="2013-03-01", to="2013-03-31") == []
    assert use(ledger, "2013-06-30", from_="2013-04-05", to="2013-04-05") == [("2013-04", 1, 120, 0)]


def test_a_booking_stands_until_it_is_cancelled() -> None:
    ledger = events(
        theatre(),
        booked("B-1", "2013-04-05T19:00", on="2013-03-01"),
        recorded(given_up("B-1", "2013-04-06"), "2013-04-08"),
    )
    assert use(ledger, "2013-04-05") == [("2013-04", 1, 120, 0)]
    assert use(ledger, "2013-04-06") == [("2013-04", 0, 0, 1)]
    assert use(ledger, "2013-04-06", position_of(2)) == [("2013-04", 1, 120, 0)]


def test_a_corrected_booking_counts_as_corrected() -> None:
    ledger = events(
        theatre(),
        booked("B-1", "2013-04-05T19:00"),
        recorded(
            booked("B-1", "2013-05-05T19:00", 30, on="2013-04-05", corrects=fact_id(2), reason="misread"), "2013-06-01"
        ),
    )
    assert use(ledger, "2013-06-30") == [("2013-05", 1, 30, 0)]
    assert use(ledger, "2013-06-30", "2013-05-31") == [("2013-04", 1, 120, 0)]
