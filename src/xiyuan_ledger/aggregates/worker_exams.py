"""考试/证书: a worker's examinations and certificates, and the rules for them.

Part of the worker's stream; its facts are declared in `worker.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.worker import (
        CertificateRegistered,
        CertificateRevoked,
        ExamFailed,
        ExamPassed,
        ExamRegistered,
        ExamResultAnnulled,
        SubjectScored,
    )
    from xiyuan_ledger.aggregates.world import World
    from xiyuan_ledger.codes import Level

SENIOR_YEAR_MIN = 2018
SUBJECTS: dict[Level, tuple[str, ...]] = {
    "junior": ("comprehensive", "practice"),
    "intermediate": ("comprehensive", "practice", "law"),
    "senior": ("practice",),
}
Sitting = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Pass:
    """考试合格: a level passed in a year, and whether and how it was taken back."""

    level: Level
    year: int
    exam_on: date
    results_on: date
    event_id: str
    annulled_on: date | None = None
    from_start: bool = False

    def counts_on(self, day: date) -> bool:
        """Whether the level is held by it on a day: never once annulled from the start."""
        standing = self.annulled_on is None or (not self.from_start and day < self.annulled_on)
        return self.results_on <= day and standing


@dataclass(frozen=True, slots=True)
class Mark:
    """科目成绩: the score of one subject; none: absent."""

    score: int | None
    event_id: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """证书: a registered term of a certificate, and since when it is withdrawn."""

    level: Level
    certificate: str
    valid_from: date
    valid_to: date
    event_id: str
    revoked_on: date | None = None


class Exams:
    """What a worker sat, scored, passed and failed, and the certificates registered for it."""

    __slots__ = ("certificates", "failed", "marks", "passes", "registered")

    def __init__(self) -> None:
        self.registered: dict[Sitting, str] = {}
        self.marks: dict[tuple[str, int, str], Mark] = {}
        self.passes: list[Pass] = []
        self.failed: dict[Sitting, str] = {}
        self.certificates: list[Certificate] = []

    def passed(self, level: Level, day: date) -> Pass | None:
        """The pass by which the level is held on a day."""
        return next((found for found in self.passes if found.level == level and found.counts_on(day)), None)

    def levels_passed(self, day: date) -> tuple[Level, ...]:
        """The levels held on a day, lowest first."""
        return tuple(level for level in SUBJECTS if self.passed(level, day) is not None)

    def standing(self, level: Level) -> Pass | None:
        """The pass of a level that nobody took back."""
        return next((found for found in self.passes if found.level == level and found.annulled_on is None), None)

    def register(self, fact: ExamRegistered, event_id: str) -> None:
        self.registered[fact.level, fact.year] = event_id

    def score(self, fact: SubjectScored, event_id: str) -> None:
        self.marks[fact.level, fact.year, fact.subject] = Mark(fact.score, event_id)

    def succeed(self, fact: ExamPassed, event_id: str) -> None:
        self.passes.append(Pass(fact.level, fact.year, fact.exam_on, fact.occurred_on, event_id))

    def fail(self, fact: ExamFailed, event_id: str) -> None:
        self.failed[fact.level, fact.year] = event_id

    def annul(self, fact: ExamResultAnnulled, event_id: str) -> None:
        for i, found in enumerate(self.passes):
            if (found.level, found.year) == (fact.level, fact.year) and found.annulled_on is None:
                from_start = fact.effect == "from_start"
                self.passes[i] = replace(found, annulled_on=fact.occurred_on, from_start=from_start)

    def certify(self, fact: CertificateRegistered, event_id: str) -> None:
        found = Certificate(fact.level, fact.certificate, fact.valid_from, fact.valid_to, event_id)
        self.certificates.append(found)

    def revoke(self, fact: CertificateRevoked, event_id: str) -> None:
        for i, found in enumerate(self.certificates):
            if found.certificate == fact.certificate and found.revoked_on is None:
                self.certificates[i] = replace(found, revoked_on=fact.occurred_on)


def refuse_senior_too_early(level: Level, year: int) -> None:
    """高级社会工作师: there is no senior level before 2018."""
    if level == "senior" and year < SENIOR_YEAR_MIN:
        raise RuleBroken("exam-senior-too-early", field="level", year=year, first=SENIOR_YEAR_MIN)


def decide_registered(exams: Exams, fact: ExamRegistered) -> None:
    level, year = fact.level, fact.year
    if (event_id := exams.registered.get((level, year))) is not None:
        events = (event_id,)
        raise RuleBroken(
            "exam-registered-twice", field="year", events=events, worker=fact.worker, level=level, year=year
        )


def _refuse_unregistered(exams: Exams, fact: SubjectScored | ExamPassed | ExamFailed) -> None:
    if (fact.level, fact.year) not in exams.registered:
        raise RuleBroken("exam-not-registered", field="year", worker=fact.worker, level=fact.level, year=fact.year)


def _refuse_other_day(fact: ExamPassed | ExamFailed) -> None:
    if fact.occurred_on != fact.results_on:
        raise RuleBroken("exam-results-day", field="results_on", on=fact.occurred_on, results_on=fact.results_on)


def decide_scored(exams: Exams, fact: SubjectScored, world: World) -> None:
    level, year, subject = fact.level, fact.year, fact.subject
    if subject not in SUBJECTS[level]:
        subjects = ", ".join(SUBJECTS[level])
        raise RuleBroken("exam-subject", field="subject", level=level, subject=subject, subjects=subjects)
    _refuse_unregistered(exams, fact)
    if (mark := exams.marks.get((level, year, subject))) is not None:
        events = (mark.event_id,)
        raise RuleBroken("exam-scored-twice", field="subject", events=events, level=level, year=year, subject=subject)
    found = exams.standing(level)
    if found is not None and found.year == year:
        _refuse_score_against(found, exams, fact, world)


def _refuse_score_against(found: Pass, exams: Exams, fact: SubjectScored, world: World) -> None:
    """A score that follows its pass must not be one with which the level could not have been passed."""
    level, year, subject = fact.level, fact.year, fact.subject
    rules = world.parameters("exam-rules", on=found.exam_on)
    if rules is None or _reached(exams, level, year, subject, rules):
        return
    required = required_mark(rules, level, year, subject)
    if fact.score is None or fact.score < required:
        events = (found.event_id,)
        score = "-" if fact.score is None else fact.score
        raise RuleBroken(
            "exam-score-contradicts-pass", field="score", events=events, subject=subject, score=score, required=required
        )


def required_mark(rules: Any, level: Level, year: int, subject: str) -> int:
    """合格线: the pass mark of a subject in a year; one set for the subject goes before one set for the level."""
    found: int = rules.pass_mark
    for each in rules.pass_marks:
        if (each.year, each.level) == (year, level):
            if each.subject == subject:
                return int(each.mark)
            if each.subject is None:
                found = each.mark
    return found


def _reached(exams: Exams, level: Level, year: int, subject: str, rules: Any) -> bool:
    """Whether a score at or above its mark is recorded for the subject, within the years that count for the level."""
    for each in range(year - getattr(rules.window_years, level) + 1, year + 1):
        mark = exams.marks.get((level, each, subject))
        if mark is not None and mark.score is not None and mark.score >= required_mark(rules, level, each, subject):
            return True
    return False


def decide_passed(exams: Exams, fact: ExamPassed, world: World) -> None:
    level, year = fact.level, fact.year
    _refuse_other_day(fact)
    _refuse_unregistered(exams, fact)
    if (found := exams.standing(level)) is not None:
        raise RuleBroken("exam-passed-twice", field="level", events=(found.event_id,), worker=fact.worker, level=level)
    if (event_id := exams.failed.get((level, year))) is not None:
        raise RuleBroken("exam-outcome-contradicts", field="year", events=(event_id,), level=level, year=year)
    rules = world.parameters("exam-rules", on=fact.exam_on)
    marks = {subject: mark for subject in SUBJECTS[level] if (mark := exams.marks.get((level, year, subject)))}
    if rules is None or not marks:
        return
    short = [subject for subject in SUBJECTS[level] if not _reached(exams, level, year, subject, rules)]
    if short:
        events = tuple(marks[subject].event_id for subject in short if subject in marks)
        events = events or tuple(mark.event_id for mark in marks.values())
        raise RuleBroken(
            "exam-scores-short", field="level", events=events, level=level, year=year, subjects=", ".join(short)
        )


def decide_failed(exams: Exams, fact: ExamFailed) -> None:
    _refuse_other_day(fact)
    _refuse_unregistered(exams, fact)
    found = exams.standing(fact.level)
    if found is not None and found.year == fact.year:
        raise RuleBroken(
            "exam-outcome-contradicts", field="year", events=(found.event_id,), level=fact.level, year=fact.year
        )


def decide_annulled(exams: Exams, fact: ExamResultAnnulled) -> None:
    found = exams.standing(fact.level)
    if found is None or found.year != fact.year:
        raise RuleBroken("exam-nothing-to-annul", field="year", worker=fact.worker, level=fact.level, year=fact.year)


def decide_certified(exams: Exams, fact: CertificateRegistered) -> None:
    if fact.valid_to <= fact.valid_from:
        raise RuleBroken("certificate-term", field="valid_to", valid_from=fact.valid_from, valid_to=fact.valid_to)
    if exams.passed(fact.level, fact.occurred_on) is None:
        raise RuleBroken(
            "certificate-without-pass", field="level", worker=fact.worker, level=fact.level, on=fact.occurred_on
        )


def decide_revoked(exams: Exams, fact: CertificateRevoked) -> None:
    if all(found.certificate != fact.certificate for found in exams.certificates):
        raise RuleBroken("certificate-unknown", field="certificate", worker=fact.worker, certificate=fact.certificate)
