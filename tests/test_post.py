"""岗位: seats, who fills them, and what leaving, dismissal and reinstatement make of it."""

from __future__ import annotations

from datetime import date

from given import Given, event_id, given

from xiyuan_ledger.aggregates.post import PostEstablished, PostFilled, PostVacated
from xiyuan_ledger.aggregates.worker import (
    DismissalProposed,
    WorkerDismissed,
    WorkerHired,
    WorkerLeft,
    WorkerReinstated,
)


def established(capacity: int = 1, on: str = "2012-01-01", **more: str) -> PostEstablished:
    fields = {"post": "P-1", "org": "station-1", "title": "social worker", "professional": True, "capacity": capacity}
    return PostEstablished(**fields | {"occurred_on": on} | more)


def filled(on: str, worker: str = "W-1", **more: str) -> PostFilled:
    return PostFilled(post="P-1", worker=worker, occurred_on=on, **more)


def vacated(on: str, worker: str = "W-1", **more: str) -> PostVacated:
    return PostVacated(post="P-1", worker=worker, occurred_on=on, **more)


def hired(on: str = "2012-01-01", worker: str = "W-1", employer: str = "xiyuan") -> WorkerHired:
    return WorkerHired(worker=worker, employer=employer, employment="street", occurred_on=on)


def left(on: str, employer: str = "xiyuan") -> WorkerLeft:
    return WorkerLeft(worker="W-1", employer=employer, occurred_on=on)


PROPOSED = DismissalProposed(worker="W-1", occurred_on="2013-06-20", reason="missed the deadline")
DISMISSED = WorkerDismissed(
    worker="W-1", occurred_on="2013-07-01", reason="missed the deadline", approved_by="director"
)
REINSTATED = WorkerReinstated(worker="W-1", occurred_on="2013-09-01", reason="corrected result", approved_by="director")
STAFF = (established(), hired(), hired(worker="W-2"))


def filling(office: Given, *days: date) -> list[list[int]]:
    """The positions of the fillings that hold on each day."""
    post = office.world.post("P-1")
    return [[int(span.opened_by[:8], 16) for span in post.filled_on(day, office.world)] for day in days]


def test_a_post_is_established_once_and_before_it_is_filled() -> None:
    given(hired()).when(filled("2012-02-01")).refused("post-unknown")
    given(hired(), established(on="2012-02-02")).when(filled("2012-02-01")).refused("post-unknown")
    given(established()).when(established(2)).refused("post-established-twice")


def test_a_worker_fills_a_post_only_while_employed() -> None:
    given(established(), hired("2012-03-01")).when(filled("2012-02-29")).refused("post-worker-not-employed")
    assert given(established(), hired("2012-03-01")).when(filled("2012-03-01")).recorded
    assert given(established(), hired(), left("2012-06-01")).when(filled("2012-05-31")).recorded
    given(established(), hired(), left("2012-06-01")).when(filled("2012-06-01")).refused("post-worker-not-employed")


def test_a_worker_fills_a_post_once_at_a_time() -> None:
    given(*STAFF, filled("2012-02-01")).when(filled("2012-03-01")).refused("post-filled-twice", naming=(4,))
    assert given(*STAFF, filled("2012-02-01"), vacated("2012-03-01")).when(filled("2012-03-01")).recorded


def test_the_seats_filled_never_exceed_the_capacity() -> None:
    given(*STAFF, filled("2012-02-01")).when(filled("2012-03-01", "W-2")).refused("post-full", naming=(4,))
    given(*STAFF, filled("2012-02-01"), vacated("2012-03-01")).when(filled("2012-02-29", "W-2")).refused(
        "post-full", naming=(4,)
    )
    assert given(*STAFF, filled("2012-02-01"), vacated("2012-03-01")).when(filled("2012-03-01", "W-2")).recorded


def test_a_filling_entered_late_is_refused_where_it_fills_a_later_one_s_seat() -> None:
    given(*STAFF, filled("2012-03-01")).when(filled("2012-02-01", "W-2")).refused("post-full", naming=(4,))


def test_a_capacity_is_not_corrected_to_less_than_was_filled() -> None:
    office = given(established(2), hired(), hired(worker="W-2"), filled("2012-02-01"), filled("2012-03-01", "W-2"))
    office.when(established(1, corrects=event_id(1), reason="one seat")).refused("post-full", naming=(5,))
    assert office.when(established(3, corrects=event_id(1), reason="three seats")).recorded


def test_leaving_the_last_employment_ends_the_worker_s_posts_on_its_day() -> None:
    office = given(*STAFF, filled("2012-02-01"), left("2012-06-01"))
    assert filling(office, date(2012, 5, 31), date(2012, 6, 1)) == [[4], []]
    assert office.when(filled("2012-06-01", "W-2")).recorded
    assert filling(office, date(2012, 5, 31), date(2012, 6, 1)) == [[4], [6]]


def test_leaving_one_of_two_employments_ends_no_post() -> None:
    office = given(*STAFF, hired("2012-02-01", employer="agency"), filled("2012-02-01"), left("2012-06-01"))
    assert filling(office, date(2012, 6, 1)) == [[5]]


def test_a_worker_hired_again_later_does_not_take_up_her_former_post() -> None:
    office = given(*STAFF, filled("2012-02-01"), left("2012-06-01"), hired("2012-06-02"))
    assert filling(office, date(2012, 6, 1), date(2012, 6, 2)) == [[], []]
    assert office.when(filled("2012-06-02")).recorded
    assert filling(office, date(2012, 6, 1), date(2012, 6, 2)) == [[], [7]]


def test_a_worker_hired_again_on_the_day_she_left_stays_on_her_post() -> None:
    office = given(*STAFF, filled("2012-02-01"), left("2012-06-01"), hired("2012-06-01"))
    assert filling(office, date(2012, 6, 1)) == [[4]]


def test_a_leaving_is_not_voided_where_the_worker_has_filled_the_post_anew() -> None:
    office = given(
        *STAFF, filled("2012-02-01"), left("2012-06-01"), hired("2012-06-02", employer="agency"), filled("2012-07-01")
    )
    office.when_voided(5).refused("post-filled-meanwhile", naming=(4, 7))


def test_a_dismissal_ends_the_post_and_a_reinstatement_takes_it_up_again() -> None:
    office = given(*STAFF, filled("2012-02-01"), PROPOSED, DISMISSED, REINSTATED)
    days = (date(2013, 6, 30), date(2013, 7, 1), date(2013, 8, 31), date(2013, 9, 1))
    assert filling(office, *days) == [[4], [], [], [4]]
    office.when(filled("2013-10-01")).refused("post-filled-twice", naming=(4,))


def test_a_reinstatement_is_refused_while_another_has_the_seat() -> None:
    office = given(*STAFF, filled("2012-02-01"), PROPOSED, DISMISSED, filled("2013-07-01", "W-2"))
    office.when(REINSTATED).refused("post-full", naming=(4, 7))
    assert office.when(vacated("2013-09-01", "W-2")).recorded
    assert office.when(REINSTATED).recorded


def test_a_seat_taken_up_again_is_not_given_away_for_days_after_that() -> None:
    office = given(*STAFF, filled("2012-02-01"), PROPOSED, DISMISSED, REINSTATED)
    office.when(filled("2013-07-01", "W-2")).refused("post-full", naming=(4,))


def test_a_dismissed_worker_may_vacate_her_post_and_then_does_not_take_it_up_again() -> None:
    office = given(*STAFF, filled("2012-02-01"), PROPOSED, DISMISSED, vacated("2013-07-15"))
    assert office.when(filled("2013-08-01", "W-2")).recorded
    assert office.when(REINSTATED).recorded
    assert filling(office, date(2013, 9, 1)) == [[8]]


def test_only_who_fills_a_post_vacates_it() -> None:
    given(*STAFF).when(vacated("2012-03-01")).refused("post-not-filled")
    given(*STAFF, filled("2012-02-01")).when(vacated("2012-01-31")).refused("post-not-filled")
    given(*STAFF, filled("2012-02-01"), left("2012-06-01")).when(vacated("2012-06-02")).refused("post-not-filled")


def test_who_left_on_a_day_may_vacate_her_post_on_that_day() -> None:
    assert given(*STAFF, filled("2012-02-01"), left("2012-06-01")).when(vacated("2012-06-01")).recorded
    assert given(*STAFF, filled("2012-02-01"), vacated("2012-06-01")).when(left("2012-06-01")).recorded
    given(*STAFF, filled("2012-02-01"), vacated("2012-06-02")).when(left("2012-06-01")).refused(
        "post-left-before-vacated", naming=(5,)
    )
