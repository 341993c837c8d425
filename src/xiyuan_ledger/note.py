"""Signed notes (C2SP signed-note): a text, and under it one line for each signature - of the log, or of a witness.

A key is named and has a kind: a log's signs the text itself (Ed25519), a witness's signs it with the time at which it
saw it (cosignature/v1). The library `cryptography` does what is cryptography.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xiyuan_ledger.errors import ProofError

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
Kind = Literal[0x01, 0x04]
KEY_BYTES = 32
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
TIME_BYTES = 8
NOTE_BYTES_MAX = 64 * 1024
SIGNATURES_MAX = 64
PRIVATE = "PRIVATE+KEY"
DASH = "\N{EM DASH} "
_KEY_NAME = re.compile(r"[^\s+]{1,200}")
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f]")


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:KEY_ID_BYTES]


def _cosigned(text: bytes, at: int) -> bytes:
    """What a witness signs: the time in seconds, and the note's text."""
    return f"cosignature/v1\ntime {at}\n".encode() + text


def plain_base64(text: str) -> bytes:
    """The bytes of base64 as it is written by everyone: no blanks, no other ending; ValueError for anything else."""
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise ValueError("base64 in another form than the usual one")
    return found


class Signature(NamedTuple):
    """One line under a note: who says to have signed, and the signature's bytes."""

    name: str
    key_id: bytes
    body: bytes

    def line(self) -> str:
        """The line as it stands in the note."""
        return f"{DASH}{self.name} {base64.b64encode(self.key_id + self.body).decode()}\n"


@dataclass(frozen=True)
class Key:
    """公钥: the public key of a log or a witness, as others hold it: `name+id+base64`."""

    name: str
    kind: Kind
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return _key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key that a text is; ProofError `key-form` where it is none, or its id is not its own."""
        try:
            name, key_id, kind, public = _key_parts(text.strip())
            if _key_id(name, kind, public).hex() != key_id:
                raise ValueError("another key's id")
        except ValueError:
            raise ProofError("key-form", field="key", found=text.strip()[:40]) from None
        return cls(name, kind, public)

    def signed(self, signature: Signature) -> bool:
        """Whether a signature says that this key made it."""
        return signature.name == self.name and signature.key_id == self.key_id

    def cosigned_at(self, text: bytes, signature: Signature) -> int | None:
        """When a witness says to have seen the text, in seconds since 1970; None where its signature does not hold."""
        if self.kind != COSIGNATURE or len(signature.body) != TIME_BYTES + SIGNATURE_BYTES:
            return None
        at = int.from_bytes(signature.body[:TIME_BYTES], "big")
        return at if self._holds(_cosigned(text, at), signature.body[TIME_BYTES:]) else None

    def verifies(self, text: bytes, signature: Signature) -> bool:
        """Whether a signature by this key holds."""
        if self.kind == COSIGNATURE:
            return self.cosigned_at(text, signature) is not None
        return len(signature.body) == SIGNATURE_BYTES and self._holds(text, signature.body)

    def _holds(self, signed: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


def _key_parts(text: str) -> tuple[str, str, Kind, bytes]:
    """Name, id, kind and 32 bytes of a key's text, public or private; ValueError where it is none."""
    name, key_id, encoded = text.split("+", 2)
    decoded = plain_base64(encoded)
    kinds: dict[int, Kind] = {ED25519: ED25519, COSIGNATURE: COSIGNATURE}
    if len(decoded) != 1 + KEY_BYTES or decoded[0] not in kinds or _KEY_NAME.fullmatch(name) is None:
        raise ValueError("not the form of a key")
    return name, key_id, kinds[decoded[0]], decoded[1:]


def _public_of(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


@dataclass(frozen=True)
class PrivateKey:
    """私钥: what signs. Its text is never shown but by whoever writes it to its file."""

    name: str
    kind: Kind
    seed: bytes = field(repr=False)

    @classmethod
    def new(cls, name: str, kind: Kind = ED25519) -> PrivateKey:
        """A fresh key; ProofError `key-name` where no key may be called so."""
        if _KEY_NAME.fullmatch(name) is None:
            raise ProofError("key-name", field="name", found=name[:40])
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> PrivateKey:
        """The key that a file's text is; the error never shows the text."""
        try:
            secret, plus, rest = text.strip().partition("+KEY+")
            name, key_id, kind, seed = _key_parts(rest)
            found = cls(name, kind, seed)
            if (secret + plus) != PRIVATE + "+" or found.public().key_id.hex() != key_id:
                raise ValueError("another key's id")
        except ValueError:
            raise ProofError("key-private-form", field="key") from None
        return found

    def secret_text(self) -> str:
        """What its file holds."""
        encoded = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{PRIVATE}+{self.name}+{self.public().key_id.hex()}+{encoded}\n"

    def public(self) -> Key:
        """The key that others hold."""
        return Key(self.name, self.kind, _public_of(self.seed))

    def sign(self, text: bytes, at: int | None = None) -> Signature:
        """Sign a note's text; a witness's key says at which second."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        if self.kind == ED25519:
            return Signature(self.name, self.public().key_id, key.sign(text))
        assert at is not None, "a witness says when it signs"
        body = at.to_bytes(TIME_BYTES, "big") + key.sign(_cosigned(text, at))
        return Signature(self.name, self.public().key_id, body)


class Note(NamedTuple):
    """A text that ends with a line's end, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, content: bytes) -> Note:
        """The note that bytes are; ProofError `note-form` for anything that is not written as notes are."""
        try:
            whole = content.decode() if len(content) <= NOTE_BYTES_MAX else ""
        except UnicodeDecodeError:
            whole = ""
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or _CONTROLS.search(whole) or not lines.endswith("\n"):
            raise ProofError("note-form")
        return cls(text + "\n", signatures_of(lines))

    def dump(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(each.line() for each in self.signatures)).encode()

    def signed_by(self, key: Key) -> Signature | None:
        """The signature of a key; None where there is none; ProofError `note-signature` where one does not hold."""
        found = [each for each in self.signatures if key.signed(each)]
        if any(not key.verifies(self.text.encode(), each) for each in found):
            raise ProofError("note-signature", key=key.name)
        return found[0] if found else None

    def with_signatures(self, more: tuple[Signature, ...]) -> Note:
        """The same text with more signatures; the newest of each key stays, in the order of first signing."""
        held = {(each.name, each.key_id): each for each in (*self.signatures, *more)}
        return Note(self.text, tuple(held.values()))


def signatures_of(lines: str) -> tuple[Signature, ...]:
    """The signatures that lines are; ProofError `note-form` where one is none, or there are none or too many."""
    found = []
    for line in lines.removesuffix("\n").split("\n"):
        name, blank, encoded = line.removeprefix(DASH).partition(" ")
        try:
            decoded = plain_base64(encoded)
        except ValueError:
            decoded = b""
        if not line.startswith(DASH) or not blank or len(decoded) <= KEY_ID_BYTES or _KEY_NAME.fullmatch(name) is None:
            raise ProofError("note-form")
        found.append(Signature(name, decoded[:KEY_ID_BYTES], decoded[KEY_ID_BYTES:]))
    if len(found) > SIGNATURES_MAX:
        raise ProofError("note-form")
    return tuple(found)
