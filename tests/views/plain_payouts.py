"""发放: the plain definitions of settlement, runs, registers: what the SQL has to equal."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from tests.views.harness import History, Rows, history
from tests.views.payments import (
    CLAIMS,
    INSTALMENTS,
    Key,
    answers,
    claim_row,
    claims,
    settled,
)
from tests.views.plain_contracts import instalments
from tests.views.plain_subsidy import subsidy_due
from xiyuan_ledger.aggregates.entitlement import ClawbackRecovered, OverpaymentDetermined, OverpaymentWrittenOff
from xiyuan_ledger.aggregates.run import (
    PaymentInstructed,
    PayoutRunApproved,
    PayoutRunClosed,
    PayoutRunOpened,
    PayoutRunRejected,
)
from xiyuan_ledger.projections.pin import Settled

SUBSIDY = "post-subsidy"


class Payable(NamedTuple):
    """What is due and settled for a worker, scheme and month."""

    payee: str
    due_fen: int
    settled_fen: int
    proof: set[str]


def payable(history: History, pin: Settled) -> dict[Key, Payable]:
    """What every scheme owes and has settled, up to the pin's day."""
    found: dict[Key, Payable] = {}
    for row in subsidy_due(history, Settled(pin.known_at, pin.valid_on, pin.from_on, pin.to_on)):
        key = (row["worker"], SUBSIDY, row["month"])
        found[key] = Payable(row["worker"], row["due_fen"], row["settled_fen"], set(row["evidence"]))
    done = {key: each for key, each in settled(history).items() if key[1] == CLAIMS}
    for claim in claims(history).values():
        if claim.decided is not None:
            row, key = claim_row(history, claim), claim.key
            before = found.get(key, Payable(key[0], 0, 0, set()))
            found[key] = before._replace(
                due_fen=before.due_fen + row["due_fen"], proof=before.proof | set(row["evidence"])
            )
    for key, (fen, proof) in done.items():
        before = found.get(key, Payable(key[0], 0, 0, set()))
        found[key] = before._replace(settled_fen=fen, proof=before.proof | proof)
    for part in instalments(history, pin):
        if part.is_due and part.is_released:
            key = (part.project, INSTALMENTS, part.month)
            before = found.get(key, Payable(part.implementer, 0, 0, set()))
            found[key] = Payable(
                part.implementer,
                before.due_fen + part.amount_fen,
                before.settled_fen + part.paid_fen,
                before.proof | part.proof,
            )
    return found


def run_rows(history: History) -> list[dict[str, Any]]:
    """Every run with its steps."""
    found = []
    for event, opened in history.of(PayoutRunOpened):
        mine = {
            kind: [(e, f) for e, f in history.of(kind) if f.run == opened.run]  # type: ignore[attr-defined]
            for kind in (PayoutRunApproved, PayoutRunRejected, PaymentInstructed, PayoutRunClosed)
        }
        approved = mine[PayoutRunApproved][0] if mine[PayoutRunApproved] else None
        instructed, ended = mine[PaymentInstructed], mine[PayoutRunClosed] or mine[PayoutRunRejected]
        status = "closed" if mine[PayoutRunClosed] else "rejected" if mine[PayoutRunRejected] else ""
        status = status or ("instructed" if instructed else "approved" if approved else "open")
        proof = [event, *([approved[0]] if approved else []), *(e for e, _ in instructed), *(e for e, _ in ended[:1])]
        found.append(
            {
                "run": opened.run,
                "scheme": opened.scheme,
                "month": opened.month,
                "status": status,
                "lines": opened.lines,
                "total_fen": opened.total_fen,
                "opened_on": event.occurred_on,
                "opened_by": event.actor,
                "approved_on": approved and approved[0].occurred_on,
                "approved_by": approved and approved[1].approved_by,  # type: ignore[attr-defined]
                "instructed_on": min((e.occurred_on for e, _ in instructed), default=None),
                "pin_position": opened.pin.position,
                "pin_valid_on": opened.pin.valid_on,
                "lines_digest": opened.lines_digest,
                "evidence": sorted(each.event_id for each in proof),
            }
        )
    return found


def payout_runs(history: History, pin: Settled) -> Rows:
    found = run_rows(history)
    for row in found:
        mine = [answer for answer in answers(history) if answer.run == row["run"]]
        keys = {answer.key for answer in mine}
        back = {answer.key for answer in mine if answer.back}
        row["paid_lines"] = len(keys - back)
        row["returned_lines"] = len(back)
        row["paid_fen"] = sum(answer.net_fen for answer in mine if answer.key not in back)
    return found


def _under_way(history: History, key: Key) -> bool:
    """Whether an open run of the scheme has the month, and nothing is known of the line."""
    answered = {(answer.run, answer.key[0], answer.key[2]) for answer in answers(history)}
    return any(
        row["scheme"] == key[1]
        and key[2] <= row["month"]
        and row["status"] not in ("closed", "rejected")
        and (row["run"], key[0], key[2]) not in answered
        for row in run_rows(history)
    )


def lines_at(history: History, pin: Settled, scheme: str, run_month: str) -> Rows:
    """The lines of a run of a scheme for a month."""
    by_worker: dict[str, list[tuple[Key, Payable]]] = defaultdict(list)
    for key, each in payable(history, pin).items():
        wanted = key[1] == scheme and key[2] <= run_month and each.due_fen != each.settled_fen
        if wanted and not _under_way(history, key):
            by_worker[key[0]].append((key, each))
    rule = history.in_force("recovery", pin.valid_on)
    cap = rule.parameters.offset_cap_centi if rule is not None else 0
    return [row for lines in by_worker.values() for row in _netted(lines, cap, run_month)]


def _netted(lines: list[tuple[Key, Payable]], cap: int, run_month: str) -> Rows:
    """A worker's lines: what was paid too much is taken from what is to be paid, largest first, up to the cap."""
    deltas = {key: each.due_fen - each.settled_fen for key, each in lines}
    positive = sum(fen for fen in deltas.values() if fen > 0)
    kept = min(positive * cap // 10_000, -sum(fen for fen in deltas.values() if fen < 0))
    left = {True: kept, False: kept}
    found = []
    for key, each in sorted(lines, key=lambda line: (-abs(deltas[line[0]]), line[0][2])):
        delta = deltas[key]
        share = min(abs(delta), left[delta > 0])
        left[delta > 0] -= share
        kind = "overpayment" if delta < 0 else "regular" if key[2] == run_month else "arrears"
        found.append(
            {
                "worker": key[0],
                "scheme": key[1],
                "month": key[2],
                "payee": each.payee,
                "kind": kind,
                "due_fen": each.due_fen,
                "settled_fen": each.settled_fen,
                "amount_fen": max(delta, 0),
                "offset_fen": share if delta > 0 else 0,
                "net_fen": delta - share if delta > 0 else 0,
                "overpaid_fen": max(-delta, 0),
                "recovered_fen": share if delta < 0 else 0,
                "evidence": sorted(each.proof),
            }
        )
    return found


def settlement(history: History, pin: Settled) -> Rows:
    return lines_at(history, pin, history.args["scheme"] or "", history.args["run_month"] or "")


def payroll(now: History, pin: Settled) -> Rows:
    found = []
    for run in run_rows(now):
        wanted = now.args["run"] in (None, run["run"])
        if not wanted or run["status"] == "rejected" or run["pin_position"] > pin.known_at:
            continue
        at = Settled(run["pin_position"], run["pin_valid_on"])
        then = history(now.known, at)
        found += [_payroll_row(now, run, line) for line in lines_at(then, at, run["scheme"], run["month"])]
    return found


def _payroll_row(now: History, run: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    key = (line["worker"], line["month"])
    mine = [each for each in answers(now) if each.run == run["run"] and (each.key[0], each.key[2]) == key]
    status = run["status"]
    if mine:
        status = "returned" if any(each.back for each in mine) else "paid"
    return line | {
        "run": run["run"],
        "status": status,
        "bank_ref": min((each.bank_ref for each in mine), default=None),
        "was_paid": any(not each.back for each in mine),
        "reason": min((each.reason for each in mine if each.reason is not None), default=None),
        "evidence": sorted([*run["evidence"], *(each.event.event_id for each in mine)]),
    }


def recovery_register(history: History, pin: Settled) -> Rows:
    kinds = {
        OverpaymentDetermined: "determined_fen",
        ClawbackRecovered: "recovered_fen",
        OverpaymentWrittenOff: "written_off_fen",
    }
    found: dict[Key, dict[str, Any]] = {}
    proof: dict[Key, set[str]] = defaultdict(set)

    def row(key: Key) -> dict[str, Any]:
        return found.setdefault(key, dict.fromkeys((*kinds.values(), "open_fen"), 0))

    for event in history.effective:
        fact = event.fact
        if isinstance(fact, OverpaymentDetermined | ClawbackRecovered | OverpaymentWrittenOff):
            key = (fact.worker, fact.scheme, fact.month)
            row(key)[kinds[type(fact)]] += fact.amount_fen
            proof[key].add(event.event_id)
    for key, each in payable(history, pin).items():
        if each.settled_fen > each.due_fen:
            row(key)["open_fen"] = each.settled_fen - each.due_fen
            proof[key] |= each.proof
    return [
        {"worker": key[0], "scheme": key[1], "month": key[2]}
        | each
        | {"overpaid_fen": each["open_fen"] + each["recovered_fen"] + each["written_off_fen"]}
        | {"evidence": sorted(proof[key])}
        for key, each in found.items()
    ]


def reimbursement_register(history: History, pin: Settled) -> Rows:
    return [claim_row(history, claim) for claim in claims(history).values()]


def payslip(history: History, pin: Settled) -> Rows:
    found = []
    told = [answer for answer in answers(history) if answer.key[1] != INSTALMENTS]
    for key, run in sorted({(answer.key, answer.run) for answer in told}, key=repr):
        mine = [answer for answer in told if (answer.key, answer.run) == (key, run)]
        paid = [answer for answer in mine if not answer.back]
        back = any(answer.back for answer in mine)
        amount, net = sum(each.amount_fen for each in paid), sum(each.net_fen for each in paid)
        found.append(
            {
                "worker": key[0],
                "scheme": key[1],
                "run": run,
                "month": key[2],
                "paid_on": min((each.event.occurred_on for each in paid), default=None),
                "amount_fen": amount,
                "offset_fen": amount - net,
                "net_fen": 0 if back else net,
                "returned": back,
                "evidence": sorted({answer.event.event_id for answer in mine}),
            }
        )
    return found


PLAIN = {
    "settlement": settlement,
    "payout_runs": payout_runs,
    "payroll": payroll,
    "recovery_register": recovery_register,
    "reimbursement_register": reimbursement_register,
    "payslip": payslip,
}
