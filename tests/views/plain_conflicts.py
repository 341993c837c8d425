"""冲突: what contradicts itself or its rules, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.views.careers import employed_on, employments, workers
from tests.views.harness import History, Rows
from tests.views.plain_attendance import runs
from tests.views.plain_findings import (
    Finding,
    bulk_entries,
    finding,
    overdrawn,
    paid_twice,
    posts_without_level,
    pre_exam_out_of_season,
    results_of_another_day,
    stands_at,
)
from tests.views.plain_service import inside, merges, survivors
from xiyuan_ledger.aggregates.client import ClientEnrolled, ClientRegistered, ClientServed, ConsentRecorded
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.session import SessionHeld, TrainingSessionHeld
from xiyuan_ledger.projections.pin import Settled

MINOR = ("bulk_entry", "post_without_level", "pre_exam_season")
LIST_MIN = 5
ADULT = 18


@dataclass(frozen=True)
class Presence:
    """A person at a service or a session."""

    role: str
    person: str
    place: str
    starts_at: datetime
    minutes: int
    event: Event

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def order(self) -> tuple[datetime, str]:
        return self.starts_at, self.event.event_id

    def __str__(self) -> str:
        return f"{self.place} {stands_at(self.starts_at, self.minutes)}"


def presences(history: History) -> set[Presence]:
    """Who was where from when to when."""
    staff, survive = workers(history), survivors(history)
    found = set()
    for event in history.effective:
        fact = event.fact
        seen: list[tuple[str, str, str]] = []
        if isinstance(fact, ClientServed) and fact.starts_at is not None:
            seen = [("worker", fact.worker, fact.client), ("client", fact.client, fact.worker)]
        elif isinstance(fact, SessionHeld):
            seen = [("worker", code, fact.session) for code in fact.workers]
            seen += [("client", code, fact.session) for code in fact.participants or ()]
        elif isinstance(fact, TrainingSessionHeld):
            seen = [("worker", code, fact.session) for code in fact.attendees or () if code in staff]
        for role, code, place in seen:
            person = survive.get(code, code) if role == "client" else code
            found.add(Presence(role, person, place, fact.starts_at, fact.minutes, event))  # type: ignore[attr-defined]
    return found


def two_places(history: History) -> Iterator[Finding]:
    """Who was in one place before the other was over: with what lasts longest of what began before."""
    everyone = presences(history)
    for later in everyone:
        before = [
            each
            for each in everyone
            if (each.role, each.person) == (later.role, later.person)
            and each.order < later.order
            and later.starts_at < each.ends_at
        ]
        if before:
            until = max(each.ends_at for each in before)
            other = min((e for e in before if e.ends_at == until), key=lambda each: each.event.event_id)
            evidence = {later.event.event_id, other.event.event_id}
            if later.role == "client":
                evidence |= set(merges(history, later.person))
            subjects = {later.person, later.place, other.place}
            on = later.event.occurred_on
            yield finding(f"{later.role}_in_two_places", subjects, on, f"{other}; {later}", evidence)


def same_lists(history: History) -> Iterator[Finding]:
    """The same five or more people at two sessions of a project."""
    survive = survivors(history)
    first: dict[tuple[str, frozenset[str]], tuple[Event, SessionHeld]] = {}
    for event, fact in history.of(SessionHeld):
        people = frozenset(survive.get(code, code) for code in fact.participants or ())
        before, held = first.setdefault((fact.project, people), (event, fact))
        if before is event or len(people) < LIST_MIN:
            continue
        codes = {*(fact.participants or ()), *(held.participants or ())} & survive.keys()
        mergings = {id_ for code in codes for id_ in _merging_of(history, code)}
        detail = f"{fact.project} {len(people)}"
        evidence = {event.event_id, before.event_id} | mergings
        yield finding("same_list", {fact.session, held.session}, fact.occurred_on, detail, evidence)


def _merging_of(history: History, code: str) -> list[str]:
    """The fact by which this very code was merged."""
    person = survivors(history)[code]
    return [id_ for id_ in merges(history, person) if _named(history, id_) == code]


def _named(history: History, event_id: str) -> str:
    [fact] = [event.fact for event in history.effective if event.event_id == event_id]
    return str(fact.merged)  # type: ignore[attr-defined]


def services_out_of_order(history: History) -> Iterator[Finding]:
    """Services and sessions by who was not employed, or of a project that did not run."""
    for event in history.effective:
        fact, on = event.fact, event.occurred_on
        if not isinstance(fact, ClientServed | SessionHeld):
            continue
        place = fact.client if isinstance(fact, ClientServed) else fact.session
        for worker in {fact.worker} if isinstance(fact, ClientServed) else set(fact.workers):
            if not employed_on(employments(history, worker), on):
                yield finding("not_employed", {worker, place}, on, f"{worker} {place}", {event.event_id})
        if not any(start <= on and (end is None or on < end) for start, end, _ in runs(history, fact.project)):
            yield finding("outside_run", {fact.project, place}, on, f"{fact.project} {place}", {event.event_id})


def _contacts(history: History, client: str) -> list[Event]:
    found = []
    for event in history.effective:
        fact = event.fact
        if isinstance(fact, ClientEnrolled | ClientServed):
            met = fact.client == client
        else:
            met = isinstance(fact, SessionHeld) and client in (fact.participants or ())
        if met:
            found.append(event)
    return found


def minors_without_consent(history: History) -> Iterator[Finding]:
    """Who was under 18 at her first contact, without a guardian's consent by then."""
    survive = survivors(history)
    for event, fact in history.of(ClientRegistered):
        contacts = _contacts(history, fact.client)
        if fact.birth_year is None or not contacts:
            continue
        first, person = contacts[0], survive.get(fact.client, fact.client)
        consents = [
            given
            for _, given in history.of(ConsentRecorded)
            if survive.get(given.client, given.client) == person
            and given.given
            and given.by_guardian
            and given.occurred_on <= first.occurred_on
        ]
        if first.occurred_on.year - fact.birth_year < ADULT and not consents:
            evidence = {event.event_id, first.event_id}
            detail = f"{fact.client} *{fact.birth_year}"
            yield finding("minor_without_consent", {fact.client}, first.occurred_on, detail, evidence)


RULES = (
    two_places,
    same_lists,
    services_out_of_order,
    minors_without_consent,
    bulk_entries,
    posts_without_level,
    pre_exam_out_of_season,
    results_of_another_day,
    paid_twice,
    overdrawn,
)


def conflicts(history: History, pin: Settled) -> Rows:
    return [_row(each) for rule in RULES for each in rule(history) if inside(pin, each.occurred_on)]


def _row(found: Finding) -> dict[str, Any]:
    on: date = found.occurred_on
    return {
        "rule": found.rule,
        "severity": "minor" if found.rule in MINOR else "major",
        "subjects": sorted(found.subjects),
        "occurred_on": on,
        "detail": found.detail,
        "evidence": sorted(found.evidence),
    }


PLAIN = {"conflicts": conflicts}
