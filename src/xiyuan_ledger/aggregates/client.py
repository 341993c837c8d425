"""服务对象: the people served, their enrolments, services and outcomes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from xiyuan_ledger.aggregates.aggregate import Aggregate, Span, holding
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.personal import ERASED, Commitments, Personal
from xiyuan_ledger.codes import Code, Flag, LocalTime, Minutes, Text, Whole, Year
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

Sensitivity = Literal["normal", "sensitive", "sealed"]
Method = Literal["case", "group", "community", "visit", "counselling", "class", "activity", "home_care", "call"]

SENSITIVITY_RANKS = {"normal": 0, "sensitive": 1, "sealed": 2}


class ClientFact(Fact):
    """What is recorded of one client."""

    STREAM_KIND: ClassVar[Kind] = "client"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("client",)

    client: Code


class ClientRegistered(ClientFact):
    """登记: a person becomes a client of the service."""

    TOPIC: ClassVar[str] = "client.client-registered.v1"

    sensitivity: Sensitivity
    birth_year: Year | None = None
    personal: Personal | None = None
    commitments: Commitments | None = None


class ConsentRecorded(ClientFact):
    """知情同意: consent is given or withheld, for a purpose."""

    TOPIC: ClassVar[str] = "client.consent-recorded.v1"

    purpose: Text
    given: Flag
    by_guardian: Flag


class ClientEnrolled(ClientFact):
    """纳入: a project takes the client in."""

    TOPIC: ClassVar[str] = "client.client-enrolled.v1"

    project: Code
    category: Code

    def reads(self) -> tuple[str, ...]:
        return ("policy/project-eligibility",)


class ClientExited(ClientFact):
    """退出: the client leaves the project; the day before was the last."""

    TOPIC: ClassVar[str] = "client.client-exited.v1"

    project: Code


class OutcomeMeasured(ClientFact):
    """成效测量: a score on an instrument, before, during or after."""

    TOPIC: ClassVar[str] = "client.outcome-measured.v1"

    project: Code
    instrument: Code
    phase: Literal["pre", "interim", "post"]
    score: Whole


class ClientServed(ClientFact):
    """服务: one service to one client."""

    TOPIC: ClassVar[str] = "client.client-served.v1"

    project: Code
    worker: Code
    method: Method
    minutes: Minutes
    starts_at: LocalTime | None = None
    item: Code | None = None


class PersonsMerged(ClientFact):
    """人员合并: another code turns out to be the same person; `client` survives."""

    TOPIC: ClassVar[str] = "client.persons-merged.v1"

    merged: Code

    def tags(self) -> tuple[str, ...]:
        return (f"merged/{self.merged}",)

    def reads(self) -> tuple[str, ...]:
        return (f"client/{self.merged}",)


class PersonalDataErased(Fact):
    """个人信息删除: a person's personal data are destroyed for good; the facts of her stay, under her code."""

    TOPIC: ClassVar[str] = "client.personal-data-erased.v1"
    STREAM_KIND: ClassVar[Kind] = "client"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("subject",)

    subject: Code
    basis: Text
    approved_by: Code

    def tags(self) -> tuple[str, ...]:
        return (ERASED,)


class ClientState:
    """One client: since when she is one, when she was in which project, and which codes turned out to be hers."""

    __slots__ = ("before", "enrolled", "erased_by", "merged", "registered", "registered_by", "served")

    def __init__(self) -> None:
        self.registered: ClientRegistered | None = None
        self.registered_by = ""
        self.enrolled: dict[str, list[Span]] = {}
        self.served: dict[str, tuple[date, str]] = {}
        """By project, the latest day of service and the fact that says so."""
        self.merged: dict[str, tuple[date, str]] = {}
        """The codes merged into this one: when, and by which fact."""
        self.erased_by = ""
        """The fact by which her personal data were erased."""
        self.before: ClientState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    def registered_on(self, day: date) -> bool:
        """Whether she was a client by that day."""
        return self.registered is not None and self.registered.occurred_on <= day

    def enrolled_on(self, project: str, day: date) -> bool:
        """Whether she was in the project on a day; the day of the exit is not one."""
        return holding(self.enrolled.get(project, ()), day) is not None


def decide(state: ClientState, fact: Fact, world: World) -> None:
    match fact:
        case ClientServed():  # By far the most.
            _check_known(state, fact)
            _decide_served(state, fact)
        case ClientRegistered():
            _decide_registered(state, fact, world)
        case PersonalDataErased():
            _decide_erased(state, fact, world)
        case ClientEnrolled():
            _check_known(state, fact)
            _decide_enrolled(state, fact, world)
        case ClientExited():
            _check_known(state, fact)
            _decide_exited(state, fact)
        case PersonsMerged():
            _check_known(state, fact)
            _decide_merged(state, fact, world)
        case ClientFact():
            _check_known(state, fact)


def _check_known(state: ClientState, fact: ClientFact) -> None:
    registered, day = state.registered, fact.occurred_on
    if registered is None or registered.occurred_on > day:
        raise RuleBroken("client-unknown", field="client", client=fact.client, on=day)


def _decide_erased(state: ClientState, fact: PersonalDataErased, world: World) -> None:
    """A mistyped code must not pass for an erasure: somebody of that code is known, as a client or as a worker."""
    if not state.registered_on(fact.occurred_on) and not world.worker(fact.subject).employments:
        raise RuleBroken("subject-unknown", field="subject", subject=fact.subject, on=fact.occurred_on)


def _decide_registered(state: ClientState, fact: ClientRegistered, world: World) -> None:
    if fact.personal is not None:
        raise RuleBroken("personal-without-vault", field="personal", client=fact.client)
    if state.registered is not None:
        raise RuleBroken("client-registered-twice", field="client", events=(state.registered_by,), client=fact.client)
    known = world.client(fact.client)
    if fact.corrects is None or known.registered is None:
        return
    before = known.registered.sensitivity
    if SENSITIVITY_RANKS[fact.sensitivity] < SENSITIVITY_RANKS[before]:
        raise RuleBroken(
            "client-sensitivity-lowered",
            field="sensitivity",
            events=(known.registered_by,),
            client=fact.client,
            before=before,
            after=fact.sensitivity,
        )


def _decide_served(state: ClientState, fact: ClientServed) -> None:
    day = fact.occurred_on
    if fact.starts_at is not None and fact.starts_at.date() != day:
        raise RuleBroken(
            "service-on-another-day", field="starts_at", client=fact.client, starts_at=fact.starts_at, on=day
        )
    if not state.enrolled_on(fact.project, day):
        spans = state.enrolled.get(fact.project, ())
        events = tuple(span.closed_by for span in spans if span.closed_by is not None and span.start <= day)
        raise RuleBroken(
            "client-not-enrolled", field="project", events=events[-1:], client=fact.client, project=fact.project, on=day
        )


def _decide_enrolled(state: ClientState, fact: ClientEnrolled, world: World) -> None:
    spans, day = state.enrolled.get(fact.project), fact.occurred_on
    if spans and ((last := spans[-1]).end is None or last.end > day):
        raise RuleBroken(
            "client-enrolled-twice",
            field="project",
            events=(last.opened_by,),
            client=fact.client,
            project=fact.project,
            on=last.start,
        )
    rules = world.parameters("project-eligibility", on=day)
    rule = None if rules is None else rules.projects.get(fact.project)
    if rule is not None and rule.categories is not None and fact.category not in rule.categories:
        raise RuleBroken(
            "category-not-eligible",
            field="category",
            category=fact.category,
            project=fact.project,
            categories=", ".join(rule.categories),
        )


def _decide_exited(state: ClientState, fact: ClientExited) -> None:
    spans, day = state.enrolled.get(fact.project), fact.occurred_on
    if not spans or spans[-1].end is not None:
        raise RuleBroken("client-not-enrolled", field="project", client=fact.client, project=fact.project, on=day)
    served = state.served.get(fact.project)
    if served is not None and served[0] >= day:
        # On the day of the exit she is no longer enrolled, so a service of that very day contradicts it as well.
        raise RuleBroken(
            "client-served-after",
            field="occurred_on",
            events=(served[1],),
            client=fact.client,
            project=fact.project,
            on=served[0],
        )


def _decide_merged(state: ClientState, fact: PersonsMerged, world: World) -> None:
    """Two codes of one person: both known, the merged one not merged yet, and no way back to itself."""
    if fact.merged == fact.client:
        raise RuleBroken("client-merged-with-itself", field="merged", client=fact.client)
    if not world.client(fact.merged).registered_on(fact.occurred_on):
        raise RuleBroken("client-merged-unknown", field="merged", client=fact.merged, on=fact.occurred_on)
    if fact.merged in state.merged:
        events = (state.merged[fact.merged][1],)
        raise RuleBroken("client-merged-already", field="merged", events=events, client=fact.merged, other=fact.client)
    earlier = _merged_into(fact.merged, world)
    if earlier is not None and earlier[0] != fact.client:
        raise RuleBroken(
            "client-merged-already", field="merged", events=(earlier[1],), client=fact.merged, other=earlier[0]
        )
    _check_acyclic(fact, world)


def _check_acyclic(fact: PersonsMerged, world: World) -> None:
    code, events = fact.client, []
    while (step := _merged_into(code, world)) is not None:
        code, event_id = step
        events.append(event_id)
        if code == fact.merged:
            raise RuleBroken(
                "client-merged-in-circle", field="merged", events=tuple(events), client=fact.client, merged=fact.merged
            )


def _merged_into(client: str, world: World) -> tuple[str, str] | None:
    """The client that survives this one, and the fact that says so."""
    for survivor in world.tagged(f"merged/{client}"):
        if (found := world.client(survivor).merged.get(client)) is not None:
            return survivor, found[1]
    return None


def evolve(state: ClientState, event: Event) -> None:
    fact = event.fact
    match fact:
        case ClientServed(project=project, occurred_on=day):
            served = state.served.get(project)
            if served is None or served[0] < day:
                state.served[project] = (day, event.event_id)
        case ClientEnrolled(project=project, occurred_on=day):
            state.enrolled.setdefault(project, []).append(Span(day, None, event.event_id))
        case ClientExited(project=project, occurred_on=day):
            spans = state.enrolled.get(project)
            if spans and spans[-1].end is None:
                spans[-1] = Span(spans[-1].start, day, spans[-1].opened_by, event.event_id)
        case ClientRegistered():
            state.registered, state.registered_by = fact, event.event_id
        case PersonsMerged(merged=merged, occurred_on=day):
            state.merged[merged] = (day, event.event_id)
        case PersonalDataErased():
            state.erased_by = event.event_id


def check_dependents(state: ClientState, world: World) -> None:
    """Her cases, and the merges of her code into another, still find her registered; what is erased stays erased."""
    if state.before is not None and state.before.erased_by and not state.erased_by:
        raise RuleBroken("erasure-undone", field="event", events=(state.before.erased_by,))
    registered = state.registered or (state.before.registered if state.before else None)
    if registered is None:
        return
    client = registered.client
    for code in world.tagged(f"cases-of/{client}"):
        case_ = world.case(code)
        if case_.client == client and case_.opened_on is not None and not state.registered_on(case_.opened_on):
            raise RuleBroken("client-has-cases", field="client", events=(case_.opened_by,), client=client, case=code)
    for survivor in world.tagged(f"merged/{client}"):
        found = world.client(survivor).merged.get(client)
        if found is not None and not state.registered_on(found[0]):
            raise RuleBroken("client-was-merged", field="client", events=(found[1],), client=client, other=survivor)


AGGREGATE = Aggregate(
    kind="client",
    new_state=ClientState,
    decide=decide,
    evolve=evolve,
    facts=(
        ClientRegistered,
        ConsentRecorded,
        ClientEnrolled,
        ClientExited,
        OutcomeMeasured,
        ClientServed,
        PersonsMerged,
        PersonalDataErased,
    ),
    order_free=frozenset({ClientServed, OutcomeMeasured, ConsentRecorded, PersonsMerged, PersonalDataErased}),
    check_dependents=check_dependents,
)
