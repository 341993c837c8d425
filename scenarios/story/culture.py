"""文化之星: the troupe's stars of 2012, two of each community. The report names the selection, and no number."""

from __future__ import annotations

from datetime import date

from story.desk import Desk
from story.members import member
from story.names import CSO_MEMBERS, TEAM_MEMBERS, TEAMS, TROUPE

FILE = "20-culture"
SELECTED_ON = date(2012, 12, 28)


def tell(desk: Desk) -> None:
    """Write the chapter: one star of each team."""
    for n in range(len(TEAMS)):
        person = member(CSO_MEMBERS * 3 + 2 * n * TEAM_MEMBERS + 1)
        desk.note(FILE, "CulturalStarSelected", SELECTED_ON, org=TROUPE, person=person, year=2012)
