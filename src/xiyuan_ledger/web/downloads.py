"""A view to take away, filtered and sorted as it was looked at, in the forms of the command line; and its SQL."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.responses import Response

from xiyuan_ledger.projections.catalogue import Definition
from xiyuan_ledger.projections.markdown import view_markdown
from xiyuan_ledger.projections.parquet import write_view
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.narrowing import Filter, column_of, filters_of, places
from xiyuan_ledger.web.visit import Visit

DOWNLOAD_ROWS_MAX = 200_000
BOM = "\ufeff"
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/jsonl; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "sql": "text/plain; charset=utf-8",
}


FOR_PEOPLE = frozenset({"xlsx", "md"})


def download(visit: Visit, definition: Definition, form: str) -> Response:
    """A view in a form; one that is filtered or sorted says so. Raises PageError."""
    if form == "sql":
        return _file(definition.sql.encode(), definition.name, form)
    given = {name: value for name in definition.arguments if (value := visit.asked.get(name)) is not None}
    view = visit.view(definition.name, given)
    filters, sort = filters_of(definition, visit.asked), visit.asked.get("sort")
    if filters or sort:
        view = view.narrowed(places(view, filters, sort), _said(visit, definition, filters, sort, form))
    return form_response(visit, view, form, f"{definition.name}-{visit.pin.known_at}-{visit.pin.valid_on}")


def form_response(visit: Visit, view: View, form: str, name: str) -> Response:
    """Rows in a form, as a file of a name. Raises PageError `form-unknown`, `download-too-long`."""
    if form not in FORMS or form == "sql":
        raise PageError("form-unknown", field="form", found=form[:16], known=", ".join(FORMS))
    if len(view) > DOWNLOAD_ROWS_MAX:
        raise PageError("download-too-long", field="rows", found=len(view), limit=DOWNLOAD_ROWS_MAX, view=view.name)
    return _file(written(view, form, visit), name, form)


def _said(visit: Visit, definition: Definition, filters: Sequence[Filter], sort: str | None, form: str) -> list[str]:
    """The filters and the order: in words for people, for machines as they stand in an address."""
    if form in FOR_PEOPLE:
        said = [each.said(visit.lang, visit.words("filter-empty")) for each in filters]
        return [*said, *([] if sort is None else [_order_said(visit, definition, sort)])]
    return [*(f"{each.parameter}={each.text}" for each in filters), *([] if sort is None else [f"sort={sort}"])]


def _order_said(visit: Visit, definition: Definition, sort: str) -> str:
    column = column_of(definition, sort.removeprefix("-"))
    how = "filter-descending" if sort.startswith("-") else "filter-ascending"
    return visit.words(how, name=column.words[visit.lang])


def written(view: View, form: str, visit: Visit) -> bytes:
    """A view in one of the forms, the same bytes as the command line writes into a file."""
    match form:
        case "csv":
            return (BOM + view.to_csv()).encode()
        case "json":
            return (view.to_json() + "\n").encode()
        case "jsonl":
            return view.to_jsonl().encode()
        case "md":
            return view_markdown(view, visit.lang).encode()
        case "xlsx":
            return _by_file(lambda path: view.to_xlsx(path, visit.lang), form)
        case _:
            return _by_file(lambda path: write_view(view, path), form)


def _by_file(write: Callable[[Path], None], form: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="xiyuan-") as folder:
        path = Path(folder) / f"view.{form}"
        write(path)
        return path.read_bytes()


def _file(content: bytes, name: str, form: str) -> Response:
    shown = "inline" if form == "sql" else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{name}.{form}"'}
    return Response(content, media_type=FORMS[form], headers=headers)
