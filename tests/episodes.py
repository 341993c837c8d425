"""What happens in a small street, drawn by chance: a few facts that belong together, each on its day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from xiyuan_ledger.aggregates import FACTS, Fact

BEGIN = date(2012, 5, 30)
FIRST = date(2012, 6, 1)
LAST = date(2014, 12, 31)
ANCHORS = tuple(
    date.fromisoformat(day)
    for day in [
        "2012-06-01",
        "2012-06-16",
        "2012-06-30",
        "2012-08-20",
        "2012-09-01",
        "2012-12-31",
        "2013-01-01",
        "2013-01-31",
        "2013-02-28",
        "2013-03-01",
        "2013-03-31",
        "2013-04-01",
        "2013-06-15",
        "2013-06-16",
        "2013-06-30",
        "2013-07-01",
        "2013-08-20",
        "2013-09-10",
        "2013-12-31",
        "2014-01-01",
        "2014-02-28",
        "2014-06-01",
        "2014-06-30",
    ]
)
"""Days on which several things happen, and on which months, quarters and years turn."""

COMMUNITIES = ("C1", "C2")
GRASSROOTS = {"P": "party_org", "A": "autonomous_org", "W": "admin_workstation", "S": "service_station"}
WORKERS = ("W-1", "W-2", "W-3", "W-4")
PEOPLE = (*WORKERS, "M-1", "M-2", "K-1")
EMPLOYERS = ("XY", "C1-S", "CEN", "AG")
POSTS = {
    "P-1": ("C1-P", False),
    "P-2": ("C1-S", True),
    "P-3": ("CEN", True),
    "P-4": ("C2-W", False),
    "P-5": ("C1-S", False),
    "P-6": ("C2-S", True),
}
PROJECTS = ("J-1", "J-2")
CLIENTS = ("K-1", "K-2", "K-3")
CHANNELS = ("government", "member", "social")
LEVELS = ("junior", "junior", "junior", "intermediate", "senior")
SUBJECTS = {
    "junior": ("comprehensive", "practice"),
    "intermediate": ("comprehensive", "practice", "law"),
    "senior": ("practice",),
}


class Entered(NamedTuple):
    """A fact that somebody will enter."""

    fact: Fact


Episode = Callable[[Random], list[Entered]]


def some_day(chance: Random, first: date = FIRST, last: date = LAST) -> date:
    """A day of a term; every other one is one of those that many things share."""
    anchors = [day for day in ANCHORS if first <= day <= last]
    if anchors and chance.random() < 0.5:
        return chance.choice(anchors)
    return first + timedelta(days=chance.randint(0, (last - first).days))


def after(chance: Random, day: date, *gaps: int) -> date:
    """A day that follows, or the same."""
    return day + timedelta(days=chance.choice(gaps or (0, 1, 15, 30, 31, 92, 200)))


def fact(name: str, on: date, /, **fields: Any) -> Entered:
    """A fact by its name; what is None is left out."""
    given = {field: value for field, value in fields.items() if value is not None}
    return Entered(FACTS[name](occurred_on=on, **given))


def at(chance: Random, day: date) -> datetime:
    """A time of the day."""
    return datetime.combine(day, time(chance.choice((0, 8, 9, 14, 23)), chance.choice((0, 30))))


def pick(chance: Random, pool: Sequence[Any]) -> Any:
    return chance.choice(pool)


def some(chance: Random, pool: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """A few of a pool, each once."""
    return tuple(chance.sample(pool, chance.randint(0, min(most, len(pool)))))


def maybe(chance: Random) -> bool:
    return chance.random() < 0.5


def founding(chance: Random) -> list[Entered]:
    """The street and its organisations, all there from the beginning but for a few."""
    orgs = [("XY", "street", None), ("DEP", "department", None), ("COL", "college", None), ("AG", "agency", None)]
    orgs += [("CEN", "service_center", "XY"), ("ASC", "association", None), ("EV", "evaluator", None)]
    orgs += [
        ("CSO-1", "cso", "ASC"),
        ("CSO-2", "cso", None),
        ("VB", "volunteer_brigade", None),
        ("VS", "volunteer_station", "VB"),
    ]
    for community in COMMUNITIES:
        orgs.append((community, "community", "XY"))
        orgs += [(f"{community}-{short}", kind, community) for short, kind in GRASSROOTS.items()]
    left_out = set(some(chance, [org for org, _, _ in orgs[4:]], 3))
    found = [
        fact("OrganizationRegistered", BEGIN, org=o, kind=k, name=o, parent=p) for o, k, p in orgs if o not in left_out
    ]
    found += [
        fact(
            "PostEstablished",
            BEGIN,
            post=post,
            org=org,
            title="post",
            professional=professional,
            capacity=1 + (post == "P-5"),
        )
        for post, (org, professional) in POSTS.items()
    ]
    return [*found, *_standing(chance)]


def _standing(chance: Random) -> list[Entered]:
    """What may have stood from the beginning: a project under way, workers on their posts, a client."""
    found: list[Entered] = []
    if maybe(chance):
        term = {"from_": BEGIN, "to": date(2014, 11, 30)}
        money = {
            "amount_fen": 7,
            "channel": "government",
            "instalments": [{"due_on": FIRST, "amount_fen": 7, "condition": "none"}],
        }
        targets = [{"indicator": indicator, "quantity": 3} for indicator in ("clients", "person_times", "sessions")]
        found.append(fact("ProjectApproved", BEGIN, project="J-1", name="Elders", purchaser="XY"))
        found.append(
            fact(
                "ProjectContracted",
                BEGIN,
                project="J-1",
                implementer="CSO-1",
                **term,
                **money,
                targets=targets,
                duties=[],
            )
        )
        found.append(fact("ProjectStarted", BEGIN, project="J-1"))
    if maybe(chance):
        found.append(fact("WorkerHired", BEGIN, worker="W-1", employer="XY", employment="street"))
        found.append(fact("WorkerHired", BEGIN, worker="W-2", employer="C1-S", employment="community"))
        found += [
            fact("PostFilled", BEGIN, post=pick(chance, tuple(POSTS)), worker=worker) for worker in ("W-1", "W-2")
        ]
        found += _qualified(chance)
    if maybe(chance):
        found.append(fact("ClientRegistered", BEGIN, client="K-1", sensitivity="normal"))
        found.append(fact("ClientEnrolled", BEGIN, client="K-1", project="J-1", category="elderly"))
    return found


def _qualified(chance: Random) -> list[Entered]:
    """One of them passed the examination of 2012, and may have her certificate registered."""
    sitting = {"worker": pick(chance, ("W-1", "W-2")), "level": "junior", "year": 2012}
    exam_on, results_on = date(2012, 6, 16), date(2012, 8, 20)
    found = [
        fact("ExamRegistered", FIRST, **sitting, exam_on=exam_on),
        fact("ExamPassed", results_on, **sitting, exam_on=exam_on, results_on=results_on),
    ]
    return found + _certificates(chance, sitting["worker"], "junior", 2012, results_on)


def employment(chance: Random) -> list[Entered]:
    """Somebody is hired; perhaps she leaves, or is dismissed and comes back."""
    worker, employer, day = pick(chance, WORKERS), pick(chance, EMPLOYERS), some_day(chance)
    kind = pick(chance, ("street", "community", "purchased", "agency"))
    found = [fact("WorkerHired", day, worker=worker, employer=employer, employment=kind)]
    if kind == "purchased":
        term = {"from_": day, "to": day + timedelta(days=500)}
        found.insert(
            0, fact("PositionsPurchased", day, contract="C-1", org="XY", agency="AG", quantity=2, price_fen=100, **term)
        )
    ends = pick(chance, ("runs on", "runs on", "leaves", "dismissed", "reinstated"))
    end = after(chance, day)
    if ends == "leaves":
        found.append(fact("WorkerLeft", end, worker=worker, employer=employer))
    elif ends != "runs on":
        found.append(fact("DismissalProposed", end, worker=worker, reason="no pass"))
        found.append(fact("WorkerDismissed", end, worker=worker, reason="no pass", approved_by="chief-1"))
        if ends == "reinstated":
            found.append(
                fact("WorkerReinstated", after(chance, end), worker=worker, reason="passed", approved_by="chief-1")
            )
    return found


def holding(chance: Random) -> list[Entered]:
    """A worker fills a post, and perhaps vacates it."""
    post, worker, day = pick(chance, tuple(POSTS)), pick(chance, WORKERS), some_day(chance)
    found = [fact("PostFilled", day, post=post, worker=worker)]
    if maybe(chance):
        found.append(fact("PostVacated", after(chance, day), post=post, worker=worker))
    return found


def working(chance: Random) -> list[Entered]:
    """A worker who is hired and fills a post from the start: what most of them do."""
    worker, post, day = (
        pick(chance, WORKERS),
        pick(chance, tuple(POSTS)),
        pick(chance, (BEGIN, some_day(chance, FIRST, date(2013, 6, 30)))),
    )
    hired = fact("WorkerHired", day, worker=worker, employer="XY", employment=pick(chance, ("street", "community")))
    return [hired, fact("PostFilled", after(chance, day, 0, 0, 1, 30), post=post, worker=worker)]


def examination(chance: Random) -> list[Entered]:
    """Registered, sat, scored, passed or failed; then the certificate, its renewal, or the annulment."""
    worker, level, year = pick(chance, WORKERS), pick(chance, LEVELS), pick(chance, (2012, 2013, 2014))
    sitting = {"worker": worker, "level": level, "year": year}
    exam_on, results_on = date(year, 6, 16), date(year, 8, pick(chance, (1, 20, 31)))
    found = [fact("ExamRegistered", max(date(year, 4, 1), FIRST), **sitting, exam_on=exam_on)]
    if maybe(chance):
        scores = {subject: pick(chance, (None, 59, 60, 75)) for subject in some(chance, SUBJECTS[level])}
        found += [
            fact("SubjectScored", results_on, **sitting, subject=subject, score=score, results_on=results_on)
            for subject, score in scores.items()
        ]
    outcome = pick(chance, ("ExamPassed", "ExamPassed", "ExamPassed", "ExamFailed"))
    found.append(fact(outcome, results_on, **sitting, exam_on=exam_on, results_on=results_on))
    if outcome == "ExamPassed":
        found += _certificates(chance, worker, level, year, results_on)
    return found


def _certificates(chance: Random, worker: str, level: str, year: int, results_on: date) -> list[Entered]:
    found: list[Entered] = []
    day, code = after(chance, results_on, 0, 11, 30, 45, 200, 400), f"Z-{pick(chance, (1, 2))}"
    certified = {"worker": worker, "level": level, "certificate": code}
    steps = pick(chance, (0, 1, 1, 1, 2))
    for renewal in range(steps):
        valid_from, valid_to = day, day + timedelta(days=pick(chance, (90, 365, 1095)))
        found.append(
            fact(
                "CertificateRegistered",
                day,
                **certified,
                valid_from=valid_from,
                valid_to=valid_to,
                renewal=bool(renewal),
            )
        )
        day = valid_to + timedelta(days=pick(chance, (-30, 0, 1, 40)))
    if pick(chance, (False, False, True)):
        effect = pick(chance, ("from_start", "from_decision"))
        annulled_on = after(chance, results_on, 0, 40, 107, 300)
        found.append(
            fact(
                "ExamResultAnnulled",
                annulled_on,
                worker=worker,
                level=level,
                year=year,
                effect=effect,
                authority="centre",
            )
        )
    elif steps and pick(chance, (False, False, True)):
        found.append(fact("CertificateRevoked", day, worker=worker, certificate=code, authority="bureau"))
    return found


def worker_matter(chance: Random) -> list[Entered]:
    """An assessment, an extension, or credits."""
    worker, day = pick(chance, WORKERS), some_day(chance)
    what = pick(chance, ("assessed", "extended", "credited"))
    if what == "assessed":
        level, eligible_on = pick(chance, LEVELS), some_day(chance)
        return [
            fact("WorkerEligibilityAssessed", day, worker=worker, level=level, rule="college", eligible_on=eligible_on)
        ]
    if what == "extended":
        until = after(chance, day, 0, 100, 800)
        return [
            fact(
                "ExamDeadlineExtended", day, worker=worker, until=until, approved_by="chief-1", reason="maternity leave"
            )
        ]
    basis = pick(chance, ("session", "degree", "course"))
    return [
        fact(
            "ContinuingEducationCredited",
            day,
            worker=worker,
            minutes=pick(chance, (60, 480, 2400)),
            basis=basis,
            session="S-1",
        )
    ]


def training(chance: Random) -> list[Entered]:
    """A class with who enrols, or sessions of a programme."""
    programme = pick(
        chance,
        (
            "pre_exam",
            "continuing_education",
            "continuing_education",
            "cso_leaders",
            "project_implementers",
            "residents",
        ),
    )
    day, class_ = some_day(chance), pick(chance, (None, "T-1", "T-2"))
    found: list[Entered] = []
    if class_ is not None:
        found.append(
            fact(
                "TrainingClassOpened",
                day,
                class_=class_,
                programme=programme,
                org="COL",
                level=pick(chance, (None, "junior")),
            )
        )
        found += [
            fact("TrainingEnrolled", after(chance, day), class_=class_, person=person)
            for person in some(chance, PEOPLE)
        ]
    for _ in range(pick(chance, (1, 2, 3))):
        held_on = after(chance, day)
        found.append(
            fact(
                "TrainingSessionHeld",
                held_on,
                session=f"S-{chance.randint(1, 30)}",
                programme=programme,
                class_=class_,
                org="COL",
                starts_at=at(chance, held_on),
                minutes=pick(chance, (45, 90, 240)),
                attendees=some(chance, PEOPLE) or None,
                headcount=pick(chance, (None, 0, 12)),
            )
        )
    return found


ABOUT_STAFF: tuple[Episode, ...] = (employment, working, working, holding, examination, examination, worker_matter)
"""Who works where, and passes what."""
ABOUT_TRAINING: tuple[Episode, ...] = (training, training, training, employment, examination)
"""Who learns."""
