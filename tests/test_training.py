"""培训/活动: classes, who joins them, and sessions held for classes and projects."""

from __future__ import annotations

from typing import Any

from given import event_id, given

from xiyuan_ledger.aggregates.organization import OrganizationRegistered
from xiyuan_ledger.aggregates.project import ProjectApproved, ProjectContracted, ProjectStarted
from xiyuan_ledger.aggregates.session import SessionHeld, TrainingSessionHeld
from xiyuan_ledger.aggregates.training import TrainingClassOpened, TrainingEnrolled


def opened(on: str = "2012-03-01", **more: Any) -> TrainingClassOpened:
    return TrainingClassOpened(**{"class": "T-1", "programme": "pre_exam", "org": "college", "occurred_on": on} | more)


def enrolled(on: str, person: str = "W-1") -> TrainingEnrolled:
    return TrainingEnrolled(**{"class": "T-1", "person": person, "occurred_on": on})


def trained(on: str = "2012-03-10", **more: Any) -> TrainingSessionHeld:
    fields = {"session": "S-1", "programme": "pre_exam", "org": "college", "starts_at": f"{on}T09:00", "minutes": 180}
    return TrainingSessionHeld(**fields | {"occurred_on": on} | more)


def held(on: str = "2012-03-10", **more: Any) -> SessionHeld:
    fields = {"session": "S-1", "project": "sunshine", "kind": "group", "starts_at": f"{on}T23:30", "minutes": 90}
    return SessionHeld(**fields | {"workers": ("W-1",), "occurred_on": on} | more)


PROJECT = (
    OrganizationRegistered(org="xiyuan", kind="street", name="Xiyuan Street", occurred_on="2012-01-01"),
    OrganizationRegistered(org="cso-1", kind="cso", name="Sunshine", occurred_on="2012-01-01"),
    ProjectApproved(project="sunshine", name="Sunshine", purchaser="xiyuan", occurred_on="2012-01-10"),
    ProjectContracted(
        **{"project": "sunshine", "implementer": "cso-1", "from": "2012-03-01", "to": "2012-12-31", "amount_fen": 100},
        channel="government",
        instalments=({"due_on": "2012-03-01", "amount_fen": 100, "condition": "none"},),
        targets=(),
        duties=(),
        occurred_on="2012-02-01",
    ),
    ProjectStarted(project="sunshine", occurred_on="2012-03-10"),
)


def test_a_class_is_opened_once() -> None:
    given(opened()).when(opened("2012-04-01")).refused("class-opened-twice", naming=(1,))


def test_people_join_an_open_class_and_each_once() -> None:
    given().when(enrolled("2012-03-01")).refused("class-not-open")
    given(opened()).when(enrolled("2012-02-29")).refused("class-not-open")
    assert given(opened()).when(enrolled("2012-03-01")).recorded
    given(opened(), enrolled("2012-03-05")).when(enrolled("2012-03-02")).refused("class-enrolled-twice", naming=(2,))


def test_a_session_of_a_class_needs_it_open() -> None:
    given().when(trained(**{"class": "T-1"})).refused("class-not-open")
    given(opened("2012-03-11")).when(trained(**{"class": "T-1"})).refused("class-not-open")
    assert given(opened("2012-03-10")).when(trained(**{"class": "T-1"})).recorded
    assert given().when(trained()).recorded


def test_a_class_is_not_opened_later_than_its_sessions_and_enrolments() -> None:
    office = given(opened(), enrolled("2012-03-20"), trained(**{"class": "T-1"}))
    moved = opened("2012-03-15", corrects=event_id(1), reason="wrong day")
    office.when(moved).refused("class-not-open", naming=(3,))
    assert office.when(opened("2012-03-10", corrects=event_id(1), reason="wrong day")).recorded


def test_a_class_for_which_a_session_was_held_is_not_voided() -> None:
    given(opened(), trained(**{"class": "T-1"})).when_voided(1).refused("class-not-open", naming=(2,))


def test_a_session_that_was_moved_to_another_class_does_not_hold_the_former_one() -> None:
    office = given(opened(), opened(**{"class": "T-2"}), trained(**{"class": "T-1"}))
    assert office.when(trained(**{"class": "T-2", "corrects": event_id(3), "reason": "wrong class"})).recorded
    assert office.when(opened("2012-03-15", corrects=event_id(1), reason="wrong day")).recorded


def test_a_session_belongs_to_the_day_on_which_it_starts() -> None:
    given().when(trained(starts_at="2012-03-11T00:30")).refused("session-other-day")


def test_a_person_attends_a_session_once() -> None:
    refusal = given().when(trained(attendees=("W-1", "W-2", "W-1"))).refused("session-named-twice")
    assert refusal.message("en") == "session S-1 names W-1 twice in attendees"
    assert given().when(trained(attendees=("W-1", "W-2"), headcount=5)).recorded


def test_a_session_code_is_used_once_in_the_ledger() -> None:
    given(trained()).when(trained("2012-03-17")).refused("session-held-twice", naming=(1,))
    given(trained()).when(held("2012-03-17")).refused("session-held-twice", naming=(1,))
    assert given(trained()).when(trained("2012-03-09", corrects=event_id(1), reason="wrong day")).recorded


def test_a_session_of_a_project_is_held_on_a_day_on_which_it_runs() -> None:
    given(*PROJECT).when(held("2012-03-09")).refused("session-project-not-running")
    assert given(*PROJECT).when(held("2012-03-10")).recorded
    assert given(*PROJECT).when(held("2012-12-31")).recorded
    given(*PROJECT).when(held("2013-01-01")).refused("session-project-not-running")
    given().when(held()).refused("session-project-not-running")


def test_a_worker_is_named_once() -> None:
    refusal = given(*PROJECT).when(held(workers=("W-1", "W-1"))).refused("session-named-twice")
    assert refusal.message("en") == "session S-1 names W-1 twice in workers"


def test_a_participant_is_named_once() -> None:
    given(*PROJECT).when(held(participants=("C-1", "C-1"))).refused("session-named-twice")
    assert given(*PROJECT).when(held(participants=("C-1", "C-2"))).recorded
