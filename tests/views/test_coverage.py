"""Coverage: how many people a project is meant for, has taken in, and served."""

from __future__ import annotations

from typing import Any

from tests.views.harness import both, events, fact_id, position_of, recorded
from tests.views.sunset import approved, contracted, enrolled, exited, merged, session, visit
from xiyuan_ledger.aggregates.fact import Event


def covered(ledger: list[Event], valid_on: str, *when: Any, **asked: Any) -> tuple[int | None, int, int, int | None]:
    """Eligible, registered, served and coverage of the one project."""
    [row] = both("coverage", ledger, valid_on, *when, **asked)
    return row["eligible"], row["registered"], row["served"], row["coverage_centi"]


def test_two_hundred_and_forty_of_six_thousand_are_four_percent() -> None:
    people = [enrolled(f"C-{number}") for number in range(240)]
    ledger = events(approved(), contracted(clients=6000), *people)
    assert covered(ledger, "2012-12-31") == (6000, 0, 0, 0)
    assert covered(ledger, "2013-01-01") == (6000, 240, 0, 400)


def test_a_row_names_the_facts_that_make_it() -> None:
    ledger = events(
        approved(),
        contracted(clients=3),
        enrolled("C-1"),
        visit("C-1", "2013-02-01"),
        session("S-1", "2013-02-02", "C-1", "C-2", headcount=7),
        session("S-2", "2013-02-03", headcount=7),
    )
    assert both("coverage", ledger, "2013-06-30") == [
        {
            "project": "P3",
            "eligible": 3,
            "registered": 1,
            "served": 2,
            "coverage_centi": 3333,
            "evidence": [fact_id(number) for number in (1, 2, 3, 4, 5)],
        }
    ]


def test_where_the_contract_names_no_number_of_clients_there_is_no_share() -> None:
    assert covered(events(approved(), enrolled("C-1")), "2013-06-30") == (None, 1, 0, None)
    assert covered(events(approved(), contracted(sessions=5), enrolled("C-1")), "2013-06-30") == (None, 1, 0, None)


def test_who_leaves_on_a_day_was_last_registered_on_the_day_before_and_may_come_back() -> None:
    ledger = events(approved(), enrolled("C-1"), exited("C-1", "2013-03-15"), enrolled("C-1", "2013-04-01"))
    assert [covered(ledger, on)[1] for on in ("2013-03-14", "2013-03-15", "2013-03-31", "2013-04-01")] == [1, 0, 0, 1]


def test_two_codes_of_one_person_are_one_once_it_is_known() -> None:
    ledger = events(
        approved(), enrolled("C-1"), enrolled("C-2"), visit("C-2", "2013-02-01"), merged("C-1", "C-2", "2013-05-01")
    )
    assert covered(ledger, "2013-04-30")[1:3] == (2, 1)
    assert covered(ledger, "2013-05-01")[1:3] == (1, 1)
    [row] = both("coverage", ledger, "2013-05-01")
    assert row["evidence"] == [fact_id(number) for number in (1, 2, 3, 4, 5)]


def test_of_two_mergings_of_one_code_the_first_holds_and_is_the_evidence() -> None:
    mergings = [merged("C-1", "C-5", "2013-02-01"), merged("C-3", "C-5", "2013-03-01")]
    ledger = events(approved(), enrolled("C-5"), enrolled("C-1"), enrolled("C-3"), *mergings)
    assert covered(ledger, "2013-06-30")[1] == 2
    [row] = both("coverage", ledger, "2013-06-30")
    assert row["evidence"] == [fact_id(number) for number in (1, 2, 3, 4, 5)]


def test_served_are_those_of_the_period_and_registered_those_of_the_day() -> None:
    ledger = events(
        approved(), enrolled("C-1"), enrolled("C-2"), visit("C-1", "2013-02-28"), visit("C-2", "2013-03-01")
    )
    assert covered(ledger, "2013-06-30", from_="2013-03-01", to="2013-03-31")[1:3] == (2, 1)
    assert covered(ledger, "2013-06-30")[1:3] == (2, 2)


def test_an_enrolment_recorded_late_or_corrected_counts_for_those_who_know_of_it() -> None:
    late = recorded(enrolled("C-1", "2013-02-01"), "2013-06-01")
    better = enrolled("C-1", "2013-03-01").model_copy(update={"corrects": fact_id(2), "reason": "a slip"})
    ledger = events(approved(), late, recorded(better, "2013-06-02"))
    assert covered(ledger, "2013-02-15", "2013-05-31")[1] == 0
    assert covered(ledger, "2013-02-15", position_of(2))[1] == 1
    assert covered(ledger, "2013-02-15")[1] == 0
    assert covered(ledger, "2013-03-01")[1] == 1
