"""种子: what nobody chose: the tree's head as witnesses saw it, and a nonce committed to before there was that head.

The operator knows the head before the nonce is out, the evaluator the nonce before there is the head; the seed neither.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64decode
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from pathlib import Path

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.evaluation import TreeHead
from xiyuan_ledger.errors import EvaluationError, ProofError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import CompactRange, leaf_hash
from xiyuan_ledger.note import Note
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.policy import NO_QUORUM, Policy
from xiyuan_ledger.verification.rotation import keys_after
from xiyuan_ledger.verification.seals import age_faults, quorum_faults, seen_by, signature_faults

NONCE_BYTES = 32
OWNER_ONLY = 0o600


def commitment(nonce: str) -> str:
    """承诺: what is recorded with the commission: the SHA-256 of the nonce."""
    return sha256(nonce.encode()).hexdigest()


def new_nonce(path: Path) -> str:
    """随机数: a nonce that nobody can guess, in a new file that only its owner reads. EvaluationError `nonce-file`."""
    nonce = secrets.token_hex(NONCE_BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except OSError as error:
        raise EvaluationError("nonce-file", field="file", path=str(path), found=error.strerror or "-") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(nonce + "\n")
    return nonce


def seed_of(head: TreeHead, evaluation: str, nonce: str) -> str:
    """The seed of an evaluation's samples: SHA-256 over the head's size and root, the evaluation's code, the nonce."""
    return sha256(f"{head.size}\n{head.root}\n{evaluation}\n{nonce}".encode()).hexdigest()


def head_at(ledger: Ledger, size: int) -> TreeHead:
    """The head of the tree over the first events of a ledger, from its stored subtrees; one in memory has none."""
    try:
        root = ledger.proving.root(size)
    except ProofError as error:
        if error.code != "proofs-nowhere":
            raise
        tree = CompactRange()
        tree.extend(leaf_hash(ledger.stored_bytes(position)) for position in range(1, size + 1))
        root = tree.root()
    return TreeHead(size=size, root=root.hex())


def head_of_note(note: str) -> TreeHead:
    """The head that a checkpoint speaks of: a signed note, whose second line is the size and whose third the root."""
    lines = note.splitlines()
    try:
        return TreeHead(size=int(lines[1]), root=b64decode(lines[2], validate=True).hex())
    except (IndexError, ValueError):
        raise EvaluationError("checkpoint-form", field="checkpoint", found=note[:40]) from None


def confirmed(ledger: Ledger, head: TreeHead) -> TreeHead:
    """The head, which must be that of this ledger: a checkpoint of another history draws another sample."""
    if head.size > ledger.head or head_at(ledger, head.size) != head:
        raise EvaluationError("checkpoint-other", field="checkpoint", size=head.size, root=head.root[:16])
    return head


def witnessed(ledger: Ledger, note: Note, policy: Policy) -> TreeHead:
    """The head of a checkpoint, which must be this ledger's and signed by the log and the witnesses of the policy.

    Raises EvaluationError `checkpoint-other`, ProofError for the first signature that is not as the policy asks.
    """
    head = confirmed(ledger, head_of_note(note.text))
    rotations = ledger.view("journal", type="LogKeyRotated", pin=Pin(known_at=head.size, valid_on=date.max)).rows
    for fault in faults_of(note, policy, [ledger.event(row["event_id"]) for row in rotations]):
        raise fault
    return head


def faults_of(note: Note, policy: Policy, events: Iterable[Event]) -> list[ProofError]:
    """What a checkpoint lacks of the signatures that a policy asks for; `events`: those that hand the key over."""
    keys, faults = keys_after(policy.log, events)
    faults = faults + signature_faults(note, checkpoint_of(note), policy, keys)
    if policy.quorum == NO_QUORUM:
        return faults
    seen, wrong = seen_by(note, policy)
    faults += [*wrong, *quorum_faults(seen, policy)]
    if not faults and policy.age_max is not None:
        faults += age_faults(seen, policy, calendar.now())
    return faults
