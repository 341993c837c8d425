"""志愿服务呼叫: a call is made, somebody is sent, it is done - each once, in this order."""

from __future__ import annotations

from typing import Any

from given import event_id, given

from xiyuan_ledger.aggregates.request import (
    VolunteerDispatched,
    VolunteerRequestFulfilled,
    VolunteerServiceRequested,
)


def requested(on: str = "2013-03-01", **more: Any) -> VolunteerServiceRequested:
    fields = {"request": "R-1", "category": "disability_help", "community": "c-1", "occurred_on": on}
    return VolunteerServiceRequested(**fields | more)


def dispatched(on: str = "2013-03-02", volunteer: str = "V-1", **more: Any) -> VolunteerDispatched:
    return VolunteerDispatched(**{"request": "R-1", "volunteer": volunteer, "occurred_on": on} | more)


def fulfilled(on: str = "2013-03-03", **more: Any) -> VolunteerRequestFulfilled:
    return VolunteerRequestFulfilled(**{"request": "R-1", "occurred_on": on} | more)


def test_a_request_is_made_then_somebody_is_sent_then_it_is_done() -> None:
    assert given(requested(), dispatched()).when(fulfilled()).recorded
    given().when(dispatched()).refused("request-unknown")
    given().when(fulfilled()).refused("request-unknown")
    given(requested()).when(fulfilled()).refused("request-not-dispatched")


def test_what_was_called_for_may_be_named_again_but_not_otherwise() -> None:
    ledger = given(requested(category="elderly"))
    ledger.when(dispatched(category="disabled")).refused("request-other-category", naming=(1,))
    assert ledger.when(dispatched(category="elderly")).recorded
    ledger.when(fulfilled(category="disabled")).refused("request-other-category", naming=(1,))
    assert ledger.when(fulfilled(category="elderly")).recorded


def test_every_step_is_taken_once() -> None:
    office = given(requested(), dispatched(), fulfilled())
    office.when(requested("2013-03-05")).refused("request-made-twice", naming=(1,))
    office.when(dispatched("2013-03-05", "V-2")).refused("request-dispatched-twice", naming=(2,))
    office.when(fulfilled("2013-03-05")).refused("request-fulfilled-twice", naming=(3,))


def test_all_may_happen_on_one_day() -> None:
    assert given(requested(), dispatched("2013-03-01")).when(fulfilled("2013-03-01")).recorded


def test_a_step_entered_late_stands_where_its_day_puts_it() -> None:
    given(requested()).when(dispatched("2013-02-28")).refused("request-unknown")
    given(requested(), dispatched("2013-03-10")).when(fulfilled("2013-03-09")).refused("request-not-dispatched")


def test_nobody_can_be_sent_before_the_request_was_made_by_correcting_it() -> None:
    office = given(requested(), dispatched(), fulfilled())
    office.when(requested("2013-03-03", corrects=event_id(1), reason="wrong day")).refused(
        "request-unknown", naming=(2,)
    )
    assert office.when(dispatched("2013-03-03", "V-2", corrects=event_id(2), reason="another went")).is_refused
    assert office.when(dispatched("2013-03-02", "V-2", corrects=event_id(2), reason="another went")).recorded


def test_a_step_on_which_the_next_rests_is_not_voided() -> None:
    office = given(requested(), dispatched(), fulfilled())
    office.when_voided(2).refused("request-not-dispatched", naming=(3,))
    assert office.when_voided(3).recorded
    assert office.when(fulfilled("2013-03-08")).recorded
