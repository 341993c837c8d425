"""志愿者: who is registered, and hours that nobody can have given twice."""

from __future__ import annotations

from typing import Any

import pytest
from given import event_id, given

from xiyuan_ledger.aggregates.timetable import Timetable
from xiyuan_ledger.aggregates.volunteer import VolunteerClassified, VolunteerHoursLogged, VolunteerRegistered
from xiyuan_ledger.errors import InvalidEntry


def registered(on: str = "2013-01-01", **more: Any) -> VolunteerRegistered:
    return VolunteerRegistered(**{"volunteer": "V-1", "station": "station-1", "occurred_on": on} | more)


def logged(starts_at: str, minutes: int = 120, **more: Any) -> VolunteerHoursLogged:
    fields = {"volunteer": "V-1", "starts_at": starts_at, "minutes": minutes, "category": "elderly_care"}
    return VolunteerHoursLogged(**fields | {"occurred_on": starts_at[:10]} | more)


def classified(on: str, *categories: str) -> VolunteerClassified:
    return VolunteerClassified(volunteer="V-1", categories=categories, occurred_on=on)


def test_a_volunteer_registers_once() -> None:
    given(registered()).when(registered("2013-02-01")).refused("volunteer-registered-twice", naming=(1,))


def test_hours_and_categories_are_those_of_a_registered_volunteer() -> None:
    given().when(logged("2013-01-01T09:00")).refused("volunteer-unknown")
    given(registered()).when(logged("2012-12-31T09:00")).refused("volunteer-unknown")
    given(registered()).when(classified("2012-12-31", "elderly_care")).refused("volunteer-unknown")
    assert given(registered()).when(logged("2013-01-01T09:00")).recorded
    assert given(registered(), classified("2013-03-01", "a")).when(classified("2013-02-01", "a", "b")).recorded


def test_hours_belong_to_the_day_on_which_they_start() -> None:
    late = logged("2013-03-05T23:00", occurred_on="2013-03-06")
    refusal = given(registered()).when(late).refused("volunteer-hours-other-day")
    assert refusal.field == "starts_at"


@pytest.mark.parametrize("starts_at", ["2013-03-05T08:01", "2013-03-05T09:00", "2013-03-05T10:59", "2013-03-05T10:30"])
def test_hours_that_share_a_minute_with_others_are_refused(starts_at: str) -> None:
    given(registered(), logged("2013-03-05T09:00")).when(logged(starts_at, 60)).refused(
        "volunteer-hours-overlap", naming=(2,)
    )


@pytest.mark.parametrize("starts_at", ["2013-03-05T08:00", "2013-03-05T11:00"])
def test_hours_may_follow_one_another_without_a_break(starts_at: str) -> None:
    assert given(registered(), logged("2013-03-05T09:00")).when(logged(starts_at, 60)).recorded


def test_hours_past_midnight_take_the_next_day_too() -> None:
    night = given(registered(), logged("2013-03-05T22:00", 240))
    night.when(logged("2013-03-06T01:59", 60)).refused("volunteer-hours-overlap", naming=(2,))
    assert night.when(logged("2013-03-06T02:00", 60)).recorded
    given(registered(), logged("2013-03-06T01:00", 60)).when(logged("2013-03-05T22:00", 240)).refused(
        "volunteer-hours-overlap", naming=(2,)
    )


def test_a_day_has_no_more_than_its_1440_minutes() -> None:
    full = given(registered(), logged("2013-03-05T00:00", 1440))
    full.when(logged("2013-03-05T23:59", 1)).refused("volunteer-hours-overlap")
    assert full.when(logged("2013-03-06T00:00", 1)).recorded
    assert full.when(logged("2013-03-04T23:59", 1)).recorded
    for minutes in (0, 1441):
        with pytest.raises(InvalidEntry):
            logged("2013-03-05T00:00", minutes)


def test_hours_entered_late_are_held_against_all_others() -> None:
    office = given(registered(), logged("2013-03-20T09:00"), logged("2013-03-05T09:00"))
    office.when(logged("2013-03-05T10:00")).refused("volunteer-hours-overlap", naming=(3,))
    assert office.when(logged("2013-03-05T11:00")).recorded


def test_one_log_may_meet_several_and_names_them_all() -> None:
    office = given(registered(), logged("2013-03-05T09:00", 60), logged("2013-03-05T11:00", 60))
    office.when(logged("2013-03-05T09:30", 180)).refused("volunteer-hours-overlap", naming=(2, 3))


def test_hours_of_another_volunteer_are_her_own() -> None:
    office = given(registered(), registered(volunteer="V-2"), logged("2013-03-05T09:00"))
    assert office.when(logged("2013-03-05T09:00", volunteer="V-2")).recorded


def test_a_log_may_be_corrected_within_its_own_hours_and_not_into_others() -> None:
    office = given(registered(), logged("2013-03-05T09:00"), logged("2013-03-05T14:00"))
    office.when(logged("2013-03-05T13:00", corrects=event_id(2), reason="wrong time")).refused(
        "volunteer-hours-overlap", naming=(3,)
    )
    assert office.when(logged("2013-03-05T09:30", corrects=event_id(2), reason="wrong time")).recorded
    assert office.when(logged("2013-03-05T09:00", 30)).recorded


def test_hours_that_were_voided_are_free_again() -> None:
    office = given(registered(), logged("2013-03-05T09:00"))
    assert office.when_voided(2).recorded
    assert office.when(logged("2013-03-05T10:00")).recorded


def test_a_registration_is_not_moved_behind_the_hours_given() -> None:
    office = given(registered(), logged("2013-03-05T09:00"))
    moved = registered("2013-03-06", corrects=event_id(1), reason="wrong day")
    office.when(moved).refused("volunteer-unknown", naming=(2,))
    office.when_voided(1).refused("volunteer-unknown", naming=(2,))


def test_a_timetable_knows_the_last_day_there_is() -> None:
    hours = Timetable()
    late = logged("9999-12-31T23:30").starts_at
    hours.take(late, 1440, "the last")
    assert list(hours.meeting(late, 1)) == ["the last"]
