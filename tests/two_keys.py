"""A ciphertext of AES-GCM that two keys open, each to another text: what an authentication tag does not prevent.

The last block is chosen so that both keys give the same tag: GHASH is linear in it over GF(2^128).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK = 16
_REDUCTION = 0xE1 << 120


def _times(a: int, b: int) -> int:
    """The product in GCM's field, whose highest bit is the constant term."""
    found = 0
    for bit in range(127, -1, -1):
        if a >> bit & 1:
            found ^= b
        b = b >> 1 ^ (_REDUCTION if b & 1 else 0)
    return found


def _inverse(a: int) -> int:
    """a to the power 2^128 - 2."""
    found, power = 1 << 127, a
    for _ in range(127):
        power = _times(power, power)
        found = _times(found, power)
    return found


def _encrypt(key: bytes, block: bytes) -> int:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # one block: what GCM is made of
    return int.from_bytes(encryptor.update(block) + encryptor.finalize())


def _blocks(content: bytes) -> list[int]:
    padded = content + bytes(-len(content) % BLOCK)
    return [int.from_bytes(padded[start : start + BLOCK]) for start in range(0, len(padded), BLOCK)]


def _hashed(hash_key: int, blocks: list[int]) -> int:
    found = 0
    for block in blocks:
        found = _times(found ^ block, hash_key)
    return found


def ciphertext(first: bytes, second: bytes, nonce: bytes, bound_to: bytes, text: bytes) -> bytes:
    """A ciphertext with its tag that opens under both keys; under the first one to `text` and a block of noise."""
    whole = text + b" " * (-len(text) % BLOCK)
    body = AESGCM(first).encrypt(nonce, whole, bound_to)[: len(whole)]
    lengths = int.from_bytes((8 * len(bound_to)).to_bytes(8) + (8 * (len(whole) + BLOCK)).to_bytes(8))
    before = [*_blocks(bound_to), *_blocks(body)]
    keys = [_encrypt(key, bytes(BLOCK)) for key in (first, second)]
    masks = [_encrypt(key, nonce + b"\x00\x00\x00\x01") for key in (first, second)]
    with_nothing = [_hashed(key, [*before, 0, lengths]) ^ mask for key, mask in zip(keys, masks, strict=True)]
    squares = _times(keys[0], keys[0]) ^ _times(keys[1], keys[1])
    last = _times(with_nothing[0] ^ with_nothing[1], _inverse(squares))
    tag = _hashed(keys[0], [*before, last, lengths]) ^ masks[0]
    return body + last.to_bytes(BLOCK) + tag.to_bytes(BLOCK)
