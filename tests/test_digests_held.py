"""What finds an entry again is small and bounded: however long an import, the same entry is known as the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiyuan_ledger import Ledger
from xiyuan_ledger.recording import held
from xiyuan_ledger.recording.digests import FRESH_MAX, Digests, nothing_seen

VOLUNTEERS = ("V-1", "V-2", "V-3")
ALIKE = ("0000aaaa", "0000aaab", "ffffffff", "00000000")
"""Heads at both ends, and neighbours."""


def _classified(day: int, category: str = "health") -> list[dict[str, Any]]:
    on = f"2013-02-{day:02d}"
    return [
        {"type": "VolunteerClassified", "volunteer": code, "categories": [category], "occurred_on": on}
        for code in VOLUNTEERS
    ]


def _ledger() -> Ledger:
    ledger = Ledger.open("memory:", actor="clerk-7")
    ledger.record_all(
        {"type": "VolunteerRegistered", "volunteer": code, "station": "XY-VS", "occurred_on": "2013-01-01"}
        for code in VOLUNTEERS
    )
    return ledger


def _digests_held(ledger: Ledger) -> int:
    return sum(len(each.digests) for each in ledger._recorder._states._held.values())


def _statuses(ledger: Ledger, entries: list[dict[str, Any]]) -> list[str]:
    return [receipt.status for receipt in ledger.record_all(entries, atomic=False)]


def test_an_import_in_the_order_of_days_holds_no_more_digests_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "DIGESTS_MAX", 8)
    read: list[str] = []
    with _ledger() as ledger:
        states = ledger._recorder._states
        monkeypatch.setattr(states, "_read_digests", lambda each: read.append(each.stream))
        for day in range(1, 29):
            assert _statuses(ledger, _classified(day)) == ["recorded"] * 3
            assert _digests_held(ledger) <= 8
    assert read == []  # Nothing had to be read again.


def test_the_same_entry_is_known_after_its_digest_was_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "DIGESTS_MAX", 8)
    with _ledger() as ledger:
        first = [receipt for day in range(1, 29) for receipt in ledger.record_all(_classified(day))]
        again = [receipt for day in range(1, 29) for receipt in ledger.record_all(_classified(day))]
        assert {receipt.status for receipt in again} == {"duplicate"}
        assert [receipt.event_id for receipt in again] == [receipt.event_id for receipt in first]
        assert _statuses(ledger, _classified(3, "youth_tutoring")) == ["recorded"] * 3  # Late, and another entry.
        assert _statuses(ledger, [*_classified(28), *_classified(3, "youth_tutoring")]) == ["duplicate"] * 6
        assert _digests_held(ledger) <= 8


def test_what_was_voided_is_known_as_well_after_its_digest_was_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "DIGESTS_MAX", 3)
    with _ledger() as ledger:
        last, *_ = ledger.record_all(_classified(20))
        voided = {
            "type": "RecordVoided",
            "event": last.event_id,
            "reason": "wrong person",
            "approved_by": "head-1",
            "occurred_on": "2013-02-20",
        }
        ledger.record(voided)
        ledger.record_all(_classified(2))
        (again,) = ledger.record_all(_classified(20)[:1])
        assert (again.status, again.event_id) == ("duplicate", last.event_id)


def test_a_batch_knows_its_own_entries_beside_those_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "DIGESTS_MAX", 3)
    with _ledger() as ledger:
        ledger.record_all(_classified(1))
        ledger.record_all(_classified(2))
        batch = [*_classified(3), *_classified(1), *_classified(3)]
        assert _statuses(ledger, batch) == ["recorded"] * 3 + ["duplicate"] * 6


@settings(max_examples=60)
@given(st.lists(st.sampled_from(ALIKE), max_size=2 * FRESH_MAX))
def test_every_position_is_found_by_the_head_of_its_digest(noted: list[str]) -> None:
    digests = Digests(nothing_seen())
    for position, head in enumerate(noted, 1):
        digests.note(f"{head}{position:056x}", position)
    assert len(digests) == len(noted)
    assert all(digests.may_hold(f"{head}{'0' * 56}") for head in noted)
    for head in ALIKE:
        placed = [position for position, each in enumerate(noted, 1) if each == head]
        assert digests.positions(f"{head}{'0' * 56}") == placed[::-1]


def test_many_entries_take_few_runs() -> None:
    digests = Digests(nothing_seen())
    for position in range(1, 10_001):
        digests.note(f"{position * 2_654_435_761 % 2**32:08x}", position)
    assert len(digests._runs) <= 5
    assert not digests.may_hold("f" * 64)
    assert all(
        digests.positions(f"{position * 2_654_435_761 % 2**32:08x}") == [position] for position in range(1, 10_001)
    )
