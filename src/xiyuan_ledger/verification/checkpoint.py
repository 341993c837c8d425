"""检查点: size and root of the ledger's tree, as a text that log and witnesses sign (C2SP tlog-checkpoint)."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.merkle import HASH_BYTES
from xiyuan_ledger.note import Note, plain_base64

ORIGIN = "xiyuan-ledger/"
SIMULATED = "SIMULATED"
"""The line that a simulated ledger's checkpoints carry: what is signed says so."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class Checkpoint(NamedTuple):
    """What a ledger commits to: its origin, how many events, and the root over them."""

    origin: str
    size: int
    root: bytes
    simulated: bool = False

    @classmethod
    def of_ledger(cls, name: str, size: int, root: bytes, *, simulated: bool) -> Checkpoint:
        """The checkpoint of a ledger of this name."""
        return cls(ORIGIN + name, size, root, simulated)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint that a note's text is; ProofError `checkpoint-text` where it is none."""
        origin, size, root, *more = text.split("\n") if text.count("\n") in (3, 4) else ("", "", "", "")
        try:
            decoded = plain_base64(root)
        except ValueError:
            decoded = b""
        if not origin or _SIZE.fullmatch(size) is None or len(decoded) != HASH_BYTES:
            raise ProofError("checkpoint-text")
        if more not in ([""], [SIMULATED, ""]):
            raise ProofError("checkpoint-text")
        return cls(origin, int(size), decoded, len(more) > 1)

    def text(self) -> str:
        """What is signed."""
        head = f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
        return head + f"{SIMULATED}\n" if self.simulated else head

    @property
    def ledger(self) -> str:
        """The ledger's name; ProofError `checkpoint-origin` where the origin is not one of ours."""
        if not self.origin.startswith(ORIGIN) or self.origin == ORIGIN:
            raise ProofError("checkpoint-origin", found=self.origin[:80])
        return self.origin.removeprefix(ORIGIN)


def checkpoint_of(note: Note) -> Checkpoint:
    """The checkpoint that a note holds; ProofError `checkpoint-text`."""
    return Checkpoint.parse(note.text)
