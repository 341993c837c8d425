"""培训: one college, five kinds of training: pre-exam, the certified, leaders, implementers, residents."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from story.desk import Desk, Fields
from story.exams import level_2012, level_2013
from story.names import (
    APPLICANTS_2012,
    APPLICANTS_2013,
    ASSOCIATION,
    CERTIFIED,
    COLLEGE,
    CSOS,
    EARLIER,
    STREET,
)
from story.organisations import cso_registered_on

FILE = "09-training"
CLASSES_2013 = (
    ("T1-2013-J1", "junior", 118),
    ("T1-2013-J2", "junior", 118),
    ("T1-2013-J3", "junior", 118),
    ("T1-2013-I1", "intermediate", 117),
)
"""3 junior classes and 1 intermediate, 471 students: the street's 51 applicants and others of the district."""
WEEKENDS_2012 = tuple(date(2012, 3, 17) + timedelta(days=7 * n + n % 2) for n in range(12))
WEEKENDS_2013 = tuple(date(2013, 3, 2) + timedelta(days=7 * n + n % 2) for n in range(15))
LATE_SESSION = "T2-2012-06-B"
"""Held in June 2012, written down in July."""
IMPLEMENTERS = tuple(f"IM-{n:03d}" for n in range(1, 131))


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance = Random("xiyuan/training")
    _before_the_exam_2012(desk, chance)
    _before_the_exam_2013(desk, chance)
    _continuing_education(desk, chance)
    _leaders(desk, chance)
    _implementers(desk, chance)
    _residents(desk)


def _hold(
    desk: Desk, session: str, programme: str, on: date, start: time, minutes: int, attendees: list[str], **fields: Any
) -> None:
    given: Fields = {"org": COLLEGE if on >= date(2012, 6, 28) else STREET} | fields
    desk.note(
        FILE,
        "TrainingSessionHeld",
        on,
        session=session,
        programme=programme,
        starts_at=datetime.combine(on, start),
        minutes=minutes,
        attendees=attendees,
        **given,
    )


def _class(desk: Desk, chance: Random, code: str, level: str, students: list[str], days: tuple[date, ...]) -> None:
    """A class opens, its students enrol, and it meets on weekends; all come the first time."""
    opens = days[0] - timedelta(days=5)
    desk.note(FILE, "TrainingClassOpened", opens, lag=0, class_=code, programme="pre_exam", org=STREET, level=level)
    for n, person in enumerate(students):
        desk.note(FILE, "TrainingEnrolled", opens + timedelta(days=n % 5), lag=n % 4, class_=code, person=person)
    for n, on in enumerate(days):
        present = students if n == 0 else [person for person in students if chance.random() < 0.93]
        _hold(desk, f"{code}-{n + 1:02d}", "pre_exam", on, time(8, 30), 180, present, class_=code, org=STREET)


def _before_the_exam_2012(desk: Desk, chance: Random) -> None:
    for code, level in (("T1-2012-J1", "junior"), ("T1-2012-I1", "intermediate")):
        students = [person for person in APPLICANTS_2012 if level_2012(person) == level]
        _class(desk, chance, code, level, students, WEEKENDS_2012)


def _before_the_exam_2013(desk: Desk, chance: Random) -> None:
    own = {
        level: [code for code in APPLICANTS_2013 if level_2013(code) == level] for level in ("junior", "intermediate")
    }
    district = iter(f"S-{n:03d}" for n in range(1, 421))
    for code, level, size in CLASSES_2013:
        street, own[level] = own[level][:14], own[level][14:]
        students = street + [next(district) for _ in range(size - len(street))]
        _class(desk, chance, code, level, students, WEEKENDS_2013)


def _continuing_education(desk: Desk, chance: Random) -> None:
    """Twice a month, an hour and a half; the 21 once all of them hold a certificate."""
    for n in range(13):
        year, month = 2012 + (n + 5) // 12, (n + 5) % 12 + 1
        for letter, day in (("A", 6), ("B", 20)):
            first = date(year, month, day)
            on = first + timedelta(days=(2 - first.weekday()) % 7)
            pool = CERTIFIED if on >= date(2012, 12, 1) else tuple(EARLIER)
            present = [code for code in pool if pool is not CERTIFIED or chance.random() < 0.95]
            late = date(2012, 7, 9) if f"T2-{year}-{month:02d}-{letter}" == LATE_SESSION else None
            _hold(
                desk,
                f"T2-{year}-{month:02d}-{letter}",
                "continuing_education",
                on,
                time(14, 30),
                90,
                present,
                entered_on=late,
            )


def _leaders(desk: Desk, chance: Random) -> None:
    for on in (date(2012, 9, 21), date(2012, 12, 14), date(2013, 3, 15), date(2013, 6, 14)):
        there = [n for n, code in enumerate(CSOS) if cso_registered_on(code) < on]
        present = [f"L-{n + 1:02d}" for n in there if on == date(2013, 3, 15) or chance.random() < 0.9]
        quarter = f"T3-{on.year}-Q{(on.month + 2) // 3}"
        _hold(desk, quarter, "cso_leaders", on, time(9, 0), 150, present, org=ASSOCIATION)


def _implementers(desk: Desk, chance: Random) -> None:
    """Two in 2012, two in 2013 so far; of the list of May two names were forgotten at first."""
    for session, on, size in (("T4-2012-1", date(2012, 9, 8), 62), ("T4-2012-2", date(2012, 11, 17), 70)):
        _hold(desk, session, "project_implementers", on, time(9, 0), 120, sorted(chance.sample(IMPLEMENTERS, size)))
    may = sorted(chance.sample(IMPLEMENTERS, 106))
    key = "T4-2013-1-list"
    day, start = date(2013, 5, 18), time(9, 0)
    _hold(desk, "T4-2013-1", "project_implementers", day, start, 120, may[:104], entered_on=date(2013, 5, 20), key=key)
    _hold(
        desk,
        "T4-2013-1",
        "project_implementers",
        day,
        start,
        120,
        may,
        entered_on=date(2013, 5, 29),
        corrects=f"key:{key}",
        reason="签到表第二页漏录两人",
    )
    june = sorted(chance.sample(IMPLEMENTERS, 105))
    _hold(desk, "T4-2013-2", "project_implementers", date(2013, 6, 22), time(9, 0), 120, june)


def _residents(desk: Desk) -> None:
    """Five of 121 each; one was entered twice under another code, and taken out again."""
    days = (date(2012, 6, 30), date(2012, 9, 15), date(2012, 12, 15), date(2013, 3, 23), date(2013, 6, 8))
    for n, on in enumerate(days):
        present = [f"R-{121 * n + k:03d}" for k in range(1, 122)]
        _hold(desk, f"T5-{n + 1}", "residents", on, time(9, 30), 120, present)
        if on == date(2013, 3, 23):
            twice: Fields = {"key": "T5-4-again", "entered_on": date(2013, 4, 1)}
            _hold(desk, "T5-4-BIS", "residents", on, time(9, 30), 120, present, **twice)
    desk.note(
        FILE,
        "RecordVoided",
        date(2013, 4, 8),
        lag=0,
        event="key:T5-4-again",
        approved_by="chief-1",
        reason="同一场次重复登记",
    )
