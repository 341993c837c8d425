"""A street's years as facts, from a seed: what an office of this size enters, in the order in which it arrives.

About 66,000 facts a year: services to clients, sessions with their lists, members, money, examinations, training.
Most entries arrive within days of what they tell, so that streams are late as they are in life.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from xiyuan_ledger.aggregates import FACTS

LAST_YEAR = 2025
FACTS_A_YEAR = 64_000
COMMUNITIES = 6
PROJECTS = 6
WORKERS = 60
CLIENTS_A_YEAR = 700
SERVICES_A_YEAR = 36_000
SESSIONS_A_YEAR = 7_000
MEMBERS_A_YEAR = 9_000
RECEIPTS_A_YEAR = 3_000
EXPENSES_A_YEAR = 9_000
TRAININGS_A_YEAR = 150
METHODS = ("visit", "case", "group", "counselling", "call", "home_care")
CHANNELS = ("government", "member", "social")

Entry = dict[str, Any]


def street(facts: int, seed: int = 2013) -> Iterator[Any]:
    """So many facts of a street, each valid in its turn; the same ones for the same seed."""
    first_year = LAST_YEAR - facts // FACTS_A_YEAR
    return islice(_years(random.Random(seed), first_year), facts)


def imported(facts: Iterator[Any]) -> Iterator[Any]:
    """Facts from the rows of a sheet, as years are entered that an office brings along.

    Typed by one hand within minutes they would be a finding: one row of evidence that names every one of them.
    """
    return (fact.model_copy(update={"source": f"years.csv:{row}"}) for row, fact in enumerate(facts, start=2))


def _years(dice: random.Random, first_year: int) -> Iterator[Any]:
    for entry in _founding(first_year - 1):
        yield _fact(entry)
    for year in range(first_year, LAST_YEAR + 1):
        dated = _setting_up(year) + _happenings(dice, year, year - first_year)
        dated.sort(key=lambda pair: pair[0])
        for _, entry in dated:
            yield _fact(entry)


def _fact(entry: Entry) -> Any:
    return FACTS[entry.pop("type")](**entry)


def _founding(year: int) -> list[Entry]:
    day = f"{year}-12-01"
    orgs = [("XY-STREET", "street", None), ("XY-AGENCY", "agency", None), ("XY-COLLEGE", "college", None)]
    orgs += [(f"XY-C{n}", "community", "XY-STREET") for n in range(COMMUNITIES)]
    orgs += [(f"XY-C{n}-STATION", "service_station", f"XY-C{n}") for n in range(COMMUNITIES)]
    orgs += [(f"XY-CSO-{n:02d}", "cso", None) for n in range(54)]
    found: list[Entry] = [
        {"type": "OrganizationRegistered", "org": org, "kind": kind, "name": org, "occurred_on": day}
        | ({"parent": parent} if parent else {})
        for org, kind, parent in orgs
    ]
    for n in range(WORKERS):
        worker, station = f"W-{n:03d}", f"XY-C{n % COMMUNITIES}-STATION"
        found += [
            {
                "type": "WorkerHired",
                "worker": worker,
                "employer": "XY-STREET",
                "employment": "street",
                "occurred_on": day,
            },
            {"type": "PostEstablished", "post": f"POST-{n:03d}", "org": station, "title": "社工", "professional": True}
            | {"capacity": 1, "occurred_on": day},
            {"type": "PostFilled", "post": f"POST-{n:03d}", "worker": worker, "occurred_on": day},
        ]
    return found


def _setting_up(year: int) -> list[tuple[date, Entry]]:
    """The year's projects and its grants, entered on its first day."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found: list[Entry] = []
    for n in range(PROJECTS):
        project = f"P{n}-{year}"
        found += [
            {"type": "ProjectApproved", "project": project, "name": project, "purchaser": "XY-STREET"},
            {"type": "ProjectContracted", "project": project, "implementer": "XY-AGENCY", "from": first, "to": last}
            | {"amount_fen": 10_000_000, "channel": "government", "duties": [], "instalments": []}
            | {"instalments": [{"due_on": first, "amount_fen": 10_000_000, "condition": "none"}]}
            | {"targets": [{"indicator": "clients", "quantity": 200}, {"indicator": "sessions", "quantity": 900}]},
            {"type": "ProjectStarted", "project": project},
        ]
    for org in _payers():
        found += [
            {"type": "FundsReceived", "org": org, "channel": channel, "amount_fen": 500_000_000, "payer": "区财政"}
            | {"voucher": f"G{year}-{channel}"}
            for channel in CHANNELS
        ]
    return [(first, entry | {"occurred_on": first}) for entry in found]


def _payers() -> list[str]:
    return ["XY-STREET", *(f"XY-CSO-{n:02d}" for n in range(54))]


def _happenings(dice: random.Random, year: int, nth: int) -> list[tuple[date, Entry]]:
    """What happened in a year, each with the day on which it was entered."""
    found: list[tuple[date, Entry]] = []
    for n in range(CLIENTS_A_YEAR):
        found += _client(year, n)
    makers = (
        (_service, SERVICES_A_YEAR),
        (_session, SESSIONS_A_YEAR),
        (_member, MEMBERS_A_YEAR),
        (_receipt, RECEIPTS_A_YEAR),
        (_expense, EXPENSES_A_YEAR),
        (_training, TRAININGS_A_YEAR),
    )
    for make, times in makers:
        for n in range(times):
            day = date(year, 1, 8) + timedelta(days=n * 340 // times)
            entered = day + timedelta(days=min(int(dice.expovariate(0.6)), 40))
            found.append((entered, make(dice, year, n, day) | {"occurred_on": day}))
    for n in range(WORKERS):
        found += _examination(dice, year, n, passes=n // 4 == nth)
    return found


def _client(year: int, n: int) -> list[tuple[date, Entry]]:
    day, client = date(year, 1, 2), f"K-{year}-{n:04d}"
    known = {"client": client, "occurred_on": day}
    return [
        (day, {"type": "ClientRegistered", "sensitivity": "normal", "birth_year": 1940} | known),
        (day, {"type": "ClientEnrolled", "project": _project(year, n), "category": "elderly"} | known),
    ]


def _project(year: int, n: int) -> str:
    return f"P{n % PROJECTS}-{year}"


def _service(dice: random.Random, year: int, n: int, day: date) -> Entry:
    client = dice.randrange(CLIENTS_A_YEAR)
    return {
        "type": "ClientServed",
        "client": f"K-{year}-{client:04d}",
        "project": _project(year, client),
        "worker": f"W-{dice.randrange(WORKERS):03d}",
        "method": dice.choice(METHODS),
        "minutes": dice.randrange(20, 121, 5),
        "starts_at": f"{day}T{8 + n % 10:02d}:{n // 10 % 60:02d}:{n // 600 % 60:02d}",
    }


def _session(dice: random.Random, year: int, n: int, day: date) -> Entry:
    people = dice.sample(range(CLIENTS_A_YEAR), 8)
    return {
        "type": "SessionHeld",
        "session": f"S-{year}-{n:05d}",
        "project": _project(year, n),
        "kind": "class",
        "starts_at": f"{day}T18:{n % 60:02d}",
        "minutes": 120,
        "workers": [f"W-{dice.randrange(WORKERS):03d}"],
        "participants": [f"K-{year}-{each:04d}" for each in people],
    }


def _member(dice: random.Random, year: int, n: int, day: date) -> Entry:
    return {"type": "MemberJoined", "org": f"XY-CSO-{dice.randrange(54):02d}", "person": f"M-{year}-{n:05d}"}


def _receipt(dice: random.Random, year: int, n: int, day: date) -> Entry:
    return {
        "type": "FundsReceived",
        "org": dice.choice(_payers()),
        "channel": dice.choice(CHANNELS),
        "amount_fen": dice.randrange(10_000, 500_000),
        "payer": "会员",
        "voucher": f"R{year}-{n:05d}",
    }


def _expense(dice: random.Random, year: int, n: int, day: date) -> Entry:
    return {
        "type": "ExpenseRecorded",
        "org": dice.choice(_payers()),
        "channel": dice.choice(CHANNELS),
        "amount_fen": dice.randrange(1_000, 100_000),
        "category": dice.choice(("activity", "admin", "staff", "venue")),
        "payee": "供应商",
        "voucher": f"X{year}-{n:05d}",
        "project": _project(year, n),
    }


def _training(dice: random.Random, year: int, n: int, day: date) -> Entry:
    people = dice.sample(range(WORKERS), 20)
    return {
        "type": "TrainingSessionHeld",
        "session": f"T-{year}-{n:04d}",
        "programme": ("continuing_education", "project_implementers", "residents", "cso_leaders")[n % 4],
        "org": "XY-COLLEGE",
        "starts_at": f"{day}T09:00",
        "minutes": 120,
        "attendees": [f"W-{each:03d}" for each in people],
    }


def _examination(dice: random.Random, year: int, n: int, *, passes: bool) -> list[tuple[date, Entry]]:
    worker, exam_on, results_on = f"W-{n:03d}", date(year, 6, 16), date(year, 8, 20)
    common = {"worker": worker, "level": "junior", "year": year}
    found = [
        (date(year, 3, 5), {"type": "ExamRegistered", "exam_on": exam_on, "occurred_on": date(year, 3, 5)} | common)
    ]
    scores = [dice.randrange(35, 60), dice.randrange(35, 95)]
    if passes:
        scores = [70, 75]
    for subject, score in zip(("comprehensive", "practice"), scores, strict=True):
        scored = {"type": "SubjectScored", "subject": subject, "score": score, "results_on": results_on}
        found.append((results_on, scored | common | {"occurred_on": results_on}))
    outcome = "ExamPassed" if min(scores) >= 60 else "ExamFailed"
    ended = {"type": outcome, "exam_on": exam_on, "results_on": results_on, "occurred_on": results_on}
    found.append((results_on, ended | common))
    return found
