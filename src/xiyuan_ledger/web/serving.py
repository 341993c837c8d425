"""The server of the pages: loopback unless told otherwise, and never open to a network without tokens."""

from __future__ import annotations

import uvicorn

from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.web.app import application
from xiyuan_ledger.web.desk import Desk
from xiyuan_ledger.web.guard import LOOPBACK

READERS_MAX = 200
IDLE_SECONDS = 10


def server(ledger: Ledger, *, host: str, port: int) -> uvicorn.Server:
    """A server of a ledger's pages, ready to run."""
    pages = application(Desk(ledger), hosts=LOOPBACK if host in LOOPBACK else None)
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
