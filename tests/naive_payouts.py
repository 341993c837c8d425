"""The hard rules of payouts and reimbursements once more, slow and plain: runs, entitlements, claims."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from tests.views.harness import plain
from xiyuan_ledger.aggregates import Event

Facts = Sequence[tuple[Event, Any]]
STEPS = ("PayoutRunApproved", "PayoutRunRejected", "PaymentInstructed", "PayoutRunClosed")


def runs(facts: Facts) -> Iterator[str]:
    """发放批次: one open run of a scheme and month; opener, approver and payer are three; none is told more."""
    by_run: dict[str, list[tuple[Event, Any]]] = defaultdict(list)
    for event, fact in facts:
        if event.stream.startswith("run/"):
            by_run[fact.run].append((event, fact))
    still_open: Counter[tuple[str, str]] = Counter()
    for code, steps in by_run.items():
        (opened_by, opened), *others = steps
        if opened_by.type != "PayoutRunOpened" or any(event.type == "PayoutRunOpened" for event, _ in others):
            yield f"not opened first, or twice: {code}"
            continue
        yield from _steps(code, opened_by, opened, others)
        if not any(event.type in ("PayoutRunRejected", "PayoutRunClosed") for event, _ in others):
            still_open[opened.scheme, opened.month] += 1
    yield from (f"two open runs: {which}" for which, n in still_open.items() if n > 1)


def _steps(code: str, opened_by: Event, opened: Any, others: Facts) -> Iterator[str]:
    """A run's steps in their order, each by who may take it."""
    done: dict[str, Any] = {}
    lines = total = 0
    for event, fact in others:
        approved = done.get("PayoutRunApproved")
        if {"PayoutRunRejected", "PayoutRunClosed"} & done.keys():
            yield f"{event.type} after the end: {code}"
        if event.type in ("PayoutRunApproved", "PayoutRunRejected"):
            if fact.lines_digest != opened.lines_digest or "PaymentInstructed" in done or event.type in done:
                yield f"{event.type} of other lines, or too late: {code}"
        elif approved is None:
            yield f"{event.type} before approval: {code}"
        if event.type == "PayoutRunApproved" and fact.approved_by == opened_by.actor:
            yield f"approved by who opened it: {code}"
        if event.type == "PaymentInstructed":
            lines, total = lines + fact.lines, total + fact.total_fen
            if approved is not None and event.actor == approved.approved_by:
                yield f"instructed by who approved it: {code}"
        done[event.type] = fact
    if lines > opened.lines or total > opened.total_fen:
        yield f"instructed more than was opened: {code}"


def entitlements(facts: Facts) -> Iterator[str]:
    """应得: a line of an approved run is paid once, by another; what is settled is never below nothing."""
    approved = {fact.run: fact.approved_by for event, fact in facts if event.type == "PayoutRunApproved"}
    by_line: dict[tuple[str, ...], list[tuple[Event, Any]]] = defaultdict(list)
    for event, fact in facts:
        if event.stream.startswith("entitlement/"):
            by_line[fact.worker, fact.scheme, fact.month].append((event, fact))
    for key, told in by_line.items():
        yield from (f"{what}: {key}" for what in _paid_and_back(told, approved))
        yield from (f"{what}: {key}" for what in _taken_back(told))


def _paid_and_back(told: Facts, approved: dict[str, str]) -> Iterator[str]:
    """The payments of one worker, scheme and month, and what the bank sent back."""
    paid: dict[str, Any] = {}
    returned: set[str] = set()
    for event, fact in told:
        if event.type == "SubsidyPaid":
            if fact.run in paid or fact.run in returned:
                yield "a line paid twice, or after it came back"
            if event.actor == approved.get(fact.run, event.actor) or fact.offset_fen > fact.amount_fen:
                yield "paid without approval, by who approved, or less than nothing"
            paid[fact.run] = fact
        elif event.type == "PaymentReturned":
            if fact.run in returned or fact.run not in approved:
                yield "came back twice, or from no run"
            if fact.run in paid and fact.amount_fen != _left(paid[fact.run]):
                yield "another amount came back"
            returned.add(fact.run)


def _taken_back(told: Facts) -> Iterator[str]:
    """What was paid too much, and what became of it: nothing is written off that nobody has."""
    determined = taken = settled = written_off = 0
    offered = {fact.run: fact.amount_fen for event, fact in told if event.type == "SubsidyPaid"}
    for event, fact in told:
        match event.type:
            case "SubsidyPaid":
                settled += fact.amount_fen
            case "PaymentReturned" if fact.run in offered:
                settled -= fact.amount_fen
            case "OverpaymentDetermined":
                determined += fact.amount_fen
            case "ClawbackRecovered" | "OverpaymentWrittenOff":
                taken += fact.amount_fen
                if taken > determined:
                    yield "more taken back than was determined"
                if event.type == "OverpaymentWrittenOff":
                    written_off += fact.amount_fen
                if event.type == "OverpaymentWrittenOff" and fact.approved_by in (None, event.actor):
                    yield "written off by one alone"
        sent_back = event.type == "PaymentReturned" and fact.run in offered
        waived = written_off > 0 and (sent_back or event.type == "OverpaymentWrittenOff")
        if (settled < 0 or (waived and settled - taken < 0)) and fact.scheme != "exam-reimbursement":
            yield "below nothing"


def _left(paid: Any) -> int:
    return int(paid.amount_fen - paid.offset_fen)


def payments(events: Sequence[Event]) -> Iterator[str]:
    """发放: what was paid by a run is a line of it, as the plain settlement at its pin has it, in full."""
    gone = {event.fact.corrects or getattr(event.fact, "event", None) for event in events}
    standing = [(event, event.fact) for event in events if event.event_id not in gone]
    opened = {event.stream.partition("/")[2]: fact for event, fact in standing if event.type == "PayoutRunOpened"}
    lines: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}
    for event, paid in standing:
        if event.type != "SubsidyPaid":
            continue
        fact: Any = paid
        run: Any = opened[fact.run]
        if fact.run not in lines:
            asked = {"scheme": run.scheme, "run_month": run.month}
            rows = plain("settlement", events, run.pin.valid_on.isoformat(), run.pin.position, args=asked)
            lines[fact.run] = {
                (row["worker"], row["month"]): (row["amount_fen"], row["offset_fen"])
                for row in rows
                if row["kind"] != "overpayment"
            }
        if lines[fact.run].get((fact.worker, fact.month)) != (fact.amount_fen, fact.offset_fen):
            yield f"no such line: {fact.run} {fact.worker} {fact.month}"


def claims(facts: Facts) -> Iterator[str]:
    """报销: claimed once after a pass, no receipt twice; decided by another; paid once, in full, by a third."""
    receipts = Counter(each.number for event, f in facts if event.type == "ReimbursementClaimed" for each in f.receipts)
    yield from (f"receipt twice: {number}" for number, n in receipts.items() if n > 1)
    passed = [(f.worker, f.level, e.occurred_on) for e, f in facts if e.type == "ExamPassed"]
    back = {(f.worker, f.run) for e, f in facts if e.type == "PaymentReturned"}
    claimed: dict[str, tuple[Event, Any]] = {}
    decided: dict[str, Any] = {}
    paid: dict[str, Any] = {}
    for event, fact in facts:
        if not event.stream.startswith("claim/"):
            continue
        match event.type:
            case "ReimbursementClaimed":
                mine = [on for worker, level, on in passed if (worker, level) == (fact.worker, fact.level)]
                if fact.claim in claimed or not any(on <= event.occurred_on for on in mine):
                    yield f"claimed twice, or without a pass: {fact.claim}"
                claimed[fact.claim] = (event, fact)
            case "ReimbursementDecided":
                if fact.claim not in claimed or fact.claim in decided:
                    yield f"decided unclaimed, or twice: {fact.claim}"
                    continue
                by, what = claimed[fact.claim]
                most = sum(each.amount_fen for each in what.receipts) if fact.approved else 0
                if fact.approved_by in (by.actor, what.worker) or not fact.amount_fen <= most:
                    yield f"decided by who claimed, or above it: {fact.claim}"
                decided[fact.claim] = fact
            case "ReimbursementPaid":
                ruling = decided.get(fact.claim)
                if ruling is None or not ruling.approved or event.actor == ruling.approved_by:
                    yield f"paid undecided, or by who decided: {fact.claim}"
                elif fact.amount_fen not in (None, ruling.amount_fen):
                    yield f"paid another amount: {fact.claim}"
                before = paid.get(fact.claim)
                if before is not None and (claimed[fact.claim][1].worker, before.run) not in back:
                    yield f"paid twice: {fact.claim}"
                paid[fact.claim] = fact


RULES = {"runs": runs, "entitlements": entitlements, "claims": claims}
