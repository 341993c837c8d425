"""岗位: who is on post where, and whether that is enough, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests.views.harness import History, Rows, Version
from tests.views.plain_register import open_organizations
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.post import PostEstablished, PostFilled, PostVacated
from xiyuan_ledger.aggregates.worker import (
    CertificateRegistered,
    CertificateRevoked,
    ExamPassed,
    ExamResultAnnulled,
    WorkerDismissed,
    WorkerHired,
    WorkerLeft,
    WorkerReinstated,
)
from xiyuan_ledger.projections.pin import Settled


@dataclass(frozen=True)
class Seat:
    """A worker on a post on a day, since when, and by which fact."""

    worker: str
    post: str
    org: str
    professional: bool
    since: date
    opened_by: str


def employments(history: History, worker: str, on: date) -> tuple[dict[str, str], bool]:
    """Where a worker is employed on a day (employer → employment), and whether she is dismissed."""
    current: dict[str, str] = {}
    dismissed: dict[str, str] | None = None
    for event in history.effective:
        fact = event.fact
        if event.occurred_on > on:
            break
        match fact:
            case WorkerHired() if fact.worker == worker:
                current[fact.employer] = fact.employment
            case WorkerLeft() if fact.worker == worker:
                current.pop(fact.employer, None)
            case WorkerDismissed() if fact.worker == worker:
                current, dismissed = {}, current
            case WorkerReinstated() if fact.worker == worker:
                current, dismissed = current | (dismissed or {}), None
    return current, dismissed is not None


def _days_of_change(history: History, worker: str, first: date, last: date) -> list[date]:
    days = {event.occurred_on for event in history.effective if getattr(event.fact, "worker", None) == worker}
    return sorted({first} | {day for day in days if first < day <= last})


def _comes_after(event: Event, other: Event) -> bool:
    return (event.occurred_on, event.position) > (other.occurred_on, other.position)


def _holds_still(history: History, filled: Event, fill: PostFilled, on: date) -> bool:
    """Whether who filled a post then is on it still: not vacated, and never without employment but while dismissed."""
    for event, fact in history.of(PostVacated):
        if (
            (fact.post, fact.worker) == (fill.post, fill.worker)
            and _comes_after(event, filled)
            and fact.occurred_on <= on
        ):
            return False
    for day in _days_of_change(history, fill.worker, fill.occurred_on, on):
        current, dismissed = employments(history, fill.worker, day)
        if not current and not dismissed:
            return False
    return bool(employments(history, fill.worker, on)[0])


def seats(history: History, on: date) -> list[Seat]:
    """Everyone on a post on a day. Who was reinstated is on it since that day."""
    posts = {fact.post: fact for _, fact in history.of(PostEstablished)}
    found: dict[tuple[str, str], Seat] = {}
    for event, fill in history.of(PostFilled):
        if fill.post not in posts or not _holds_still(history, event, fill, on):
            continue
        post, since, opened_by = posts[fill.post], fill.occurred_on, event.event_id
        for back_event, back in history.of(WorkerReinstated):
            if back.worker == fill.worker and back.occurred_on > fill.occurred_on:
                since, opened_by = back.occurred_on, back_event.event_id
        found[fill.worker, fill.post] = Seat(fill.worker, fill.post, post.org, post.professional, since, opened_by)
    return list(found.values())


def passes_held(history: History, worker: str) -> list[tuple[str, ExamPassed]]:
    """The levels that a worker passed and that were not taken back: event id and fact, the first pass first."""
    found = []
    for event, fact in history.of(ExamPassed):
        taken_back = any(
            (other.worker, other.level, other.year) == (fact.worker, fact.level, fact.year)
            and _comes_after(annulled, event)
            for annulled, other in history.of(ExamResultAnnulled)
        )
        if fact.worker == worker and not taken_back:
            found.append((event.event_id, fact))
    return found


def _valid_certificates(history: History, passed: ExamPassed, on: date) -> list[str]:
    """The registrations of a passed level that are valid on a day."""
    found = []
    for event, fact in history.of(CertificateRegistered):
        revoked = any(
            (other.worker, other.certificate) == (fact.worker, fact.certificate) and _comes_after(other_event, event)
            for other_event, other in history.of(CertificateRevoked)
        )
        same_level = (fact.worker, fact.level) == (passed.worker, passed.level)
        if (
            same_level
            and not revoked
            and fact.valid_from <= on <= fact.valid_to
            and fact.occurred_on >= passed.results_on
        ):
            found.append(event.event_id)
    return found


def _qualified_by(history: History, worker: str, qualification: str, on: date) -> list[str] | None:
    """The ids of the facts by which a worker is qualified; None where she is not."""
    for pass_id, passed in passes_held(history, worker):
        if qualification == "passed":
            return [pass_id]
        certificates = _valid_certificates(history, passed, on)
        if certificates:
            return [pass_id, min(certificates)]
    return None


def _places(history: History, version: Version) -> list[tuple[str | None, str, list[str], list[str]]]:
    """(community, kind, its organisations, ids of the facts that make the place) of every row."""
    standing = open_organizations(history)
    found: list[tuple[str | None, str, list[str], list[str]]] = []
    for community_event, community in standing:
        if community.kind == "community":
            for kind in sorted(set(version.parameters.org_kinds)):
                here = [(e, f) for e, f in standing if f.kind == kind and f.parent == community.org]
                proof = [community_event.event_id, *(event.event_id for event, _ in here)]
                found.append((community.org, kind, [fact.org for _, fact in here], proof))
    if version.parameters.plus_one == "centre_professional":
        centres = [(event, fact) for event, fact in standing if fact.kind == "service_center"]
        found.append((None, "service_center", [f.org for _, f in centres], [event.event_id for event, _ in centres]))
    return found


def _counted(history: History, pin: Settled, version: Version, wanted: dict[str, bool]) -> list[tuple[Seat, list[str]]]:
    """Everyone who counts, once: with the seat filled first, and by what she is qualified.

    `wanted` has the organisations at which someone may count, and whether on professional posts only.
    """
    found: dict[str, tuple[Seat, list[str]]] = {}
    for seat in sorted(seats(history, pin.valid_on), key=lambda each: (each.since, each.post)):
        if seat.worker in found or seat.org not in wanted or (wanted[seat.org] and not seat.professional):
            continue
        purchased = set(employments(history, seat.worker, pin.valid_on)[0].values()) == {"purchased"}
        qualified_by = _qualified_by(history, seat.worker, version.parameters.qualification, pin.valid_on)
        if qualified_by and (version.parameters.count_purchased or not purchased):
            found[seat.worker] = seat, qualified_by
    return list(found.values())


def four_plus_one(history: History, pin: Settled) -> Rows:
    version = history.in_force("four-plus-one", pin.valid_on)
    if version is None:
        return []
    places = _places(history, version)
    wanted = {org: community is None for community, _, orgs, _ in places for org in orgs}
    counted = _counted(history, pin, version, wanted)
    rows = []
    for community, kind, orgs, proof in places:
        here = [(seat, qualified_by) for seat, qualified_by in counted if seat.org in orgs]
        ordinary = 0 if community is None else version.parameters.min_per_kind
        station = kind == "service_station" and version.parameters.plus_one == "station_professional"
        extra = 1 if community is None or station else 0
        filled = len(here)
        if extra and not any(seat.professional for seat, _ in here):
            filled = min(filled, ordinary)
        ids = {version.event.event_id, *proof, *(i for seat, by in here for i in (seat.opened_by, *by))}
        rows.append(
            {
                "community": community,
                "kind": kind,
                "org": min(orgs, default=None),
                "required": ordinary + extra,
                "filled": filled,
                "gap": max(ordinary + extra - filled, 0),
                "workers": sorted(seat.worker for seat, _ in here),
                "evidence": sorted(ids - {""}),
            }
        )
    return rows


def station_staffing(history: History, pin: Settled) -> Rows:
    version = history.in_force("station-staffing", pin.valid_on)
    if version is None:
        return []
    rows = []
    for event, fact in open_organizations(history):
        if fact.kind in ("service_center", "service_station"):
            here = [seat for seat in seats(history, pin.valid_on) if seat.org == fact.org]
            rows.append(_staffing_row(history, version, fact.org, fact.kind, fact.parent, event.event_id, here))
    return rows


def _staffing_row(
    history: History, version: Version, org: str, kind: str, parent: str | None, registered_by: str, here: list[Seat]
) -> dict[str, object]:
    professionals = {seat.worker for seat in here if seat.professional and passes_held(history, seat.worker)}
    members = {seat.worker for seat in here if not seat.professional} - professionals
    required = version.parameters.center if kind == "service_center" else version.parameters.station
    ids = {registered_by, version.event.event_id, *(passes_held(history, worker)[0][0] for worker in professionals)}
    for worker in members | professionals:
        ids.add(min(s.opened_by for s in here if s.worker == worker and s.professional == (worker in professionals)))
    return {
        "org": org,
        "kind": kind,
        "community": parent if kind == "service_station" else None,
        "members_required": required.members,
        "members_filled": len(members),
        "members_gap": max(required.members - len(members), 0),
        "professional_required": required.professional,
        "professional_filled": len(professionals),
        "professional_gap": max(required.professional - len(professionals), 0),
        "members": sorted(members),
        "professionals": sorted(professionals),
        "evidence": sorted(ids - {""}),
    }


PLAIN = {"four_plus_one": four_plus_one, "station_staffing": station_staffing}
