"""The service views as plain Python: slow, and straight from their definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.views.harness import History, Rows
from xiyuan_ledger.aggregates.client import ClientEnrolled, ClientExited, ClientServed, PersonsMerged
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.organization import MemberJoined, MemberLeft, TeamFormed
from xiyuan_ledger.aggregates.project import (
    ProjectAmended,
    ProjectApproved,
    ProjectContracted,
    ProjectFact,
    Target,
)
from xiyuan_ledger.aggregates.session import SessionHeld
from xiyuan_ledger.aggregates.volunteer import VolunteerHoursLogged
from xiyuan_ledger.projections.pin import Settled


@dataclass
class Sum:
    """A number with the events that make it."""

    quantity: int = 0
    evidence: set[str] = field(default_factory=set)

    def add(self, quantity: int, *events: str) -> None:
        self.quantity += quantity
        self.evidence |= set(events)


@dataclass(frozen=True)
class Enrolment:
    """A person in a project, from a day up to another."""

    project: str
    person: str
    start_on: date
    end_on: date | None
    event_id: str

    def holds(self, on: date) -> bool:
        return self.start_on <= on and (self.end_on is None or on < self.end_on)


def inside(pin: Settled, on: date) -> bool:
    """Whether a day lies in the period asked for."""
    return (pin.from_on is None or pin.from_on <= on) and on <= pin.until()


def centi(part: int, whole: int | None) -> int | None:
    """A ratio in hundredths of a percent, half up; none of nothing."""
    return (part * 20_000 + whole) // (2 * whole) if whole else None


def _mergings(history: History) -> dict[str, tuple[str, str]]:
    """Every code that was merged: into which, and by which fact. The first merging of a code holds."""
    found: dict[str, tuple[str, str]] = {}
    for event, fact in history.of(PersonsMerged):
        found.setdefault(fact.merged, (fact.client, event.event_id))
    return found


def survivors(history: History) -> dict[str, str]:
    """Every code that was merged, and the one that survives at last."""
    mergings = _mergings(history)
    found = {}
    for code in mergings:
        person = code
        while person in mergings:
            person = mergings[person][0]
        found[code] = person
    return found


def merges(history: History, person: str) -> list[str]:
    """The mergings by which other codes became this person."""
    survive = survivors(history)
    return [event_id for code, (_, event_id) in _mergings(history).items() if survive[code] == person]


def merges_of_codes(history: History, codes: list[str]) -> set[str]:
    """The mergings of these very codes into other people."""
    mergings = _mergings(history)
    return {mergings[code][1] for code in codes if code in mergings}


def enrolments(history: History) -> list[Enrolment]:
    """Every stretch of a person in a project."""
    survive = survivors(history)
    found = []
    turns: list[tuple[Event, ClientEnrolled | ClientExited]] = [
        (event, event.fact) for event in history.effective if isinstance(event.fact, ClientEnrolled | ClientExited)
    ]
    for nth, (event, fact) in enumerate(turns):
        if isinstance(fact, ClientEnrolled):
            later = [f for _, f in turns[nth + 1 :] if (f.client, f.project) == (fact.client, fact.project)]
            end_on = later[0].occurred_on if later else None
            person = survive.get(fact.client, fact.client)
            found.append(Enrolment(fact.project, person, fact.occurred_on, end_on, event.event_id))
    return found


def targets(history: History) -> dict[str, tuple[str, tuple[Target, ...]]]:
    """The targets last named for each project, and the fact that named them."""
    found: dict[str, tuple[str, tuple[Target, ...]]] = {}
    for event in history.effective:
        if isinstance(event.fact, ProjectContracted | ProjectAmended) and event.fact.targets is not None:
            found[event.fact.project] = (event.event_id, event.fact.targets)
    return found


def target(history: History, project: str, indicator: str) -> tuple[str, int] | None:
    """What is promised of an indicator, and by which fact."""
    event_id, named = targets(history).get(project, ("", ()))
    quantities = [each.quantity for each in named if each.indicator == indicator]
    return (event_id, sum(quantities)) if quantities else None


def in_period(history: History, pin: Settled) -> Iterator[tuple[Event, ClientServed | SessionHeld]]:
    """The services and sessions of the period."""
    for event in history.effective:
        if isinstance(event.fact, ClientServed | SessionHeld) and inside(pin, event.fact.occurred_on):
            yield event, event.fact


def _people_reached(history: History, pin: Settled, project: str) -> tuple[set[str], set[str]]:
    """The people served, or present while enrolled, and the events that say so."""
    survive, enrolled = survivors(history), enrolments(history)
    people: set[str] = set()
    evidence: set[str] = set()
    for event, fact in in_period(history, pin):
        if fact.project != project:
            continue
        if isinstance(fact, ClientServed):
            people.add(survive.get(fact.client, fact.client))
            evidence.add(event.event_id)
            continue
        for code in fact.participants or ():
            person = survive.get(code, code)
            for enrolment in enrolled:
                if (enrolment.project, enrolment.person) == (project, person) and enrolment.holds(fact.occurred_on):
                    people.add(person)
                    evidence |= {event.event_id, enrolment.event_id}
    for person in people:
        evidence |= set(merges(history, person))
    return people, evidence


def _clients(history: History, pin: Settled, project: str) -> Sum:
    people, evidence = _people_reached(history, pin, project)
    found = Sum(len(people), evidence)
    version = history.in_force("counting", pin.valid_on)
    if version and version.parameters.unduplicated == "named_plus_headcount":
        for event, fact in in_period(history, pin):
            if isinstance(fact, SessionHeld) and fact.project == project and fact.headcount:
                found.add(fact.headcount, event.event_id)
    return found


def _person_times(history: History, pin: Settled, project: str) -> Sum:
    found = Sum()
    for event, fact in in_period(history, pin):
        times = 1 if isinstance(fact, ClientServed) else len(fact.participants or ()) + (fact.headcount or 0)
        if fact.project == project and times:
            found.add(times, event.event_id)
    return found


def _sessions(history: History, pin: Settled, project: str) -> Sum:
    found = Sum()
    for event, fact in in_period(history, pin):
        if fact.project == project and isinstance(fact, SessionHeld):
            found.add(1, event.event_id)
    return found


def _service_minutes(history: History, pin: Settled, project: str) -> Sum:
    found = Sum()
    for event, fact in in_period(history, pin):
        if fact.project == project:
            found.add(fact.minutes, event.event_id)
    return found


def _implementer(history: History, project: str) -> tuple[str, str]:
    contracts = [(event.event_id, fact) for event, fact in history.of(ProjectContracted) if fact.project == project]
    return (contracts[-1][0], contracts[-1][1].implementer) if contracts else ("", "")


def _teams(history: History, pin: Settled, project: str) -> Sum:
    _, implementer = _implementer(history, project)
    first: dict[str, str] = {}
    for event, fact in history.of(TeamFormed):
        if fact.org == implementer and inside(pin, fact.occurred_on):
            first[fact.team] = min(event.event_id, first.get(fact.team, event.event_id))
    return Sum(len(first), set(first.values()))


def _members(history: History, pin: Settled, project: str) -> Sum:
    _, implementer = _implementer(history, project)
    survive = survivors(history)
    standing: dict[str, str] = {}
    for event in history.effective:
        fact = event.fact
        if isinstance(fact, MemberJoined | MemberLeft) and fact.org == implementer and fact.occurred_on <= pin.until():
            standing.pop(fact.person, None)
            if isinstance(fact, MemberJoined):
                standing[fact.person] = event.event_id
    people: dict[str, str] = {}
    for code, event_id in standing.items():
        person = survive.get(code, code)
        people[person] = min(event_id, people.get(person, event_id))
    return Sum(len(people), set(people.values()))


def _volunteering(history: History, pin: Settled, project: str) -> list[tuple[str, VolunteerHoursLogged]]:
    return [
        (event.event_id, fact)
        for event, fact in history.of(VolunteerHoursLogged)
        if fact.project == project and inside(pin, fact.occurred_on)
    ]


def _volunteers(history: History, pin: Settled, project: str) -> Sum:
    logs = _volunteering(history, pin, project)
    return Sum(len({fact.volunteer for _, fact in logs}), {event_id for event_id, _ in logs})


def _volunteer_minutes(history: History, pin: Settled, project: str) -> Sum:
    logs = _volunteering(history, pin, project)
    return Sum(sum(fact.minutes for _, fact in logs), {event_id for event_id, _ in logs})


INDICATORS: dict[str, Callable[[History, Settled, str], Sum]] = {
    "clients": _clients,
    "person_times": _person_times,
    "sessions": _sessions,
    "service_minutes": _service_minutes,
    "volunteers": _volunteers,
    "volunteer_minutes": _volunteer_minutes,
    "teams": _teams,
    "members": _members,
}


def _output(history: History, pin: Settled, project: str, indicator: str) -> dict[str, Any] | None:
    counted = INDICATORS[indicator](history, pin, project)
    promised = target(history, project, indicator)
    if not counted.quantity and not promised:
        return None
    if promised:
        counted.add(0, promised[0])
    version = history.in_force("counting", pin.valid_on)
    if indicator == "clients" and version and version.event.event_id:
        counted.add(0, version.event.event_id)
    contract, _ = _implementer(history, project)
    if indicator in ("teams", "members") and contract:
        counted.add(0, contract)
    return {
        "project": project,
        "indicator": indicator,
        "quantity": counted.quantity,
        "target": promised[1] if promised else None,
        "completion_centi": centi(counted.quantity, promised[1]) if promised else None,
        "evidence": sorted(counted.evidence),
    }


def project_outputs(history: History, pin: Settled) -> Rows:
    """产出."""
    facts = [event.fact for event in history.effective]
    projects = {fact.project for fact in facts if isinstance(fact, ProjectFact | ClientServed | SessionHeld)}
    projects |= {fact.project for fact in facts if isinstance(fact, VolunteerHoursLogged) and fact.project}
    rows = [_output(history, pin, project, indicator) for project in projects for indicator in INDICATORS]
    return [row for row in rows if row is not None]


def coverage(history: History, pin: Settled) -> Rows:
    """覆盖率."""
    return [_coverage(history, pin, project) for project in {fact.project for _, fact in history.of(ProjectApproved)}]


def _coverage(history: History, pin: Settled, project: str) -> dict[str, Any]:
    survive = survivors(history)
    enrolled = [each for each in enrolments(history) if each.project == project and each.holds(pin.valid_on)]
    met: dict[str, set[str]] = {}
    for event, fact in in_period(history, pin):
        if fact.project == project:
            for code in [fact.client] if isinstance(fact, ClientServed) else fact.participants or ():
                met.setdefault(survive.get(code, code), set()).add(event.event_id)
    promised = target(history, project, "clients")
    registered = {each.person for each in enrolled}
    evidence = {each.event_id for each in enrolled}.union(*met.values())
    evidence |= {event_id for person in registered | set(met) for event_id in merges(history, person)}
    evidence.add(min(event.event_id for event, fact in history.of(ProjectApproved) if fact.project == project))
    return {
        "project": project,
        "eligible": promised[1] if promised else None,
        "registered": len(registered),
        "served": len(met),
        "coverage_centi": centi(len(registered), promised[1]) if promised else None,
        "evidence": sorted(evidence | ({promised[0]} if promised else set())),
    }


PLAIN = {"project_outputs": project_outputs, "coverage": coverage}
