"""结算: what the bank was told, what it answered, and the end of a run. Only the bank's word makes a line paid.

Every step may be taken twice: what is recorded already is left as it is, and what contradicts it is refused whole,
before anything is written. What an answer does not name stays under way, and unknown is never paid again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import NamedTuple

import pyarrow as pa

from xiyuan_ledger.aggregates.entitlement import KEPT_BACK
from xiyuan_ledger.aggregates.fact import Fact, Paper
from xiyuan_ledger.aggregates.run import PaymentInstructed, PayoutRunClosed
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Order, Outcome, Transfer, orders, references_of
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.paying import Payer, debited, payer_of
from xiyuan_ledger.payouts.run import Line, Run, RunCommitted, committed, lines_of, run_of, state_of

CHUNK_LINES = 1_000
"""Lines recorded in one transaction."""
BY_OFFSET = "offset"
"""The bank reference of a line that its offset takes up whole: nothing leaves."""
ALREADY = frozenset({"line-paid-twice", "line-returned-already", "claim-paid-twice", "voucher-used"})
"""What a line is refused for that was settled already."""
REMARKS = {"post-subsidy": "岗位津贴", "exam-reimbursement": "考试费报销", "project-instalment": "项目款"}


class Settlement(NamedTuple):
    """结算结果: how many lines an answer made paid or returned, how many it said again, and how many are under way."""

    paid: int
    returned: int
    again: int
    in_transit: int


def orders_of(ledger: Ledger, run: str, lines_max: int) -> list[Order]:
    """The files of a run for the bank: the same whenever they are made. RuleBroken where it is not approved."""
    return orders_from(ledger, payable(ledger, run), lines_of(ledger, run), lines_max)


def payable(ledger: Ledger, run: str) -> Run:
    """The run of that code; RuleBroken where it is not approved."""
    known = run_of(ledger, run)
    if known.status in ("open", "rejected") or known.approved_on is None:
        raise RuleBroken("run-not-payable", field="run", run=run, status=known.status)
    return known


def orders_from(ledger: Ledger, known: RunCommitted, lines: Sequence[Line], lines_max: int) -> list[Order]:
    """The files of an approved run whose lines are at hand. Lines that were kept back are in none."""
    assert known.approved_on is not None
    account = payer_of(ledger, known)
    whole = orders(known.run, account.org, known.approved_on, transfers_of(known, lines), lines_max)
    kept = {line.end_to_end for line in lines if line.bank_ref == KEPT_BACK}
    return [left for each in whole if (left := each.without(kept) if kept else each) is not None]


def transfers_of(run: RunCommitted, lines: Sequence[Line]) -> list[Transfer]:
    """What a file says of lines: those of which something leaves."""
    remark = f"{REMARKS[run.scheme]} {run.month}"
    return [Transfer(line.end_to_end, line.payee, line.net_fen, remark) for line in lines if line.net_fen > 0]


def transfers_in(table: pa.Table, run: RunCommitted) -> tuple[Transfer, ...]:
    """The same of lines in columns, of each of which something leaves."""
    named = zip(*(table[name].to_pylist() for name in ("worker", "scheme", "month", "kind")), strict=True)
    references = references_of(run.run, named)
    same = repeat(f"{REMARKS[run.scheme]} {run.month}")
    return tuple(map(Transfer, references, table["payee"].to_pylist(), table["net_fen"].to_pylist(), same))


def instruct(
    ledger: Ledger,
    run: str,
    file_digest: str,
    lines: int,
    total_fen: int,
    hand: Hand | None = None,
    kept_back: Sequence[Fact] = (),
) -> Run:
    """Write down that a file leaves for the bank, before it does; the same file again changes nothing.

    `kept_back` are the facts of lines that are not in it for want of an account: recorded with it, or neither is.
    """
    hand = hand or Hand()
    fact = PaymentInstructed(
        run=run,
        file_digest=file_digest,
        lines=lines,
        total_fen=total_fen,
        key=f"instructed/{run}/{file_digest}",
        **debited(ledger, committed(state_of(ledger, run))),
        **_without_day(hand),
        occurred_on=_day_of_file(ledger, run, file_digest) or hand.on,
    )
    ledger.record_all([fact, *kept_back])
    return run_of(ledger, run)


def _without_day(hand: Hand) -> dict[str, object]:
    return {name: value for name, value in hand.entry().items() if name != "occurred_on"}


def _day_of_file(ledger: Ledger, run: str, file_digest: str) -> object:
    """The day on which the same file was written down before, so that a later attempt is the same entry."""
    wanted = ("PaymentInstructed",)
    for row in ledger.view("journal", type=wanted[0], stream=f"run/{run}").rows:
        if row["fields"]["file_digest"] == file_digest:
            return row["occurred_on"]
    return None


def settle(
    ledger: Ledger, run: str, outcomes: Iterable[Outcome], file_digest: str, hand: Hand | None = None
) -> Settlement:
    """Record what the bank's answer says of a run's lines, in transactions of `CHUNK_LINES`.

    Raises RuleBroken, with nothing written, where the answer names a line of another run or another amount, or
    contradicts what an earlier answer said; the line is named.
    """
    hand = hand or Hand()
    lines = {line.end_to_end: line for line in lines_of(ledger, run) if line.amount_fen > 0}
    told = [(_line_of(run, lines, each), each) for each in outcomes]
    news = [(line, each) for line, each in told if _is_new(line, each)]
    answer = Paper(kind="bank-answer", digest=file_digest)
    payer = Payer(ledger, run_of(ledger, run), list(lines.values()), hand, answer)
    paid = [(line, each.bank_ref) for line, each in news if each.state == "paid"]
    paid += [(line, BY_OFFSET) for line in lines.values() if line.net_fen == 0 and line.status == "instructed"]
    for start in range(0, len(paid), CHUNK_LINES):
        record_lines(ledger, payer.paid(paid[start : start + CHUNK_LINES]))
    back = [(line, each) for line, each in news if each.state in ("rejected", "returned")]
    for start in range(0, len(back), CHUNK_LINES):
        record_lines(ledger, payer.back(back[start : start + CHUNK_LINES]))
    again = sum(1 for line, each in told if each.state != "unknown") - len(news)
    waiting = sum(line.status == "instructed" for line in lines.values())
    answered = {line.end_to_end for line, _ in paid} | {line.end_to_end for line, _ in back}
    left = waiting - sum(lines[name].status == "instructed" for name in answered)
    return Settlement(len(paid), len(back), again, left)


def _line_of(run: str, lines: dict[str, Line], outcome: Outcome) -> Line:
    line = lines.get(outcome.reference)
    if line is None:
        raise RuleBroken("answer-of-another-run", field="reference", run=run, reference=outcome.reference)
    if outcome.amount_fen != line.net_fen:
        raise RuleBroken(
            "answer-other-amount",
            field="amount_fen",
            run=run,
            worker=line.worker,
            month=line.month,
            found=outcome.amount_fen,
            approved=line.net_fen,
        )
    return line


def _is_new(line: Line, outcome: Outcome) -> bool:
    """Whether an answer says something that is not recorded; RuleBroken where it contradicts what is."""
    if outcome.state == "unknown":
        return False
    if line.status == "instructed":
        return True
    if line.status == "paid" and outcome.state == "returned":
        return True
    said_before = {"paid": ("paid",), "returned": ("rejected", "returned")}.get(line.status, ())
    if outcome.state not in said_before:
        # A line that was paid and then came back is named as paid by the first file for ever.
        if line.status == "returned" and outcome.state == "paid" and line.was_paid:
            return False
        raise RuleBroken(
            "answer-contradicts",
            field="state",
            run=line.run,
            worker=line.worker,
            month=line.month,
            status=line.status,
            state=outcome.state,
        )
    return False


def record_lines(ledger: Ledger, facts: Sequence[Fact]) -> None:
    """In one transaction. What was recorded today and voided since is said anew, under a key that others have too."""
    receipts = ledger.record_all(facts)
    again = [
        facts[nth].model_copy(update={"key": f"again/{receipt.event_id}"})
        for nth, receipt in enumerate(receipts)
        if receipt.status == "duplicate"
    ]
    if not again:
        return
    try:
        ledger.record_all(again)
    except RuleBroken as refused:
        if refused.code not in ALREADY:
            raise
        # Somebody else takes the same answer at the same moment: it stands.


def close(ledger: Ledger, run: str, hand: Hand | None = None) -> Run:
    """Close a run of which every line is paid or came back; RuleBroken says how many are under way."""
    hand = hand or Hand()
    record_closed(ledger, run, hand)
    return run_of(ledger, run)


def record_closed(ledger: Ledger, run: str, hand: Hand) -> None:
    """The same, for who does not ask how many of its lines came back."""
    state = state_of(ledger, run)
    if state.closed:
        return
    if (known := committed(state)).status == "approved":
        _settle_without_bank(ledger, known, hand)
    fact = PayoutRunClosed(run=run, **hand.entry())
    receipt = ledger.record(fact)
    while receipt.status == "duplicate" and not state_of(ledger, run).closed:
        # The same was recorded today and voided since: it says so anew, under a key that others who try now have too.
        receipt = ledger.record(fact.model_copy(update={"key": f"closed-again/{receipt.event_id}"}))


def _settle_without_bank(ledger: Ledger, run: RunCommitted, hand: Hand) -> None:
    """Lines that their offsets take up whole need no bank."""
    lines = [line for line in lines_of(ledger, run.run) if line.amount_fen > 0]
    nothing: Sequence[tuple[Line, str]] = [(line, BY_OFFSET) for line in lines if line.net_fen == 0]
    if nothing and len(nothing) == len(lines):
        ledger.record_all(Payer(ledger, run, lines, hand, None).paid(nothing))
