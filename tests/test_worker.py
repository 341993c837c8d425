"""社工/工作人员: employment, dismissals and purchased seats, given, when, then."""

from __future__ import annotations

from datetime import date
from typing import Any

from given import event_id, given

from xiyuan_ledger.aggregates.contract import PositionsPurchased
from xiyuan_ledger.aggregates.post import PostEstablished, PostFilled
from xiyuan_ledger.aggregates.worker import (
    AGGREGATE,
    ContinuingEducationCredited,
    DismissalProposed,
    WorkerDismissed,
    WorkerFact,
    WorkerHired,
    WorkerLeft,
    WorkerReinstated,
)


def hired(on: str, worker: str = "W-1", employer: str = "xiyuan", **more: Any) -> WorkerHired:
    return WorkerHired(**{"worker": worker, "employer": employer, "employment": "street", "occurred_on": on} | more)


def left(on: str, worker: str = "W-1", employer: str = "xiyuan", **more: Any) -> WorkerLeft:
    return WorkerLeft(worker=worker, employer=employer, occurred_on=on, **more)


def proposed(on: str) -> DismissalProposed:
    return DismissalProposed(worker="W-1", occurred_on=on, reason="missed the deadline")


def dismissed(on: str, **more: Any) -> WorkerDismissed:
    return WorkerDismissed(worker="W-1", occurred_on=on, reason="missed the deadline", approved_by="director", **more)


def reinstated(on: str) -> WorkerReinstated:
    return WorkerReinstated(worker="W-1", occurred_on=on, reason="the result was corrected", approved_by="director")


def purchased(quantity: int, start: str, to: str, contract: str = "K-1", on: str = "2012-01-01") -> PositionsPurchased:
    return PositionsPurchased(
        contract=contract, org="xiyuan", agency="A", quantity=quantity, price_fen=1, from_=start, to=to, occurred_on=on
    )


def post_filled(on: str, post: str = "P-1", worker: str = "W-1") -> PostFilled:
    return PostFilled(post=post, worker=worker, occurred_on=on)


POST = PostEstablished(
    post="P-1", org="xiyuan", title="social worker", professional=True, capacity=1, occurred_on="2012-01-01"
)
HIRED = hired("2012-01-01")


def test_nothing_is_recorded_of_a_worker_before_the_hiring() -> None:
    given().when(proposed("2012-03-01")).refused("worker-not-hired")
    given(hired("2012-03-02")).when(proposed("2012-03-01")).refused("worker-not-hired")
    assert given(hired("2012-03-02")).when(proposed("2012-03-02")).recorded


def test_a_worker_is_employed_from_the_day_of_hiring_to_the_day_before_leaving() -> None:
    office = given(hired("2012-03-15"), left("2013-03-15"))
    worker = office.world.worker("W-1")
    assert [
        worker.employed_on(date(y, 3, d)) is not None for y, d in ((2012, 14), (2012, 15), (2013, 14), (2013, 15))
    ] == [
        False,
        True,
        True,
        False,
    ]


def test_employments_at_one_employer_never_overlap() -> None:
    given(HIRED).when(hired("2012-05-01")).refused("worker-employed-already", naming=(1,))
    assert given(HIRED).when(hired("2012-05-01", employer="agency")).recorded
    assert given(HIRED, left("2012-05-01")).when(hired("2012-05-01")).recorded


def test_a_hiring_entered_late_is_refused_where_a_later_employment_would_overlap() -> None:
    given(hired("2012-05-01")).when(hired("2012-03-01")).refused("worker-employed-already", naming=(1,))


def test_a_worker_leaves_only_an_employer_that_has_her() -> None:
    given(HIRED).when(left("2012-05-01", employer="agency")).refused("worker-not-employed-there")
    given(HIRED, left("2012-05-01")).when(left("2012-06-01")).refused("worker-not-employed-there")


def test_a_leaving_entered_late_is_refused_where_a_post_was_filled_on_that_day_or_after() -> None:
    office = (HIRED, POST, post_filled("2012-06-01"))
    given(*office).when(left("2012-05-31")).refused("post-filled-unemployed", naming=(3,))
    given(*office).when(left("2012-06-01")).refused("post-filled-unemployed", naming=(3,))
    assert given(*office).when(left("2012-06-02")).recorded


def test_a_leaving_entered_late_stands_where_the_post_was_filled_in_a_later_employment() -> None:
    office = given(HIRED, POST, left("2012-05-01"), hired("2012-06-01"), post_filled("2012-06-10"))
    assert office.when(proposed("2012-02-01")).recorded
    assert office.when(left("2012-04-01", corrects=event_id(3), reason="wrong day")).recorded
    assert office.world.worker("W-1").employed_on(date(2012, 4, 1)) is None


def test_a_leaving_is_no_hindrance_to_a_post_while_another_employment_runs_on() -> None:
    office = given(HIRED, hired("2012-02-01", employer="agency"), POST, post_filled("2012-06-01"))
    assert office.when(left("2012-05-01")).recorded


def test_a_hiring_under_which_a_post_is_filled_cannot_be_moved_behind_it() -> None:
    office = given(HIRED, proposed("2012-09-01"), POST, post_filled("2012-06-01"))
    moved = hired("2012-07-01", corrects=event_id(1), reason="wrong day")
    office.when(moved).refused("post-filled-unemployed", naming=(4,))
    assert office.world.worker("W-1").employed_on(date(2012, 1, 1)) is not None


def test_a_hiring_under_which_a_post_is_filled_is_not_voided() -> None:
    given(HIRED, POST, post_filled("2012-06-01")).when_voided(1).refused("post-filled-unemployed", naming=(3,))


def test_a_voided_leaving_is_refused_where_the_post_was_given_to_another() -> None:
    office = given(
        HIRED,
        hired("2012-01-01", "W-2"),
        POST,
        post_filled("2012-06-01"),
        left("2012-07-01"),
        post_filled("2012-07-01", worker="W-2"),
    )
    office.when_voided(5).refused("post-full", naming=(4, 6))


def test_a_dismissal_needs_a_proposal_and_an_approver_other_than_its_actor() -> None:
    given(HIRED).when(dismissed("2015-07-01")).refused("dismissal-not-proposed")
    given(HIRED, proposed("2015-06-20")).when(dismissed("2015-07-01", actor="director")).refused(
        "dismissal-approved-by-actor"
    )
    given(HIRED, proposed("2015-06-20")).when(dismissed("2015-06-19")).refused("dismissal-not-proposed")
    assert given(HIRED, proposed("2015-06-20")).when(dismissed("2015-06-20")).recorded


def test_a_second_dismissal_needs_a_proposal_of_its_own() -> None:
    office = (HIRED, proposed("2015-06-20"), dismissed("2015-07-01"), reinstated("2015-08-01"))
    given(*office).when(dismissed("2015-09-01")).refused("dismissal-not-proposed")
    assert given(*office, proposed("2015-08-20")).when(dismissed("2015-09-01")).recorded


def test_a_dismissal_ends_every_employment_and_a_reinstatement_takes_them_up_again() -> None:
    office = given(HIRED, hired("2012-05-01", employer="agency"), proposed("2015-06-20"), dismissed("2015-07-01"))
    office.when(left("2015-07-02")).refused("worker-not-employed-there")
    assert office.when(reinstated("2015-08-01")).recorded
    worker = office.world.worker("W-1")
    days = [date(2015, 6, 30), date(2015, 7, 1), date(2015, 7, 31), date(2015, 8, 1)]
    assert [sorted(span.employer for span in worker.employments if span.holds(day)) for day in days] == [
        ["agency", "xiyuan"],
        [],
        [],
        ["agency", "xiyuan"],
    ]
    assert [worker.dismissed_on(day) for day in days] == [False, True, True, False]


def test_a_reinstatement_needs_a_dismissal_that_still_stands() -> None:
    given(HIRED).when(reinstated("2015-08-01")).refused("worker-not-dismissed")
    office = (HIRED, proposed("2015-06-20"), dismissed("2015-07-01"), reinstated("2015-08-01"))
    given(*office).when(reinstated("2015-09-01")).refused("worker-not-dismissed")


def test_a_reinstatement_is_refused_where_the_employer_has_hired_her_anew() -> None:
    office = (HIRED, proposed("2015-06-20"), dismissed("2015-07-01"), hired("2015-07-15"))
    given(*office).when(reinstated("2015-08-01")).refused("worker-employed-already", naming=(4,))


def test_purchased_seats_of_a_day_are_those_of_all_contracts_with_the_last_day_included() -> None:
    contracts = (purchased(1, "2012-06-01", "2012-12-31"), purchased(1, "2012-09-01", "2013-08-31", "K-2"))
    seat = {"employment": "purchased", "employer": "agency"}
    for day, admitted in (
        ("2012-05-31", 0),
        ("2012-06-01", 1),
        ("2012-09-01", 2),
        ("2013-01-01", 1),
        ("2013-08-31", 1),
    ):
        office = given(*contracts)
        for number in range(admitted):
            assert office.when(hired(day, f"W-{number}", **seat)).recorded
        office.when(hired(day, "W-9", **seat)).refused("purchased-seats-exceeded", naming=tuple(range(3, 3 + admitted)))


def test_a_purchased_seat_is_free_again_once_its_worker_left() -> None:
    seat = {"employment": "purchased", "employer": "agency"}
    office = given(purchased(1, "2012-06-01", "2012-12-31"), hired("2012-06-01", **seat))
    office.when(hired("2012-08-01", "W-2", **seat)).refused("purchased-seats-exceeded", naming=(2,))
    assert office.when(left("2012-08-01", employer="agency")).recorded
    assert office.when(hired("2012-08-01", "W-2", **seat)).recorded
    assert office.when(proposed("2012-07-01")).recorded
    office.when_voided(3).refused("purchased-seats-exceeded", naming=(2, 4))


def test_a_hiring_entered_late_does_not_take_the_seat_of_one_hired_later() -> None:
    seat = {"employment": "purchased", "employer": "agency"}
    office = given(purchased(1, "2012-06-01", "2012-12-31"), hired("2012-08-01", "W-2", **seat))
    office.when(hired("2012-06-01", **seat)).refused("purchased-seats-exceeded", naming=(2,))


def test_a_term_that_runs_out_ends_nobody_s_employment() -> None:
    seat = {"employment": "purchased", "employer": "agency"}
    office = given(purchased(1, "2012-06-01", "2012-12-31"), hired("2012-06-01", **seat))
    assert office.world.worker("W-1").employed_on(date(2013, 6, 1)) is not None
    assert office.when(purchased(1, "2013-06-01", "2013-12-31", "K-2", "2013-05-01")).recorded
    office.when(hired("2013-06-01", "W-2", **seat)).refused("purchased-seats-exceeded", naming=(2,))


def test_a_purchase_on_which_workers_were_hired_is_not_voided() -> None:
    seat = {"employment": "purchased", "employer": "agency"}
    office = given(purchased(1, "2012-06-01", "2012-12-31"), hired("2012-06-01", **seat))
    office.when_voided(1).refused("purchased-seats-exceeded", naming=(2,))


def test_a_purchase_does_not_end_before_it_begins() -> None:
    given().when(purchased(1, "2012-06-02", "2012-06-01")).refused("contract-term")
    assert given().when(purchased(1, "2012-06-01", "2012-06-01")).recorded


def test_education_is_credited_at_any_time_after_the_hiring_in_any_order() -> None:
    credit = {"worker": "W-1", "minutes": 90, "basis": "course"}
    office = given(HIRED, left("2013-01-01"))
    assert office.when(ContinuingEducationCredited(**credit, occurred_on="2012-05-01")).recorded
    office.when(ContinuingEducationCredited(**credit, occurred_on="2011-12-31")).refused("worker-not-hired")


def test_late_entries_lead_to_the_same_state_as_entries_in_order() -> None:
    agency = {"employer": "agency"}
    in_order = [
        HIRED,
        hired("2012-02-01", **agency),
        proposed("2012-02-10"),
        left("2012-03-01", **agency),
        left("2012-04-01"),
    ]
    late = given(*(in_order[i] for i in (0, 4, 1, 3, 2)))
    worker = late.world.worker("W-1")
    assert [(span.employer, span.start, span.end) for span in worker.employments] == [
        ("xiyuan", date(2012, 1, 1), date(2012, 4, 1)),
        ("agency", date(2012, 2, 1), date(2012, 3, 1)),
    ]
    assert worker.employments == late.folded_afresh("worker/W-1").employments


def test_every_fact_of_a_worker_belongs_to_the_aggregate() -> None:
    assert set(WorkerFact.__subclasses__()) == set(AGGREGATE.facts)
