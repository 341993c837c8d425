"""志愿服务呼叫: somebody in a community calls for help; a volunteer is sent; the call is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


class RequestFact(Fact):
    """What is recorded of one request."""

    STREAM_KIND: ClassVar[Kind] = "request"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("request",)

    request: Code


class VolunteerServiceRequested(RequestFact):
    """呼叫: voluntary service is called for in a community."""

    TOPIC: ClassVar[str] = "request.volunteer-service-requested.v1"

    category: Code
    community: Code


class VolunteerDispatched(RequestFact):
    """派单: a volunteer is sent. What was called for may be named once more."""

    TOPIC: ClassVar[str] = "request.volunteer-dispatched.v1"

    volunteer: Code
    category: Code | None = None


class VolunteerRequestFulfilled(RequestFact):
    """办结: what was called for is done. It may be named once more."""

    TOPIC: ClassVar[str] = "request.volunteer-request-fulfilled.v1"

    category: Code | None = None


class RequestState:
    """One request: what is called for, and how far it has come, each step by the fact that took it."""

    __slots__ = ("category", "dispatched_by", "fulfilled_by", "requested_by")

    def __init__(self) -> None:
        self.category = ""
        self.requested_by = ""
        self.dispatched_by = ""
        self.fulfilled_by = ""


def decide(state: RequestState, fact: Fact, world: World) -> None:
    """Requested, dispatched, fulfilled: each once, in this order."""
    assert isinstance(fact, RequestFact)
    match fact:
        case VolunteerServiceRequested():
            _refuse_again("request-made-twice", state.requested_by, fact)
        case _ if not state.requested_by:
            raise RuleBroken("request-unknown", field="request", request=fact.request, on=fact.occurred_on)
        case VolunteerDispatched():
            _check_category(state, fact)
            _refuse_again("request-dispatched-twice", state.dispatched_by, fact)
        case VolunteerRequestFulfilled():
            _check_category(state, fact)
            if not state.dispatched_by:
                raise RuleBroken("request-not-dispatched", field="request", request=fact.request, on=fact.occurred_on)
            _refuse_again("request-fulfilled-twice", state.fulfilled_by, fact)


def _check_category(state: RequestState, fact: VolunteerDispatched | VolunteerRequestFulfilled) -> None:
    if fact.category not in (None, state.category):
        values = {"request": fact.request, "found": state.category}
        raise RuleBroken("request-other-category", field="category", events=(state.requested_by,), **values)


def _refuse_again(code: str, taken_by: str, fact: RequestFact) -> None:
    if taken_by:
        raise RuleBroken(code, field="request", events=(taken_by,), request=fact.request)


def evolve(state: RequestState, event: Event) -> None:
    match event.fact:
        case VolunteerServiceRequested(category=category):
            state.category, state.requested_by = category, event.event_id
        case VolunteerDispatched():
            state.dispatched_by = event.event_id
        case VolunteerRequestFulfilled():
            state.fulfilled_by = event.event_id


AGGREGATE = Aggregate(
    kind="request",
    new_state=RequestState,
    decide=decide,
    evolve=evolve,
    facts=(VolunteerServiceRequested, VolunteerDispatched, VolunteerRequestFulfilled),
)
