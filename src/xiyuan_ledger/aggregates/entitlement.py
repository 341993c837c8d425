"""应得: what a worker was paid by a scheme for a month, and what came back, was recovered or written off.

A payment pays one approved line of a run, in full and once. The version of the stream is unique, so that a second
payment of the same line is a conflict, whoever tries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.aggregates.claim import REIMBURSEMENT, reimbursed_fen
from xiyuan_ledger.aggregates.entitlement_ties import (
    check_dependents,
    check_kept_back,
    check_kind,
    check_told,
    check_under_way,
    check_write_off,
    offset_tag,
)
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.run import check_approved, check_payer
from xiyuan_ledger.codes import Code, Fen, FenOrNone, Month, Text
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.money import yuan

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.run import PayoutRunOpened, RunState
    from xiyuan_ledger.aggregates.world import ApprovedLine, World


KEPT_BACK = "kept-back"
"""The bank reference of a line that left in no file, for want of an account."""


class EntitlementFact(Fact):
    """What is recorded of what one worker gets from one scheme for one month."""

    STREAM_KIND: ClassVar[Kind] = "entitlement"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("worker", "scheme", "month")

    worker: Code
    scheme: Code
    month: Month


class SubsidyPaid(EntitlementFact):
    """补贴发放: a line of a run was paid; of `amount_fen`, `offset_fen` was kept back for what was paid too much."""

    TOPIC: ClassVar[str] = "entitlement.subsidy-paid.v1"
    COMPARES_ACTOR: ClassVar[bool] = True
    ALIKE_IN: ClassVar[frozenset[str]] = frozenset({"worker", "month", "kind", "amount_fen", "bank_ref"})

    run: Code
    kind: Literal["regular", "arrears", "manual"]
    amount_fen: Fen
    offset_fen: FenOrNone
    bank_ref: Code

    def tags(self) -> tuple[str, ...]:
        return (offset_tag(self.run, self.worker),) if self.offset_fen else ()

    def reads(self) -> tuple[str, ...]:
        return (f"run/{self.run}",)


class PaymentReturned(EntitlementFact):
    """退票: a line did not arrive, came back, or was kept back for want of an account: it is dead.

    `amount_fen` is what had left or was to leave, after the offset.
    """

    TOPIC: ClassVar[str] = "entitlement.payment-returned.v1"

    run: Code
    amount_fen: Fen
    bank_ref: Code
    reason: Text

    def reads(self) -> tuple[str, ...]:
        return (f"run/{self.run}",)


class OverpaymentDetermined(EntitlementFact):
    """多付: so much more was paid too much for the month, and is to come back."""

    TOPIC: ClassVar[str] = "entitlement.overpayment-determined.v1"

    amount_fen: Fen
    run: Code | None = None
    approved_by: Code | None = None


class ClawbackRecovered(EntitlementFact):
    """追回: what was paid too much came back: by hand, or, with `run`, out of that run's payment to the worker."""

    TOPIC: ClassVar[str] = "entitlement.clawback-recovered.v1"

    amount_fen: Fen
    run: Code | None = None
    approved_by: Code | None = None

    def tags(self) -> tuple[str, ...]:
        return () if self.run is None else (offset_tag(self.run, self.worker),)


class OverpaymentWrittenOff(EntitlementFact):
    """核销: what was paid too much is not asked back any more."""

    TOPIC: ClassVar[str] = "entitlement.overpayment-written-off.v1"

    amount_fen: Fen
    run: Code | None = None
    approved_by: Code | None = None


class EntitlementState:
    """What was paid for a month, by run, and what was taken off again."""

    __slots__ = (
        *("before", "determined_fen", "kept_back", "line", "offset", "paid", "recovered", "returned", "written_off"),
    )

    def __init__(self) -> None:
        self.paid: dict[str, tuple[int, str]] = {}
        """By run: the amount before the offset, and the fact."""
        self.offset: dict[str, int] = {}
        self.returned: dict[str, tuple[int, str]] = {}
        self.kept_back: frozenset[str] = frozenset()
        """The runs of which the line left in no file."""
        self.determined_fen = 0
        self.recovered: dict[str | None, int] = {}
        self.written_off: dict[str, int] = {}
        """By the fact."""
        self.line = ("", "", "")
        """Worker, scheme and month, once something was determined as paid too much."""
        self.before: EntitlementState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    @property
    def paid_fen(self) -> int:
        """What was paid and did not come back from the bank."""
        back = sum(fen for run, (fen, _) in self.returned.items() if run in self.paid)
        return sum(fen for fen, _ in self.paid.values()) - back

    @property
    def taken_fen(self) -> int:
        """What was recovered or written off."""
        return sum(self.recovered.values()) + sum(self.written_off.values())

    @property
    def settled_fen(self) -> int:
        """已结: paid, less what came back, was recovered or written off; below zero it is the worker's again."""
        return self.paid_fen - self.taken_fen


def decide(state: EntitlementState, fact: Fact, world: World) -> None:
    match fact:
        case SubsidyPaid():
            _decide_paid(state, fact, world)
        case PaymentReturned():
            _decide_returned(state, fact, world)
        case OverpaymentDetermined():
            _decide_determined(state, fact, world)
        case ClawbackRecovered():
            _check_determined(state, fact)
            if fact.run is None:
                check_under_way(state, state.line, fact.amount_fen, world)
            else:
                check_kept_back(fact, world)
        case OverpaymentWrittenOff():
            _check_determined(state, fact)
            check_write_off(fact, world)
            check_under_way(state, state.line, fact.amount_fen, world)


def _run_instructed(fact: SubsidyPaid | PaymentReturned, world: World) -> RunState:
    """The run that a line belongs to: approved, and the bank was told."""
    state = world.run(fact.run)
    opened = state.opened
    if opened is None:
        raise RuleBroken("run-unknown", field="run", run=fact.run, on=fact.occurred_on)
    check_approved(state, fact.run, fact.occurred_on)
    told = state.instructed_on
    leaves = not isinstance(fact, SubsidyPaid) or fact.amount_fen > fact.offset_fen
    if leaves and (told is None or told > fact.occurred_on):
        raise RuleBroken("run-not-instructed", field="run", run=fact.run, on=fact.occurred_on)
    if fact.scheme != opened.scheme or fact.month > opened.month:
        raise RuleBroken(
            "run-of-another",
            field="month",
            events=(state.opened_by[0],),
            run=fact.run,
            scheme=opened.scheme,
            month=opened.month,
        )
    return state


def _decide_paid(state: EntitlementState, fact: SubsidyPaid, world: World) -> None:
    run = _run_instructed(fact, world)
    assert run.opened is not None
    check_payer(run, fact.run, fact.actor)
    if (paid := state.paid.get(fact.run)) is not None:
        raise RuleBroken("line-paid-twice", field="run", events=(paid[1],), run=fact.run, worker=fact.worker)
    if (back := state.returned.get(fact.run)) is not None:
        raise RuleBroken("line-returned-already", field="run", events=(back[1],), run=fact.run, worker=fact.worker)
    if fact.offset_fen > fact.amount_fen:
        raise RuleBroken(
            "offset-above-amount", field="offset_fen", offset=yuan(fact.offset_fen), amount=yuan(fact.amount_fen)
        )
    check_kind(fact, run.opened)
    line = world.approved_line(run.opened, fact.worker, fact.month)
    check_told(run, line, fact)
    if line is not None:
        _check_line(state, fact, line)


def _check_line(state: EntitlementState, fact: SubsidyPaid, line: ApprovedLine) -> None:
    """The approved line in full, and never more than was due at the run's pin."""
    if (fact.amount_fen, fact.offset_fen) != (line.amount_fen, line.offset_fen):
        raise RuleBroken(
            "line-other-amount",
            field="amount_fen",
            run=fact.run,
            worker=fact.worker,
            month=fact.month,
            amount=yuan(fact.amount_fen),
            offset=yuan(fact.offset_fen),
            approved=yuan(line.amount_fen),
            approved_offset=yuan(line.offset_fen),
        )
    if state.settled_fen + fact.amount_fen > line.due_fen:
        raise RuleBroken(
            "paid-above-due",
            field="amount_fen",
            events=tuple(event_id for _, event_id in state.paid.values()),
            worker=fact.worker,
            month=fact.month,
            settled=yuan(state.settled_fen),
            amount=yuan(fact.amount_fen),
            due=yuan(line.due_fen),
        )


def _decide_returned(state: EntitlementState, fact: PaymentReturned, world: World) -> None:
    run = _run_instructed(fact, world)
    assert run.opened is not None
    if (back := state.returned.get(fact.run)) is not None:
        raise RuleBroken("line-returned-already", field="run", events=(back[1],), run=fact.run, worker=fact.worker)
    line = world.approved_line(run.opened, fact.worker, fact.month)
    left = None if line is None else line.amount_fen - line.offset_fen
    if (paid := state.paid.get(fact.run)) is None:
        check_told(run, line, fact)
    else:
        left = paid[0] - state.offset[fact.run]
    if left is not None and fact.amount_fen != left:
        raise RuleBroken(
            "line-returned-amount",
            field="amount_fen",
            events=() if paid is None else (paid[1],),
            run=fact.run,
            worker=fact.worker,
            amount=yuan(fact.amount_fen),
            left=yuan(left),
        )
    if paid is not None and state.written_off and state.settled_fen < fact.amount_fen:
        raise RuleBroken(
            "line-written-off",
            field="amount_fen",
            events=tuple(state.written_off),
            worker=fact.worker,
            month=fact.month,
            amount=yuan(fact.amount_fen),
        )


def _decide_determined(state: EntitlementState, fact: OverpaymentDetermined, world: World) -> None:
    """No more can have been paid too much than was paid."""
    paid = state.paid_fen
    if fact.scheme == REIMBURSEMENT:
        back = sum(fen for fen, _ in state.returned.values())
        paid = max(0, reimbursed_fen(world, fact.worker, fact.month) - back)
    open_fen = state.determined_fen - state.taken_fen
    if open_fen + fact.amount_fen > paid - state.taken_fen:
        raise RuleBroken(
            "overpayment-above-paid",
            field="amount_fen",
            worker=fact.worker,
            month=fact.month,
            amount=yuan(fact.amount_fen),
            determined=yuan(open_fen),
            paid=yuan(paid - state.taken_fen),
        )


def _check_determined(state: EntitlementState, fact: ClawbackRecovered | OverpaymentWrittenOff) -> None:
    left = state.determined_fen - state.taken_fen
    if isinstance(fact, OverpaymentWrittenOff) and fact.scheme != REIMBURSEMENT:
        left = min(left, max(0, state.settled_fen))
    if fact.amount_fen > left:
        raise RuleBroken(
            "recovered-too-much",
            field="amount_fen",
            worker=fact.worker,
            scheme=fact.scheme,
            month=fact.month,
            amount=yuan(fact.amount_fen),
            left=yuan(left),
        )


def fit_together(facts: Sequence[EntitlementFact], actor: str, world: World) -> bool:
    """Whether these are payments that `decide` admits, each the first of its month. Raises RuleBroken where not.

    One of each run, month and kind is judged; the others differ from it in their line only, and are held against it.
    """
    if isinstance(facts, AlikeFacts):
        return _fit_in_columns(facts, actor, world)
    judged: dict[tuple[str, str, str, str], PayoutRunOpened] = {}
    for fact in facts:
        if not isinstance(fact, SubsidyPaid) or fact.offset_fen:
            return False
        alike = (fact.run, fact.scheme, fact.month, fact.kind)
        if alike not in judged:
            decide(EntitlementState(), fact.model_copy(update={"actor": actor}), world)
            opened = world.run(fact.run).opened
            assert opened is not None
            judged[alike] = opened
        line = world.approved_line(judged[alike], fact.worker, fact.month)
        if line is None or line.offset_fen or not fact.amount_fen == line.amount_fen <= line.due_fen:
            return False
        if not world.run(fact.run).has_told(line.place):
            return False
    return True


def _fit_in_columns(facts: AlikeFacts, actor: str, world: World) -> bool:
    """The same of payments in columns: they are held against the run's lines all at once."""
    like = facts.like
    if not isinstance(like, SubsidyPaid) or like.offset_fen:
        return False
    columns = {name: facts.column(name) for name in ("worker", "month", "kind", "amount_fen")}
    one_of_each = {alike: n for n, alike in enumerate(zip(columns["month"], columns["kind"], strict=True))}
    for n in one_of_each.values():
        decide(EntitlementState(), facts[n].model_copy(update={"actor": actor}), world)
    run = world.run(like.run)
    assert run.opened is not None
    first = world.approved_line(run.opened, columns["worker"][0], columns["month"][0])
    if first is not None and not run.has_told(first.place, len(facts)):
        return False
    return world.lines_are(run.opened, columns["worker"], columns["month"], columns["amount_fen"])


def evolve(state: EntitlementState, event: Event) -> None:
    match event.fact:
        case SubsidyPaid() as fact:
            state.paid[fact.run] = (fact.amount_fen, event.event_id)
            state.offset[fact.run] = fact.offset_fen
        case PaymentReturned() as fact:
            state.returned[fact.run] = (fact.amount_fen, event.event_id)
            if fact.bank_ref == KEPT_BACK:
                state.kept_back |= {fact.run}
        case OverpaymentDetermined(amount_fen=fen) as fact:
            state.determined_fen += fen
            state.line = (fact.worker, fact.scheme, fact.month)
        case ClawbackRecovered(amount_fen=fen, run=run):
            state.recovered[run] = state.recovered.get(run, 0) + fen
        case OverpaymentWrittenOff(amount_fen=fen):
            state.written_off[event.event_id] = fen


AGGREGATE = Aggregate(
    kind="entitlement",
    new_state=EntitlementState,
    decide=decide,
    evolve=evolve,
    facts=(SubsidyPaid, PaymentReturned, OverpaymentDetermined, ClawbackRecovered, OverpaymentWrittenOff),
    check_dependents=check_dependents,
    fit_together=fit_together,
)
