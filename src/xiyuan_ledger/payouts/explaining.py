"""说明: why a line is what it is, down to the events.

The rate and its paper, the level, the post, the months before, what was paid, and what was recorded since the last run
that changed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.claim import REIMBURSEMENT
from xiyuan_ledger.errors import ViewError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.explaining_instalments import explain_instalments
from xiyuan_ledger.payouts.paying import INSTALMENT
from xiyuan_ledger.payouts.reason import Reason, fact_reason
from xiyuan_ledger.payouts.run import Run, runs
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.pin import Pin

SUBSIDY = "post-subsidy"
MONEY_FACTS = frozenset(
    {"SubsidyPaid", "PaymentReturned", "ClawbackRecovered", "OverpaymentWrittenOff", "ReimbursementPaid"}
)
LEVEL_FACTS = frozenset({"ExamPassed", "CertificateRegistered"})
LEVEL_ENDS = frozenset({"ExamResultAnnulled", "CertificateRevoked"})
POST_FACTS = ("PostFilled", "PostVacated")
POST_ENDS = frozenset({"WorkerLeft", "WorkerDismissed", "WorkerReinstated"})
EXPLAINED = (SUBSIDY, REIMBURSEMENT, INSTALMENT)
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def explain(ledger: Ledger, line: str, **pinned: Any) -> Reason:
    """Why a `worker/scheme/month` is what it is at a pin (`valid_on`, `known_at`). Raises ViewError.

    Of project instalments the worker is the project's code, as in the lines of a run.
    """
    worker, scheme, month = parts_of_line(line)
    pin = ledger.settle(**pinned)
    at = Pin(known_at=pin.known_at, valid_on=pin.valid_on)
    if scheme == REIMBURSEMENT:
        return _claims(ledger, worker, month, at)
    if scheme == INSTALMENT:
        return explain_instalments(ledger, worker, month, at)
    rows = ledger.view("subsidy_due", pin=at, where={"worker": worker}).rows
    row = next((each for each in rows if each["month"] == month), None) or _nothing(worker, month)
    events = [ledger.event(each) for each in row["evidence"]]
    because = (
        _due(ledger, row, events, at),
        _settled(row, events),
        Reason("before", because=tuple(_month(each) for each in rows if each["month"] < month)),
        *_since(ledger, worker, scheme, month, at, events),
    )
    return Reason("line", row["delta_fen"], event_ids=tuple(row["evidence"]), because=because)


def parts_of_line(line: str) -> tuple[str, str, str]:
    """Worker, scheme and month of a line; ViewError `line-form` where it is none."""
    parts = line.split("/")
    if len(parts) != 3 or parts[1] not in EXPLAINED or not MONTH.fullmatch(parts[2]):
        raise ViewError("line-form", field="line", found=line[:80], schemes=", ".join(EXPLAINED))
    return parts[0], parts[1], parts[2]


def _nothing(worker: str, month: str) -> dict[str, Any]:
    row: dict[str, Any] = {"worker": worker, "month": month, "level": None, "post": None, "rate_policy_version": None}
    return row | {"due_fen": 0, "settled_fen": 0, "delta_fen": 0, "evidence": []}


def _due(ledger: Ledger, row: Mapping[str, Any], events: list[Event], pin: Pin) -> Reason:
    """The rate, the level and the post that make what is due."""
    if row["level"] is None:
        return Reason("due", 0, because=(Reason("nothing", because=_standing(ledger, row["worker"], pin)),))
    level = tuple(fact_reason(each) for each in events if each.type in LEVEL_FACTS)
    post = tuple(fact_reason(each) for each in events if each.type == "PostFilled")
    parts = (
        _rate(ledger, row, pin),
        Reason("level", row["level"], because=level),
        Reason("post", row["post"], because=post),
    )
    return Reason("due", row["due_fen"], because=parts)


def _standing(ledger: Ledger, worker: str, pin: Pin) -> tuple[Reason, Reason]:
    """What is known of a worker's levels and posts, ended or not: in it lies why nothing is due."""
    own = ledger.view("journal", pin=pin, stream=f"worker/{worker}").rows
    posts = [row for each in POST_FACTS for row in ledger.view("journal", pin=pin, type=each, subject=worker).rows]
    level = [row for row in own if row["type"] in LEVEL_FACTS | LEVEL_ENDS]
    post = posts + [row for row in own if row["type"] in POST_ENDS]
    return Reason("level", because=_in_order(ledger, level)), Reason("post", because=_in_order(ledger, post))


def _in_order(ledger: Ledger, rows: list[dict[str, Any]]) -> tuple[Reason, ...]:
    ordered = sorted(rows, key=lambda row: (row["occurred_on"], row["position"]))
    return tuple(fact_reason(ledger.event(row["event_id"])) for row in ordered)


def _rate(ledger: Ledger, row: Mapping[str, Any], pin: Pin) -> Reason:
    adopted = ledger.view("policy_register", pin=pin, where={"policy": SUBSIDY}).rows
    version = next(each for each in adopted if each["version"] == row["rate_policy_version"])
    rates = SCHEMAS[SUBSIDY].model_validate(version["parameters"]).rates  # type: ignore[attr-defined]
    paper = Reason("authority", version["authority"], version["effective_from"], tuple(version["evidence"]))
    return Reason("rate", getattr(rates, row["level"]), because=(paper,))


def _settled(row: Mapping[str, Any], events: list[Event]) -> Reason:
    told = tuple(fact_reason(each) for each in events if each.type in MONEY_FACTS)
    return Reason("settled", row["settled_fen"], because=told)


def _month(row: Mapping[str, Any]) -> Reason:
    told = (Reason("due", row["due_fen"]), Reason("settled", row["settled_fen"]))
    return Reason("month", row["month"], event_ids=tuple(row["evidence"]), because=told)


def _since(ledger: Ledger, worker: str, scheme: str, month: str, pin: Pin, events: list[Event]) -> Iterator[Reason]:
    """What was recorded since the last run that computed the month, its payment aside, and changed the line."""
    assert isinstance(pin.known_at, int)
    earlier = [run for run in runs(ledger, scheme) if _computed(run, month, pin.known_at)]
    if not earlier:
        return
    last = max(earlier, key=lambda run: run.pin_position)
    paid = [event.position for event in events if event.type in MONEY_FACTS]
    before = Pin(known_at=max([last.pin_position, *paid]), valid_on=pin.valid_on)
    changes = ledger.diff("subsidy_due", before, pin, where={"worker": worker, "month": month}).rows
    causes = dict.fromkeys(event_id for row in changes for event_id in row["caused_by"])
    if causes:
        yield Reason("since", last.run, because=tuple(fact_reason(ledger.event(each)) for each in causes))


def _computed(run: Run, month: str, known_at: int) -> bool:
    return run.status != "rejected" and month <= run.month and run.pin_position < known_at


def _claims(ledger: Ledger, worker: str, month: str, pin: Pin) -> Reason:
    """What was decided of a worker's claims in a month, and paid."""
    rows = ledger.view("reimbursement_register", pin=pin, where={"worker": worker, "month": month}).rows
    told = tuple(_claim(ledger, each) for each in rows)
    due = sum(each["approved_fen"] for each in rows if each["payable"] or each["status"] == "paid")
    paid = sum(each["paid_fen"] for each in rows)
    return Reason("line", due - paid, because=(Reason("due", due, because=told), Reason("settled", paid)))


def _claim(ledger: Ledger, row: Mapping[str, Any]) -> Reason:
    because = tuple(fact_reason(ledger.event(each)) for each in row["evidence"])
    return Reason("claim", row["claim"], row["decided_on"], because=because)
