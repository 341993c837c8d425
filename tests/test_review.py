"""群众评议: who may be judged, when, and by whom how often."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from given import Given, event_id, given

from xiyuan_ledger.aggregates.organization import OrganizationRegistered
from xiyuan_ledger.aggregates.project import ProjectApproved
from xiyuan_ledger.aggregates.review import ResidentReviewClosed, ResidentReviewOpened, ResidentReviewSubmitted
from xiyuan_ledger.errors import InvalidEntry


def organisation(org: str, kind: str, parent: str | None = None, on: str = "2012-01-01") -> OrganizationRegistered:
    return OrganizationRegistered(org=org, kind=kind, name=org, parent=parent, occurred_on=on)


def opened(*subjects: str, on: str = "2013-05-01", **more: Any) -> ResidentReviewOpened:
    return ResidentReviewOpened(**{"review": "E-1", "subjects": subjects, "occurred_on": on} | more)


def cast(on: str = "2013-05-05", score: int = 4, **more: Any) -> ResidentReviewSubmitted:
    fields = {"review": "E-1", "resident": "Z-1", "subject": "station", "score": score, "occurred_on": on}
    return ResidentReviewSubmitted(**fields | more)


def closed(on: str = "2013-05-31", **more: Any) -> ResidentReviewClosed:
    return ResidentReviewClosed(**{"review": "E-1", "occurred_on": on} | more)


STREET = (
    organisation("xiyuan", "street"),
    organisation("affairs", "department", "xiyuan"),
    organisation("c-1", "community", "xiyuan"),
    organisation("station", "service_station", "c-1"),
    organisation("workstation", "admin_workstation", "c-1"),
    organisation("brigade", "volunteer_brigade", "xiyuan"),
    organisation("square", "volunteer_station", "brigade"),
    organisation("centre", "service_center", "xiyuan"),
    ProjectApproved(project="sunset", name="Sunset", purchaser="xiyuan", occurred_on="2012-06-01"),
)
OPENED_AT = len(STREET) + 1


def street(*facts: Any) -> Given:
    return given(*STREET, *facts)


def test_stations_departments_and_projects_are_judged() -> None:
    assert street().when(opened("station", "workstation", "square", "affairs", "sunset")).recorded


@pytest.mark.parametrize("subject", ["xiyuan", "c-1", "brigade", "centre", "nobody"])
def test_nothing_else_is_judged(subject: str) -> None:
    refusal = street().when(opened("station", subject)).refused("review-subject")
    assert subject in refusal.message("en")


def test_a_subject_is_known_on_the_day_on_which_the_review_opens() -> None:
    street().when(opened("sunset", on="2012-05-31")).refused("review-subject")
    assert street().when(opened("sunset", on="2012-06-01")).recorded
    street().when(opened("station", on="2011-12-31")).refused("review-subject")


def test_a_review_opens_once() -> None:
    street(opened("station")).when(opened("affairs", on="2013-05-02")).refused(
        "review-opened-twice", naming=(OPENED_AT,)
    )


def test_a_resident_casts_one_ballot_on_each_subject() -> None:
    office = street(opened("station", "affairs"), cast())
    office.when(cast("2013-05-06", 1)).refused("review-ballot-twice", naming=(OPENED_AT + 1,))
    office.when(cast("2013-05-04", 4)).refused("review-ballot-twice", naming=(OPENED_AT + 1,))
    assert office.when(cast(subject="affairs")).recorded
    assert office.when(cast(resident="Z-2")).recorded


def test_a_ballot_is_on_a_subject_of_the_review() -> None:
    street(opened("station")).when(cast(subject="affairs")).refused("review-other-subject", naming=(OPENED_AT,))


def test_a_score_is_from_1_to_5() -> None:
    for score in (0, 6):
        with pytest.raises(InvalidEntry):
            cast(score=score)
    assert street(opened("station"), cast(score=1)).when(cast(resident="Z-2", score=5)).recorded


def test_ballots_are_cast_from_the_opening_day_up_to_the_day_before_the_close() -> None:
    given().when(cast()).refused("review-not-open")
    street(opened("station")).when(cast("2013-04-30")).refused("review-not-open")
    assert street(opened("station")).when(cast("2013-05-01")).recorded
    office = street(opened("station"), closed())
    assert office.when(cast("2013-05-30")).recorded
    office.when(cast("2013-05-31", resident="Z-2")).refused("review-closed", naming=(OPENED_AT + 1,))
    office.when(cast("2013-06-01", resident="Z-2")).refused("review-closed")


def test_a_review_is_closed_once_and_after_its_last_ballot() -> None:
    street().when(closed()).refused("review-not-open")
    street(opened("station"), closed()).when(closed("2013-06-01")).refused("review-closed", naming=(OPENED_AT + 1,))
    street(opened("station"), cast()).when(closed("2013-05-05")).refused("review-ballot-after", naming=(OPENED_AT + 1,))
    street(opened("station"), cast()).when(closed("2013-05-03")).refused("review-closed", naming=(OPENED_AT + 1,))
    assert street(opened("station"), cast()).when(closed("2013-05-06")).recorded


def test_a_ballot_may_be_corrected_and_a_voided_one_cast_again() -> None:
    office = street(opened("station"), cast())
    assert office.when(cast(score=5, corrects=event_id(OPENED_AT + 1), reason="misread")).recorded
    assert office.when_voided(OPENED_AT + 2).recorded
    assert office.when(cast("2013-05-07", 2)).recorded


def test_a_subject_on_which_a_ballot_was_cast_stays_in_the_review() -> None:
    office = street(opened("station", "affairs"), cast())
    less = opened("affairs", corrects=event_id(OPENED_AT), reason="fewer subjects")
    office.when(less).refused("review-other-subject", naming=(OPENED_AT + 1,))
    office.when_voided(OPENED_AT).refused("review-not-open", naming=(OPENED_AT + 1,))


def test_a_subject_of_a_review_stays_what_it_is() -> None:
    office = street(opened("station", "sunset"))
    office.when_voided(4).refused("review-subject", naming=(OPENED_AT,))
    office.when_voided(9).refused("review-subject", naming=(OPENED_AT,))
    moved = STREET[8].model_copy(update={"occurred_on": date(2013, 5, 2), "corrects": event_id(9), "reason": "typo"})
    office.when(moved).refused("review-subject", naming=(OPENED_AT,))
    less = opened("station", corrects=event_id(OPENED_AT), reason="the project is not judged")
    assert office.when(less).recorded
    assert office.when_voided(9).recorded
