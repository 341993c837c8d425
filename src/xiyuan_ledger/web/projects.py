"""The pages of projects: all of them side by side, and one with everything that the views say of it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.web.evaluations import commissioned
from xiyuan_ledger.web.excerpts import excerpt
from xiyuan_ledger.web.overview import projects_table
from xiyuan_ledger.web.pictures import lags, weeks
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

PARTS = (
    ("project_outputs", ("indicator", "quantity", "target", "completion_centi")),
    ("budget_execution", ("category", "channel", "approved_fen", "spent_fen", "left_fen", "executed_centi", "overrun")),
    (
        "fund_statement",
        ("org", "channel", "opening_fen", "received_fen", "spent_fen", "transferred_in_fen", "closing_fen"),
    ),
    ("coverage", ("eligible", "registered", "served", "coverage_centi")),
    ("caseload", ("opened", "closed", "open", "with_plan", "clients")),
    ("attendance", ("week", "kind", "sessions", "minutes", "person_times", "required_per_week", "shortfall", "status")),
    ("outcomes", ("client", "instrument", "pre_on", "pre", "post_on", "post", "change")),
    ("timeliness", ("month", "worker", "facts", "median_days", "p90_days", "within_7_centi", "later_centi")),
)
"""What is said of a project: views that have a column `project`, and what of them is shown."""
ORDERS = {"attendance": "-week", "timeliness": "-month"}


def projects_page(visit: Visit, request: Request) -> Response:
    """Every project with what it did, its targets and its money."""
    return page(visit, "projects.html", visit.words("nav-projects"), projects=projects_table(visit))


def project_page(visit: Visit, request: Request) -> Response:
    """One project: outputs, budget, money, coverage, cases, sessions, outcomes, timeliness."""
    code = request.path_params["code"]
    parts = []
    for name, columns in PARTS:
        sort = {"sort": ORDERS[name]} if name in ORDERS else {}
        found = excerpt(visit, name, is__project=code, **sort)
        if found is not None and len(found):
            parts.append((found, columns))
    charts = [each for draw in (weeks, lags) for each in draw(visit, is__project=code)]
    evaluations = [each for each in commissioned(visit) if each["project"] == code]
    context: dict[str, Any] = {"parts": parts, "charts": charts, "evaluations": evaluations}
    return page(visit, "project.html", code, code=code, name=visit.names.get(code, ""), **context)
