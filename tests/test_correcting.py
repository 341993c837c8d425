"""Correcting and voiding: chains of facts that take each other's place, late facts, and what protects other facts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.ledgers import recorded_after_policies, refusal_of, with_
from tests.views.staff import certified, established, filled, hired, left, passed, registered, vacated
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.account import ExpenseRecorded, FundsReceived
from xiyuan_ledger.aggregates.control import PeriodClosed, RecordVoided
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.errors import Refused, RuleBroken
from xiyuan_ledger.ledger import Ledger

NOBODY = "00000000-0fff-8000-8000-000000000000"


def id_of(ledger: Ledger, fact: Fact) -> str:
    """The id of the event as which a fact is recorded now."""
    found = ledger.record(fact).event_id
    assert found is not None
    return found


def instead_of(target: str, fact: Fact, reason: str | None = "typing error") -> Fact:
    return with_(fact, corrects=target, reason=reason)


def voiding(target: str, on: str = "2014-01-05", reason: str = "entered twice", **entry: Any) -> RecordVoided:
    return RecordVoided(event=target, approved_by="chief-1", reason=reason, occurred_on=date.fromisoformat(on), **entry)


def employed(ledger: Ledger, worker: str, on: str) -> bool:
    """What the rules say: a post is open to those who are employed on the day."""
    ledger.record(established(f"P-{worker}-{on}"))
    (receipt,) = ledger.judge_all([filled(f"P-{worker}-{on}", worker, on)])
    return receipt.status == "recorded"


def test_a_correction_takes_the_place_of_its_target(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    ledger.record(instead_of(first, hired("W-1", "2013-03-01")))
    assert not employed(ledger, "W-1", "2013-02-01")
    assert employed(ledger, "W-1", "2013-03-01")
    events = recorded_after_policies(ledger)
    assert [event.version for event in events if event.stream == "worker/W-1"] == [1, 2]


def test_a_correction_may_move_the_date_back(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-03-01"))
    ledger.record(instead_of(first, hired("W-1", "2013-01-01")))
    assert employed(ledger, "W-1", "2013-01-01")


def test_a_correction_gives_its_reason(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    refusal = refusal_of(ledger, instead_of(first, hired("W-1", "2013-03-01"), reason=None))
    assert (refusal.code, refusal.field) == ("correction-reason", "reason")


def test_a_correction_can_be_corrected_and_the_chain_is_linear(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    second = id_of(ledger, instead_of(first, hired("W-1", "2013-02-01")))
    refusal = refusal_of(ledger, instead_of(first, hired("W-1", "2013-03-01")))
    assert (refusal.code, refusal.events) == ("target-superseded", (second,))
    ledger.record(instead_of(second, hired("W-1", "2013-03-01")))
    assert not employed(ledger, "W-1", "2013-02-28")
    assert employed(ledger, "W-1", "2013-03-01")


def test_a_correction_of_a_correction_in_one_batch(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    (second,) = ledger.judge_all([instead_of(first, hired("W-1", "2013-02-01"))])
    assert second.event_id is not None
    batch = [instead_of(first, hired("W-1", "2013-02-01")), instead_of(second.event_id, hired("W-1", "2013-03-01"))]
    assert [receipt.status for receipt in ledger.record_all(batch)] == ["recorded", "recorded"]
    assert employed(ledger, "W-1", "2013-03-01")


def test_the_same_correction_again_is_a_duplicate(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    correction = instead_of(first, hired("W-1", "2013-02-01"))
    assert ledger.record(correction).status == "recorded"
    assert ledger.record(correction).status == "duplicate"


def test_a_correction_is_of_the_same_type_and_stream(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    ledger.record(hired("W-2", "2013-01-01"))
    for other in (hired("W-2", "2013-02-01"), left("W-1", "2013-02-01")):
        refusal = refusal_of(ledger, instead_of(first, other))
        assert (refusal.code, refusal.field) == ("target-other", "corrects")


@pytest.mark.parametrize(
    "target", [NOBODY, "ffffffff-ffff-8000-8000-000000000000", "00000000-0001-8000-8000-000000000000"]
)
def test_what_was_never_recorded_is_neither_corrected_nor_voided(ledger: Ledger, target: str) -> None:
    assert refusal_of(ledger, instead_of(target, hired("W-1", "2013-01-01"))).code == "target-unknown"
    assert refusal_of(ledger, voiding(target)).code == "target-unknown"


def test_a_correction_that_contradicts_a_later_fact_names_it(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    later = id_of(ledger, left("W-1", "2013-06-01"))
    refusal = refusal_of(ledger, instead_of(first, hired("W-1", "2013-07-01")))
    assert (refusal.code, refusal.events) == ("contradicts", (later,))
    assert "2013-07-01" in refusal.message("en")
    assert ledger.record(left("W-1", "2013-06-01")).status == "duplicate"


def test_a_correction_that_is_wrong_itself_is_refused_for_that(ledger: Ledger) -> None:
    ledger.record(hired("W-1", "2013-01-01"))
    second = id_of(ledger, hired("W-1", "2013-01-01", at="XY-COLLEGE"))
    refusal = refusal_of(ledger, instead_of(second, hired("W-1", "2013-02-01")))
    assert refusal.code == "worker-employed-already"


def test_a_voided_fact_is_as_if_never_entered(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    void = ledger.record(voiding(first))
    assert not employed(ledger, "W-1", "2013-02-01")
    event = next(event for event in ledger.events() if event.event_id == void.event_id)
    assert (event.type, event.stream, event.version) == ("RecordVoided", "worker/W-1", 2)
    assert ledger.record(with_(hired("W-1", "2013-01-01"), key="again")).status == "recorded"
    assert employed(ledger, "W-1", "2013-02-01")


def test_the_same_content_after_a_voiding_is_still_a_duplicate(ledger: Ledger) -> None:
    """Nothing is entered twice in silence; a new key or a reason makes it another entry."""
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    ledger.record(voiding(first))
    assert ledger.record(hired("W-1", "2013-01-01")).status == "duplicate"
    assert ledger.record(with_(hired("W-1", "2013-01-01"), reason="voided by mistake")).status == "recorded"


def test_a_fact_is_voided_once(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    void = id_of(ledger, voiding(first))
    assert ledger.record(voiding(first)).status == "duplicate"
    refusal = refusal_of(ledger, voiding(first, reason="wrong worker"))
    assert (refusal.code, refusal.events) == ("target-superseded", (void,))
    refusal = refusal_of(ledger, instead_of(first, hired("W-1", "2013-02-01")))
    assert (refusal.code, refusal.events) == ("target-superseded", (void,))


def test_a_voiding_is_neither_voided_nor_corrected(ledger: Ledger) -> None:
    void = id_of(ledger, voiding(id_of(ledger, hired("W-1", "2013-01-01"))))
    assert refusal_of(ledger, voiding(void)).code == "target-other"
    assert refusal_of(ledger, voiding(NOBODY, corrects=void)).code in ("target-unknown", "target-other")


def test_voiding_a_correction_takes_its_target_out_as_well(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    second = id_of(ledger, instead_of(first, hired("W-1", "2013-02-01")))
    refusal = refusal_of(ledger, voiding(first))
    assert (refusal.code, refusal.events) == ("target-superseded", (second,))
    ledger.record(voiding(second))
    assert not employed(ledger, "W-1", "2013-03-01")


def test_what_another_fact_of_the_stream_rests_on_is_not_voided(ledger: Ledger) -> None:
    ledger.record(hired("W-1", "2012-01-01"))
    entry = id_of(ledger, registered("W-1", 2013))
    result = id_of(ledger, passed("W-1", "2013-08-20"))
    refusal = refusal_of(ledger, voiding(entry))
    assert (refusal.code, refusal.events) == ("contradicts", (result,))
    ledger.record(voiding(result))
    assert ledger.record(voiding(entry)).status == "recorded"


def test_what_other_streams_rest_on_is_not_voided(ledger: Ledger) -> None:
    hiring = id_of(ledger, hired("W-1", "2013-01-01"))
    ledger.record(established("P-1"))
    filling = id_of(ledger, filled("P-1", "W-1", "2013-02-01"))
    for refusal in (
        refusal_of(ledger, voiding(hiring)),
        refusal_of(ledger, instead_of(hiring, hired("W-1", "2013-03-01"))),
    ):
        assert (refusal.code, refusal.events) == ("contradicts", (filling,))
    assert ledger.record(instead_of(hiring, hired("W-1", "2013-02-01"))).status == "recorded"


def test_a_refused_voiding_changes_nothing_in_memory(ledger: Ledger) -> None:
    hiring = id_of(ledger, hired("W-1", "2013-01-01"))
    ledger.record(established("P-1"))
    ledger.record(filled("P-1", "W-1", "2013-02-01"))
    refusal_of(ledger, voiding(hiring))
    assert ledger.record(vacated("P-1", "W-1", "2013-03-01")).status == "recorded"
    assert ledger.record(filled("P-1", "W-1", "2013-04-01")).status == "recorded"


def test_a_late_fact_is_judged_on_its_own_date(ledger: Ledger) -> None:
    """She left in June; that she sat a post in March is entered in July, and is in order."""
    ledger.record_all([hired("W-1", "2013-01-01"), left("W-1", "2013-06-01"), established("P-1")])
    assert ledger.record(filled("P-1", "W-1", "2013-03-01")).status == "recorded"
    assert refusal_of(ledger, filled("P-1", "W-1", "2013-06-01")).code == "post-worker-not-employed"


def test_a_late_fact_that_contradicts_names_the_fact(ledger: Ledger) -> None:
    ledger.record(hired("W-1", "2013-01-01"))
    leaving = id_of(ledger, left("W-1", "2013-06-01"))
    refusal = refusal_of(ledger, left("W-1", "2013-03-01"))
    assert (refusal.code, refusal.events) == ("contradicts", (leaving,))
    later = id_of(ledger, hired("W-1", "2013-09-01"))
    refusal = refusal_of(ledger, hired("W-1", "2013-08-01"))
    assert (refusal.code, refusal.events) == ("contradicts", (later,))
    assert ledger.record(hired("W-2", "2013-09-01")).status == "recorded"


def test_a_late_hire_may_come_before_everything_else(ledger: Ledger) -> None:
    ledger.record_all([hired("W-1", "2013-06-01"), left("W-1", "2013-07-01")])
    batch = [
        hired("W-1", "2013-01-01"),
        left("W-1", "2013-02-01"),
        registered("W-1", 2013),
        passed("W-1", "2013-08-20"),
    ]
    receipts = ledger.record_all(batch, atomic=False)
    assert [receipt.status for receipt in receipts] == ["recorded", "recorded", "recorded", "recorded"]
    earlier = [hired("W-1", "2013-01-01", at="XY-COLLEGE"), left("W-1", "2013-02-01", at="XY-COLLEGE")]
    assert [receipt.status for receipt in ledger.record_all(earlier)] == ["recorded", "recorded"]
    assert employed(ledger, "W-1", "2013-01-15")
    assert not employed(ledger, "W-1", "2013-03-01")


def test_a_late_leaving_does_not_pull_a_post_from_under_its_holder(ledger: Ledger) -> None:
    ledger.record_all([hired("W-1", "2013-01-01"), established("P-1")])
    ledger.record(filled("P-1", "W-1", "2013-05-01"))
    vacating = id_of(ledger, vacated("P-1", "W-1", "2013-08-01"))
    refusal = refusal_of(ledger, left("W-1", "2013-06-01"))
    assert vacating in refusal.events
    assert ledger.record(left("W-1", "2013-08-01")).status == "recorded"


def test_a_batch_is_judged_by_what_it_entered_itself_in_other_streams(ledger: Ledger) -> None:
    """Nobody has asked yet which posts she fills, and the filling is not in the store when her leaving is judged."""
    ledger.record_all([hired("W-1", "2013-01-01"), established("P-1")])
    batch = [filled("P-1", "W-1", "2013-07-01"), left("W-1", "2013-05-01")]
    for receipts in (ledger.judge_all(batch), ledger.record_all(batch, atomic=False)):
        assert [receipt.status for receipt in receipts] == ["recorded", "refused"]
        assert receipts[1].error is not None
        assert receipts[1].error.events == (receipts[0].event_id,)
    assert refusal_of(ledger, left("W-1", "2013-06-01")).code == "post-filled-unemployed"
    with pytest.raises(RuleBroken):
        ledger.record_all([hired("W-2", "2013-01-01"), filled("P-1", "W-2", "2013-07-01"), left("W-2", "2013-05-01")])


def test_a_rule_adopted_later_is_not_held_against_what_stood_before(ledger: Ledger) -> None:
    """Accounts could be overdrawn while the policy warned; once it blocks, other facts of the account still go in."""
    account = {"org": "CSO", "channel": "member"}
    ledger.record(_mode("warn", 2, "2012-06-01"))
    spent = ExpenseRecorded(
        **account, amount_fen=500, voucher="V-1", category="activity", payee="shop", occurred_on=date(2013, 3, 1)
    )
    ledger.record(spent)
    ledger.record(_mode("block", 3, "2012-06-01"))
    late = FundsReceived(**account, amount_fen=100, voucher="V-2", payer="member", occurred_on=date(2013, 2, 1))
    assert ledger.record(late).status == "recorded"
    again = with_(spent, voucher="V-3", amount_fen=700, occurred_on=date(2013, 2, 15))
    assert refusal_of(ledger, again).code == "account-below-zero"


def _mode(mode: str, version: int, effective_from: str) -> PolicyAdopted:
    return PolicyAdopted(
        policy="fund-channels",
        version=version,
        effective_from=date.fromisoformat(effective_from),
        authority="finance rules",
        parameters={"mode": mode},
        occurred_on=date(2013, 2, 1),
        reason="reaches back",
    )


def test_voiding_a_closing_opens_the_month(ledger: Ledger) -> None:
    closing = id_of(ledger, PeriodClosed(month="2013-06", approved_by="chief-1", occurred_on=date(2013, 7, 5)))
    assert refusal_of(ledger, hired("W-1", "2013-06-30")).code == "period-closed"
    ledger.record(voiding(closing))
    assert ledger.record(hired("W-1", "2013-06-30")).status == "recorded"


def test_an_atomic_batch_with_one_bad_correction_leaves_the_state_as_it_was(ledger: Ledger) -> None:
    first = id_of(ledger, hired("W-1", "2013-01-01"))
    batch = [instead_of(first, hired("W-1", "2013-02-01")), instead_of(first, hired("W-1", "2013-03-01"))]
    with pytest.raises(RuleBroken):
        ledger.record_all(batch)
    assert employed(ledger, "W-1", "2013-01-01")


def test_a_certificate_holds_its_pass(ledger: Ledger) -> None:
    ledger.record_all([hired("W-1", "2012-01-01"), registered("W-1", 2013)])
    result = id_of(ledger, passed("W-1", "2013-08-20"))
    paper = id_of(ledger, certified("W-1", "2013-09-10", to="2016-09-09"))
    refusal = refusal_of(ledger, voiding(result))
    assert (refusal.code, refusal.events) == ("contradicts", (paper,))
    corrected = instead_of(result, passed("W-1", "2013-09-11"))
    refusal = refusal_of(ledger, corrected)
    assert (refusal.code, refusal.events) == ("contradicts", (paper,))
    assert isinstance(refusal, Refused)
    assert ledger.record(instead_of(result, passed("W-1", "2013-09-10"))).status == "recorded"


def test_an_interval_long_past_is_entered_whole_beside_a_later_one(ledger: Ledger) -> None:
    ledger.record(hired("W-1", "2013-06-01"))
    past = [hired("W-1", "2012-06-01"), left("W-1", "2012-09-01")]
    assert [refusal_of(ledger, alone).code for alone in past] == ["contradicts", "worker-not-hired"]
    for batch in (past, list(reversed(past))):
        with Ledger.open("memory:", actor="clerk-7") as other:
            other.record(hired("W-1", "2013-06-01"))
            assert [receipt.status for receipt in other.record_all(batch)] == ["recorded", "recorded"]
    assert [receipt.status for receipt in ledger.record_all(past, atomic=False)] == ["recorded", "recorded"]
    assert len(ledger.view("exam_deadlines", valid_on="2012-08-31")) == 1
    assert len(ledger.view("exam_deadlines", valid_on="2012-09-01")) == 0


def test_a_late_entry_that_fits_with_no_other_is_refused_at_its_line(ledger: Ledger) -> None:
    ledger.record(hired("W-1", "2013-06-01"))
    batch = [hired("W-1", "2012-06-01"), hired("W-2", "2012-06-01"), hired("W-1", "2012-07-01")]
    assert [receipt.status for receipt in ledger.record_all(batch, atomic=False)] == ["refused", "recorded", "refused"]
