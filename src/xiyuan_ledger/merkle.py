"""The tree of RFC 6962: what a leaf is. (Section 2.1: a leaf hash is over 0x00 and the entry.)"""

from __future__ import annotations

from hashlib import sha256

LEAF_PREFIX = b"\x00"


def leaf_hash(entry: bytes) -> bytes:
    """The leaf hash of an event's stored bytes: 32 bytes."""
    return sha256(LEAF_PREFIX + entry).digest()
