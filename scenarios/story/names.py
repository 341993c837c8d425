"""Codes and days that several chapters share. What the report leaves open is invented, and said so in the README."""

from __future__ import annotations

from datetime import date

STREET = "XY-STREET"
CENTER = "XY-CENTER"
ASSOCIATION = "XY-ASSOC"
COLLEGE = "XY-COLLEGE"
AGENCY = "XY-AGENCY"
TROUPE = "XY-TROUPE"
DISTRICT = "SS-DISTRICT-CIVIL"

COMMUNITIES = tuple(f"XY-C{n}" for n in range(1, 7))
OFFICES = ("PARTY", "AUTO", "ADMIN")
CSOS = tuple(f"XY-CSO-{n:02d}" for n in range(1, 55))
CSO_MEMBERS = 204
TEAMS = tuple(f"XY-T{n:02d}" for n in range(1, 13))
TEAM_MEMBERS = 26

PROJECTS = {
    "XY-P1": "XY-CSO-01",
    "XY-P2": AGENCY,
    "XY-P3": "XY-CSO-02",
    "XY-P4": "XY-CSO-03",
    "XY-P5": "XY-CSO-04",
    "XY-P6": TROUPE,
}
"""The six projects and who implements each."""
PROJECT_STARTS = {project: date(2012, 6, 28) for project in PROJECTS}
PROJECTS_END_ON = date(2013, 12, 31)

FOUNDED_ON = date(2012, 6, 20)
"""The report says June 2012 and no day: a parameter of the scenario."""
STANDARD_ON = date(2012, 12, 3)
"""The day on which the certified take up the posts of the 4+1 standard."""

EXAM_ON = {
    ("junior", 2010): date(2010, 6, 20),
    ("junior", 2011): date(2011, 6, 19),
    ("intermediate", 2011): date(2011, 6, 18),
    ("junior", 2012): date(2012, 6, 17),
    ("intermediate", 2012): date(2012, 6, 16),
    ("junior", 2013): date(2013, 6, 16),
    ("intermediate", 2013): date(2013, 6, 15),
}
RESULTS_ON = {2010: date(2010, 8, 27), 2011: date(2011, 8, 26), 2012: date(2012, 8, 24), 2013: date(2013, 8, 23)}
SUBJECTS = {"junior": ("comprehensive", "practice"), "intermediate": ("comprehensive", "practice", "law")}


def worker(n: int) -> str:
    """The code of the n-th worker."""
    return f"W-{n:03d}"


EARLIER = {
    worker(1): ("junior", 2011),
    worker(2): ("junior", 2010),
    worker(3): ("junior", 2011),
    worker(4): ("intermediate", 2011),
}
"""Who held a level before 2012, and since which examination."""
APPLICANTS_2012 = (worker(1), *(worker(n) for n in range(5, 92)))
"""The 88 who registered in 2012; W-001, a junior, for the intermediate level."""
INTERMEDIATE_2012 = (worker(1), *(worker(n) for n in range(5, 19)))
PASSED_2012 = (*(worker(n) for n in range(5, 9)), *(worker(n) for n in range(19, 32)))
"""4 at the intermediate level, 13 at the junior one."""
CERTIFIED = (*EARLIER, *PASSED_2012)
"""The 21 of the report: 16 junior, 5 intermediate."""
STAFF = tuple(worker(n) for n in range(1, 97))
APPLICANTS_2013 = (
    worker(1),
    worker(19),
    worker(20),
    *(worker(n) for n in range(9, 15)),
    *(worker(n) for n in range(32, 74)),
)
INTERMEDIATE_2013 = APPLICANTS_2013[:9]
PURCHASED = tuple(worker(n) for n in range(101, 105))
STATION_SOCIAL_WORKERS = dict.fromkeys(PURCHASED, date(2012, 9, 17)) | {
    worker(29): date(2013, 1, 7),
    worker(28): date(2013, 2, 25),
}
"""The professional social worker of each of the six stations, and since when."""
PROJECT_STAFF = {
    "XY-P1": (worker(161), worker(162)),
    "XY-P2": (worker(111), worker(112)),
    "XY-P3": tuple(worker(n) for n in range(121, 127)),
    "XY-P4": tuple(worker(n) for n in range(131, 137)),
    "XY-P5": (worker(141),),
    "XY-P6": (worker(151),),
}
"""Employed by the implementers; none of them holds a level."""


def office(community: str, kind: str) -> str:
    """The code of a community's organisation, such as `XY-C1-PARTY`."""
    return f"{community}-{kind}"


def workplace(code: str) -> str:
    """Where a worker of the street sits when the story begins: an office of a community, or the street itself."""
    if code in MOVED_FROM_STREET:
        return STREET
    if code in SLOTS:
        return SLOTS[code]
    n = int(code[2:])
    if n % 10 == 0:
        return STREET
    return office(COMMUNITIES[n % 6], OFFICES[(n // 6) % 3])


def employer(code: str) -> str:
    """Who employs a worker of the street: her community, or the street."""
    place = workplace(code)
    return place if place == STREET else place.rpartition("-")[0]


_SEATS = tuple(office(community, kind) for kind in OFFICES for community in COMMUNITIES)
SLOTS = dict(zip(CERTIFIED, _SEATS, strict=False))
"""The 18 offices, each with a certified worker; the last three of the 21 are at the street."""
MOVED_FROM_STREET = CERTIFIED[18:]
TRANSFERRED = next(code for code, place in SLOTS.items() if place == "XY-C2-ADMIN")
"""Moves from community 2 to community 6 in April 2013."""
TO_STATION_6 = next(code for code, place in SLOTS.items() if place == "XY-C6-ADMIN")
"""Leaves the workstation of community 6 for its service station in February 2013."""
