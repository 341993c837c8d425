"""Caseload and outcomes: cases opened, planned and closed, and what was measured before and after."""

from __future__ import annotations

from typing import Any, Literal

from tests.views.harness import Rows, Voiding, both, day, events, fact_id, recorded
from tests.views.sunset import merged
from xiyuan_ledger.aggregates.case import CaseClosed, CaseOpened, CasePlanAgreed
from xiyuan_ledger.aggregates.client import OutcomeMeasured
from xiyuan_ledger.aggregates.fact import Event

YEAR_END = "2013-12-31"


def opened(case: str, on: str, client: str = "C-1", project: str = "P2") -> CaseOpened:
    return CaseOpened(case=case, client=client, project=project, occurred_on=day(on))


def planned(case: str, on: str) -> CasePlanAgreed:
    return CasePlanAgreed(case=case, client="C-1", goals="sleeps at night", occurred_on=day(on))


def closed(case: str, on: str) -> CaseClosed:
    return CaseClosed(case=case, client="C-1", outcome="reached", occurred_on=day(on))


def loads(ledger: list[Event], valid_on: str = YEAR_END, *when: Any, **asked: Any) -> list[tuple[int, ...]]:
    """Opened, closed, open and planned, by project."""
    rows = both("caseload", ledger, valid_on, *when, **asked)
    return [tuple(row[name] for name in ("opened", "closed", "open", "with_plan")) for row in rows]


def test_a_project_has_cases_opened_planned_and_closed() -> None:
    ledger = events(
        opened("K-1", "2013-01-10"),
        opened("K-2", "2013-01-11", "C-2"),
        opened("K-3", "2013-01-12", "C-2"),
        planned("K-1", "2013-02-01"),
        planned("K-2", "2013-02-02"),
        planned("K-2", "2013-03-02"),
        closed("K-1", "2013-04-01"),
        opened("K-4", "2013-05-01", project="P1"),
    )
    rows = both("caseload", ledger, YEAR_END)
    assert rows[1] == {
        "project": "P2",
        "opened": 3,
        "closed": 1,
        "open": 2,
        "with_plan": 1,
        "clients": 1,
        "evidence": [fact_id(number) for number in (1, 2, 3, 5, 7)],
    }
    assert loads(ledger) == [(1, 0, 1, 0), (3, 1, 2, 1)]


def test_a_case_is_open_up_to_the_day_before_it_is_closed() -> None:
    ledger = events(opened("K-1", "2013-03-01"), planned("K-1", "2013-03-10"), closed("K-1", "2013-04-01"))
    assert loads(ledger, "2013-02-28") == []
    assert loads(ledger, "2013-03-01") == [(1, 0, 1, 0)]
    assert loads(ledger, "2013-03-10") == [(1, 0, 1, 1)]
    assert loads(ledger, "2013-03-31") == [(1, 0, 1, 1)]
    assert loads(ledger, "2013-04-01") == [(1, 1, 0, 0)]


def test_a_period_counts_what_happened_in_it_and_what_is_open_at_its_end() -> None:
    ledger = events(opened("K-1", "2013-02-28"), planned("K-1", "2013-03-15"), closed("K-1", "2013-04-01"))
    assert loads(ledger, from_="2013-03-01", to="2013-03-31") == [(0, 0, 1, 1)]
    assert loads(ledger, from_="2013-04-01", to="2013-04-30") == [(0, 1, 0, 0)]
    assert loads(ledger, from_="2013-05-01", to="2013-05-31") == [(0, 0, 0, 0)]
    assert both("caseload", ledger, YEAR_END, from_="2013-05-01")[0]["evidence"] == []


def test_a_closing_recorded_late_or_voided_counts_for_those_who_know_of_it() -> None:
    ledger = events(
        opened("K-1", "2013-03-01"),
        planned("K-1", "2013-03-02"),
        recorded(closed("K-1", "2013-04-01"), "2013-06-01"),
        recorded(Voiding(event=fact_id(3), reason="a slip", occurred_on=day("2013-07-01")), "2013-07-01"),
    )
    found = [loads(ledger, YEAR_END, known)[0] for known in ("2013-05-31", "2013-06-01", "2013-07-01")]
    assert found == [(1, 0, 1, 1), (1, 1, 0, 0), (1, 0, 1, 1)]


def test_two_open_cases_of_one_person_are_about_one_person() -> None:
    ledger = events(opened("K-1", "2013-03-01"), opened("K-2", "2013-03-01", "C-2"), merged("C-1", "C-2", "2013-05-01"))
    rows = [both("caseload", ledger, on)[0] for on in ("2013-04-30", "2013-05-01")]
    assert [(row["clients"], len(row["evidence"])) for row in rows] == [(2, 2), (1, 3)]


def measured(
    on: str, phase: Literal["pre", "interim", "post"], score: int, client: str = "C-1", instrument: str = "GDS"
) -> OutcomeMeasured:
    return OutcomeMeasured(
        client=client, project="P2", instrument=instrument, phase=phase, score=score, occurred_on=day(on)
    )


def outcomes(ledger: list[Event], valid_on: str = YEAR_END, *when: Any) -> Rows:
    return both("outcomes", ledger, valid_on, *when)


def test_the_change_is_from_the_first_measurement_before_to_the_last_one_after() -> None:
    ledger = events(
        measured("2013-01-10", "pre", 21),
        measured("2013-01-20", "pre", 30),
        measured("2013-03-01", "interim", 15),
        measured("2013-06-01", "post", 9),
        measured("2013-07-01", "post", -3),
    )
    assert outcomes(ledger) == [
        {
            "project": "P2",
            "client": "C-1",
            "instrument": "GDS",
            "pre_on": day("2013-01-10"),
            "pre": 21,
            "post_on": day("2013-07-01"),
            "post": -3,
            "change": -24,
            "measurements": 5,
            "evidence": [fact_id(number) for number in range(1, 6)],
        }
    ]
    assert [row["change"] for row in outcomes(ledger, "2013-05-31")] == [None]
    assert [row["change"] for row in outcomes(ledger, "2013-06-01")] == [-12]


def test_what_was_measured_only_after_has_no_change_and_instruments_stand_apart() -> None:
    ledger = events(measured("2013-06-01", "post", 9), measured("2013-01-01", "pre", 0, instrument="SRS"))
    rows = outcomes(ledger)
    assert [(row["instrument"], row["pre"], row["post"], row["change"]) for row in rows] == [
        ("GDS", None, 9, None),
        ("SRS", 0, None, None),
    ]


def test_a_correction_and_a_merge_change_what_is_compared() -> None:
    better = measured("2013-01-10", "pre", 20).model_copy(update={"corrects": fact_id(1), "reason": "misread"})
    ledger = events(
        measured("2013-01-10", "pre", 21),
        measured("2013-06-01", "post", 10, "C-2"),
        recorded(better, "2013-07-01"),
        recorded(merged("C-1", "C-2", "2013-08-01"), "2013-08-01"),
    )
    assert [row["pre"] for row in outcomes(ledger, YEAR_END, "2013-06-30")] == [21, None]
    assert [row["change"] for row in outcomes(ledger)] == [-10]
    assert outcomes(ledger)[0]["evidence"] == [fact_id(2), fact_id(3), fact_id(4)]
