"""发放批次: what is paid together - opened at a pin, approved by another person, instructed, closed.

The lines of a run are not recorded: they follow from the pin, and `lines_digest` commits to them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind, Part
from xiyuan_ledger.codes import Channel, Code, Count, Day, Digest, FenOrNone, Month, Positive
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.money import yuan

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World


class RunPin(Part):
    """固定点: what a run was computed from: everything up to a position, about a day."""

    position: Count
    valid_on: Day


class RunFact(Fact):
    """What is recorded of one payout run."""

    STREAM_KIND: ClassVar[Kind] = "run"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("run",)

    run: Code


class PayoutRunOpened(RunFact):
    """批次: the lines of a run are computed at a pin. `total_fen` is what is to leave, after offsets."""

    TOPIC: ClassVar[str] = "run.payout-run-opened.v1"

    scheme: Code
    month: Month
    pin: RunPin
    lines: Count
    total_fen: FenOrNone
    lines_digest: Digest

    def tags(self) -> tuple[str, ...]:
        return (f"runs/{self.scheme}/{self.month}", runs_tag(self.scheme))


class PayoutRunApproved(RunFact):
    """审批: another person approves the lines with this digest."""

    TOPIC: ClassVar[str] = "run.payout-run-approved.v1"

    approved_by: Code
    lines_digest: Digest


class PayoutRunRejected(RunFact):
    """驳回: the lines with this digest are not to be paid; the run is over."""

    TOPIC: ClassVar[str] = "run.payout-run-rejected.v1"

    approved_by: Code
    lines_digest: Digest


class PaymentInstructed(RunFact):
    """付款指令: a file goes to the bank, written down before it leaves. A run may have several.

    `org` and `channel` name the account that it debits; of project instalments each contract names its own.
    """

    TOPIC: ClassVar[str] = "run.payment-instructed.v1"
    COMPARES_ACTOR: ClassVar[bool] = True

    file_digest: Digest
    lines: Positive
    total_fen: FenOrNone
    org: Code | None = None
    channel: Channel | None = None


class PayoutRunClosed(RunFact):
    """批次关闭: every line is paid or has come back."""

    TOPIC: ClassVar[str] = "run.payout-run-closed.v1"


def runs_tag(scheme: str) -> str:
    """Leads to every run of a scheme."""
    return f"runs-of/{scheme}"


class RunState:
    """One run: who took which step, when, and what the bank was told."""

    __slots__ = (
        "approved",
        "approved_by",
        "before",
        "closed",
        "files",
        "lines",
        "opened",
        "opened_at",
        "opened_by",
        "rejected",
        "total_fen",
    )

    def __init__(self) -> None:
        self.opened: PayoutRunOpened | None = None
        self.opened_at = 0
        """The position of the event."""
        self.opened_by = ("", "")
        """The event, and who entered it."""
        self.approved: tuple[str, date] | None = None
        self.approved_by = ""
        self.rejected = ""
        self.files: dict[str, tuple[str, date]] = {}
        self.lines = 0
        self.total_fen = 0
        self.closed = ""
        self.before: RunState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    @property
    def is_open(self) -> bool:
        """Whether it may still pay."""
        return self.opened is not None and not self.rejected and not self.closed

    @property
    def instructed_on(self) -> date | None:
        """The day on which the bank was first told."""
        return min((day for _, day in self.files.values()), default=None)


def decide(state: RunState, fact: Fact, world: World) -> None:
    """Opened, approved by another, instructed, closed: each step where the one before it stands."""
    assert isinstance(fact, RunFact)
    if isinstance(fact, PayoutRunOpened):
        _decide_opened(state, fact, world)
        return
    if state.opened is None:
        raise RuleBroken("run-unknown", field="run", run=fact.run, on=fact.occurred_on)
    match fact:
        case PayoutRunApproved():
            _refuse_decided(state, fact)
            _check_digest(state, fact)
            if fact.approved_by == state.opened_by[1]:
                raise RuleBroken(
                    "run-approved-by-opener",
                    field="approved_by",
                    events=(state.opened_by[0],),
                    run=fact.run,
                    approved_by=fact.approved_by,
                )
            _refuse_overtaken(state, fact, world)
        case PayoutRunRejected():
            _check_digest(state, fact)
            _decide_rejected(state, fact)
        case PaymentInstructed():
            _decide_instructed(state, fact)
        case PayoutRunClosed():
            _decide_closed(state, fact, world)


def _decide_opened(state: RunState, fact: PayoutRunOpened, world: World) -> None:
    if state.opened is not None:
        raise RuleBroken("run-opened-twice", field="run", events=(state.opened_by[0],), run=fact.run)
    for code in world.tagged(f"runs/{fact.scheme}/{fact.month}"):
        other = world.run(code)
        # A tag outlives the correction of the fact that set it.
        same = other.opened is not None and (other.opened.scheme, other.opened.month) == (fact.scheme, fact.month)
        if same and other.is_open and code != fact.run:
            events = (other.opened_by[0],)
            raise RuleBroken(
                "run-open-already", field="month", events=events, scheme=fact.scheme, month=fact.month, run=code
            )
    if fact.lines == 0 and fact.total_fen:
        raise RuleBroken("run-total-without-lines", field="total_fen", run=fact.run, total=yuan(fact.total_fen))


def _refuse_overtaken(state: RunState, fact: PayoutRunApproved, world: World) -> None:
    """What a run pays leaves out what runs before it pay: it has to know of them, or both would pay the same months."""
    assert state.opened is not None
    known_at = state.opened.pin.position
    for code in world.tagged(runs_tag(state.opened.scheme)):
        other = world.run(code)
        same = other.opened is not None and other.opened.scheme == state.opened.scheme
        if same and not other.rejected and known_at < other.opened_at < state.opened_at:
            events = (other.opened_by[0],)
            raise RuleBroken("run-overtaken", field="run", events=events, run=fact.run, position=known_at, other=code)


def _refuse_decided(state: RunState, fact: RunFact) -> None:
    event_id = state.rejected or (state.approved[0] if state.approved else "")
    if event_id:
        raise RuleBroken("run-decided-already", field="run", events=(event_id,), run=fact.run)


def _check_digest(state: RunState, fact: PayoutRunApproved | PayoutRunRejected) -> None:
    assert state.opened is not None
    if fact.lines_digest != state.opened.lines_digest:
        events = (state.opened_by[0],)
        raise RuleBroken(
            "run-digest-other", field="lines_digest", events=events, run=fact.run, opened=state.opened.lines_digest
        )


def _decide_rejected(state: RunState, fact: PayoutRunRejected) -> None:
    """What the bank was told cannot be rejected any more; nor what is over."""
    if state.files or state.closed:
        events = tuple(event_id for event_id, _ in state.files.values()) or (state.closed,)
        raise RuleBroken("run-instructed-already", field="run", events=events, run=fact.run)
    if state.rejected:
        raise RuleBroken("run-decided-already", field="run", events=(state.rejected,), run=fact.run)


def check_approved(state: RunState, run: str, on: date) -> None:
    """Refuses what needs a run that is approved by a day and not over."""
    if state.rejected:
        raise RuleBroken("run-rejected", field="run", events=(state.rejected,), run=run)
    if state.approved is None or state.approved[1] > on:
        raise RuleBroken("run-not-approved", field="run", run=run, on=on)


def check_payer(state: RunState, run: str, actor: str | None) -> None:
    """Who approved does not pay as well."""
    if actor == state.approved_by and state.approved is not None:
        raise RuleBroken("run-paid-by-approver", field="actor", events=(state.approved[0],), run=run, actor=actor)


def _decide_instructed(state: RunState, fact: PaymentInstructed) -> None:
    assert state.opened is not None
    check_approved(state, fact.run, fact.occurred_on)
    check_payer(state, fact.run, fact.actor)
    if state.closed:
        raise RuleBroken("run-closed-already", field="run", events=(state.closed,), run=fact.run)
    if (told := state.files.get(fact.file_digest)) is not None:
        raise RuleBroken("run-file-twice", field="file_digest", events=(told[0],), run=fact.run)
    lines, total = state.lines + fact.lines, state.total_fen + fact.total_fen
    if lines > state.opened.lines or total > state.opened.total_fen:
        raise RuleBroken(
            "run-instructed-too-much",
            field="total_fen",
            events=tuple(event_id for event_id, _ in state.files.values()),
            run=fact.run,
            lines=lines,
            total=yuan(total),
            lines_max=state.opened.lines,
            total_max=yuan(state.opened.total_fen),
        )


def _decide_closed(state: RunState, fact: PayoutRunClosed, world: World) -> None:
    assert state.opened is not None
    check_approved(state, fact.run, fact.occurred_on)
    if state.closed:
        raise RuleBroken("run-closed-already", field="run", events=(state.closed,), run=fact.run)
    left = world.lines_in_transit(state.opened)
    if left:
        raise RuleBroken("run-lines-in-transit", field="run", run=fact.run, left=left)


def evolve(state: RunState, event: Event) -> None:
    match event.fact:
        case PayoutRunOpened() as fact:
            state.opened, state.opened_by = fact, (event.event_id, event.actor)
            state.opened_at = event.position
        case PayoutRunApproved(approved_by=approved_by, occurred_on=day):
            state.approved, state.approved_by = (event.event_id, day), approved_by
        case PayoutRunRejected():
            state.rejected = event.event_id
        case PaymentInstructed() as fact:
            state.files[fact.file_digest] = (event.event_id, fact.occurred_on)
            state.lines += fact.lines
            state.total_fen += fact.total_fen
        case PayoutRunClosed():
            state.closed = event.event_id


def check_dependents(state: RunState, world: World) -> None:
    """What the bank was told stays told: a file that left is answered, line by line, and not taken out."""
    gone = [] if state.before is None else [each for each in state.before.files if each not in state.files]
    if gone and state.before is not None and state.before.opened is not None:
        raise RuleBroken(
            "run-file-gone",
            field="file_digest",
            events=(state.before.files[gone[0]][0],),
            run=state.before.opened.run,
        )


AGGREGATE = Aggregate(
    kind="run",
    new_state=RunState,
    decide=decide,
    evolve=evolve,
    facts=(PayoutRunOpened, PayoutRunApproved, PayoutRunRejected, PaymentInstructed, PayoutRunClosed),
    check_dependents=check_dependents,
)
