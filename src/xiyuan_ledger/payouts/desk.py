"""付款台: what is left to do of every approved run, and the doing of it, chunk by chunk. Every step may run twice.

A chunk of a run is a file at the bank. That it will leave is written down (`PaymentInstructed`) before it does;
nothing is sent but by who holds the fence, and after a doubt the bank is asked, never sent to again; what the bank says
is recorded chunk by chunk, each in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.entitlement import PaymentReturned, SubsidyPaid
from xiyuan_ledger.aggregates.run import PaymentInstructed, PayoutRunClosed
from xiyuan_ledger.errors import KeyReused, LedgerError, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.accounts import Accounts
from xiyuan_ledger.payouts.bank.folder import Bank, BankFile
from xiyuan_ledger.payouts.bank.order import Order, Outcome, Transfer, reference_of
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.failpoints import failpoint
from xiyuan_ledger.payouts.standing import Line, Standing, standing_of
from xiyuan_ledger.store.fence import fenced

FENCE = "bank"
FENCE_SECONDS = 20
RUNS_KEPT = 2
PART = "payout"
Progress = Literal["instructed", "in-doubt", "settled"]


class PaidOtherwiseError(LedgerError):
    """A line was settled before, and not as the bank now says: nobody may go on before a person has looked."""


class PayoutTask(NamedTuple):
    """What is left to do: a chunk of a run, counted from 1, or with chunk 0 the closing of the run."""

    run: str
    chunk: int


class PayoutDesk:
    """付款台 of one ledger, at one bank. A chunk has at most `chunk_lines` lines; a run keeps what it began with."""

    def __init__(
        self,
        ledger: Ledger,
        url: str,
        *,
        bank: Bank,
        accounts: Accounts,
        paper: BankPaper,
        chunk_lines: int,
    ):
        self._ledger = ledger
        self._url = url
        self._bank = bank
        self._accounts = accounts
        self._paper = paper
        self._chunk_lines = min(chunk_lines, paper.lines_max)
        self._kept: dict[str, tuple[Standing, int]] = {}

    def work(self) -> list[PayoutTask]:
        """Everything that is left to do, by what the ledger says; what it does not say need not be remembered."""
        found: list[PayoutTask] = []
        for run, files in self._open_files().items():
            size = _size_of(files) or self._chunk_lines
            told = {
                _chunk_of(row): row["settled_lines"] < row["file_lines"] for row in files if row["file"] is not None
            }
            if None in told:
                continue  # A file made by hand is settled by hand.
            chunks = range(1, -(-files[0]["lines"] // size) + 1)
            left = [chunk for chunk in chunks if told.get(chunk, True)]
            found += [PayoutTask(run, chunk) for chunk in left or [0]]
        return found

    def _open_files(self) -> Mapping[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._ledger.view("payout_files", where={"state": "approved"}).rows:
            found.setdefault(row["run"], []).append(row)
        return found

    def advance(self, run: str, chunk: int) -> Progress:
        """Bring a chunk of a run as far as it goes: to the bank, or into the ledger where the bank has answered.

        Raises what went wrong; doing it again is always right, but for PaidOtherwiseError and KeyReused.
        """
        order, lines = self._order(run, chunk)
        if not self._bank.answers(order.number):
            standing = self._send(order)
            if standing == "in-doubt":
                return standing
        answers = self._bank.answers(order.number)
        for name, content in answers:
            outcomes = self._paper.read(content, name, order)
            self._settle(order, lines, outcomes)
        return "settled" if answers else "instructed"

    def close(self, run: str) -> int:
        """Close a run of which nothing is in transit; the position. RuleBroken where something is."""
        fact = PayoutRunClosed(run=run, occurred_on=calendar.today(), key=f"{PART}/{run}/closed")
        receipt = self._ledger.record(fact)
        assert receipt.position is not None
        return receipt.position

    def _order(self, run: str, chunk: int) -> tuple[Order, Mapping[str, Line]]:
        if run not in self._kept:
            rows = self._open_files().get(run, [])
            while len(self._kept) >= RUNS_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[run] = standing_of(self._ledger, run), _size_of(rows) or self._chunk_lines
        standing, size = self._kept[run]
        lines = standing.lines[(chunk - 1) * size : chunk * size]
        by_reference = {reference_of(run, line.worker, line.scheme, line.month, line.kind): line for line in lines}
        transfers = tuple(
            Transfer(reference, line.worker, line.amount_fen - line.offset_fen, f"{line.scheme} {line.month}")
            for reference, line in by_reference.items()
            if line.amount_fen > line.offset_fen
        )
        return Order(run, chunk, standing.payer, standing.approved_on, transfers), by_reference

    def _send(self, order: Order) -> Progress:
        """See to it that the bank has the file: intent first, then the question, then, if it is certain, the call."""
        with fenced(self._url, FENCE, wait_seconds=FENCE_SECONDS) as fence:
            known = self._bank.inquire(order.number)
            if known == "accepted":
                return "instructed"
            file = self._paper.file_of(order, self._accounts)
            failpoint("before-intent")
            self._intend(order, file)
            failpoint("after-intent")
            if known == "unclear":
                return "in-doubt"
            fence.check()
            failpoint("before-bank-call")
            self._bank.submit(file)
            failpoint("after-bank-call")
        return "instructed"

    def _intend(self, order: Order, file: BankFile) -> None:
        _, size = self._kept[order.run]
        source = chunk_source(order.run, size, order.part)
        fact = PaymentInstructed(
            run=order.run,
            file_digest=file.digest,
            lines=len(order.transfers),
            total_fen=order.total_fen,
            occurred_on=calendar.today(),
            source=source,
            key=source,
        )
        try:
            self._ledger.record(fact)
        except KeyReused:
            # Begun on another day: the same file is the same intent.
            rows = self._ledger.view("journal", type="PaymentInstructed", stream=f"run/{order.run}").rows
            told = {row["key"]: row["fields"]["file_digest"] for row in rows}
            if told.get(source) != file.digest:
                raise

    def _settle(self, order: Order, lines: Mapping[str, Line], outcomes: Sequence[Outcome]) -> None:
        _, size = self._kept[order.run]
        source = chunk_source(order.run, size, order.part)
        facts = list(settlement(order.run, lines, outcomes, source, calendar.today()))
        failpoint("before-settlement")
        try:
            self._ledger.record_all(facts)
        except RuleBroken as refused:
            if refused.code not in ("line-paid-twice", "line-returned-already"):
                raise
            self._settle_rest(facts, source)
        failpoint("after-settlement")

    def _settle_rest(self, facts: Sequence[Fact], source: str) -> None:
        """Some lines were settled before: the same is done already, anything else is an alarm; the others follow."""
        kinds = {type(fact).__name__ for fact in facts}
        rows = [row for kind in kinds for row in self._ledger.view("journal", type=kind, where={"source": source}).rows]
        settled = {(row["type"], row["stream"]): row["fields"]["bank_ref"] for row in rows}
        left = []
        for fact in facts:
            assert isinstance(fact, SubsidyPaid | PaymentReturned)
            before = settled.get((type(fact).__name__, fact.stream()))
            if before is None:
                left.append(fact)
            elif before != fact.bank_ref:
                raise PaidOtherwiseError("paid-otherwise", run=fact.run, worker=fact.worker, month=fact.month)
        self._ledger.record_all(left)


def settlement(
    run: str, lines: Mapping[str, Line], outcomes: Sequence[Outcome], source: str, on: date
) -> Iterator[Fact]:
    """What the bank's words come to: paid, or come back. What is unknown stays in transit."""
    for outcome in outcomes:
        line = lines[outcome.reference]
        told = {"worker": line.worker, "scheme": line.scheme, "month": line.month, "run": run, "occurred_on": on}
        told |= {"bank_ref": outcome.bank_ref, "source": source}
        if outcome.state == "paid":
            yield SubsidyPaid(**told, kind=line.kind, amount_fen=line.amount_fen, offset_fen=line.offset_fen)
        elif outcome.state != "unknown":
            yield PaymentReturned(**told, amount_fen=outcome.amount_fen, reason=outcome.reason or outcome.state)


def chunk_source(run: str, size: int, chunk: int) -> str:
    """What the facts of a chunk name as their source: the ledger itself then says which chunks are left."""
    return f"{PART}/{run}/{size}/{chunk}"


def _chunk_of(row: Mapping[str, Any]) -> int | None:
    """The chunk that a file is; None where it is none of ours."""
    first, _, rest = row["file"].partition("/")
    return int(rest.rpartition("/")[2]) if first == PART else None


def _size_of(rows: Sequence[Mapping[str, Any]]) -> int | None:
    """How many lines a chunk of a run has, if one was begun: it must not change under way."""
    sources = (row["file"] for row in rows if row["file"] is not None)
    return next((int(source.split("/")[-2]) for source in sources if source.startswith(f"{PART}/")), None)
