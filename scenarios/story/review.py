"""群众评议: in May 2013 residents judge the six service stations and the street's department.

The report says that people will judge them, and gives no number: ballots and scores are invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from story.desk import Desk
from story.names import COMMUNITIES, office

FILE = "18-review"
REVIEW = "XY-REVIEW-2013"
OPENED_ON, CLOSED_ON = date(2013, 5, 6), date(2013, 5, 27)
DEPARTMENT = "XY-STREET-BUSI"
RESIDENTS = 120
SCORES = (5,) * 8 + (4,) * 7 + (3,) * 3 + (2, 1)


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance = Random("xiyuan/review")
    stations = tuple(office(community, "STATION") for community in COMMUNITIES)
    desk.note(FILE, "ResidentReviewOpened", OPENED_ON, lag=0, review=REVIEW, subjects=(*stations, DEPARTMENT))
    for n in range(RESIDENTS):
        resident = f"Z-{n + 1:03d}"
        on = OPENED_ON + timedelta(days=chance.randrange((CLOSED_ON - OPENED_ON).days))
        for subject in (stations[n % 6], DEPARTMENT):
            desk.note(
                FILE,
                "ResidentReviewSubmitted",
                on,
                review=REVIEW,
                resident=resident,
                subject=subject,
                score=chance.choice(SCORES),
            )
    desk.note(FILE, "ResidentReviewClosed", CLOSED_ON, lag=0, review=REVIEW)
