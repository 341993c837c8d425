"""Cases, outcomes, the Five Ones, teams and incubation, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.views.harness import History, Rows, Version
from tests.views.plain_register import members_on
from tests.views.plain_service import enrolments, inside, merges, survivors
from xiyuan_ledger.aggregates.case import CaseClosed, CaseOpened, CasePlanAgreed
from xiyuan_ledger.aggregates.client import ClientServed, OutcomeMeasured
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.organization import CulturalStarSelected, IncubationSupportProvided, TeamFormed
from xiyuan_ledger.projections.pin import Settled


def incubation(history: History, pin: Settled) -> Rows:
    given: dict[tuple[str, str], list[tuple[Event, IncubationSupportProvided]]] = {}
    for event, fact in history.of(IncubationSupportProvided):
        if inside(pin, fact.occurred_on):
            given.setdefault((fact.org, fact.service), []).append((event, fact))
    return [
        {
            "org": org,
            "service": service,
            "times": len(supports),
            "minutes": sum(fact.minutes or 0 for _, fact in supports),
            "providers": len({fact.by for _, fact in supports}),
            "last_on": max(fact.occurred_on for _, fact in supports),
            "evidence": sorted(event.event_id for event, _ in supports),
        }
        for (org, service), supports in given.items()
    ]


def _of_case(history: History, kind: type[CaseClosed | CasePlanAgreed], case: str, until: date) -> list[Event]:
    return [event for event, fact in history.of(kind) if fact.case == case and fact.occurred_on <= until]


def caseload(history: History, pin: Settled) -> Rows:
    until, survive = pin.until(), survivors(history)
    rows: dict[str, dict[str, Any]] = {}
    for event, fact in history.of(CaseOpened):
        if fact.occurred_on > until:
            continue
        empty: dict[str, Any] = dict.fromkeys(("opened", "closed", "open", "with_plan"), 0)
        row = rows.setdefault(
            fact.project, empty | {"project": fact.project, "people": set[str](), "proof": set[str]()}
        )
        if inside(pin, fact.occurred_on):
            row["opened"] += 1
            row["proof"].add(event.event_id)
        closings = _of_case(history, CaseClosed, fact.case, until)
        if closings:
            if inside(pin, closings[0].occurred_on):
                row["closed"] += 1
                row["proof"].add(closings[0].event_id)
            continue
        plans, person = _of_case(history, CasePlanAgreed, fact.case, until), survive.get(fact.client, fact.client)
        row["open"] += 1
        row["with_plan"] += bool(plans)
        row["people"].add(person)
        row["proof"] |= {event.event_id, *sorted(each.event_id for each in plans)[:1], *merges(history, person)}
    return [
        {name: row[name] for name in ("project", "opened", "closed", "open", "with_plan")}
        | {"clients": len(row["people"]), "evidence": sorted(row["proof"])}
        for row in rows.values()
    ]


def five_ones(history: History, pin: Settled) -> Rows:
    version = history.in_force("service-cadence", pin.valid_on)
    if version is None or version.parameters.five_ones is None:
        return []
    first_year = pin.from_on.year if pin.from_on else 1990
    years = range(first_year, pin.until().year + 1)
    return [row for year in years for row in _families(history, pin, version, year)]


def _families(history: History, pin: Settled, version: Version, year: int) -> Rows:
    """The families of a year, each with what it was given of the five."""
    rule, survive = version.parameters.five_ones, survivors(history)
    first_day = max(date(year, 1, 1), pin.from_on or date.min)
    last_day = min(date(year, 12, 31), pin.until())
    proof: dict[str, set[str]] = {}
    items: dict[str, set[str]] = {}
    for enrolment in enrolments(history):
        overlaps = enrolment.start_on <= last_day and (
            enrolment.end_on is None or max(first_day, enrolment.start_on) < enrolment.end_on
        )
        if enrolment.project == rule.project and overlaps:
            proof.setdefault(enrolment.person, set()).add(enrolment.event_id)
    for event, fact in history.of(ClientServed):
        if fact.project != rule.project or fact.item is None or fact.item not in rule.items:
            continue
        if first_day <= fact.occurred_on <= last_day:
            person = survive.get(fact.client, fact.client)
            proof.setdefault(person, set()).add(event.event_id)
            items.setdefault(person, set()).add(fact.item)
    rows = []
    for person, events in proof.items():
        missing = sorted(set(rule.items) - items.get(person, set()))
        unmet = "short" if date(year, 12, 31) < pin.valid_on else "open"
        rows.append(
            {
                "client": person,
                "year": year,
                "delivered": len(items.get(person, ())),
                "required": len(set(rule.items)),
                "missing": missing,
                "status": unmet if missing else "met",
                "evidence": sorted((events | {version.event.event_id, *merges(history, person)}) - {""}),
            }
        )
    return rows


def outcomes(history: History, pin: Settled) -> Rows:
    survive = survivors(history)
    measured: dict[tuple[str, str, str], list[tuple[Event, OutcomeMeasured]]] = {}
    for event, fact in history.of(OutcomeMeasured):
        key = (fact.project, survive.get(fact.client, fact.client), fact.instrument)
        measured.setdefault(key, []).append((event, fact))
    rows = []
    for (project, client, instrument), all_of_it in measured.items():
        pre = next((fact for _, fact in all_of_it if fact.phase == "pre"), None)
        post = next((fact for _, fact in reversed(all_of_it) if fact.phase == "post"), None)
        rows.append(
            {
                "project": project,
                "client": client,
                "instrument": instrument,
                "pre_on": pre and pre.occurred_on,
                "pre": pre and pre.score,
                "post_on": post and post.occurred_on,
                "post": post and post.score,
                "change": post.score - pre.score if pre and post else None,
                "measurements": len(all_of_it),
                "evidence": sorted([*(event.event_id for event, _ in all_of_it), *merges(history, client)]),
            }
        )
    return rows


def culture_register(history: History, pin: Settled) -> Rows:
    formed, selected = history.of(TeamFormed), history.of(CulturalStarSelected)
    rows = []
    for org in {fact.org for _, fact in formed} | {fact.org for _, fact in selected}:
        teams: dict[str, tuple[Event, TeamFormed]] = {}
        for event, fact in formed:
            if fact.org == org:
                teams.setdefault(fact.team, (event, fact))
        stars = [(event, star) for event, star in selected if star.org == org]
        members = members_on(history, org, pin.valid_on)
        proof = [*(event.event_id for event, _ in [*teams.values(), *stars]), *members.values()]
        rows.append(
            {
                "org": org,
                "teams": len(teams),
                "communities": len({fact.community for _, fact in teams.values() if fact.community}),
                "members": len(members),
                "stars": len({star.person for _, star in stars}),
                "evidence": sorted(proof),
            }
        )
    return rows


PLAIN = {
    "incubation": incubation,
    "caseload": caseload,
    "five_ones": five_ones,
    "outcomes": outcomes,
    "culture_register": culture_register,
}
