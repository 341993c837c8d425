"""A street's year without a fault, from a seed: some 60,000 facts in which nothing contradicts anything.

Every worker and every client is in one place at a time: services by day in three slots, sessions in the evening,
training at weekends. Lists differ, amounts differ, posts are filled by those who passed, minors come with a guardian's
consent. Entries come one at a time, days after what they tell, as in an office.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from xiyuan_ledger.aggregates import FACTS, Fact

YEAR = 2013
FOUNDED = date(2012, 6, 1)
QUALIFIED = date(2012, 8, 20)
LAST = date(YEAR, 12, 31)
PROJECTS = tuple(f"P-{n}" for n in range(1, 7))
WORKERS = tuple(f"W-{n:03d}" for n in range(60))
SPARE = ("W-900", "W-901", "W-902", "W-903")
"""Hired, and never at work."""
LEFT = "W-950"
LEFT_ON = date(YEAR, 3, 1)
CLIENTS = tuple(f"C-{n:04d}" for n in range(700))
PROJECT_OF = {client: PROJECTS[n % len(PROJECTS)] for n, client in enumerate(CLIENTS)}
MINORS = 80
CSOS = tuple(f"CSO-{n:02d}" for n in range(54))
CHANNELS = ("government", "member", "social")
SLOTS = (time(8, 30), time(10, 0), time(14, 0))
SERVICES_A_DAY = 120
SESSIONS_A_DAY = 26
PRESENT = 8
MEMBERS = 9_000
RECEIPTS = 3_000
EXPENSES = 9_000
CLERKS = 8
PACE = timedelta(seconds=15)

Told = tuple[date, dict[str, Any]]
"""The day on which something is entered, and what."""


def street_year(seed: int = YEAR) -> Iterator[Fact]:
    """The facts of the year, in the order in which they are recorded, each with its instant."""
    chance = Random(seed)
    told = [*_founding(), *_people(), *_projects(), *_money(chance), *_training(chance), *_members(chance)]
    for day in _days():
        if day.weekday() < 5:
            told += _working_day(chance, day)
    told.sort(key=lambda pair: pair[0])
    entered_on, number = date.min, 0
    for on, entry in told:
        number = number + 1 if on == entered_on else 0
        entered_on = on
        yield fact(entry, datetime.combine(on, time(1), UTC) + number * PACE, f"clerk-{number % CLERKS}")


def fact(entry: dict[str, Any], recorded_at: datetime, actor: str) -> Fact:
    """An entry as somebody makes it at an instant."""
    fields = {name: value for name, value in entry.items() if name != "type"}
    return FACTS[entry["type"]](**fields, recorded_at=recorded_at, actor=actor)


def _days() -> Iterator[date]:
    """The days of the year after the first week, in which everyone is enrolled."""
    day = date(YEAR, 1, 7)
    while day < LAST:
        yield day
        day += timedelta(days=1)


def _founding() -> Iterator[Told]:
    orgs: list[tuple[str, str, str | None]] = [
        ("XY-STREET", "street", None),
        ("AGENCY", "agency", None),
        ("COLLEGE", "college", None),
    ]
    orgs += [(f"C{n}", "community", "XY-STREET") for n in range(1, 7)]
    orgs += [(f"C{n}-STATION", "service_station", f"C{n}") for n in range(1, 7)]
    orgs += [(code, "cso", None) for code in CSOS]
    for org, kind, parent in orgs:
        entry = {"type": "OrganizationRegistered", "org": org, "kind": kind, "name": org, "occurred_on": FOUNDED}
        yield FOUNDED, entry | ({"parent": parent} if parent else {})
    warned = {"policy": "fund-channels", "version": 2, "effective_from": FOUNDED, "parameters": {"mode": "warn"}}
    yield FOUNDED, {"type": "PolicyAdopted", "authority": "illustrative", "occurred_on": FOUNDED} | warned


def _people() -> Iterator[Told]:
    """Workers, and those of them who passed and fill the stations' posts; clients, and the minors' consent."""
    for worker in (*WORKERS, *SPARE, LEFT):
        hired = {"type": "WorkerHired", "worker": worker, "employer": "XY-STREET", "employment": "street"}
        yield FOUNDED, hired | {"occurred_on": FOUNDED}
    yield LEFT_ON, {"type": "WorkerLeft", "worker": LEFT, "employer": "XY-STREET", "occurred_on": LEFT_ON}
    for n, worker in enumerate(WORKERS[:12]):
        sitting = {"worker": worker, "level": "junior", "year": 2012, "exam_on": date(2012, 6, 16)}
        yield FOUNDED, {"type": "ExamRegistered", "occurred_on": FOUNDED} | sitting
        yield QUALIFIED, {"type": "ExamPassed", "results_on": QUALIFIED, "occurred_on": QUALIFIED} | sitting
        post = {"post": f"POST-{n}", "occurred_on": QUALIFIED}
        seat = {"org": f"C{n % 6 + 1}-STATION", "title": "社工", "professional": True, "capacity": 2}
        yield QUALIFIED, {"type": "PostEstablished"} | post | seat
        yield QUALIFIED, {"type": "PostFilled", "worker": worker} | post
    day = date(YEAR, 1, 2)
    for n, client in enumerate(CLIENTS):
        known = {"client": client, "occurred_on": day}
        birth_year = 2003 if n < MINORS else 1945
        yield day, {"type": "ClientRegistered", "sensitivity": "normal", "birth_year": birth_year} | known
        if n < MINORS:
            yield day, {"type": "ConsentRecorded", "purpose": "service", "given": True, "by_guardian": True} | known


def _projects() -> Iterator[Told]:
    first = date(YEAR, 1, 1)
    paid = {"amount_fen": 100_000, "channel": "government", "duties": [], "targets": []}
    paid["instalments"] = [{"due_on": first, "amount_fen": 100_000, "condition": "none"}]
    for project in PROJECTS:
        named = {"project": project, "occurred_on": first}
        yield first, {"type": "ProjectApproved", "name": project, "purchaser": "XY-STREET"} | named
        yield first, {"type": "ProjectContracted", "implementer": "AGENCY", "from": first, "to": LAST} | paid | named
        yield first, {"type": "ProjectStarted"} | named
    day = date(YEAR, 1, 3)
    for client in CLIENTS:
        enrolled = {"client": client, "project": PROJECT_OF[client], "category": "elderly"}
        yield day, {"type": "ClientEnrolled", "occurred_on": day} | enrolled


def _working_day(chance: Random, day: date) -> Iterator[Told]:
    """Services by day, each worker and each client in one slot at a time; sessions in the evening with others each."""
    served = chance.sample(CLIENTS, SERVICES_A_DAY)
    seats = chance.sample([(worker, slot) for worker in WORKERS for slot in SLOTS], SERVICES_A_DAY)
    for client, (worker, slot) in zip(served, seats, strict=True):
        yield (
            _entered(chance, day),
            {
                "type": "ClientServed",
                "client": client,
                "project": PROJECT_OF[client],
                "worker": worker,
                "method": chance.choice(("visit", "case", "counselling", "home_care")),
                "minutes": chance.randrange(20, 91, 5),
                "starts_at": f"{day}T{slot}",
                "occurred_on": day,
            },
        )
    present = chance.sample(CLIENTS, SESSIONS_A_DAY * PRESENT)
    leaders = chance.sample(WORKERS, SESSIONS_A_DAY)
    for n, leader in enumerate(leaders):
        yield (
            _entered(chance, day),
            {
                "type": "SessionHeld",
                "session": f"S-{day:%m%d}-{n:02d}",
                "project": PROJECTS[n % len(PROJECTS)],
                "kind": "group",
                "starts_at": f"{day}T18:30:00",
                "minutes": 90,
                "workers": [leader],
                "participants": present[n * PRESENT : (n + 1) * PRESENT],
                "occurred_on": day,
            },
        )


def _entered(chance: Random, day: date) -> date:
    """When something of a day is written down: within days, as a rule."""
    return day + timedelta(days=1 + min(int(chance.expovariate(0.8)), 20))


def _training(chance: Random) -> Iterator[Told]:
    """On Saturdays; before the examination in spring, later for those who hold a level."""
    for day in _days():
        if day.weekday() == 5:
            programme = "pre_exam" if day.month in (3, 4, 5, 6) else "continuing_education"
            held = {"session": f"T-{day:%m%d}", "programme": programme, "org": "COLLEGE", "minutes": 180}
            held |= {"starts_at": f"{day}T09:00:00", "attendees": chance.sample(WORKERS, 20), "occurred_on": day}
            yield day + timedelta(days=2), {"type": "TrainingSessionHeld"} | held


def _members(chance: Random) -> Iterator[Told]:
    for n in range(MEMBERS):
        day = _spread(n, MEMBERS)
        joined = {"type": "MemberJoined", "org": chance.choice(CSOS), "person": f"M-{n:05d}", "occurred_on": day}
        yield _entered(chance, day), joined


def _spread(n: int, times: int) -> date:
    """A day of the year, the same number of times each."""
    return date(YEAR, 1, 7) + timedelta(days=n * 350 // times)


def _money(chance: Random) -> Iterator[Told]:
    """Grants on the first day; then no two amounts alike."""
    first = date(YEAR, 1, 1)
    for channel in CHANNELS:
        for org in CSOS:
            grant = {
                "org": org,
                "channel": channel,
                "amount_fen": 50_000_000,
                "payer": "区财政",
                "voucher": f"G-{channel}",
            }
            yield first, {"type": "FundsReceived", "occurred_on": first} | grant
    for n in range(RECEIPTS + EXPENSES):
        spends = n % 4 > 0
        day = _spread(n, RECEIPTS + EXPENSES)
        moved = {"org": chance.choice(CSOS), "channel": chance.choice(CHANNELS), "amount_fen": 1_000 + n}
        moved |= {"voucher": f"V-{n:05d}", "occurred_on": day}
        party = (
            {"payee": chance.choice(("文具店", "印刷店", "场馆")), "category": "activity"}
            if spends
            else {"payer": "会员"}
        )
        yield _entered(chance, day), {"type": "ExpenseRecorded" if spends else "FundsReceived"} | moved | party
