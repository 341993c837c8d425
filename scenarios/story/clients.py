"""服务对象: 33 families, 21 people of the correction project, 240 elders, the pupils. Codes only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from story.desk import Desk

FILE = "11-clients"
PUPILS_AT_FIRST = 90
PUPILS_LATER = 14
PUPILS_LEFT = 6
OTHER_ELDERS = tuple(f"E-{n:03d}" for n in range(241, 402))
"""Take part in activities without being registered."""
CORRECTION = (
    ("probation", 7),
    ("parole", 3),
    ("public_surveillance", 2),
    ("outside_prison", 2),
    ("released", 3),
    ("former_cult", 1),
    ("minor_relative", 3),
)
HARDSHIPS = (
    "low_income",
    "single_parent",
    "left_behind",
    "migrant",
    "serious_illness",
    "disability",
    "special_hardship",
)


@dataclass(frozen=True)
class Enrolment:
    """One client in one project, from a day up to, but not including, another."""

    client: str
    project: str
    category: str
    sensitivity: str
    birth_year: int
    on: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the client is in the project on a day."""
        return self.on <= day and (self.until is None or day < self.until)


def enrolments(project: str) -> list[Enrolment]:
    """Whom a project took in, in the order of the codes; the same at every asking."""
    tellers = {"XY-P1": _families, "XY-P2": _correction, "XY-P3": _elders, "XY-P4": _pupils}
    return list(tellers[project](Random(f"xiyuan/clients/{project}")))


def _families(chance: Random) -> Iterator[Enrolment]:
    for n in range(1, 34):
        category = "bereaved" if n % 3 else "disabled_child"
        on = date(2012, 7, 2) + timedelta(days=2 * n)
        yield Enrolment(f"A-{n:03d}", "XY-P1", category, "sensitive", chance.randrange(1942, 1963), on)


def _correction(chance: Random) -> Iterator[Enrolment]:
    categories = [category for category, count in CORRECTION for _ in range(count)]
    for n, category in enumerate(categories, start=1):
        minor = category == "minor_relative"
        birth_year = chance.randrange(1998, 2003) if minor else chance.randrange(1955, 1990)
        sensitivity = "sealed" if minor or category == "former_cult" else "sensitive"
        yield Enrolment(
            f"B-{n:03d}", "XY-P2", category, sensitivity, birth_year, date(2012, 7, 3) + timedelta(days=9 * n)
        )


def _elders(chance: Random) -> Iterator[Enrolment]:
    for n in range(1, 241):
        birth_year = chance.randrange(1916, 1952)
        category = chance.choice(("living_alone_80", "empty_nest_80")) if birth_year <= 1931 else "general_60"
        on = date(2012, 7, 2) + timedelta(days=chance.randrange(0, 300) if n > 120 else n // 4)
        yield Enrolment(f"E-{n:03d}", "XY-P3", category, "normal", birth_year, on)


def _pupils(chance: Random) -> Iterator[Enrolment]:
    """90 at first, 14 more by spring, 6 leave: 98 on the report's day."""
    for n in range(1, PUPILS_AT_FIRST + PUPILS_LATER + 1):
        on = (
            date(2012, 6, 28) if n <= PUPILS_AT_FIRST else date(2012, 9, 3) + timedelta(days=14 * (n - PUPILS_AT_FIRST))
        )
        until = date(2012, 9, 1) + timedelta(days=30 * n) if n <= PUPILS_LEFT else None
        yield Enrolment(
            f"K-{n:03d}", "XY-P4", chance.choice(HARDSHIPS), "normal", chance.randrange(1998, 2005), on, until
        )


def tell(desk: Desk) -> None:
    """Write the chapter."""
    for project in ("XY-P1", "XY-P2", "XY-P3", "XY-P4"):
        for each in enrolments(project):
            _enrol(desk, each)


def _enrol(desk: Desk, each: Enrolment) -> None:
    minor = each.birth_year > 1994
    desk.note(
        FILE,
        "ClientRegistered",
        each.on,
        lag=0,
        client=each.client,
        sensitivity=each.sensitivity,
        birth_year=each.birth_year,
    )
    desk.note(
        FILE, "ConsentRecorded", each.on, lag=0, client=each.client, purpose="服务登记", given=True, by_guardian=minor
    )
    desk.note(FILE, "ClientEnrolled", each.on, lag=0, client=each.client, project=each.project, category=each.category)
    if each.until is not None:
        desk.note(
            FILE,
            "ClientExited",
            each.until,
            lag=1,
            client=each.client,
            project=each.project,
            reason="转学或初中毕业离开学堂",
        )
