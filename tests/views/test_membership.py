"""会员: how many members an organisation has, and who came and went."""

from __future__ import annotations

from tests.views.harness import Voiding, both, day, events, fact_id, recorded
from tests.views.street import org
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.organization import MemberJoined, MemberLeft


def joined(person: str, on: str, code: str = "CSO-1") -> MemberJoined:
    return MemberJoined(org=code, person=person, occurred_on=day(on))


def left(person: str, on: str, code: str = "CSO-1") -> MemberLeft:
    return MemberLeft(org=code, person=person, occurred_on=day(on))


COMING_AND_GOING: list[Fact] = [
    org("CSO-1", "cso"),
    joined("P-1", "2012-07-01"),
    joined("P-2", "2012-07-31"),
    joined("P-3", "2012-08-01"),
    left("P-1", "2012-08-31"),
    joined("P-1", "2012-09-30"),
    left("P-2", "2012-10-01"),
]


def test_members_are_those_of_the_last_day_and_the_period_counts_who_came_and_went() -> None:
    assert both("membership", events(*COMING_AND_GOING), "2012-12-31", from_="2012-08-01", to="2012-08-31") == [
        {"org": "CSO-1", "members": 2, "joined": 1, "left": 1, "evidence": [fact_id(3), fact_id(4), fact_id(5)]}
    ]


def test_who_leaves_on_a_day_was_a_member_up_to_the_day_before() -> None:
    ledger = events(*COMING_AND_GOING)
    found = [
        both("membership", ledger, on)[0]["members"] for on in ("2012-08-30", "2012-08-31", "2012-09-29", "2012-09-30")
    ]
    assert found == [3, 2, 2, 3]


def test_without_a_period_all_of_history_counts() -> None:
    (row,) = both("membership", events(*COMING_AND_GOING), "2012-12-31")
    assert (row["members"], row["joined"], row["left"]) == (2, 4, 2)
    assert row["evidence"] == [fact_id(number) for number in range(2, 8)]


def test_a_period_that_goes_beyond_the_day_ends_with_it() -> None:
    (row,) = both("membership", events(*COMING_AND_GOING), "2012-09-29", from_="2012-09-01", to="2012-09-30")
    assert (row["members"], row["joined"], row["left"], row["evidence"]) == (2, 0, 0, [fact_id(3), fact_id(4)])


def test_an_organisation_whose_members_all_left_is_shown_with_none() -> None:
    ledger = events(joined("P-1", "2012-07-01"), left("P-1", "2012-08-01"))
    assert both("membership", ledger, "2012-12-31", from_="2012-10-01") == [
        {"org": "CSO-1", "members": 0, "joined": 0, "left": 0, "evidence": []}
    ]


def test_one_person_is_a_member_of_each_organisation_that_she_joined() -> None:
    ledger = events(joined("P-1", "2012-07-01"), joined("P-1", "2012-07-01", "CSO-2"), left("P-1", "2012-08-01"))
    assert [(row["org"], row["members"]) for row in both("membership", ledger, "2012-08-01")] == [
        ("CSO-1", 0),
        ("CSO-2", 1),
    ]


def test_a_late_joining_is_not_known_before_and_a_voided_one_not_after() -> None:
    ledger = events(
        joined("P-1", "2012-07-01"),
        recorded(joined("P-2", "2012-07-02"), "2012-11-01"),
        Voiding(event=fact_id(1), reason="never joined", occurred_on=day("2012-12-01")),
    )
    found = [
        both("membership", ledger, "2012-12-31", on)[0]["members"] for on in ("2012-10-31", "2012-11-01", "2012-12-01")
    ]
    assert found == [1, 2, 1]
