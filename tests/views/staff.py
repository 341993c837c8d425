"""Facts of workers and posts, in few words: for tests that read as the office would tell them."""

from __future__ import annotations

from typing import Any, Literal

from tests.views.harness import day
from xiyuan_ledger.aggregates.post import PostEstablished, PostFilled, PostVacated
from xiyuan_ledger.aggregates.session import TrainingSessionHeld
from xiyuan_ledger.aggregates.training import Programme
from xiyuan_ledger.aggregates.worker import (
    CertificateRegistered,
    CertificateRevoked,
    ContinuingEducationCredited,
    Employment,
    ExamDeadlineExtended,
    ExamFailed,
    ExamPassed,
    ExamRegistered,
    ExamResultAnnulled,
    Subject,
    SubjectScored,
    WorkerDismissed,
    WorkerEligibilityAssessed,
    WorkerHired,
    WorkerLeft,
    WorkerReinstated,
)
from xiyuan_ledger.codes import Level


def hired(worker: str, on: str, *, at: str = "XY-STREET", employment: Employment = "street") -> WorkerHired:
    return WorkerHired(worker=worker, occurred_on=day(on), employer=at, employment=employment)


def left(worker: str, on: str, *, at: str = "XY-STREET") -> WorkerLeft:
    return WorkerLeft(worker=worker, occurred_on=day(on), employer=at)


def dismissed(worker: str, on: str) -> WorkerDismissed:
    return WorkerDismissed(worker=worker, occurred_on=day(on), reason="no pass", approved_by="chief-1")


def reinstated(worker: str, on: str) -> WorkerReinstated:
    return WorkerReinstated(worker=worker, occurred_on=day(on), reason="passed after all", approved_by="chief-1")


def assessed(worker: str, on: str, *, eligible_on: str, level: Level = "junior") -> WorkerEligibilityAssessed:
    return WorkerEligibilityAssessed(
        worker=worker, occurred_on=day(on), level=level, rule="college, 2 years", eligible_on=day(eligible_on)
    )


def extended(worker: str, on: str, *, until: str) -> ExamDeadlineExtended:
    return ExamDeadlineExtended(
        worker=worker, occurred_on=day(on), until=day(until), approved_by="chief-1", reason="maternity leave"
    )


def registered(worker: str, year: int, *, level: Level = "junior") -> ExamRegistered:
    return ExamRegistered(
        worker=worker, occurred_on=day(f"{year}-03-05"), level=level, year=year, exam_on=day(f"{year}-06-16")
    )


def scored(worker: str, year: int, subject: Subject, score: int | None, *, level: Level = "junior") -> SubjectScored:
    results_on = day(f"{year}-08-20")
    return SubjectScored(
        worker=worker,
        occurred_on=results_on,
        level=level,
        year=year,
        subject=subject,
        score=score,
        results_on=results_on,
    )


def passed(
    worker: str, results_on: str, *, exam_on: str | None = None, level: Level = "junior", **entry: Any
) -> ExamPassed:
    """A pass by its results; the examination was on 16 June of that year, where nothing else is said."""
    results = day(results_on)
    return ExamPassed(
        worker=worker,
        occurred_on=results,
        level=level,
        year=results.year,
        exam_on=day(exam_on or f"{results.year}-06-16"),
        results_on=results,
        **entry,
    )


def failed(worker: str, results_on: str, *, level: Level = "junior") -> ExamFailed:
    results = day(results_on)
    return ExamFailed(
        worker=worker,
        occurred_on=results,
        level=level,
        year=results.year,
        exam_on=day(f"{results.year}-06-16"),
        results_on=results,
    )


def annulled(
    worker: str,
    on: str,
    *,
    year: int,
    effect: Literal["from_start", "from_decision"] = "from_start",
    level: Level = "junior",
) -> ExamResultAnnulled:
    return ExamResultAnnulled(
        worker=worker, occurred_on=day(on), level=level, year=year, effect=effect, authority="examination centre"
    )


def certified(
    worker: str,
    on: str,
    *,
    to: str,
    from_: str | None = None,
    level: Level = "junior",
    code: str = "",
    renewal: bool = False,
) -> CertificateRegistered:
    """A registration, valid from its own day where nothing else is said."""
    return CertificateRegistered(
        worker=worker,
        occurred_on=day(on),
        level=level,
        certificate=code or f"C-{worker}-{level}",
        valid_from=day(from_ or on),
        valid_to=day(to),
        renewal=renewal,
    )


def revoked(worker: str, on: str, *, level: Level = "junior", code: str = "") -> CertificateRevoked:
    return CertificateRevoked(
        worker=worker, occurred_on=day(on), certificate=code or f"C-{worker}-{level}", authority="civil affairs bureau"
    )


def credited(
    worker: str,
    on: str,
    minutes: int,
    *,
    basis: Literal["session", "degree", "course"] = "course",
    session: str | None = None,
) -> ContinuingEducationCredited:
    return ContinuingEducationCredited(
        worker=worker, occurred_on=day(on), minutes=minutes, basis=basis, session=session
    )


def trained(
    session: str, on: str, minutes: int, *attendees: str, programme: Programme = "continuing_education"
) -> TrainingSessionHeld:
    return TrainingSessionHeld(
        session=session,
        occurred_on=day(on),
        programme=programme,
        org="XY-COLLEGE",
        starts_at=f"{on}T09:00:00",
        minutes=minutes,
        attendees=attendees,
    )


def established(post: str, on: str = "2012-06-01", *, org: str = "XY-CENTRE") -> PostEstablished:
    return PostEstablished(
        post=post, occurred_on=day(on), org=org, title="social worker", professional=True, capacity=9
    )


def filled(post: str, worker: str, on: str) -> PostFilled:
    return PostFilled(post=post, worker=worker, occurred_on=day(on))


def vacated(post: str, worker: str, on: str) -> PostVacated:
    return PostVacated(post=post, worker=worker, occurred_on=day(on))
