"""The pages as one application: which address is which page, who looks, and what is said when it cannot be shown."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from xiyuan_ledger.errors import LedgerError
from xiyuan_ledger.web import events, tables
from xiyuan_ledger.web.asked import Asked
from xiyuan_ledger.web.desk import Desk
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.guard import Guard
from xiyuan_ledger.web.rendering import error_page
from xiyuan_ledger.web.visit import Reader, Visit
from xiyuan_ledger.web.words import LANGUAGES, spoken

Page = Callable[[Visit, Request], Response]
LANGUAGE_COOKIE = "xiyuan-lang"
YEAR_SECONDS = 365 * 24 * 3600
PAGES: tuple[tuple[str, Page], ...] = (
    ("/", tables.views_page),
    ("/views", tables.views_page),
    ("/views/{name}", tables.view_page),
    ("/views/{name}/rows/{place:int}", tables.row_page),
    ("/views/{name}/evidence", tables.evidence_page),
    ("/events/{event}", events.event_page),
    ("/events/{event}/bytes", events.event_bytes),
    ("/subjects/{code}", events.subject_page),
    ("/search", events.search_page),
)


class Pages:
    """The pages of one ledger."""

    def __init__(self, desk: Desk, reader: Reader):
        self._desk = desk
        self._reader = reader

    def routes(self) -> list[Route | Mount]:
        """Every address."""
        static = StaticFiles(directory=str(resources.files("xiyuan_ledger.web") / "static"))
        return [*(Route(path, self._answering(page)) for path, page in PAGES), Mount("/static", static)]

    def _answering(self, page: Page) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            try:
                visit = self._visit(request)
                return _with_language(visit, page(visit, request))
            except LedgerError as error:
                return self.failed(request, error)

        return answer

    def _visit(self, request: Request) -> Visit:
        asked = Asked.read(request.url.path, request.url.query)
        return Visit(self._desk, self._reader, _language(request, asked), asked)

    def failed(self, request: Request, error: LedgerError) -> Response:
        """The page that says what went wrong."""
        plain = Asked(request.url.path, {})
        visit = Visit(self._desk, self._reader, _language(request, plain), plain)
        return error_page(visit, error)

    def not_found(self, request: Request, error: Exception) -> Response:
        """What Starlette refuses: no such page, no such method."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        code = "method-unknown" if status == 405 else "page-unknown"
        return self.failed(request, PageError(code, found=request.url.path[:100]))

    def broken(self, request: Request, error: Exception) -> Response:
        """What nobody expected: its traceback goes to the log, its code to the reader."""
        return self.failed(request, PageError("page-failed", found=type(error).__name__))


def _language(request: Request, asked: Asked) -> Any:
    named = (asked.get("lang") or request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    return spoken(named, request.headers.get("accept-language", ""))


def _with_language(visit: Visit, response: Response) -> Response:
    """Keep the language that was chosen."""
    if visit.asked.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, visit.lang, max_age=YEAR_SECONDS, httponly=True, samesite="lax")
    return response


def application(desk: Desk, *, hosts: frozenset[str] | None = None, reader: Reader | None = None) -> Guard:
    """The pages of a desk; `hosts` are the names under which they may be asked for, None: any."""
    pages = Pages(desk, reader or Reader())
    handlers = {HTTPException: pages.not_found, Exception: pages.broken}
    return Guard(Starlette(routes=pages.routes(), exception_handlers=handlers), hosts)
