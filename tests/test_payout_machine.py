"""发放: whatever is tried in whatever order, the rules admit just what a plain notebook of the run would."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from given import Given, given
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.payouts import (
    SCHEME,
    approved,
    closed,
    determined,
    instructed,
    opened,
    paid,
    recovered,
    rejected,
    returned,
    written_off,
)

RUNS = st.sampled_from(["R-1", "R-2", "R-3"])
WORKERS = st.sampled_from(["W-1", "W-2"])
WHO = st.sampled_from(["clerk-1", "chief-1", "cashier-1"])
FEN = st.sampled_from([1, 4_000, 10_000])
DAY = "2013-03-28"


class Notebook:
    """What a careful clerk would keep of a run."""

    def __init__(self) -> None:
        self.step = ""
        self.opener = self.approver = ""
        self.told = 0


class Payouts(RuleBasedStateMachine):
    """Every fact is tried at any time by anybody; all on one day, so that order is the order of entering."""

    def __init__(self) -> None:
        super().__init__()
        self.office: Given = given()
        self.runs: dict[str, Notebook] = defaultdict(Notebook)
        self.paid: dict[str, dict[str, int]] = {"W-1": {}, "W-2": {}}
        self.back: dict[str, set[str]] = {"W-1": set(), "W-2": set()}
        self.determined: dict[str, int] = defaultdict(int)
        self.taken: dict[str, int] = defaultdict(int)
        self.waived: dict[str, int] = defaultdict(int)
        self.files = 0

    def tried(self, fact: Any, expected: bool) -> bool:
        """Enter it: it must be admitted just where the notebook says so."""
        refused = self.office.when(fact).is_refused
        assert refused is not expected, fact
        return expected

    def settled(self, worker: str) -> int:
        return sum(fen for run, fen in self.paid[worker].items() if run not in self.back[worker])

    @rule(run=RUNS, who=WHO)
    def open(self, run: str, who: str) -> None:
        free = all(each.step in ("", "closed", "rejected") for each in self.runs.values())
        if self.tried(opened(run, DAY, actor=who), free and not self.runs[run].step):
            self.runs[run].step, self.runs[run].opener = "open", who

    @rule(run=RUNS, who=WHO)
    def approve(self, run: str, who: str) -> None:
        book = self.runs[run]
        if self.tried(approved(run, DAY, approved_by=who), book.step == "open" and who != book.opener):
            book.step, book.approver = "approved", who

    @rule(run=RUNS)
    def reject(self, run: str) -> None:
        if self.tried(rejected(run, DAY), self.runs[run].step in ("open", "approved")):
            self.runs[run].step = "rejected"

    @rule(run=RUNS, who=WHO)
    def instruct(self, run: str, who: str) -> None:
        book = self.runs[run]
        self.files += 1
        fact = instructed(run, DAY, actor=who, lines=1, total_fen=15_000, file_digest=f"{self.files:064x}")
        ready = book.step in ("approved", "instructed") and who != book.approver and book.told < 2
        if self.tried(fact, ready):
            book.step, book.told = "instructed", book.told + 1

    @rule(run=RUNS)
    def close(self, run: str) -> None:
        if self.tried(closed(run, DAY), self.runs[run].step in ("approved", "instructed")):
            self.runs[run].step = "closed"

    @rule(run=RUNS, worker=WORKERS, who=WHO)
    def pay(self, run: str, worker: str, who: str) -> None:
        book = self.runs[run]
        ready = bool(book.told) and who != book.approver
        fresh = run not in self.paid[worker] and run not in self.back[worker]
        if self.tried(paid(worker, run, DAY, actor=who), ready and fresh):
            self.paid[worker][run] = 10_000

    @rule(run=RUNS, worker=WORKERS)
    def give_back(self, run: str, worker: str) -> None:
        known = run in self.paid[worker]
        covered = not known or not self.waived[worker] or self.settled(worker) - self.taken[worker] >= 10_000
        ready = bool(self.runs[run].told) and run not in self.back[worker] and covered
        if self.tried(returned(worker, run, DAY), ready):
            self.back[worker].add(run)

    @rule(worker=WORKERS, fen=FEN)
    def determine(self, worker: str, fen: int) -> None:
        standing = self.determined[worker] - self.taken[worker]
        free = fen <= self.settled(worker) - self.taken[worker] - standing
        fact = determined(fen, worker, DAY, key=f"d{self.office.position}")
        if self.tried(fact, free):
            self.determined[worker] += fen

    @rule(worker=WORKERS, fen=FEN, waive=st.booleans())
    def take(self, worker: str, fen: int, waive: bool) -> None:
        fact = (written_off if waive else recovered)(fen, worker, DAY, key=f"t{self.office.position}")
        left = self.determined[worker] - self.taken[worker]
        if waive:
            left = min(left, self.settled(worker) - self.taken[worker])
        if self.tried(fact, fen <= left):
            self.taken[worker] += fen
            self.waived[worker] += fen if waive else 0

    @invariant()
    def what_was_paid_is_never_below_zero(self) -> None:
        for worker in self.paid:
            state = self.office.world.entitlement(f"{worker}/{SCHEME}/2013-03")
            assert state.settled_fen == self.settled(worker) - self.taken[worker]
            assert state.paid_fen == self.settled(worker) >= 0


Payouts.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestPayouts = Payouts.TestCase
