"""核验: what the ledger commits to, who signed it, and what shows that an event is part of it."""

from __future__ import annotations

import threading
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Note
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

_ONE_AT_A_TIME = threading.Lock()
"""A ledger's tree is not made for threads."""


class Inclusion(NamedTuple):
    """What shows that an event is among the first `size`: the hashes beside its way up to the root."""

    size: int
    root: str
    leaf_index: int
    hashes: list[str]
    signed: bool


def inclusion(visit: Visit, position: int) -> Inclusion | None:
    """The proof of an event in the newest checkpoint that has it, else in what the pin knows; None without a tree."""
    try:
        tree = visit.desk.ledger.proofs.tree
    except ProofError:
        return None
    note = latest(visit.desk.ledger)
    signed = note is not None and position <= checkpoint_of(note).size <= visit.desk.ledger.head
    size = checkpoint_of(note).size if note is not None and signed else visit.pin.known_at
    with _ONE_AT_A_TIME:
        root, hashes = tree.root(size), tree.inclusion(position, size)
    return Inclusion(size, root.hex(), position - 1, [each.hex() for each in hashes], signed)


def latest(ledger: Ledger) -> Note | None:
    """The newest checkpoint that is kept beside the ledger; None where there is none."""
    try:
        return ledger.proofs.latest()
    except ProofError:
        return None


def _root(ledger: Ledger, size: int) -> str | None:
    try:
        tree = ledger.proofs.tree
    except ProofError:
        return None
    with _ONE_AT_A_TIME:
        return tree.root(size).hex() if size else None


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
