"""Five Ones: which of the five items each family was given in a year."""

from __future__ import annotations

from typing import Any

from tests.views.harness import adopted, both, events, fact_id, policy_id, recorded
from tests.views.sunset import enrolled, exited, merged, visit
from xiyuan_ledger.aggregates.fact import Event, Fact

ITEMS = ("checkup", "contact", "gift", "outing", "visit")
RULE = {"service-cadence": {"five_ones": {"project": "P3", "items": list(ITEMS)}}}


def given(on: str, item: str | None = "visit", client: str = "C-1", **more: Any) -> Fact:
    return visit(client, on, item=item, **more)


def street(*facts: Fact) -> list[Event]:
    return events(*facts, parameters=RULE)


def told(ledger: list[Event], valid_on: str, *when: Any, **asked: Any) -> list[tuple[str, int, int, str]]:
    """Family, year, how many items, status."""
    rows = both("five_ones", ledger, valid_on, *when, **asked)
    return [(row["client"], row["year"], row["delivered"], row["status"]) for row in rows]


def test_a_family_with_all_five_has_met_them_and_one_without_is_short_when_the_year_is_over() -> None:
    ledger = street(
        enrolled("C-1", "2013-01-01"),
        *(given(f"2013-0{n}-01", item) for n, item in enumerate(ITEMS, start=1)),
        enrolled("C-2", "2013-06-01"),
    )
    assert told(ledger, "2013-05-01") == [("C-1", 2013, 5, "met")]
    assert told(ledger, "2013-12-31") == [("C-1", 2013, 5, "met"), ("C-2", 2013, 0, "open")]
    in_2013 = told(ledger, "2014-01-01", from_="2013-01-01", to="2013-12-31")
    assert in_2013[1] == ("C-2", 2013, 0, "short")
    assert both("five_ones", ledger, "2013-05-01") == [
        {
            "client": "C-1",
            "year": 2013,
            "delivered": 5,
            "required": 5,
            "missing": [],
            "status": "met",
            "evidence": [policy_id("service-cadence"), *(fact_id(n) for n in range(1, 7))],
        }
    ]


def test_an_item_counts_once_a_year_and_again_in_the_next() -> None:
    facts = [given("2013-02-01"), given("2013-03-01"), given("2014-01-01", "gift")]
    ledger = street(enrolled("C-1", "2013-01-01"), *facts)
    assert told(ledger, "2014-06-30") == [("C-1", 2013, 1, "short"), ("C-1", 2014, 1, "open")]
    assert both("five_ones", ledger, "2014-06-30")[1]["missing"] == ["checkup", "contact", "outing", "visit"]


def test_other_items_and_other_projects_do_not_count() -> None:
    ledger = street(
        enrolled("C-1", "2013-01-01"),
        given("2013-02-01", "haircut"),
        given("2013-02-02", None),
        given("2013-02-03", project="P4"),
        enrolled("C-2", "2013-01-01", project="P4"),
    )
    assert told(ledger, "2013-06-30") == [("C-1", 2013, 0, "open")]


def test_a_family_belongs_to_the_years_in_which_it_was_enrolled_on_some_day() -> None:
    ledger = street(enrolled("C-1", "2012-12-31"), exited("C-1", "2014-01-01"))
    assert [year for _, year, _, _ in told(ledger, "2015-06-30")] == [2012, 2013]
    assert told(street(enrolled("C-1", "2013-05-01"), exited("C-1", "2013-05-01")), "2013-12-31") == []


def test_without_the_rule_there_are_no_rows_and_a_later_rule_is_asked_for_its_items() -> None:
    facts: list[Fact] = [enrolled("C-1", "2013-01-01"), given("2013-02-01")]
    assert told(events(*facts), "2013-06-30") == []
    rule = adopted("service-cadence", 2, "2013-07-01", five_ones={"project": "P3", "items": list("vwxyz")})
    assert told(street(*facts, rule), "2013-06-30") == [("C-1", 2013, 1, "open")]
    assert told(street(*facts, rule), "2013-07-01") == [("C-1", 2013, 0, "open")]
    what_if = {"service-cadence": {"five_ones": {"project": "P3", "items": list(ITEMS)}}}
    [row] = both("five_ones", events(*facts), "2013-06-30", what_if=what_if)
    assert row["evidence"] == [fact_id(1), fact_id(2)]


def test_two_codes_of_one_family_share_their_items_once_it_is_known() -> None:
    ledger = street(
        enrolled("C-1", "2013-01-01"),
        enrolled("C-2", "2013-01-01"),
        given("2013-02-01"),
        given("2013-02-01", "gift", "C-2"),
        merged("C-1", "C-2", "2013-05-01"),
    )
    assert told(ledger, "2013-04-30") == [("C-1", 2013, 1, "open"), ("C-2", 2013, 1, "open")]
    assert told(ledger, "2013-05-01") == [("C-1", 2013, 2, "open")]


def test_a_service_recorded_late_counts_when_known_and_the_period_cuts_the_year() -> None:
    ledger = street(enrolled("C-1", "2013-01-01"), recorded(given("2013-02-01"), "2013-06-01"))
    assert told(ledger, "2013-03-31", "2013-05-31") == [("C-1", 2013, 0, "open")]
    assert told(ledger, "2013-03-31") == [("C-1", 2013, 1, "open")]
    assert told(ledger, "2013-12-31", from_="2013-02-02", to="2013-06-30") == [("C-1", 2013, 0, "open")]
