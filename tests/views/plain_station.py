"""社工站月报 as plain Python: slow, and straight from its definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.views.careers import fillings
from tests.views.harness import History, Rows
from tests.views.plain_service import in_period, inside, merges_of_codes, survivors
from xiyuan_ledger.aggregates.client import ClientServed
from xiyuan_ledger.aggregates.organization import OrganizationRegistered, OrganizationStatusChanged
from xiyuan_ledger.aggregates.post import PostEstablished
from xiyuan_ledger.aggregates.request import VolunteerServiceRequested
from xiyuan_ledger.aggregates.review import ResidentReviewSubmitted
from xiyuan_ledger.aggregates.volunteer import VolunteerHoursLogged
from xiyuan_ledger.projections.pin import Settled

WHOLE = "_all"


@dataclass(frozen=True)
class Station:
    """A station, and the days on which it stood."""

    code: str
    community: str | None
    first: date
    closed: date | None
    registered_by: str

    def stood_on(self, on: date) -> bool:
        return self.first <= on and (self.closed is None or on < self.closed)


@dataclass
class Line:
    """What a row counts."""

    services: int = 0
    sessions: int = 0
    person_times: int = 0
    minutes: int = 0
    people: set[str] = field(default_factory=set)
    workers: set[str] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)


def _stations(history: History) -> list[Station]:
    found = []
    for event, fact in history.of(OrganizationRegistered):
        if fact.kind in ("service_station", "service_center"):
            changes = [f for _, f in history.of(OrganizationStatusChanged) if f.org == fact.org]
            closed = changes[-1].occurred_on if changes and changes[-1].status == "dissolved" else None
            community = fact.parent if fact.kind == "service_station" else None
            found.append(Station(fact.org, community, fact.occurred_on, closed, event.event_id))
    return found


def _on_post(history: History, worker: str, station: str, on: date) -> list[str]:
    """The facts by which a worker is on a post at a station on a day."""
    orgs = {fact.post: fact.org for _, fact in history.of(PostEstablished)}
    return [each.opened_by for each in fillings(history, worker) if orgs.get(each.place) == station and each.holds(on)]


def _count(line: Line, history: History, event_id: str, fact: Any) -> None:
    """Add one service or session."""
    single = isinstance(fact, ClientServed)
    codes = [fact.client] if single else list(fact.participants or ())
    line.services += single
    line.sessions += not single
    line.person_times += 1 if single else len(codes) + (fact.headcount or 0)
    line.minutes += fact.minutes
    line.people |= {survivors(history).get(code, code) for code in codes}
    line.evidence |= {event_id, *merges_of_codes(history, codes)}


def _lines(history: History, pin: Settled, station: Station, month: str) -> dict[str, Line]:
    """The month's work by type of service, and as a whole."""
    found = {WHOLE: Line()}
    for event, fact in in_period(history, pin):
        if fact.occurred_on.isoformat()[:7] != month or not station.stood_on(fact.occurred_on):
            continue
        doers = [fact.worker] if isinstance(fact, ClientServed) else fact.workers
        posts = {worker: _on_post(history, worker, station.code, fact.occurred_on) for worker in doers}
        here = {worker for worker, opened in posts.items() if opened}
        if here:
            kind = fact.method if isinstance(fact, ClientServed) else fact.kind
            for line in (found[WHOLE], found.setdefault(kind, Line())):
                _count(line, history, event.event_id, fact)
                line.workers |= here
                line.evidence |= {opened for worker in here for opened in posts[worker]}
    return found


def _whole_month(history: History, pin: Settled, station: Station, month: str, evidence: set[str]) -> dict[str, Any]:
    """Volunteers who came when called, and what residents thought."""

    def counts(on: date) -> bool:
        return inside(pin, on) and on.isoformat()[:7] == month and station.stood_on(on)

    calls = {f.request: (e.event_id, f.community) for e, f in history.of(VolunteerServiceRequested)}
    logs = [
        (event.event_id, fact)
        for event, fact in history.of(VolunteerHoursLogged)
        if counts(fact.occurred_on)
        and station.community
        and calls.get(fact.request or "", ("", ""))[1] == station.community
    ]
    ballots = [(e.event_id, f) for e, f in history.of(ResidentReviewSubmitted) if f.subject == station.code]
    ballots = [(event_id, ballot) for event_id, ballot in ballots if counts(ballot.occurred_on)]
    evidence |= {event_id for event_id, _ in [*logs, *ballots]} | {calls[log.request or ""][0] for _, log in logs}
    points, count = sum(ballot.score for _, ballot in ballots), len(ballots)
    return {
        "volunteers": len({log.volunteer for _, log in logs}),
        "volunteer_minutes": sum(log.minutes for _, log in logs),
        "ballots": count,
        "mean_centi": (points * 200 + count) // (2 * count) if count else None,
    }


def _months(pin: Settled, station: Station) -> list[str]:
    """The months on a day of which the station stood; those that the period touches."""
    last = min([pin.until(), *([station.closed - timedelta(days=1)] if station.closed else [])])
    day = max([station.first, *([pin.from_on] if pin.from_on else [])])
    found = []
    while day <= last:
        found.append(day.isoformat()[:7])
        day += timedelta(days=1)
    return sorted(set(found))


def station_monthly_report(history: History, pin: Settled) -> Rows:
    """社工站月报."""
    rows = []
    for station in _stations(history):
        for month in _months(pin, station):
            for kind, line in _lines(history, pin, station, month).items():
                whole: dict[str, Any] = dict.fromkeys(("volunteers", "volunteer_minutes", "ballots", "mean_centi"))
                if kind == WHOLE:
                    whole = _whole_month(history, pin, station, month, line.evidence)
                rows.append(
                    {
                        "month": month,
                        "station": station.code,
                        "community": station.community,
                        "service_type": kind,
                        "services": line.services,
                        "sessions": line.sessions,
                        "people": len(line.people),
                        "person_times": line.person_times,
                        "minutes": line.minutes,
                        "workers": len(line.workers),
                        **whole,
                        "evidence": sorted(line.evidence | {station.registered_by}),
                    }
                )
    return rows


PLAIN = {"station_monthly_report": station_monthly_report}
