"""站点人员: two members and a professional at the centre and at each station."""

from __future__ import annotations

from typing import Any

from tests.views.harness import adopted, both, events, fact_id, policy_id
from tests.views.street import annulled, dissolved, filled, hired, org, passed, post
from xiyuan_ledger.aggregates.fact import Event, Fact


def asked(recorded_events: list[Event], valid_on: str, *when: Any, **more: Any) -> dict[str, Any]:
    return {row["org"]: row for row in both("station_staffing", recorded_events, valid_on, *when, **more)}


def one_station() -> list[Fact]:
    """A station with both kinds of post, two members without a level and one professional with one."""
    return [
        org("STATION", "service_station", "C1"),
        post("P-MEMBER", "STATION"),
        post("P-PRO", "STATION", professional=True),
        hired("W-1"),
        hired("W-2"),
        hired("W-3"),
        passed("W-3", "2012-08-20"),
        filled("P-MEMBER", "W-2", "2012-09-01"),
        filled("P-MEMBER", "W-1", "2012-09-02"),
        filled("P-PRO", "W-3", "2012-09-03"),
    ]


def test_a_station_with_two_members_and_a_certified_professional_lacks_nobody() -> None:
    assert both("station_staffing", events(*one_station()), "2012-09-03") == [
        {
            "org": "STATION",
            "kind": "service_station",
            "community": "C1",
            "members_required": 2,
            "members_filled": 2,
            "members_gap": 0,
            "professional_required": 1,
            "professional_filled": 1,
            "professional_gap": 0,
            "members": ["W-1", "W-2"],
            "professionals": ["W-3"],
            "evidence": [policy_id("station-staffing"), *(fact_id(number) for number in (1, 7, 8, 9, 10))],
        }
    ]


def test_the_day_before_each_came_the_place_was_open() -> None:
    ledger = events(*one_station())
    gaps = [
        (row["members_gap"], row["professional_gap"])
        for on in ("2012-08-31", "2012-09-01", "2012-09-02", "2012-09-03")
        for row in asked(ledger, on).values()
    ]
    assert gaps == [(2, 1), (1, 1), (0, 1), (0, 0)]


def test_who_fills_a_professional_post_without_a_level_does_not_count() -> None:
    ledger = events(*one_station(), annulled("W-3", "2012-12-05"))
    assert asked(ledger, "2012-12-04")["STATION"]["professionals"] == ["W-3"]
    after = asked(ledger, "2012-12-05")["STATION"]
    assert (after["professionals"], after["professional_gap"], after["members"]) == ([], 1, ["W-1", "W-2"])


def test_a_professional_who_is_also_on_a_member_post_is_not_counted_twice() -> None:
    ledger = events(*one_station(), filled("P-MEMBER", "W-3", "2012-10-01"))
    row = asked(ledger, "2012-10-01")["STATION"]
    assert (row["members"], row["professionals"]) == (["W-1", "W-2"], ["W-3"])


def test_centre_and_stations_have_their_own_numbers_and_the_centre_no_community() -> None:
    ledger = events(
        *one_station(),
        org("CENTRE", "service_center", "XY"),
        parameters={"station-staffing": {"center": {"members": 3, "professional": 2}}},
    )
    rows = asked(ledger, "2012-09-03")
    assert list(rows) == ["CENTRE", "STATION"]
    centre = rows["CENTRE"]
    assert (centre["community"], centre["members_required"], centre["professional_required"]) == (None, 3, 2)
    assert (centre["members_gap"], centre["professional_gap"], rows["STATION"]["members_required"]) == (3, 2, 2)


def test_a_dissolved_station_needs_nobody() -> None:
    ledger = events(*one_station(), dissolved("STATION", "2013-01-01"))
    assert list(asked(ledger, "2012-12-31")) == ["STATION"]
    assert asked(ledger, "2013-01-01") == {}


def test_a_later_version_asks_from_its_own_day_on() -> None:
    ledger = events(
        *one_station(),
        adopted("station-staffing", 2, "2013-01-01", on="2012-12-01", station={"members": 4, "professional": 1}),
    )
    assert asked(ledger, "2012-12-31")["STATION"]["members_required"] == 2
    assert asked(ledger, "2013-01-01")["STATION"]["members_gap"] == 2


def test_seven_professional_posts_and_four_purchased_people_leave_a_shortfall_of_three() -> None:
    stations = [f"STATION-{number}" for number in range(1, 7)]
    places = ["CENTRE", *stations]
    facts: list[Fact] = [
        org("CENTRE", "service_center", "XY"),
        *(org(code, "service_station", f"C{code[-1]}") for code in stations),
        *(post(f"PRO-{code}", code, professional=True) for code in places),
        *(hired(f"W-{number}", employer="AGENCY", employment="purchased") for number in range(1, 5)),
        *(passed(f"W-{number}", "2012-08-20") for number in range(1, 5)),
        *(filled(f"PRO-{code}", f"W-{number}", "2012-09-01") for number, code in enumerate(places[:4], start=1)),
    ]
    rows = asked(events(*facts), "2013-06-30").values()
    assert sum(row["professional_required"] for row in rows) == 7
    assert sum(row["professional_filled"] for row in rows) == 4
    assert sum(row["professional_gap"] for row in rows) == 3
    in_house = [hired("W-5", "2013-01-01"), passed("W-5", "2013-08-20"), filled("PRO-STATION-6", "W-5", "2013-09-01")]
    assert sum(row["professional_gap"] for row in asked(events(*facts, *in_house), "2013-09-01").values()) == 2
