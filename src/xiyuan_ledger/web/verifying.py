"""核验: what the ledger commits to, who signed it, and what shows that an event is part of it."""

from __future__ import annotations

import threading

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Note
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.inclusion import Inclusion
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

_ONE_AT_A_TIME = threading.Lock()
"""A ledger's tree is not made for threads."""


def inclusion(visit: Visit, position: int) -> Inclusion | None:
    """The proof of an event; None where the ledger has no place for proofs."""
    try:
        with _ONE_AT_A_TIME:
            return visit.desk.ledger.proving.inclusion(position, visit.pin.known_at)
    except ProofError as error:
        if error.code != "proofs-nowhere":
            raise
        return None


def latest(ledger: Ledger) -> Note | None:
    """The newest checkpoint; None where there is none."""
    try:
        return ledger.proving.latest()
    except ProofError:
        return None


def _root(ledger: Ledger, size: int) -> str | None:
    try:
        with _ONE_AT_A_TIME:
            return ledger.proving.root(size).hex() if size else None
    except ProofError as error:
        if error.code != "proofs-nowhere":
            raise
        return None


def verification_page(visit: Visit, request: Request) -> Response:
    """How long the history is, the root over it, the newest checkpoint with its signatures, and what is to be done."""
    ledger = visit.desk.ledger
    head, note = ledger.head, latest(ledger)
    return page(
        visit,
        "verification.html",
        visit.words("nav-verification"),
        head=head,
        last=visit.desk.recorded_at(head),
        root=_root(ledger, visit.pin.known_at),
        note=note,
        checkpoint=None if note is None else checkpoint_of(note),
        signed_at=None if note is None else visit.desk.recorded_at(min(checkpoint_of(note).size, head)),
    )
