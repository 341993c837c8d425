"""项目: what is to be done for whom, by whom, until when, for how much."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from xiyuan_ledger.aggregates.aggregate import Aggregate, Span, holding
from xiyuan_ledger.aggregates.evaluation_rules import check_evaluations_of
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind, Part
from xiyuan_ledger.aggregates.organization_ties import PURCHASER_KINDS
from xiyuan_ledger.aggregates.review import check_reviews_of
from xiyuan_ledger.codes import Category, Channel, Code, Count, Day, Fen, Text
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

Condition = Literal["none", "midterm", "final"]
Indicator = Literal[
    "clients", "person_times", "sessions", "service_minutes", "volunteers", "volunteer_minutes", "teams", "members"
]


class Instalment(Part):
    """分期款: a part of the contract's money, when it is due, and on which evaluation it depends."""

    due_on: Day
    amount_fen: Fen
    condition: Condition


class Target(Part):
    """指标: how much of an indicator is promised."""

    indicator: Indicator
    quantity: Count


class Duty(Part):
    """职责: what one party has to do."""

    party: Literal["purchaser", "implementer"]
    text: Text


class BudgetLine(Part):
    """预算行: an amount for a category, from a channel."""

    category: Category
    channel: Channel
    amount_fen: Fen


class ProjectFact(Fact):
    """What is recorded of one project."""

    STREAM_KIND: ClassVar[Kind] = "project"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("project",)

    project: Code


class ProjectApproved(ProjectFact):
    """立项: the purchaser decides on the project."""

    TOPIC: ClassVar[str] = "project.project-approved.v1"

    name: Text
    purchaser: Code

    def tags(self) -> tuple[str, ...]:
        return (f"purchased-by/{self.purchaser}",)

    def reads(self) -> tuple[str, ...]:
        return (f"org/{self.purchaser}",)


class ProjectContracted(ProjectFact):
    """签约: the implementer takes it on."""

    TOPIC: ClassVar[str] = "project.project-contracted.v1"
    MAY_LIE_AHEAD: ClassVar[bool] = True

    implementer: Code
    from_: Day = Field(alias="from")
    to: Day
    amount_fen: Fen
    channel: Channel
    instalments: tuple[Instalment, ...]
    targets: tuple[Target, ...]
    duties: tuple[Duty, ...]

    def tags(self) -> tuple[str, ...]:
        return (f"implemented-by/{self.implementer}",)

    def reads(self) -> tuple[str, ...]:
        return (f"org/{self.implementer}",)


class ProjectStarted(ProjectFact):
    """启动: it runs from this day on."""

    TOPIC: ClassVar[str] = "project.project-started.v1"


class ProjectAmended(ProjectFact):
    """变更: its end or its targets change."""

    TOPIC: ClassVar[str] = "project.project-amended.v1"

    to: Day | None = None
    targets: tuple[Target, ...] | None = None
    reason: Text


class ProjectSuspended(ProjectFact):
    """中止: it does not run from this day on."""

    TOPIC: ClassVar[str] = "project.project-suspended.v1"


class ProjectClosed(ProjectFact):
    """结项: it is over; the day before was the last."""

    TOPIC: ClassVar[str] = "project.project-closed.v1"


class BudgetApproved(ProjectFact):
    """预算: what the project may spend, by category and channel. A later budget takes the place of an earlier one."""

    TOPIC: ClassVar[str] = "project.budget-approved.v1"
    MAY_LIE_AHEAD: ClassVar[bool] = True

    lines: tuple[BudgetLine, ...]


class ProjectState:
    """One project: who decided on it, who does it until when, and the days on which it ran."""

    __slots__ = (
        "approved",
        "approved_by",
        "before",
        "closed",
        "contract",
        "contracted_by",
        "ends_on",
        "last_on",
        "runs",
    )

    def __init__(self) -> None:
        self.approved: ProjectApproved | None = None
        self.approved_by = ""
        self.contract: ProjectContracted | None = None
        self.contracted_by = ""
        self.ends_on = date.min
        """The last day of the contract, as last amended."""
        self.runs: list[Span] = []
        self.closed: tuple[date, str] | None = None
        self.last_on = date.min
        """The latest day on which its course changed."""
        self.before: ProjectState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    @property
    def running(self) -> bool:
        """Whether it runs after all that was recorded."""
        return bool(self.runs) and self.runs[-1].end is None

    def runs_on(self, day: date) -> bool:
        """Whether it was started, neither suspended nor closed, and the day lies in the contract's term."""
        contract = self.contract
        if contract is None or not contract.from_ <= day <= self.ends_on:
            return False
        return holding(self.runs, day) is not None


def decide(state: ProjectState, fact: Fact, world: World) -> None:
    assert isinstance(fact, ProjectFact)
    if isinstance(fact, ProjectApproved):
        _decide_approved(state, fact, world)
        return
    if state.approved is None or state.approved.occurred_on > fact.occurred_on:
        raise RuleBroken("project-unknown", field="project", project=fact.project, on=fact.occurred_on)
    if state.closed is not None and state.closed[0] <= fact.occurred_on:
        on, closed_by = state.closed
        raise RuleBroken("project-closed", field="project", events=(closed_by,), project=fact.project, on=on)
    match fact:
        case BudgetApproved():
            return
        case ProjectContracted():
            _decide_contracted(state, fact, world)
            return
        case _ if state.contract is None:
            raise RuleBroken("project-not-contracted", field="project", project=fact.project, on=fact.occurred_on)
        case ProjectStarted():
            if state.running:
                events = (state.runs[-1].opened_by,)
                raise RuleBroken("project-runs-already", field="project", events=events, project=fact.project)
        case ProjectAmended():
            _decide_amended(state, fact, world)
        case ProjectSuspended() if not state.running:
            raise RuleBroken("project-not-running", field="project", project=fact.project, on=fact.occurred_on)
        case ProjectClosed() if not state.runs:
            raise RuleBroken("project-not-started", field="project", project=fact.project, on=fact.occurred_on)
        case ProjectSuspended() | ProjectClosed():
            _check_sessions_before(fact, world)


def _decide_approved(state: ProjectState, fact: ProjectApproved, world: World) -> None:
    if state.approved is not None:
        raise RuleBroken("project-approved-twice", field="project", events=(state.approved_by,), project=fact.project)
    purchaser = world.org(fact.purchaser)
    if not purchaser.registered_on(fact.occurred_on):
        raise RuleBroken("project-purchaser-unknown", field="purchaser", org=fact.purchaser, on=fact.occurred_on)
    assert purchaser.registered is not None
    if purchaser.registered.kind not in PURCHASER_KINDS:
        raise RuleBroken(
            "project-purchaser-kind",
            field="purchaser",
            events=(purchaser.registered_by,),
            org=fact.purchaser,
            kind=purchaser.registered.kind,
        )


def _decide_contracted(state: ProjectState, fact: ProjectContracted, world: World) -> None:
    if state.contract is not None:
        raise RuleBroken(
            "project-contracted-twice", field="project", events=(state.contracted_by,), project=fact.project
        )
    if fact.to < fact.from_:
        raise RuleBroken("project-term", field="to", project=fact.project, start=fact.from_, end=fact.to)
    total = sum(instalment.amount_fen for instalment in fact.instalments)
    if total != fact.amount_fen:
        raise RuleBroken("project-instalments", field="instalments", total=total, amount=fact.amount_fen)
    _check_implementer(state, fact, world)


def _check_implementer(state: ProjectState, fact: ProjectContracted, world: World) -> None:
    """Whoever does the project neither buys nor evaluates it, and may act on that day."""
    assert state.approved is not None
    if fact.implementer == state.approved.purchaser:
        events = (state.approved_by,)
        raise RuleBroken("project-implementer-purchases", field="implementer", events=events, org=fact.implementer)
    implementer = world.org(fact.implementer)
    if implementer.registered is not None and implementer.registered.kind == "evaluator":
        events = (implementer.registered_by,)
        raise RuleBroken("project-implementer-evaluates", field="implementer", events=events, org=fact.implementer)
    status = implementer.status_on(fact.occurred_on)
    if status in ("suspended", "dissolved"):
        events = (implementer.set_status_by(fact.occurred_on),)
        raise RuleBroken(
            "project-implementer-status",
            field="implementer",
            events=events,
            org=fact.implementer,
            status=status,
            on=fact.occurred_on,
        )


def _decide_amended(state: ProjectState, fact: ProjectAmended, world: World) -> None:
    assert state.contract is not None
    if fact.to is None:
        return
    if fact.to < state.contract.from_:
        raise RuleBroken("project-term", field="to", project=fact.project, start=state.contract.from_, end=fact.to)
    _check_sessions_before(fact, world)


def _check_sessions_before(fact: ProjectSuspended | ProjectClosed | ProjectAmended, world: World) -> None:
    """No session was held once it no longer runs. A late fact is looked at when all is in place."""
    if world.project(fact.project).last_on > fact.occurred_on:
        return
    for code in world.tagged(f"sessions-of/{fact.project}"):
        session = world.session(code)
        held = session.held
        if held is None or not session.of_project(fact.project):
            continue
        if isinstance(fact, ProjectAmended):
            assert fact.to is not None
            contradicts = held.occurred_on > fact.to
        else:
            contradicts = held.occurred_on >= fact.occurred_on
        if contradicts:
            raise RuleBroken(
                "project-session-after",
                field="occurred_on",
                events=(session.held_by,),
                project=fact.project,
                session=code,
                on=held.occurred_on,
            )


def evolve(state: ProjectState, event: Event) -> None:
    fact = event.fact
    day = fact.occurred_on
    match fact:
        case BudgetApproved():
            return
        case ProjectApproved():
            state.approved, state.approved_by = fact, event.event_id
        case ProjectContracted():
            state.contract, state.contracted_by, state.ends_on = fact, event.event_id, fact.to
        case ProjectStarted():
            state.runs.append(Span(day, None, event.event_id))
        case ProjectAmended(to=to) if to is not None:
            state.ends_on = to
        case ProjectSuspended():
            _stop(state, day, event.event_id)
        case ProjectClosed():
            _stop(state, day, event.event_id)
            state.closed = (day, event.event_id)
    state.last_on = max(state.last_on, day)


def _stop(state: ProjectState, day: date, event_id: str) -> None:
    if state.running:
        last = state.runs[-1]
        state.runs[-1] = Span(last.start, day, last.opened_by, event_id)


def check_dependents(state: ProjectState, world: World) -> None:
    """Every session of the project was held while it ran; the reviews and evaluations of it still find it."""
    approved = state.approved or (state.before.approved if state.before else None)
    if approved is None:
        return
    check_reviews_of(approved.project, world)
    check_evaluations_of(approved.project, world)
    for code in world.tagged(f"sessions-of/{approved.project}"):
        session = world.session(code)
        held = session.held
        if held is None or not session.of_project(approved.project) or state.runs_on(held.occurred_on):
            continue
        raise RuleBroken(
            "project-session-outside",
            field="project",
            events=(session.held_by,),
            project=approved.project,
            session=code,
            on=held.occurred_on,
        )


AGGREGATE = Aggregate(
    kind="project",
    new_state=ProjectState,
    decide=decide,
    evolve=evolve,
    facts=(
        ProjectApproved,
        ProjectContracted,
        ProjectStarted,
        ProjectAmended,
        ProjectSuspended,
        ProjectClosed,
        BudgetApproved,
    ),
    order_free=frozenset({BudgetApproved}),
    check_dependents=check_dependents,
)
