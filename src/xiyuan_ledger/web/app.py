"""The pages as one application: which address is which page, who looks, and what is said when it cannot be shown."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from xiyuan_ledger.errors import Language, LedgerError
from xiyuan_ledger.web import (
    boards,
    comparing,
    evaluations,
    events,
    explaining,
    overview,
    people,
    projects,
    standing,
    supposing,
    tables,
    verifying,
)
from xiyuan_ledger.web.access import ENTER, LEAVE, Access, Tokens, body_of, enter_page
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
    ("/", overview.overview_page),
    ("/compliance", boards.compliance_page),
    ("/compliance/months", standing.standing_page),
    ("/money", boards.money_page),
    ("/projects", projects.projects_page),
    ("/projects/{code}", projects.project_page),
    ("/audit", boards.audit_page),
    ("/evaluations", evaluations.evaluations_page),
    ("/evaluations/{code}", evaluations.evaluation_page),
    ("/diff", comparing.diff_page),
    ("/explain", explaining.explain_page),
    ("/what-if", supposing.what_if_page),
    ("/verification", verifying.verification_page),
    ("/views", tables.views_page),
    ("/views/{name}", tables.view_page),
    ("/views/{name}/rows/{place:int}", tables.row_page),
    ("/views/{name}/evidence", tables.evidence_page),
    ("/events/{event}", events.event_page),
    ("/events/{event}/bytes", events.event_bytes),
    ("/events/{event}/proof", events.event_proof),
    ("/subjects/{code}", events.subject_page),
    ("/search", events.search_page),
)


class Pages:
    """The pages of one ledger, for those who have access to it."""

    def __init__(self, desk: Desk, access: Access):
        self._desk = desk
        self._access = access

    def routes(self) -> list[Route | Mount]:
        """Every address."""
        static = StaticFiles(directory=str(resources.files("xiyuan_ledger.web") / "static"))
        entering = [Route(ENTER, self._enter, methods=["GET", "POST"]), Route(LEAVE, self._leave, methods=["POST"])]
        entering.append(Route("/subjects/{code}/reveal", self._reveal, methods=["POST"]))
        return [*(Route(path, self._answering(page)) for path, page in PAGES), *entering, Mount("/static", static)]

    def _answering(self, page: Page) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            try:
                visit = self._visit(request)
                return _with_language(visit, page(visit, request))
            except PageError as error:
                if error.code != "access-token":
                    return self.failed(request, error)
                return enter_page(self._plain_visit(request), error if "cookie" in request.headers else None)
            except LedgerError as error:
                return self.failed(request, error)

        return answer

    def _visit(self, request: Request) -> Visit:
        asked = Asked.read(request.url.path, request.url.query)
        return Visit(self._desk, self._access.reader(request), _language(request, asked), asked)

    def _plain_visit(self, request: Request) -> Visit:
        """A visit of nobody in particular, at no pin in particular: to say something."""
        plain = Asked(request.url.path, {})
        return Visit(self._desk, Reader(views=frozenset()), _language(request, plain), plain)

    async def _enter(self, request: Request) -> Response:
        """Ask for a token, or take one."""
        visit = self._plain_visit(request)
        try:
            if request.method == "POST":
                return self._access.entered(request, await body_of(request))
        except PageError as error:
            return enter_page(visit, error)
        return _keeping(visit.lang, enter_page(visit))

    async def _reveal(self, request: Request) -> Response:
        """Who stands behind a code of the sample."""
        try:
            body = await body_of(request)
            visit = self._visit(request)
            return await run_in_threadpool(people.revealed_page, visit, request, body)
        except LedgerError as error:
            return self.failed(request, error)

    async def _leave(self, request: Request) -> Response:
        """Forget the token."""
        try:
            await body_of(request)
        except PageError as error:
            return self.failed(request, error)
        return self._access.left()

    def failed(self, request: Request, error: LedgerError) -> Response:
        """The page that says what went wrong."""
        return error_page(self._plain_visit(request), error)

    def not_found(self, request: Request, error: Exception) -> Response:
        """What Starlette refuses: no such page, no such method."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        code = "method-unknown" if status == 405 else "page-unknown"
        return self.failed(request, PageError(code, found=request.url.path[:100]))

    def broken(self, request: Request, error: Exception) -> Response:
        """What nobody expected: its traceback goes to the log, its code to the reader."""
        return self.failed(request, PageError("page-failed", found=type(error).__name__))


def _language(request: Request, asked: Asked) -> Language:
    named = (asked.get("lang") or request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    return spoken(named, request.headers.get("accept-language", ""))


def _with_language(visit: Visit, response: Response) -> Response:
    """Keep the language that was chosen."""
    return _keeping(visit.lang, response) if visit.asked.get("lang") in LANGUAGES else response


def _keeping(lang: Language, response: Response) -> Response:
    response.set_cookie(LANGUAGE_COOKIE, lang, max_age=YEAR_SECONDS, httponly=True, samesite="lax")
    return response


def application(
    desk: Desk,
    *,
    hosts: frozenset[str] | None = None,
    tokens: Tokens | None = None,
    role: str | None = None,
) -> Guard:
    """The pages of a desk; `hosts` are the names under which they may be asked for, None: any.

    With `tokens` nobody sees anything without one; without, `role` says in whose scope everybody looks, None: in all.
    """
    pages = Pages(desk, Access(desk, tokens, role))
    handlers = {HTTPException: pages.not_found, Exception: pages.broken}
    return Guard(Starlette(routes=pages.routes(), exception_handlers=handlers), hosts)
