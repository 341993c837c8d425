"""小树苗学堂: four lessons of two hours a week, 52 weeks without a gap: 208 lessons, each with its list."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from story.clients import enrolments
from story.desk import Desk
from story.diary import Diary
from story.names import PROJECT_STAFF
from story.services import hold

FILE = "13-school"
OPENED_ON = date(2012, 6, 28)
FIRST_MONDAY = date(2012, 7, 2)
WEEKS = 52
LESSONS = ((0, time(16, 30)), (2, time(16, 30)), (4, time(16, 30)), (5, time(9, 0)))
"""Monday, Wednesday and Friday afternoon, Saturday morning."""
MINUTES = 120
ABSENT_MIN = 3


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance, diary = Random("xiyuan/school"), Diary()
    pupils, tutors = enrolments("XY-P4"), PROJECT_STAFF["XY-P4"]
    opening = [each.client for each in pupils if each.holds(OPENED_ON)]
    hold(
        desk,
        diary,
        "XY-P4",
        "P4-OPENING",
        "activity",
        datetime.combine(OPENED_ON, time(15, 0)),
        90,
        tutors,
        opening,
        file=FILE,
    )
    for week in range(WEEKS):
        for n, (weekday, start) in enumerate(LESSONS):
            on = FIRST_MONDAY + timedelta(days=7 * week + weekday)
            enrolled = [each.client for each in pupils if each.holds(on)]
            absent = chance.sample(enrolled, chance.randrange(ABSENT_MIN, 12))
            present = [client for client in enrolled if client not in absent]
            staff = (tutors[(week + n) % 6], tutors[(week + n + 3) % 6])
            code, at = f"P4-{week + 1:02d}-{n + 1}", datetime.combine(on, start)
            hold(desk, diary, "XY-P4", code, "class", at, MINUTES, staff, present, file=FILE)
