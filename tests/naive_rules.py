"""The hard rules of facts.md once more, as slow and plain as can be: what a ledger's effective facts must never show.

Each rule takes the effective facts in order of (day, position) and names what breaks it. None of them looks at how the
ledger decides: they know the catalogue only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from xiyuan_ledger.aggregates import Event

Facts = Sequence[tuple[Event, Any]]
Rule = Callable[[Facts], Iterator[str]]
GRASSROOTS = ("party_org", "autonomous_org", "admin_workstation", "service_station")
PARENTS = dict.fromkeys(GRASSROOTS, "community") | {"community": "street", "volunteer_station": "volunteer_brigade"}
TURNS = ("ProjectStarted", "ProjectSuspended", "ProjectClosed")
POLICIES_FROM = date(2012, 6, 1)


def effective(events: Iterable[Event]) -> list[tuple[Event, Any]]:
    """What stands, in the order in which it happened; a correction has its target's place within a day."""
    known = {event.event_id: event for event in events}
    gone = {event.fact.corrects or getattr(event.fact, "event", None) for event in known.values()}

    def place(event: Event) -> int:
        first = event
        while first.fact.corrects is not None:
            first = known[first.fact.corrects]
        return first.position

    standing = (e for e in known.values() if e.event_id not in gone and e.type != "RecordVoided")
    return [(e, e.fact) for e in sorted(standing, key=lambda event: (event.occurred_on, place(event)))]


def _first(facts: Facts, founding: str, code: str, *others: str) -> Iterator[str]:
    """Founded once, and before anything else of it."""
    known: set[str] = set()
    for event, fact in facts:
        if event.type == founding:
            if getattr(fact, code) in known:
                yield f"{founding} twice: {getattr(fact, code)}"
            known.add(getattr(fact, code))
        elif event.type in others and getattr(fact, code) not in known:
            yield f"{event.type} before {founding}: {getattr(fact, code)}"


def _turns(facts: Facts, begins: str, ends: str, *codes: str) -> Iterator[str]:
    """Begins and ends take turns for each combination of codes."""
    on: dict[tuple[str, ...], bool] = {}
    for event, fact in facts:
        if event.type in (begins, ends):
            key = tuple(getattr(fact, code) for code in codes)
            if on.get(key, False) == (event.type == begins):
                yield f"{event.type} out of turn: {key}"
            on[key] = event.type == begins


def organisations(facts: Facts) -> Iterator[str]:
    """组织: registered once and first, under a fitting parent; one open of each grassroots kind; nothing afterwards."""
    kinds, closed, open_ones = {}, {}, defaultdict(set)
    for event, fact in facts:
        if event.stream.startswith("org/"):
            if fact.org in closed and fact.corrects is None and closed[fact.org] < event.occurred_on:
                yield f"{event.type} after dissolution: {fact.org}"
            if event.type == "OrganizationRegistered":
                wanted = PARENTS.get(fact.kind)
                if fact.org in kinds or (wanted is not None and kinds.get(fact.parent) != wanted):
                    yield f"registered twice, or under no {wanted}: {fact.org}"
                kinds[fact.org] = fact.kind
                open_ones[fact.kind, fact.parent].add(fact.org)
                if fact.kind in GRASSROOTS and len(open_ones[fact.kind, fact.parent]) > 1:
                    yield f"two of {fact.kind} in {fact.parent}"
            elif fact.org not in kinds:
                yield f"{event.type} before registration: {fact.org}"
            if getattr(fact, "status", None) == "dissolved":
                closed.setdefault(fact.org, event.occurred_on)
                for each in open_ones.values():
                    each.discard(fact.org)
    yield from _turns(facts, "MemberJoined", "MemberLeft", "org", "person")
    yield from _turns(facts, "PersonAssigned", "PersonUnassigned", "org", "person", "role")


def employment_days(facts: Facts, worker: str) -> Callable[[date], dict[str, str]]:
    """Where a worker is employed on a day, and how."""
    changes: list[tuple[date, dict[str, str]]] = []
    now: dict[str, str] = {}
    before: dict[str, str] = {}
    for event, fact in facts:
        if getattr(fact, "worker", None) == worker:
            match event.type:
                case "WorkerHired":
                    now = now | {fact.employer: fact.employment}
                case "WorkerLeft":
                    now = {employer: kind for employer, kind in now.items() if employer != fact.employer}
                case "WorkerDismissed":
                    before, now = now, {}
                case "WorkerReinstated":
                    now = before | now
                case _:
                    continue
            changes.append((event.occurred_on, now))
    return lambda day: next((state for on, state in reversed(changes) if on <= day), {})


def workers(facts: Facts) -> Iterator[str]:
    """社工: hired first; employed once at an employer; dismissed on a proposal by another; reinstated if dismissed."""
    known, at, proposed, dismissed = set(), defaultdict(set), Counter[str](), {}
    for event, fact in facts:
        if not event.stream.startswith("worker/"):
            continue
        worker = fact.worker
        if event.type != "WorkerHired" and worker not in known:
            yield f"{event.type} before hired: {worker}"
        match event.type:
            case "WorkerHired":
                if fact.employer in at[worker]:
                    yield f"hired twice: {worker}"
                known.add(worker)
                at[worker].add(fact.employer)
            case "WorkerLeft":
                if fact.employer not in at[worker]:
                    yield f"left without employment: {worker}"
                at[worker].discard(fact.employer)
            case "DismissalProposed":
                proposed[worker] += 1
            case "WorkerDismissed":
                if not proposed[worker] or fact.approved_by == event.actor:
                    yield f"dismissed without a proposal or by one alone: {worker}"
                dismissed[worker], at[worker] = at[worker], set()
            case "WorkerReinstated":
                if worker not in dismissed:
                    yield f"reinstated without dismissal: {worker}"
                at[worker] |= dismissed.pop(worker, set())


def examinations(facts: Facts) -> Iterator[str]:
    """考试: registered once a year and level; results for those registered; passed once; certificates need a pass."""
    sat, passed = set(), {}
    for event, fact in facts:
        key = (getattr(fact, "worker", ""), getattr(fact, "level", ""), getattr(fact, "year", 0))
        match event.type:
            case "ExamRegistered":
                if key in sat:
                    yield f"registered twice: {key}"
                sat.add(key)
            case "SubjectScored" | "ExamPassed" | "ExamFailed" if key not in sat:
                yield f"{event.type} without registration: {key}"
            case "ExamPassed":
                if key[:2] in passed:
                    yield f"passed twice: {key}"
                passed[key[:2]] = key[2]
            case "ExamResultAnnulled":
                passed.pop(key[:2], None)
            case "CertificateRegistered":
                ever = any(e.type == "ExamPassed" and (f.worker, f.level) == key[:2] for e, f in facts)
                if not ever or fact.valid_to <= fact.valid_from:
                    yield f"certificate without a pass, or of no days: {key}"


def posts(facts: Facts) -> Iterator[str]:
    """岗位: no more on a post than it holds, each employed, each once; no more purchased seats than were bought."""
    yield from _first(facts, "PostEstablished", "post", "PostFilled", "PostVacated")
    days = sorted({e.occurred_on for e, f in facts if hasattr(f, "worker") or hasattr(f, "post")})
    staff = {f.worker for e, f in facts if e.type == "WorkerHired"}
    at = {worker: employment_days(facts, worker) for worker in staff}
    capacity = {f.post: f.capacity for e, f in facts if e.type == "PostEstablished"}
    for e, f in facts:
        if e.type == "PostFilled" and not at.get(f.worker, lambda _: {})(e.occurred_on):
            yield f"filled while not employed: {f.worker}"
    # A term that runs out while its workers stay on is nobody's entry; the next one hired is refused.
    taken = {e.occurred_on for e, f in facts if getattr(f, "employment", "") == "purchased"}
    for day in days:
        on_post = {(f.post, f.worker) for e, f in facts if e.type == "PostFilled" and _still_on(facts, e, f, day, at)}
        filled = Counter(post for post, _ in on_post)
        yield from (f"{post} overfilled on {day}" for post, n in filled.items() if n > capacity.get(post, 0))
        seats = sum("purchased" in at[worker](day).values() for worker in staff)
        bought = [f for e, f in facts if e.type == "PositionsPurchased" and f.from_ <= day <= f.to]
        if day in taken and seats > sum(f.quantity for f in bought):
            yield f"{seats} purchased seats on {day}"


def _still_on(facts: Facts, filled: Event, fact: Any, day: date, at: dict[str, Callable[[date], Any]]) -> bool:
    """Whether who filled a post then is on it that day: employed ever since, and nobody vacated it."""
    if day < filled.occurred_on or not at[fact.worker](day):
        return False
    after = facts[[e for e, _ in facts].index(filled) + 1 :]
    gone = [e for e, f in after if e.type == "PostVacated" and (f.post, f.worker) == (fact.post, fact.worker)]
    left = [
        e for e, f in after if getattr(f, "worker", "") == fact.worker and e.type in ("WorkerLeft", "WorkerDismissed")
    ]
    ended = [e for e in left if not at[fact.worker](e.occurred_on)]
    return not any(e.occurred_on <= day for e in [*gone, *ended])


def trainings(facts: Facts) -> Iterator[str]:
    """培训: an open class; a person once in it, and once in a session; a session once, on the day it begins."""
    yield from _first(facts, "TrainingClassOpened", "class_", "TrainingEnrolled")
    enrolled = Counter((f.class_, f.person) for e, f in facts if e.type == "TrainingEnrolled")
    held = Counter(f.session for e, f in facts if e.type in ("TrainingSessionHeld", "SessionHeld"))
    yield from (f"twice: {what}" for what, n in [*enrolled.items(), *held.items()] if n > 1)
    opened = {f.class_: e.occurred_on for e, f in facts if e.type == "TrainingClassOpened"}
    for e, f in facts:
        if e.type in ("TrainingSessionHeld", "SessionHeld"):
            people = [*(getattr(f, "attendees", None) or getattr(f, "participants", None) or ())]
            in_class = getattr(f, "class_", None)
            if f.starts_at.date() != e.occurred_on or len(people) != len(set(people)):
                yield f"other day, or someone twice: {f.session}"
            if in_class is not None and opened.get(in_class, date.max) > e.occurred_on:
                yield f"class not open: {f.session}"


def projects(facts: Facts) -> Iterator[str]:
    """项目: one step after another; nothing after the close; instalments sum up; sessions while it runs."""
    state: dict[str, str] = {}
    for event, fact in facts:
        if event.stream.startswith("project/"):
            now, code = state.get(fact.project, ""), fact.project
            if now == "closed" and fact.corrects is None:
                yield f"{event.type} after the close: {code}"
            match event.type:
                case "ProjectApproved" if now:
                    yield f"approved twice: {code}"
                case "ProjectContracted":
                    if now != "approved" or sum(each.amount_fen for each in fact.instalments) != fact.amount_fen:
                        yield f"contracted before approved, or not in sum: {code}"
                case "ProjectStarted" if now not in ("contracted", "suspended"):
                    yield f"started from {now}: {code}"
                case "ProjectSuspended" if now != "started":
                    yield f"suspended from {now}: {code}"
                case "ProjectClosed" if now not in ("started", "suspended"):
                    yield f"closed from {now}: {code}"
            named = {"Approved": "approved", "Contracted": "contracted", "Started": "started"}
            named |= {"Suspended": "suspended", "Closed": "closed"}
            state[code] = named.get(event.type.removeprefix("Project"), now)
    yield from (f"not running: {f.session}" for e, f in facts if e.type == "SessionHeld" and not _runs(facts, f))


def _runs(facts: Facts, session: Any) -> bool:
    """Whether a session's project runs on its day: started last, and within its term as last agreed."""
    own = [(e, f) for e, f in facts if e.stream == f"project/{session.project}"]
    turns = [e.type for e, _ in own if e.occurred_on <= session.occurred_on and e.type in TURNS]
    begin = max((f.from_ for e, f in own if e.type == "ProjectContracted"), default=date.max)
    ends = [f.to for e, f in own if e.type in ("ProjectContracted", "ProjectAmended") and f.to is not None]
    return turns[-1:] == ["ProjectStarted"] and begin <= session.occurred_on <= ends[-1]


def clients(facts: Facts) -> Iterator[str]:
    """服务对象: registered first; enrolled once at a time; served while enrolled; merged in no circle."""
    others = ("ConsentRecorded", "ClientEnrolled", "ClientExited", "ClientServed", "OutcomeMeasured", "PersonsMerged")
    yield from _first(facts, "ClientRegistered", "client", *others)
    yield from _turns(facts, "ClientEnrolled", "ClientExited", "client", "project")
    inside: dict[tuple[str, str], bool] = {}
    merged: dict[str, str] = {}
    for event, fact in facts:
        match event.type:
            case "ClientEnrolled" | "ClientExited":
                inside[fact.client, fact.project] = event.type == "ClientEnrolled"
            case "ClientServed" if not inside.get((fact.client, fact.project)):
                yield f"served while not enrolled: {fact.client}"
            case "PersonsMerged":
                merged[fact.merged] = fact.client
    for code in merged:
        seen = set()
        while code in merged and code not in seen:
            seen.add(code)
            code = merged[code]
        if code in seen:
            yield f"merged in a circle: {code}"


def cases(facts: Facts) -> Iterator[str]:
    """个案: opened once; a plan before it closes; closed once, and nothing afterwards."""
    yield from _first(facts, "CaseOpened", "case", "CasePlanAgreed", "CaseClosed")
    planned, closed = set(), set()
    for event, fact in facts:
        if event.stream.startswith("case/"):
            if fact.case in closed:
                yield f"{event.type} after the close: {fact.case}"
            if event.type == "CasePlanAgreed":
                planned.add(fact.case)
            if event.type == "CaseClosed":
                closed.add(fact.case)
                if fact.case not in planned:
                    yield f"closed without a plan: {fact.case}"


def volunteers(facts: Facts) -> Iterator[str]:
    """志愿者: registered first; no hour given twice; a call is asked, then dispatched, then fulfilled."""
    yield from _first(facts, "VolunteerRegistered", "volunteer", "VolunteerClassified", "VolunteerHoursLogged")
    logged = [(f.volunteer, f.starts_at, f.minutes) for e, f in facts if e.type == "VolunteerHoursLogged"]
    yield from _overlaps(logged)
    steps = {"VolunteerServiceRequested": 0, "VolunteerDispatched": 1, "VolunteerRequestFulfilled": 2}
    at: dict[str, int] = {}
    for event, fact in facts:
        if event.type in steps:
            if at.get(fact.request, -1) + 1 != steps[event.type]:
                yield f"{event.type} out of turn: {fact.request}"
            at[fact.request] = steps[event.type]


def _overlaps(taken: Iterable[tuple[str, datetime, int]]) -> Iterator[str]:
    by_code: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for code, start, minutes in taken:
        by_code[code].append((start, start + timedelta(minutes=minutes)))
    for code, times in by_code.items():
        times.sort()
        yield from (f"overlap of {code}" for one, two in pairwise(times) if two[0] < one[1])


def venues(facts: Facts) -> Iterator[str]:
    """场地: registered once; bookings that stand never overlap; cancelled once."""
    yield from _first(facts, "VenueRegistered", "venue")
    cancelled = Counter((f.venue, f.booking) for e, f in facts if e.type == "VenueBookingCancelled")
    yield from (f"cancelled twice: {booking}" for booking, n in cancelled.items() if n > 1)
    booked = [f for e, f in facts if e.type == "VenueBooked" and (f.venue, f.booking) not in cancelled]
    yield from _overlaps((f.venue, f.starts_at, f.minutes) for f in booked)


def reviews(facts: Facts) -> Iterator[str]:
    """群众评议: one ballot of a resident on a subject, that was named, while the review was open."""
    ballots = Counter((f.review, f.resident, f.subject) for e, f in facts if e.type == "ResidentReviewSubmitted")
    yield from (f"two ballots: {ballot}" for ballot, n in ballots.items() if n > 1)
    opened = {f.review: (e.occurred_on, f.subjects) for e, f in facts if e.type == "ResidentReviewOpened"}
    closed = {f.review: e.occurred_on for e, f in facts if e.type == "ResidentReviewClosed"}
    for event, fact in facts:
        if event.type == "ResidentReviewSubmitted":
            since, subjects = opened.get(fact.review, (date.max, ()))
            if not since <= event.occurred_on < closed.get(fact.review, date.max) or fact.subject not in subjects:
                yield f"ballot outside: {fact.review}"


def accounts(facts: Facts) -> Iterator[str]:
    """资金 in mode `block`: vouchers once; no account below zero on any day; nothing reversed beyond its expense."""
    vouchers = Counter((f.org, f.voucher) for e, f in facts if e.type in ("FundsReceived", "ExpenseRecorded"))
    yield from (f"voucher twice: {voucher}" for voucher, n in vouchers.items() if n > 1)
    if any(e.stream.startswith("account/") and e.occurred_on < POLICIES_FROM for e, _ in facts):
        return  # before any policy nothing is blocked
    balance, on = Counter[tuple[str, str]](), date.min
    spent = {(f.org, f.voucher): f.amount_fen for e, f in facts if e.type == "ExpenseRecorded"}
    for event, fact in [*facts, (None, None)]:
        if event is None or event.occurred_on != on:
            yield from (f"{account} below zero on {on}" for account, fen in balance.items() if fen < 0)
        if event is None:
            break
        on = event.occurred_on
        match event.type:
            case "FundsReceived":
                balance[fact.org, fact.channel] += fact.amount_fen
            case "ExpenseRecorded":
                balance[fact.org, fact.channel] -= fact.amount_fen
            case "ExpenseReversed":
                balance[fact.org, fact.channel] += fact.amount_fen
                spent[fact.org, fact.voucher] = spent.get((fact.org, fact.voucher), 0) - fact.amount_fen
            case "FundsTransferred":
                balance[fact.org, fact.channel] -= fact.amount_fen
                balance[fact.to_org, fact.channel] += fact.amount_fen
    yield from (f"reversed beyond the expense: {voucher}" for voucher, fen in spent.items() if fen < 0)


def policies(facts: Facts) -> Iterator[str]:
    """制度: versions grow by one; months are closed and opened again in turn."""
    recorded = sorted(((e, f) for e, f in facts if e.type == "PolicyAdopted"), key=lambda each: each[0].position)
    versions = Counter((f.policy, f.version) for _, f in recorded)
    yield from (f"version twice: {version}" for version, n in versions.items() if n > 1)


RULES: dict[str, Rule] = {
    "organisations": organisations,
    "workers": workers,
    "examinations": examinations,
    "posts": posts,
    "trainings": trainings,
    "projects": projects,
    "clients": clients,
    "cases": cases,
    "volunteers": volunteers,
    "venues": venues,
    "reviews": reviews,
    "accounts": accounts,
    "policies": policies,
}
