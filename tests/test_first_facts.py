"""Payments of a chunk are decided together or one by one: the same facts, the same refusals, the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.payouts import FILE, approved, closed, instructed, opened, paid, returned
from xiyuan_ledger.aggregates import Fact, Paper
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.aggregates.entitlement import SubsidyPaid
from xiyuan_ledger.aggregates.run import PayoutRunOpened
from xiyuan_ledger.aggregates.world import ApprovedLine
from xiyuan_ledger.errors import Refused, RuleBroken
from xiyuan_ledger.recording import first_facts
from xiyuan_ledger.recording.first_facts import BulkRecorder
from xiyuan_ledger.recording.recorder import Recorder
from xiyuan_ledger.recording.sealing import Sealing
from xiyuan_ledger.store import Meta, Row, open_store

NOW = datetime(2013, 4, 20, 8, tzinfo=UTC)
WORKERS = [f"W-{number}" for number in range(1, 8)]
RUN = {"lines": 14, "total_fen": 150_000}
ANSWER = Paper(kind="bank-answer", digest=FILE)


class _Lines:
    """Seven workers, two months each: 100 yuan, of which the last one keeps a tenth back; and a line due in part."""

    def line(self, opened: PayoutRunOpened, worker: str, month: str) -> ApprovedLine:
        if worker not in WORKERS or month not in ("2013-02", "2013-03"):
            raise RuleBroken("line-unknown", field="run", run=opened.run, worker=worker, month=month)
        return ApprovedLine(10_000, 1_000 if worker == "W-7" else 0, 9_000 if worker == "W-6" else 10_000)

    def are(self, opened: PayoutRunOpened, workers: Sequence[str], months: Sequence[str], fen: Sequence[int]) -> bool:
        lines = [self.line(opened, *each) for each in zip(workers, months, strict=True)]
        wanted = [(amount, 0) for amount in fen]
        return [each[:2] for each in lines] == wanted and all(each.amount_fen <= each.due_fen for each in lines)

    def in_transit(self, opened: PayoutRunOpened) -> int:
        return 0


class _Office:
    """Two processes that record into one ledger, both in the same way."""

    def __init__(self, kind: type[Recorder]):
        self.store = open_store("memory:", create=Meta("xiyuan", simulated=False))
        sealing = Sealing(self.store, lambda: None)
        self.processes = [kind(self.store, "cashier-1", lambda: NOW, sealing, _Lines()) for _ in range(2)]
        self.processes[0].record_chunk([opened(**RUN), approved(), instructed(**RUN)], atomic=True)

    def said(self, process: int, chunk: Sequence[Fact], *, atomic: bool) -> list[tuple[Any, ...]]:
        """What recording answers: receipts, or the refusal of the whole."""
        try:
            receipts = self.processes[process].record_chunk(chunk, atomic=atomic)
        except Refused as refusal:
            return [(refusal.code, refusal.message("en"))]
        return [(each.status, each.event_id, each.position, each.error and each.error.code) for each in receipts]

    def rows(self) -> list[Row]:
        return self.store.after(0, 1_000)

    def close(self) -> None:
        self.store.close()


def line(worker: str, month: str = "2013-03", **more: Any) -> Fact:
    kind = "regular" if month == "2013-03" else "arrears"
    return paid(worker, month=month, evidence=(ANSWER,), source="payout/R-1/7/1", **{"kind": kind} | more)


EVERY = [(worker, month) for worker in WORKERS for month in ("2013-02", "2013-03")]
odd = st.sampled_from(
    [
        *({"amount_fen": fen} for fen in (9_999, 10_001)),
        *({"kind": kind} for kind in ("regular", "arrears", "manual")),
        *({"actor": actor} for actor in (None, "chief-1", "cashier-2")),
        *({"run": run} for run in ("R-2",)),
        *({"offset_fen": fen} for fen in (1_000, 10_001)),
        {"occurred_on": "2013-03-26"},
        {"occurred_on": "2013-05-01"},
        {"key": "k-1"},
        {"worker": "W-9"},
        {"month": "2013-01"},
        {"reason": "by hand"},
        {"bank_ref": "B-other"},
    ]
)
usual = st.lists(st.sampled_from(EVERY), min_size=1, max_size=6, unique=True).map(
    lambda each: [line(worker, month) for worker, month in each]
)
unusual = st.lists(
    st.tuples(st.sampled_from(EVERY), odd).map(lambda each: line(*each[0]).model_copy(update=_fields(each[1]))),
    min_size=0,
    max_size=2,
)
others = st.sampled_from([returned(), returned("W-2"), closed(), opened("R-2", month="2013-02", lines=2)])


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    """A payment with one thing other, as its fields hold it."""
    fact = line("W-1").model_dump(exclude_none=True) | {"reason": "by hand"} | given
    return {name: getattr(paid(**{"worker": "W-1"} | fact), name) for name in given}


chunks = st.one_of(
    usual,
    st.tuples(usual, unusual, st.randoms(use_true_random=False)).map(
        lambda each: each[2].sample([*each[0], *each[1]], len(each[0]) + len(each[1]))
    ),
    others.map(lambda each: [each]),
)


def in_columns(chunk: list[Fact]) -> Sequence[Fact]:
    """Facts in columns, where they are such."""
    names = sorted(SubsidyPaid.ALIKE_IN)
    columns = {name: [getattr(each, name, None) for each in chunk] for name in names}
    first = chunk[0]
    same = all(isinstance(each, SubsidyPaid) and {*each.model_dump()} == {*first.model_dump()} for each in chunk)
    alike = same and all(each.model_copy(update={n: getattr(first, n) for n in names}) == first for each in chunk)
    return AlikeFacts(first, columns) if alike else chunk


@given(st.lists(st.tuples(st.sampled_from([0, 1]), chunks, st.booleans(), st.booleans()), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_together_and_one_by_one_give_the_same_facts_and_refusals(
    told: list[tuple[int, list[Fact], bool, bool]],
) -> None:
    together, one_by_one = _Office(BulkRecorder), _Office(Recorder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(first_facts, "FACTS_MIN", 1)
        for process, chunk, atomic, columns in told:
            found = together.said(process, in_columns(chunk) if columns else chunk, atomic=atomic)
            assert found == one_by_one.said(process, chunk, atomic=atomic)
    assert together.rows() == one_by_one.rows()
    together.close()
    one_by_one.close()


def test_a_chunk_that_plainly_fits_is_decided_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the property above would hold of two one-by-one ways as well."""
    office = _Office(BulkRecorder)
    monkeypatch.setattr(first_facts, "FACTS_MIN", 1)
    monkeypatch.setattr(Recorder, "_admit", lambda *_: pytest.fail("one by one"))
    chunk = [line(worker) for worker in WORKERS[:5]]
    assert [status for status, *_ in office.said(1, chunk, atomic=True)] == ["recorded"] * 5
    later = in_columns([line(worker, "2013-02") for worker in WORKERS[:5]])
    assert isinstance(later, AlikeFacts)
    assert [status for status, *_ in office.said(0, later, atomic=True)] == ["recorded"] * 5
    office.close()


def test_a_line_that_somebody_else_paid_meanwhile_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_facts, "FACTS_MIN", 1)
    office = _Office(BulkRecorder)
    office.said(0, [line("W-3", bank_ref="B-first")], atomic=True)
    ((code, said),) = office.said(1, [line(worker) for worker in WORKERS[:5]], atomic=True)
    assert code == "line-paid-twice"
    assert "W-3" in said
    assert len(office.rows()) == 4
    office.close()
