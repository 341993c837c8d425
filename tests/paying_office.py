"""An office that pays, in a simulated ledger: staff on posts who pass, runs taken step by step, a bank that answers.

Amounts are in fen, days are written YYYY-MM-DD; everything entered on a day is recorded at noon of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from tests.views.harness import day, noon
from tests.views.staff import certified, established, filled, hired, passed
from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.aggregates.worker import ExamRegistered
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Outcome, State
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve, open_run
from xiyuan_ledger.payouts.run import Line, Run, lines_of, run_of
from xiyuan_ledger.payouts.settling import Settlement, close, instruct, orders_of, settle

CLERK, CHIEF, CASHIER = "clerk-1", "chief-1", "cashier-1"
SUBSIDY = "post-subsidy"


def at(on: str) -> datetime:
    """Noon of a day."""
    return noon(day(on))


class Office:
    """The people who compute, approve and pay, and what they entered."""

    def __init__(self, url: str = "memory:") -> None:
        self.ledger = Ledger.open(url, create=True, actor=CLERK, simulated=True)

    def enter(self, on: str, *facts: Fact) -> None:
        """Facts entered on a day."""
        self.ledger.record_all([fact.model_copy(update={"recorded_at": at(on)}) for fact in facts])

    def holder(self, worker: str, since: str = "2012-07-01", registered: str = "2013-09-10", year: int = 2013) -> None:
        """A worker on a post of her own, who passed the junior level in August and registered a month later."""
        post = f"P-{worker}"
        self.enter(
            registered,
            hired(worker, since),
            established(post),
            filled(post, worker, since),
            ExamRegistered(
                worker=worker, level="junior", year=year, exam_on=f"{year}-06-15", occurred_on=f"{year}-03-01"
            ),
            passed(worker, f"{year}-08-20", exam_on=f"{year}-06-15"),
            certified(worker, registered, to=f"{year + 3}-09-09"),
        )

    def opened(self, month: str, on: str, scheme: str = SUBSIDY) -> Run:
        return open_run(self.ledger, scheme, month, Hand(CLERK, at(on)))

    def sent(self, month: str, on: str, scheme: str = SUBSIDY) -> Run:
        """A run opened, approved, and told to the bank."""
        run = approve(self.ledger, self.opened(month, on, scheme).run, Hand(CHIEF, at(on)))
        for order in orders_of(self.ledger, run.run, 5_000):
            content = sha256(repr(order).encode()).hexdigest()
            run = instruct(self.ledger, run.run, content, len(order.transfers), order.total_fen, Hand(CASHIER, at(on)))
        return run

    def answered(
        self, run: Run, on: str, states: Mapping[str, State] | None = None, state: State = "paid"
    ) -> Settlement:
        """The bank's answer to all of a run's lines, by worker where `states` names one."""
        said = states or {}
        found = [outcome(line, said.get(line.worker, state)) for line in self.lines(run) if line.net_fen > 0]
        return self.told(run, on, found)

    def told(self, run: Run, on: str, outcomes: Iterable[Outcome]) -> Settlement:
        """An answer of the bank, as it is."""
        listed = list(outcomes)
        digest = sha256(repr(listed).encode()).hexdigest()
        return settle(self.ledger, run.run, listed, digest, Hand(CASHIER, at(on)))

    def closed(self, run: Run, on: str) -> Run:
        return close(self.ledger, run.run, Hand(CASHIER, at(on)))

    def paid(self, month: str, on: str, scheme: str = SUBSIDY) -> Run:
        """A run taken through all its steps on a day; every line arrives."""
        run = self.opened(month, on, scheme)
        if run.status == "closed":
            return run
        run = self.sent(month, on, scheme) if run.total_fen else approve(self.ledger, run.run, Hand(CHIEF, at(on)))
        if run.total_fen:
            self.answered(run, on)
        return self.closed(run, on)

    def lines(self, run: Run) -> list[Line]:
        return lines_of(self.ledger, run.run)

    def amounts(self, run: Run) -> dict[tuple[str, str], tuple[str, int, int]]:
        """By worker and month: kind, amount and offset of every line that is paid."""
        return {
            (line.worker, line.month): (line.kind, line.amount_fen, line.offset_fen)
            for line in self.lines(run)
            if line.amount_fen
        }

    def deltas(self, on: str) -> dict[str, int]:
        """By month, what is due less what was settled, where that is anything."""
        rows = self.ledger.view("subsidy_due", valid_on=on).rows
        return {row["month"]: row["delta_fen"] for row in rows if row["delta_fen"]}

    def register(self, on: str) -> dict[str, tuple[int, int, int, int]]:
        """By month: overpaid, recovered, written off, open."""
        rows = self.ledger.view("recovery_register", valid_on=on).rows
        names = ("overpaid_fen", "recovered_fen", "written_off_fen", "open_fen")
        return {row["month"]: tuple(row[name] for name in names) for row in rows}  # type: ignore[misc]

    def now(self, run: Run) -> Run:
        return run_of(self.ledger, run.run)

    def events(self, *types: str) -> list[Event]:
        return list(self.ledger.events(types=types))


def outcome(line: Line, state: State, **more: Any) -> Outcome:
    """What the bank says of a line."""
    fields = {"amount_fen": line.net_fen, "bank_ref": f"B-{line.end_to_end[:12]}", "reason": None}
    if state in ("rejected", "returned"):
        fields["reason"] = "account-closed"
    return Outcome(reference=line.end_to_end, state=state, **fields | more)
