"""Random histories of the street: few people, organisations and projects, and what might happen to them.

A history is a list of seeds, so that Hypothesis can make it shorter. Each seed is an episode drawn by chance (somebody
is hired and leaves, sits an examination, a project runs …), entered after delays of its own; or it is a correction, a
voiding, a policy that reaches back. What the rules refuse is left out: what remains is a history as a ledger has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.altering import altered
from tests.episodes import ABOUT_STAFF, ABOUT_TRAINING, BEGIN, LAST, Entered, Episode, founding, some_day
from tests.episodes_of_evaluation import ABOUT_EVALUATION
from tests.episodes_of_payouts import ABOUT_PAYOUTS, Pay, take
from tests.episodes_of_service import ABOUT_MONEY, ABOUT_ORGANISATIONS, ABOUT_SERVICE
from tests.episodes_of_volunteers import ABOUT_PLACES, ABOUT_VOLUNTEERS
from xiyuan_ledger.aggregates import Event, Fact, Paper
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.calendar import SHANGHAI
from xiyuan_ledger.errors import Refused
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.policies import SCHEMAS

POLICIES = len(SCHEMAS)
OF_PEOPLE = (*ABOUT_STAFF, *ABOUT_TRAINING, *ABOUT_SERVICE, *ABOUT_VOLUNTEERS)
EVERYTHING = (*OF_PEOPLE, *ABOUT_MONEY, *ABOUT_ORGANISATIONS, *ABOUT_PAYOUTS, *ABOUT_PLACES, *ABOUT_EVALUATION)
ACTOR = "clerk-7"
FOUNDING = ("OrganizationRegistered", "PostEstablished")
DELAYS = (0, 0, 0, 1, 2, 8, 45, 200, 500)
BY_LINES = frozenset({"SubsidyPaid", "PaymentReturned", "PayoutRunClosed"})
HOURS = (0, 7, 8, 23)
"""Of the day in Shanghai: midnight and seven still belong to the day before in UTC."""


@dataclass(frozen=True)
class Alter:
    """Correct one of the facts recorded so far, or void it."""

    on: date
    which: int
    how: int
    voids: bool


class Adopt(NamedTuple):
    """Adopt the next version of a policy."""

    on: date
    policy: str
    effective_from: date
    effective_to: date | None
    parameters: dict[str, Any]


Step = Entered | Alter | Adopt | Pay


class History:
    """What a simulated ledger recorded: entries that may be recorded again, and the events that they became.

    `attempts` holds what it was told, what it refused included.
    """

    def __init__(self, entries: Sequence[Fact], attempts: Sequence[Fact], events: Sequence[Event]):
        self.entries = tuple(entries)
        self.attempts = tuple(attempts)
        self.events = tuple(events)

    def ledger(self, url: str = "memory:", count: int | None = None, **opened: Any) -> Ledger:
        """A new ledger with these facts, or with the first so many of them."""
        ledger = Ledger.open(url, create=True, actor=ACTOR, simulated=True, **opened)
        for together in _together(self.entries[:count]):
            ledger.record_all(together)
        return ledger

    def __repr__(self) -> str:
        """The facts, but for those with which every history begins."""
        lines = (
            f"{event.position} {event.recorded_at:%Y-%m-%d} {event.type} {event.fact.entry()}"
            for event in self.events[POLICIES:]
            if event.type not in FOUNDING
        )
        return "History:\n" + "\n".join(lines).replace("datetime.date", "")


def _together(entries: Sequence[Fact]) -> Iterator[list[Fact]]:
    """Entries in transactions: what is judged by the lines of a run comes after what the run was computed from."""
    found: list[Fact] = []
    for entry in entries:
        if type(entry).__name__ in BY_LINES and found and type(found[-1]) is not type(entry):
            yield found
            found = []
        found.append(entry)
    yield found


def recorded_policy(step: Adopt, ledger: Ledger) -> PolicyAdopted:
    """The adoption as it is entered, with the version that comes next."""
    events = list(ledger.events())
    gone = {getattr(event.fact, "event", None) or event.fact.corrects for event in events}
    adopted = [event.fact for event in events if isinstance(event.fact, PolicyAdopted) and event.event_id not in gone]
    version = max((fact.version for fact in adopted if fact.policy == step.policy), default=0)
    return PolicyAdopted(
        policy=step.policy,
        version=version + 1,
        effective_from=step.effective_from,
        effective_to=step.effective_to,
        authority="illustrative",
        parameters=step.parameters,
        occurred_on=step.on,
        reason="reaches back" if step.effective_from < step.on else None,
    )


def _altered(step: Alter, ledger: Ledger) -> Fact | None:
    """A correction or a voiding of a fact; mostly of one that still stands."""
    recorded = list(ledger.events(after=POLICIES))
    if not recorded:
        return None
    if step.which % 8:
        recorded = [event for event in recorded if event.recorded_at > recorded[0].recorded_at] or recorded
    target = recorded[step.which % len(recorded)]
    if step.voids:
        return RecordVoided(
            event=target.event_id, approved_by="chief-1", reason="entered in error", occurred_on=step.on
        )
    return altered(target, Random(step.how), step.on)


def _fact_of(step: Entered | Alter | Adopt, ledger: Ledger) -> Fact | None:
    match step:
        case Adopt():
            return recorded_policy(step, ledger)
        case Alter():
            return _altered(step, ledger)
        case Entered():
            return step.fact


def recorded(steps: Sequence[tuple[datetime, Step]]) -> History:
    """What a ledger makes of the steps, in the order in which they are entered."""
    attempts: list[Fact] = []
    with Ledger.open("memory:", actor=ACTOR, simulated=True) as ledger:
        for instant, step in sorted(steps, key=lambda each: each[0]):
            if isinstance(step, Pay):
                before = ledger.head
                take(step, ledger, instant)
                attempts += [_as_entered(event) for event in ledger.events(after=before)]
                continue
            try:
                fact = _fact_of(step, ledger)
            except Refused:
                continue
            if fact is not None:
                attempts += _tried(ledger, fact.model_copy(update={"recorded_at": instant}))
        events = tuple(ledger.events())
    entries = tuple(_as_entered(event) for event in events[POLICIES:])
    return History(entries, attempts, events)


def _as_entered(event: Event) -> Fact:
    """The entry that became an event; whoever entered it enters it again."""
    return event.fact.model_copy(update={"recorded_at": event.recorded_at, "actor": event.actor})


def _tried(ledger: Ledger, fact: Fact) -> list[Fact]:
    """Try to record a fact; where its month is closed once more, with the reason that it then needs."""
    try:
        ledger.record(fact)
    except Refused as refusal:
        if refusal.code == "period-closed":
            return [fact, *_tried(ledger, fact.model_copy(update={"reason": "entered late"}))]
    return [fact]


def _instant(on: date, hour: int) -> datetime:
    return datetime.combine(max(on, BEGIN), time(hour, 30), SHANGHAI)


ENVELOPE: Mapping[str, Sequence[Any]] = {
    "actor": ("clerk-8", "clerk-9"),
    "source": ("form 12", "register, sheet 2"),
    "reason": ("told by phone",),
    "evidence": (
        (Paper(kind="form", digest="1" * 64),),
        (Paper(kind="form", digest="2" * 64, note="signed"), Paper(kind="scan", digest="1" * 64)),
    ),
}
PARAMETERS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "exam-deadline": {
        "years": (1, 2, 3),
        "basis": ("exam_on", "results_on", "certificate_on"),
        "from_eligibility": (True, False),
        "requires_eligibility": (True, False),
    },
    "post-subsidy": {
        "rates": ({"junior": 15_000, "intermediate": 25_000}, {"junior": 0}),
        "start_rule": ("pass_month", "results_month", "registration_month", "next_month"),
        "on_post": ("any_day", "first_day", "last_day", "full_month"),
        "requires_registration": (True, False),
        "counts_purchased": (True, False),
    },
    "four-plus-one": {
        "min_per_kind": (0, 1, 2),
        "plus_one": ("none", "station_professional", "centre_professional"),
        "qualification": ("passed", "registered"),
        "count_purchased": (True, False),
    },
    "station-staffing": {"center": ({"members": 1, "professional": 2},), "station": ({"members": 3},)},
    "training-cadence": {
        "grace_days": (0, 10, 40),
        "programmes": (
            [{"programme": "continuing_education", "min_count": 1, "per": "month"}],
            [{"programme": "residents", "min_count": 1, "per": "year"}],
        ),
    },
    "certificate-registration": {"first_within_months": (1, 14), "renew_before_months": (1, 6)},
    "continuing-education": {"minutes": ({"junior": 300, "intermediate": 400}, {"junior": 60})},
    "fund-channels": {"mode": ("warn", "block")},
    "record-timeliness": {"prompt_days": (0, 3), "late_days": (5, 30)},
    "counting": {"unduplicated": ("named", "named_plus_headcount")},
    "project-eligibility": {
        "projects": ({"J-1": {"categories": ["elderly"], "min_age": 60}}, {"J-2": {"max_age": 14}})
    },
    "service-cadence": {
        "projects": ({"J-1": {"kind": "class", "per_week": 2, "minutes": 90}},),
        "five_ones": ({"project": "J-1", "items": ["outing", "meal", "visit", "letter", "feast"]},),
    },
    "training-cost": {"payer_kinds": (["street", "cso"], ["street"])},
}


def adoption(chance: Random) -> Adopt:
    """The next version of a policy, in force from before, from then or from later on."""
    policy = chance.choice(sorted(PARAMETERS))
    parameters = {name: chance.choice(values) for name, values in PARAMETERS[policy].items() if chance.random() < 0.6}
    effective_from = some_day(chance)
    lasts = chance.choice((None, None, None, 30, 400))
    effective_to = None if lasts is None else effective_from + timedelta(days=lasts)
    return Adopt(some_day(chance), policy, effective_from, effective_to, parameters)


def _entered(chance: Random, about: Sequence[Episode]) -> Iterator[tuple[datetime, Step]]:
    """An episode, each of its facts entered on its day or later, some with papers and by others."""
    hour = chance.choice(HOURS)
    usual = chance.choice(DELAYS)
    for each in chance.choice(about)(chance):
        delay = chance.choice((usual, usual, chance.choice(DELAYS)))
        more = {name: chance.choice(values) for name, values in ENVELOPE.items() if chance.random() < 0.15}
        yield _instant(each.fact.occurred_on + timedelta(days=delay), hour), Entered(each.fact.model_copy(update=more))


def _alteration(chance: Random) -> Alter:
    on = some_day(chance, BEGIN, LAST + timedelta(days=200))
    return Alter(on, chance.randint(0, 1000), chance.randint(0, 10_000), chance.random() < 0.4)


def _steps(
    seed: int, about: Sequence[Episode], altering: float, adopting: float, paying: float
) -> list[tuple[datetime, Step]]:
    chance = Random(seed)
    what = chance.random()
    if what < altering:
        altered_ = _alteration(chance)
        return [(_instant(altered_.on, chance.choice(HOURS)), altered_)]
    if what < altering + adopting:
        adopted = adoption(chance)
        return [(_instant(adopted.on, chance.choice(HOURS)), adopted)]
    if what < altering + adopting + paying:
        on = some_day(chance, BEGIN, LAST)
        return [(_instant(on, chance.choice(HOURS)), Pay(on, chance.randint(0, 2**40)))]
    return list(_entered(chance, about))


def history_of(
    seeds: Sequence[int],
    *,
    altering: float = 0.2,
    adopting: float = 0.1,
    paying: float = 0.0,
    about: Sequence[Episode] = EVERYTHING,
) -> History:
    """The history that these seeds make: the first the founding of the street, the others an episode each."""
    steps: list[tuple[datetime, Step]] = [
        (_instant(each.fact.occurred_on, 0), each) for each in founding(Random(seeds[0]))
    ]
    for seed in seeds[1:]:
        steps += _steps(seed, about, altering, adopting, paying)
    return recorded(steps)


SEEDS = st.integers(0, 2**40)


def examples(most: int) -> settings:
    """So many examples; more where `XIYUAN_EXAMPLES` says how many times as many. None is too slow."""
    times = int(os.environ.get("XIYUAN_EXAMPLES", "1"))
    return settings(max_examples=most * times, deadline=None, suppress_health_check=list(HealthCheck))


def histories(
    *,
    size: tuple[int, int] = (20, 50),
    altering: float = 0.2,
    adopting: float = 0.1,
    paying: float = 0.0,
    about: Sequence[Episode] = EVERYTHING,
) -> st.SearchStrategy[History]:
    """Histories of some 40 to 100 facts. `size` counts episodes; so many of them alter facts or adopt policies."""
    seeds = st.lists(SEEDS, min_size=size[0], max_size=size[1], unique=True)
    return seeds.map(lambda found: history_of(found, altering=altering, adopting=adopting, paying=paying, about=about))
