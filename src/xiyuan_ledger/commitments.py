"""承诺: what stands in a fact in place of personal data - salted digests, in the manner of SD-JWT (RFC 9901).

A commitment is SHA-256 over the canonical JSON of `[salt, field, value]`. The salt, 128 random bits, keeps a name or an
ID number from being guessed; the digest keeps one text, and one only, behind what was recorded. Decoys make their
number the same for everyone: that somebody has a guardian is not to be counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from xiyuan_ledger.canonical import dumps, loads

SALT_BYTES = 16
SALT_DIGITS = 2 * SALT_BYTES


class Disclosure(NamedTuple):
    """What opens one commitment: its salt as 32 hex digits, the field, the value."""

    salt: str
    field: str
    value: str

    def __repr__(self) -> str:
        """Without the value: it must not come into a log by way of a traceback."""
        return f"Disclosure({self.field}, …)"

    @property
    def commitment(self) -> str:
        """The digest that stands in the fact: lower-case hex."""
        return sha256(dumps(list(self))).hexdigest()


def disclosures_of(values: Mapping[str, str]) -> list[Disclosure]:
    """Every value with a new random salt, by field."""
    return [Disclosure(secrets.token_hex(SALT_BYTES), field, value) for field, value in sorted(values.items())]


def commitments_to(disclosures: Iterable[Disclosure], count: int) -> tuple[str, ...]:
    """The sorted commitments, filled up with decoys to `count`: nobody can tell one from the other."""
    found = {each.commitment for each in disclosures}
    while len(found) < count:
        found.add(secrets.token_hex(32))
    return tuple(sorted(found))


def to_bytes(disclosures: Iterable[Disclosure]) -> bytes:
    """Disclosures as canonical JSON: `[[salt, field, value], …]`."""
    return dumps([list(each) for each in disclosures])


def from_bytes(content: bytes) -> list[Disclosure]:
    """The disclosures that such bytes hold."""
    return [Disclosure(*each) for each in loads(content)]
