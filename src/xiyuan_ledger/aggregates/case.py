"""个案: one client's case, from opening to closing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code, Text
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


class CaseFact(Fact):
    """What is recorded of one case."""

    STREAM_KIND: ClassVar[Kind] = "case"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("case",)

    case: Code


class CaseOpened(CaseFact):
    """开案: a case is opened within a project."""

    TOPIC: ClassVar[str] = "case.case-opened.v1"

    client: Code
    project: Code

    def tags(self) -> tuple[str, ...]:
        return (f"cases-of/{self.client}",)

    def reads(self) -> tuple[str, ...]:
        return (f"client/{self.client}",)


class CasePlanAgreed(CaseFact):
    """个案计划: the goals are agreed. The client may be named once more."""

    TOPIC: ClassVar[str] = "case.case-plan-agreed.v1"

    client: Code | None = None
    goals: Text | None = None


class CaseClosed(CaseFact):
    """结案: the case is over. The client may be named once more."""

    TOPIC: ClassVar[str] = "case.case-closed.v1"

    client: Code | None = None
    outcome: Text | None = None


class CaseState:
    """One case: whose it is, and how far it has come."""

    __slots__ = ("client", "closed_by", "opened_by", "opened_on", "planned")

    def __init__(self) -> None:
        self.client = ""
        self.opened_on: date | None = None
        self.opened_by = ""
        self.planned = False
        self.closed_by = ""


def decide(state: CaseState, fact: Fact, world: World) -> None:
    assert isinstance(fact, (CaseOpened, CasePlanAgreed, CaseClosed))
    if isinstance(fact, CaseOpened):
        if state.opened_on is not None:
            raise RuleBroken("case-opened-twice", field="case", events=(state.opened_by,), case=fact.case)
        if not world.client(fact.client).registered_on(fact.occurred_on):
            raise RuleBroken("client-unknown", field="client", client=fact.client, on=fact.occurred_on)
        return
    if state.opened_on is None:
        raise RuleBroken("case-unknown", field="case", case=fact.case, on=fact.occurred_on)
    if fact.client not in (None, state.client):
        events = (state.opened_by,)
        raise RuleBroken("case-other-client", field="client", events=events, case=fact.case, client=state.client)
    if state.closed_by:
        raise RuleBroken("case-closed", field="case", events=(state.closed_by,), case=fact.case)
    if isinstance(fact, CaseClosed) and not state.planned:
        raise RuleBroken("case-without-plan", field="case", case=fact.case, on=fact.occurred_on)


def evolve(state: CaseState, event: Event) -> None:
    match event.fact:
        case CaseOpened(client=client, occurred_on=day):
            state.client, state.opened_on, state.opened_by = client, day, event.event_id
        case CasePlanAgreed():
            state.planned = True
        case CaseClosed():
            state.closed_by = event.event_id


AGGREGATE = Aggregate(
    kind="case",
    new_state=CaseState,
    decide=decide,
    evolve=evolve,
    facts=(CaseOpened, CasePlanAgreed, CaseClosed),
)
