"""The journal: the effective facts themselves; and the history of one subject, with what was superseded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from tests.views.harness import both, day, events, fact_id, position_of, recorded
from tests.views.sunset import approved, enrolled, session, visit
from xiyuan_ledger.aggregates.account import FundsReceived
from xiyuan_ledger.aggregates.control import PeriodClosed, PeriodReopened, RecordVoided
from xiyuan_ledger.aggregates.fact import Event, Paper
from xiyuan_ledger.aggregates.organization import OrganizationRegistered

YEAR_END = "2013-12-31"
SHEET = Paper(kind="sign_in", digest="ab" * 32)


def journal(ledger: list[Event], valid_on: str = YEAR_END, *when: Any, **asked: Any) -> list[str]:
    """The event ids of the journal's rows, policies left out."""
    rows = both("journal", ledger, valid_on, *when, **asked)
    return [row["event_id"] for row in rows if row["type"] != "PolicyAdopted"]


def subject(ledger: list[Event], code: str, valid_on: str = YEAR_END, *when: Any) -> list[tuple[str, str]]:
    """Event ids and status of a subject's history."""
    rows = both("history", ledger, valid_on, *when, args={"subject": code})
    return [(row["event_id"], row["status"]) for row in rows]


def test_a_fact_is_shown_with_its_envelope_and_its_fields() -> None:
    entry = session("S-1", "2013-03-01", "C-1", evidence=(SHEET,), key="k-1", source="form 7", actor="clerk-9")
    [row] = both("journal", events(recorded(entry, "2013-03-03")), YEAR_END, args={"type": "SessionHeld"})
    papers, fields = orjson.loads(row.pop("papers")), orjson.loads(row.pop("fields"))
    assert row == {
        "position": position_of(1),
        "event_id": fact_id(1),
        "type": "SessionHeld",
        "stream": "session/S-1",
        "stream_version": 1,
        "occurred_on": day("2013-03-01"),
        "recorded_at": datetime(2013, 3, 3, 4),
        "lag_days": 2,
        "late": False,
        "actor": "clerk-9",
        "source": "form 7",
        "key": "k-1",
        "corrects": None,
        "reason": None,
        "evidence": [fact_id(1)],
    }
    assert papers == [{"kind": "sign_in", "digest": "ab" * 32, "note": None}]
    assert fields == {
        "session": "S-1",
        "project": "P3",
        "kind": "activity",
        "starts_at": "2013-03-01 14:00:00",
        "minutes": 120,
        "workers": ["W-1"],
        "venue": None,
        "participants": ["C-1"],
        "headcount": None,
    }


def test_facts_stand_in_the_order_in_which_they_were_recorded_without_those_superseded_or_still_to_come() -> None:
    ledger = events(
        recorded(visit("C-1", "2013-03-02"), "2013-03-05"),
        recorded(visit("C-1", "2013-03-01"), "2013-03-05"),
        recorded(visit("C-1", "2013-03-03", corrects=fact_id(1), reason="a slip"), "2013-03-06"),
        visit("C-1", "2013-03-07"),
    )
    assert journal(ledger, "2013-03-06") == [fact_id(2), fact_id(3)]
    assert journal(ledger, "2013-03-06", position_of(2)) == [fact_id(1), fact_id(2)]


def test_the_journal_is_kept_to_a_type_a_stream_and_dates() -> None:
    ledger = events(visit("C-1", "2013-03-01"), visit("C-2", "2013-03-02"), session("S-1", "2013-03-02", "C-1"))
    assert journal(ledger, args={"type": "ClientServed"}) == [fact_id(1), fact_id(2)]
    assert journal(ledger, args={"stream": "client/C-2"}) == [fact_id(2)]
    assert journal(ledger, args={"type": "SessionHeld", "stream": "client/C-2"}) == []
    assert journal(ledger, from_="2013-03-02", to="2013-03-02") == [fact_id(2), fact_id(3)]


def test_a_subject_is_found_in_streams_fields_and_lists_as_a_whole_code_and_never_as_a_word() -> None:
    ledger = events(
        enrolled("C-1"),
        enrolled("C-10"),
        session("S-1", "2013-03-01", "C-2", "C-1"),
        visit("C-2", "2013-03-02", worker="C-1"),
        visit("C_1", "2013-03-02"),
        approved(project="C-1"),
        OrganizationRegistered(org="C-3", kind="cso", name='known as "C-1"', occurred_on=day("2013-03-03")),
    )
    assert journal(ledger, args={"subject": "C-1"}) == [fact_id(number) for number in (1, 3, 4, 6)]
    assert journal(ledger, args={"subject": "C_1"}) == [fact_id(5)]
    assert journal(ledger, args={"subject": "client"}) == []
    assert journal(ledger, args={"subject": "it's"}) == []


def test_a_subject_may_be_part_of_a_stream_and_may_be_written_in_chinese() -> None:
    named = {"channel": "government", "amount_fen": 1, "payer": "区民政局", "voucher": "V-1"}
    ledger = events(
        FundsReceived.model_validate(named | {"org": "西园", "occurred_on": day("2013-03-01")}),
        FundsReceived.model_validate(named | {"org": "西园二", "occurred_on": day("2013-03-01")}),
    )
    assert journal(ledger, args={"subject": "西园"}) == [fact_id(1)]
    assert journal(ledger, args={"subject": "government"}) == [fact_id(1), fact_id(2)]


def test_a_history_holds_what_was_superseded_and_says_so() -> None:
    ledger = events(
        visit("C-1", "2013-03-01"),
        visit("C-1", "2013-03-02", corrects=fact_id(1), reason="a slip"),
        visit("C-1", "2013-03-03"),
        RecordVoided(event=fact_id(3), approved_by="chief-1", reason="never held", occurred_on=day("2013-03-04")),
        visit("C-2", "2013-03-04"),
    )
    assert subject(ledger, "C-1") == [(fact_id(1), "corrected"), (fact_id(2), "effective"), (fact_id(3), "voided")]
    assert subject(ledger, "C-1", YEAR_END, position_of(1)) == [(fact_id(1), "effective")]
    rows = both("history", ledger, YEAR_END, args={"subject": "C-1"})
    assert [row["superseded_by"] for row in rows] == [fact_id(2), None, fact_id(4)]
    assert [row["evidence"] for row in rows] == [[fact_id(1), fact_id(2)], [fact_id(2)], [fact_id(3), fact_id(4)]]


def test_a_history_ends_with_the_day_asked_about_and_without_a_subject_is_empty() -> None:
    ledger = events(visit("C-1", "2013-03-01"), visit("C-1", "2013-03-02"))
    assert subject(ledger, "C-1", "2013-03-01") == [(fact_id(1), "effective")]
    assert both("history", ledger, YEAR_END) == []


def test_what_is_entered_for_a_month_after_its_closing_is_flagged_late() -> None:
    def closing(kind: type[PeriodClosed | PeriodReopened], on: str) -> PeriodClosed | PeriodReopened:
        return kind(month="2013-03", approved_by="chief-1", occurred_on=day(on))

    ledger = events(
        session("S-1", "2013-03-30", "C-1"),
        closing(PeriodClosed, "2013-04-02"),
        session("S-2", "2013-03-31", "C-1"),
        session("S-3", "2013-04-01", "C-1"),
        closing(PeriodReopened, "2013-04-05"),
        session("S-4", "2013-03-31", "C-1"),
        closing(PeriodClosed, "2013-04-09"),
        session("S-5", "2013-03-31", "C-1"),
    )
    rows = both("journal", ledger, YEAR_END, args={"type": "SessionHeld"})
    assert [row["stream"] for row in rows if row["late"]] == ["session/S-2", "session/S-5"]
    history = both("history", ledger, YEAR_END, args={"subject": "C-1"})
    assert [row["late"] for row in history] == [False, True, False, False, True]
