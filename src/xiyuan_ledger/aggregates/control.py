"""账本控制: what concerns the ledger itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code, Codes, EventId, Month, Text
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


class ControlFact(Fact):
    """What is recorded of the ledger itself."""

    STREAM_KIND: ClassVar[Kind] = "ledger"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ()


class PeriodClosed(ControlFact):
    """关账: a month is closed; later entries for it need a reason."""

    TOPIC: ClassVar[str] = "ledger.period-closed.v1"

    month: Month
    approved_by: Code


class PeriodReopened(ControlFact):
    """反关账: a closed month is opened again."""

    TOPIC: ClassVar[str] = "ledger.period-reopened.v1"

    month: Month
    approved_by: Code


class RecordAccessed(ControlFact):
    """访问: somebody looked at a record for a purpose."""

    TOPIC: ClassVar[str] = "ledger.record-accessed.v1"

    view: Code
    purpose: Text
    subject: Code | None = None
    fields: Codes | None = None
    recipient: Text | None = None


class RecordVoided(Fact):
    """作废: a fact is taken out, as if it had never been entered, and stays readable. It stands in its target's stream.

    `decide` does not judge it: whoever records it has the target's stream judged again without the target.
    """

    TOPIC: ClassVar[str] = "ledger.record-voided.v1"
    STREAM_KIND: ClassVar[Kind] = "ledger"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ()

    event: EventId
    approved_by: Code
    reason: Text


class ControlState:
    """Which months are closed: by month, the last closing or reopening."""

    __slots__ = ("_turns",)

    def __init__(self) -> None:
        self._turns: dict[str, tuple[date, bool, str]] = {}

    @property
    def any_closed(self) -> bool:
        """Whether a month was ever closed: most entries need not ask further."""
        return bool(self._turns)

    def closed(self, month: str) -> bool:
        """Whether a later entry for the month needs a reason."""
        turn = self._turns.get(month)
        return turn is not None and turn[1]

    def closed_by(self, month: str) -> str | None:
        """The fact that closed the month; None where it is open."""
        turn = self._turns.get(month)
        return turn[2] if turn is not None and turn[1] else None

    def check_turn(self, fact: PeriodClosed | PeriodReopened, *, closes: bool) -> None:
        """Closings and reopenings of a month alternate, in the order of their days."""
        turn = self._turns.get(fact.month)
        on, closed, event_id = turn if turn is not None else (date.min, False, "")
        if closed == closes or fact.occurred_on < on:
            code = "period-closed-already" if closes else "period-not-closed"
            raise RuleBroken(code, field="month", events=(event_id,) if event_id else (), month=fact.month)

    def turn(self, month: str, day: date, closed: bool, event_id: str) -> None:
        """Take up a closing or a reopening."""
        self._turns[month] = (day, closed, event_id)


def decide(state: ControlState, fact: Fact, world: World) -> None:
    match fact:
        case PeriodClosed():
            state.check_turn(fact, closes=True)
        case PeriodReopened():
            state.check_turn(fact, closes=False)


def evolve(state: ControlState, event: Event) -> None:
    match event.fact:
        case PeriodClosed(month=month, occurred_on=day):
            state.turn(month, day, True, event.event_id)
        case PeriodReopened(month=month, occurred_on=day):
            state.turn(month, day, False, event.event_id)


AGGREGATE = Aggregate(
    kind="ledger",
    new_state=ControlState,
    decide=decide,
    evolve=evolve,
    facts=(PeriodClosed, PeriodReopened, RecordAccessed, RecordVoided),
    order_free=frozenset({PeriodClosed, PeriodReopened, RecordAccessed, RecordVoided}),
)
