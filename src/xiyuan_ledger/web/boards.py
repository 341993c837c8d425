"""The boards: what is required and whether it is met, where the money went, when things were written down."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.web import pictures
from xiyuan_ledger.web.excerpts import Excerpt, excerpt
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

STATEMENT = (
    "opening_fen",
    "received_fen",
    "spent_fen",
    "reversed_fen",
    "transferred_in_fen",
    "transferred_out_fen",
    "closing_fen",
)
PERIODS_SHOWN = 12
Matrix = dict[str, dict[str, dict[str, Any]]]


def compliance_page(visit: Visit, request: Request) -> Response:
    """合规: deadlines, certificates, hours, places, stations, cadences."""
    places = excerpt(visit, "four_plus_one")
    cadence = excerpt(visit, "training_cadence")
    periods = sorted({row["period"] for row in cadence.values("period")}) if cadence is not None else []
    return page(
        visit,
        "compliance.html",
        visit.words("nav-compliance"),
        deadlines=excerpt(visit, "exam_deadlines"),
        soon=excerpt(visit, "exam_deadlines", is__status="running", sort="days_left"),
        certificates=excerpt(visit, "certificates"),
        education=excerpt(visit, "continuing_education"),
        stations=excerpt(visit, "station_staffing"),
        places=places,
        kinds=_in_order(places, "kind"),
        communities=_matrix(places, "community", "kind"),
        cadence=cadence,
        programmes=_by_length(cadence, periods),
    )


def _in_order(found: Excerpt | None, column: str) -> list[str]:
    return sorted({row[column] for row in found.values(column)}) if found is not None else []


def _matrix(found: Excerpt | None, down: str, across: str) -> Matrix:
    """The rows of an excerpt by the values of two columns."""
    matrix: Matrix = {}
    names = [each.name for each in found.view.definition.columns if each.type != "ids"] if found is not None else []
    for row in found.values(*names) if found is not None else ():
        matrix.setdefault(row[down], {})[row[across]] = row
    return dict(sorted(matrix.items()))


def _by_length(found: Excerpt | None, periods: list[str]) -> list[tuple[int, list[str], Matrix]]:
    """Programmes by the length of their periods, which do not fit into one table: the last periods of each."""
    tables = []
    for length in sorted({len(each) for each in periods}, reverse=True):
        shown = [each for each in periods if len(each) == length][-PERIODS_SHOWN:]
        kept = {
            programme: {period: row for period, row in rows.items() if period in shown}
            for programme, rows in _matrix(found, "programme", "period").items()
        }
        tables.append((length, shown, {programme: rows for programme, rows in kept.items() if rows}))
    return tables


def money_page(visit: Visit, request: Request) -> Response:
    """资金: what came, went and is left by channel and organisation; budgets and how far they are spent."""
    money = excerpt(visit, "fund_statement")
    return page(
        visit,
        "money.html",
        visit.words("nav-money"),
        money=money,
        statement=[] if money is None else money.columns(STATEMENT),
        channels=[] if money is None else money.sums("channel", *STATEMENT),
        orgs=[] if money is None else money.sums("org", *STATEMENT),
        budget=excerpt(visit, "budget_execution", sort="-executed_centi"),
        subsidies=excerpt(visit, "subsidy_due"),
        charts=list(pictures.money(visit)),
    )


def audit_page(visit: Visit, request: Request) -> Response:
    """审计: how late things were written down, what contradicts, what was corrected."""
    return page(
        visit,
        "audit.html",
        visit.words("nav-audit"),
        timeliness=excerpt(visit, "timeliness", sort="-p90_days"),
        conflicts=excerpt(visit, "conflicts"),
        corrections=excerpt(visit, "corrections"),
        accesses=excerpt(visit, "accesses"),
        charts=list(pictures.lags(visit)),
    )
