"""Late entries that only fit together: an employment long past is two entries, and neither stands alone."""

from __future__ import annotations

from datetime import date

import pytest

from tests.ledgers import POLICIES, with_
from tests.views.staff import established, filled, hired, left
from xiyuan_ledger.aggregates.control import PeriodClosed
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger

LONG_AGO = [hired("W-1", "2012-01-01"), left("W-1", "2012-06-01")]


@pytest.fixture(autouse=True)
def employed_now(ledger: Ledger) -> None:
    """She has been employed since 2013, so that an earlier employment must have ended before."""
    ledger.record_all([hired("W-1", "2013-01-01"), established("P-1", "2012-01-01")])


def statuses(ledger: Ledger, *entries: object) -> list[str]:
    receipts = ledger.record_all(list(entries), atomic=False)  # type: ignore[arg-type]
    return [receipt.error.code if receipt.error else receipt.status for receipt in receipts]


def test_neither_stands_alone(ledger: Ledger) -> None:
    assert statuses(ledger, LONG_AGO[0]) == ["contradicts"]
    assert statuses(ledger, LONG_AGO[1]) == ["worker-not-hired"]


def test_the_refusal_says_that_a_pair_is_entered_together(ledger: Ledger) -> None:
    (receipt,) = ledger.record_all([LONG_AGO[0]], atomic=False)
    assert receipt.error is not None
    assert "请放在同一文件或同一批中登记" in receipt.error.hint("zh")
    assert "enter both in one file" in receipt.error.hint("en")


def test_both_of_one_batch_are_recorded(ledger: Ledger) -> None:
    assert statuses(ledger, *LONG_AGO) == ["recorded", "recorded"]
    assert statuses(ledger, *LONG_AGO) == ["duplicate", "duplicate"]
    assert statuses(ledger, filled("P-1", "W-1", "2012-03-01")) == ["recorded"]


def test_they_may_stand_apart_and_in_any_order(ledger: Ledger) -> None:
    batch = [LONG_AGO[1], hired("W-2", "2013-01-01"), LONG_AGO[0], hired("W-3", "2013-01-01")]
    receipts = ledger.record_all(batch)
    assert [receipt.status for receipt in receipts] == ["recorded"] * 4
    assert [event.position for event in ledger.events()] == list(range(1, POLICIES + 7))


def test_an_atomic_batch_fails_for_one_that_fits_with_none(ledger: Ledger) -> None:
    with pytest.raises(RuleBroken):
        ledger.record_all([*LONG_AGO, left("W-1", "2012-03-01")])
    assert ledger.head == POLICIES + 2
    assert statuses(ledger, *LONG_AGO, left("W-1", "2012-03-01")) == ["recorded", "recorded", "contradicts"]


def test_a_closed_month_asks_for_reasons_of_both(ledger: Ledger) -> None:
    ledger.record(PeriodClosed(month="2012-01", approved_by="chief-1", occurred_on=date(2013, 2, 1)))
    ledger.record(PeriodClosed(month="2012-06", approved_by="chief-1", occurred_on=date(2013, 2, 1)))
    assert statuses(ledger, *LONG_AGO) == ["period-closed", "period-closed"]
    reasoned = [with_(each, reason="found in the archive") for each in LONG_AGO]
    assert statuses(ledger, *reasoned) == ["recorded", "recorded"]


def test_a_key_is_used_once_among_those_that_wait(ledger: Ledger) -> None:
    keyed = [with_(each, key="form-1") for each in LONG_AGO]
    assert "recorded" not in statuses(ledger, *keyed)
    assert ledger.head == POLICIES + 2
    found = statuses(ledger, keyed[0], with_(hired("W-2", "2013-01-01"), key="form-1"), LONG_AGO[1])
    assert found[1] == "recorded"
    assert "recorded" not in (found[0], found[2])


def test_an_entry_that_waits_twice_is_recorded_once(ledger: Ledger) -> None:
    found = statuses(ledger, LONG_AGO[0], LONG_AGO[0], LONG_AGO[1], LONG_AGO[1])
    assert sorted(status == "recorded" for status in found) == [False, False, True, True]
    assert ledger.head == POLICIES + 4


def test_judging_answers_for_pairs_as_recording_does(ledger: Ledger) -> None:
    judged = ledger.judge_all(LONG_AGO)
    assert ledger.head == POLICIES + 2
    assert ledger.record_all(LONG_AGO) == judged


def test_many_wrong_entries_do_not_keep_a_pair_from_its_place(ledger: Ledger) -> None:
    wrong = [left("W-1", f"2011-{month:02d}-{day:02d}") for month in range(1, 13) for day in range(1, 11)]
    found = statuses(ledger, *wrong, *LONG_AGO)
    assert found[-2:] == ["recorded", "recorded"]
    assert "recorded" not in found[:-2]
