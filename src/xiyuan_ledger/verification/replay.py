"""The hard rules once more: every event is decided as it was recorded, and must come out with the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.errors import LedgerError, ProofError, Refused
from xiyuan_ledger.recording.receipt import Receipt
from xiyuan_ledger.recording.recorder import Recorder
from xiyuan_ledger.recording.sealing import Sealing
from xiyuan_ledger.store import Row
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.verification.apart import Progress
from xiyuan_ledger.verification.events import BundleEvents
from xiyuan_ledger.verification.files import BundleFiles
from xiyuan_ledger.verification.packed import LEAN
from xiyuan_ledger.verification.replay_store import ReplayStore

BATCH = 2_000
HELD_MAX = 8_000


def replay(folder: Path, ledger: str, size: int, progress: Progress) -> list[ProofError]:
    """Record the events of a bundle once more; what stands in the way of the first that cannot be."""
    events = BundleEvents(BundleFiles(folder), ledger, size)
    store = ReplayStore(events)
    try:
        _Replay(store, events).run(progress)
    except ProofError as fault:
        return [fault]
    finally:
        store.close()
    return []


class _AsSealed(Sealing):
    """Personal data stay what a bundle shows of them: commitments, which were made once."""

    def sealed(self, facts: Iterable[Fact | Refused], *, atomic: bool) -> list[Fact | Refused]:
        return list(facts)

    def same(self, first: Event, row: Row, fact: Fact) -> bool:
        return not fact.COMMITS or first.fact.__dict__["commitments"] == fact.__dict__["commitments"]


class _Recorder(Recorder):
    """One that holds few streams: an evaluator's memory is to last for any history."""

    def __init__(self, store: ReplayStore):
        super().__init__(store, None, calendar.now, _AsSealed(store, lambda: None))
        self._states.held_max = HELD_MAX
        self._states.aggregates = LEAN


class _Replay:
    """One recording anew."""

    def __init__(self, store: ReplayStore, events: BundleEvents):
        self._store = store
        self._events = events
        self._recorder = _Recorder(store)

    def run(self, progress: Progress) -> None:
        while (done := self._store.head()) < self._events.head():
            self._record(self._events.rows(done, BATCH))
            progress(self._store.head())

    def _record(self, rows: list[Row]) -> None:
        """One batch. Entries that were only let in together may be cut apart by its end: then it is cut before them."""
        facts = [_fact(row) for row in rows]
        try:
            self._check(rows, self._recorder.record_chunk(facts, atomic=True))
        except Refused:
            receipts = self._recorder.rehearse(facts)
            first = next((n for n, each in enumerate(receipts) if each.status != "recorded"), None)
            if first is None:
                raise ProofError("replay-differs", position=rows[0].position) from None
            if first:
                self._record(rows[:first])
            else:
                raise _refused(rows[0], receipts[0]) from None

    def _check(self, rows: list[Row], receipts: list[Receipt]) -> None:
        for row, receipt in zip(rows, receipts, strict=True):
            if receipt.status != "recorded":
                raise _refused(row, receipt)


def _refused(row: Row, receipt: Receipt) -> ProofError:
    """Why an event cannot have been recorded where it stands."""
    if receipt.error is None:
        return ProofError("replay-duplicate", position=row.position, first=receipt.position)
    cause, cause_zh = receipt.error.message("en"), receipt.error.message("zh")
    found = receipt.error.events
    return ProofError("replay-refused", events=found, position=row.position, cause=cause, cause_zh=cause_zh)


def _fact(row: Row) -> Fact:
    """The entry as it was made: with its actor, and the instant of recording as a simulated ledger is told it."""
    try:
        event = event_of(row)
    except (ValidationError, ValueError, KeyError, TypeError, LedgerError):
        raise ProofError("event-form", position=row.position) from None
    return event.fact.model_copy(update={"recorded_at": event.recorded_at, "actor": event.actor})
