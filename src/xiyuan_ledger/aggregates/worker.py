"""社工/工作人员: the people the office employs, their examinations and certificates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from xiyuan_ledger.aggregates import worker_employment, worker_exams
from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.contract import PURCHASED_WORKERS, refuse_overbooking
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.worker_employment import Career, EmploymentSpan
from xiyuan_ledger.aggregates.worker_exams import Exams
from xiyuan_ledger.codes import Code, Day, Flag, Level, Positive, Text, Year
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

Employment = Literal["street", "community", "purchased", "agency"]
Subject = Literal["comprehensive", "practice", "law"]
Score = Annotated[int, Field(strict=True, ge=0, le=100)]


class WorkerFact(Fact):
    """What is recorded of one worker."""

    STREAM_KIND: ClassVar[Kind] = "worker"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("worker",)

    worker: Code


class WorkerHired(WorkerFact):
    """入职: employed from this day on."""

    TOPIC: ClassVar[str] = "worker.worker-hired.v1"

    employer: Code
    employment: Employment

    def tags(self) -> tuple[str, ...]:
        return (PURCHASED_WORKERS,) if self.employment == "purchased" else ()


class WorkerLeft(WorkerFact):
    """离职: no longer employed from this day on."""

    TOPIC: ClassVar[str] = "worker.worker-left.v1"

    employer: Code


class WorkerEligibilityAssessed(WorkerFact):
    """报考资格: since when the worker may sit the examination of a level."""

    TOPIC: ClassVar[str] = "worker.worker-eligibility-assessed.v1"

    level: Level
    rule: Text
    eligible_on: Day


class ExamRegistered(WorkerFact):
    """报名: registered for the examination of a level in a year."""

    TOPIC: ClassVar[str] = "worker.exam-registered.v1"
    MAY_LIE_AHEAD: ClassVar[bool] = True

    level: Level
    year: Year
    exam_on: Day


class SubjectScored(WorkerFact):
    """科目成绩: the mark of one subject; no score means absent."""

    TOPIC: ClassVar[str] = "worker.subject-scored.v1"

    level: Level
    year: Year
    subject: Subject
    score: Score | None = None
    results_on: Day


class ExamPassed(WorkerFact):
    """考试合格: the level is passed. `occurred_on` is the day of the results."""

    TOPIC: ClassVar[str] = "worker.exam-passed.v1"

    level: Level
    year: Year
    exam_on: Day
    results_on: Day


class ExamFailed(WorkerFact):
    """考试不合格: the level is not passed. `occurred_on` is the day of the results."""

    TOPIC: ClassVar[str] = "worker.exam-failed.v1"

    level: Level
    year: Year
    exam_on: Day
    results_on: Day


class ExamResultAnnulled(WorkerFact):
    """成绩撤销: a pass is taken back, from the start or from the decision on."""

    TOPIC: ClassVar[str] = "worker.exam-result-annulled.v1"

    level: Level
    year: Year
    effect: Literal["from_start", "from_decision"]
    authority: Text


class CertificateRegistered(WorkerFact):
    """证书登记: the certificate of a level is registered or renewed."""

    TOPIC: ClassVar[str] = "worker.certificate-registered.v1"

    level: Level
    certificate: Code
    valid_from: Day
    valid_to: Day
    renewal: Flag


class CertificateRevoked(WorkerFact):
    """证书撤销: a certificate is withdrawn from this day on."""

    TOPIC: ClassVar[str] = "worker.certificate-revoked.v1"

    certificate: Code
    authority: Text


class ExamDeadlineExtended(WorkerFact):
    """期限延长: the worker gets more time for the examination."""

    TOPIC: ClassVar[str] = "worker.exam-deadline-extended.v1"

    until: Day
    approved_by: Code
    reason: Text


class DismissalProposed(WorkerFact):
    """拟辞退: a dismissal is proposed."""

    TOPIC: ClassVar[str] = "worker.dismissal-proposed.v1"

    reason: Text


class WorkerDismissed(WorkerFact):
    """辞退: every employment and post ends on this day."""

    TOPIC: ClassVar[str] = "worker.worker-dismissed.v1"

    reason: Text
    approved_by: Code


class WorkerReinstated(WorkerFact):
    """恢复: what the dismissal ended goes on from this day."""

    TOPIC: ClassVar[str] = "worker.worker-reinstated.v1"

    reason: Text
    approved_by: Code


class ContinuingEducationCredited(WorkerFact):
    """继续教育: minutes credited beside attended sessions."""

    TOPIC: ClassVar[str] = "worker.continuing-education-credited.v1"

    minutes: Positive
    basis: Literal["session", "degree", "course"]
    session: Code | None = None


class WorkerState:
    """One worker: her employments and dismissals, her examinations and certificates, as of any day."""

    __slots__ = ("before", "career", "exams", "facts", "worker")

    def __init__(self) -> None:
        self.worker: str = ""
        self.facts: int = 0
        self.career = Career()
        self.exams = Exams()
        self.before: WorkerState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    @property
    def employments(self) -> list[EmploymentSpan]:
        """Every employment, in the order in which they began; one taken up again is another."""
        return self.career.employments

    def employed_on(self, day: date) -> EmploymentSpan | None:
        """The employment of a day; of several the one that began first."""
        return self.career.employed_on(day)

    def dismissed_on(self, day: date) -> bool:
        """Whether a dismissal stands on a day, not taken back by then."""
        return self.career.dismissed_on(day) is not None

    def levels_passed(self, day: date) -> tuple[Level, ...]:
        """The levels held on a day, lowest first."""
        return self.exams.levels_passed(day)


_EXAM_RULES: dict[type[Fact], Callable[[Exams, Any], None]] = {
    ExamRegistered: worker_exams.decide_registered,
    ExamFailed: worker_exams.decide_failed,
    ExamResultAnnulled: worker_exams.decide_annulled,
    CertificateRegistered: worker_exams.decide_certified,
    CertificateRevoked: worker_exams.decide_revoked,
}
_CAREER_RULES: dict[type[Fact], Callable[[Career, Any], None]] = {
    WorkerHired: worker_employment.decide_hired,
    WorkerLeft: worker_employment.decide_left,
    WorkerDismissed: worker_employment.decide_dismissed,
    WorkerReinstated: worker_employment.decide_reinstated,
}
_EXAM_CHANGES: dict[type[Fact], Callable[[Exams, Any, str], None]] = {
    ExamRegistered: Exams.register,
    SubjectScored: Exams.score,
    ExamPassed: Exams.succeed,
    ExamFailed: Exams.fail,
    ExamResultAnnulled: Exams.annul,
    CertificateRegistered: Exams.certify,
    CertificateRevoked: Exams.revoke,
}
_CAREER_CHANGES: dict[type[Fact], Callable[[Career, Any, str], None]] = {
    WorkerHired: Career.hire,
    WorkerLeft: Career.leave,
    DismissalProposed: Career.propose,
    WorkerDismissed: Career.dismiss,
    WorkerReinstated: Career.reinstate,
}


def decide(state: WorkerState, fact: Fact, world: World) -> None:
    assert isinstance(fact, WorkerFact)
    hired_on = state.career.hired_on()
    if not isinstance(fact, WorkerHired) and (hired_on is None or fact.occurred_on < hired_on):
        raise RuleBroken("worker-not-hired", field="worker", worker=fact.worker, on=fact.occurred_on)
    match fact:
        case ExamRegistered() | SubjectScored() | ExamPassed() | ExamFailed():
            worker_exams.refuse_senior_too_early(fact.level, fact.year)
        case WorkerEligibilityAssessed() | CertificateRegistered():
            worker_exams.refuse_senior_too_early(fact.level, fact.occurred_on.year)
    match fact:
        case SubjectScored():
            worker_exams.decide_scored(state.exams, fact, world)
        case ExamPassed():
            worker_exams.decide_passed(state.exams, fact, world)
        case _ if (exam_rule := _EXAM_RULES.get(type(fact))) is not None:
            exam_rule(state.exams, fact)
        case _ if (career_rule := _CAREER_RULES.get(type(fact))) is not None:
            career_rule(state.career, fact)
            _decide_for_others(state, fact, world)


def _decide_for_others(state: WorkerState, fact: WorkerFact, world: World) -> None:
    """What others rely on must still hold after the fact.

    Where later facts of the worker are known already, this one is late, and `check_dependents` asks once all stand:
    a later hiring may well be what they rely on.
    """
    if isinstance(fact, WorkerHired) and fact.employment != "purchased":
        return
    if world.worker(fact.worker).facts > state.facts:
        return
    career = state.career.copy()
    _CAREER_CHANGES[type(fact)](career, fact, "")
    if not isinstance(fact, WorkerHired):
        _refuse_broken_posts(fact.worker, career, world)
    if career.purchased_on(fact.occurred_on) is not None:
        refuse_overbooking(world, fact.occurred_on, fact.worker, career)


def _refuse_broken_posts(worker: str, career: Career, world: World) -> None:
    for post in world.tagged(f"posts-of/{worker}"):
        world.post(post).refuse_broken_stays(worker, career, world)


def evolve(state: WorkerState, event: Event) -> None:
    state.facts += 1
    kind = type(event.fact)
    if (exam_change := _EXAM_CHANGES.get(kind)) is not None:
        exam_change(state.exams, event.fact, event.event_id)
    elif (career_change := _CAREER_CHANGES.get(kind)) is not None:
        career_change(state.career, event.fact, event.event_id)
        state.worker = event.fact.worker  # type: ignore[attr-defined]


def check_dependents(state: WorkerState, world: World) -> None:
    """The posts she fills and the purchased seats that she takes still agree with her employments."""
    worker = state.worker or (state.before.worker if state.before else "")
    _refuse_broken_posts(worker, state.career, world)
    if any(span.employment == "purchased" for span in state.employments):
        refuse_overbooking(world, date.min, worker, state.career)


AGGREGATE = Aggregate(
    kind="worker",
    new_state=WorkerState,
    decide=decide,
    evolve=evolve,
    facts=(
        WorkerHired,
        WorkerLeft,
        WorkerEligibilityAssessed,
        ExamRegistered,
        SubjectScored,
        ExamPassed,
        ExamFailed,
        ExamResultAnnulled,
        CertificateRegistered,
        CertificateRevoked,
        ExamDeadlineExtended,
        DismissalProposed,
        WorkerDismissed,
        WorkerReinstated,
        ContinuingEducationCredited,
    ),
    order_free=frozenset(
        {WorkerEligibilityAssessed, ExamRegistered, ExamDeadlineExtended, ContinuingEducationCredited},
    ),
    check_dependents=check_dependents,
)
