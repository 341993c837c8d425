"""报销: receipts are claimed once, after a pass, decided by another person, and paid once."""

from __future__ import annotations

from typing import Any

from given import Given, given

from tests.payouts import adopted, approved, claimed, decided, instructed, opened, reimbursed, returned
from tests.test_exams import annulled, passed, registered, scored
from xiyuan_ledger.aggregates.claim import REIMBURSEMENT
from xiyuan_ledger.aggregates.worker import WorkerHired

HIRED = WorkerHired(worker="W-1", employer="S-1", employment="street", occurred_on="2012-01-01")
PASSED = (HIRED, registered(2013, on="2013-03-01"), passed(2013))
SAT_TWICE = (
    adopted("exam-rules"),
    HIRED,
    registered(2012, "intermediate"),
    scored(2012, "law", 65, "intermediate"),
    registered(2013, "intermediate", "2013-03-01"),
    scored(2013, "comprehensive", 60, "intermediate"),
    scored(2013, "practice", 61, "intermediate"),
    passed(2013, "intermediate"),
)
RUN = {"scheme": REIMBURSEMENT, "month": "2013-09"}


def office(*facts: Any) -> Given:
    """A worker who passed in 2013, at positions 1 to 3."""
    return given(*PASSED, *facts)


def receipt(number: str, fen: int = 5_700) -> dict[str, Any]:
    return {"kind": "registration_fee", "number": number, "amount_fen": fen}


def test_nothing_is_claimed_without_a_pass() -> None:
    given(HIRED).when(claimed()).refused("claim-without-pass")
    office().when(claimed(on="2013-08-19")).refused("claim-without-pass")
    office().when(claimed(level="intermediate")).refused("claim-without-pass")
    office().when(claimed(year=2012)).refused("claim-without-pass")
    given(*PASSED, annulled("2013-09-01", "from_start", 2013)).when(claimed()).refused("claim-without-pass")
    assert office().when(claimed()).recorded


def test_every_sitting_that_led_to_the_pass_may_be_claimed() -> None:
    sat = given(*SAT_TWICE)
    assert sat.when(claimed("B-1", level="intermediate", year=2012)).recorded
    assert sat.when(claimed("B-2", level="intermediate", year=2013)).recorded


def test_a_sitting_that_led_to_nothing_is_not_reimbursed() -> None:
    failed_law = [fact for fact in SAT_TWICE if getattr(fact, "subject", "") != "law"]
    facts = [*failed_law[:3], scored(2012, "law", 59, "intermediate"), *failed_law[3:5]]
    facts += [scored(2013, "law", 60, "intermediate"), *failed_law[5:]]
    given(*facts).when(claimed(level="intermediate", year=2012)).refused("claim-without-pass")
    given(*facts).when(claimed(level="intermediate", year=2011)).refused("claim-without-pass")


def test_a_receipt_is_claimed_once_in_the_whole_ledger() -> None:
    twice = [receipt("N-1"), receipt("N-1", 1)]
    office().when(claimed(receipts=twice)).refused("receipt-claimed-twice", naming=())
    other = given(*SAT_TWICE, claimed("B-1", level="intermediate", year=2012, receipts=[receipt("N-1")]))
    again = claimed("B-2", level="intermediate", year=2013, receipts=[receipt("N-2"), receipt("N-1")])
    other.when(again).refused("receipt-claimed-twice", naming=(9,))


def test_a_receipt_entered_by_mistake_may_be_claimed_once_it_is_corrected() -> None:
    sat = given(*SAT_TWICE, claimed("B-1", level="intermediate", year=2012, receipts=[receipt("N-1")]))
    right = claimed("B-1", level="intermediate", year=2012, receipts=[receipt("N-7")])
    assert sat.when(
        right.model_copy(update={"corrects": "00000009-0009-8000-8000-000000000000", "reason": "x"})
    ).recorded
    assert sat.when(claimed("B-2", level="intermediate", year=2013, receipts=[receipt("N-1")])).recorded


def test_a_sitting_is_claimed_once_unless_the_claim_was_declined() -> None:
    office(claimed()).when(claimed("B-2")).refused("sitting-claimed-already", naming=(4,))
    office(claimed()).when(claimed(on="2013-09-11")).refused("claim-made-twice", naming=(4,))
    declined = decided(approved=False, amount_fen=0)
    assert office(claimed(), declined).when(claimed("B-2")).recorded


def test_another_person_decides_a_claim_and_once() -> None:
    office().when(decided()).refused("claim-unknown")
    mine = claimed(actor="clerk-2")
    office(mine).when(decided(approved_by="clerk-2")).refused("claim-decided-by-claimant", naming=(4,))
    office(mine).when(decided(approved_by="W-1")).refused("claim-decided-by-claimant", naming=(4,))
    office(mine, decided()).when(decided(amount_fen=1)).refused("claim-decided-twice", naming=(5,))


def test_at_most_the_receipts_are_approved_and_nothing_where_it_is_declined() -> None:
    office(claimed()).when(decided(amount_fen=19_401)).refused("claim-decided-amount")
    office(claimed()).when(decided(amount_fen=0)).refused("claim-decided-amount")
    office(claimed()).when(decided(approved=False, amount_fen=1)).refused("claim-decided-amount")
    assert office(claimed()).when(decided(amount_fen=19_400)).recorded
    assert office(claimed()).when(decided(approved=False, amount_fen=0)).recorded


def test_a_pass_annulled_meanwhile_is_not_reimbursed() -> None:
    gone = annulled("2013-09-11", "from_start", 2013)
    office(claimed(), gone).when(decided()).refused("claim-without-pass")
    assert office(claimed(), gone).when(decided(approved=False, amount_fen=0)).recorded
    office(claimed(), decided(), annulled("2013-09-13", "from_start", 2013)).when(reimbursed()).refused(
        "claim-without-pass"
    )


def test_what_is_approved_is_paid_in_full_and_once_by_another_person() -> None:
    office(claimed()).when(reimbursed()).refused("claim-not-approved", naming=())
    declined = decided(approved=False, amount_fen=0)
    office(claimed(), declined).when(reimbursed()).refused("claim-not-approved", naming=(5,))
    ready = office(claimed(), decided())
    ready.when(reimbursed(amount_fen=19_399)).refused("claim-paid-amount", naming=(5,))
    ready.when(reimbursed(actor="chief-1")).refused("claim-paid-by-approver", naming=(5,))
    assert ready.when(reimbursed(amount_fen=19_400)).recorded
    ready.when(reimbursed(on="2013-10-01")).refused("claim-paid-twice", naming=(6,))


def test_a_claim_is_paid_by_a_run_of_reimbursements_of_which_the_bank_was_told() -> None:
    by_run = reimbursed(run="R-1", on="2013-09-28")
    steps = (
        opened(on="2013-09-25", lines=1, total_fen=19_400, **RUN),
        approved(on="2013-09-26", approved_by="chief-2"),
        instructed(on="2013-09-27", lines=1, total_fen=19_400),
    )
    ready = (claimed(), decided())
    office(*ready).when(by_run).refused("run-unknown")
    office(*ready, *steps[:2]).when(by_run).refused("run-not-instructed")
    office(*ready, *steps).when(reimbursed(run="R-1", on="2013-09-28", actor="chief-2")).refused("run-paid-by-approver")
    assert office(*ready, *steps).when(by_run).recorded
    subsidies = (opened(on="2013-09-25"), *steps[1:2], instructed(on="2013-09-27", lines=1, total_fen=19_400))
    office(*ready, *subsidies).when(by_run).refused("run-of-another")


def test_a_claim_whose_payment_came_back_is_paid_anew() -> None:
    steps = (
        opened(on="2013-09-25", lines=1, total_fen=19_400, **RUN),
        approved(on="2013-09-26", approved_by="chief-2"),
        instructed(on="2013-09-27", lines=1, total_fen=19_400),
    )
    back = returned(scheme=REIMBURSEMENT, month="2013-09", amount_fen=19_400, on="2013-09-30")
    sent = office(claimed(), decided(), *steps, reimbursed(run="R-1", on="2013-09-28"), back)
    assert sent.when(reimbursed(on="2013-10-20")).recorded
