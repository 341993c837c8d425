"""组织: the street, its communities with two committees and two stations, the association and what it incubated."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from story.desk import AS_OF, Desk
from story.names import (
    AGENCY,
    ASSOCIATION,
    CENTER,
    COLLEGE,
    COMMUNITIES,
    CSOS,
    DISTRICT,
    FOUNDED_ON,
    STREET,
    TEAMS,
    TROUPE,
    office,
)

FILE = "01-organisations"
SUPPORT_FILE = "02-incubation"
OLD = date(2006, 1, 1)
OFFICE_KINDS = (
    ("PARTY", "party_org", "社区党委"),
    ("AUTO", "autonomous_org", "社区居民委员会"),
    ("ADMIN", "admin_workstation", "社区工作站"),
)
CARRIERS = (
    ("XY-SEVENSTAR", "合肥西园七星社区心理服务中心", AGENCY),
    ("XY-COOP", "居家养老服务合作社", "XY-CSO-02"),
    ("XY-CARE", "社区照料中心", "XY-CSO-02"),
    ("XY-SEEDLING", "小树苗学堂", "XY-CSO-03"),
)
CATEGORIES = (("residents_autonomy", "居民自治"), ("public_welfare", "公益服务"), ("recreation_sports", "文体娱乐"))
NAMED_CSOS = {
    "XY-CSO-01": "阳光四季互助会",
    "XY-CSO-02": "夕阳红居家养老服务社",
    "XY-CSO-03": "小树苗家庭服务社",
    "XY-CSO-04": "志愿者广场服务社",
}
NUMERALS = "一二三四五六"


def cso_registered_on(code: str) -> date:
    """The four that implement projects came first, the others over the half year that followed."""
    n = CSOS.index(code)
    return date(2012, 6, 21) if n < 4 else date(2012, 6, 25) + timedelta(days=(n - 4) * 4)


def tell(desk: Desk) -> None:
    """Write the chapter."""
    _street(desk)
    _platform(desk)
    _csos(desk)
    _support(desk, Random("xiyuan/support"))


def _register(desk: Desk, on: date, org: str, kind: str, name: str, parent: str | None = None, **fields: Any) -> None:
    desk.note(FILE, "OrganizationRegistered", on, lag=0, org=org, kind=kind, name=name, parent=parent, **fields)


def _street(desk: Desk) -> None:
    _register(desk, OLD, DISTRICT, "department", "蜀山区民政局")
    _register(desk, OLD, STREET, "street", "西园街道")
    _register(desk, OLD, "XY-STREET-BUSI", "department", "西园街道社会事务科", STREET)
    for community, numeral in zip(COMMUNITIES, NUMERALS, strict=True):
        _register(desk, OLD, community, "community", f"西园第{numeral}社区", STREET)
        for code, kind, name in OFFICE_KINDS:
            _register(desk, OLD, office(community, code), kind, f"第{numeral}{name}", community)
    _register(desk, date(2008, 5, 12), AGENCY, "agency", "合肥某专业社会工作服务中心")
    desk.note(FILE, "OrganizationStatusChanged", date(2008, 6, 2), lag=0, org=AGENCY, status="registered")
    _register(desk, date(2010, 9, 1), "SS-EVAL", "evaluator", "蜀山区第三方评估机构")


def _platform(desk: Desk) -> None:
    """June 2012: association, centre, six stations, college; what the projects rest on."""
    _register(desk, FOUNDED_ON, ASSOCIATION, "association", "西园街道社会工作者协会", STREET)
    desk.note(
        FILE,
        "OrganizationStatusChanged",
        FOUNDED_ON,
        lag=1,
        org=ASSOCIATION,
        status="registered",
        document="皖民示〔2012〕(示例)",
    )
    _register(desk, date(2012, 6, 25), CENTER, "service_center", "西园街道社会工作服务中心", STREET)
    for community, numeral in zip(COMMUNITIES, NUMERALS, strict=True):
        _register(
            desk,
            date(2012, 6, 26),
            office(community, "STATION"),
            "service_station",
            f"第{numeral}社区社工服务站",
            community,
        )
    _register(desk, date(2012, 6, 28), COLLEGE, "college", "西园社区教育学院", STREET)
    desk.note(FILE, "DesignationGranted", date(2012, 6, 25), org=STREET, designation="pilot_unit", level="province")
    desk.note(FILE, "DesignationGranted", date(2012, 6, 28), org=STREET, designation="training_base", level="street")
    desk.note(FILE, "DesignationGranted", date(2013, 1, 15), org=STREET, designation="training_base", level="district")
    _register(desk, date(2012, 6, 21), TROUPE, "service_carrier", "“书院之声”艺术团", STREET)
    _register(desk, date(2012, 7, 5), "XY-BRIGADE", "volunteer_brigade", "西园街道志愿服务大队", STREET)
    for community, numeral in zip(COMMUNITIES, NUMERALS, strict=True):
        name = f"第{numeral}社区志愿服务站"
        _register(desk, date(2012, 7, 10), office(community, "VOL"), "volunteer_station", name, "XY-BRIGADE")


def _csos(desk: Desk) -> None:
    for n, code in enumerate(CSOS):
        category, kind = CATEGORIES[n % 3]
        on = cso_registered_on(code)
        name = NAMED_CSOS.get(code, f"{kind}类社区社会组织第{n + 1}号")
        _register(desk, on, code, "cso", name, ASSOCIATION, category=category)
        filed = "registered" if n < 4 or n % 9 == 8 else "filed"
        desk.note(FILE, "OrganizationStatusChanged", on + timedelta(days=5), org=code, status=filed)
        desk.note(FILE, "PersonAssigned", on + timedelta(days=3), org=code, person=f"L-{n + 1:02d}", role="leader")
    for code, name, parent in CARRIERS:
        _register(desk, date(2012, 7, 6), code, "service_carrier", name, parent)
    for n, team in enumerate(TEAMS):
        on = date(2012, 7, 16) + timedelta(days=n * 9)
        desk.note(FILE, "TeamFormed", on, org=TROUPE, team=team, community=COMMUNITIES[n % 6])


def _support(desk: Desk, chance: Random) -> None:
    """Industry management and support: five services of the association; venues, people, equipment of the street."""
    details = {"venue": "每周提供活动场地两次", "people": "派驻网格信息员协助", "equipment": "音响、桌椅一批"}
    for n, code in enumerate(CSOS):
        first = cso_registered_on(code)
        for service in ("registration", *chance.sample(["planning", "consulting", "training", "evaluation"], 2)):
            on = min(first + timedelta(days=chance.randrange(3, 140)), AS_OF - timedelta(days=3))
            minutes = chance.choice((60, 90, 120))
            desk.note(
                SUPPORT_FILE,
                "IncubationSupportProvided",
                on,
                org=code,
                by=ASSOCIATION,
                service=service,
                minutes=minutes,
            )
        kind = chance.choice(tuple(details))
        on = first + timedelta(days=chance.randrange(10, 60))
        desk.note(SUPPORT_FILE, "SupportGranted", on, org=code, by=STREET, kind=kind, detail=details[kind])
        role = "grid_worker" if n % 2 else "volunteer"
        desk.note(SUPPORT_FILE, "PersonAssigned", on, org=code, person=f"G-{n + 1:03d}", role=role)
