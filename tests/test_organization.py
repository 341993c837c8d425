"""组织: what is registered, under whom, who belongs to it, and what a dissolution ends."""

from __future__ import annotations

import pytest
from given import Given, event_id, given

from xiyuan_ledger.aggregates.account import FundsReceived, FundsTransferred
from xiyuan_ledger.aggregates.aggregate import in_order
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.organization import (
    CulturalStarSelected,
    IncubationSupportProvided,
    MemberJoined,
    MemberLeft,
    OrganizationRegistered,
    OrganizationStatusChanged,
    PersonAssigned,
    PersonUnassigned,
    TeamFormed,
)
from xiyuan_ledger.aggregates.project import ProjectApproved, ProjectContracted


def registered(
    org: str, kind: str, parent: str | None = None, on: str = "2012-01-01", **more: str
) -> OrganizationRegistered:
    return OrganizationRegistered(org=org, kind=kind, name=org, parent=parent, occurred_on=on, **more)


def status(org: str, status: str, on: str, **more: str) -> OrganizationStatusChanged:
    return OrganizationStatusChanged(org=org, status=status, occurred_on=on, **more)


def joined(on: str, person: str = "R-1", org: str = "choir") -> MemberJoined:
    return MemberJoined(org=org, person=person, occurred_on=on)


def left(on: str, person: str = "R-1", org: str = "choir") -> MemberLeft:
    return MemberLeft(org=org, person=person, occurred_on=on)


STREET = registered("xiyuan", "street")
COMMUNITY = registered("meihong", "community", "xiyuan")
STATION = registered("station-1", "service_station", "meihong")
CHOIR = registered("choir", "cso", on="2012-06-01")


def test_an_organisation_is_registered_once() -> None:
    given(STREET).when(registered("xiyuan", "street")).refused("org-registered-twice", naming=(1,))


@pytest.mark.parametrize(
    "fact",
    [
        status("choir", "filed", "2012-05-31"),
        joined("2012-05-31"),
        PersonAssigned(org="choir", person="R-1", role="leader", occurred_on="2012-05-31"),
        TeamFormed(org="choir", team="T-1", occurred_on="2012-05-31"),
        IncubationSupportProvided(org="choir", by="assoc", service="planning", occurred_on="2012-05-31"),
        CulturalStarSelected(org="choir", person="R-1", year=2012, occurred_on="2012-05-31"),
    ],
)
def test_registration_comes_before_anything_else(fact: Fact) -> None:
    given(CHOIR).when(fact).refused("org-unknown")
    assert given(CHOIR).when(fact.model_copy(update={"occurred_on": CHOIR.occurred_on})).recorded
    given().when(fact).refused("org-unknown")


@pytest.mark.parametrize("kind", ["party_org", "autonomous_org", "admin_workstation", "service_station"])
def test_the_parent_of_a_grassroots_organisation_is_a_community(kind: str) -> None:
    street = given(STREET, COMMUNITY)
    assert street.when(registered("x", kind, "meihong")).recorded
    street.when(registered("y", kind, "xiyuan")).refused("org-parent-misfit", naming=(1,))
    street.when(registered("y", kind, "nowhere")).refused("org-parent-unknown")
    street.when(registered("y", kind)).refused("org-parent-missing")


def test_a_community_belongs_to_a_street_and_a_volunteer_station_to_a_brigade() -> None:
    street = given(STREET, registered("brigade", "volunteer_brigade"))
    assert street.when(registered("v-1", "volunteer_station", "brigade")).recorded
    street.when(registered("v-2", "volunteer_station", "xiyuan")).refused("org-parent-misfit", naming=(1,))
    street.when(registered("c-1", "community", "brigade")).refused("org-parent-misfit", naming=(2,))


def test_the_parent_exists_on_that_day() -> None:
    street = given(registered("xiyuan", "street", on="2012-03-01"))
    street.when(registered("meihong", "community", "xiyuan", on="2012-02-29")).refused("org-parent-unknown")
    assert street.when(registered("meihong", "community", "xiyuan", on="2012-03-01")).recorded


def test_any_organisation_that_is_open_may_be_the_parent_of_others() -> None:
    assert given(STREET, COMMUNITY).when(registered("choir", "cso", "meihong")).recorded


def test_a_community_has_one_open_organisation_of_each_grassroots_kind() -> None:
    street = given(STREET, COMMUNITY, STATION)
    street.when(registered("station-2", "service_station", "meihong")).refused("org-kind-taken", naming=(3,))
    assert street.when(registered("party-1", "party_org", "meihong")).recorded


def test_another_may_open_from_the_day_of_the_dissolution_on() -> None:
    street = given(STREET, COMMUNITY, STATION, status("station-1", "dissolved", "2013-05-01"))
    street.when(registered("s-2", "service_station", "meihong", on="2013-04-30")).refused("org-kind-taken", naming=(3,))
    assert street.when(registered("s-2", "service_station", "meihong", on="2013-05-01")).recorded


def test_an_organisation_that_was_there_before_another_is_not_open_beside_it() -> None:
    street = given(STREET, COMMUNITY, registered("s-1", "service_station", "meihong", on="2013-01-01"))
    street.when(registered("s-0", "service_station", "meihong", on="2012-12-31")).refused("org-kind-taken", naming=(3,))


def test_a_dissolution_cannot_be_taken_out_once_another_has_opened() -> None:
    street = given(STREET, COMMUNITY, STATION, status("station-1", "dissolved", "2013-05-01"))
    assert street.when(registered("s-2", "service_station", "meihong", on="2013-05-01")).recorded
    street.when_voided(4).refused("org-kind-taken", naming=(5,))


def test_nothing_but_corrections_follows_a_dissolution() -> None:
    choir = given(CHOIR, joined("2012-07-01"), status("choir", "dissolved", "2013-03-15"))
    assert choir.when(joined("2013-03-14", "R-2")).recorded
    choir.when(joined("2013-03-15", "R-3")).refused("org-dissolved", naming=(3,))
    choir.when(status("choir", "registered", "2013-03-16")).refused("org-dissolved", naming=(3,))
    assert choir.when(registered("choir", "cso", on="2012-06-02", corrects=event_id(1), reason="misread")).recorded


def test_a_late_dissolution_is_refused_where_something_followed() -> None:
    choir = given(CHOIR, joined("2012-07-01"), joined("2012-09-01", "R-2"))
    choir.when(status("choir", "dissolved", "2012-08-31")).refused("org-dissolved", naming=(3,))
    assert choir.when(status("choir", "dissolved", "2012-09-02")).recorded


def test_a_member_joins_once_until_leaving() -> None:
    choir = given(CHOIR, joined("2012-07-01"))
    choir.when(joined("2012-07-02")).refused("org-member-twice", naming=(2,))
    choir.when(joined("2012-06-30")).refused("org-member-twice", naming=(2,))
    choir.when(left("2012-06-30")).refused("org-not-member", naming=(2,))
    assert choir.when(left("2012-08-15")).recorded
    choir.when(left("2012-08-16")).refused("org-not-member", naming=(2,))
    choir.when(joined("2012-08-14")).refused("org-member-twice", naming=(2,))
    assert choir.when(joined("2012-08-15")).recorded


def test_members_may_be_entered_in_any_order() -> None:
    choir = given(CHOIR, joined("2012-09-01"), joined("2012-07-01", "R-2"), left("2012-08-01", "R-2"))
    folded = choir.folded_afresh("org/choir")
    assert folded.members == choir.world.org("choir").members


def test_a_person_is_assigned_once_in_a_role() -> None:
    def assigned(role: str, on: str) -> PersonAssigned:
        return PersonAssigned(org="choir", person="R-1", role=role, occurred_on=on)

    choir = given(CHOIR, assigned("volunteer", "2012-07-01"))
    choir.when(assigned("volunteer", "2012-07-02")).refused("org-assigned-twice", naming=(2,))
    assert choir.when(assigned("leader", "2012-07-02")).recorded
    unassigned = PersonUnassigned(org="choir", person="R-1", role="staff", occurred_on="2012-08-01")
    choir.when(unassigned).refused("org-not-assigned")
    assert choir.when(unassigned.model_copy(update={"role": "volunteer"})).recorded


def test_a_parent_cannot_be_dissolved_before_its_child_was_registered() -> None:
    street = given(STREET, COMMUNITY, registered("s-1", "service_station", "meihong", on="2013-01-01"))
    street.when(status("meihong", "dissolved", "2013-01-01")).refused("org-has-children", naming=(3,))
    assert street.when(status("meihong", "dissolved", "2013-01-02")).recorded


def test_a_parent_cannot_be_corrected_to_a_day_after_its_child() -> None:
    street = given(STREET, registered("meihong", "community", "xiyuan", on="2012-02-01"))
    correction = registered("xiyuan", "street", on="2012-02-02", corrects=event_id(1), reason="misread")
    street.when(correction).refused("org-has-children", naming=(2,))
    assert street.when(correction.model_copy(update={"occurred_on": COMMUNITY.occurred_on})).recorded


def contracted(on: str) -> tuple[Fact, ...]:
    return (
        ProjectApproved(project="sunset", name="Warm Sunset", purchaser="xiyuan", occurred_on="2012-07-01"),
        ProjectContracted(
            project="sunset",
            implementer="choir",
            **{"from": "2013-01-01"},
            to="2013-12-31",
            amount_fen=100,
            channel="government",
            instalments=[{"due_on": "2013-01-31", "amount_fen": 100, "condition": "none"}],
            targets=[],
            duties=[],
            occurred_on=on,
        ),
    )


@pytest.mark.parametrize("new", ["suspended", "dissolved"])
def test_an_implementer_cannot_have_been_suspended_or_dissolved_when_it_took_on_a_project(new: str) -> None:
    street = given(STREET, CHOIR, *contracted("2012-12-20"))
    street.when(status("choir", new, "2012-12-19")).refused("org-is-implementer", naming=(4,))
    street.when(status("choir", new, "2012-12-20")).refused("org-is-implementer", naming=(4,))
    assert street.when(status("choir", new, "2012-12-21")).recorded


def test_a_late_suspension_that_ended_before_the_contract_is_recorded() -> None:
    street = given(STREET, CHOIR, *contracted("2012-12-20"), status("choir", "registered", "2012-12-01"))
    assert street.when(status("choir", "suspended", "2012-11-01")).recorded


def test_a_purchaser_stays_a_street_or_a_department() -> None:
    street = given(STREET, CHOIR, *contracted("2012-12-20"))
    street.when(registered("xiyuan", "agency", corrects=event_id(1), reason="misread")).refused(
        "org-is-purchaser", naming=(3,)
    )


def test_money_that_came_in_stands_against_a_dissolution() -> None:
    received = {"channel": "government", "amount_fen": 100, "occurred_on": "2012-09-01"}
    choir = given(CHOIR, FundsReceived(org="choir", payer="city", voucher="V-1", **received))
    choir.when(status("choir", "dissolved", "2012-09-01")).refused("org-received-after", naming=(2,))
    assert choir.when(status("choir", "dissolved", "2012-09-02")).recorded


def test_money_transferred_to_it_stands_against_a_dissolution() -> None:
    choir = given(
        CHOIR,
        FundsReceived(
            org="xiyuan", channel="social", amount_fen=100, payer="city", voucher="V-1", occurred_on="2012-08-01"
        ),
        FundsTransferred(
            org="xiyuan", channel="social", to_org="choir", amount_fen=100, voucher="V-2", occurred_on="2012-09-01"
        ),
    )
    choir.when(status("choir", "dissolved", "2012-09-01")).refused("org-received-after", naming=(3,))
    assert choir.when(status("choir", "dissolved", "2012-09-02")).recorded


def test_the_state_does_not_depend_on_the_order_of_arrival() -> None:
    choir: Given = given(CHOIR, joined("2012-09-01"), status("choir", "filed", "2012-08-01"))
    events = choir.streams["org/choir"]
    assert [event.position for event in in_order(events)] == [1, 3, 2]
    assert choir.folded_afresh("org/choir").statuses == choir.world.org("choir").statuses
