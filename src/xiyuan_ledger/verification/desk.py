"""A ledger's own proofs: its tree, its checkpoints, its signer's key - in a folder beside it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import Note
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.kept import KeptTree
from xiyuan_ledger.verification.keys import put_durably
from xiyuan_ledger.verification.signing import Signer

KEY_FILE = "log.key"
CHECKPOINTS = "checkpoints"


class Desk(NamedTuple):
    """Where one ledger's proofs are made and kept."""

    ledger: str
    simulated: bool
    folder: Path
    tree: KeptTree

    def key_file(self) -> Path:
        """Where the log's key is looked for, if no other place is named."""
        return self.folder / KEY_FILE

    def checkpoint_at(self, size: int) -> Checkpoint:
        """What the ledger's first events are, unsigned."""
        return Checkpoint.of_ledger(self.ledger, size, self.tree.root(size), simulated=self.simulated)

    def sign(self, size: int, key_file: Path | None) -> Note:
        """A checkpoint of the first events, signed and kept; the cosignatures of one already kept stay with it."""
        signed = Signer(key_file or self.key_file()).sign(self.checkpoint_at(size), self.tree.consistency)
        return self.keep(signed)

    def keep(self, note: Note) -> Note:
        """Keep a checkpoint's signatures, with those that are kept of it already."""
        path = self._path(checkpoint_of(note).size)
        held = Note.parse(path.read_bytes()) if path.exists() else note
        if held.text != note.text:
            raise ProofError("checkpoint-other", found=path.name)
        together = held.with_signatures(note.signatures)
        put_durably(path, together.dump())
        return together

    def latest(self) -> Note:
        """The newest checkpoint kept; ProofError `checkpoint-none` where there is none yet."""
        kept = sorted((self.folder / CHECKPOINTS).glob("*.checkpoint"))
        if not kept:
            raise ProofError("checkpoint-none", found=self.ledger)
        return Note.parse(kept[-1].read_bytes())

    def _path(self, size: int) -> Path:
        return self.folder / CHECKPOINTS / f"{size:012d}.checkpoint"
