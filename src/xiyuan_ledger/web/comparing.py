"""What changed since: a view at two pins, the rows that differ, and the facts recorded between that caused it."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.errors import Language
from xiyuan_ledger.projections.catalogue import Column, Definition
from xiyuan_ledger.projections.diff import EVIDENCE
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.web.asked import PAGE_MAX, ROWS_DEFAULT
from xiyuan_ledger.web.cells import text_of
from xiyuan_ledger.web.excerpts import of_view
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.narrowing import column_of
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.tables import arguments_of
from xiyuan_ledger.web.visit import Visit, instant_text

DEFAULT = "exam_deadlines"
ROWS_COMPARED_MAX = 100_000
"""Two sides of more rows are compared on the command line, where nobody waits for the next page."""


class Change(NamedTuple):
    """A row that differs: its key, what it was and is, column by column, and what caused it."""

    kind: str
    key: list[tuple[Column, str]]
    values: list[tuple[Column, str, str]]
    causes: list[str]


def diff_page(visit: Visit, request: Request) -> Response:
    """What changed in a view from the pin `since` to the pin of the page."""
    scope = visit.in_scope()
    first = scope[0].name if scope else DEFAULT
    name = visit.asked.get("view") or (DEFAULT if visit.may_see(DEFAULT) else first)
    definition = visit.definition(name)
    context: dict[str, Any] = {"definition": definition, "scope": scope, "found": None, "changes": [], "number": 1}
    since = _since(visit)
    if since is not None and all(name in arguments_of(visit, definition) for name in definition.required):
        context |= _compared(visit, definition, since)
    title = visit.words("nav-changes")
    return page(visit, "diff.html", title, since=since, pages=context.pop("pages", 1), **context)


def _since(visit: Visit) -> Settled | None:
    """The earlier pin: `since`, a position or an instant, and `since_on`, a day; one left out is that of the page."""
    known_at, valid_on = visit.asked.get("since"), visit.asked.get("since_on")
    if known_at is None and valid_on is None:
        return None
    asked: dict[str, Any] = {"from_": visit.pin.from_on, "to": visit.pin.to_on}
    return visit.desk.ledger.settle(
        known_at=visit.pin.known_at if known_at is None else instant_text(known_at),
        valid_on=visit.pin.valid_on if valid_on is None else valid_on,
        **asked,
    )


def _compared(visit: Visit, definition: Definition, since: Settled) -> dict[str, Any]:
    arguments = arguments_of(visit, definition)
    length = sum(len(visit.view(definition.name, arguments, pin=pin)) for pin in (since, visit.pin))
    if length > ROWS_COMPARED_MAX:
        raise PageError("diff-too-long", field="view", view=definition.name, found=length, limit=ROWS_COMPARED_MAX)
    view = visit.diff(definition.name, since, visit.pin, arguments)
    found = of_view(visit, view, {})
    pages = max(1, -(-len(found) // ROWS_DEFAULT))
    number = min(visit.asked.whole("page", 1, PAGE_MAX), pages)
    rows = view.at(pa.array(range(len(view)), pa.int64()).slice((number - 1) * ROWS_DEFAULT, ROWS_DEFAULT)).rows
    changes = [_change(definition, row, visit.lang) for row in rows]
    return {"found": found, "changes": changes, "number": number, "pages": pages, "tally": found.tally("change")}


def _change(definition: Definition, row: dict[str, Any], lang: Language) -> Change:
    key = {name: value for name, value in _loaded(row["key"]).items() if value is not None}
    before, after = _loaded(row["before"]), _loaded(row["after"])
    shown = row["columns_changed"] or [name for name in before or after if name not in key and name != EVIDENCE]
    values = []
    for name in shown:
        column = column_of(definition, name)
        was, became = before.get(name), after.get(name)
        if was is not None or became is not None:
            values.append((column, _text(column, was, lang), _text(column, became, lang)))
    return Change(
        row["change"],
        [(column_of(definition, name), _text(column_of(definition, name), value, lang)) for name, value in key.items()],
        values,
        row["caused_by"] or [],
    )


def _loaded(text: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(text) if isinstance(text, str) else text or {}
    return found


def _text(column: Column, value: Any, lang: Language) -> str:
    """A value as the diff holds it: dates and instants are text there already."""
    if column.type in ("date", "instant", "time", "json") or isinstance(value, dict | date):
        return "" if value is None else str(value)
    return text_of(column, value, lang)
