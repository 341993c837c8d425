"""Who looks: a token shown once on a page of its own and kept in a cookie that no script reads, or sent along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiyuan_ledger.web.desk import Desk
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.tokens import TOKEN_LENGTH_MAX, Token, token_given
from xiyuan_ledger.web.visit import Reader, Visit

COOKIE = "xiyuan-token"
BODY_BYTES_MAX = 4_096
STAY_SECONDS = 12 * 3600
ENTER = "/enter"
LEAVE = "/leave"


Tokens = Callable[[], Sequence[Token]]
"""The tokens that hold now."""


class Access:
    """Which reader a request comes from. Without tokens everybody on this machine is the same reader."""

    def __init__(self, desk: Desk, tokens: Tokens | None, role: str | None):
        self._desk = desk
        self._tokens = tokens
        self._role = role

    @property
    def by_token(self) -> bool:
        """Whether a token has to be shown."""
        return self._tokens is not None

    def reader(self, request: Request) -> Reader:
        """Who asks. Raises PageError `access-token` where no token that holds is shown."""
        if self._tokens is None:
            return Reader() if self._role is None else Reader(self._role, self._role, self._scope(self._role))
        token = token_given(self._tokens(), _shown(request))
        if token is None:
            raise PageError("access-token", field="token")
        scope = self._scope(token.role)
        return Reader(token.name, token.role, scope if token.views is None else scope & token.views, True)

    def _scope(self, role: str) -> frozenset[str]:
        """The views of a role; none for a role that the policy does not name."""
        return self._desk.roles().get(role, frozenset())

    def entered(self, request: Request, body: bytes) -> Response:
        """Keep the token that was typed, if it is one. Raises PageError `access-token`."""
        given = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0].strip()
        if self._tokens is None or token_given(self._tokens(), given) is None:
            raise PageError("access-token", field="token")
        response = RedirectResponse("/", 303)
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, given, max_age=STAY_SECONDS, path="/", secure=secure, httponly=True, samesite="strict"
        )
        return response

    @staticmethod
    def left() -> Response:
        """Forget the token."""
        response = RedirectResponse(ENTER, 303)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response


def _shown(request: Request) -> str:
    """The token of a request: `Authorization: Bearer …`, or the cookie; never a part of the address."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    found = token if kind.lower() == "bearer" else request.cookies.get(COOKIE, "")
    return found if len(found) <= TOKEN_LENGTH_MAX else ""


def enter_page(visit: Visit, error: PageError | None = None) -> Response:
    """The page that asks for a token."""
    return page(visit, "enter.html", visit.words("enter-title"), status=401 if error else 200, error=error)


async def body_of(request: Request) -> bytes:
    """The body of a form. Raises PageError `body-too-long`, `origin-other`."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise PageError("origin-other", field="origin")
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > BODY_BYTES_MAX:
            raise PageError("body-too-long", limit=BODY_BYTES_MAX)
    return bytes(found)
