"""考试/证书: registrations, scores, passes and certificates, given, when, then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from given import given

from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.aggregates.worker import (
    CertificateRegistered,
    CertificateRevoked,
    ExamFailed,
    ExamPassed,
    ExamRegistered,
    ExamResultAnnulled,
    SubjectScored,
    WorkerHired,
)


def registered(year: int, level: str = "junior", on: str = "2012-03-01") -> ExamRegistered:
    return ExamRegistered(worker="W-1", level=level, year=year, exam_on=f"{year}-06-16", occurred_on=on)


def scored(year: int, subject: str, score: int | None, level: str = "junior", on: str = "") -> SubjectScored:
    results_on = f"{year}-08-20"
    return SubjectScored(
        worker="W-1",
        level=level,
        year=year,
        subject=subject,
        score=score,
        results_on=results_on,
        occurred_on=on or results_on,
    )


def passed(year: int, level: str = "junior", **more: Any) -> ExamPassed:
    fields = {"worker": "W-1", "level": level, "year": year, "exam_on": f"{year}-06-16", "results_on": f"{year}-08-20"}
    return ExamPassed(**fields | {"occurred_on": f"{year}-08-20"} | more)


def failed(year: int) -> ExamFailed:
    day = f"{year}-08-20"
    return ExamFailed(worker="W-1", level="junior", year=year, exam_on=f"{year}-06-16", results_on=day, occurred_on=day)


def annulled(on: str, effect: str, year: int = 2012) -> ExamResultAnnulled:
    return ExamResultAnnulled(
        worker="W-1", level="junior", year=year, effect=effect, authority="exam office", occurred_on=on
    )


def certified(on: str, valid_from: str = "2012-10-01", valid_to: str = "2015-09-30") -> CertificateRegistered:
    return CertificateRegistered(
        worker="W-1",
        level="junior",
        certificate="C-1",
        valid_from=valid_from,
        valid_to=valid_to,
        renewal=False,
        occurred_on=on,
    )


def exam_rules(**parameters: Any) -> PolicyAdopted:
    return PolicyAdopted(
        policy="exam-rules",
        version=1,
        effective_from="2012-01-01",
        authority="exam office",
        parameters=parameters,
        occurred_on="2012-01-01",
    )


HIRED = WorkerHired(worker="W-1", employer="xiyuan", employment="street", occurred_on="2012-01-01")
REGISTERED = registered(2012)


def test_an_examination_is_registered_once_per_level_and_year() -> None:
    given(HIRED, REGISTERED).when(registered(2012, on="2012-03-02")).refused("exam-registered-twice", naming=(2,))
    assert given(HIRED, REGISTERED).when(registered(2013)).recorded
    assert given(HIRED, REGISTERED).when(registered(2012, "intermediate")).recorded


def test_scores_passes_and_fails_need_a_registration_for_the_level_and_year() -> None:
    for fact in (scored(2013, "practice", 70), passed(2013), failed(2013)):
        given(HIRED, REGISTERED).when(fact).refused("exam-not-registered")


def test_the_senior_level_begins_in_2018() -> None:
    given(HIRED).when(registered(2017, "senior")).refused("exam-senior-too-early")
    assert given(HIRED).when(registered(2018, "senior")).recorded


def test_a_pass_is_dated_on_the_day_of_the_results() -> None:
    given(HIRED, REGISTERED).when(passed(2012, occurred_on="2012-08-21")).refused("exam-results-day")


def test_a_subject_belongs_to_its_level_and_is_scored_once() -> None:
    given(HIRED, REGISTERED).when(scored(2012, "law", 70)).refused("exam-subject")
    twice = given(HIRED, REGISTERED, scored(2012, "practice", 40)).when(scored(2012, "practice", 80))
    twice.refused("exam-scored-twice", naming=(3,))


@pytest.mark.parametrize(("comprehensive", "practice", "naming"), [(60, 60, None), (59, 60, (4,)), (60, None, (5,))])
def test_a_junior_pass_agrees_with_both_scores_of_the_year(
    comprehensive: int, practice: int | None, naming: tuple[int, ...] | None
) -> None:
    scores = (scored(2012, "comprehensive", comprehensive), scored(2012, "practice", practice))
    outcome = given(exam_rules(), HIRED, REGISTERED, *scores).when(passed(2012))
    if naming is None:
        assert outcome.recorded.type == "ExamPassed"
    else:
        outcome.refused("exam-scores-short", naming=naming)


def test_a_junior_pass_is_not_made_of_one_subject_nor_of_two_years() -> None:
    one = given(exam_rules(), HIRED, REGISTERED, scored(2012, "practice", 90))
    one.when(passed(2012)).refused("exam-scores-short")
    two_years = (scored(2012, "comprehensive", 90), registered(2013), scored(2013, "practice", 90))
    given(exam_rules(), HIRED, REGISTERED, *two_years).when(passed(2013)).refused("exam-scores-short", naming=(6,))


@pytest.mark.parametrize(("first_year", "admitted"), [(2013, True), (2012, False)])
def test_an_intermediate_pass_takes_its_subjects_from_two_consecutive_years(first_year: int, admitted: bool) -> None:
    level = "intermediate"
    outcome = given(
        exam_rules(),
        HIRED,
        registered(first_year, level),
        registered(2014, level),
        scored(first_year, "law", 60, level),
        scored(2014, "comprehensive", 60, level),
        scored(2014, "practice", 60, level),
    ).when(passed(2014, level))
    if admitted:
        assert outcome.recorded.type == "ExamPassed"
    else:
        outcome.refused("exam-scores-short", naming=(6, 7))


def test_a_pass_mark_of_a_subject_goes_before_that_of_the_level_and_that_before_the_common_one() -> None:
    marks = [
        {"year": 2012, "level": "junior", "mark": 55},
        {"year": 2012, "level": "junior", "subject": "practice", "mark": 65},
    ]
    office = (exam_rules(pass_marks=marks), HIRED, REGISTERED, scored(2012, "comprehensive", 55))
    given(*office, scored(2012, "practice", 64)).when(passed(2012)).refused("exam-scores-short", naming=(5,))
    assert given(*office, scored(2012, "practice", 65)).when(passed(2012)).recorded


def test_a_pass_without_scores_or_without_exam_rules_is_taken_at_its_word() -> None:
    assert given(exam_rules(), HIRED, REGISTERED).when(passed(2012)).recorded
    assert given(HIRED, REGISTERED, scored(2012, "practice", 10)).when(passed(2012)).recorded


def test_a_score_that_follows_its_pass_may_not_contradict_it() -> None:
    office = (exam_rules(), HIRED, REGISTERED, passed(2012))
    given(*office).when(scored(2012, "practice", 59)).refused("exam-score-contradicts-pass", naming=(4,))
    given(*office).when(scored(2012, "practice", None)).refused("exam-score-contradicts-pass", naming=(4,))
    assert given(*office).when(scored(2012, "practice", 60)).recorded


def test_a_level_is_passed_once_unless_annulled() -> None:
    office = (HIRED, REGISTERED, passed(2012), registered(2013, on="2013-03-01"))
    given(*office).when(passed(2013)).refused("exam-passed-twice", naming=(3,))
    assert given(*office, annulled("2013-05-01", "from_decision")).when(passed(2013)).recorded


def test_a_sitting_is_not_both_passed_and_failed() -> None:
    given(HIRED, REGISTERED, failed(2012)).when(passed(2012)).refused("exam-outcome-contradicts", naming=(3,))
    given(HIRED, REGISTERED, passed(2012)).when(failed(2012)).refused("exam-outcome-contradicts", naming=(3,))


def test_only_a_standing_pass_is_annulled() -> None:
    given(HIRED, REGISTERED).when(annulled("2012-09-01", "from_start")).refused("exam-nothing-to-annul")
    office = (HIRED, REGISTERED, passed(2012), annulled("2012-09-01", "from_start"))
    given(*office).when(annulled("2012-10-01", "from_decision")).refused("exam-nothing-to-annul")


def test_a_level_annulled_from_the_decision_was_held_until_then() -> None:
    worker = given(HIRED, REGISTERED, passed(2012), annulled("2013-01-01", "from_decision")).world.worker("W-1")
    assert worker.levels_passed(date(2012, 8, 19)) == ()
    assert worker.levels_passed(date(2012, 8, 20)) == ("junior",)
    assert worker.levels_passed(date(2012, 12, 31)) == ("junior",)
    assert worker.levels_passed(date(2013, 1, 1)) == ()


def test_a_certificate_needs_a_pass_of_its_level_by_its_day_and_a_term_that_ends_after_it_begins() -> None:
    office = (HIRED, REGISTERED, passed(2012))
    given(HIRED, REGISTERED).when(certified("2012-10-01")).refused("certificate-without-pass")
    given(*office).when(certified("2012-08-19")).refused("certificate-without-pass")
    assert given(*office).when(certified("2012-08-20")).recorded
    given(*office).when(certified("2012-10-01", "2012-10-01", "2012-10-01")).refused("certificate-term")
    given(*office, annulled("2012-09-01", "from_start")).when(certified("2012-10-01")).refused(
        "certificate-without-pass"
    )


def test_a_pass_on_which_a_certificate_rests_is_not_voided() -> None:
    given(HIRED, REGISTERED, passed(2012), certified("2012-10-01")).when_voided(3).refused(
        "certificate-without-pass", naming=(4,)
    )


def test_only_a_registered_certificate_is_revoked() -> None:
    revoked = CertificateRevoked(worker="W-1", certificate="C-1", authority="exam office", occurred_on="2013-01-01")
    given(HIRED, REGISTERED, passed(2012)).when(revoked).refused("certificate-unknown")
    assert given(HIRED, REGISTERED, passed(2012), certified("2012-10-01")).when(revoked).recorded
