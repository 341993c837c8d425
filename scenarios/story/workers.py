"""工作人员与岗位: who is employed, the posts of centre, stations and the 4+1 standard, and who fills them when."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from story.desk import Desk
from story.names import (
    AGENCY,
    APPLICANTS_2012,
    CENTER,
    CERTIFIED,
    COMMUNITIES,
    INTERMEDIATE_2012,
    MOVED_FROM_STREET,
    OFFICES,
    PROJECT_STAFF,
    PROJECTS,
    PURCHASED,
    SLOTS,
    STAFF,
    STANDARD_ON,
    STREET,
    TO_STATION_6,
    TRANSFERRED,
    employer,
    office,
    worker,
    workplace,
)

FILE = "04-workers"
POSTS_FILE = "05-posts"
POSTS_ON = date(2012, 6, 26)
PURCHASED_ON = date(2012, 9, 17)
TO_CENTER_AND_STATION_5 = date(2013, 1, 7)
TO_STATION_6_ON = date(2013, 2, 25)
TRANSFERRED_ON = date(2013, 4, 1)
GAP_CLOSED_ON = date(2013, 4, 22)
LATE_HIRES = {worker(n): date(2012, 9, 3) + timedelta(days=28 * (n - 92)) for n in range(92, 97)}


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance = Random("xiyuan/workers")
    _establish(desk)
    for code in STAFF:
        _take_on(desk, chance, code)
    _project_staff(desk)
    _station_members(desk)
    _eligibility(desk, chance)
    _purchase(desk)


def tell_changes(desk: Desk) -> None:
    """Write the chapter's second part: what changed once the certificates were there."""
    _take_up_standard(desk)
    _move(desk)
    _leave_and_extend(desk)


def _establish(desk: Desk) -> None:
    def post(org: str, name: str, title: str, capacity: int, professional: bool = False, on: date = POSTS_ON) -> None:
        code = f"{org}-{name}"
        desk.note(
            POSTS_FILE,
            "PostEstablished",
            on,
            lag=0,
            post=code,
            org=org,
            title=title,
            professional=professional,
            capacity=capacity,
        )

    post(STREET, "STAFF", "街道工作人员", 30, on=date(2006, 1, 1))
    post(CENTER, "MANAGER", "中心管理岗", 2)
    post(CENTER, "PRO", "中心专业社工岗", 1, professional=True)
    for community in COMMUNITIES:
        for kind in OFFICES:
            post(office(community, kind), "STAFF", "社区工作人员", 12, on=date(2006, 1, 1))
            post(office(community, kind), "SW", "4+1 社工岗", 1)
        post(office(community, "STATION"), "MEMBER", "服务站委员", 2)
        post(office(community, "STATION"), "PRO", "服务站专业社工岗", 1, professional=True)


def _take_on(desk: Desk, chance: Random, code: str) -> None:
    """Hired over the years and sent to an office; five came after the ledger was taken up."""
    if code == worker(90):
        on = date(2012, 2, 29)
    else:
        on = LATE_HIRES.get(code) or date(2006, 3, 1) + timedelta(days=chance.randrange(0, 1900))
    org = employer(code)
    kind = "street" if org == STREET else "community"
    desk.note(FILE, "WorkerHired", on, lag=1, worker=code, employer=org, employment=kind)
    desk.note(POSTS_FILE, "PostFilled", on, lag=1, post=f"{workplace(code)}-STAFF", worker=code)


def _project_staff(desk: Desk) -> None:
    for project, staff in PROJECT_STAFF.items():
        for code in staff:
            on = date(2012, 6, 28) if project != "XY-P2" else date(2011, 9, 1)
            desk.note(FILE, "WorkerHired", on, lag=0, worker=code, employer=PROJECTS[project], employment="agency")


def _station_members(desk: Desk) -> None:
    """Two members of each neighbourhood committee at the station, two managers at the centre: all without a level."""
    plain = [code for code in STAFF if code not in CERTIFIED and code not in LATE_HIRES and code != worker(88)]
    for community in COMMUNITIES:
        committee = [code for code in plain if workplace(code) == office(community, "AUTO")]
        for code in committee[-2:]:
            desk.note(POSTS_FILE, "PostFilled", date(2012, 7, 2), post=f"{community}-STATION-MEMBER", worker=code)
    for code in [code for code in plain if workplace(code) == STREET][-2:]:
        desk.note(POSTS_FILE, "PostFilled", date(2012, 6, 27), lag=1, post=f"{CENTER}-MANAGER", worker=code)


def _eligibility(desk: Desk, chance: Random) -> None:
    rules = {"junior": "大专学历，从事社会工作满四年", "intermediate": "本科学历，从事社会工作满五年"}
    for code in (*APPLICANTS_2012, *(worker(n) for n in range(2, 5))):
        level = "intermediate" if code in INTERMEDIATE_2012 or code == worker(4) else "junior"
        eligible_on = date(2011, 7, 1) + timedelta(days=30 * chance.randrange(0, 8))
        assessed_on = date(2012, 3, 1)
        desk.note(
            FILE,
            "WorkerEligibilityAssessed",
            assessed_on,
            lag=1,
            worker=code,
            level=level,
            rule=rules[level],
            eligible_on=eligible_on,
        )


def _leave_and_extend(desk: Desk) -> None:
    desk.note(
        FILE, "WorkerLeft", date(2013, 2, 15), worker=worker(88), employer=employer(worker(88)), reason="个人原因"
    )
    desk.note(
        FILE,
        "ExamDeadlineExtended",
        date(2013, 5, 6),
        lag=2,
        worker=worker(70),
        until=date(2015, 12, 31),
        approved_by="chief-1",
        reason="产假顺延",
    )


def _purchase(desk: Desk) -> None:
    """Four professional posts bought from the agency: the stations of communities 1 to 4."""
    contract = "XY-POSTS-2012"
    desk.note(
        POSTS_FILE,
        "PositionsPurchased",
        date(2012, 9, 10),
        lag=1,
        contract=contract,
        org=STREET,
        agency=AGENCY,
        quantity=4,
        price_fen=4 * 4_800_000,
        from_=PURCHASED_ON,
        to=date(2014, 9, 16),
    )
    for code, community in zip(PURCHASED, COMMUNITIES, strict=False):
        before, entered_on = date(2009, 7, 1), date(2012, 9, 17)
        desk.note(FILE, "WorkerHired", before, entered_on=entered_on, worker=code, employer=AGENCY, employment="agency")
        desk.note(FILE, "WorkerLeft", PURCHASED_ON, lag=0, worker=code, employer=AGENCY, reason="转为购买岗位")
        desk.note(
            FILE,
            "WorkerHired",
            PURCHASED_ON,
            lag=1,
            after=(contract,),
            worker=code,
            employer=AGENCY,
            employment="purchased",
        )
        desk.note(POSTS_FILE, "PostFilled", PURCHASED_ON, lag=2, post=f"{community}-STATION-PRO", worker=code)


def _change_post(desk: Desk, code: str, on: date, old: str, new: str) -> None:
    desk.note(POSTS_FILE, "PostVacated", on, lag=1, post=old, worker=code)
    desk.note(POSTS_FILE, "PostFilled", on, lag=1, post=new, worker=code)


def _take_up_standard(desk: Desk) -> None:
    """December 2012: each office of a community has its certified worker on the post of the standard."""
    for code, place in SLOTS.items():
        _change_post(desk, code, STANDARD_ON, f"{place}-STAFF", f"{place}-SW")


def _move(desk: Desk) -> None:
    """The three professional posts that were not bought are covered in-house, and one worker changes her community."""
    station_5, center, to_community_2 = MOVED_FROM_STREET
    old = f"{STREET}-STAFF"
    _change_post(desk, station_5, TO_CENTER_AND_STATION_5, old, "XY-C5-STATION-PRO")
    _change_post(desk, center, TO_CENTER_AND_STATION_5, old, f"{CENTER}-PRO")
    _change_post(desk, TO_STATION_6, TO_STATION_6_ON, "XY-C6-ADMIN-SW", "XY-C6-STATION-PRO")
    desk.note(
        FILE,
        "WorkerHired",
        TRANSFERRED_ON,
        lag=1,
        worker=TRANSFERRED,
        employer="XY-C6",
        employment="community",
        reason="社区间调动",
    )
    desk.note(FILE, "WorkerLeft", TRANSFERRED_ON, lag=1, worker=TRANSFERRED, employer="XY-C2", reason="社区间调动")
    _change_post(desk, TRANSFERRED, TRANSFERRED_ON, "XY-C2-ADMIN-SW", "XY-C6-ADMIN-SW")
    _change_post(desk, to_community_2, GAP_CLOSED_ON, old, "XY-C2-ADMIN-SW")
