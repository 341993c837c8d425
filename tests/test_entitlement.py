"""应得: a line is paid in full and once; what came back is dead; what was paid too much comes back once."""

from __future__ import annotations

from typing import Any

import pytest
from given import Given, given

from tests.payouts import (
    SCHEME,
    adopted,
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

RUN = (opened(), approved(), instructed())
NEXT = (
    opened("R-2", "2013-04-25", month="2013-04"),
    approved("R-2", "2013-04-26"),
    instructed("R-2", "2013-04-27", file_digest="f2" * 32),
)


def office(*facts: Any) -> Given:
    """A month's run of which the bank was told, at positions 1 to 3."""
    return given(*RUN, *facts)


def test_a_line_is_paid_once_by_its_run() -> None:
    assert office().when(paid()).recorded
    assert office(paid()).when(paid("W-2")).recorded
    office(paid()).when(paid(on="2013-03-29", bank_ref="B-9")).refused("line-paid-twice", naming=(4,))


def test_only_a_run_that_is_approved_and_instructed_pays() -> None:
    given().when(paid()).refused("run-unknown")
    given(opened()).when(paid()).refused("run-not-approved")
    given(opened(), rejected()).when(paid()).refused("run-rejected", naming=(2,))
    given(opened(), approved()).when(paid()).refused("run-not-instructed")
    given(*RUN).when(paid(on="2013-03-26")).refused("run-not-instructed")


def test_who_approved_does_not_pay() -> None:
    office().when(paid(actor="chief-1")).refused("run-paid-by-approver", naming=(2,))


def test_a_run_pays_its_own_scheme_up_to_its_month() -> None:
    office().when(paid(scheme="other")).refused("run-of-another", naming=(1,))
    office().when(paid(month="2013-04", kind="regular")).refused("run-of-another", naming=(1,))


def test_the_run_s_own_month_is_regular_and_an_earlier_one_is_arrears() -> None:
    assert office().when(paid(month="2013-02", kind="arrears")).recorded
    office().when(paid(month="2013-02")).refused("line-kind")
    office().when(paid(kind="arrears")).refused("line-kind")


def test_what_is_paid_by_hand_says_why() -> None:
    office().when(paid(kind="manual")).refused("line-manual-reason")
    assert office().when(paid(kind="manual", reason="no bank account yet")).recorded


def test_no_more_is_kept_back_than_is_paid() -> None:
    assert office().when(paid(offset_fen=10_000)).recorded
    office().when(paid(offset_fen=10_001)).refused("offset-above-amount")


def test_a_line_comes_back_whole_and_once() -> None:
    office(paid()).when(returned(amount_fen=9_999)).refused("line-returned-amount", naming=(4,))
    office(paid(offset_fen=4_000)).when(returned()).refused("line-returned-amount", naming=(4,))
    assert office(paid(offset_fen=4_000)).when(returned(amount_fen=6_000)).recorded
    office(paid(), returned()).when(returned(on="2013-03-31")).refused("line-returned-already", naming=(5,))


def test_a_line_that_never_arrived_is_returned_without_having_been_paid_and_is_dead() -> None:
    dead = office(returned())
    dead.when(paid(on="2013-03-31")).refused("line-returned-already", naming=(4,))


def test_the_next_run_pays_what_came_back_as_a_new_line() -> None:
    again = paid(run="R-2", kind="arrears", on="2013-04-28")
    assert office(paid(), returned(), *NEXT).when(again).recorded


def test_a_return_is_recorded_also_after_the_run_was_closed() -> None:
    assert office(paid(), closed()).when(returned(on="2013-04-20")).recorded


def test_what_is_determined_as_paid_too_much_was_paid() -> None:
    office().when(determined(1)).refused("overpayment-above-paid")
    office(paid(), returned()).when(determined(1)).refused("overpayment-above-paid")
    assert office(paid()).when(determined(10_000)).recorded
    office(paid(), determined(6_000)).when(determined(4_001)).refused("overpayment-above-paid")
    assert office(paid(), determined(6_000), recovered(6_000)).when(determined(4_000, on="2013-06-01")).recorded


def test_never_more_is_recovered_or_written_off_than_was_paid_too_much() -> None:
    office(paid()).when(recovered(1)).refused("recovered-too-much")
    owed = office(paid(), determined(5_000), recovered(2_000))
    owed.when(recovered(3_001, on="2013-06-20")).refused("recovered-too-much")
    owed.when(written_off(3_001)).refused("recovered-too-much")
    assert owed.when(written_off(3_000)).recorded
    owed.when(recovered(1, on="2014-01-01")).refused("recovered-too-much")


def test_what_the_bank_sends_back_is_recorded_though_it_was_recovered_and_is_the_workers_again() -> None:
    told = office(paid(), determined(10_000), recovered(6_000))
    assert told.when(returned(on="2013-06-01")).recorded
    back = office(paid(), determined(10_000), recovered(6_000), returned(on="2013-06-01"))
    assert back.world.entitlement("W-1/post-subsidy/2013-03").settled_fen == -6_000


def test_what_was_written_off_is_not_sent_back_as_well() -> None:
    waived = office(paid(), determined(4_000), written_off(4_000, on="2013-05-20"))
    waived.when(returned(on="2013-06-01")).refused("line-written-off")
    back = office(paid(), determined(4_000), returned(on="2013-05-19"))
    back.when(written_off(1, on="2013-05-20")).refused("recovered-too-much")
    assert office(paid(), determined(4_000), recovered(4_000, on="2013-05-19")).when(returned(on="2013-05-20")).recorded


def test_what_a_run_recovers_is_what_its_payments_kept_back() -> None:
    kept = paid(run="R-2", month="2013-04", offset_fen=4_000, on="2013-04-28")
    facts = (paid(), determined(10_000, on="2013-04-24"), *NEXT)
    by_run: dict[str, Any] = {"run": "R-2", "on": "2013-04-28"}
    office(*facts).when(recovered(1, **by_run)).refused("recovered-above-offset")
    office(*facts, kept).when(recovered(4_001, **by_run)).refused("recovered-above-offset")
    office(*facts, kept, recovered(3_000, **by_run)).when(recovered(1_001, **by_run)).refused("recovered-above-offset")
    assert office(*facts, kept).when(recovered(4_000, **by_run)).recorded


@pytest.mark.parametrize("approved_by", [None, "clerk-1"])
def test_writing_off_needs_the_approval_of_somebody_else_where_the_policy_says_so(approved_by: str | None) -> None:
    rule = adopted("recovery")
    owed = given(rule, *RUN, paid(), determined(5_000))
    owed.when(written_off(1, approved_by=approved_by)).refused("write-off-approval")
    rule = adopted("recovery", writeoff_needs_approval=False)
    assert given(rule, *RUN, paid(), determined(5_000)).when(written_off(1, approved_by=approved_by)).recorded


def test_entitlements_of_different_months_and_schemes_are_different_streams() -> None:
    assert paid().stream() == f"entitlement/W-1/{SCHEME}/2013-03"
    assert paid(month="2013-02", kind="arrears").stream() == f"entitlement/W-1/{SCHEME}/2013-02"
