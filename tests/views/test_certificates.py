"""证书: the certificate of each worker and level passed, and how it stands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.harness import both, day, events, fact_id, policy_id, recorded
from tests.views.staff import annulled, certified, hired, passed, revoked

VIEW = "certificates"
HIRED = hired("W-1", "2012-07-01")
PASSED = passed("W-1", "2013-08-20", exam_on="2013-06-15")


def row(*asked: Any, **how: Any) -> dict[str, Any]:
    """The one row of the view."""
    rows = both(VIEW, *asked, **how)
    assert len(rows) == 1, rows
    return rows[0]


def test_a_pass_without_a_certificate_is_unregistered_and_due_in_a_year() -> None:
    assert both(VIEW, events(HIRED, PASSED), "2013-08-20") == [
        {
            "worker": "W-1",
            "level": "junior",
            "passed_on": day("2013-06-15"),
            "certificate": None,
            "valid_from": None,
            "valid_to": None,
            "status": "unregistered",
            "renew_from": None,
            "first_registration_due": day("2014-06-15"),
            "evidence": [policy_id("certificate-registration"), fact_id(2)],
        }
    ]
    assert both(VIEW, events(HIRED, PASSED), "2013-08-19") == []


def test_a_registered_certificate_is_valid_and_may_be_renewed_three_months_before_its_end() -> None:
    assert row(events(HIRED, PASSED, certified("W-1", "2013-09-10", to="2016-05-31")), "2013-09-10") == {
        "worker": "W-1",
        "level": "junior",
        "passed_on": day("2013-06-15"),
        "certificate": "C-W-1-junior",
        "valid_from": day("2013-09-10"),
        "valid_to": day("2016-05-31"),
        "status": "valid",
        "renew_from": day("2016-02-29"),
        "first_registration_due": day("2014-06-15"),
        "evidence": [policy_id("certificate-registration"), fact_id(2), fact_id(3)],
    }


@pytest.mark.parametrize(("on", "status"), [("2016-09-08", "valid"), ("2016-09-09", "valid"), ("2016-09-10", "lapsed")])
def test_a_certificate_lapses_the_day_after_its_last_day(on: str, status: str) -> None:
    assert row(events(HIRED, PASSED, certified("W-1", "2013-09-10", to="2016-09-09")), on)["status"] == status


def test_a_renewed_certificate_shows_its_last_term() -> None:
    renewed = certified("W-1", "2016-07-01", from_="2016-09-10", to="2019-09-09", renewal=True)
    recorded_events = events(HIRED, PASSED, certified("W-1", "2013-09-10", to="2016-09-09"), renewed)
    for on in ("2016-09-09", "2016-09-10", "2019-09-09"):
        found = row(recorded_events, on)
        assert (found["status"], found["valid_to"], found["renew_from"]) == (
            "valid",
            day("2019-09-09"),
            day("2019-06-09"),
        )
    assert row(recorded_events, "2019-09-10")["status"] == "lapsed"


def test_a_certificate_renewed_too_late_is_lapsed_until_the_new_term_begins() -> None:
    renewed = certified("W-1", "2016-09-20", from_="2016-10-01", to="2019-09-30", renewal=True)
    recorded_events = events(HIRED, PASSED, certified("W-1", "2013-09-10", to="2016-09-09"), renewed)
    assert [row(recorded_events, on)["status"] for on in ("2016-09-19", "2016-09-30", "2016-10-01")] == [
        "lapsed",
        "lapsed",
        "valid",
    ]


def test_a_revoked_certificate_is_revoked_from_that_day_until_another_is_registered() -> None:
    recorded_events = events(
        HIRED,
        PASSED,
        certified("W-1", "2013-09-10", to="2016-09-09"),
        revoked("W-1", "2014-03-05"),
        certified("W-1", "2014-06-01", to="2017-05-31", code="C-2"),
    )
    assert row(recorded_events, "2014-03-04")["status"] == "valid"
    found = row(recorded_events, "2014-03-05")
    assert (found["status"], found["certificate"], found["renew_from"]) == ("revoked", "C-W-1-junior", None)
    found = row(recorded_events, "2014-06-01")
    assert (found["status"], found["certificate"]) == ("valid", "C-2")
    assert found["evidence"] == [policy_id("certificate-registration"), *map(fact_id, (2, 3, 4, 5))]


@pytest.mark.parametrize("effect", ["from_start", "from_decision"])
def test_an_annulled_pass_is_shown_as_annulled(effect: Any) -> None:
    recorded_events = events(
        HIRED,
        PASSED,
        certified("W-1", "2013-09-10", to="2016-09-09"),
        annulled("W-1", "2013-12-05", year=2013, effect=effect),
    )
    assert row(recorded_events, "2013-12-04")["status"] == "valid"
    found = row(recorded_events, "2013-12-05")
    assert (found["status"], found["certificate"]) == ("annulled", "C-W-1-junior")


def test_who_passes_again_after_an_annulment_registers_again() -> None:
    recorded_events = events(
        HIRED,
        PASSED,
        certified("W-1", "2013-09-10", to="2016-09-09"),
        annulled("W-1", "2013-12-05", year=2013),
        passed("W-1", "2014-08-20", exam_on="2014-06-14"),
    )
    found = row(recorded_events, "2014-08-20")
    assert (found["status"], found["passed_on"], found["certificate"]) == ("unregistered", day("2014-06-14"), None)


def test_each_level_has_its_own_row() -> None:
    recorded_events = events(
        HIRED,
        PASSED,
        passed("W-1", "2014-08-20", level="intermediate"),
        hired("W-0", "2012-07-01"),
        passed("W-0", "2013-08-20"),
    )
    assert [(found["worker"], found["level"]) for found in both(VIEW, recorded_events, "2015-01-01")] == [
        ("W-0", "junior"),
        ("W-1", "intermediate"),
        ("W-1", "junior"),
    ]


def test_a_late_registration_is_seen_once_it_is_recorded() -> None:
    recorded_events = events(HIRED, PASSED, recorded(certified("W-1", "2013-09-10", to="2016-09-09"), "2013-11-01"))
    assert row(recorded_events, "2013-09-30", "2013-10-31")["status"] == "unregistered"
    assert row(recorded_events, "2013-09-30", "2013-11-01")["status"] == "valid"


def test_without_a_policy_in_force_nothing_is_due() -> None:
    recorded_events = events(
        hired("W-1", "2010-01-01"), passed("W-1", "2011-08-20"), certified("W-1", "2011-09-10", to="2014-09-09")
    )
    found = row(recorded_events, "2012-05-31")
    assert (found["status"], found["renew_from"], found["first_registration_due"]) == ("valid", None, None)
    assert row(recorded_events, "2012-06-01")["first_registration_due"] == day("2012-06-16")
