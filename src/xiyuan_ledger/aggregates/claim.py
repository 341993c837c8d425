"""报销: what an examination cost a worker who passed: claimed with receipts, decided by another person, paid once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind, Part
from xiyuan_ledger.aggregates.run import check_approved, check_payer
from xiyuan_ledger.aggregates.worker_exams import SUBJECTS, required_mark
from xiyuan_ledger.calendar import month_of
from xiyuan_ledger.codes import Code, Fen, FenOrNone, Flag, Level, Year
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.money import yuan

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.worker_exams import Exams, Pass
    from xiyuan_ledger.aggregates.world import World

REIMBURSEMENT = "exam-reimbursement"
"""The scheme of reimbursements: the policy that says which costs are paid back."""
RECEIPTS_MAX = 100


class ClaimReceipt(Part):
    """票据: one receipt; its number is claimed once in the whole ledger."""

    kind: Literal["registration_fee", "book_fee"]
    number: Code
    amount_fen: Fen


class ClaimFact(Fact):
    """What is recorded of one claim."""

    STREAM_KIND: ClassVar[Kind] = "claim"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("claim",)

    claim: Code


class ReimbursementClaimed(ClaimFact):
    """报销申请: a worker who passed hands in the receipts of one year's sitting."""

    TOPIC: ClassVar[str] = "claim.reimbursement-claimed.v1"

    worker: Code
    level: Level
    year: Year
    receipts: Annotated[
        tuple[ClaimReceipt, ...],
        BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
        Field(min_length=1, max_length=RECEIPTS_MAX),
    ]

    def tags(self) -> tuple[str, ...]:
        return (_claims_tag(self.worker), *(f"receipt/{receipt.number}" for receipt in self.receipts))

    def reads(self) -> tuple[str, ...]:
        return (f"worker/{self.worker}",)


class ReimbursementDecided(ClaimFact):
    """报销审批: another person approves so much of it, or nothing."""

    TOPIC: ClassVar[str] = "claim.reimbursement-decided.v1"

    approved: Flag
    amount_fen: FenOrNone
    approved_by: Code


class ReimbursementPaid(ClaimFact):
    """报销支付: what was approved was paid, in full; `amount_fen` may be left out."""

    TOPIC: ClassVar[str] = "claim.reimbursement-paid.v1"
    COMPARES_ACTOR: ClassVar[bool] = True

    bank_ref: Code
    amount_fen: Fen | None = None
    run: Code | None = None

    def reads(self) -> tuple[str, ...]:
        return () if self.run is None else (f"run/{self.run}",)


def _claims_tag(worker: str) -> str:
    return f"claims-of/{worker}"


class ClaimState:
    """One claim: its receipts, what was decided, and its payment."""

    __slots__ = ("before", "claimed", "claimed_by", "decided", "decided_by", "paid_by", "paid_run")

    def __init__(self) -> None:
        self.claimed: ReimbursementClaimed | None = None
        self.claimed_by = ("", "")
        """The event, and who entered it."""
        self.decided: ReimbursementDecided | None = None
        self.decided_by = ""
        self.paid_by = ""
        self.paid_run: str | None = None
        self.before: ClaimState | None = None
        """What stood before a correction or a voiding; set while those who rely on it are asked."""

    @property
    def stands(self) -> bool:
        """Whether it was made, and not declined."""
        return self.claimed is not None and (self.decided is None or self.decided.approved)


def month_of_claim(state: ClaimState) -> str:
    """The month to which a claim's payment belongs: that of its decision; none where it was not decided."""
    return "" if state.decided is None else month_of(state.decided.occurred_on)


def reimbursed_fen(world: World, worker: str, month: str) -> int:
    """What was paid of a worker's claims that were decided in a month."""
    paid = 0
    for code in world.tagged(_claims_tag(worker)):
        claim = world.claim(code)
        mine = claim.claimed is not None and claim.claimed.worker == worker
        if mine and claim.decided is not None and claim.paid_by and month_of_claim(claim) == month:
            paid += claim.decided.amount_fen
    return paid


def _came_back(state: ClaimState, world: World) -> bool:
    """Whether the line by which a claim was paid was returned: it may be paid anew."""
    if state.paid_run is None or state.claimed is None:
        return False
    stream = f"{state.claimed.worker}/{REIMBURSEMENT}/{month_of_claim(state)}"
    return state.paid_run in world.entitlement(stream).returned


def decide(state: ClaimState, fact: Fact, world: World) -> None:
    """Claimed, decided by another person, paid: each once, in this order, and none without a pass."""
    assert isinstance(fact, ClaimFact)
    match fact:
        case ReimbursementClaimed():
            _decide_claimed(state, fact, world)
        case _ if state.claimed is None:
            raise RuleBroken("claim-unknown", field="claim", claim=fact.claim, on=fact.occurred_on)
        case ReimbursementDecided():
            _decide_decided(state, fact, world)
        case ReimbursementPaid():
            _decide_paid(state, fact, world)


def _decide_claimed(state: ClaimState, fact: ReimbursementClaimed, world: World) -> None:
    if state.claimed is not None:
        raise RuleBroken("claim-made-twice", field="claim", events=(state.claimed_by[0],), claim=fact.claim)
    check_pass(world, fact, fact.occurred_on)
    numbers = [receipt.number for receipt in fact.receipts]
    for number in numbers:
        if numbers.count(number) > 1:
            raise RuleBroken("receipt-claimed-twice", field="receipts", number=number, claim=fact.claim)
        for code in world.tagged(f"receipt/{number}"):
            other = world.claim(code)
            claimed = other.claimed
            if code != fact.claim and claimed and any(receipt.number == number for receipt in claimed.receipts):
                events = (other.claimed_by[0],)
                raise RuleBroken("receipt-claimed-twice", field="receipts", events=events, number=number, claim=code)
    _refuse_second_claim(fact, world)


def _refuse_second_claim(fact: ReimbursementClaimed, world: World) -> None:
    """A worker is reimbursed once for a level's sitting of a year."""
    sitting = (fact.worker, fact.level, fact.year)
    for code in world.tagged(_claims_tag(fact.worker)):
        other = world.claim(code)
        claimed = other.claimed
        if code == fact.claim or not other.stands or claimed is None:
            continue
        if (claimed.worker, claimed.level, claimed.year) == sitting:
            events = (other.claimed_by[0],)
            raise RuleBroken(
                "sitting-claimed-already", field="year", events=events, worker=fact.worker, year=fact.year, claim=code
            )


def check_pass(world: World, claimed: ReimbursementClaimed, on: date) -> Pass:
    """The pass to which the claimed sitting led; refused where none stands on the day."""
    exams = world.worker(claimed.worker).exams
    found = exams.passed(claimed.level, on)
    if found is None or not _contributed(exams, found, claimed.year, world):
        raise RuleBroken(
            "claim-without-pass",
            field="year",
            worker=claimed.worker,
            level=claimed.level,
            year=claimed.year,
            on=on,
        )
    return found


def _contributed(exams: Exams, found: Pass, year: int, world: World) -> bool:
    """Whether a year's sitting led to the pass: its own, or one before it with a subject passed that counted."""
    if year == found.year:
        return True
    rules = world.parameters("exam-rules", on=found.exam_on)
    if rules is None or not found.year - getattr(rules.window_years, found.level) < year < found.year:
        return False
    marks = {subject: exams.marks.get((found.level, year, subject)) for subject in SUBJECTS[found.level]}
    return any(
        mark is not None and mark.score is not None and mark.score >= required_mark(rules, found.level, year, subject)
        for subject, mark in marks.items()
    )


def _decide_decided(state: ClaimState, fact: ReimbursementDecided, world: World) -> None:
    assert state.claimed is not None
    if state.decided is not None:
        raise RuleBroken("claim-decided-twice", field="claim", events=(state.decided_by,), claim=fact.claim)
    if fact.approved_by in (state.claimed_by[1], state.claimed.worker):
        events = (state.claimed_by[0],)
        raise RuleBroken(
            "claim-decided-by-claimant", field="approved_by", events=events, claim=fact.claim, by=fact.approved_by
        )
    claimed = sum(receipt.amount_fen for receipt in state.claimed.receipts)
    if not fact.approved:
        claimed = 0
    if fact.amount_fen > claimed or fact.approved != (fact.amount_fen > 0):
        raise RuleBroken(
            "claim-decided-amount",
            field="amount_fen",
            events=(state.claimed_by[0],),
            claim=fact.claim,
            amount=yuan(fact.amount_fen),
            claimed=yuan(claimed),
        )
    if fact.approved:
        check_pass(world, state.claimed, fact.occurred_on)


def _decide_paid(state: ClaimState, fact: ReimbursementPaid, world: World) -> None:
    assert state.claimed is not None
    decided = state.decided
    if decided is None or not decided.approved:
        events = () if decided is None else (state.decided_by,)
        raise RuleBroken("claim-not-approved", field="claim", events=events, claim=fact.claim, on=fact.occurred_on)
    if state.paid_by and not _came_back(state, world):
        raise RuleBroken("claim-paid-twice", field="claim", events=(state.paid_by,), claim=fact.claim)
    if fact.actor == decided.approved_by:
        raise RuleBroken("claim-paid-by-approver", field="actor", events=(state.decided_by,), claim=fact.claim)
    if fact.amount_fen is not None and fact.amount_fen != decided.amount_fen:
        raise RuleBroken(
            "claim-paid-amount",
            field="amount_fen",
            events=(state.decided_by,),
            claim=fact.claim,
            amount=yuan(fact.amount_fen),
            approved=yuan(decided.amount_fen),
        )
    if fact.run is None:
        check_pass(world, state.claimed, fact.occurred_on)
    else:
        # What was under way when a pass was annulled did leave: it is written down, and asked back.
        _check_run(fact, fact.run, world)


def _check_run(fact: ReimbursementPaid, run: str, world: World) -> None:
    """A claim paid by a run: one of reimbursements, approved, of which the bank was told."""
    state = world.run(run)
    if state.opened is None:
        raise RuleBroken("run-unknown", field="run", run=run, on=fact.occurred_on)
    check_approved(state, run, fact.occurred_on)
    check_payer(state, run, fact.actor)
    if state.instructed_on is None or state.instructed_on > fact.occurred_on:
        raise RuleBroken("run-not-instructed", field="run", run=run, on=fact.occurred_on)
    if state.opened.scheme != REIMBURSEMENT:
        opened = state.opened
        raise RuleBroken("run-of-another", field="run", run=run, scheme=opened.scheme, month=opened.month)


def evolve(state: ClaimState, event: Event) -> None:
    match event.fact:
        case ReimbursementClaimed() as fact:
            state.claimed, state.claimed_by = fact, (event.event_id, event.actor)
        case ReimbursementDecided() as fact:
            state.decided, state.decided_by = fact, event.event_id
        case ReimbursementPaid() as fact:
            state.paid_by, state.paid_run = event.event_id, fact.run


def check_dependents(state: ClaimState, world: World) -> None:
    """What a closed run paid stays paid: or the next run would pay it again."""
    before = state.before
    run = None if before is None else before.paid_run
    if before is not None and run is not None and run != state.paid_run and (closed := world.run(run).closed):
        raise RuleBroken("line-of-closed-run", field="run", events=(before.paid_by, closed), run=run)


AGGREGATE = Aggregate(
    kind="claim",
    new_state=ClaimState,
    decide=decide,
    evolve=evolve,
    facts=(ReimbursementClaimed, ReimbursementDecided, ReimbursementPaid),
    check_dependents=check_dependents,
)
