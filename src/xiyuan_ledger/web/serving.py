"""The server of the pages: loopback unless told otherwise, and never open to a network without tokens."""

from __future__ import annotations

from pathlib import Path

import uvicorn

from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.web.app import application
from xiyuan_ledger.web.desk import Desk, Opening
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.guard import LOOPBACK
from xiyuan_ledger.web.tokens import TokenFile

READERS_MAX = 200
IDLE_SECONDS = 10


def server(
    ledger: Ledger,
    *,
    host: str,
    port: int,
    tokens: Path | None = None,
    role: str | None = None,
    opening: Opening | None = None,
) -> uvicorn.Server:
    """A server of a ledger's pages, ready to run. Raises PageError, and FileError for a file that holds no tokens.

    `opening` opens the same ledger for a named reader; without it nobody's personal data are shown.
    """
    if host not in LOOPBACK and tokens is None:
        raise PageError("serve-tokens-missing", field="tokens", host=host)
    desk = Desk(ledger, opening=opening)
    if role is not None and role not in desk.roles():
        raise PageError("role-unknown", field="role", found=role, known=", ".join(sorted(desk.roles())) or "-")
    pages = application(
        desk,
        hosts=LOOPBACK if tokens is None else None,
        tokens=None if tokens is None else TokenFile(tokens),
        role=role,
    )
    return uvicorn.Server(
        uvicorn.Config(
            pages,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=READERS_MAX,
            timeout_keep_alive=IDLE_SECONDS,
        )
    )
