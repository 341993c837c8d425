"""账本控制: what concerns the ledger itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.codes import Code, Codes, Count, Digest, EventId, Month, Text
from xiyuan_ledger.errors import ProofError, RuleBroken
from xiyuan_ledger.note import ED25519, Key, Signature, plain_base64

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


class LogKeyRotated(ControlFact):
    """账本密钥更换: from here on another key signs the checkpoints; the one before it says so by its signature."""

    TOPIC: ClassVar[str] = "ledger.log-key-rotated.v1"

    old_key: Text
    new_key: Text
    signature: Text

    def statement(self) -> bytes:
        """What the old key signs."""
        return f"xiyuan-ledger rotates its key\n{self.old_key}\n{self.new_key}\n".encode()

    def is_signed(self) -> bool:
        """Whether both keys are a log's, of one name, and the old one signed."""
        try:
            old, new = Key.parse(self.old_key), Key.parse(self.new_key)
            signature = Signature(old.name, old.key_id, plain_base64(self.signature))
        except (ProofError, ValueError):
            return False
        of_one_log = old.name == new.name and old.public != new.public and old.kind == new.kind == ED25519
        return of_one_log and old.verifies(self.statement(), signature)


class LedgerContinued(ControlFact):
    """账本接续: its first event: it takes the place of one whose key was lost, and holds to where that stood."""

    TOPIC: ClassVar[str] = "ledger.ledger-continued.v1"

    origin: Text
    size: Count
    root: Digest


class ControlState:
    """Which months are closed, by the last closing or reopening of each; and which key signs for the log."""

    __slots__ = ("_turns", "before", "log_key")

    def __init__(self) -> None:
        self._turns: dict[str, tuple[date, bool, str]] = {}
        self.log_key: str | None = None
        """The key that was rotated to last; None as long as the first one signs."""
        self.before: ControlState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

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
        case LogKeyRotated():
            if fact.corrects is not None or state.log_key not in (None, fact.old_key):
                raise RuleBroken("log-key-other", field="old_key", expected=state.log_key or "-")
            if not fact.is_signed():
                raise RuleBroken("log-key-unsigned", field="signature")
        case LedgerContinued():
            if world.begun():
                raise RuleBroken("ledger-continued-late", field="type")


def evolve(state: ControlState, event: Event) -> None:
    match event.fact:
        case PeriodClosed(month=month, occurred_on=day):
            state.turn(month, day, True, event.event_id)
        case PeriodReopened(month=month, occurred_on=day):
            state.turn(month, day, False, event.event_id)
        case LogKeyRotated(new_key=new_key):
            state.log_key = new_key


def check_dependents(state: ControlState, world: World) -> None:
    """Checkpoints were signed with the keys that were rotated to: a rotation is never taken back."""
    if state.before is not None and state.before.log_key not in (None, state.log_key):
        raise RuleBroken("log-key-kept", field="event")


FACTS_OF_THE_LEDGER = (PeriodClosed, PeriodReopened, RecordAccessed, RecordVoided, LogKeyRotated, LedgerContinued)
AGGREGATE = Aggregate(
    kind="ledger",
    new_state=ControlState,
    decide=decide,
    evolve=evolve,
    facts=FACTS_OF_THE_LEDGER,
    order_free=frozenset(FACTS_OF_THE_LEDGER),
    check_dependents=check_dependents,
)
