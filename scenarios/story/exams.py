"""考试与证书: 88 registered in 2012 and 51 in 2013; the 21 who hold a level, and since when.

A mark of 60 passes: a junior passes both subjects in one year, an intermediate all three within two.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from story.desk import Desk
from story.names import (
    APPLICANTS_2012,
    APPLICANTS_2013,
    EARLIER,
    EXAM_ON,
    INTERMEDIATE_2012,
    INTERMEDIATE_2013,
    PASSED_2012,
    PURCHASED,
    RESULTS_ON,
    SUBJECTS,
    worker,
)

FILE = "06-exams-2012"
FILE_2013 = "07-exams-2013"
CERTIFICATES_FILE = "08-certificates"
ABSENT = (worker(44), worker(57), worker(83))
"""Registered in 2012, and stayed away."""


def tell(desk: Desk) -> None:
    """Write the chapter up to the report: the results of 2013 come after it."""
    chance = Random("xiyuan/exams")
    for code, (level, year) in EARLIER.items():
        _passed_before(desk, code, level, year, chance)
    for code in PURCHASED:
        _passed_before(desk, code, "junior", 2011, chance)
    for n, code in enumerate(APPLICANTS_2012):
        register(desk, FILE, code, level_2012(code), 2012, date(2012, 3, 1) + timedelta(days=n % 12))
    for code in APPLICANTS_2012:
        _result_2012(desk, code, chance)
    _correct_a_mark(desk)
    for n, code in enumerate(PASSED_2012):
        certify(desk, code, level_2012(code), date(2012, 9, 10) + timedelta(days=4 * n), f"AH2012{n + 1:04d}", lag=2)
    for n, code in enumerate(APPLICANTS_2013):
        register(desk, FILE_2013, code, level_2013(code), 2013, date(2013, 1, 14) + timedelta(days=n % 11))


def level_2012(code: str) -> str:
    """The level for which a worker registered in 2012."""
    return "intermediate" if code in INTERMEDIATE_2012 else "junior"


def level_2013(code: str) -> str:
    """The level for which a worker registered in 2013."""
    return "intermediate" if code in INTERMEDIATE_2013 else "junior"


def register(desk: Desk, file: str, code: str, level: str, year: int, on: date) -> None:
    """A registration, before the examination."""
    desk.note(file, "ExamRegistered", on, worker=code, level=level, year=year, exam_on=EXAM_ON[level, year])


def outcome(
    desk: Desk, file: str, code: str, level: str, year: int, passed: bool, marks: dict[str, int | None]
) -> None:
    """The marks of a sitting and what follows from them, written down some days after the results came.

    Who stayed away has no marks, and neither passed nor failed.
    """
    on = RESULTS_ON[year]
    for subject, score in marks.items():
        key = f"mark-{code}-{year}-{subject}" if code in (CORRECTED, DISMISSED) else None
        desk.note(
            file,
            "SubjectScored",
            on,
            lag=4,
            worker=code,
            level=level,
            year=year,
            subject=subject,
            score=score,
            results_on=on,
            key=key,
        )
    if None in marks.values():
        return
    fact = "ExamPassed" if passed else "ExamFailed"
    key = None if passed or code != DISMISSED else f"failed-{code}-{year}"
    desk.note(
        file, fact, on, lag=5, worker=code, level=level, year=year, exam_on=EXAM_ON[level, year], results_on=on, key=key
    )


CORRECTED = worker(50)
"""One of her marks was misread when it was entered."""
DISMISSED = worker(60)
"""Fails in 2013 by a mistake of the examination centre."""


def certify(desk: Desk, code: str, level: str, on: date, certificate: str, lag: int | None = None) -> None:
    """A first registration: valid for three years."""
    ends = on.replace(year=on.year + 3) - timedelta(days=1)
    desk.note(
        CERTIFICATES_FILE if on.year < 2013 else AFTERWARDS,
        "CertificateRegistered",
        on,
        lag=lag,
        worker=code,
        level=level,
        certificate=certificate,
        valid_from=on,
        valid_to=ends,
        renewal=False,
    )


AFTERWARDS = "15-afterwards"


def marks_for(chance: Random, level: str, passed: bool) -> dict[str, int | None]:
    """Marks that agree with the outcome: all at or above 60, or the first below."""
    found: dict[str, int | None] = {subject: chance.randrange(60, 89) for subject in SUBJECTS[level]}
    if not passed:
        for subject in SUBJECTS[level][: chance.randrange(1, 3)]:
            found[subject] = chance.randrange(31, 60)
    return found


def _passed_before(desk: Desk, code: str, level: str, year: int, chance: Random) -> None:
    """A level from before the street's plan, entered from the certificate."""
    exam_on = EXAM_ON[level, year]
    results_on = RESULTS_ON[year]
    register(desk, CERTIFICATES_FILE, code, level, year, date(year, 3, 10))
    desk.note(
        CERTIFICATES_FILE,
        "ExamPassed",
        results_on,
        worker=code,
        level=level,
        year=year,
        exam_on=exam_on,
        results_on=results_on,
    )
    certify(desk, code, level, date(year, 10, chance.randrange(8, 28)), f"AH{year}{chance.randrange(1000, 9999)}")


def _result_2012(desk: Desk, code: str, chance: Random) -> None:
    level, passed = level_2012(code), code in PASSED_2012
    marks = marks_for(chance, level, passed)
    if code == worker(1):
        marks = {"comprehensive": 71, "practice": 64, "law": 48}
    elif code in ABSENT:
        marks = dict.fromkeys(SUBJECTS[level])
    elif code == CORRECTED:
        marks = {"comprehensive": 66, "practice": 51}
    outcome(desk, FILE, code, level, 2012, passed, marks)


def _correct_a_mark(desk: Desk) -> None:
    """57, not 51: the pass mark is missed either way."""
    on = RESULTS_ON[2012]
    desk.note(
        FILE,
        "SubjectScored",
        on,
        entered_on=date(2012, 9, 12),
        worker=CORRECTED,
        level="junior",
        year=2012,
        subject="practice",
        score=57,
        results_on=on,
        corrects=f"key:mark-{CORRECTED}-2012-practice",
        reason="成绩单辨认有误，按原件更正",
    )
