"""How what is required stood at the end of each month: one view at many days, as known at the pin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.projections.view import View
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.reports.charts import Series, line_chart
from xiyuan_ledger.web.excerpts import of_view
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

MONTHS = 12
BY_STATUS = ("exam_deadlines", "certificates", "continuing_education")
BY_SUMS = {
    "four_plus_one": ("required", "filled", "gap"),
    "station_staffing": ("professional_required", "professional_filled", "professional_gap"),
}
VIEWS = (*BY_STATUS, *BY_SUMS)


def standing_page(visit: Visit, request: Request) -> Response:
    """The last twelve months of a view of compliance, month by month."""
    scope = [visit.definition(name) for name in VIEWS if visit.may_see(name)]
    name = visit.asked.get("view") or (scope[0].name if scope else VIEWS[0])
    definition = visit.definition(name)
    if name not in VIEWS:
        raise PageError("standing-view", field="view", view=name, known=", ".join(VIEWS))
    days = month_ends(visit.pin.valid_on)
    counted = [_counts(visit, visit.view(name, pin=replace(visit.pin, valid_on=day))) for day in days]
    kinds = list(dict.fromkeys(kind for counts in counted for kind in counts))
    shown = _words(visit, name)
    values = [[counts.get(kind, 0) for counts in counted] for kind in kinds]
    series = [Series(shown(kind), each) for kind, each in zip(kinds, values, strict=True)]
    svg = line_chart(definition.title[visit.lang], [day.isoformat() for day in days], series)
    return page(
        visit,
        "standing.html",
        visit.words("standing-title"),
        definition=definition,
        scope=scope,
        kinds=[shown(kind) for kind in kinds],
        rows=[(day, [counts.get(kind, 0) for kind in kinds]) for day, counts in zip(days, counted, strict=True)],
        chart=Markup(svg) if kinds else "",  # noqa: S704  # drawn by us, every text in it escaped
    )


def month_ends(last: date) -> list[date]:
    """The ends of the months before a day, and the day itself."""
    days = [last]
    while len(days) < MONTHS:
        days.append(date(days[-1].year, days[-1].month, 1) - timedelta(days=1))
    return days[::-1]


def _counts(visit: Visit, view: View) -> dict[str, int]:
    """How many rows there are of each status, or what the columns of places add up to."""
    found = of_view(visit, view, {})
    if view.name in BY_STATUS:
        return found.tally("status")
    return {column: found.total(column) or 0 for column in BY_SUMS[view.name]}


def _words(visit: Visit, name: str) -> Callable[[str], str]:
    columns: dict[str, Any] = {each.name: each for each in visit.definition(name).columns}
    if name in BY_STATUS:
        return lambda kind: str(word(columns["status"].values, kind, visit.lang))
    return lambda kind: columns[kind].words[visit.lang]
