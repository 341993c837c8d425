"""开批与审批: a run is computed at a pin by one person, and approved or rejected by another."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.aggregates.claim import REIMBURSEMENT
from xiyuan_ledger.aggregates.entitlement import OverpaymentDetermined
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.run import PayoutRunApproved, PayoutRunOpened, PayoutRunRejected
from xiyuan_ledger.errors import InvalidEntry, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.run import Run, check_lines, lines_at_pin, run_of, runs
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.run_lines import lines_digest

SUBSIDY = "post-subsidy"
INSTALMENT = "project-instalment"
SCHEMES = (SUBSIDY, REIMBURSEMENT, INSTALMENT)
"""What a run can pay."""
TAKEN = frozenset({"run-opened-twice", "run-open-already"})


def open_run(ledger: Ledger, scheme: str, month: str, hand: Hand | None = None) -> Run:
    """The run of a scheme for a month: the one that is open, else a new one over what is due at the newest position.

    Opening twice gives the same run. Where nothing is due, and nothing was paid too much that is not determined yet,
    the month's last run; RuleBroken `run-nothing-due` where there is none.
    """
    hand = hand or Hand()
    _check_asked(scheme, month, hand)
    earlier = runs(ledger, scheme, month)
    standing = [run for run in earlier if run.status not in ("closed", "rejected")]
    if standing:
        return standing[0]
    pin = Pin(known_at=ledger.head, valid_on=hand.on)
    lines = lines_at_pin(ledger, scheme, month, pin)
    if not _worth_a_run(ledger, lines, pin):
        if not earlier:
            raise RuleBroken("run-nothing-due", field="month", scheme=scheme, month=month)
        return earlier[-1]
    fact = _opened(f"{scheme}-{month}-{len(earlier) + 1}", scheme, month, pin, lines, hand)
    try:
        ledger.record(fact)
    except RuleBroken as refusal:
        if refusal.code not in TAKEN:
            raise
        # Somebody else opened it meanwhile.
        return next(run for run in reversed(runs(ledger, scheme, month)) if run.status not in ("closed", "rejected"))
    return run_of(ledger, fact.run)


def _check_asked(scheme: str, month: str, hand: Hand) -> None:
    if scheme not in SCHEMES:
        raise InvalidEntry("scheme-unknown", field="scheme", scheme=scheme, known=", ".join(SCHEMES))
    if f"{month}-01" > hand.on.isoformat():
        raise RuleBroken("run-month-ahead", field="month", month=month, on=hand.on)


def _opened(code: str, scheme: str, month: str, pin: Pin, lines: pa.Table, hand: Hand) -> PayoutRunOpened:
    paid = pc.sum(pc.greater(lines.column("amount_fen"), 0)).as_py() or 0
    return PayoutRunOpened(
        run=code,
        scheme=scheme,
        month=month,
        pin={"position": pin.known_at, "valid_on": pin.valid_on},
        lines=paid,
        total_fen=pc.sum(lines.column("net_fen")).as_py() or 0,
        lines_digest=lines_digest(lines),
        **hand.entry(),
    )


def _worth_a_run(ledger: Ledger, lines: pa.Table, pin: Pin) -> bool:
    """Whether there is something to pay, or something paid too much that nobody determined yet."""
    if (pc.max(lines.column("amount_fen")).as_py() or 0) > 0:
        return True
    return any(fen > 0 for fen in _undetermined(ledger, lines, pin).values())


def _undetermined(ledger: Ledger, lines: pa.Table, pin: Pin | None) -> dict[tuple[str, str], int]:
    """By worker and month, what was paid too much beyond what is determined and still open."""
    overpaid = lines.filter(pc.greater(lines.column("overpaid_fen"), 0)).to_pylist()
    register = ledger.view("recovery_register", pin=pin, evidence=False).rows if overpaid else []
    standing = {
        (row["worker"], row["scheme"], row["month"]): row["determined_fen"]
        - row["recovered_fen"]
        - row["written_off_fen"]
        for row in register
    }
    return {
        (line["worker"], line["month"]): line["overpaid_fen"]
        - standing.get((line["worker"], line["scheme"], line["month"]), 0)
        for line in overpaid
    }


def approve(ledger: Ledger, run: str, hand: Hand | None = None) -> Run:
    """Approve a run's lines; what they show to be paid too much is determined with it. Doing it again changes nothing.

    Raises RuleBroken where the lines are not those opened, or the same person opened the run.
    """
    hand = hand or Hand()
    known = run_of(ledger, run)
    if known.status in ("approved", "instructed", "closed"):
        return known
    lines = check_lines(ledger, known)
    _refuse_recovered_meanwhile(ledger, known, lines)
    by = _who(ledger, hand)
    facts: list[Fact] = [
        PayoutRunApproved(run=run, approved_by=by, lines_digest=known.lines_digest, **hand.entry()),
    ]
    for (worker, month), fen in _undetermined(ledger, lines, None).items():
        if fen > 0:
            facts.append(
                OverpaymentDetermined(
                    worker=worker,
                    scheme=known.scheme,
                    month=month,
                    amount_fen=fen,
                    run=run,
                    approved_by=by,
                    **hand.entry(),
                )
            )
    ledger.record_all(facts)
    return run_of(ledger, run)


def _refuse_recovered_meanwhile(ledger: Ledger, run: Run, lines: pa.Table) -> None:
    """What came back by hand since the run was opened is not kept back as well."""
    keeping = lines.filter(pc.greater(lines.column("recovered_fen"), 0)).to_pylist()
    if not keeping:
        return
    before, now = _taken(ledger, run.pin), _taken(ledger, None)
    for line in keeping:
        which = (line["worker"], line["scheme"], line["month"])
        if now.get(which, 0) > before.get(which, 0):
            raise RuleBroken(
                "run-recovered-meanwhile", field="run", run=run.run, worker=line["worker"], month=line["month"]
            )


def _taken(ledger: Ledger, pin: Pin | None) -> dict[tuple[str, str, str], int]:
    """By worker, scheme and month, what was recovered or written off."""
    rows = ledger.view("recovery_register", pin=pin, evidence=False).rows
    return {(row["worker"], row["scheme"], row["month"]): row["recovered_fen"] + row["written_off_fen"] for row in rows}


def reject(ledger: Ledger, run: str, reason: str, hand: Hand | None = None) -> Run:
    """Reject a run of which the bank was not told: it is over, and the month may be opened anew."""
    hand = hand or Hand()
    known = run_of(ledger, run)
    if known.status == "rejected":
        return known
    by = _who(ledger, hand)
    ledger.record(
        PayoutRunRejected(run=run, approved_by=by, lines_digest=known.lines_digest, reason=reason, **hand.entry())
    )
    return run_of(ledger, run)


def _who(ledger: Ledger, hand: Hand) -> str:
    found = hand.actor or ledger.actor
    if not found:
        raise InvalidEntry("actor-missing", field="actor")
    return found
