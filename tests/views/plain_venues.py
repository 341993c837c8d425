"""Venue use and resident satisfaction as plain Python: slow, and straight from their definitions."""

from __future__ import annotations

from tests.views.harness import History, Rows
from tests.views.plain_service import inside
from xiyuan_ledger.aggregates.review import ResidentReviewOpened, ResidentReviewSubmitted
from xiyuan_ledger.aggregates.venue import VenueBooked, VenueBookingCancelled, VenueRegistered
from xiyuan_ledger.projections.pin import Settled


def venue_use(history: History, pin: Settled) -> Rows:
    """场地使用."""
    cancelled = {(fact.venue, fact.booking): event.event_id for event, fact in history.of(VenueBookingCancelled)}
    booked = [(event, fact) for event, fact in history.of(VenueBooked) if inside(pin, fact.starts_at.date())]
    rows = []
    for venue, month in {(fact.venue, fact.starts_at.strftime("%Y-%m")) for _, fact in booked}:
        registered = [(event, fact) for event, fact in history.of(VenueRegistered) if fact.venue == venue]
        here = [
            (event, fact) for event, fact in booked if fact.venue == venue and fact.starts_at.strftime("%Y-%m") == month
        ]
        standing = [fact for _, fact in here if (venue, fact.booking) not in cancelled]
        given_up = [cancelled[venue, fact.booking] for _, fact in here if (venue, fact.booking) in cancelled]
        for opening, described in registered:
            rows.append(
                {
                    "venue": venue,
                    "month": month,
                    "org": described.org,
                    "kind": described.kind,
                    "area_m2": described.area_m2,
                    "converted_from_office": described.converted_from_office,
                    "bookings": len(standing),
                    "minutes": sum(fact.minutes for fact in standing),
                    "cancelled": len(given_up),
                    "evidence": sorted([opening.event_id, *given_up, *(event.event_id for event, _ in here)]),
                }
            )
    return rows


def resident_satisfaction(history: History, pin: Settled) -> Rows:
    """居民满意度."""
    rows = []
    for opening, opened in history.of(ResidentReviewOpened):
        for subject in set(opened.subjects):
            ballots = [
                (event.event_id, fact.score)
                for event, fact in history.of(ResidentReviewSubmitted)
                if (fact.review, fact.subject) == (opened.review, subject)
            ]
            scores = [score for _, score in ballots]
            count = len(scores)
            rows.append(
                {
                    "review": opened.review,
                    "subject": subject,
                    "ballots": count,
                    "mean_centi": (sum(scores) * 200 + count) // (2 * count) if count else None,
                    "distribution": [scores.count(score) for score in (1, 2, 3, 4, 5)],
                    "evidence": sorted([opening.event_id, *(event_id for event_id, _ in ballots)]),
                }
            )
    return rows


PLAIN = {"venue_use": venue_use, "resident_satisfaction": resident_satisfaction}
