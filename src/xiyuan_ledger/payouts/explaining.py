"""说明: why a line is what it is, down to the events.

The rate and its paper, the level, the post, the months before, what was paid, and what was recorded since the last run
that changed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.claim import REIMBURSEMENT
from xiyuan_ledger.errors import Language, ViewError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.run import Run, runs
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.pin import Pin

SUBSIDY = "post-subsidy"
WORDS: Mapping[str, tuple[str, str]] = {
    "line": ("差额 = 应发 - 已结", "delta = due - settled"),
    "due": ("应发", "due"),
    "settled": ("已结", "settled"),
    "rate": ("标准", "rate"),
    "authority": ("依据", "authority"),
    "level": ("级别", "level"),
    "fact": ("事实", "fact"),
    "post": ("岗位", "post"),
    "before": ("此前月份", "months before"),
    "month": ("月份", "month"),
    "payments": ("已付、退回、追回与核销", "paid, returned, recovered and written off"),
    "since": ("自上一批次以来登记的相关事实", "recorded since the last run, and changing it"),
    "claim": ("报销单", "claim"),
    "nothing": ("没有级别或岗位, 或标准为 0", "no level, no post, or a rate of nothing"),
}
MONEY_FACTS = frozenset(
    {"SubsidyPaid", "PaymentReturned", "ClawbackRecovered", "OverpaymentWrittenOff", "ReimbursementPaid"}
)
LEVEL_FACTS = frozenset({"ExamPassed", "CertificateRegistered"})


@dataclass(frozen=True)
class Reason:
    """缘由: one step of the explanation: what it is about, its value, its day, its facts, and what lies beneath."""

    what: str
    value: str | int | None = None
    on: date | None = None
    event_ids: tuple[str, ...] = ()
    because: tuple[Reason, ...] = ()

    def words(self, lang: Language) -> str:
        """What it is about, for people."""
        zh, en = WORDS[self.what]
        return zh if lang == "zh" else en

    def as_json(self) -> dict[str, Any]:
        """The tree for machines: what is absent is left out."""
        found: dict[str, Any] = {"what": self.what, "value": self.value, "on": self.on and self.on.isoformat()}
        found |= {"events": list(self.event_ids), "because": [each.as_json() for each in self.because]}
        return {name: value for name, value in found.items() if value not in (None, [])}

    def steps(self, depth: int = 0) -> Iterator[tuple[int, Reason]]:
        """Every step with its depth, from the top."""
        yield depth, self
        for each in self.because:
            yield from each.steps(depth + 1)


def explain(ledger: Ledger, line: str, **pinned: Any) -> Reason:
    """Why a `worker/scheme/month` is what it is at a pin (`valid_on`, `known_at`). Raises ViewError."""
    worker, scheme, month = parts_of_line(line)
    pin = ledger.settle(**pinned)
    at = Pin(known_at=pin.known_at, valid_on=pin.valid_on)
    if scheme == REIMBURSEMENT:
        return _claims(ledger, worker, month, at)
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
    if len(parts) != 3 or parts[1] not in (SUBSIDY, REIMBURSEMENT):
        raise ViewError("line-form", field="line", found=line[:80], schemes=f"{SUBSIDY}, {REIMBURSEMENT}")
    return parts[0], parts[1], parts[2]


def _nothing(worker: str, month: str) -> dict[str, Any]:
    row: dict[str, Any] = {"worker": worker, "month": month, "level": None, "post": None, "rate_policy_version": None}
    return row | {"due_fen": 0, "settled_fen": 0, "delta_fen": 0, "evidence": []}


def _due(ledger: Ledger, row: Mapping[str, Any], events: list[Event], pin: Pin) -> Reason:
    """The rate, the level and the post that make what is due."""
    if row["level"] is None:
        return Reason("due", 0, because=(Reason("nothing"),))
    level = tuple(_fact(each) for each in events if each.type in LEVEL_FACTS)
    post = tuple(_fact(each) for each in events if each.type == "PostFilled")
    parts = (
        _rate(ledger, row, pin),
        Reason("level", row["level"], because=level),
        Reason("post", row["post"], because=post),
    )
    return Reason("due", row["due_fen"], because=parts)


def _rate(ledger: Ledger, row: Mapping[str, Any], pin: Pin) -> Reason:
    adopted = ledger.view("policy_register", pin=pin, where={"policy": SUBSIDY}).rows
    version = next(each for each in adopted if each["version"] == row["rate_policy_version"])
    rates = SCHEMAS[SUBSIDY].model_validate(version["parameters"]).rates  # type: ignore[attr-defined]
    paper = Reason("authority", version["authority"], version["effective_from"], tuple(version["evidence"]))
    return Reason("rate", getattr(rates, row["level"]), because=(paper,))


def _settled(row: Mapping[str, Any], events: list[Event]) -> Reason:
    told = tuple(_fact(each) for each in events if each.type in MONEY_FACTS)
    return Reason("settled", row["settled_fen"], because=told)


def _fact(event: Event) -> Reason:
    """A fact with what it says, its day and its id."""
    told = ", ".join(f"{name}={value}" for name, value in event.fact.entry().items() if name in SHOWN)
    return Reason("fact", f"{event.type} {told}".rstrip(), event.occurred_on, (event.event_id,))


SHOWN = frozenset(
    {"level", "certificate", "valid_from", "valid_to", "exam_on", "post", "run", "kind", "amount_fen", "offset_fen"}
    | {"effect", "policy", "version", "authority", "effective_from", "reason", "bank_ref", "claim"}
)
"""The fields of a fact that an explanation repeats."""


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
        yield Reason("since", last.run, because=tuple(_fact(ledger.event(each)) for each in causes))


def _computed(run: Run, month: str, known_at: int) -> bool:
    return run.status != "rejected" and month <= run.month and run.pin_position < known_at


def _claims(ledger: Ledger, worker: str, month: str, pin: Pin) -> Reason:
    """What was decided of a worker's claims in a month, and paid."""
    rows = ledger.view("reimbursement_register", pin=pin, where={"worker": worker, "month": month}).rows
    told = tuple(
        Reason(
            "claim", each["claim"], each["decided_on"], because=tuple(_fact(ledger.event(e)) for e in each["evidence"])
        )
        for each in rows
    )
    due = sum(each["approved_fen"] for each in rows if each["payable"] or each["status"] == "paid")
    paid = sum(each["paid_fen"] for each in rows)
    return Reason("line", due - paid, because=(Reason("due", due, because=told), Reason("settled", paid)))
