"""付款进度: payout runs and their files, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from tests.views.harness import History, Rows
from xiyuan_ledger.aggregates.account import FundsTransferred
from xiyuan_ledger.aggregates.claim import ReimbursementClaimed, ReimbursementDecided, ReimbursementPaid
from xiyuan_ledger.aggregates.entitlement import PaymentReturned, SubsidyPaid
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.run import (
    PaymentInstructed,
    PayoutRunApproved,
    PayoutRunClosed,
    PayoutRunOpened,
    PayoutRunRejected,
)
from xiyuan_ledger.projections.pin import Settled

STATES = {PayoutRunApproved: "approved", PayoutRunRejected: "rejected", PayoutRunClosed: "closed"}


def payout_files(history: History, pin: Settled) -> Rows:
    found: Rows = []
    for event, opened in history.of(PayoutRunOpened):
        steps, state = [event.event_id], "opened"
        for kind, name in STATES.items():
            for step, fact in history.of(kind):
                if fact.run == opened.run:
                    steps, state = [*steps, step.event_id], name
        if history.args["state"] not in (None, state):
            continue
        row = {
            "run": opened.run,
            "scheme": opened.scheme,
            "month": opened.month,
            "lines": opened.lines,
            "total_fen": opened.total_fen,
            "state": state,
        }
        files = [(told, fact) for told, fact in history.of(PaymentInstructed) if fact.run == opened.run]
        nothing = {"file": None, "instructed_on": None, "file_lines": None, "file_fen": None, "settled_lines": None}
        if not files:
            found.append(row | nothing | {"evidence": sorted(steps)})
        for told, fact in files:
            found.append(
                row
                | {
                    "file": told.source,
                    "instructed_on": told.occurred_on,
                    "file_lines": fact.lines,
                    "file_fen": fact.total_fen,
                    "settled_lines": _settled(history, told.source),
                    "evidence": sorted([*steps, told.event_id]),
                }
            )
    return found


def _settled(history: History, source: str | None) -> int:
    """How many lines have a payment or a return of the same source; a line counts once, and what is in no file not."""
    lines = {
        event.stream for event, paid in history.of(SubsidyPaid) if paid.bank_ref != "offset" and _is(event, source)
    }
    returned = [event for event, back in history.of(PaymentReturned) if back.bank_ref != "kept-back"]
    lines |= {event.stream for event in returned if _is(event, source)}
    lines |= _of_claims(history, source)
    told = [fact.run for event, fact in history.of(PaymentInstructed) if _is(event, source)]
    for event, sent in history.of(FundsTransferred):
        for run in told:
            if _is(event, source) and sent.voucher.startswith(f"{run}-{sent.project}-"):
                month = sent.voucher.removeprefix(f"{run}-{sent.project}-")
                lines.add(f"entitlement/{sent.project}/project-instalment/{month}")
    return len(lines)


def _of_claims(history: History, source: str | None) -> set[str]:
    """The entitlements of claims that were paid with this source: those of the months in which they were decided."""
    workers = {claim.claim: claim.worker for _, claim in history.of(ReimbursementClaimed)}
    months = {claim.claim: f"{event.occurred_on:%Y-%m}" for event, claim in history.of(ReimbursementDecided)}
    return {
        f"entitlement/{workers[paid.claim]}/exam-reimbursement/{months[paid.claim]}"
        for event, paid in history.of(ReimbursementPaid)
        if paid.run and _is(event, source) and paid.claim in workers.keys() & months.keys()
    }


def _is(event: Event, source: str | None) -> bool:
    return source is not None and event.source == source


PLAIN = {"payout_files": payout_files}
