"""纳入证明: what shows, beside an event's bytes, that it is part of what a checkpoint commits to (C2SP tlog-proof)."""

from __future__ import annotations

import base64
from typing import NamedTuple, Protocol

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.merkle import Read, inclusion_proof, is_included, root_of
from xiyuan_ledger.note import Note
from xiyuan_ledger.verification.files import BundleFiles
from xiyuan_ledger.verification.tiles import hashes_of, reading, tile_path, width_of

HEAD = "c2sp.org/tlog-proof@v1"


class Inclusion(NamedTuple):
    """纳入证明: the hashes beside an event's way up to the root over the first `size` events, from the leaf on.

    `note` is the checkpoint that signs this root; None while none does. `leaf_index` counts events from 0.
    """

    leaf_index: int
    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    note: Note | None = None

    def holds(self, leaf: bytes) -> bool:
        """Whether it leads from a leaf hash to the root."""
        return is_included(leaf, self.leaf_index, self.size, self.hashes, self.root)

    def dump(self) -> bytes:
        """The proof as a file (`.tlog-proof`), its checkpoint within. ProofError `checkpoint-none` without one."""
        if self.note is None:
            raise ProofError("checkpoint-none", found=f"#{self.leaf_index + 1}")
        lines = [HEAD, f"index {self.leaf_index}", *(base64.b64encode(each).decode() for each in self.hashes), "", ""]
        return "\n".join(lines).encode() + self.note.dump()


class Proving(Protocol):
    """Who shows that events are part of a ledger: the desk of its proofs, or a bundle."""

    def latest(self) -> Note:
        """The newest checkpoint."""

    def root(self, size: int) -> bytes:
        """The root over the first `size` events."""

    def inclusion(self, position: int, known_at: int) -> Inclusion:
        """The proof of an event in the newest checkpoint; where none has it, in what is known at a position."""


class BundleTree:
    """The tree of a bundle, read from its tiles; what they say is held against the checkpoint by who asks."""

    def __init__(self, files: BundleFiles, size: int):
        self._files = files
        self._size = size
        self._read: Read = reading(self._tile)

    def root(self, size: int) -> bytes:
        """The root over the first `size` events."""
        return root_of(size, self._read)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """What shows that the event at a position is among the first `size`."""
        return inclusion_proof(position - 1, size, self._read)

    def _tile(self, level: int, number: int) -> list[bytes]:
        path = tile_path(level, number, width_of(level, number, self._size))
        return hashes_of(self._files.read(path), path)
