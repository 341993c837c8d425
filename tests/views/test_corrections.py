"""Corrections: every fact that was corrected or voided, with its chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.views.harness import both, day, events, fact_id, position_of, recorded
from tests.views.sunset import session
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.aggregates.fact import Event, Fact

YEAR_END = "2013-12-31"


def held(on: str, headcount: int, *, written: str, corrects: int | None = None) -> Fact:
    """A session as first written down, or as a correction of the fact with that number."""
    named = {"corrects": fact_id(corrects), "reason": "a slip of the pen", "actor": "clerk-2"} if corrects else {}
    return recorded(session("S-1", on, headcount=headcount, **named), written)


def voiding(number: int, on: str) -> RecordVoided:
    return RecordVoided(event=fact_id(number), approved_by="chief-1", reason="never held", occurred_on=day(on))


def corrected(ledger: list[Event], valid_on: str = YEAR_END, *when: Any, **asked: Any) -> list[tuple[Any, ...]]:
    """Fact, how, chain and whether its head stands."""
    rows = both("corrections", ledger, valid_on, *when, **asked)
    return [(row["event"], row["how"], row["chain"], row["head_effective"]) for row in rows]


def test_a_correction_is_listed_with_who_made_it_and_why() -> None:
    ledger = events(
        held("2013-03-01", 50, written="2013-03-02"), held("2013-03-01", 5, written="2013-04-01", corrects=1)
    )
    assert both("corrections", ledger, YEAR_END) == [
        {
            "event": fact_id(1),
            "type": "SessionHeld",
            "stream": "session/S-1",
            "occurred_on": day("2013-03-01"),
            "recorded_at": datetime(2013, 3, 2, 4),
            "superseded_by": fact_id(2),
            "how": "corrected",
            "superseded_at": datetime(2013, 4, 1, 4),
            "by_actor": "clerk-2",
            "reason": "a slip of the pen",
            "chain": [fact_id(1), fact_id(2)],
            "head_effective": True,
            "evidence": [fact_id(1), fact_id(2)],
        }
    ]


def test_a_correction_of_a_correction_belongs_to_the_same_chain() -> None:
    ledger = events(
        held("2013-03-01", 50, written="2013-03-02"),
        session("S-2", "2013-03-01"),
        held("2013-03-01", 5, written="2013-04-01", corrects=1),
        held("2013-03-01", 6, written="2013-05-01", corrects=3),
    )
    chain = [fact_id(1), fact_id(3), fact_id(4)]
    assert corrected(ledger) == [(fact_id(1), "corrected", chain, True), (fact_id(3), "corrected", chain, True)]
    assert corrected(ledger, YEAR_END, "2013-04-30") == [(fact_id(1), "corrected", chain[:2], True)]
    assert corrected(ledger, YEAR_END, "2013-03-31") == []


def test_a_chain_whose_last_correction_was_voided_has_no_head_that_stands() -> None:
    ledger = events(
        held("2013-03-01", 50, written="2013-03-02"),
        held("2013-03-01", 5, written="2013-04-01", corrects=1),
        voiding(2, "2013-05-01"),
    )
    chain = [fact_id(1), fact_id(2)]
    assert corrected(ledger) == [(fact_id(1), "corrected", chain, False), (fact_id(2), "voided", chain, False)]
    assert both("corrections", ledger, YEAR_END)[1]["evidence"] == [fact_id(1), fact_id(2), fact_id(3)]
    assert corrected(ledger, YEAR_END, position_of(2)) == [(fact_id(1), "corrected", chain, True)]


def test_a_voided_fact_is_a_chain_of_its_own() -> None:
    ledger = events(held("2013-03-01", 50, written="2013-03-02"), voiding(1, "2013-05-01"))
    assert corrected(ledger) == [(fact_id(1), "voided", [fact_id(1)], False)]
    [row] = both("corrections", ledger, YEAR_END)
    assert (row["reason"], row["by_actor"]) == ("never held", "clerk-1")
    assert row["superseded_at"] == datetime(2013, 5, 1, 4)


def test_the_period_and_the_day_are_those_of_the_superseded_fact() -> None:
    ledger = events(
        held("2013-03-31", 50, written="2013-04-01"), held("2013-04-02", 5, written="2013-05-01", corrects=1)
    )
    assert len(corrected(ledger, "2013-03-30")) == 0
    assert len(corrected(ledger, "2013-03-31")) == 1
    assert len(corrected(ledger, from_="2013-03-01", to="2013-03-31")) == 1
    assert len(corrected(ledger, from_="2013-04-01", to="2013-04-30")) == 0
