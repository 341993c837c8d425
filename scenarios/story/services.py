"""服务: what the projects did for whom: visits, counselling, cases, home care, activities, performances."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from story.clients import OTHER_ELDERS, Enrolment, enrolments
from story.desk import AS_OF, Desk, Fields
from story.diary import Diary
from story.names import PROJECT_STAFF, PROJECT_STARTS

FILE = "12-services"
FIVE_ONES = ("home_visit", "birthday_greeting", "health_check", "festival_gift", "comfort_talk")
"""The report names the Five Ones and no items: these are illustrative."""
SEASONS = (date(2012, 7, 28), date(2012, 10, 20), date(2013, 1, 26), date(2013, 4, 13))
LAST_SERVICE_ON = date(2013, 6, 28)


def tell(desk: Desk) -> None:
    """Write the chapter; gatherings first, so that services are found hours beside them."""
    chance, diary = Random("xiyuan/services"), Diary()
    _four_seasons(desk, chance, diary)
    _elders_meet(desk, chance, diary)
    _correction_groups(desk, chance, diary)
    _squares_and_stages(desk, chance, diary)
    _families(desk, chance, diary)
    _correction(desk, chance, diary)
    _home_care(desk, chance, diary)


def hold(
    desk: Desk,
    diary: Diary,
    project: str,
    session: str,
    kind: str,
    at: datetime,
    minutes: int,
    workers: tuple[str, ...],
    participants: list[str] | None = None,
    headcount: int | None = None,
    file: str = FILE,
) -> None:
    """A session, with everybody's hours taken."""
    diary.take((*workers, *(participants or ())), at, minutes)
    desk.note(
        file,
        "SessionHeld",
        at.date(),
        session=session,
        project=project,
        kind=kind,
        starts_at=at,
        minutes=minutes,
        workers=workers,
        participants=participants,
        headcount=headcount,
    )


def _four_seasons(desk: Desk, chance: Random, diary: Diary) -> None:
    """One gathering of the families in each season."""
    for n, on in enumerate(SEASONS):
        present = [each.client for each in enrolments("XY-P1") if each.holds(on) and chance.random() < 0.8]
        at = datetime.combine(on, time(9, 30))
        hold(desk, diary, "XY-P1", f"P1-S{n + 1}", "activity", at, 150, PROJECT_STAFF["XY-P1"], present)


def _elders_meet(desk: Desk, chance: Random, diary: Diary) -> None:
    """Twice a month; in the end each of the 240 registered and of 161 others has come at least once."""
    days = [PROJECT_STARTS["XY-P3"] + timedelta(days=14 + 15 * n) for n in range(23)]
    registered, others = enrolments("XY-P3"), list(OTHER_ELDERS)
    for n, on in enumerate(days):
        due = [
            each.client
            for k, each in enumerate(registered)
            if each.holds(on) and (k % 8 == n % 8 or n == len(days) - 1)
        ]
        due = [client for client in due if n >= len(days) - 8 or chance.random() < 0.7]
        present = due + [client for k, client in enumerate(others) if k % 7 == n % 7]
        at = datetime.combine(on, time(14, 30))
        staff = PROJECT_STAFF["XY-P3"][n % 6], PROJECT_STAFF["XY-P3"][(n + 1) % 6]
        hold(desk, diary, "XY-P3", f"P3-A{n + 1:02d}", "activity", at, 120, staff, sorted(present))


def _correction_groups(desk: Desk, chance: Random, diary: Diary) -> None:
    for n in range(10):
        on = date(2012, 9, 22) + timedelta(days=28 * n)
        adults = [each.client for each in enrolments("XY-P2") if each.holds(on) and each.sensitivity == "sensitive"]
        present = sorted(chance.sample(adults, min(len(adults) - 1, 9)))
        at = datetime.combine(on, time(14, 0))
        hold(desk, diary, "XY-P2", f"P2-G{n + 1:02d}", "group", at, 120, PROJECT_STAFF["XY-P2"][:1], present)


def _squares_and_stages(desk: Desk, chance: Random, diary: Diary) -> None:
    """Volunteers' squares each month, performances twice a month: people are counted, not named."""
    for n in range(12):
        at = datetime.combine(date(2012, 7, 14) + timedelta(days=28 * n), time(9, 0))
        hold(
            desk,
            diary,
            "XY-P5",
            f"P5-{n + 1:02d}",
            "outreach",
            at,
            180,
            PROJECT_STAFF["XY-P5"],
            None,
            chance.randrange(60, 150),
        )
    for n in range(24):
        at = datetime.combine(date(2012, 7, 20) + timedelta(days=14 * n), time(19, 0))
        audience = chance.randrange(120, 400)
        hold(desk, diary, "XY-P6", f"P6-{n + 1:02d}", "performance", at, 120, PROJECT_STAFF["XY-P6"], None, audience)


def _serve(
    desk: Desk, diary: Diary, each: Enrolment, worker: str, on: date, method: str, minutes: int, item: str | None = None
) -> None:
    """A service on that day, or on the next that suits worker and client."""
    while on.weekday() > 4 or not each.holds(on):
        on += timedelta(days=1)
    at = None
    while on <= LAST_SERVICE_ON and (at := diary.find((each.client, worker), on, minutes)) is None:
        on += timedelta(days=1)
    if at is None or on > AS_OF:
        return
    desk.note(
        FILE,
        "ClientServed",
        on,
        client=each.client,
        project=each.project,
        worker=worker,
        method=method,
        minutes=minutes,
        starts_at=at,
        item=item,
    )


def _families(desk: Desk, chance: Random, diary: Diary) -> None:
    """The Five Ones of each family, and counselling every six weeks."""
    for n, each in enumerate(enrolments("XY-P1")):
        worker = PROJECT_STAFF["XY-P1"][n % 2]
        for k, item in enumerate(FIVE_ONES):
            on = each.on + timedelta(days=20 + 50 * k + chance.randrange(0, 20))
            _serve(desk, diary, each, worker, on, "visit", 60, item)
        for k in range(6):
            on = each.on + timedelta(days=10 + 42 * k + chance.randrange(0, 9))
            _serve(desk, diary, each, worker, on, "counselling", 60)


def _correction(desk: Desk, chance: Random, diary: Diary) -> None:
    """A case each: measured, planned, met every third week; four are closed by spring."""
    for n, each in enumerate(enrolments("XY-P2")):
        worker, case = PROJECT_STAFF["XY-P2"][n % 2], f"CASE-B-{n + 1:03d}"
        before = chance.randrange(48, 72)
        measured: Fields = {"client": each.client, "project": each.project, "instrument": "SCL-90"}
        desk.note(FILE, "CaseOpened", each.on, lag=1, case=case, client=each.client, project=each.project)
        desk.note(FILE, "OutcomeMeasured", each.on, lag=1, **measured, phase="pre", score=before)
        plan = each.on + timedelta(days=10)
        desk.note(FILE, "CasePlanAgreed", plan, case=case, client=each.client, goals="缓解抵触情绪，恢复社会功能")
        for k in range(12):
            method = chance.choice(("counselling", "case", "visit", "call"))
            on = each.on + timedelta(days=12 + 21 * k + chance.randrange(0, 6))
            if on <= LAST_SERVICE_ON - timedelta(days=7):
                _serve(desk, diary, each, worker, on, method, chance.choice((30, 45, 60)))
        later = date(2013, 5, 20) + timedelta(days=n % 5)
        desk.note(FILE, "OutcomeMeasured", later, **measured, phase="interim", score=before - chance.randrange(2, 14))
        if n < 4:
            closed_on = date(2013, 6, 3) + timedelta(days=n)
            desk.note(FILE, "CaseClosed", closed_on, case=case, client=each.client, outcome="目标达成，转入一般跟进")


def _home_care(desk: Desk, chance: Random, diary: Diary) -> None:
    """Visits to the registered elders; those over 80 who live alone or in an empty nest are seen more often."""
    staff = PROJECT_STAFF["XY-P3"]
    for n, each in enumerate(enrolments("XY-P3")):
        gap = 52 if each.category == "general_60" else 35
        on = each.on + timedelta(days=chance.randrange(2, 20))
        while on <= LAST_SERVICE_ON - timedelta(days=4):
            method = "call" if chance.random() < 0.15 else "home_care"
            _serve(
                desk,
                diary,
                each,
                staff[n % len(staff)],
                on,
                method,
                20 if method == "call" else chance.choice((60, 90)),
            )
            on += timedelta(days=gap + chance.randrange(-6, 7))
