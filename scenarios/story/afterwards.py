"""后来: what happened after the report's day. Pins up to 30 June 2013 show nothing of it, later ones do.

These are episodes only: the daily work of the second half of 2013 is not told.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from story.clients import enrolments
from story.desk import Desk, Fields
from story.diary import Diary
from story.exams import AFTERWARDS as FILE
from story.exams import DISMISSED, certify, level_2013, marks_for, outcome
from story.names import APPLICANTS_2013, EXAM_ON, PROJECT_STAFF, RESULTS_ON, employer, worker
from story.services import hold

ANNULLED = worker(40)
"""Passes in August, is registered and paid from September on, and loses the pass in December."""
UPGRADED = worker(1)
"""A junior who passed two subjects of the intermediate level in 2012 and the third in 2013."""
PASSED_2013 = (UPGRADED, worker(10), ANNULLED, *(worker(n) for n in range(61, 74)))
DISSOLVED = "XY-CSO-53"


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance = Random("xiyuan/afterwards")
    _cadence_from_may(desk)
    desk.note(FILE, "ProjectSuspended", date(2013, 7, 1), lag=1, project="XY-P4", reason="暑期场地维修，暂停授课")
    _double_and_overlapping(desk)
    _results_2013(desk, chance)
    _renewed(desk)
    _annulled(desk)
    _dismissed_and_back(desk)
    _dissolved(desk)
    _higher_rates(desk)


def _cadence_from_may(desk: Desk) -> None:
    """The implementers' training is to be monthly from May on: so 2 of 2 instead of 2 of 6."""
    cadences = (
        ("continuing_education", 2, "month"),
        ("cso_leaders", 1, "quarter"),
        ("project_implementers", 1, "month"),
        ("residents", 1, "quarter"),
    )
    desk.note(
        FILE,
        "PolicyAdopted",
        date(2013, 7, 5),
        lag=0,
        policy="training-cadence",
        version=2,
        effective_from=date(2013, 5, 1),
        authority="西园街道社工培训补充通知 (示例)",
        parameters={
            "programmes": [{"programme": name, "min_count": count, "per": per} for name, count, per in cadences]
        },
        reason="项目实施人员培训自2013年5月起按月举办",
    )


def _double_and_overlapping(desk: Desk) -> None:
    """The same list handed in for two activities; one worker in two places at one time."""
    diary, staff = Diary(), PROJECT_STAFF["XY-P3"]
    present = [each.client for each in enrolments("XY-P3")[:12]]
    for n, on in enumerate((date(2013, 7, 13), date(2013, 7, 20))):
        at = datetime.combine(on, time(9, 0))
        hold(desk, diary, "XY-P3", f"P3-B{n + 1}", "activity", at, 90, staff[n : n + 1], present, file=FILE)
    at = datetime.combine(date(2013, 7, 20), time(10, 0))
    hold(desk, diary, "XY-P3", "P3-B3", "lecture", at, 60, staff[1:2], None, 40, file=FILE)


def _results_2013(desk: Desk, chance: Random) -> None:
    for code in APPLICANTS_2013:
        level, passed = level_2013(code), code in PASSED_2013
        marks = marks_for(chance, level, passed)
        if code == UPGRADED:
            marks = {"law": 67}
        elif code == DISMISSED:
            marks = {"comprehensive": 73, "practice": 48}
        outcome(desk, FILE, code, level, 2013, passed, marks)
    for n, code in enumerate(PASSED_2013):
        on = date(2013, 10, 14) if code == UPGRADED else date(2013, 9, 9) + timedelta(days=n)
        certify(desk, code, level_2013(code), on, f"AH2013{n + 1:04d}", lag=1)


def _renewed(desk: Desk) -> None:
    """Registered in October 2010 for three years, and again in time."""
    desk.note(
        FILE,
        "CertificateRegistered",
        date(2013, 8, 5),
        worker=worker(2),
        level="junior",
        certificate="AH2010-R1",
        valid_from=date(2013, 10, 20),
        valid_to=date(2016, 10, 19),
        renewal=True,
    )


def _annulled(desk: Desk) -> None:
    desk.note(
        FILE,
        "ExamResultAnnulled",
        date(2013, 12, 5),
        lag=1,
        worker=ANNULLED,
        level="junior",
        year=2013,
        effect="from_start",
        authority="安徽省人事考试机构通知 (示例)",
    )


def _dismissed_and_back(desk: Desk) -> None:
    """Her second paper was marked 48 and should have been 84; she comes back when the centre says so."""
    reason, corrected_on = "试用期满，考试不合格", date(2013, 11, 8)
    desk.note(FILE, "DismissalProposed", date(2013, 9, 16), lag=0, worker=DISMISSED, reason=reason)
    desk.note(FILE, "WorkerDismissed", date(2013, 10, 8), lag=0, worker=DISMISSED, reason=reason, approved_by="chief-1")
    voided: Fields = {"event": f"key:failed-{DISMISSED}-2013", "approved_by": "chief-1", "reason": "考试机构更正成绩"}
    desk.note(FILE, "RecordVoided", corrected_on, lag=3, after=(DISMISSED,), **voided)
    exam: Fields = {"worker": DISMISSED, "level": "junior", "year": 2013}
    desk.note(
        FILE,
        "SubjectScored",
        RESULTS_ON[2013],
        entered_on=date(2013, 11, 12),
        **exam,
        subject="practice",
        score=84,
        results_on=corrected_on,
        corrects=f"key:mark-{DISMISSED}-2013-practice",
        reason="考试机构更正成绩",
    )
    passed: Fields = {"exam_on": EXAM_ON["junior", 2013], "results_on": corrected_on}
    desk.note(FILE, "ExamPassed", corrected_on, entered_on=date(2013, 11, 12), **exam, **passed)
    back: Fields = {"reason": f"成绩更正后恢复工作，用人单位{employer(DISMISSED)}", "approved_by": "chief-1"}
    desk.note(FILE, "WorkerReinstated", date(2013, 11, 18), lag=0, worker=DISMISSED, **back)
    certify(desk, DISMISSED, "junior", date(2013, 12, 2), "AH20130099", lag=1)


def _dissolved(desk: Desk) -> None:
    """Dissolved with members' fees left in its account."""
    desk.note(
        FILE,
        "OrganizationStatusChanged",
        date(2013, 11, 20),
        lag=2,
        org=DISSOLVED,
        status="dissolved",
        document="注销备案 (示例)",
    )


def _higher_rates(desk: Desk) -> None:
    """Decided in January, from December on: arrears for a month that is past."""
    desk.note(
        FILE,
        "PolicyAdopted",
        date(2014, 1, 10),
        lag=0,
        policy="post-subsidy",
        version=2,
        effective_from=date(2013, 12, 1),
        authority="西园街道岗位津贴调整通知 (示例)",
        parameters={"rates": {"junior": 12_000, "intermediate": 24_000, "senior": 36_000}},
        reason="调整津贴标准，自2013年12月起执行",
    )
