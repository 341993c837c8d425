"""考试/证书/继续教育: the plain definitions of exam_deadlines, certificates, continuing_education and exam_funnel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from tests.views.careers import Stretch, employed_on, employments, workers
from tests.views.harness import History, Rows, Version
from tests.views.passes import RANK, Pass, Term, passes, terms_of
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.session import TrainingSessionHeld
from xiyuan_ledger.aggregates.training import Programme
from xiyuan_ledger.aggregates.worker import (
    CertificateRegistered,
    ContinuingEducationCredited,
    ExamDeadlineExtended,
    ExamFailed,
    ExamPassed,
    ExamRegistered,
    SubjectScored,
    WorkerEligibilityAssessed,
)
from xiyuan_ledger.calendar import add_years
from xiyuan_ledger.projections.pin import Settled, first_of_next_month

ONE_DAY = timedelta(days=1)
CONTINUING_EDUCATION: Programme = "continuing_education"


def id_of(event: Event | None) -> str | None:
    """The id of an event that may be missing."""
    return event.event_id if event else None


def ids(found: Iterable[str | None]) -> list[str]:
    """Event ids in the order of positions, each once; a version that nobody adopted has none."""
    return sorted({each for each in found if each})


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month where there is none."""
    number = day.year * 12 + day.month - 1 + months
    first = date(number // 12, number % 12 + 1, 1)
    last = first_of_next_month(first) - ONE_DAY
    return min(last, first.replace(day=min(day.day, last.day)))


def exam_deadlines(history: History, pin: Settled) -> Rows:
    """考试期限: one row per worker employed on the day; none where no version of the policy is in force."""
    version = history.in_force("exam-deadline", pin.valid_on)
    if version is None:
        return []
    jobs = {worker: employments(history, worker) for worker in workers(history)}
    return [
        _deadline(history, pin, version, worker, jobs[worker])
        for worker in jobs
        if employed_on(jobs[worker], pin.valid_on)
    ]


def _deadline(history: History, pin: Settled, version: Version, worker: str, jobs: list[Stretch]) -> dict[str, Any]:
    rule, valid_on = version.parameters, pin.valid_on
    job = min((job for job in jobs if job.holds(valid_on)), key=lambda job: (job.start, job.place))
    start = valid_on
    while employed_on(jobs, start - ONE_DAY):
        start -= ONE_DAY
    assessed = [
        (fact.eligible_on, event.event_id)
        for event, fact in history.of(WorkerEligibilityAssessed)
        if fact.worker == worker
    ]
    extended = [(fact.until, event) for event, fact in history.of(ExamDeadlineExtended) if fact.worker == worker]
    eligible_on, assessed_by = min(assessed, default=(date.min, None), key=lambda each: each[0])
    until, extension = max(extended, default=(date.min, None), key=lambda each: each[0])
    clock_start = max(version.fact.effective_from, start, eligible_on if rule.from_eligibility else date.min)
    deadline = max(add_years(clock_start, rule.years), until)
    mine = [found for found in passes(history) if found.fact.worker == worker]
    first = next((found for found in mine if found.annulled is None), None)
    passed_on, certified_by = _basis(history, rule.basis, first)
    if rule.requires_eligibility and not assessed:
        status = "exempt"
    elif passed_on is not None and passed_on <= deadline and passed_on <= valid_on:
        status = "met"
    else:
        status = "missed" if valid_on > deadline else "running"
    began = min(job.opened_by for job in jobs if job.start == start)
    proof = [version.event.event_id, job.opened_by, began, assessed_by, id_of(extension), certified_by]
    proof += [first.event.event_id] if first else []
    proof += [each.event_id for found in mine if found.annulled for each in (found.event, found.annulled[0])]
    return {
        "worker": worker,
        "employer": job.place,
        "clock_start": clock_start,
        "deadline": deadline,
        "status": status,
        "passed_on": passed_on,
        "level": first.fact.level if first else None,
        "days_left": (deadline - valid_on).days if status == "running" else None,
        "policy_version": version.fact.version,
        "evidence": ids(proof),
    }


def _basis(history: History, basis: str, first: Pass | None) -> tuple[date | None, str | None]:
    """The date of the first pass that the policy looks at; the registration that gives it, where it is one."""
    if first is None:
        return None, None
    if basis == "exam_on":
        return first.fact.exam_on, None
    if basis == "results_on":
        return first.fact.results_on, None
    terms = terms_of(history, first)
    return (terms[0].event.occurred_on, terms[0].event.event_id) if terms else (None, None)


def certificates(history: History, pin: Settled) -> Rows:
    """证书: one row per worker and level passed."""
    version = history.in_force("certificate-registration", pin.valid_on)
    chosen: dict[tuple[str, str], Pass] = {}
    for found in passes(history):
        key = found.fact.worker, found.fact.level
        if key not in chosen or found.annulled is None or chosen[key].annulled is not None:
            chosen[key] = found
    return [_certificate(history, pin, version, found) for found in chosen.values()]


def _certificate(history: History, pin: Settled, version: Version | None, passed: Pass) -> dict[str, Any]:
    terms = terms_of(history, passed)
    shown = max(
        terms,
        default=None,
        key=lambda term: (term.revoked is None, term.fact.valid_to, term.event.occurred_on, term.event.position),
    )
    status = _certificate_status(pin, passed, terms, shown)
    rule = version.parameters if version else None
    renew_from = first_due = None
    if rule is not None:
        first_due = add_months(passed.fact.exam_on, rule.first_within_months)
        if shown is not None and status in ("valid", "lapsed"):
            renew_from = add_months(shown.fact.valid_to, -rule.renew_before_months)
    proof = [passed.event, passed.annulled[0] if passed.annulled else None, version.event if version else None]
    proof += [each for term in terms for each in (term.event, term.revoked)]
    return {
        "worker": passed.fact.worker,
        "level": passed.fact.level,
        "passed_on": passed.fact.exam_on,
        "certificate": shown.fact.certificate if shown else None,
        "valid_from": shown.fact.valid_from if shown else None,
        "valid_to": shown.fact.valid_to if shown else None,
        "status": status,
        "renew_from": renew_from,
        "first_registration_due": first_due,
        "evidence": ids(map(id_of, proof)),
    }


def _certificate_status(pin: Settled, passed: Pass, terms: list[Term], shown: Term | None) -> str:
    if passed.annulled is not None:
        return "annulled"
    if shown is None:
        return "unregistered"
    standing = [term.fact for term in terms if term.revoked is None]
    if not standing:
        return "revoked"
    begun = [fact.valid_to for fact in standing if fact.valid_from <= pin.valid_on]
    return "lapsed" if begun and pin.valid_on > max(begun) else "valid"


def continuing_education(history: History, pin: Settled) -> Rows:
    """继续教育: one row per worker and certificate period; none where no version of the policy is in force."""
    version = history.in_force("continuing-education", pin.valid_on)
    if version is None:
        return []
    return [
        _education(history, pin, version, event.event_id, fact) for event, fact in history.of(CertificateRegistered)
    ]


def _education(
    history: History, pin: Settled, version: Version, term_by: str, term: CertificateRegistered
) -> dict[str, Any]:
    judged_on = min(term.valid_to, pin.valid_on)
    held = [
        found
        for found in passes(history)
        if found.fact.worker == term.worker and found.event.occurred_on <= judged_on and found.stands_on(judged_on)
    ]
    highest = max(held, key=lambda found: RANK[found.fact.level], default=None)
    level = highest.fact.level if highest else term.level
    required: int = getattr(version.parameters.minutes, level)
    credits = [each for each in _credits(history, term.worker) if term.valid_from <= each[1] <= term.valid_to]
    credited = sum(minutes for basis, _, minutes, _ in credits if basis != "degree")
    if any(basis == "degree" for basis, _, _, _ in credits):
        credited += required
    running = "running" if pin.valid_on <= term.valid_to else "short"
    proof = [
        term_by,
        id_of(highest.event if highest else None),
        version.event.event_id,
        *(by for _, _, _, by in credits),
    ]
    return {
        "worker": term.worker,
        "level": level,
        "certificate": term.certificate,
        "period_from": term.valid_from,
        "period_to": term.valid_to,
        "required_minutes": required,
        "credited_minutes": credited,
        "missing_minutes": max(required - credited, 0),
        "status": "met" if credited >= required else running,
        "evidence": ids(proof),
    }


def _credits(history: History, worker: str) -> list[tuple[str, date, int, str]]:
    """What is credited to a worker: basis, day, minutes, event id; each session once, whoever wrote it down."""
    found = []
    sessions: set[str] = set()
    for event, session in history.of(TrainingSessionHeld):
        if session.programme == CONTINUING_EDUCATION and worker in (session.attendees or ()):
            sessions.add(session.session)
            found.append(("session", event.occurred_on, session.minutes, event.event_id))
    for event, credit in history.of(ContinuingEducationCredited):
        if credit.worker == worker and credit.session not in sessions:
            sessions |= {credit.session} if credit.session else set()
            found.append((credit.basis, event.occurred_on, credit.minutes, event.event_id))
    return found


def exam_funnel(history: History, pin: Settled) -> Rows:
    """考试漏斗: one row per year and level of which anything is recorded."""
    marks: dict[tuple[int, str], list[tuple[str, str, str]]] = {}

    def mark(fact: ExamRegistered | SubjectScored | ExamPassed | ExamFailed, kind: str, event_id: str) -> None:
        marks.setdefault((fact.year, fact.level), []).append((kind, fact.worker, event_id))

    for event, registered in history.of(ExamRegistered):
        mark(registered, "registered", event.event_id)
    for event, scored in history.of(SubjectScored):
        if scored.score is not None:
            mark(scored, "sat", event.event_id)
    for event, failed in history.of(ExamFailed):
        mark(failed, "sat", event.event_id)
        mark(failed, "failed", event.event_id)
    for found in passes(history):
        mark(found.fact, "sat", found.event.event_id)
        if found.annulled is None:
            mark(found.fact, "passed", found.event.event_id)
        else:
            mark(found.fact, "annulled", found.annulled[0].event_id)
    return [_funnel(year, level, found) for (year, level), found in marks.items()]


def _funnel(year: int, level: str, marks: list[tuple[str, str, str]]) -> dict[str, Any]:
    kinds = ("registered", "sat", "passed", "failed", "annulled")
    counts = {kind: len({worker for found, worker, _ in marks if found == kind}) for kind in kinds}
    registered = counts["registered"]
    rate = (counts["passed"] * 20_000 + registered) // (2 * registered) if registered else None
    evidence = ids(event_id for _, _, event_id in marks)
    return {"year": year, "level": level, **counts, "pass_rate_centi": rate, "evidence": evidence}


PLAIN = {
    "exam_deadlines": exam_deadlines,
    "certificates": certificates,
    "continuing_education": continuing_education,
    "exam_funnel": exam_funnel,
}
