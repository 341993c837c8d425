"""居民满意度: ballots, mean and distribution for each subject of a review."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Voiding, both, day, events, fact_id, recorded
from tests.views.square import ballot, closed, opened
from xiyuan_ledger.aggregates.fact import Event


def judged(ledger: list[Event], valid_on: str = "2013-06-30", *when: Any) -> list[tuple[Any, ...]]:
    rows = both("resident_satisfaction", ledger, valid_on, *when)
    return [(row["subject"], row["ballots"], row["mean_centi"], row["distribution"]) for row in rows]


def test_every_subject_has_its_ballots_mean_and_distribution() -> None:
    ledger = events(
        opened("C1-STATION", "AFFAIRS"),
        ballot("Z-1", "C1-STATION", 5),
        ballot("Z-2", "C1-STATION", 4),
        ballot("Z-3", "C1-STATION", 4),
        closed("2013-05-31"),
    )
    assert both("resident_satisfaction", ledger, "2013-06-30") == [
        {
            "review": "E-1",
            "subject": "AFFAIRS",
            "ballots": 0,
            "mean_centi": None,
            "distribution": [0, 0, 0, 0, 0],
            "evidence": [fact_id(1)],
        },
        {
            "review": "E-1",
            "subject": "C1-STATION",
            "ballots": 3,
            "mean_centi": 433,
            "distribution": [0, 0, 0, 2, 1],
            "evidence": [fact_id(1), fact_id(2), fact_id(3), fact_id(4)],
        },
    ]


def test_the_mean_is_rounded_half_up() -> None:
    half_of_a_hundredth = [ballot(f"Z-{n}", "S", 2 if n == 0 else 1) for n in range(8)]
    assert judged(events(opened("S"), *half_of_a_hundredth)) == [("S", 8, 113, [7, 1, 0, 0, 0])]


def test_ballots_count_from_their_day_on() -> None:
    ledger = events(opened("S"), ballot("Z-1", "S", 3, "2013-05-05"), ballot("Z-2", "S", 1, "2013-05-06"))
    assert judged(ledger, "2013-04-30") == []
    assert judged(ledger, "2013-05-04") == [("S", 0, None, [0, 0, 0, 0, 0])]
    assert judged(ledger, "2013-05-05") == [("S", 1, 300, [0, 0, 1, 0, 0])]
    assert judged(ledger, "2013-05-06") == [("S", 2, 200, [1, 0, 1, 0, 0])]


def test_a_corrected_ballot_counts_once_and_a_voided_one_not() -> None:
    ledger = events(
        opened("S"),
        ballot("Z-1", "S", 1),
        recorded(ballot("Z-1", "S", 5, corrects=fact_id(2), reason="misread"), "2013-05-10"),
        recorded(Voiding(event=fact_id(3), occurred_on=day("2013-05-12")), "2013-05-12"),
    )
    assert judged(ledger, "2013-06-30", "2013-05-09") == [("S", 1, 100, [1, 0, 0, 0, 0])]
    assert judged(ledger, "2013-06-30", "2013-05-11") == [("S", 1, 500, [0, 0, 0, 0, 1])]
    assert judged(ledger) == [("S", 0, None, [0, 0, 0, 0, 0])]
