"""付款台: what is left to do of every approved run, and the doing of it, chunk by chunk. Every step may run twice.

A chunk of a run is a file at the bank. That it will leave is written down (`PaymentInstructed`) before it does;
nothing is sent but by who holds the fence, and after a doubt the bank is asked, never sent to again; what the bank says
is recorded chunk by chunk, each in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import Fact, Paper
from xiyuan_ledger.aggregates.run import PaymentInstructed, PayoutRunOpened
from xiyuan_ledger.errors import KeyReused, LedgerError, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.accounts import Accounts, AccountsMissingError
from xiyuan_ledger.payouts.bank.folder import Bank, BankFile
from xiyuan_ledger.payouts.bank.order import Order, Outcome, file_number
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.chunks import PART, Chunk, chunk_in, chunk_of, chunk_source, size_in, size_of
from xiyuan_ledger.payouts.failpoints import failpoint
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.keeping_back import Made, kept_in, made
from xiyuan_ledger.payouts.paying import INSTALMENT, Payer, PayingAccount, payer_of
from xiyuan_ledger.payouts.run import Line, RunCommitted, committed, lines_in, lines_of, state_of
from xiyuan_ledger.payouts.settling import ALREADY, BY_OFFSET, record_closed, record_lines, transfers_in
from xiyuan_ledger.projections.run_lines import paid_of
from xiyuan_ledger.recording.batch import without_collecting
from xiyuan_ledger.store.fence import fenced

FENCE = "bank"
FENCE_SECONDS = 20
RUNS_KEPT = 2
Progress = Literal["instructed", "in-doubt", "settled"]


class PaidOtherwiseError(LedgerError):
    """A line was settled before, and not as the bank now says: nobody may go on before a person has looked."""


class PayoutTask(NamedTuple):
    """What is left to do: a chunk of a run, counted from 1, or with chunk 0 the closing of the run."""

    run: str
    chunk: int


class _Held(NamedTuple):
    """A run as a process keeps it: the lines of which something leaves, in columns, and how many a file has."""

    opened: PayoutRunOpened
    known: RunCommitted
    lines: pa.Table
    size: int
    payer: PayingAccount
    waiting: list[int]
    """The chunks of which this process does not know that they are settled."""
    told: dict[int, int]
    """By chunk, how many lines its file has, as far as this process knows of files of which the bank was told."""


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
        self._kept: dict[str, _Held] = {}

    def work(self, only: str | None = None) -> list[PayoutTask]:
        """Everything that is left to do, by what the ledger says; what it does not say need not be remembered.

        `only` names one run: of one that the bank was not told of yet nothing is counted.
        """
        if only is not None:
            known = committed(state_of(self._ledger, only))
            if known.status == "approved" and known.total_fen:
                return [PayoutTask(only, chunk) for chunk in range(1, -(-known.lines // self._chunk_lines) + 1)]
            return [task for task in self.work() if task.run == only]
        found: list[PayoutTask] = []
        for run, files in self._open_files().items():
            size = size_of(files) or self._chunk_lines
            told = {chunk_of(row): row["settled_lines"] < row["file_lines"] for row in files if row["instructed_on"]}
            if None in told:
                continue  # A file made by hand is settled by hand.
            whole = sum(row["file_fen"] or 0 for row in files) == files[0]["total_fen"]
            chunks = sorted(filter(None, told)) if whole else range(1, -(-files[0]["lines"] // size) + 1)
            left = [chunk for chunk in chunks if told.get(chunk, True)]
            found += [PayoutTask(run, chunk) for chunk in left or [0]]
        return found

    def sent(self, run: str) -> set[int]:
        """The chunks of a run of which the bank was told, without files made by hand."""
        rows = self._ledger.view("payout_files", where={"run": run}, evidence=False).rows
        return {chunk for row in rows if row["instructed_on"] and (chunk := chunk_of(row)) is not None}

    def told(self, run: str) -> int:
        """Of how many files of a run the bank was told, by its stream alone."""
        return len(state_of(self._ledger, run).files)

    def is_answered(self, run: str, chunk: int) -> bool:
        """Whether the bank has said something of a chunk's file."""
        return bool(self._bank.answers(file_number(run, chunk)))

    def _open_files(self) -> Mapping[str, list[dict[str, Any]]]:
        """The files of runs that are approved and not closed. Lines are counted only where there is such a run."""
        found: dict[str, list[dict[str, Any]]] = {}
        if self._streams_with("PayoutRunApproved") <= self._streams_with("PayoutRunClosed"):
            return found
        for row in self._ledger.view("payout_files", state="approved", evidence=False).rows:
            found.setdefault(row["run"], []).append(row)
        return found

    def _streams_with(self, kind: str) -> set[str]:
        return {row["stream"] for row in self._ledger.view("journal", type=kind, evidence=False).rows}

    def advance(self, run: str, chunk: int) -> Progress:
        """Bring a chunk of a run as far as it goes: to the bank, or into the ledger where the bank has answered.

        Raises what went wrong; doing it again is always right, but for PaidOtherwiseError and KeyReused.
        """
        with without_collecting():
            return self._advance(run, chunk)

    def _advance(self, run: str, chunk: int) -> Progress:
        at_hand = None if self._is_closed(run) else self._chunk(run, chunk)
        if at_hand is None:
            return "settled"
        order = at_hand.order
        answers = self._bank.answers(order.number)
        if not answers:
            standing = self._send(at_hand)
            if standing == "in-doubt":
                return standing
            answers = self._bank.answers(order.number)
        if answers:
            self._leave_out_kept(at_hand)
        for name, content in answers:
            self._settle(at_hand, content, name)
        return "settled" if answers else "instructed"

    def close(self, run: str) -> str:
        """Close a run of which nothing is in transit. RuleBroken where something is."""
        hand = Hand(source=f"{PART}/{run}")
        state = state_of(self._ledger, run)
        assert state.opened is not None
        table = self._ledger.run_lines.table(state.opened)
        if (
            not state.closed
            and pc.any(pc.and_(pc.greater(table["amount_fen"], 0), pc.equal(table["net_fen"], 0))).as_py()
        ):
            lines = [line for line in lines_of(self._ledger, run) if line.amount_fen > 0]
            whole = [line for line in lines if line.net_fen == 0 and line.status not in ("paid", "returned")]
            payer = Payer(self._ledger, committed(state), lines, hand, None)
            self._ledger.record_all(payer.paid([(line, BY_OFFSET) for line in whole]))
        record_closed(self._ledger, run, hand)
        return "closed"

    def is_over(self, run: str) -> bool:
        """Whether every line of a run is paid or came back, as far as can be said at once: then it may be closed.

        False says nothing: what is not seen here is found by who looks through the ledger (`work`).
        """
        if self._is_closed(run):
            return False
        kept = self._held(run)
        while kept.waiting:
            first = kept.lines.slice((kept.waiting[0] - 1) * kept.size, 1).to_pylist()[0]
            stream = f"entitlement/{first['worker']}/{first['scheme']}/{first['month']}"
            source = chunk_source(run, kept.size, kept.waiting[0])
            if all(each.source != source for each in self._ledger.events_of([stream])):
                return False
            kept.waiting.pop(0)
        return self._ledger.run_lines.all_answered(kept.opened)

    def _is_closed(self, run: str) -> bool:
        """Whether a run of which this process holds nothing is closed: a message of it came late."""
        return run not in self._kept and bool(state_of(self._ledger, run).closed)

    def _chunk(self, run: str, chunk: int) -> Chunk | None:
        """A chunk of a run; None where it has no such chunk."""
        kept = self._held(run)
        table = kept.lines.slice((chunk - 1) * kept.size, kept.size)
        if not len(table):
            return None
        assert kept.known.approved_on is not None
        order = Order(run, chunk, kept.payer.org, kept.known.approved_on, transfers_in(table, kept.known))
        return Chunk(order, kept.known, table)

    def _held(self, run: str) -> _Held:
        """A run with its lines, held against its digest once by a process."""
        if run not in self._kept:
            state = state_of(self._ledger, run)
            known = committed(state)
            if known.status not in ("approved", "instructed"):
                raise RuleBroken("run-not-payable", field="run", run=run, status=known.status)
            assert state.opened is not None
            told = self._told_in(run)
            size = size_in(told) or self._chunk_lines
            leaving = paid_of(self._ledger.run_lines.table(state.opened), "net_fen")
            payer = payer_of(self._ledger, known)
            while len(self._kept) >= RUNS_KEPT:
                del self._kept[next(iter(self._kept))]
            waiting = list(range(1, -(-len(leaving) // size) + 1))
            self._kept[run] = _Held(state.opened, known, leaving, size, payer, waiting, _by_chunk(told))
        return self._kept[run]

    def _told_in(self, run: str) -> dict[str | None, int]:
        """By source, how many lines the files have of which the bank was told."""
        facts = self._ledger.events_of([f"run/{run}"])
        return {each.source: each.fact.lines for each in facts if isinstance(each.fact, PaymentInstructed)}

    def _leave_out_kept(self, chunk: Chunk) -> bool:
        """Leave out what was kept back when the bank was told of a chunk; whether it was told."""
        held, order = self._held(chunk.order.run), chunk.order
        if order.part not in held.told:
            held.told.update(_by_chunk(self._told_in(order.run)))
        lines = held.told.get(order.part)
        if lines is not None and lines < len(order.transfers):
            kept = kept_in(self._ledger.events_of(chunk.streams()), order.run)
            names = chunk.named()
            left = order.without({ref for ref, named in names.items() if named in kept})
            if left is not None:
                chunk.leave_out(left)
        return lines is not None

    def _siblings(self, run: str, told: Sequence[Line]) -> list[Line]:
        """Where lines keep something back: every line of their workers, with what became of it."""
        keeping = {line.worker for line in told if line.offset_fen}
        if not keeping:
            return []
        table = self._ledger.view("payroll", run=run, evidence=False).to_arrow()
        return lines_in(table.filter(pc.is_in(table["worker"], pa.array(sorted(keeping)))))

    def _standing(self, run: str) -> dict[str, Line]:
        """The lines of a run with what became of each, by their ids at the bank."""
        return {line.end_to_end: line for line in lines_of(self._ledger, run)}

    def _send(self, chunk: Chunk) -> Progress:
        """See to it that the bank has the file: intent first, then the question, then, if it is certain, the call."""
        number = chunk.order.number
        with fenced(self._url, FENCE, wait_seconds=FENCE_SECONDS) as fence:
            known = self._bank.inquire(number)
            if known == "accepted":
                return "instructed"
            order, file, kept = self._made(chunk)
            failpoint("before-intent")
            try:
                self._intend(order, file, kept)
            except KeyReused:
                if not self._leave_out_kept(chunk):
                    raise
                # Somebody whose line was kept back has an account by now: the file stays as it was told.
                file = self._paper.file_of(chunk.order, self._accounts)
                self._intend(chunk.order, file)
            failpoint("after-intent")
            if known == "unclear":
                return "in-doubt"
            fence.check()
            failpoint("before-bank-call")
            self._bank.submit(file)
            failpoint("after-bank-call")
        return "instructed"

    def _made(self, chunk: Chunk) -> Made:
        """The file of a chunk; lines of payees without an account are kept back, unless the bank was told of it."""
        order, held = chunk.order, self._held(chunk.order.run)
        try:
            return Made(order, self._paper.file_of(order, self._accounts), [])
        except AccountsMissingError:
            if self._leave_out_kept(chunk):
                return Made(chunk.order, self._paper.file_of(chunk.order, self._accounts), [])
        hand = Hand(source=chunk_source(order.run, held.size, order.part))
        payer = Payer(self._ledger, chunk.known, [], hand, None)
        making = made(order, self._paper, self._accounts, payer, chunk.lines)
        chunk.leave_out(making.order)
        return making

    def _intend(self, order: Order, file: BankFile, kept: Sequence[Fact] = ()) -> None:
        """Write down that a file leaves, and what is kept back of it; KeyReused where another one was told."""
        held = self._held(order.run)
        source = chunk_source(order.run, held.size, order.part)
        fact = PaymentInstructed(
            run=order.run,
            file_digest=file.digest,
            lines=len(order.transfers),
            total_fen=order.total_fen,
            occurred_on=calendar.today(),
            source=source,
            key=source,
            **({} if held.known.scheme == INSTALMENT else held.payer._asdict()),
        )
        try:
            self._ledger.record_all([fact, *kept])
        except KeyReused:
            # Begun on another day: the same file is the same intent.
            rows = self._ledger.view("journal", type="PaymentInstructed", stream=f"run/{order.run}").rows
            told = {row["key"]: row["fields"]["file_digest"] for row in rows}
            if told.get(source) != file.digest:
                raise
        held.told[order.part] = len(order.transfers)

    def _settle(self, chunk: Chunk, content: bytes, name: str) -> None:
        """Record what an answer says of a chunk, in one transaction; what it says again changes nothing."""
        order = chunk.order
        outcomes = self._paper.read(content, name, order)
        held = self._held(order.run)
        hand = Hand(source=chunk_source(order.run, held.size, order.part))
        answer = Paper(kind="bank-answer", digest=sha256(content).hexdigest())
        facts = self._facts(chunk, outcomes, hand, answer)
        failpoint("before-settlement")
        try:
            if facts and self._ledger.events_of([facts[-1].stream()]):
                self._settle_rest(facts, hand.source)  # Begun before, most likely by this very answer.
            else:
                record_lines(self._ledger, facts)
        except RuleBroken as refused:
            if refused.code not in ALREADY:
                raise
            self._settle_rest(facts, hand.source)
        failpoint("after-settlement")

    def _facts(self, chunk: Chunk, outcomes: Sequence[Outcome], hand: Hand, answer: Paper) -> Sequence[Fact]:
        """What an answer makes of the lines of a chunk; in columns, where all of them were simply paid."""
        if chunk.is_paid_by(outcomes):
            payer = Payer(self._ledger, chunk.known, [], hand, answer)
            facts = payer.paid_in_columns(chunk.table, [each.bank_ref for each in outcomes])
            if facts is not None:
                return facts
        lines = chunk.lines if chunk.known.scheme != INSTALMENT else self._standing(chunk.order.run)
        told = [(lines[each.reference], each) for each in outcomes]
        siblings = self._siblings(chunk.order.run, [line for line, _ in told])
        payer = Payer(self._ledger, chunk.known, siblings, hand, answer)
        paid = payer.paid([(line, each.bank_ref) for line, each in told if each.state == "paid"])
        return [*paid, *payer.back([(line, each) for line, each in told if each.state in ("rejected", "returned")])]

    def _settle_rest(self, facts: Sequence[Fact], source: str | None) -> None:
        """Some lines were settled before: the same is done already, anything else is an alarm; the others follow."""
        told = self._ledger.events_of({fact.stream() for fact in facts})
        settled = {
            _mark(each.type, each.stream, vars(each.fact)): getattr(each.fact, "bank_ref", None)
            for each in told
            if each.source == source
        }
        left = []
        for fact in facts:
            mark = _mark(type(fact).__name__, fact.stream(), vars(fact))
            if mark not in settled:
                left.append(fact)
            elif settled[mark] != getattr(fact, "bank_ref", None):
                raise PaidOtherwiseError("paid-otherwise", stream=fact.stream())
        record_lines(self._ledger, left)


def _mark(kind: str, stream: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    return kind, stream, fields.get("voucher") or ""


def _by_chunk(told: Mapping[str | None, int]) -> dict[int, int]:
    return {chunk: lines for source, lines in told.items() if (chunk := chunk_in(source)) is not None}
