"""The perfect subtrees of a ledger's tree, kept beside it, so that a new checkpoint costs what is new.

Kept are the tiles of level 1 and above: the leaves stand in the store already. It is a cache: whatever is missing,
damaged or of another history is made again from the leaves, and what is read from it is checked against its root.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path

from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.errors import ProofError, StoreError
from xiyuan_ledger.merkle import (
    HASH_BYTES,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    perfect_root,
    root_of,
)
from xiyuan_ledger.verification.tiles import WIDTH, hashes_of, reading, tile_path

READ_LEAVES = WIDTH * WIDTH
HEAD = "kept.json"
Leaves = Callable[[int, int], list[bytes]]
"""The leaf hashes of the positions after < position <= until."""


class KeptTree:
    """The tree of one ledger, as far as it was asked for. Not safe for threads: its owner locks."""

    def __init__(self, folder: Path | None, leaves: Leaves):
        self._folder = folder
        self._leaves = leaves
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._covered = 0
        self.read = reading(self._tile)
        self._load()

    def root(self, size: int) -> bytes:
        """The root over the first `size` events."""
        self._extend(size)
        self.read = reading(self._tile)
        return root_of(size, self.read)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """What shows that the event at a position is among the first `size`."""
        (leaf,) = self._leaves(position - 1, position)
        for _ in range(2):
            root = self.root(size)
            proof = inclusion_proof(position - 1, size, self.read)
            if is_included(leaf, position - 1, size, proof, root):
                return proof
            self._clear()
        raise ProofError("tree-changing", found=size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """What shows that the first `new` events begin with the first `old`."""
        for _ in range(2):
            old_root, new_root = self.root(old), self.root(new)
            proof = consistency_proof(old, new, self.read)
            if is_consistent(old, old_root, new, new_root, proof):
                return proof
            self._clear()
        raise ProofError("tree-changing", found=new)

    def _tile(self, level: int, number: int) -> list[bytes]:
        if level == 0:
            return self._leaves(number * WIDTH, (number + 1) * WIDTH)
        return hashes_of(self._held(level, number), tile_path(level, number))

    def _held(self, level: int, number: int) -> bytes:
        found = self._tiles.get((level, number))
        if found is None and self._folder is not None:
            try:
                found = (self._folder / tile_path(level, number)).read_bytes()
            except OSError:
                found = b""
        return found or b""

    def _load(self) -> None:
        """Take up what was kept, if it is whole and of this history."""
        if self._folder is None:
            return
        try:
            said = loads((self._folder / HEAD).read_bytes())
            covered, leaf, root = int(said["covered"]), bytes.fromhex(said["leaf"]), bytes.fromhex(said["root"])
            if covered % WIDTH or self._leaves(covered - 1, covered) != [leaf] or root_of(covered, self.read) != root:
                raise ValueError("of another history")
        except (OSError, ValueError, KeyError, TypeError, IndexError, ProofError):
            self._clear()
            return
        self._covered = covered

    def _clear(self) -> None:
        self._tiles.clear()
        self._covered = 0
        self.read = reading(self._tile)
        if self._folder is not None:
            (self._folder / HEAD).unlink(missing_ok=True)

    def _extend(self, size: int) -> None:
        """Keep the subtrees of what was recorded since."""
        size -= size % WIDTH
        if size <= self._covered:
            return
        changed: set[tuple[int, int]] = set()
        leaf = b""
        while self._covered < size:
            leaves = self._leaves(self._covered, min(size, self._covered + READ_LEAVES))
            if not leaves or len(leaves) % WIDTH:
                raise ProofError("tree-changing", found=size)
            for at in range(0, len(leaves), WIDTH):
                self._add(1, self._covered // WIDTH, perfect_root(leaves[at : at + WIDTH]), changed)
                self._covered += WIDTH
            leaf = leaves[-1]
        self._write(changed, leaf)

    def _add(self, level: int, index: int, root: bytes, changed: set[tuple[int, int]]) -> None:
        """Add a hash to its level; a tile that is full with it adds one to the level above."""
        place = (level, index // WIDTH)
        content = self._held(*place)[: index % WIDTH * HASH_BYTES] + root
        self._tiles[place] = content
        changed.add(place)
        if len(content) == WIDTH * HASH_BYTES:
            self._add(level + 1, index // WIDTH, perfect_root(hashes_of(content, tile_path(*place))), changed)

    def _write(self, changed: set[tuple[int, int]], leaf: bytes) -> None:
        if self._folder is None:
            return
        for level, number in sorted(changed):
            self._put(tile_path(level, number), self._tiles[level, number])
        self._tiles.clear()
        self.read = reading(self._tile)
        root = root_of(self._covered, self.read)
        self._put(HEAD, dumps({"covered": self._covered, "leaf": leaf.hex(), "root": root.hex()}))

    def _put(self, name: str, content: bytes) -> None:
        assert self._folder is not None
        path = self._folder / name
        held = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held.write_bytes(content)
            os.replace(held, path)
        except OSError as error:
            raise StoreError("journal-unwritable", where=str(path.parent), found=str(error)) from error
