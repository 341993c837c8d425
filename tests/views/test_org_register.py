"""组织名册: every organisation as it stands on a day."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Voiding, both, day, events, fact_id, recorded
from tests.views.street import dissolved, org
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.organization import (
    DesignationGranted,
    MemberJoined,
    MemberLeft,
    OrganizationStatusChanged,
    Status,
)


def asked(recorded_events: list[Event], valid_on: str, *when: Any) -> dict[str, Any]:
    return {row["org"]: row for row in both("org_register", recorded_events, valid_on, *when)}


def status(code: str, word: Status, on: str) -> OrganizationStatusChanged:
    return OrganizationStatusChanged(org=code, status=word, occurred_on=day(on))


def granted(designation: str, on: str, until: str | None = None) -> DesignationGranted:
    return DesignationGranted(
        org="XY", designation=designation, level="street", until=day(until) if until else None, occurred_on=day(on)
    )


def joined(person: str, on: str) -> MemberJoined:
    return MemberJoined(org="CSO-1", person=person, occurred_on=day(on))


def left(person: str, on: str) -> MemberLeft:
    return MemberLeft(org="CSO-1", person=person, occurred_on=day(on))


def test_an_organisation_is_shown_with_its_status_members_and_proof() -> None:
    ledger = events(
        org("CSO-1", "cso", "XY", "2012-07-01", category="welfare"),
        status("CSO-1", "filed", "2012-07-10"),
        status("CSO-1", "registered", "2012-09-01"),
        joined("P-1", "2012-09-02"),
        joined("P-2", "2012-09-02"),
        left("P-1", "2012-12-15"),
    )
    assert both("org_register", ledger, "2012-12-15") == [
        {
            "org": "CSO-1",
            "kind": "cso",
            "name": "CSO-1",
            "parent": "XY",
            "category": "welfare",
            "registered_on": day("2012-07-01"),
            "status": "registered",
            "open": True,
            "designations": [],
            "members": 1,
            "evidence": [fact_id(1), fact_id(3), fact_id(5)],
        }
    ]
    assert asked(ledger, "2012-12-14")["CSO-1"]["members"] == 2
    assert asked(ledger, "2012-08-31")["CSO-1"]["status"] == "filed"
    assert asked(ledger, "2012-07-09")["CSO-1"]["status"] is None
    assert asked(ledger, "2012-06-30") == {}


def test_a_dissolved_organisation_stays_in_the_register_and_is_no_longer_open() -> None:
    ledger = events(org("CSO-1", "cso"), status("CSO-1", "suspended", "2012-12-01"), dissolved("CSO-1", "2013-01-01"))
    found = [asked(ledger, on)["CSO-1"] for on in ("2012-12-01", "2012-12-31", "2013-01-01")]
    assert [(row["status"], row["open"]) for row in found] == [
        ("suspended", True),
        ("suspended", True),
        ("dissolved", False),
    ]


def test_a_designation_is_held_up_to_its_last_day() -> None:
    ledger = events(
        org("XY", "street"), granted("training_base", "2012-06-20"), granted("pilot_unit", "2012-06-20", "2013-06-19")
    )
    assert asked(ledger, "2012-06-19")["XY"]["designations"] == []
    assert asked(ledger, "2013-06-19")["XY"]["designations"] == ["pilot_unit", "training_base"]
    assert asked(ledger, "2013-06-20")["XY"]["designations"] == ["training_base"]


def test_of_two_changes_on_one_day_the_one_recorded_last_stands() -> None:
    ledger = events(
        org("CSO-1", "cso"), status("CSO-1", "registered", "2012-12-01"), status("CSO-1", "suspended", "2012-12-01")
    )
    assert asked(ledger, "2012-12-01")["CSO-1"]["status"] == "suspended"


def test_a_late_status_takes_its_place_by_its_own_date() -> None:
    ledger = events(
        org("CSO-1", "cso"),
        status("CSO-1", "registered", "2012-12-01"),
        recorded(status("CSO-1", "suspended", "2012-10-01"), "2013-01-15"),
    )
    assert asked(ledger, "2012-11-30")["CSO-1"]["status"] == "suspended"
    assert asked(ledger, "2012-11-30", "2013-01-14")["CSO-1"]["status"] is None
    assert asked(ledger, "2013-02-01")["CSO-1"]["status"] == "registered"


def test_a_corrected_name_and_a_voided_dissolution_are_as_known() -> None:
    first = org("CSO-1", "cso")
    ledger = events(
        first,
        first.model_copy(update={"name": "CSO-One", "corrects": fact_id(1), "reason": "misspelt"}),
        dissolved("CSO-1", "2013-01-01"),
        Voiding(event=fact_id(3), reason="wrong organisation", occurred_on=day("2013-01-20")),
    )
    assert (asked(ledger, "2013-02-01")["CSO-1"]["name"], asked(ledger, "2013-02-01")["CSO-1"]["open"]) == (
        "CSO-One",
        True,
    )
    assert asked(ledger, "2013-02-01", "2013-01-19")["CSO-1"]["open"] is False
