"""种子: what nobody chose: the tree's head as witnesses saw it, and a nonce committed to before there was that head.

The operator knows the head before the nonce is out, the evaluator the nonce before there is the head; the seed neither.
"""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

from xiyuan_ledger.aggregates.evaluation import TreeHead
from xiyuan_ledger.errors import EvaluationError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import CompactRange, leaf_hash


def commitment(nonce: str) -> str:
    """承诺: what is recorded with the commission: the SHA-256 of the nonce."""
    return sha256(nonce.encode()).hexdigest()


def seed_of(head: TreeHead, evaluation: str, nonce: str) -> str:
    """The seed of an evaluation's samples: SHA-256 over the head's size and root, the evaluation's code, the nonce."""
    return sha256(f"{head.size}\n{head.root}\n{evaluation}\n{nonce}".encode()).hexdigest()


def head_at(ledger: Ledger, size: int) -> TreeHead:
    """The head of the tree over the first events of a ledger."""
    tree = CompactRange()
    tree.extend(leaf_hash(ledger.stored_bytes(position)) for position in range(1, size + 1))
    return TreeHead(size=size, root=tree.root().hex())


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
