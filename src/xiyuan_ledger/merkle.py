"""The tree of RFC 6962: leaves, roots, proofs that an event is in it and that it only grew.

Nothing here keeps anything. Who has the perfect subtrees gives a `Read`: the hash of the subtree of 2^height leaves
that begins at leaf index * 2^height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
EMPTY_ROOT = sha256().digest()
HASH_BYTES = 32
Read = Callable[[int, int], bytes]
"""The hash of a perfect subtree, by its height and its index among those of that height."""


def leaf_hash(entry: bytes) -> bytes:
    """The leaf hash of an event's stored bytes: 32 bytes."""
    return sha256(LEAF_PREFIX + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hashes of many events."""
    return [sha256(LEAF_PREFIX + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees that stand side by side."""
    return sha256(NODE_PREFIX + left + right).digest()


def level_above(hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes one level up; one left over at the end has no neighbour yet and is left out."""
    each = iter(hashes)
    return [sha256(NODE_PREFIX + left + right).digest() for left, right in zip(each, each, strict=False)]


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over 2^k hashes."""
    while len(hashes) > 1:
        hashes = level_above(hashes)
    return hashes[0]


class CompactRange:
    """A tree that grows, as its perfect subtrees from left to right: as many as its size has ones in binary."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.append_subtree(leaf, 0)

    def append_subtree(self, root: bytes, height: int) -> None:
        """Add 2^height leaves by their root; what is there already must be a multiple of as many."""
        assert self.size % (1 << height) == 0, "a subtree begins at a multiple of its leaves"
        filled = self.size >> height
        while filled & 1:
            root = node_hash(self._peaks.pop(), root)
            filled >>= 1
        self._peaks.append(root)
        self.size += 1 << height

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The root of the tree as it stands; of an empty one, the hash of nothing."""
        if not self._peaks:
            return EMPTY_ROOT
        *others, root = self._peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root


def _split(size: int) -> int:
    """The largest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1


def _range_root(first: int, last: int, read: Read) -> bytes:
    """The root over the leaves first <= index < last, a stretch that the tree has as a subtree of its own."""
    size = last - first
    if size & (size - 1) == 0:
        height = size.bit_length() - 1
        return read(height, first >> height)
    middle = first + _split(size)
    return node_hash(_range_root(first, middle, read), _range_root(middle, last, read))


def root_of(size: int, read: Read) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """What shows that the leaf at an index is in the tree of a size (RFC 6962, 2.1.1)."""
    assert 0 <= index < size, "the leaf is in the tree"
    first, last, proof = 0, size, []
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            proof.append(_range_root(middle, last, read))
            last = middle
        else:
            proof.append(_range_root(first, middle, read))
            first = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, read: Read) -> list[bytes]:
    """What shows that the tree of an old size is the beginning of that of a new one (RFC 6962, 2.1.2)."""
    assert 0 <= old <= new, "the tree grew"
    if old in (0, new):
        return []
    first, last, proof = 0, new, []
    while old < last:
        middle = first + _split(last - first)
        if old <= middle:
            proof.append(_range_root(middle, last, read))
            last = middle
        else:
            proof.append(_range_root(first, middle, read))
            first = middle
    if first:
        proof.append(_range_root(first, last, read))
    return proof[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof leads from a leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    found, node, last = leaf, index, size - 1
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that a tree only grew (RFC 9162, 2.1.4.2). From nothing, anything may grow."""
    if not 0 <= old <= new:
        return False
    if old == new or old == 0:
        return not proof and (old_root == new_root if old else old_root == EMPTY_ROOT)
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, step)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
