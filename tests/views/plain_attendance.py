"""Attendance as plain Python: slow, and straight from its definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.views.harness import History, Rows
from tests.views.plain_service import inside
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.project import (
    ProjectAmended,
    ProjectClosed,
    ProjectContracted,
    ProjectStarted,
    ProjectSuspended,
)
from xiyuan_ledger.aggregates.session import SessionHeld
from xiyuan_ledger.projections.pin import Settled

ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=7)
Week = tuple[str, str, date]
"""A project, a kind of session, and the Monday of the week."""


@dataclass(frozen=True)
class Asked:
    """What the cadence asks for in a week, and by which facts."""

    per_week: int
    minutes: int
    proof: set[str]


def mondays(last: date) -> Iterator[date]:
    """The first days of the weeks, up to a day."""
    monday = date(1990, 1, 1)
    while monday <= last:
        yield monday
        monday += WEEK


def runs(history: History, project: str) -> list[tuple[date, date | None, str]]:
    """The stretches in which a project runs within its term, each with the fact that began it."""
    ends = [
        event.fact.to
        for event in history.effective
        if isinstance(event.fact, ProjectContracted | ProjectAmended)
        and event.fact.project == project
        and event.fact.to
    ]
    beyond = [ends[-1] + ONE_DAY] if ends else []
    begins = [fact.from_ for _, fact in history.of(ProjectContracted) if fact.project == project][-1:]
    turns = [
        (event, event.fact)
        for event in history.effective
        if isinstance(event.fact, ProjectStarted | ProjectSuspended | ProjectClosed) and event.fact.project == project
    ]
    found = []
    for nth, (event, fact) in enumerate(turns):
        if isinstance(fact, ProjectStarted):
            stops = [each.occurred_on for _, each in turns[nth + 1 : nth + 2]] + beyond
            found.append((max([fact.occurred_on, *begins]), min(stops) if stops else None, event.event_id))
    return found


def _whole_in_period(pin: Settled, monday: date) -> bool:
    """Whether the period cuts nothing off a week; what lies after the pin's day may still come."""
    begun = pin.from_on is None or pin.from_on <= monday
    return begun and (monday + WEEK <= pin.until() + ONE_DAY or pin.until() == pin.valid_on)


def _required(history: History, pin: Settled) -> dict[Week, Asked]:
    """The weeks in which the cadence asks for sessions."""
    version = history.in_force("service-cadence", pin.valid_on)
    if version is None:
        return {}
    found: dict[Week, Asked] = {}
    first, until = version.fact.effective_from, version.fact.effective_to
    for project, rhythm in version.parameters.projects.items():
        for start_on, end_on, started_by in runs(history, project):
            for monday in mondays(pin.until()):
                in_run = start_on <= monday and (end_on is None or monday + WEEK <= end_on)
                in_force = first <= monday and (until is None or monday + WEEK <= until)
                if in_run and in_force and _whole_in_period(pin, monday):
                    proof = {started_by, version.event.event_id} - {""}
                    full = rhythm.per_week * rhythm.minutes
                    found[project, rhythm.kind, monday] = Asked(rhythm.per_week, full, proof)
    return found


def _line(held: list[tuple[Event, SessionHeld]], monday: date, asked: Asked | None, pin: Settled) -> dict[str, Any]:
    """A week's row, but for its project and kind."""
    year, week, _ = monday.isocalendar()
    minutes = sum(fact.minutes for _, fact in held)
    status = None
    if asked:
        status = "met" if len(held) >= asked.per_week and minutes >= asked.minutes else "short"
        status = "open" if pin.valid_on < monday + WEEK else status
    return {
        "week": f"{year}-W{week:02d}",
        "sessions": len(held),
        "minutes": minutes,
        "person_times": sum(len(fact.participants or ()) + (fact.headcount or 0) for _, fact in held),
        "required_per_week": asked.per_week if asked else None,
        "required_minutes": asked.minutes if asked else None,
        "shortfall": max(asked.per_week - len(held), 0) if asked else None,
        "status": status,
        "evidence": sorted({event.event_id for event, _ in held} | (asked.proof if asked else set())),
    }


def attendance(history: History, pin: Settled) -> Rows:
    """活动开展."""
    required = _required(history, pin)
    held: dict[Week, list[tuple[Event, SessionHeld]]] = {}
    for event, fact in history.of(SessionHeld):
        if inside(pin, fact.occurred_on):
            monday = fact.occurred_on - timedelta(days=fact.occurred_on.weekday())
            held.setdefault((fact.project, fact.kind, monday), []).append((event, fact))
    return [
        {"project": week[0], "kind": week[1]} | _line(held.get(week, []), week[2], required.get(week), pin)
        for week in {*required, *held}
    ]


PLAIN = {"attendance": attendance}
