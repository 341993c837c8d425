"""会员: 204 members of each of 54 organisations, and the troupe's 12 teams of 26.

Rosters fill over the months; a few members come and go again, and one is entered in the wrong roster.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from story.desk import Desk
from story.names import CSO_MEMBERS, CSOS, TEAM_MEMBERS, TEAMS, TROUPE
from story.organisations import cso_registered_on

FILE = "03-members"
ROSTERS_END_ON = date(2013, 5, 31)
GUESTS = 20
"""Organisations with one more member, who left again before the report."""


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance = Random("xiyuan/members")
    for n, code in enumerate(CSOS):
        first = cso_registered_on(code) + timedelta(days=2)
        for k, on in enumerate(_days(chance, first, CSO_MEMBERS)):
            desk.note(FILE, "MemberJoined", on, org=code, person=member(n * CSO_MEMBERS + k + 1))
    _guests(desk, chance)
    for k, on in enumerate(_days(chance, date(2012, 7, 16), len(TEAMS) * TEAM_MEMBERS)):
        desk.note(FILE, "MemberJoined", on, org=TROUPE, person=member(CSO_MEMBERS * 3 + 2 * k + 1))
    wrong, found_on = date(2013, 3, 11), date(2013, 3, 20)
    desk.note(FILE, "MemberJoined", wrong, lag=0, org="XY-CSO-21", person="M-20001", key="membership-M-20001-XY-CSO-21")
    desk.note(
        FILE,
        "RecordVoided",
        found_on,
        lag=0,
        after=("XY-CSO-21",),
        event="key:membership-M-20001-XY-CSO-21",
        approved_by="chief-1",
        reason="会员登错组织，申请表撤回",
    )


def member(n: int) -> str:
    """The code of the n-th member."""
    return f"M-{n:05d}"


def _days(chance: Random, first: date, count: int) -> list[date]:
    """Days of joining: many in the first weeks, the others until the end of May 2013."""
    span = (ROSTERS_END_ON - first).days
    return sorted(first + timedelta(days=int(span * chance.random() ** 2)) for _ in range(count))


def _guests(desk: Desk, chance: Random) -> None:
    for n in range(GUESTS):
        org = CSOS[n * 2 + 5]
        joined = cso_registered_on(org) + timedelta(days=chance.randrange(5, 40))
        left = joined + timedelta(days=chance.randrange(30, 120))
        desk.note(FILE, "MemberJoined", joined, lag=1, org=org, person=member(20101 + n))
        desk.note(FILE, "MemberLeft", left, lag=2, org=org, person=member(20101 + n))
