"""发放: what was paid, came back, was recovered: told plainly, for the views that count it."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from tests.views.harness import History
from tests.views.passes import passes
from xiyuan_ledger.aggregates.account import FundsTransferred
from xiyuan_ledger.aggregates.claim import ReimbursementClaimed, ReimbursementDecided, ReimbursementPaid
from xiyuan_ledger.aggregates.entitlement import (
    ClawbackRecovered,
    OverpaymentWrittenOff,
    PaymentReturned,
    SubsidyPaid,
)
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.run import PayoutRunOpened
from xiyuan_ledger.calendar import month_of

CLAIMS, INSTALMENTS = "exam-reimbursement", "project-instalment"
Key = tuple[str, str, str]
"""Worker, scheme, month."""


class Answer(NamedTuple):
    """A line paid, or come back."""

    key: Key
    run: str | None
    amount_fen: int
    net_fen: int
    bank_ref: str
    back: bool
    event: Event
    reason: str | None = None


class Claim(NamedTuple):
    """A claim with what was decided of it and the payments made."""

    claimed: tuple[Event, ReimbursementClaimed]
    decided: tuple[Event, ReimbursementDecided] | None
    paid: list[tuple[Event, ReimbursementPaid]]

    @property
    def key(self) -> Key:
        assert self.decided is not None
        return (self.claimed[1].worker, CLAIMS, month_of(self.decided[1].occurred_on))


def claims(history: History) -> dict[str, Claim]:
    """Every claim by its code."""
    found = {fact.claim: Claim((event, fact), None, []) for event, fact in history.of(ReimbursementClaimed)}
    for event, decision in history.of(ReimbursementDecided):
        if decision.claim in found:
            found[decision.claim] = found[decision.claim]._replace(decided=(event, decision))
    for event, payment in history.of(ReimbursementPaid):
        if payment.claim in found and found[payment.claim].decided is not None:
            found[payment.claim].paid.append((event, payment))
    return found


def answers(history: History) -> list[Answer]:
    """Every line that was paid or came back."""
    found = []
    for event, paid in history.of(SubsidyPaid):
        key = (paid.worker, paid.scheme, paid.month)
        net = paid.amount_fen - paid.offset_fen
        found.append(Answer(key, paid.run, paid.amount_fen, net, paid.bank_ref, False, event))
    for event, back in history.of(PaymentReturned):
        key = (back.worker, back.scheme, back.month)
        found.append(Answer(key, back.run, back.amount_fen, back.amount_fen, back.bank_ref, True, event, back.reason))
    for claim in claims(history).values():
        for event, payment in claim.paid:
            assert claim.decided is not None
            fen = claim.decided[1].amount_fen
            found.append(Answer(claim.key, payment.run, fen, fen, payment.bank_ref, False, event))
    return found + _instalments_paid(history)


def _instalments_paid(history: History) -> list[Answer]:
    runs = [fact.run for _, fact in history.of(PayoutRunOpened) if fact.scheme == INSTALMENTS]
    found = []
    for event, sent in history.of(FundsTransferred):
        for run in runs:
            before = f"{run}-{sent.project}-"
            if sent.project is not None and sent.voucher.startswith(before):
                key = (sent.project, INSTALMENTS, sent.voucher.removeprefix(before))
                found.append(Answer(key, run, sent.amount_fen, sent.amount_fen, sent.voucher, False, event))
    return found


def settled(history: History) -> dict[Key, tuple[int, set[str]]]:
    """By worker, scheme and month: paid, less what came back, was recovered or written off; and the facts."""
    found: dict[Key, int] = defaultdict(int)
    proof: dict[Key, set[str]] = defaultdict(set)
    told = [answer for answer in answers(history) if answer.key[1] != INSTALMENTS]
    paid = {(answer.key, answer.run) for answer in told if not answer.back and answer.run is not None}
    for answer in told:
        if answer.back and (answer.key, answer.run) not in paid:
            continue
        found[answer.key] += -answer.amount_fen if answer.back else answer.amount_fen
        proof[answer.key].add(answer.event.event_id)
    for event in history.effective:
        fact = event.fact
        if isinstance(fact, ClawbackRecovered | OverpaymentWrittenOff):
            key = (fact.worker, fact.scheme, fact.month)
            found[key] -= fact.amount_fen
            proof[key].add(event.event_id)
    return {key: (found[key], proof[key]) for key in found}


def came_back(history: History, key: Key, run: str | None) -> Event | None:
    """The fact that a line of a run came back."""
    return next(
        (
            event
            for event, fact in history.of(PaymentReturned)
            if (fact.worker, fact.scheme, fact.month) == key and fact.run == run
        ),
        None,
    )


def claim_row(history: History, claim: Claim) -> dict[str, Any]:
    """A claim as the register has it."""
    (event, claimed), decision = claim.claimed, claim.decided
    proof = {event.event_id} | ({decision[0].event_id} if decision else set())
    mine = [
        each
        for each in passes(history)
        if (each.fact.worker, each.fact.level) == (claimed.worker, claimed.level)
        and each.event.occurred_on <= claimed.occurred_on
    ]
    passed = mine[-1] if mine else None
    standing = [each for each in claim.paid if came_back(history, claim.key, each[1].run) is None] if decision else []
    last = max(standing or claim.paid, key=lambda each: each[0].position, default=None)
    back = came_back(history, claim.key, last[1].run) if last is not None and not standing else None
    proof |= {each.event_id for each, _ in claim.paid} | ({back.event_id} if back else set())
    annulled = passed.annulled if passed is not None else None
    if passed is not None:
        proof |= {passed.event.event_id} | ({annulled[0].event_id} if annulled is not None else set())
    stands = passed is not None and (annulled is None or (bool(standing) and annulled[1].effect == "from_decision"))
    approved = decision is not None and decision[1].approved
    status = "claimed"
    if standing:
        status = "paid" if stands else "overpaid"
    elif last is not None:
        status = "returned"
    elif decision is not None:
        status = "approved" if approved else "declined"
    fen = decision[1].amount_fen if decision is not None else 0
    return {
        "claim": claimed.claim,
        "worker": claimed.worker,
        "level": claimed.level,
        "year": claimed.year,
        "claimed_on": claimed.occurred_on,
        "claimed_fen": sum(receipt.amount_fen for receipt in claimed.receipts),
        "eligible_fen": _eligible(history, claimed, passed),
        "decided_on": decision and decision[1].occurred_on,
        "approved_by": decision and decision[1].approved_by,
        "approved_fen": fen,
        "status": status,
        "payable": approved and stands and not standing,
        "paid_on": last and last[1].occurred_on,
        "paid_fen": fen if standing else 0,
        "run": last and last[1].run,
        "month": decision and month_of(decision[1].occurred_on),
        "evidence": sorted(proof),
        "due_fen": fen if approved and stands else 0,
    }


def _eligible(history: History, claimed: ReimbursementClaimed, passed: Any) -> int:
    version = history.in_force(CLAIMS, claimed.occurred_on)
    if version is None or passed is None:
        return 0
    rule, results = version.parameters, passed.fact.results_on
    if claimed.occurred_on >= _months_after(results, rule.window_months):
        return 0
    allowed = sum(receipt.amount_fen for receipt in claimed.receipts if receipt.kind in rule.kinds)
    return allowed if rule.cap_fen is None else min(allowed, rule.cap_fen)


def _months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))
