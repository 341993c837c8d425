"""What is found in the end, whatever happened before: the bank's own books beside the ledger, and the ledger twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import time_machine

from tests.chaos.bank_server import PAID, REJECTED, RETURNED
from tests.chaos.office import ChaosOffice
from xiyuan_ledger.calendar import today
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.books.account import IN_TRANSIT, SPENT
from xiyuan_ledger.payouts.books.books import Books
from xiyuan_ledger.payouts.run import Line, lines_of, runs

SCHEME = "post-subsidy"
RUN_MONTH = "2013-12"
VIEWS: Mapping[str, Mapping[str, str]] = {
    "payout_files": {},
    "payout_runs": {},
    "journal": {},
    "fund_statement": {},
    "settlement": {"scheme": SCHEME, "run_month": RUN_MONTH},
}
WAITING = ("open", "approved", "instructed")
Entitlement = tuple[str, str]


class Found(NamedTuple):
    """What came of an office; everything but `lines` and `state` is nothing where all is well."""

    lines: int
    """Lines that were to be paid by the first run."""
    paid_twice: int = 0
    """Lines that the bank paid more than once, and months of a worker for which it paid more than is due."""
    not_paid: int = 0
    """Months of a worker of which the bank paid less than is due, without anybody listing the rest as open."""
    open: int = 0
    """Lines that are still under way."""
    differs: int = 0
    """Lines of which the ledger says other than the bank; and the books, where they do not come to the bank's sums."""
    lost: int = 0
    """Facts that were acknowledged and are not there; files that the bank has and the ledger had not announced."""
    replay: int = 0
    """What is other when it is computed anew from the stored bytes; gaps in positions and versions."""
    again: int = 0
    """Facts that one more sweep recorded."""
    state: str = "closed"

    @property
    def holds(self) -> bool:
        """Nothing twice, nothing lost, everything finished."""
        return self == Found(self.lines)


class Payment(NamedTuple):
    """What the bank did with a line that it was handed."""

    reference: str
    account: str
    fen: int
    state: str
    bank_ref: str


def audit(office: ChaosOffice, receipts: Iterable[tuple[int, str]] = ()) -> Found:
    """Hold the bank's books, the ledger, what was acknowledged, and a second reading of the ledger side by side."""
    if office.clock is None:
        return _audit(office, receipts)
    with time_machine.travel(office.clock, tick=True):
        return _audit(office, receipts)


def _audit(office: ChaosOffice, receipts: Iterable[tuple[int, str]]) -> Found:
    payments = [Payment(*map(_str_or_int, row)) for row in office.at_bank(_PAYMENTS)]  # type: ignore[arg-type]
    with Ledger.open(office.url, journal=office.folder / "journal-of-audit") as ledger:
        lines = [line for run in runs(ledger, SCHEME) for line in lines_of(ledger, run.run) if line.amount_fen > 0]
        due_again = _due_again(ledger)
        head = ledger.head
        states = {run.status for run in runs(ledger, SCHEME)}
        found = Found(
            lines=office.lines,
            paid_twice=_paid_twice(office, payments),
            not_paid=_not_paid(office, payments, lines, due_again),
            open=sum(line.status in WAITING for line in lines),
            differs=_differs(payments, lines) + _books_differ(ledger, payments, lines) + _spoiled(office, ledger),
            lost=_lost(office, ledger, receipts),
            replay=_replay(office, ledger),
            state=states.pop() if len(states) == 1 else "open",
        )
    office.sweep()
    with Ledger.open(office.url, journal=office.folder / "journal-of-audit") as ledger:
        return found._replace(again=ledger.head - head)


_PAYMENTS = "SELECT reference, account, fen, state, bank_ref FROM payment ORDER BY rowid"


def _str_or_int(cell: object) -> str | int:
    assert isinstance(cell, str | int)
    return cell


def _due_again(ledger: Ledger) -> Mapping[Entitlement, int]:
    """What the next run of the month would pay: lines that the bank rejected or that came back."""
    rows = ledger.view("settlement", scheme=SCHEME, run_month=RUN_MONTH).rows
    return {(row["worker"], row["month"]): row["amount_fen"] for row in rows if row["amount_fen"] > 0}


def _standing(payments: Iterable[Payment], lines: Iterable[Line]) -> Mapping[Entitlement, int]:
    """What the bank paid and did not get back, by worker and month."""
    months = {line.end_to_end: (line.worker, line.month) for line in lines}
    found: dict[Entitlement, int] = defaultdict(int)
    for each in payments:
        if each.state == PAID:
            found[months.get(each.reference, (each.account, each.reference))] += each.fen
    return found


def _paid_twice(office: ChaosOffice, payments: list[Payment]) -> int:
    """By line, by its end-to-end id; and by person, by the account that the money went to."""
    lines = Counter(each.reference for each in payments)
    persons: Counter[str] = Counter()
    for each in payments:
        if each.state == PAID:
            persons[each.account] += each.fen
    due: Counter[str] = Counter()
    for (worker, _), fen in office.due.items():
        due[office.account_of(worker)] += fen
    twice = sum(count > 1 for count in lines.values())
    return twice or sum(fen > due[account] for account, fen in persons.items())


def _not_paid(
    office: ChaosOffice, payments: list[Payment], lines: list[Line], due_again: Mapping[Entitlement, int]
) -> int:
    standing = _standing(payments, lines)
    listed: dict[Entitlement, int] = defaultdict(int, due_again)
    for line in lines:
        if line.status in WAITING:
            listed[line.worker, line.month] += line.net_fen
    return sum(standing.get(each, 0) + listed[each] < fen for each, fen in office.due.items())


def _differs(payments: list[Payment], lines: list[Line]) -> int:
    """Line by line: how it ended, its amount, and the bank's reference."""
    at_bank = {(each.reference, each.fen, each.state, each.bank_ref) for each in payments}
    in_ledger = {
        (line.end_to_end, line.net_fen, _said(line), line.bank_ref) for line in lines if line.status not in WAITING
    }
    return len({each[0] for each in at_bank ^ in_ledger})


def _said(line: Line) -> str:
    if line.status == "paid":
        return PAID
    return RETURNED if line.was_paid else REJECTED


def _books_differ(ledger: Ledger, payments: list[Payment], lines: list[Line]) -> int:
    """The books for outside tools: what was spent is what the bank paid, what is in transit is what is under way."""
    sums: Counter[str] = Counter()
    for movement in Books(ledger).movements:
        for account, fen in movement.postings:
            sums[account.kind] += fen
    paid = sum(each.fen for each in payments if each.state == PAID)
    told = sum(line.net_fen for line in lines if line.status == "instructed")
    return int(sums[SPENT] != paid) + int(sums[IN_TRANSIT] != told)


def _spoiled(office: ChaosOffice, ledger: Ledger) -> int:
    """Facts that name as their evidence an answer that had to be refused."""
    refused = {digest for (digest,) in office.at_bank("SELECT digest FROM spoiled")}
    return sum(any(paper.digest in refused for paper in event.fact.evidence or ()) for event in ledger.events())


def _lost(office: ChaosOffice, ledger: Ledger, receipts: Iterable[tuple[int, str]]) -> int:
    """Receipts that somebody got, steps that a worker said were done, files that had to be announced first."""
    there = {event.position: event.event_id for event in ledger.events()}
    gone = sum(there.get(position) != event_id for position, event_id in receipts)
    told = {row["source"]: row["position"] for row in ledger.view("journal", type="PaymentInstructed").rows}
    for said in office.said():
        if said.get("event") == "done" and said.get("chunk"):
            sources = [source for source in told if source and source.startswith(f"payout/{said['run']}/")]
            (source,) = [each for each in sources if each.endswith(f"/{said['chunk']}")] or [None]
            gone += source is None or told[source] > _int(said["position"])
        gone += _int(said.get("position", 0)) > ledger.head
    announced = {row["fields"]["file_digest"] for row in ledger.view("journal", type="PaymentInstructed").rows}
    return gone + sum(digest not in announced for (digest,) in office.at_bank("SELECT digest FROM file"))


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _replay(office: ChaosOffice, ledger: Ledger) -> int:
    """The views over the columns that the workers kept, beside those over columns made anew from the stored bytes."""
    pinned = {"valid_on": today(), "known_at": ledger.head}
    other = 0
    for folder in office.journals():
        with Ledger.open(office.url, journal=folder) as kept:
            for name, more in VIEWS.items():
                other += kept.view(name, **pinned, **more).to_json() != ledger.view(name, **pinned, **more).to_json()
    versions: Counter[str] = Counter()
    for number, event in enumerate(ledger.events(), start=1):
        versions[event.stream] += 1
        other += (event.position, event.version) != (number, versions[event.stream])
    return other
