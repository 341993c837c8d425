"""Facts of payouts in few words, for rules on values: what a run, a payment, a claim looks like."""

from __future__ import annotations

from typing import Any

from xiyuan_ledger.aggregates.claim import ReimbursementClaimed, ReimbursementDecided, ReimbursementPaid
from xiyuan_ledger.aggregates.entitlement import (
    ClawbackRecovered,
    OverpaymentDetermined,
    OverpaymentWrittenOff,
    PaymentReturned,
    SubsidyPaid,
)
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.aggregates.run import (
    PaymentInstructed,
    PayoutRunApproved,
    PayoutRunClosed,
    PayoutRunOpened,
    PayoutRunRejected,
)

LINES = "0a" * 32
FILE = "f1" * 32
SCHEME = "post-subsidy"


def adopted(policy: str, version: int = 1, **parameters: Any) -> PolicyAdopted:
    """A policy in force since the office began."""
    return PolicyAdopted(
        policy=policy,
        version=version,
        effective_from="2012-06-01",
        authority="notice 7",
        parameters=parameters,
        occurred_on="2012-06-01",
    )


def opened(run: str = "R-1", on: str = "2013-03-25", **more: Any) -> PayoutRunOpened:
    fields = {
        "run": run,
        "scheme": SCHEME,
        "month": "2013-03",
        "pin": {"position": 10, "valid_on": "2013-03-25"},
        "lines": 2,
        "total_fen": 30_000,
        "lines_digest": LINES,
        "occurred_on": on,
        "actor": "clerk-1",
    }
    return PayoutRunOpened(**fields | more)


def approved(run: str = "R-1", on: str = "2013-03-26", **more: Any) -> PayoutRunApproved:
    fields = {"run": run, "approved_by": "chief-1", "lines_digest": LINES, "occurred_on": on, "actor": "chief-1"}
    return PayoutRunApproved(**fields | more)


def rejected(run: str = "R-1", on: str = "2013-03-26", **more: Any) -> PayoutRunRejected:
    fields = {"run": run, "approved_by": "chief-1", "lines_digest": LINES, "occurred_on": on}
    return PayoutRunRejected(**fields | more)


def instructed(run: str = "R-1", on: str = "2013-03-27", **more: Any) -> PaymentInstructed:
    fields = {"run": run, "file_digest": FILE, "lines": 2, "total_fen": 30_000, "occurred_on": on, "actor": "cashier-1"}
    return PaymentInstructed(**fields | more)


def closed(run: str = "R-1", on: str = "2013-03-31", **more: Any) -> PayoutRunClosed:
    return PayoutRunClosed(**{"run": run, "occurred_on": on} | more)


def paid(worker: str = "W-1", run: str = "R-1", on: str = "2013-03-28", **more: Any) -> SubsidyPaid:
    fields = {
        "worker": worker,
        "scheme": SCHEME,
        "month": "2013-03",
        "run": run,
        "kind": "regular",
        "amount_fen": 10_000,
        "offset_fen": 0,
        "bank_ref": f"B-{run}-{worker}",
        "occurred_on": on,
        "actor": "cashier-1",
    }
    return SubsidyPaid(**fields | more)


def returned(worker: str = "W-1", run: str = "R-1", on: str = "2013-03-30", **more: Any) -> PaymentReturned:
    fields = {
        "worker": worker,
        "scheme": SCHEME,
        "month": "2013-03",
        "run": run,
        "amount_fen": 10_000,
        "bank_ref": f"B-{run}-{worker}",
        "reason": "account closed",
        "occurred_on": on,
    }
    return PaymentReturned(**fields | more)


def determined(fen: int, worker: str = "W-1", on: str = "2013-05-02", **more: Any) -> OverpaymentDetermined:
    return OverpaymentDetermined(**_back(fen, worker, on) | more)


def recovered(fen: int, worker: str = "W-1", on: str = "2013-05-20", **more: Any) -> ClawbackRecovered:
    return ClawbackRecovered(**_back(fen, worker, on) | more)


def written_off(fen: int, worker: str = "W-1", on: str = "2013-12-20", **more: Any) -> OverpaymentWrittenOff:
    return OverpaymentWrittenOff(**_back(fen, worker, on) | {"approved_by": "chief-1"} | more)


def _back(fen: int, worker: str, on: str) -> dict[str, Any]:
    return {"worker": worker, "scheme": SCHEME, "month": "2013-03", "amount_fen": fen, "occurred_on": on}


def claimed(claim: str = "B-1", on: str = "2013-09-10", **more: Any) -> ReimbursementClaimed:
    receipts = [
        {"kind": "registration_fee", "number": f"{claim}-fee", "amount_fen": 11_400},
        {"kind": "book_fee", "number": f"{claim}-book", "amount_fen": 8_000},
    ]
    fields = {"claim": claim, "worker": "W-1", "level": "junior", "year": 2013, "receipts": receipts, "occurred_on": on}
    return ReimbursementClaimed(**fields | more)


def decided(claim: str = "B-1", on: str = "2013-09-12", **more: Any) -> ReimbursementDecided:
    fields = {
        "claim": claim,
        "approved": True,
        "amount_fen": 19_400,
        "approved_by": "chief-1",
        "occurred_on": on,
        "actor": "chief-1",
    }
    return ReimbursementDecided(**fields | more)


def reimbursed(claim: str = "B-1", on: str = "2013-09-20", **more: Any) -> ReimbursementPaid:
    fields = {"claim": claim, "bank_ref": f"B-{claim}", "occurred_on": on, "actor": "cashier-1"}
    return ReimbursementPaid(**fields | more)
