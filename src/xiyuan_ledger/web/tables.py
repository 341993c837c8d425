"""The pages of views: which there are, one of them as a table, one row of it, and the events behind."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.projections.catalogue import GROUPS, Definition
from xiyuan_ledger.projections.diff import EVIDENCE
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.web.asked import PAGE_MAX, ROWS_CHOICES, ROWS_DEFAULT
from xiyuan_ledger.web.downloads import FORMS, download
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.narrowing import Filter, choices, filters_of, places, shown_rows, totals
from xiyuan_ledger.web.reasons import line_of, rules_behind
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

EVENTS_SHOWN = 50
ROWS_MAX = 1_000


class Slice(NamedTuple):
    """A page of what was kept: its rows with the places where they stand in the whole view."""

    view: View
    kept: pa.Array
    first: int
    number: int
    pages: int
    rows: list[tuple[int, dict[str, Any], int]]


def views_page(visit: Visit, request: Request) -> Response:
    """Every view in the reader's scope, by its group."""
    groups = [(group, [each for each in visit.in_scope() if each.group == group]) for group in GROUPS]
    return page(visit, "views.html", visit.words("nav-views"), groups=[each for each in groups if each[1]])


def view_page(visit: Visit, request: Request) -> Response:
    """A view as a table, or in the form that its ending names."""
    name, _, form = request.path_params["name"].partition(".")
    definition = visit.definition(name)
    if form:
        return download(visit, definition, form)
    arguments = arguments_of(visit, definition)
    missing = [each for each in definition.required if each not in arguments]
    if missing:
        return page(visit, "view_asks.html", definition.title[visit.lang], definition=definition, missing=missing)
    return _table(visit, definition, arguments)


def _table(visit: Visit, definition: Definition, arguments: dict[str, str]) -> Response:
    view = visit.view(definition.name, arguments)
    filters, found = narrowed(visit, view)
    shown = _slice(visit, view, found)
    fields = [(each, choices(view, each)) for each in definition.columns if each.type not in ("ids", "json")]
    return page(
        visit,
        "view.html",
        definition.title[visit.lang],
        definition=definition,
        arguments=arguments,
        filters=filters,
        fields=fields,
        shown=shown,
        totals=totals(view, found),
        forms=FORMS,
        sizes=ROWS_CHOICES,
        columns=[each for each in definition.columns if each.name != EVIDENCE],
    )


def arguments_of(visit: Visit, definition: Definition) -> dict[str, str]:
    """The arguments of a view as the address gives them."""
    given = {name: visit.asked.get(name) for name in definition.arguments}
    return {name: value for name, value in given.items() if value is not None}


def narrowed(visit: Visit, view: View) -> tuple[list[Filter], pa.Array]:
    """The filters of the address, and where the rows stand that they keep, in the order asked for."""
    filters = filters_of(view.definition, visit.asked)
    return filters, places(view, filters, visit.asked.get("sort"))


def _slice(visit: Visit, view: View, kept: pa.Array) -> Slice:
    size = visit.asked.whole("rows", ROWS_DEFAULT, ROWS_MAX)
    pages = max(1, -(-len(kept) // size))
    number = min(visit.asked.whole("page", 1, PAGE_MAX), pages)
    first = (number - 1) * size
    here = kept.slice(first, size)
    return Slice(view, kept, first, number, pages, shown_rows(view, here))


def row_page(visit: Visit, request: Request) -> Response:
    """One row of a view: every column with its meaning, and the events behind it."""
    definition = visit.definition(request.path_params["name"])
    view = visit.view(definition.name, arguments_of(visit, definition))
    place = request.path_params["place"]
    if place >= len(view):
        raise PageError("row-unknown", field="row", found=place, rows=len(view))
    (row,) = view.at(pa.array([place], pa.int64())).rows
    columns = [each for each in definition.columns if each.name != EVIDENCE]
    context = {"row": row, "columns": columns, "place": place, "why": line_of(visit, row)}
    return _evidence(visit, definition, view, pa.array([place], pa.int64()), **context)


def evidence_page(visit: Visit, request: Request) -> Response:
    """The events behind all rows that the filters keep: what a total stands on."""
    definition = visit.definition(request.path_params["name"])
    view = visit.view(definition.name, arguments_of(visit, definition))
    _, kept = narrowed(visit, view)
    return _evidence(visit, definition, view, kept, row=None, columns=[], place=None, why=None)


def _evidence(visit: Visit, definition: Definition, view: View, kept: pa.Array, **context: Any) -> Response:
    behind = view.behind(kept)
    pages = max(1, -(-len(behind) // EVENTS_SHOWN))
    number = min(visit.asked.whole("page", 1, PAGE_MAX), pages)
    first = (number - 1) * EVENTS_SHOWN
    ids = view.named(behind.slice(first, EVENTS_SHOWN))
    events: list[Event] = [visit.desk.ledger.event(each) for each in ids]
    through = {"of": definition.name, **arguments_of(visit, definition)}
    return page(
        visit,
        "row.html",
        definition.title[visit.lang],
        definition=definition,
        events=events,
        count=len(behind),
        first=first,
        number=number,
        pages=pages,
        through=through,
        rules=rules_behind(visit, definition),
        **context,
    )
