"""报销: a claim decided by another person than who made it; the policy says how much of it is paid."""

from __future__ import annotations

from xiyuan_ledger.aggregates.claim import ReimbursementDecided
from xiyuan_ledger.errors import InvalidEntry, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.recording.receipt import Receipt


def decide_claim(
    ledger: Ledger,
    claim: str,
    *,
    amount_fen: int | None = None,
    declined_for: str | None = None,
    hand: Hand | None = None,
) -> Receipt:
    """Approve what the policy in force on the day of the claim pays of it, or `amount_fen`; or decline it.

    The next run of `exam-reimbursement` pays it. Raises RuleBroken where there is no such claim, nothing of it is
    eligible, or the same person made it.
    """
    hand = hand or Hand()
    rows = ledger.view("reimbursement_register", where={"claim": claim}).rows
    if not rows:
        raise RuleBroken("claim-unknown", field="claim", claim=claim, on=hand.on)
    by = hand.actor or ledger.actor
    if not by:
        raise InvalidEntry("actor-missing", field="actor")
    fen = 0 if declined_for else (rows[0]["eligible_fen"] if amount_fen is None else amount_fen)
    if not fen and not declined_for:
        raise RuleBroken("claim-not-eligible", field="claim", claim=claim)
    entry = hand.entry() | ({"reason": declined_for} if declined_for else {})
    return ledger.record(ReimbursementDecided(claim=claim, approved=bool(fen), amount_fen=fen, approved_by=by, **entry))
