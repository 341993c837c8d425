"""见证: who keeps the last checkpoint of a log, and cosigns only one that continues it (C2SP tlog-witness).

What is sent is text, over HTTP or carried by hand:

    old 1200                    the size that the witness saw last, as the log believes
    <base64>                    the consistency proof from there, a hash a line
                                an empty line, then the checkpoint as the log signed it
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.merkle import EMPTY_ROOT, HASH_BYTES, is_consistent
from xiyuan_ledger.note import COSIGNATURE, ED25519, NOTE_BYTES_MAX, Key, Note, Signature, plain_base64, signatures_of
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.keys import alone, new_key_file, put_durably, read_key_file

KEY_FILE = "witness.key"
LOGS_FILE = "logs.txt"
PROOF_HASHES_MAX = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")


class Submission(NamedTuple):
    """What a log hands to a witness."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def dump(self) -> bytes:
        """Its bytes."""
        lines = [f"old {self.old}\n", *(base64.b64encode(step).decode() + "\n" for step in self.proof), "\n"]
        return "".join(lines).encode() + self.note.dump()

    @classmethod
    def parse(cls, content: bytes) -> Submission:
        """The submission that bytes are; ProofError `submission-form` where they are none."""
        head, blank, note = content.partition(b"\n\n")
        first, *steps = head.decode("ascii", "replace").split("\n")
        old = _OLD.fullmatch(first)
        try:
            proof = tuple(plain_base64(step) for step in steps)
        except ValueError:
            old = None
        if not (blank and old) or len(content) > NOTE_BYTES_MAX or len(proof) > PROOF_HASHES_MAX:
            raise ProofError("submission-form")
        if any(len(step) != HASH_BYTES for step in proof):
            raise ProofError("submission-form")
        return cls(int(old[1]), proof, Note.parse(note))


class WitnessDesk:
    """One witness: its key, the logs that it follows, the last checkpoint of each - in a folder of its own."""

    def __init__(self, folder: Path):
        self.key = read_key_file(folder / KEY_FILE)
        if self.key.kind != COSIGNATURE:
            raise ProofError("witness-key", found=self.key.name)
        self._folder = folder
        self.logs()

    @classmethod
    def new(cls, folder: Path, name: str, logs: Sequence[Key]) -> WitnessDesk:
        """A new witness that follows these logs. ProofError `key-exists`, `key-name`, `key-form`."""
        _check_logs(logs)
        new_key_file(folder / KEY_FILE, name, COSIGNATURE)
        put_durably(folder / LOGS_FILE, "".join(f"{log}\n" for log in logs).encode())
        return cls(folder)

    def logs(self) -> list[Key]:
        """The keys of the logs that it follows; ProofError `witness-log` where their file is missing."""
        return _logs(self._folder / LOGS_FILE)

    def follow(self, logs: Sequence[Key]) -> None:
        """Follow these keys too: those of other logs, or the one that a log rotated to. ProofError `key-form`."""
        _check_logs(logs)
        with alone(self._folder / LOGS_FILE):
            more = [log for log in logs if log not in self.logs()]
            lines = (self._folder / LOGS_FILE).read_text("utf-8").splitlines()
            put_durably(self._folder / LOGS_FILE, "".join(f"{each}\n" for each in [*lines, *more]).encode())

    def last(self, origin: str) -> Checkpoint:
        """The last checkpoint of a log that was cosigned; of none, an empty tree."""
        try:
            note = Note.parse(self._path(origin).read_bytes())
        except FileNotFoundError:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        if note.signed_by(self.key.public()) is None:
            raise ProofError("witness-state", found=origin[:80])
        return checkpoint_of(note)

    def cosign(self, submission: Submission, at: int) -> Signature:
        """Cosign a checkpoint that continues the last one of its log, and remember it first.

        ProofError: `witness-log` for a log that is not followed, `witness-signature`, `witness-old` where the log is
        wrong about what was seen last (`size` says what was), `witness-fork`.
        """
        checkpoint = checkpoint_of(submission.note)
        self._check_signed(submission.note, checkpoint.origin)
        with alone(self._path(checkpoint.origin)):
            last = self.last(checkpoint.origin)
            if submission.old > checkpoint.size:
                raise ProofError("submission-form")
            if submission.old != last.size:
                raise ProofError("witness-old", found=submission.old, size=last.size)
            if checkpoint.size == last.size and last.size and checkpoint.root != last.root:
                raise ProofError("witness-fork", size=last.size, found=checkpoint.size)
            if not is_consistent(last.size, last.root, checkpoint.size, checkpoint.root, submission.proof):
                raise ProofError("witness-fork", size=last.size, found=checkpoint.size)
            signature = self.key.sign(submission.note.text.encode(), at)
            put_durably(self._path(checkpoint.origin), Note(submission.note.text, (signature,)).dump())
            return signature

    def _check_signed(self, note: Note, origin: str) -> None:
        """Signed by a key of the log that is followed; after a rotation there are several of one name."""
        keys = [key for key in self.logs() if key.name == origin]
        if not keys:
            raise ProofError("witness-log", found=origin[:80])
        if not any(note.signed_by(key) for key in keys):
            raise ProofError("witness-signature", found=origin[:80])

    def _path(self, origin: str) -> Path:
        return self._folder / "seen" / f"{sha256(origin.encode()).hexdigest()[:32]}.checkpoint"


def _check_logs(logs: Sequence[Key]) -> None:
    """ProofError `key-form` for the key of a witness, where one of a log belongs."""
    if any(log.kind != ED25519 for log in logs):
        raise ProofError("key-form", field="log", found="cosignature")


def _logs(path: Path) -> list[Key]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ProofError("witness-log", found=str(path)) from error
    return [Key.parse(line) for line in lines if line.strip() and not line.startswith("#")]


def cosignatures(content: bytes, note: Note, keys: Iterable[Key]) -> tuple[Signature, ...]:
    """The cosignatures that a witness answered with; ProofError `witness-answer` where none is of a key given."""
    known = list(keys)
    try:
        answered = signatures_of(content.decode())
    except (UnicodeDecodeError, ProofError):
        answered = ()
    found = [(key, each) for each in answered for key in known if key.signed(each)]
    if not found or not all(key.verifies(note.text.encode(), each) for key, each in found):
        raise ProofError("witness-answer", found=", ".join(key.name for key in known))
    return tuple(each for _, each in found)
