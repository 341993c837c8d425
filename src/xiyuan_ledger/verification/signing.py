"""The signer: signs checkpoints with the log's key, and never two that do not lead from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.merkle import EMPTY_ROOT, is_consistent
from xiyuan_ledger.note import Note, PrivateKey
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.keys import alone, put_durably, read_key_file

Prove = Callable[[int, int], list[bytes]]
"""The consistency proof between two sizes of the tree."""


class Signer:
    """One log's key, and beside it the last checkpoint that it signed."""

    def __init__(self, key_file: Path):
        self.key: PrivateKey = read_key_file(key_file)
        self._last_file = signed_file(key_file)

    def last(self) -> Checkpoint | None:
        """The last checkpoint signed. ProofError `signer-state` where what is kept does not carry this key's name."""
        try:
            content = self._last_file.read_bytes()
        except FileNotFoundError:
            return None
        note = Note.parse(content)
        if note.signed_by(self.key.public()) is None:
            raise ProofError("signer-state", found=self._last_file.name)
        return checkpoint_of(note)

    def hand_over(self, new_key_file: Path) -> None:
        """Have a new key remember what this one signed last, so that it continues it."""
        with alone(self._last_file):
            if self.last() is None:
                return
            note = Note.parse(self._last_file.read_bytes())
            signature = read_key_file(new_key_file).sign(note.text.encode())
            put_durably(signed_file(new_key_file), note.with_signatures((signature,)).dump())

    def sign(self, checkpoint: Checkpoint, prove: Prove) -> Note:
        """Sign a checkpoint that continues the last one; it is remembered before anyone sees the signature.

        ProofError: `signer-origin` for another ledger's, `signer-shrunk` for a smaller one, `signer-fork` for one that
        no proof leads to.
        """
        with alone(self._last_file):
            last = self.last() or Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
            if not checkpoint.origin == last.origin == self.key.name:
                raise ProofError("signer-origin", found=checkpoint.origin, expected=self.key.name)
            if checkpoint.size < last.size:
                raise ProofError("signer-shrunk", found=checkpoint.size, last=last.size)
            proof = prove(last.size, checkpoint.size)
            if not is_consistent(last.size, last.root, checkpoint.size, checkpoint.root, proof):
                raise ProofError("signer-fork", found=checkpoint.size, last=last.size)
            text = checkpoint.text()
            note = Note(text, (self.key.sign(text.encode()),))
            put_durably(self._last_file, note.dump())
            return note


def signed_file(key_file: Path) -> Path:
    """Where the last checkpoint that a key signed is kept."""
    return key_file.with_name(key_file.name + ".signed")
