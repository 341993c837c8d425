"""What the office pays in the small street: runs taken a step further, claims, money handed back and written off.

A step is drawn when its turn has come, from what the ledger then holds: lines of a run cannot be made up.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from random import Random
from typing import Any, NamedTuple

from tests.episodes import Entered, after, fact, pick, some_day
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.entitlement import ClawbackRecovered, OverpaymentDetermined, OverpaymentWrittenOff
from xiyuan_ledger.errors import Refused
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Outcome
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import SCHEMES, approve, open_run, reject
from xiyuan_ledger.payouts.run import Run, lines_of, runs
from xiyuan_ledger.payouts.settling import close, instruct, settle

STATES = ("paid", "paid", "paid", "rejected", "returned", "unknown")
CLERKS = ("clerk-7", "chief-1", "cashier-1")


class Pay(NamedTuple):
    """Take a run a step further, or open one; or recover what was paid too much."""

    on: date
    chance: int


def take(step: Pay, ledger: Ledger, at: datetime) -> None:
    """The step, recorded at an instant; what the rules refuse is left undone."""
    chance = Random(step.chance)
    with suppress(Refused):
        if chance.random() < 0.2:
            _recover(chance, ledger, at)
            return
        standing = [run for run in runs(ledger) if run.status not in ("closed", "rejected")]
        if standing and chance.random() < 0.8:
            _further(chance, ledger, pick(chance, standing), at)
        else:
            open_run(ledger, pick(chance, (*SCHEMES, SCHEMES[0])), _month(chance, step.on), Hand("clerk-7", at))


def _month(chance: Random, on: date) -> str:
    back = chance.choice((0, 0, 1, 3))
    year, month = divmod(on.year * 12 + on.month - 1 - back, 12)
    return f"{year}-{month + 1:02}"


def _further(chance: Random, ledger: Ledger, run: Run, at: datetime) -> None:
    hand = Hand(chance.choice(CLERKS), at)
    lines = lines_of(ledger, run.run)
    if run.status == "open":
        if chance.random() < 0.15:
            reject(ledger, run.run, "once more", hand)
        else:
            approve(ledger, run.run, Hand("chief-1", at))
    elif run.status == "approved" and run.lines:
        sent = [line for line in lines if line.net_fen]
        instruct(ledger, run.run, f"{chance.getrandbits(256):064x}", len(sent), sum(e.net_fen for e in sent), hand)
    else:
        told = [
            Outcome(line.end_to_end, pick(chance, STATES), line.net_fen, f"B-{chance.randint(1, 10**9)}", None)
            for line in lines
            if line.net_fen and chance.random() < 0.8
        ]
        with suppress(Refused):
            settle(ledger, run.run, told, f"{chance.getrandbits(256):064x}", hand)
        close(ledger, run.run, hand)


def _recover(chance: Random, ledger: Ledger, at: datetime) -> None:
    rows = ledger.view("payslip").rows
    if not rows:
        return
    row, hand = pick(chance, rows), Hand(chance.choice(CLERKS), at)
    fen = chance.choice((1, 1_000, max(row["net_fen"], 1)))
    fields: dict[str, Any] = {name: row[name] for name in ("worker", "scheme", "month")} | hand.entry()
    kind: type[Fact] = pick(chance, (OverpaymentDetermined, ClawbackRecovered, OverpaymentWrittenOff))
    ledger.record(kind(**fields, amount_fen=fen, approved_by=pick(chance, ("chief-1", "chief-2"))))


def claim(chance: Random) -> list[Entered]:
    """Somebody hands in receipts, some of them twice; perhaps the claim is decided."""
    code, day = f"B-{chance.randint(1, 6)}", some_day(chance)
    receipts = [
        {
            "kind": pick(chance, ("registration_fee", "book_fee")),
            "number": f"N-{chance.randint(1, 12)}",
            "amount_fen": fen,
        }
        for fen in chance.sample((5_700, 6_300, 8_000, 100), chance.randint(1, 3))
    ]
    found = [
        fact(
            "ReimbursementClaimed",
            day,
            claim=code,
            worker=f"W-{chance.randint(1, 4)}",
            level=pick(chance, ("junior", "intermediate")),
            year=day.year - chance.choice((0, 0, 1)),
            receipts=receipts,
        )
    ]
    if chance.random() < 0.8:
        approved = chance.random() < 0.8
        fen = chance.choice((100, sum(receipt["amount_fen"] for receipt in receipts))) if approved else 0
        decided = {"approved": approved, "amount_fen": fen, "approved_by": "chief-1"}
        found.append(fact("ReimbursementDecided", after(chance, day, 0, 3, 40), claim=code, **decided))
    if chance.random() < 0.2:
        found.append(fact("ReimbursementPaid", after(chance, day, 45, 60), claim=code, bank_ref=f"B-{code}"))
    return found


def holder(chance: Random) -> list[Entered]:
    """A worker who passes and registers, on a post of hers, so that something is due."""
    worker, day = f"W-{chance.randint(1, 4)}", date(2013, chance.randint(1, 6), 1)
    level = pick(chance, ("junior", "junior", "senior"))
    year = {"exam_on": date(2013, 6, 15), "results_on": date(2013, 8, 20)}
    certificate = {"certificate": f"Z-{worker}-{level}", "valid_from": date(2013, 9, 1), "valid_to": date(2016, 8, 31)}
    found = [
        fact("WorkerHired", day, worker=worker, employer="C1-S", employment="street"),
        fact("PostFilled", day, worker=worker, post=f"P-{chance.randint(1, 5)}"),
        fact("ExamRegistered", day, worker=worker, level=level, year=2013, exam_on=year["exam_on"]),
        fact("ExamPassed", date(2013, 8, 20), worker=worker, level=level, year=2013, **year),
    ]
    certified = date(2013, 9, chance.randint(1, 20))
    return [*found, fact("CertificateRegistered", certified, worker=worker, level=level, renewal=False, **certificate)]


ABOUT_PAYOUTS = (claim, holder, holder)
