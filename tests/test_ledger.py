"""Recording: what becomes an event, what is a duplicate, what is refused, and that nothing is half done."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
import rfc8785

from tests.ledgers import POLICIES, recorded_after_policies, refusal_of, with_
from tests.views.staff import established, filled, hired, left
from xiyuan_ledger import canonical
from xiyuan_ledger.aggregates.contract import PositionsPurchased
from xiyuan_ledger.aggregates.fact import Paper
from xiyuan_ledger.aggregates.worker import WorkerHired
from xiyuan_ledger.calendar import parse_instant
from xiyuan_ledger.errors import InvalidEntry, KeyReused, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.recording.receipt import Receipt
from xiyuan_ledger.store.mapper import event_of


def test_a_fresh_ledger_has_version_1_of_every_policy(ledger: Ledger) -> None:
    first = list(ledger.events())
    assert {event.fact.policy for event in first} == set(SCHEMAS)  # type: ignore[attr-defined]
    assert [event.type for event in first] == ["PolicyAdopted"] * POLICIES
    assert {event.version for event in first} == {1}
    assert ledger.head == POLICIES


def test_a_receipt_names_the_event_and_its_position(ledger: Ledger) -> None:
    receipt = ledger.record(hired("W-1", "2013-01-01"))
    assert receipt == Receipt("recorded", receipt.event_id, POLICIES + 1)
    (event,) = recorded_after_policies(ledger)
    assert (event.event_id, event.position, event.stream, event.version) == (
        receipt.event_id,
        POLICIES + 1,
        "worker/W-1",
        1,
    )
    assert (event.actor, event.fact.entry()) == ("clerk-7", hired("W-1", "2013-01-01").entry())


def test_an_entry_may_come_as_plain_values(ledger: Ledger) -> None:
    entry = {
        "type": "WorkerHired",
        "worker": "W-1",
        "occurred_on": "2013-01-01",
        "employer": "XY-STREET",
        "employment": "street",
    }
    assert ledger.record(entry).status == "recorded"
    assert ledger.record(hired("W-1", "2013-01-01")).status == "duplicate"


@pytest.mark.parametrize(
    ("entry", "code", "field"),
    [
        ({"worker": "W-1"}, "entry-type-missing", "type"),
        ({"type": "WorkerHird", "worker": "W-1"}, "entry-type-unknown", "type"),
        ({"type": "WorkerLeft", "worker": "W-1", "occurred_on": "2013-01-01"}, "field-missing", "employer"),
        (
            {"type": "WorkerLeft", "worker": "W-1", "occurred_on": "2013-01-01", "employer": "X", "employr": "X"},
            "field-unknown",
            "employr",
        ),
        (
            {"type": "WorkerLeft", "worker": "W-1", "occurred_on": "2013-02-30", "employer": "X"},
            "field-invalid",
            "occurred_on",
        ),
        (
            {"type": "WorkerLeft", "worker": "W 1", "occurred_on": "2013-02-01", "employer": "X"},
            "field-invalid",
            "worker",
        ),
        (17, "entry-form", None),
    ],
)
def test_what_is_no_fact_is_refused_by_the_name_of_its_field(
    ledger: Ledger, entry: Any, code: str, field: str | None
) -> None:
    refusal = refusal_of(ledger, entry)
    assert isinstance(refusal, InvalidEntry)
    assert (refusal.code, refusal.field) == (code, field)


def test_positions_and_versions_run_without_gaps(ledger: Ledger) -> None:
    ledger.record(hired("W-1", "2013-01-01"))
    refusal_of(ledger, hired("W-1", "2013-02-01"))
    ledger.record_all([hired("W-2", "2013-01-01"), hired("W-2", "2013-02-01"), left("W-1", "2013-03-01")], atomic=False)
    ledger.record(hired("W-1", "2013-04-01"))
    found = [(event.position - POLICIES, event.stream, event.version) for event in recorded_after_policies(ledger)]
    assert found == [(1, "worker/W-1", 1), (2, "worker/W-2", 1), (3, "worker/W-1", 2), (4, "worker/W-1", 3)]


def test_the_same_entry_again_is_a_duplicate_whoever_enters_it(ledger: Ledger) -> None:
    first = ledger.record(hired("W-1", "2013-01-01"))
    again = Receipt("duplicate", first.event_id, first.position)
    assert ledger.record(hired("W-1", "2013-01-01")) == again
    assert ledger.record(with_(hired("W-1", "2013-01-01"), actor="clerk-8")) == again
    assert ledger.record(with_(hired("W-1", "2013-01-01"), source="form 12")) == again
    assert ledger.head == first.position


def test_another_content_is_no_duplicate(ledger: Ledger) -> None:
    ledger.record(established("P-1"))
    ledger.record(hired("W-1", "2013-01-01"))
    paper = Paper(kind="form", digest="a" * 64)
    assert refusal_of(ledger, with_(hired("W-1", "2013-01-01"), evidence=(paper,))).code == "worker-employed-already"


def test_an_entry_twice_in_one_batch_is_recorded_once(ledger: Ledger) -> None:
    receipts = ledger.record_all([hired("W-1", "2013-01-01"), hired("W-1", "2013-01-01")])
    assert [receipt.status for receipt in receipts] == ["recorded", "duplicate"]
    assert receipts[0].event_id == receipts[1].event_id


def test_a_key_stands_for_one_content(ledger: Ledger) -> None:
    first = ledger.record(with_(hired("W-1", "2013-01-01"), key="form-1"))
    again = ledger.record(with_(hired("W-1", "2013-01-01"), key="form-1", source="sheet 2"))
    assert again == Receipt("duplicate", first.event_id, first.position)
    refusal = refusal_of(ledger, with_(hired("W-1", "2013-01-02"), key="form-1"))
    assert isinstance(refusal, KeyReused)
    assert (refusal.code, refusal.events) == ("key-reused", (first.event_id,))
    assert refusal_of(ledger, with_(hired("W-9", "2013-01-02"), key="form-1")).code == "key-reused"


def test_two_keys_make_two_facts_of_one_content(ledger: Ledger) -> None:
    bought = PositionsPurchased(
        contract="C-1",
        occurred_on=date(2013, 1, 1),
        org="XY-STREET",
        agency="AG",
        quantity=2,
        price_fen=100,
        from_=date(2013, 1, 1),
        to=date(2013, 12, 31),
    )
    keyed = [with_(bought, key="form-1"), with_(bought, key="form-2"), bought, with_(bought, key="form-1")]
    assert [receipt.status for receipt in ledger.record_all(keyed)] == ["recorded", "recorded", "recorded", "duplicate"]


def test_a_key_used_in_the_same_batch_is_known(ledger: Ledger) -> None:
    batch = [
        with_(hired("W-1", "2013-01-01"), key="k"),
        with_(hired("W-1", "2013-01-01"), key="k"),
        with_(hired("W-2", "2013-01-01"), key="k"),
    ]
    receipts = ledger.record_all(batch, atomic=False)
    assert [receipt.status for receipt in receipts] == ["recorded", "duplicate", "refused"]
    assert receipts[2].error is not None
    assert receipts[2].error.code == "key-reused"


def test_a_batch_is_recorded_as_a_whole_or_not_at_all(ledger: Ledger) -> None:
    batch = [hired("W-1", "2013-01-01"), established("P-1"), hired("W-1", "2013-02-01"), hired("W-2", "2013-01-01")]
    with pytest.raises(RuleBroken) as refused:
        ledger.record_all(batch)
    assert refused.value.code == "worker-employed-already"
    assert ledger.head == POLICIES
    assert [receipt.status for receipt in ledger.record_all(batch[:2])] == ["recorded", "recorded"]


def test_without_atomic_the_good_ones_are_recorded_and_the_others_say_why(ledger: Ledger) -> None:
    batch = [
        hired("W-1", "2013-01-01"),
        hired("W-1", "2013-02-01"),
        {"type": "Nothing"},
        hired("W-1", "2013-01-01"),
        hired("W-2", "2013-01-01"),
    ]
    receipts = ledger.record_all(batch, atomic=False)
    assert [receipt.status for receipt in receipts] == ["recorded", "refused", "refused", "duplicate", "recorded"]
    assert [receipt.error.code for receipt in receipts if receipt.error] == [
        "worker-employed-already",
        "entry-type-unknown",
    ]
    assert [receipt.position for receipt in receipts] == [POLICIES + 1, None, None, POLICIES + 1, POLICIES + 2]
    assert ledger.head == POLICIES + 2


def test_what_was_judged_may_be_recorded_in_another_order(ledger: Ledger) -> None:
    ledger.judge_all([with_(hired("W-1", "2013-01-01"), key="k"), filled("P-1", "W-1", "2013-02-01")])
    receipts = ledger.record_all([with_(hired("W-2", "2013-01-01"), key="k"), hired("W-1", "2013-03-01")])
    assert [receipt.status for receipt in receipts] == ["recorded", "recorded"]


def test_judging_answers_as_recording_would_and_writes_nothing(ledger: Ledger) -> None:
    batch = [hired("W-1", "2013-01-01"), hired("W-1", "2013-02-01"), with_(hired("W-2", "2013-01-01"), key="k")]
    judged = ledger.judge_all(batch)
    assert [receipt.status for receipt in judged] == ["recorded", "refused", "recorded"]
    assert ledger.head == POLICIES
    recorded = ledger.record_all(batch, atomic=False)
    assert [receipt[:3] for receipt in recorded] == [receipt[:3] for receipt in judged]
    assert [receipt.status for receipt in ledger.judge_all(batch)] == ["duplicate", "refused", "duplicate"]


def test_an_oversized_entry_is_refused(ledger: Ledger) -> None:
    papers = tuple(Paper(kind="form", digest="a" * 64, note="注" * 2000) for _ in range(12))
    refusal = refusal_of(ledger, with_(hired("W-1", "2013-01-01"), evidence=papers))
    assert refusal.code == "event-too-large"


def test_events_are_streamed_in_order_and_by_type(ledger: Ledger) -> None:
    ledger.record_all(
        [hired("W-1", "2013-01-01"), established("P-1"), hired("W-2", "2013-01-01"), filled("P-1", "W-1", "2013-02-01")]
    )
    assert [event.type for event in ledger.events(after=POLICIES)] == [
        "WorkerHired",
        "PostEstablished",
        "WorkerHired",
        "PostFilled",
    ]
    assert [event.position - POLICIES for event in ledger.events(types=[WorkerHired])] == [1, 3]
    assert [event.position - POLICIES for event in ledger.events(types=["PostFilled", "PostEstablished"])] == [2, 4]
    assert list(ledger.events(after=ledger.head)) == []


def test_a_subscription_goes_on_with_what_comes(ledger: Ledger) -> None:
    ledger.record(hired("W-1", "2013-01-01"))
    stop, seen = threading.Event(), threading.Semaphore(0)
    found: list[str] = []

    def follow() -> None:
        for event in ledger.subscribe(after=POLICIES, types=["WorkerHired"], stop=stop):
            found.append(event.fact.worker)  # type: ignore[attr-defined]
            seen.release()

    reader = threading.Thread(target=follow)
    reader.start()
    assert seen.acquire(timeout=20)
    ledger.record_all([established("P-1"), hired("W-2", "2013-01-01")])
    ledger.record(hired("W-3", "2013-01-01"))
    assert seen.acquire(timeout=20)
    assert seen.acquire(timeout=20)
    stop.set()
    reader.join(20)
    assert not reader.is_alive()
    assert found == ["W-1", "W-2", "W-3"]


def test_what_is_stored_is_canonical_and_is_what_is_hashed(ledger: Ledger) -> None:
    papers = (Paper(kind="form", digest="b" * 64, note='名 "𠮷" \\ / \u2028 é\n'),)
    ledger.record(
        with_(hired("W-1", "2013-01-01"), evidence=papers, key="键 1", source='sheet "二" \t𠮷', reason="理由")
    )
    for row in ledger._store.after(0, 100):
        values = canonical.loads(row.state)
        assert row.state == canonical.dumps(values) == rfc8785.dumps(values)
        assert row.leaf == leaf_hash(row.state)
        assert ledger.stored_bytes(row.position) == row.state
        event = event_of(row)
        assert (values["position"], values["event_id"], values["version"]) == (
            event.position,
            event.event_id,
            event.version,
        )
        assert (values["type"], values["stream"]) == (event.type, row.stream)
        assert parse_instant(values["recorded_at"]) == event.recorded_at


@pytest.mark.parametrize("field", ["worker", "reason"])
def test_half_a_character_is_refused_in_plain_words(ledger: Ledger, field: str) -> None:
    entry = {"type": "WorkerHired", "worker": "W-1", "employer": "S", "employment": "street"}
    found = refusal_of(ledger, entry | {"occurred_on": "2012-07-01", field: "W\ud800"})
    assert (found.code, found.field) == ("field-invalid", field)
    assert "but must be text of whole characters" in str(found)


def test_text_is_kept_in_one_normal_form(ledger: Ledger) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    ledger.record(with_(established("P-1"), reason=composed))
    entry = {**established("P-1").model_dump(exclude_none=True), "type": "PostEstablished", "reason": decomposed}
    assert ledger.record(entry).status == "duplicate"


def test_stored_bytes_are_asked_by_position(ledger: Ledger) -> None:
    with pytest.raises(InvalidEntry) as refused:
        ledger.stored_bytes(ledger.head + 1)
    assert refused.value.code == "target-unknown"


def test_threads_share_one_ledger(ledger: Ledger) -> None:
    receipts: list[Receipt] = []

    def enter(name: str) -> None:
        for number in range(15):
            receipts.append(ledger.record(hired(f"W-{name}-{number}", "2013-01-01")))
            receipts.append(ledger.record(with_(hired("W-common", "2013-01-01"), source=name)))
            assert sum(1 for _ in ledger.events(after=POLICIES)) <= ledger.head - POLICIES

    threads = [threading.Thread(target=enter, args=(name,)) for name in "ABC"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorded = [receipt.position for receipt in receipts if receipt.status == "recorded"]
    assert sorted(position - POLICIES for position in recorded if position) == list(range(1, 47))
    assert sum(receipt.status == "duplicate" for receipt in receipts) == 44
    assert [event.position for event in ledger.events()] == list(range(1, POLICIES + 47))
