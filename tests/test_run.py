"""发放批次: one person opens it, another approves it, a third may pay; one is open at a time for a month."""

from __future__ import annotations

import pytest
from given import given

from tests.payouts import approved, closed, instructed, opened, rejected


def test_a_run_is_opened_once() -> None:
    given(opened()).when(opened(lines=1, total_fen=1)).refused("run-opened-twice", naming=(1,))


def test_one_run_of_a_scheme_is_open_for_a_month() -> None:
    office = given(opened())
    office.when(opened("R-2")).refused("run-open-already", naming=(1,))
    assert office.when(opened("R-2", month="2013-04")).recorded
    assert office.when(opened("R-3", scheme="exam-reimbursement")).recorded


def test_a_month_is_open_for_another_run_once_the_first_is_rejected_or_closed() -> None:
    assert given(opened(), rejected()).when(opened("R-2")).recorded
    assert given(opened(), approved(), instructed(), closed()).when(opened("R-2", "2013-04-02")).recorded


def test_a_run_opened_for_another_month_by_mistake_does_not_block_it() -> None:
    office = given(opened())
    wrong = opened(month="2013-04", corrects="00000001-0001-8000-8000-000000000000", reason="the month")
    assert office.when(wrong).recorded
    assert office.when(opened("R-2")).recorded


def test_a_run_without_lines_has_no_total() -> None:
    given().when(opened(lines=0, total_fen=1)).refused("run-total-without-lines")
    assert given().when(opened(lines=0, total_fen=0)).recorded


@pytest.mark.parametrize("step", [approved(), rejected(), instructed(), closed()])
def test_nothing_is_done_with_a_run_that_was_not_opened(step: object) -> None:
    given().when(step).refused("run-unknown")  # type: ignore[arg-type]


def test_who_opened_a_run_does_not_approve_it() -> None:
    given(opened()).when(approved(approved_by="clerk-1")).refused("run-approved-by-opener", naming=(1,))


def test_the_lines_that_are_approved_are_those_that_were_opened() -> None:
    office = given(opened())
    office.when(approved(lines_digest="0b" * 32)).refused("run-digest-other", naming=(1,))
    office.when(rejected(lines_digest="0b" * 32)).refused("run-digest-other", naming=(1,))


def test_a_run_is_decided_once_but_may_be_rejected_until_the_bank_is_told() -> None:
    given(opened(), approved()).when(approved(approved_by="chief-2")).refused("run-decided-already", naming=(2,))
    given(opened(), rejected()).when(approved()).refused("run-decided-already", naming=(2,))
    given(opened(), rejected()).when(rejected(on="2013-03-27")).refused("run-decided-already", naming=(2,))
    assert given(opened(), approved()).when(rejected()).recorded
    told = given(opened(), approved(), instructed())
    told.when(rejected(on="2013-03-28")).refused("run-instructed-already", naming=(3,))


def test_the_bank_is_told_only_what_is_approved_and_by_another_person() -> None:
    given(opened()).when(instructed()).refused("run-not-approved")
    given(opened(), approved(), rejected()).when(instructed()).refused("run-rejected", naming=(3,))
    given(opened(), approved()).when(instructed(actor="chief-1")).refused("run-paid-by-approver", naming=(2,))
    assert given(opened(), approved()).when(instructed(actor="clerk-1")).recorded


def test_files_of_a_run_never_sum_to_more_than_the_run() -> None:
    half = instructed(lines=1, total_fen=10_000)
    office = given(opened(), approved(), half)
    office.when(instructed(lines=1, total_fen=10_000, on="2013-03-28")).refused("run-file-twice", naming=(3,))
    other = {"file_digest": "f2" * 32}
    office.when(instructed(lines=2, total_fen=20_000, **other)).refused("run-instructed-too-much", naming=(3,))
    office.when(instructed(lines=1, total_fen=20_001, **other)).refused("run-instructed-too-much", naming=(3,))
    assert office.when(instructed(lines=1, total_fen=20_000, **other)).recorded


def test_a_run_is_closed_once_and_then_sends_nothing_more() -> None:
    office = given(opened(), approved(), instructed(lines=1, total_fen=10_000), closed())
    office.when(closed(on="2013-04-01")).refused("run-closed-already", naming=(4,))
    late = instructed(file_digest="f2" * 32, lines=1, total_fen=1, on="2013-04-01")
    office.when(late).refused("run-closed-already", naming=(4,))
    given(opened()).when(closed()).refused("run-not-approved")


def test_what_the_bank_was_told_is_not_taken_out() -> None:
    office = given(opened(), approved(), instructed())
    office.when_voided(3).refused("run-file-gone", naming=(3,))
    other = instructed(file_digest="f2" * 32, corrects="00000003-0003-8000-8000-000000000000", reason="digest")
    office.when(other).refused("run-file-gone", naming=(3,))
