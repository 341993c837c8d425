"""4+1: a qualified worker at each of the four grassroots organisations of a community."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Rows, both, day, events, fact_id, policy_id, recorded
from tests.views.street import annulled, certified, community, dissolved, filled, hired, org, passed, post, vacated
from xiyuan_ledger.aggregates.fact import Event, Fact
from xiyuan_ledger.aggregates.worker import CertificateRevoked, WorkerDismissed, WorkerLeft, WorkerReinstated

KINDS = ["party_org", "autonomous_org", "admin_workstation", "service_station"]
POSTS = {"P-PARTY": "C1-PARTY", "P-AUTO": "C1-AUTO", "P-ADMIN": "C1-ADMIN", "P-STATION": "C1-STATION"}


def one_community(*facts: Fact, **parameters: Any) -> list[Event]:
    """A community with its four organisations, a post at each, four workers with a level, not yet on post."""
    posts = [post(code, at) for code, at in POSTS.items()]
    people = [fact for worker in ("W-1", "W-2", "W-3", "W-4") for fact in (hired(worker), passed(worker))]
    standing = sorted([*community("C1"), *posts, *people], key=lambda fact: fact.occurred_on)
    return events(*standing, *facts, parameters={"four-plus-one": parameters})


def ids_of(recorded_events: list[Event], *facts: Fact) -> list[str]:
    return sorted(event.event_id for event in recorded_events if event.fact in facts)


def asked(recorded_events: list[Event], valid_on: str, *when: Any, **more: Any) -> dict[tuple[str | None, str], Any]:
    rows: Rows = both("four_plus_one", recorded_events, valid_on, *when, **more)
    return {(row["community"], row["kind"]): row for row in rows}


def test_each_kind_has_a_row_and_a_gap_until_a_worker_with_a_level_is_on_post_there() -> None:
    fill = filled("P-PARTY", "W-1", "2012-09-01")
    ledger = one_community(fill)
    assert list(asked(ledger, "2012-08-31")) == [("C1", kind) for kind in sorted(KINDS)]
    assert asked(ledger, "2012-08-31")["C1", "party_org"]["gap"] == 1
    assert asked(ledger, "2012-09-01")["C1", "party_org"] == {
        "community": "C1",
        "kind": "party_org",
        "org": "C1-PARTY",
        "required": 1,
        "filled": 1,
        "gap": 0,
        "workers": ["W-1"],
        "evidence": sorted(
            [
                policy_id("four-plus-one"),
                fact_id(1),
                fact_id(2),
                *ids_of(ledger, fill, passed("W-1")),
            ]
        ),
    }
    assert asked(ledger, "2012-09-01")["C1", "service_station"]["workers"] == []


def test_a_community_without_an_organisation_of_a_kind_has_a_gap_there_and_no_code() -> None:
    rows = asked(events(org("C1", "community", "XY"), org("C1-PARTY", "party_org", "C1")), "2012-09-01")
    assert (rows["C1", "party_org"]["org"], rows["C1", "party_org"]["gap"]) == ("C1-PARTY", 1)
    assert (rows["C1", "service_station"]["org"], rows["C1", "service_station"]["gap"]) == (None, 1)
    assert rows["C1", "service_station"]["evidence"] == [policy_id("four-plus-one"), fact_id(1)]


def test_a_dissolved_community_is_left_out_and_a_dissolved_organisation_fills_nothing() -> None:
    ledger = one_community(
        filled("P-PARTY", "W-1", "2012-09-01"), dissolved("C1-PARTY", "2013-01-01"), dissolved("C1", "2014-01-01")
    )
    assert asked(ledger, "2012-12-31")["C1", "party_org"]["filled"] == 1
    assert (
        asked(ledger, "2013-01-01")["C1", "party_org"]["org"],
        asked(ledger, "2013-01-01")["C1", "party_org"]["gap"],
    ) == (
        None,
        1,
    )
    assert asked(ledger, "2014-01-01") == {}


def test_a_worker_without_a_level_does_not_count_before_the_results() -> None:
    ledger = one_community(hired("W-9"), filled("P-PARTY", "W-9", "2012-09-01"), passed("W-9", "2013-08-20"))
    assert asked(ledger, "2013-08-19")["C1", "party_org"]["workers"] == []
    assert asked(ledger, "2013-08-20")["C1", "party_org"]["workers"] == ["W-9"]


def test_one_person_counts_once_for_the_post_filled_first() -> None:
    ledger = one_community(filled("P-STATION", "W-1", "2012-09-01"), filled("P-ADMIN", "W-1", "2012-09-02"))
    rows = asked(ledger, "2012-09-02")
    assert (rows["C1", "service_station"]["workers"], rows["C1", "admin_workstation"]["workers"]) == (["W-1"], [])


def test_of_two_posts_filled_on_one_day_the_lowest_code_counts() -> None:
    ledger = one_community(filled("P-STATION", "W-1", "2012-09-01"), filled("P-ADMIN", "W-1", "2012-09-01"))
    rows = asked(ledger, "2012-09-01")
    assert (rows["C1", "service_station"]["workers"], rows["C1", "admin_workstation"]["workers"]) == ([], ["W-1"])


def test_a_post_outside_the_four_kinds_does_not_take_the_worker_from_her_place() -> None:
    ledger = one_community(
        post("P-STREET", "XY"), filled("P-STREET", "W-1", "2012-09-01"), filled("P-PARTY", "W-1", "2012-10-01")
    )
    assert asked(ledger, "2012-10-01")["C1", "party_org"]["workers"] == ["W-1"]


def test_who_moves_to_another_community_leaves_her_place_on_the_day_she_moves() -> None:
    ledger = one_community(
        *community("C2"),
        post("P2-PARTY", "C2-PARTY"),
        filled("P-PARTY", "W-1", "2012-09-01"),
        vacated("P-PARTY", "W-1", "2012-11-15"),
        filled("P2-PARTY", "W-1", "2012-11-15"),
    )
    before, after = asked(ledger, "2012-11-14"), asked(ledger, "2012-11-15")
    assert (before["C1", "party_org"]["filled"], before["C2", "party_org"]["filled"]) == (1, 0)
    assert (after["C1", "party_org"]["filled"], after["C2", "party_org"]["filled"]) == (0, 1)


def test_leaving_the_last_employment_ends_the_post_and_the_place() -> None:
    left = WorkerLeft(worker="W-1", employer="XY", occurred_on=day("2012-12-01"))
    ledger = one_community(filled("P-PARTY", "W-1", "2012-09-01"), left)
    assert asked(ledger, "2012-11-30")["C1", "party_org"]["filled"] == 1
    assert asked(ledger, "2012-12-01")["C1", "party_org"]["filled"] == 0


def test_a_dismissal_takes_the_place_away_and_a_reinstatement_gives_it_back() -> None:
    dismissed = WorkerDismissed(worker="W-1", reason="x", approved_by="chief-1", occurred_on=day("2012-12-01"))
    back = WorkerReinstated(worker="W-1", reason="x", approved_by="chief-1", occurred_on=day("2013-02-01"))
    ledger = one_community(filled("P-PARTY", "W-1", "2012-09-01"), dismissed, back)
    found = [
        asked(ledger, on)["C1", "party_org"]["filled"]
        for on in ("2012-11-30", "2012-12-01", "2013-01-31", "2013-02-01")
    ]
    assert found == [1, 0, 0, 1]


def test_an_annulled_pass_no_longer_counts_but_a_report_pinned_before_stays() -> None:
    ledger = one_community(filled("P-PARTY", "W-1", "2012-09-01"), annulled("W-1", "2012-12-05"))
    assert asked(ledger, "2012-12-04")["C1", "party_org"]["filled"] == 1
    assert asked(ledger, "2012-12-05")["C1", "party_org"]["filled"] == 0
    assert asked(ledger, "2012-12-05", "2012-11-30")["C1", "party_org"]["filled"] == 1


def test_a_filling_recorded_late_counts_only_as_known_later() -> None:
    ledger = one_community(recorded(filled("P-PARTY", "W-1", "2012-09-01"), "2012-12-01"))
    assert asked(ledger, "2012-09-30", "2012-11-30")["C1", "party_org"]["filled"] == 0
    assert asked(ledger, "2012-09-30", "2012-12-01")["C1", "party_org"]["filled"] == 1


def test_registered_asks_for_a_certificate_valid_on_the_day() -> None:
    ledger = one_community(
        filled("P-PARTY", "W-1", "2012-09-01"),
        certified("W-1", "2012-10-08", "2012-10-10", "2015-10-09"),
        qualification="registered",
    )
    found = [
        asked(ledger, on)["C1", "party_org"]["filled"]
        for on in ("2012-10-09", "2012-10-10", "2015-10-09", "2015-10-10")
    ]
    assert found == [0, 1, 1, 0]


def test_a_revoked_certificate_does_not_count_from_its_day_on() -> None:
    ledger = one_community(
        filled("P-PARTY", "W-1", "2012-09-01"),
        certified("W-1", "2012-10-08", "2012-10-08", "2015-10-07"),
        CertificateRevoked(worker="W-1", certificate="CERT-W-1", authority="bureau", occurred_on=day("2013-01-10")),
        qualification="registered",
    )
    assert asked(ledger, "2013-01-09")["C1", "party_org"]["filled"] == 1
    assert asked(ledger, "2013-01-10")["C1", "party_org"]["filled"] == 0
    assert asked(ledger, "2013-01-10", what_if={"four-plus-one": {}})["C1", "party_org"]["filled"] == 1


def test_purchased_workers_count_unless_the_policy_says_otherwise() -> None:
    purchased = [
        hired("W-9", employer="AGENCY", employment="purchased"),
        passed("W-9"),
        filled("P-AUTO", "W-9", "2012-09-01"),
    ]
    ledger = one_community(*purchased)
    without = {"four-plus-one": {"count_purchased": False}}
    assert asked(ledger, "2012-09-01")["C1", "autonomous_org"]["workers"] == ["W-9"]
    assert asked(ledger, "2012-09-01", what_if=without)["C1", "autonomous_org"]["workers"] == []
    both_ways = one_community(*purchased, hired("W-9", "2012-09-03", employer="C1", employment="community"))
    assert asked(both_ways, "2012-09-03", what_if=without)["C1", "autonomous_org"]["workers"] == ["W-9"]


def test_reading_a_asks_for_one_more_at_the_station_on_a_professional_post() -> None:
    ledger = one_community(
        post("P-PRO", "C1-STATION", professional=True),
        filled("P-STATION", "W-1", "2012-09-01"),
        filled("P-STATION", "W-2", "2012-10-01"),
        filled("P-PRO", "W-3", "2012-11-01"),
        plus_one="station_professional",
    )
    rows = [asked(ledger, on)["C1", "service_station"] for on in ("2012-09-01", "2012-10-01", "2012-11-01")]
    assert [(row["required"], row["filled"], row["gap"]) for row in rows] == [(2, 1, 1), (2, 1, 1), (2, 3, 0)]
    assert rows[1]["workers"] == ["W-1", "W-2"]
    assert asked(ledger, "2012-09-01")["C1", "party_org"]["required"] == 1


def test_a_lone_professional_at_the_station_fills_one_of_its_two_places() -> None:
    ledger = one_community(
        post("P-PRO", "C1-STATION", professional=True),
        filled("P-PRO", "W-3", "2012-11-01"),
        plus_one="station_professional",
    )
    row = asked(ledger, "2012-11-01")["C1", "service_station"]
    assert (row["required"], row["filled"], row["gap"]) == (2, 1, 1)


def test_reading_c_asks_for_a_professional_leader_at_the_street_centre() -> None:
    ledger = one_community(
        org("CENTRE", "service_center", "XY"),
        post("P-MEMBER", "CENTRE"),
        post("P-LEADER", "CENTRE", professional=True),
        filled("P-MEMBER", "W-1", "2012-09-01"),
        filled("P-LEADER", "W-2", "2012-10-01"),
        plus_one="centre_professional",
    )
    before, after = asked(ledger, "2012-09-30"), asked(ledger, "2012-10-01")
    assert len(before) == 5
    assert (before[None, "service_center"]["filled"], before[None, "service_center"]["gap"]) == (0, 1)
    assert (after[None, "service_center"]["org"], after[None, "service_center"]["workers"]) == ("CENTRE", ["W-2"])
    assert after[None, "service_center"]["gap"] == 0


def test_reading_c_has_its_row_also_where_no_centre_stands() -> None:
    row = asked(one_community(plus_one="centre_professional"), "2012-09-01")[None, "service_center"]
    assert (row["org"], row["required"], row["gap"], row["evidence"]) == (None, 1, 1, [policy_id("four-plus-one")])


def test_before_the_policy_took_effect_nothing_is_asked() -> None:
    assert asked(one_community(), "2012-05-31") == {}
