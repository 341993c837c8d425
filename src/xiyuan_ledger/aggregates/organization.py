"""组织: the street's organisations, who belongs to them and what supports them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from xiyuan_ledger.aggregates.aggregate import Aggregate, Kept, Span
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.organization_ties import GRASSROOTS_KINDS, check_alone, check_dependents, check_parent
from xiyuan_ledger.codes import Code, Day, Minutes, Text, Year
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

OrganizationKind = Literal[
    "street",
    "department",
    "community",
    "party_org",
    "autonomous_org",
    "admin_workstation",
    "service_station",
    "service_center",
    "association",
    "college",
    "agency",
    "cso",
    "service_carrier",
    "volunteer_brigade",
    "volunteer_station",
    "evaluator",
]
Status = Literal["filed", "registered", "suspended", "dissolved"]
Role = Literal["grid_worker", "volunteer", "leader", "staff"]
SupportService = Literal["registration", "planning", "consulting", "training", "evaluation"]
SupportKind = Literal["venue", "people", "equipment"]
DesignationLevel = Literal["street", "district", "province", "national"]


class OrganizationFact(Fact):
    """What is recorded of one organisation."""

    STREAM_KIND: ClassVar[Kind] = "org"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("org",)

    org: Code


class OrganizationRegistered(OrganizationFact):
    """组织建档: an organisation enters the ledger."""

    TOPIC: ClassVar[str] = "org.organization-registered.v1"

    kind: OrganizationKind
    name: Text
    parent: Code | None = None
    category: Code | None = None

    def tags(self) -> tuple[str, ...]:
        if self.parent is None:
            return ()
        if self.kind in GRASSROOTS_KINDS:
            return (f"children-of/{self.parent}", f"in-community/{self.parent}")
        return (f"children-of/{self.parent}",)

    def reads(self) -> tuple[str, ...]:
        return () if self.parent is None else (f"org/{self.parent}",)


class OrganizationStatusChanged(OrganizationFact):
    """状态变更: it is filed, registered, suspended or dissolved."""

    TOPIC: ClassVar[str] = "org.organization-status-changed.v1"

    status: Status
    document: Text | None = None


class DesignationGranted(OrganizationFact):
    """资格授予: it becomes a pilot unit, a training base, a model community."""

    TOPIC: ClassVar[str] = "org.designation-granted.v1"

    designation: Code
    level: DesignationLevel | None = None
    until: Day | None = None


class IncubationSupportProvided(OrganizationFact):
    """孵化支持: the association helps it on its way. `org` is the one helped."""

    TOPIC: ClassVar[str] = "org.incubation-support-provided.v1"

    by: Code
    service: SupportService
    minutes: Minutes | None = None


class SupportGranted(OrganizationFact):
    """扶持: it is given a venue, people or equipment (money is FundsReceived)."""

    TOPIC: ClassVar[str] = "org.support-granted.v1"

    by: Code
    kind: SupportKind
    detail: Text


class MemberJoined(OrganizationFact):
    """入会: a person becomes its member."""

    TOPIC: ClassVar[str] = "org.member-joined.v1"

    person: Code


class MemberLeft(OrganizationFact):
    """退会: a person is no longer its member."""

    TOPIC: ClassVar[str] = "org.member-left.v1"

    person: Code


class PersonAssigned(OrganizationFact):
    """派驻: a person is sent to strengthen it."""

    TOPIC: ClassVar[str] = "org.person-assigned.v1"

    person: Code
    role: Role


class PersonUnassigned(OrganizationFact):
    """撤回派驻: a person sent to it goes back."""

    TOPIC: ClassVar[str] = "org.person-unassigned.v1"

    person: Code
    role: Role


class TeamFormed(OrganizationFact):
    """组队: it forms a team."""

    TOPIC: ClassVar[str] = "org.team-formed.v1"

    team: Code
    community: Code | None = None


class CulturalStarSelected(OrganizationFact):
    """文化之星: one of its people is chosen cultural star of a year."""

    TOPIC: ClassVar[str] = "org.cultural-star-selected.v1"

    person: Code
    year: Year


class OrganizationState:
    """One organisation: what it is, its status from day to day, its members and those sent to it."""

    __slots__ = ("assigned", "before", "dissolved", "members", "registered", "registered_by", "statuses")

    def __init__(self) -> None:
        self.registered: OrganizationRegistered | None = None
        self.registered_by = ""
        self.statuses: list[tuple[date, Status, str]] = []
        self.dissolved: tuple[date, str] | None = None
        self.members: Kept[list[Span]] = {}
        self.assigned: dict[tuple[str, str], list[Span]] = {}
        self.before: OrganizationState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    def registered_on(self, day: date) -> bool:
        """Whether it was in the ledger by that day."""
        return self.registered is not None and self.registered.occurred_on <= day

    def dissolved_by(self, day: date) -> bool:
        """Whether it no longer existed on a day; the day of the dissolution is the first."""
        return self.dissolved is not None and self.dissolved[0] <= day

    def open_on(self, day: date) -> bool:
        """Whether it was registered and not dissolved."""
        return self.registered_on(day) and not self.dissolved_by(day)

    def status_on(self, day: date) -> Status | None:
        """The status that it had at the end of a day; None where none was recorded yet."""
        return next((status for since, status, _ in reversed(self.statuses) if since <= day), None)

    def set_status_by(self, day: date) -> str:
        """The fact that gave it the status of a day."""
        return next(event_id for since, _, event_id in reversed(self.statuses) if since <= day)


def decide(state: OrganizationState, fact: Fact, world: World) -> None:
    assert isinstance(fact, OrganizationFact)
    if isinstance(fact, OrganizationRegistered):
        _decide_registered(state, fact, world)
        return
    registered, day = state.registered, fact.occurred_on
    if registered is None or registered.occurred_on > day:
        raise RuleBroken("org-unknown", field="org", org=fact.org, on=day)
    if state.dissolved is not None and state.dissolved[0] <= day:
        raise RuleBroken(
            "org-dissolved", field="org", events=(state.dissolved[1],), org=fact.org, on=state.dissolved[0]
        )
    match fact:
        case MemberJoined(person=person):
            _check_may_begin(state.members.get(person), day, "org-member-twice", org=fact.org, person=person)
        case MemberLeft(person=person):
            _check_may_end(state.members.get(person), day, "org-not-member", org=fact.org, person=person)
        case PersonUnassigned(person=person, role=role):
            spans = state.assigned.get((person, role))
            _check_may_end(spans, day, "org-not-assigned", org=fact.org, person=person, role=role)
        case PersonAssigned(person=person, role=role):
            spans = state.assigned.get((person, role))
            _check_may_begin(spans, day, "org-assigned-twice", org=fact.org, person=person, role=role)
        case OrganizationStatusChanged():
            _decide_status(state, fact, world)


def _check_may_begin(spans: list[Span] | None, day: date, code: str, **values: str) -> None:
    """Whether a time may begin on a day: none runs then, and none was entered for later, which would run into it."""
    if spans and ((last := spans[-1]).end is None or last.end > day):
        raise RuleBroken(code, field="person", events=(last.opened_by,), on=last.start, **values)


def _check_may_end(spans: list[Span] | None, day: date, code: str, **values: str) -> None:
    """Whether the time that runs may end on a day."""
    if not spans or (last := spans[-1]).end is not None or last.start > day:
        raise RuleBroken(code, field="person", events=(spans[-1].opened_by,) if spans else (), on=day, **values)


def _decide_registered(state: OrganizationState, fact: OrganizationRegistered, world: World) -> None:
    if state.registered is not None:
        raise RuleBroken("org-registered-twice", field="org", events=(state.registered_by,), org=fact.org)
    check_parent(fact, world)
    if fact.kind in GRASSROOTS_KINDS:
        known = world.org(fact.org)
        check_alone(fact, known.dissolved[0] if known.dissolved else None, world)


def _decide_status(state: OrganizationState, fact: OrganizationStatusChanged, world: World) -> None:
    """A status must not contradict what others did since; a late one is looked at when all is in place."""
    if fact.status not in ("suspended", "dissolved"):
        return
    known = world.org(fact.org)
    if known.statuses and known.statuses[-1][0] > fact.occurred_on:
        return
    supposed = OrganizationState()
    supposed.registered, supposed.registered_by = state.registered, state.registered_by
    supposed.statuses = [*state.statuses, (fact.occurred_on, fact.status, "")]
    if fact.status == "dissolved":
        supposed.dissolved = (fact.occurred_on, "")
    check_dependents(supposed, world)


def evolve(state: OrganizationState, event: Event) -> None:
    fact = event.fact
    match fact:
        case MemberJoined(person=person, occurred_on=day):
            state.members[person] = [*(state.members.get(person) or ()), Span(day, None, event.event_id)]
        case MemberLeft(person=person, occurred_on=day):
            if (spans := state.members.get(person)) is not None:
                _end(spans, day, event.event_id)
                state.members[person] = spans
        case PersonAssigned(person=person, role=role, occurred_on=day):
            state.assigned.setdefault((person, role), []).append(Span(day, None, event.event_id))
        case PersonUnassigned(person=person, role=role, occurred_on=day):
            _end(state.assigned.get((person, role)), day, event.event_id)
        case OrganizationRegistered():
            state.registered, state.registered_by = fact, event.event_id
        case OrganizationStatusChanged(status=status, occurred_on=day):
            state.statuses.append((day, status, event.event_id))
            if status == "dissolved" and state.dissolved is None:
                state.dissolved = (day, event.event_id)


def _end(spans: list[Span] | None, day: date, event_id: str) -> None:
    if spans and spans[-1].end is None:
        spans[-1] = Span(spans[-1].start, day, spans[-1].opened_by, event_id)


AGGREGATE = Aggregate(
    kind="org",
    new_state=OrganizationState,
    decide=decide,
    evolve=evolve,
    facts=(
        OrganizationRegistered,
        OrganizationStatusChanged,
        DesignationGranted,
        IncubationSupportProvided,
        SupportGranted,
        MemberJoined,
        MemberLeft,
        PersonAssigned,
        PersonUnassigned,
        TeamFormed,
        CulturalStarSelected,
    ),
    order_free=frozenset(
        {
            DesignationGranted,
            IncubationSupportProvided,
            SupportGranted,
            MemberJoined,
            MemberLeft,
            PersonAssigned,
            PersonUnassigned,
            TeamFormed,
            CulturalStarSelected,
        }
    ),
    check_dependents=check_dependents,
)
