"""核验: what the ledger says of itself, and how an outsider finds out whether it is so."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit


def verification_page(visit: Visit, request: Request) -> Response:
    """How long the history is, when it was last written to, and what stands behind a claim."""
    ledger = visit.desk.ledger
    head = ledger.head
    return page(
        visit,
        "verification.html",
        visit.words("nav-verification"),
        head=head,
        last=visit.desk.recorded_at(head),
    )
