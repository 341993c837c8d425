"""批次行: the lines of an approved run, computed again from its pin, for whoever pays them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger


class Line(NamedTuple):
    """A line of a run: what it pays to a worker for a month, and what it keeps back."""

    worker: str
    scheme: str
    month: str
    kind: Literal["regular", "arrears"]
    amount_fen: int
    offset_fen: int


class Standing(NamedTuple):
    """A run as far as workers need it: who pays, when it was approved, its lines."""

    run: str
    scheme: str
    payer: str
    approved_on: date
    lines: Sequence[Line]


def standing_of(ledger: Ledger, run: str) -> Standing:
    """An approved run and its lines, in the order of worker and month. RuleBroken where it is not approved."""
    told = {row["type"]: row["fields"] | {"on": row["occurred_on"]} for row in _facts_of(ledger, run)}
    opened, approved = told.get("PayoutRunOpened"), told.get("PayoutRunApproved")
    if opened is None or approved is None:
        raise RuleBroken("run-not-approved", field="run", run=run, on=date.max)
    pin = opened["pin"]
    due = ledger.view("subsidy_due", known_at=pin["position"], valid_on=pin["valid_on"])
    lines = [
        Line(row["worker"], row["scheme"], row["month"], kind, row["delta_fen"], 0)
        for row in due.rows
        if row["scheme"] == opened["scheme"] and row["month"] <= opened["month"] and (row["delta_fen"] or 0) > 0
        for kind in ("regular" if row["month"] == opened["month"] else "arrears",)
    ]
    policy = ledger.view("policy_register", known_at=pin["position"], valid_on=pin["valid_on"]).rows
    payer = next(row["parameters"]["account"]["org"] for row in policy if row["policy"] == opened["scheme"])
    return Standing(run, opened["scheme"], payer, approved["on"], sorted(lines))


def _facts_of(ledger: Ledger, run: str) -> list[dict[str, Any]]:
    return ledger.view("journal", stream=f"run/{run}").rows
