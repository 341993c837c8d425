"""志愿者广场: six stations, 325 volunteers in eight categories, the hours they gave, and the call platform.

The report names the numbers and one category, help for the disabled; the other seven, all days and hours are invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from story.desk import AS_OF, Desk
from story.diary import Diary
from story.names import COMMUNITIES, office

FILE = "16-volunteers"
PROJECT = "XY-P5"
CATEGORIES = (
    "disability_help",
    "elderly_care",
    "youth_tutoring",
    "culture_sports",
    "environment",
    "safety_patrol",
    "legal_aid",
    "health",
)
STATIONS = tuple(office(community, "VOL") for community in COMMUNITIES)
AT_FIRST_STATION, AT_OTHERS = 55, 54
FIRST_DAY, REGISTERED_BY = date(2012, 7, 12), date(2013, 5, 31)
WITHOUT_HOURS = 9
"""Every so many-th volunteer has registered and given no hours yet."""
CALLS = 48
FIRST_CALL = date(2012, 9, 3)
UNANSWERED = 3
"""The last calls before the report's day: nobody was sent yet."""
UNDER_WAY = 4
"""The calls before those: somebody was sent, and they are not settled."""


class Volunteer:
    """One volunteer: where, since when, for what."""

    def __init__(self, n: int, station: str, on: date, categories: tuple[str, ...]):
        self.code = f"V-{n:03d}"
        self.station = station
        self.on = on
        self.categories = categories


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance, diary = Random("xiyuan/volunteers"), Diary()
    people = _people(chance)
    for each in people:
        desk.note(FILE, "VolunteerRegistered", each.on, volunteer=each.code, station=each.station)
        sorted_on = each.on + timedelta(days=3)
        desk.note(FILE, "VolunteerClassified", sorted_on, volunteer=each.code, categories=each.categories)
    for n, each in enumerate(people):
        if n % WITHOUT_HOURS != WITHOUT_HOURS - 1:
            _give_hours(desk, chance, diary, each)
    _answer_calls(desk, chance, diary, people)
    _correct(desk, diary, people[0])


def _people(chance: Random) -> list[Volunteer]:
    stations = [STATIONS[0]] * AT_FIRST_STATION
    stations += [station for station in STATIONS[1:] for _ in range(AT_OTHERS)]
    span = (REGISTERED_BY - FIRST_DAY).days
    found = []
    for n, station in enumerate(stations):
        first, second = CATEGORIES[n % 8], chance.choice(CATEGORIES)
        on = FIRST_DAY + timedelta(days=int(span * chance.random() ** 2))
        found.append(Volunteer(n + 1, station, on, (first,) if n % 3 or first == second else (first, second)))
    return found


def _give_hours(desk: Desk, chance: Random, diary: Diary, each: Volunteer) -> None:
    """One to three times, half of them for the project."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        on = each.on + timedelta(days=chance.randrange(7, (AS_OF - each.on).days))
        project = PROJECT if chance.random() < 0.5 else None
        _log(desk, diary, each, on, chance.choice((60, 90, 120, 180)), chance.choice(each.categories), project)


def _log(
    desk: Desk,
    diary: Diary,
    each: Volunteer,
    on: date,
    minutes: int,
    category: str,
    project: str | None,
    request: str | None = None,
) -> None:
    at = diary.find((each.code,), on, minutes)
    if at is not None:
        desk.note(
            FILE,
            "VolunteerHoursLogged",
            on,
            volunteer=each.code,
            starts_at=at,
            minutes=minutes,
            category=category,
            project=project,
            request=request,
        )


def _answer_calls(desk: Desk, chance: Random, diary: Diary, people: list[Volunteer]) -> None:
    """A call every six days; somebody of the community who is for it goes within a few days, and it is settled."""
    for n in range(CALLS):
        request, on = f"CALL-{n + 1:03d}", FIRST_CALL + timedelta(days=6 * n)
        k, category = n % 6, CATEGORIES[n * 3 % 8]
        desk.note(
            FILE, "VolunteerServiceRequested", on, lag=0, request=request, category=category, community=COMMUNITIES[k]
        )
        if n >= CALLS - UNANSWERED:
            continue
        sent_on = on + timedelta(days=chance.choice((0, 0, 1, 1, 2, 4)))
        able = [each for each in people if each.station == STATIONS[k] and each.on + timedelta(days=7) <= sent_on]
        each = chance.choice([one for one in able if category in one.categories] or able)
        desk.note(FILE, "VolunteerDispatched", sent_on, lag=0, request=request, volunteer=each.code)
        if n >= CALLS - UNANSWERED - UNDER_WAY:
            continue
        done_on = sent_on + timedelta(days=chance.choice((0, 1, 2)))
        _log(desk, diary, each, done_on, chance.choice((30, 60, 90)), category, PROJECT, request)
        desk.note(FILE, "VolunteerRequestFulfilled", done_on, lag=1, request=request)


def _correct(desk: Desk, diary: Diary, each: Volunteer) -> None:
    """Two hours were entered as twelve."""
    on, key = date(2013, 6, 8), "volunteer-hours-720"
    at = diary.find((each.code,), on, 120)
    assert at is not None
    hours = {"volunteer": each.code, "starts_at": at, "category": each.categories[0], "project": PROJECT}
    desk.note(FILE, "VolunteerHoursLogged", on, entered_on=date(2013, 6, 10), **hours, minutes=720, key=key)
    desk.note(
        FILE,
        "VolunteerHoursLogged",
        on,
        entered_on=date(2013, 6, 14),
        **hours,
        minutes=120,
        corrects=f"key:{key}",
        reason="分钟数误录, 120 误为 720",
    )
