"""付款进度: runs and their files: what was instructed, what is settled, what is in transit."""

from __future__ import annotations

from typing import Any

from tests.payouts import approved, claimed, closed, decided, instructed, opened, paid, reimbursed, rejected, returned
from tests.views.harness import both, events, fact_id
from xiyuan_ledger.aggregates.account import FundsTransferred
from xiyuan_ledger.aggregates.fact import Fact

ONE = {"source": "payout/R-1/1"}
TWO = {"source": "payout/R-1/2"}


def _rows(*facts: Fact, on: str = "2013-12-31") -> list[tuple[Any, ...]]:
    rows = both("payout_files", events(*facts), on)
    return [(row["run"], row["state"], row["file"], row["file_lines"], row["settled_lines"]) for row in rows]


def test_a_run_is_opened_then_approved_or_rejected_before_it_has_a_file() -> None:
    assert _rows(opened()) == [("R-1", "opened", None, None, None)]
    assert _rows(opened(), approved()) == [("R-1", "approved", None, None, None)]
    assert _rows(opened(), rejected()) == [("R-1", "rejected", None, None, None)]


def test_a_line_is_settled_once_it_is_paid_or_has_come_back_and_counts_once() -> None:
    told = [opened(), approved(), instructed(**ONE), instructed(file_digest="f2" * 32, **TWO)]
    settled = [paid(**ONE), paid("W-2", **ONE), returned(**ONE), returned("W-3", **TWO)]
    assert _rows(*told, *settled) == [
        ("R-1", "approved", "payout/R-1/1", 2, 2),
        ("R-1", "approved", "payout/R-1/2", 2, 1),
    ]


def test_a_run_is_closed_as_of_the_day_of_its_closing() -> None:
    facts = [opened(), approved(), instructed(**ONE), paid(**ONE), paid("W-2", **ONE), closed()]
    assert _rows(*facts, on="2013-03-30") == [("R-1", "approved", "payout/R-1/1", 2, 2)]
    assert _rows(*facts) == [("R-1", "closed", "payout/R-1/1", 2, 2)]
    (row,) = both("payout_files", events(*facts), "2013-12-31")
    assert row["evidence"] == [fact_id(1), fact_id(2), fact_id(3), fact_id(6)]


def test_those_who_ask_for_runs_that_stand_so_are_told_of_no_others() -> None:
    other = [opened(run="R-2", month="2013-02"), approved(run="R-2")]
    facts = [opened(), approved(), instructed(**ONE), paid(**ONE), closed(), *other]
    every = both("payout_files", events(*facts), "2013-12-31")
    asked = both("payout_files", events(*facts), "2013-12-31", args={"state": "approved"})
    assert [row["run"] for row in asked] == ["R-2"]
    assert asked == [row for row in every if row["state"] == "approved"]
    (over,) = both("payout_files", events(*facts), "2013-12-31", args={"state": "closed"})
    assert over["settled_lines"] == 1


def test_a_reimbursement_that_came_back_after_it_was_paid_counts_once() -> None:
    told = [opened(scheme="exam-reimbursement"), approved(), instructed(**ONE)]
    claims = [claimed(on="2013-03-10"), claimed("B-2", "2013-03-10", worker="W-2")]
    decisions = [decided(on="2013-03-12"), decided("B-2", "2013-03-12")]
    back = returned(scheme="exam-reimbursement", amount_fen=19_400, **ONE)
    answer = [reimbursed(on="2013-03-28", run="R-1", **ONE), back]
    assert _rows(*claims, *decisions, *told, *answer) == [("R-1", "approved", "payout/R-1/1", 2, 1)]


def test_an_instalment_that_came_back_after_it_was_paid_counts_once() -> None:
    told = [opened(scheme="project-instalment"), approved(), instructed(**ONE)]
    sent = FundsTransferred(
        org="XY-STREET",
        channel="government",
        to_org="CSO-1",
        amount_fen=60_000,
        voucher="R-1-P3-2013-03",
        project="P3",
        occurred_on="2013-03-28",
        **ONE,
    )
    undone = sent.model_copy(update={"org": "CSO-1", "to_org": "XY-STREET", "voucher": "returned-R-1-P3-2013-03"})
    back = returned("P3", scheme="project-instalment", amount_fen=60_000, **ONE)
    assert _rows(*told, sent, back, undone) == [("R-1", "approved", "payout/R-1/1", 2, 1)]
