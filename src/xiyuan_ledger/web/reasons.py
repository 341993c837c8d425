"""What stands behind a row beside its events: the policies that its view reads, and the page that explains a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xiyuan_ledger.aggregates.claim import REIMBURSEMENT
from xiyuan_ledger.payouts.explaining import SUBSIDY
from xiyuan_ledger.payouts.paying import INSTALMENT
from xiyuan_ledger.projections.catalogue import Definition
from xiyuan_ledger.projections.engine import POLICY_TABLES, relations_reached
from xiyuan_ledger.web.visit import Visit

REGISTER = "policy_register"
BEHIND = {
    SUBSIDY: ("subsidy_due", REGISTER),
    REIMBURSEMENT: ("reimbursement_register",),
    INSTALMENT: ("contract_execution",),
}
"""The views that an explanation of a scheme's lines tells from: a reader needs all of them."""
LINE = ("worker", "scheme", "month")


def may_explain(visit: Visit, scheme: str) -> bool:
    """Whether the reader may see everything that an explanation tells."""
    return scheme in BEHIND and all(visit.may_see(each) for each in BEHIND[scheme])


def line_of(visit: Visit, row: Mapping[str, Any]) -> str | None:
    """The page that explains a row of a view; None where it is no line of money, or not for the reader."""
    line = {name: row.get(name) for name in LINE}
    if not all(isinstance(each, str) for each in line.values()) or not may_explain(visit, str(line["scheme"])):
        return None
    return visit.fixed("/explain", **line)


def rules_behind(visit: Visit, definition: Definition) -> list[dict[str, Any]]:
    """The versions in force of the policies that a view reads, as far as the reader may see them."""
    read = {POLICY_TABLES[name] for name in relations_reached(definition.sql) & POLICY_TABLES.keys()}
    if not read or not visit.may_see(REGISTER):
        return []
    return [row for row in visit.view(REGISTER).rows if row["policy"] in read and row["in_force"]]
