"""What happens in projects, accounts and organisations of the small street."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from tests.episodes import (
    CHANNELS,
    CLIENTS,
    FIRST,
    PEOPLE,
    PROJECTS,
    WORKERS,
    Entered,
    Episode,
    after,
    at,
    fact,
    maybe,
    pick,
    some,
    some_day,
)

ACCOUNTS = ("XY", "CSO-1", "CSO-2")
CATEGORIES = ("staff", "training", "activity", "venue")


def project(chance: Random) -> list[Entered]:
    """A project from its approval; perhaps it is amended, suspended, taken up again, closed."""
    code, day = pick(chance, PROJECTS), some_day(chance, FIRST, date(2013, 6, 30))
    half = pick(chance, (50_000, 500_001))
    end = day + timedelta(days=pick(chance, (100, 365, 800)))
    found = [
        fact("ProjectApproved", day, project=code, name="Neighbours", purchaser=pick(chance, ("XY", "DEP"))),
        fact(
            "ProjectContracted",
            day,
            project=code,
            implementer=pick(chance, ("CSO-1", "CSO-2")),
            from_=day,
            to=end,
            amount_fen=2 * half,
            channel=pick(chance, CHANNELS),
            instalments=[{"due_on": d, "amount_fen": half, "condition": c} for d, c in ((day, "none"), (end, "final"))],
            targets=_targets(chance),
            duties=[{"party": "implementer", "text": "keeps records"}],
        ),
        fact("ProjectStarted", day, project=code),
    ]
    if maybe(chance):
        found.append(_budget(chance, code, day))
    for what in pick(chance, ((), (), ("Amended",), ("Suspended", "Started"), ("Closed",), ("Amended", "Closed"))):
        day = after(chance, day, 30, 100, 200)
        more = (
            {"targets": _targets(chance), "to": end + timedelta(days=50), "reason": "asked for"}
            if what == "Amended"
            else {}
        )
        found.append(fact(f"Project{what}", day, project=code, **more))
    return found


def _targets(chance: Random) -> list[dict[str, object]]:
    indicators = some(
        chance, ("clients", "person_times", "sessions", "service_minutes", "teams", "members", "volunteers")
    )
    return [{"indicator": indicator, "quantity": pick(chance, (0, 3, 200))} for indicator in indicators]


def _budget(chance: Random, code: str, day: date) -> Entered:
    lines = [
        {
            "category": pick(chance, CATEGORIES),
            "channel": pick(chance, CHANNELS),
            "amount_fen": pick(chance, (1, 30_000)),
        }
        for _ in range(pick(chance, (1, 2, 3)))
    ]
    return fact("BudgetApproved", after(chance, day, 0, 0, 60), project=code, lines=lines)


def sessions(chance: Random) -> list[Entered]:
    """Sessions of a project."""
    found = []
    for _ in range(pick(chance, (1, 2, 4))):
        day = some_day(chance)
        found.append(
            fact(
                "SessionHeld",
                day,
                session=f"S-{chance.randint(31, 70)}",
                project=pick(chance, PROJECTS),
                kind=pick(chance, ("class", "group", "activity", "lecture")),
                starts_at=at(chance, day),
                minutes=pick(chance, (45, 90, 120)),
                workers=some(chance, WORKERS, 2),
                participants=some(chance, PEOPLE) or None,
                headcount=pick(chance, (None, 0, 25)),
            )
        )
    return found


def client(chance: Random) -> list[Entered]:
    """Somebody becomes a client, joins a project, is served there, and perhaps leaves it."""
    code, joins, day = pick(chance, CLIENTS), pick(chance, PROJECTS), some_day(chance, FIRST, date(2014, 3, 31))
    found = [
        fact("ClientRegistered", day, client=code, sensitivity="normal", birth_year=pick(chance, (None, 1940, 2002)))
    ]
    enrolled_on = after(chance, day, 0, 0, 10)
    found.append(
        fact("ClientEnrolled", enrolled_on, client=code, project=joins, category=pick(chance, ("elderly", "youth")))
    )
    last = enrolled_on
    for _ in range(pick(chance, (0, 1, 3))):
        last = after(chance, last)
        found.append(_service(chance, code, joins, last))
    if maybe(chance):
        found.append(fact("ClientExited", after(chance, last, 1, 30), client=code, project=joins))
    return found


def _service(chance: Random, code: str, joins: str, day: date) -> Entered:
    return fact(
        "ClientServed",
        day,
        client=code,
        project=joins,
        worker=pick(chance, WORKERS),
        method=pick(chance, ("case", "group", "visit", "call")),
        minutes=pick(chance, (1, 30, 95)),
        starts_at=pick(chance, (None, at(chance, day))),
        item=pick(chance, (None, "outing", "meal")),
    )


def client_matter(chance: Random) -> list[Entered]:
    """Consent, outcomes, a merge, an erasure, a case; of somebody who is registered by then."""
    code, day, joins = pick(chance, CLIENTS), some_day(chance), pick(chance, PROJECTS)
    known = fact("ClientRegistered", day, client=code, sensitivity="normal")
    what = pick(chance, ("consent", "outcome", "outcome", "merge", "erasure", "case", "case"))
    if what == "consent":
        consent = {"purpose": "photos", "given": maybe(chance), "by_guardian": maybe(chance)}
        return [known, fact("ConsentRecorded", day, client=code, **consent)]
    if what == "outcome":
        measured = {"client": code, "project": joins, "instrument": pick(chance, ("GDS", "SF-12"))}
        phases = some(chance, ("pre", "interim", "post", "post"), 4)
        return [known, *(_outcome(chance, after(chance, day), phase, measured) for phase in phases)]
    if what == "merge":
        other = pick(chance, CLIENTS)
        both = [known, fact("ClientRegistered", day, client=other, sensitivity="normal")]
        return [*both, fact("PersonsMerged", after(chance, day), client=code, merged=other)]
    if what == "erasure":
        return [
            known,
            fact("PersonalDataErased", after(chance, day), subject=code, basis="asked", approved_by="chief-1"),
        ]
    case = {"case": pick(chance, ("A-1", "A-2", "A-3")), "client": code}
    steps = [
        fact("CaseOpened", day, **case, project=joins),
        fact("CasePlanAgreed", after(chance, day), **case, goals="manages the stairs"),
        fact("CaseClosed", after(chance, day, 30, 300), **case),
    ]
    return [known, *steps[: pick(chance, (1, 2, 3))]]


def _outcome(chance: Random, day: date, phase: str, measured: dict[str, str]) -> Entered:
    return fact("OutcomeMeasured", day, **measured, phase=phase, score=chance.randint(-5, 5))


def money(chance: Random) -> list[Entered]:
    """Money comes in, is spent, comes back, is passed on."""
    org, channel, day = pick(chance, ACCOUNTS), pick(chance, CHANNELS), some_day(chance)
    account = {"org": org, "channel": channel}
    bound = pick(chance, (None, None, *PROJECTS))
    restricted = pick(chance, (None, None, "activity"))
    found = [
        fact(
            "FundsReceived",
            day,
            **account,
            amount_fen=pick(chance, (1_000, 1_001, 90_000)),
            payer="district",
            voucher=_voucher(chance),
            project=bound,
            restricted_to=restricted,
        )
    ]
    for _ in range(pick(chance, (0, 1, 2))):
        voucher, spent_on, fen = _voucher(chance), after(chance, day), pick(chance, (1, 500, 1_001))
        category = pick(chance, CATEGORIES)
        spent = {**account, "amount_fen": fen, "voucher": voucher, "category": category, "payee": "shop"}
        found.append(fact("ExpenseRecorded", spent_on, **spent, project=pick(chance, (None, bound, *PROJECTS))))
        if pick(chance, (False, False, True)):
            back = {**account, "voucher": voucher, "amount_fen": pick(chance, (1, fen)), "reason": "sent back"}
            found.append(fact("ExpenseReversed", after(chance, spent_on), **back))
    if pick(chance, (False, False, True)):
        to, sent_on = pick(chance, ACCOUNTS), after(chance, day)
        sent = {**account, "to_org": to, "amount_fen": pick(chance, (1, 700)), "voucher": _voucher(chance)}
        found.append(fact("FundsTransferred", sent_on, **sent, project=pick(chance, (None, bound))))
    return found


def _voucher(chance: Random) -> str:
    return f"V-{chance.randint(1, 60)}"


def organisation_matter(chance: Random) -> list[Entered]:
    """Members, people sent, teams, support, titles, and how an organisation stands."""
    org, day, person = (
        pick(chance, ("CSO-1", "CSO-2", "C1", "C1-S", "C2-S", "VS", "CEN")),
        some_day(chance),
        pick(chance, PEOPLE),
    )
    what = pick(
        chance, ("member", "member", "assigned", "team", "star", "incubated", "supported", "designated", "status")
    )
    role = pick(chance, ("grid_worker", "leader"))
    match what:
        case "member" | "assigned":
            begins, ends = (
                ("MemberJoined", "MemberLeft") if what == "member" else ("PersonAssigned", "PersonUnassigned")
            )
            who = {"org": org, "person": person} | ({"role": role} if what == "assigned" else {})
            return [fact(begins, day, **who)] + ([fact(ends, after(chance, day), **who)] if maybe(chance) else [])
        case "team":
            return [
                fact(
                    "TeamFormed",
                    day,
                    org=org,
                    team=f"team-{pick(chance, (1, 2, 3))}",
                    community=pick(chance, (None, "C1")),
                )
            ]
        case "star":
            return [fact("CulturalStarSelected", day, org=org, person=person, year=day.year)]
        case "incubated":
            service, minutes = pick(chance, ("registration", "training")), pick(chance, (None, 60))
            return [fact("IncubationSupportProvided", day, org=org, by="ASC", service=service, minutes=minutes)]
        case "supported":
            return [
                fact("SupportGranted", day, org=org, by="XY", kind=pick(chance, ("venue", "people")), detail="a room")
            ]
        case "designated":
            until = pick(chance, (None, after(chance, day)))
            return [fact("DesignationGranted", day, org=org, designation="pilot_unit", level="district", until=until)]
    return [
        fact(
            "OrganizationStatusChanged",
            day,
            org=org,
            status=pick(chance, ("filed", "registered", "suspended", "dissolved")),
        )
    ]


def late_founding(chance: Random) -> list[Entered]:
    """An organisation registered only later: a station taken the place of another, or one left out before."""
    org, kind, parent = pick(
        chance,
        (
            ("C2-S", "service_station", "C2"),
            ("C2-S2", "service_station", "C2"),
            ("C1-P2", "party_org", "C1"),
            ("C1-W", "admin_workstation", "C1"),
            ("VS", "volunteer_station", "VB"),
            ("CSO-2", "cso", "ASC"),
            ("C3", "community", "XY"),
        ),
    )
    return [fact("OrganizationRegistered", some_day(chance), org=org, kind=kind, name=org, parent=parent)]


def office_matter(chance: Random) -> list[Entered]:
    """A month is closed, perhaps opened again; a record is looked at."""
    day = some_day(chance, date(2012, 9, 1))
    if maybe(chance):
        return [fact("RecordAccessed", day, view="history", purpose="complaint", subject=pick(chance, (None, "K-1")))]
    closed = day - timedelta(days=62)
    month = {"month": f"{closed.year}-{closed.month:02d}", "approved_by": "chief-1"}
    return [fact("PeriodClosed", day, **month)] + (
        [fact("PeriodReopened", after(chance, day), **month)] if maybe(chance) else []
    )


ABOUT_SERVICE: tuple[Episode, ...] = (project, sessions, sessions, client, client, client_matter)
ABOUT_MONEY: tuple[Episode, ...] = (money, money, money, project)
ABOUT_ORGANISATIONS: tuple[Episode, ...] = (organisation_matter, organisation_matter, late_founding, office_matter)
