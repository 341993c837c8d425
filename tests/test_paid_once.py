"""只付一次: what clerks, calendars and corrections may do between a run's steps, and nothing is paid twice by it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.paying_office import CASHIER, CHIEF, CLERK, SUBSIDY, Office, at
from tests.payouts import claimed, determined, recovered, written_off
from tests.test_payout_other_schemes import FEES, INSTALMENTS
from tests.test_payout_other_schemes import street as street  # a fixture
from tests.views.harness import day
from tests.views.staff import established, filled, vacated
from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.aggregates.run import PayoutRunOpened
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts import opening
from xiyuan_ledger.payouts.claims import decide_claim
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve, open_run, reject
from xiyuan_ledger.payouts.run import lines_at_pin, lines_of, runs
from xiyuan_ledger.projections.pin import Pin


@pytest.fixture
def office() -> Office:
    """One title holder on a post since September 2013."""
    found = Office()
    found.holder("W-1")
    return found


@pytest.fixture
def keeping(office: Office) -> Office:
    """October was paid too much: she was away from her post all of it, and is back in November."""
    for month in ("2013-09", "2013-10"):
        office.paid(month, f"{month}-25")
    office.enter(
        "2013-11-02",
        vacated("P-W-1", "W-1", "2013-10-01"),
        established("P-2", "2013-11-01"),
        filled("P-2", "W-1", "2013-11-01"),
    )
    return office


def void(office: Office, event: Event, on: str) -> None:
    office.enter(on, RecordVoided(event=event.event_id, approved_by=CHIEF, reason="entered by mistake", occurred_on=on))


def refusal(office: Office, event: Event, on: str) -> str:
    """What the voiding of a fact is refused for, in words."""
    with pytest.raises(RuleBroken) as refused:
        void(office, event, on)
    assert refused.value.code == "contradicts"
    return str(refused.value.values["cause"])


def told(code: str, run: str, *events: str) -> str:
    """The words of a refusal that a voiding gives as its cause."""
    return RuleBroken(code, run=run, events=events).message("en")


# Two runs of a scheme


def pin_now(office: Office, on: str) -> Pin:
    return Pin(known_at=office.ledger.head, valid_on=day(on))


def opened_late(office: Office, pin: Pin) -> str:
    """November's run over what was due at a pin, opened only now; it may be."""
    lines = lines_at_pin(office.ledger, SUBSIDY, "2013-11", pin)
    fact = opening._opened("post-subsidy-2013-11-1", SUBSIDY, "2013-11", pin, lines, Hand(CLERK, at("2013-11-25")))
    assert office.ledger.record(fact).status == "recorded"
    return fact.run


def not_approved(office: Office, run: str) -> str:
    with pytest.raises(RuleBroken) as refused:
        approve(office.ledger, run, Hand(CHIEF, at("2013-11-25")))
    return refused.value.code


def test_a_run_that_knows_nothing_of_another_run_of_the_scheme_is_not_approved(office: Office) -> None:
    pin = pin_now(office, "2013-11-25")
    october = office.opened("2013-10", "2013-11-25")
    assert not_approved(office, opened_late(office, pin)) == "run-overtaken"
    assert approve(office.ledger, october.run, Hand(CHIEF, at("2013-11-25"))).status == "approved"


def test_what_a_run_paid_and_closed_since_is_not_paid_by_a_run_computed_before(office: Office) -> None:
    pin = pin_now(office, "2013-11-25")
    office.paid("2013-10", "2013-11-25")
    assert not_approved(office, opened_late(office, pin)) == "run-overtaken"


def test_a_rejected_run_is_in_nobodys_way(office: Office) -> None:
    pin = pin_now(office, "2013-11-25")
    reject(office.ledger, office.opened("2013-10", "2013-11-25").run, "too early", Hand(CHIEF, at("2013-11-25")))
    run = opened_late(office, pin)
    assert approve(office.ledger, run, Hand(CHIEF, at("2013-11-25"))).status == "approved"


def test_two_months_opened_at_the_same_moment_share_no_line_that_is_paid(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have computed their lines before either is recorded. The one opened later is rejected, and opened anew."""
    both, computed = Barrier(2), opening.lines_at_pin

    def at_once(ledger: Ledger, scheme: str, month: str, pin: Pin) -> object:
        found = computed(ledger, scheme, month, pin)
        if pin.known_at == head:
            both.wait(timeout=30)
        return found

    head = office.ledger.head
    hand, chief = Hand(CLERK, at("2013-11-25")), Hand(CHIEF, at("2013-11-25"))
    with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
        patched.setattr(opening, "lines_at_pin", at_once)
        list(pool.map(lambda month: open_run(office.ledger, SUBSIDY, month, hand), ("2013-10", "2013-11")))
    first, second = [
        event.fact for event in office.events("PayoutRunOpened") if isinstance(event.fact, PayoutRunOpened)
    ]
    assert not_approved(office, second.run) == "run-overtaken"
    approve(office.ledger, first.run, chief)
    reject(office.ledger, second.run, "computed before the other", chief)
    again = [run.run for month in ("2013-10", "2013-11") for run in [open_run(office.ledger, SUBSIDY, month, hand)]]
    lines = [(line.worker, line.month) for run in {first.run, *again} for line in lines_of(office.ledger, run)]
    assert sorted(lines) == sorted(set(lines))
    assert ("W-1", "2013-09") in lines


# What stands in a closed run


def test_a_payment_of_a_closed_run_is_not_taken_out(office: Office) -> None:
    office.paid("2013-09", "2013-09-25")
    (payment,), (closing,) = office.events("SubsidyPaid"), office.events("PayoutRunClosed")
    because = told("line-of-closed-run", "post-subsidy-2013-09-1", payment.event_id, closing.event_id)
    assert refusal(office, payment, "2013-09-26") == because
    assert office.amounts(office.sent("2013-10", "2013-10-25")) == {("W-1", "2013-10"): ("regular", 10_000, 0)}


def test_a_payment_is_taken_out_once_the_closing_is_and_stays_under_way(office: Office) -> None:
    run = office.paid("2013-09", "2013-09-25")
    (payment,), (closing,) = office.events("SubsidyPaid"), office.events("PayoutRunClosed")
    void(office, closing, "2013-09-26")
    void(office, payment, "2013-09-26")
    assert [line.status for line in office.lines(run)] == ["instructed"]
    assert office.amounts(office.opened("2013-10", "2013-10-25")) == {("W-1", "2013-10"): ("regular", 10_000, 0)}


def test_a_payment_taken_out_by_mistake_is_recorded_anew_by_the_same_answer_on_the_same_day(office: Office) -> None:
    run = office.sent("2013-09", "2013-09-25")
    office.answered(run, "2013-09-25")
    (payment,) = office.events("SubsidyPaid")
    void(office, payment, "2013-09-25")
    assert office.answered(run, "2013-09-25").paid == 1
    assert office.answered(run, "2013-09-25").again == 1
    assert [line.status for line in office.lines(run)] == ["paid"]


def test_a_return_of_a_closed_run_is_not_taken_out(office: Office) -> None:
    run = office.sent("2013-09", "2013-09-25")
    office.answered(run, "2013-09-26", state="rejected")
    office.closed(run, "2013-09-26")
    (back,) = office.events("PaymentReturned")
    assert "post-subsidy-2013-09-1 is closed" in refusal(office, back, "2013-09-27")


def test_a_reimbursement_that_a_closed_run_paid_is_not_taken_out(office: Office) -> None:
    office.enter("2013-09-11", claimed(on="2013-09-11"))
    decide_claim(office.ledger, "B-1", hand=Hand(CHIEF, at("2013-09-12")))
    office.paid("2013-09", "2013-09-25", FEES)
    (payment,) = office.events("ReimbursementPaid")
    assert "exam-reimbursement-2013-09-1 is closed" in refusal(office, payment, "2013-09-26")


def test_an_instalment_that_a_closed_run_paid_is_not_taken_out(street: Office) -> None:
    street.paid("2013-01", "2013-01-25", INSTALMENTS)
    (transfer,) = street.events("FundsTransferred")
    assert "project-instalment-2013-01-1 is closed" in refusal(street, transfer, "2013-01-26")


# What a run keeps back


def test_what_an_approved_run_keeps_back_is_not_handed_back_as_well(keeping: Office) -> None:
    run = keeping.sent("2013-11", "2013-11-25")
    by_hand = recovered(5_001, month="2013-10", on="2013-11-26")
    with pytest.raises(RuleBroken) as refused:
        keeping.enter("2013-11-26", by_hand)
    assert (refused.value.code, refused.value.values["left"]) == ("recovery-under-way", "50.00")
    keeping.enter("2013-11-26", by_hand.model_copy(update={"amount_fen": 5_000}))
    assert keeping.answered(run, "2013-11-27").paid == 1
    assert keeping.register("2013-11-28") == {"2013-10": (10_000, 10_000, 0, 0)}


def test_what_an_approved_run_keeps_back_is_not_written_off(keeping: Office) -> None:
    run = keeping.sent("2013-11", "2013-11-25")
    with pytest.raises(RuleBroken) as refused:
        keeping.enter("2013-11-26", written_off(6_000, month="2013-10", on="2013-11-26"))
    assert refused.value.code == "recovery-under-way"
    assert keeping.answered(run, "2013-11-27").paid == 1


def test_what_an_approved_run_keeps_back_stays_determined(keeping: Office) -> None:
    run = keeping.sent("2013-11", "2013-11-25")
    (determination,) = keeping.events("OverpaymentDetermined")
    assert "keeps back 50.00" in refusal(keeping, determination, "2013-11-26")
    assert keeping.answered(run, "2013-11-27").paid == 1


def test_what_was_handed_back_since_a_run_was_opened_is_not_kept_back_by_it(keeping: Office) -> None:
    keeping.enter("2013-11-03", determined(10_000, month="2013-10", on="2013-11-03"))
    run = keeping.opened("2013-11", "2013-11-25")
    assert keeping.amounts(run) == {("W-1", "2013-11"): ("regular", 10_000, 5_000)}
    keeping.enter("2013-11-26", recovered(10_000, month="2013-10", on="2013-11-26"))
    with pytest.raises(RuleBroken) as refused:
        approve(keeping.ledger, run.run, Hand(CHIEF, at("2013-11-26")))
    assert refused.value.code == "run-recovered-meanwhile"
    reject(keeping.ledger, run.run, "handed back", Hand(CHIEF, at("2013-11-26")))
    again = keeping.paid("2013-11", "2013-11-26")
    assert keeping.amounts(again) == {("W-1", "2013-11"): ("regular", 10_000, 0)}


@pytest.fixture
def kept(keeping: Office) -> Office:
    """The run of November kept half of it back; the bank paid, and it is not closed yet."""
    keeping.answered(keeping.sent("2013-11", "2013-11-25"), "2013-11-25")
    return keeping


def test_a_deduction_is_not_taken_apart(kept: Office) -> None:
    (recovery,) = kept.events("ClawbackRecovered")
    payment = next(event for event in kept.events("SubsidyPaid") if getattr(event.fact, "offset_fen", 0))
    because = told("offset-taken-apart", "post-subsidy-2013-11-1")
    assert refusal(kept, recovery, "2013-11-26") == because
    assert refusal(kept, payment, "2013-11-26") == because
    assert kept.register("2013-11-26") == {"2013-10": (10_000, 5_000, 0, 5_000)}


def test_a_deduction_stays_recovered_where_the_rest_came_back(kept: Office) -> None:
    (run,) = (run for run in runs(kept.ledger, SUBSIDY) if run.status == "instructed")
    kept.answered(run, "2013-11-27", state="returned")
    kept.closed(run, "2013-11-27")
    assert kept.register("2013-11-28") == {"2013-10": (10_000, 5_000, 0, 5_000)}
    again = kept.paid("2013-11", "2013-11-28")
    assert kept.amounts(again) == {("W-1", "2013-11"): ("regular", 5_000, 2_500)}
    assert [event.actor for event in kept.events("PayoutRunClosed")][-1] == CASHIER
