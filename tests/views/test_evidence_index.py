"""Evidence index and accesses: which facts a paper proves, and who looked at what."""

from __future__ import annotations

from typing import Any

from tests.views.harness import Voiding, both, day, events, fact_id, position_of, recorded
from tests.views.sunset import visit
from xiyuan_ledger.aggregates.client import ClientServed
from xiyuan_ledger.aggregates.control import RecordAccessed
from xiyuan_ledger.aggregates.fact import Paper

SHEET, PHOTO = "a" * 64, "b" * 64


def paper(digest: str, kind: str = "sign-in-sheet", note: str | None = None) -> Paper:
    return Paper(kind=kind, digest=digest, note=note)


def proven(on: str, *papers: Paper) -> ClientServed:
    """A visit with the papers that prove it."""
    return visit("C-1", on, evidence=papers)


def indexed(*when: Any, **asked: Any) -> list[tuple[str, list[str]]]:
    rows = both("evidence_index", *when, **asked)
    return [(row["digest"], row["evidence"]) for row in rows]


def test_a_paper_that_proves_two_facts_is_one_row_and_a_fact_with_two_papers_stands_in_two() -> None:
    ledger = events(proven("2013-03-01", paper(SHEET)), proven("2013-03-02", paper(PHOTO, "photo"), paper(SHEET)))
    assert both("evidence_index", ledger, "2013-12-31") == [
        {"digest": SHEET, "kind": "sign-in-sheet", "note": None, "events": 2, "evidence": [fact_id(1), fact_id(2)]},
        {"digest": PHOTO, "kind": "photo", "note": None, "events": 1, "evidence": [fact_id(2)]},
    ]
    assert both("evidence_index", events(visit("C-1", "2013-03-01")), "2013-12-31") == []


def test_kind_and_note_are_those_of_the_fact_recorded_first() -> None:
    ledger = events(
        recorded(proven("2013-03-02", paper(SHEET, "list", "page 2"), paper(SHEET, "list")), "2013-03-02"),
        proven("2013-03-01", paper(SHEET, "a-list", "page 1")),
    )
    [row] = both("evidence_index", ledger, "2013-12-31")
    assert (row["kind"], row["note"], row["events"]) == ("list", "page 2", 2)


def test_the_index_has_the_facts_of_the_period_that_stand() -> None:
    ledger = events(
        proven("2013-02-28", paper(SHEET)),
        proven("2013-03-01", paper(SHEET)),
        recorded(Voiding(event=fact_id(2), reason="not done", occurred_on=day("2013-05-01")), "2013-05-01"),
    )
    assert indexed(ledger, "2013-12-31", position_of(2)) == [(SHEET, [fact_id(1), fact_id(2)])]
    assert indexed(ledger, "2013-12-31") == [(SHEET, [fact_id(1)])]
    assert indexed(ledger, "2013-12-31", position_of(2), from_="2013-03-01") == [(SHEET, [fact_id(2)])]
    assert indexed(ledger, "2013-02-27") == []


SHOWN: dict[str, Any] = {"fields": ("phone",), "recipient": "evaluator 7"}


def accessed(on: str, subject: str | None = None, **more: Any) -> RecordAccessed:
    return RecordAccessed(view="history", purpose="complaint 7", subject=subject, occurred_on=day(on), **more)


def test_every_access_is_a_row_in_the_order_of_recording() -> None:
    ledger = events(accessed("2013-03-02", "C-1", actor="clerk-2", **SHOWN), accessed("2013-03-01"))
    assert both("accesses", ledger, "2013-12-31") == [
        {
            "position": position_of(1),
            "occurred_on": day("2013-03-02"),
            "actor": "clerk-2",
            "view": "history",
            "purpose": "complaint 7",
            "subject": "C-1",
            "fields": ["phone"],
            "recipient": "evaluator 7",
            "evidence": [fact_id(1)],
        },
        {
            "position": position_of(2),
            "occurred_on": day("2013-03-01"),
            "actor": "clerk-1",
            "view": "history",
            "purpose": "complaint 7",
            "subject": None,
            "fields": None,
            "recipient": None,
            "evidence": [fact_id(2)],
        },
    ]


def test_accesses_are_those_of_the_period_as_known() -> None:
    ledger = events(accessed("2013-02-28"), accessed("2013-03-01"), recorded(accessed("2013-03-31"), "2013-04-02"))
    asked = {"from_": "2013-03-01", "to": "2013-03-31"}
    assert [row["evidence"] for row in both("accesses", ledger, "2013-12-31", **asked)] == [[fact_id(2)], [fact_id(3)]]
    assert [row["evidence"] for row in both("accesses", ledger, "2013-12-31", "2013-04-01", **asked)] == [[fact_id(2)]]
    assert both("accesses", ledger, "2013-02-27") == []
