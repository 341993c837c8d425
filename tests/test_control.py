"""账本控制: months that are closed and opened again."""

from __future__ import annotations

from given import given

from xiyuan_ledger.aggregates.control import PeriodClosed, PeriodReopened, RecordAccessed, RecordVoided


def closed(on: str, month: str = "2013-03") -> PeriodClosed:
    return PeriodClosed(month=month, approved_by="director", occurred_on=on)


def reopened(on: str, month: str = "2013-03") -> PeriodReopened:
    return PeriodReopened(month=month, approved_by="director", occurred_on=on)


def test_a_month_is_closed_until_it_is_reopened() -> None:
    ledger = given()
    ledger.when(reopened("2013-04-05")).refused("period-not-closed", naming=())
    assert ledger.when(closed("2013-04-05")).recorded
    assert ledger.world.control().closed("2013-03")
    assert not ledger.world.control().closed("2013-04")
    ledger.when(closed("2013-04-06")).refused("period-closed-already", naming=(1,))
    assert ledger.when(reopened("2013-04-06")).recorded
    assert not ledger.world.control().closed("2013-03")
    assert ledger.when(closed("2013-04-06")).recorded


def test_a_late_closing_does_not_overtake_what_followed() -> None:
    ledger = given(closed("2013-04-05"), reopened("2013-04-10"))
    ledger.when(closed("2013-04-09")).refused("period-closed-already", naming=(2,))
    assert ledger.when(closed("2013-04-04", month="2013-02")).recorded


def test_a_reopening_cannot_stand_without_its_closing() -> None:
    given(closed("2013-04-05"), reopened("2013-04-10")).when_voided(1).refused("period-not-closed", naming=(2,))


def test_looking_at_a_record_is_always_recorded() -> None:
    ledger = given(closed("2013-04-05"))
    assert ledger.when(
        RecordAccessed(view="journal", purpose="sample", subject="C-1", occurred_on="2013-03-01")
    ).recorded


def test_a_voiding_names_a_fact_an_approver_and_a_reason() -> None:
    fields = {"event": "00000001-0001-8000-8000-000000000000", "approved_by": "director", "reason": "entered twice"}
    assert RecordVoided(**fields, occurred_on="2013-03-01").entry() == fields | {
        "occurred_on": RecordVoided(**fields, occurred_on="2013-03-01").occurred_on
    }
