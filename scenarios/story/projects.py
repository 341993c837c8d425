"""项目: six projects, what each promises and what it may spend. Amounts are illustrative: the report names none."""

from __future__ import annotations

from datetime import date
from typing import Any

from story.desk import Desk
from story.names import PROJECT_STARTS, PROJECTS, PROJECTS_END_ON, STREET

FILE = "10-projects"
APPROVED_ON = date(2012, 6, 22)
CONTRACTED_ON = date(2012, 6, 27)
NAMES = {
    "XY-P1": "特殊家庭“阳光四季”帮扶",
    "XY-P2": "社区矫正及心理援助",
    "XY-P3": "“情暖夕阳”居家养老服务",
    "XY-P4": "“一老一小”全龄家庭服务",
    "XY-P5": "志愿者广场",
    "XY-P6": "“书院之声”文化服务",
}
AMOUNTS_FEN = {
    "XY-P1": 9_000_000,
    "XY-P2": 12_000_000,
    "XY-P3": 30_000_000,
    "XY-P4": 18_000_000,
    "XY-P5": 6_000_000,
    "XY-P6": 10_000_000,
}
TARGETS = {
    "XY-P1": {"clients": 33, "sessions": 4},
    "XY-P2": {"clients": 21, "sessions": 10},
    "XY-P3": {"clients": 6001, "sessions": 20},
    "XY-P4": {"clients": 100, "sessions": 208},
    "XY-P5": {"sessions": 12},
    "XY-P6": {"teams": 12, "members": 300, "sessions": 20},
}
"""For P3 the people over 60 whom the project is for: more than 6,000 in the report, 6,001 here."""
SHARES_CENTI = {"staff": 6000, "activity": 2500, "training": 0, "equipment": 500, "admin": 1000}


def tell(desk: Desk) -> None:
    """Write the chapter."""
    for project, implementer in PROJECTS.items():
        desk.note(FILE, "ProjectApproved", APPROVED_ON, lag=1, project=project, name=NAMES[project], purchaser=STREET)
        desk.note(
            FILE,
            "ProjectContracted",
            CONTRACTED_ON,
            lag=0,
            project=project,
            implementer=implementer,
            from_=PROJECT_STARTS[project],
            to=PROJECTS_END_ON,
            amount_fen=AMOUNTS_FEN[project],
            channel="government",
            instalments=instalments(project),
            targets=[{"indicator": name, "quantity": quantity} for name, quantity in TARGETS[project].items()],
            duties=_duties(),
        )
        desk.note(FILE, "BudgetApproved", CONTRACTED_ON, lag=0, project=project, lines=_budget(project))
        desk.note(FILE, "ProjectStarted", PROJECT_STARTS[project], lag=0, project=project)


def instalments(project: str) -> list[dict[str, Any]]:
    """Two fifths at the start, two after the mid-term evaluation, one after the final one."""
    fifth = AMOUNTS_FEN[project] // 5
    return [
        {"due_on": "2012-07-10", "amount_fen": 2 * fifth, "condition": "none"},
        {"due_on": "2013-02-01", "amount_fen": 2 * fifth, "condition": "midterm"},
        {"due_on": "2014-01-31", "amount_fen": fifth, "condition": "final"},
    ]


def _duties() -> list[dict[str, str]]:
    return [
        {"party": "purchaser", "text": "确定项目、拨付资金、跟踪评估成效"},
        {"party": "implementer", "text": "按合同提供服务，如实登记服务记录，专款专用"},
    ]


def _budget(project: str) -> list[dict[str, Any]]:
    amount = AMOUNTS_FEN[project]
    lines = ((category, amount * share // 10_000) for category, share in SHARES_CENTI.items())
    return [{"category": category, "channel": "government", "amount_fen": fen} for category, fen in lines if fen]
