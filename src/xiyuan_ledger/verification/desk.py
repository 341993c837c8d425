"""A ledger's own proofs: its tree, its checkpoints, its signer's key - in a folder beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates.control import LogKeyRotated
from xiyuan_ledger.calendar import shanghai_date
from xiyuan_ledger.errors import ProofError, ViewError
from xiyuan_ledger.note import Key, Note
from xiyuan_ledger.projections.asking import Asking
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.store import Store
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.claims import claims_at
from xiyuan_ledger.verification.disclosures import DisclosureFile
from xiyuan_ledger.verification.inclusion import Inclusion
from xiyuan_ledger.verification.kept import KeptTree
from xiyuan_ledger.verification.keys import put_durably
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.rotating import rotate
from xiyuan_ledger.verification.signing import Signer
from xiyuan_ledger.verification.timestamps import TOKEN, certificates_of, request_for, stamped_at
from xiyuan_ledger.verification.witness import Submission, cosignatures
from xiyuan_ledger.verification.witness_http import ask_witness
from xiyuan_ledger.verification.writing import write_bundle

KEY_FILE = "log.key"
CHECKPOINTS = "checkpoints"


class Desk:
    """Where one ledger's proofs are made and kept."""

    def __init__(self, store: Store, asking: Asking, folder: Path, tree: KeptTree):
        self._store = store
        self._asking = asking
        self.folder = folder
        self.tree = tree

    @classmethod
    def of(cls, store: Store, asking: Asking, folder: Path | None, cache: Path | None) -> Desk:
        """The desk of a ledger: its proofs in one folder, its tree's subtrees in another, which is a cache."""
        if folder is None:
            raise ProofError("proofs-nowhere", found=store.meta.name)
        kept = cache and cache / "tree" / quote(store.meta.name, safe="")
        return cls(store, asking, folder, KeptTree(kept, store.leaves))

    def key_file(self) -> Path:
        """Where the log's key is looked for, if no other place is named."""
        return self.folder / KEY_FILE

    def checkpoint_at(self, size: int) -> Checkpoint:
        """What the ledger's first events are, unsigned."""
        meta = self._store.meta
        return Checkpoint.of_ledger(meta.name, size, self.tree.root(size), simulated=meta.simulated)

    def sign(self, size: int, key_file: Path | None) -> Note:
        """A checkpoint of the first events, signed and kept; the cosignatures of one already kept stay with it."""
        signed = Signer(key_file or self.key_file()).sign(self.checkpoint_at(size), self.tree.consistency)
        return self.keep(signed)

    def latest_at(self) -> datetime:
        """When the newest checkpoint was kept, by the clock of this machine."""
        return datetime.fromtimestamp(self._path(checkpoint_of(self.latest()).size).stat().st_mtime, UTC)

    def rotate(self, record: Callable[[LogKeyRotated], object], key_file: Path | None = None) -> Key:
        """更换账本密钥: a new key in the old one's file, handed over to by an event that the old key signs.

        `record` is the ledger's own.
        """
        events = [event_of(row) for row in self._store.of_streams(["ledger"])]
        recorded = [event.fact for event in events if isinstance(event.fact, LogKeyRotated)]
        told: dict[str, Any] = {"occurred_on": calendar.today()}
        if self._store.meta.simulated:
            last = event_of(self._store.at([self._store.head()])[0]).recorded_at
            told = {"occurred_on": shanghai_date(last), "recorded_at": last}
        return rotate(key_file or self.key_file(), recorded, record, told)

    def have_witnessed(self, note: Note, policy: Policy) -> tuple[Note, list[ProofError]]:
        """The checkpoint with the cosignatures of the policy's witnesses that are reached by an address; the others."""
        size, missed = checkpoint_of(note).size, []
        for witness in policy.witnesses.values():
            if witness.url is None:
                continue
            try:
                found = ask_witness(witness, note, size, self.tree.consistency, self.last_seen_by(witness.key, size))
            except ProofError as refusal:
                missed.append(refusal)
            else:
                note = self.keep(Note(note.text, found))
        return note, missed

    def add_cosignatures(self, content: bytes, keys: Iterable[Key]) -> Note:
        """Keep what a witness answered, carried by hand; it is one of those whose keys are given.

        It belongs to the newest checkpoint, or to an earlier one: others may be signed while it is on its way.
        """
        known = list(keys)
        for path in self._kept():
            note = Note.parse(path.read_bytes())
            with suppress(ProofError):
                return self.keep(Note(note.text, cosignatures(content, note, known)))
        return self.keep(Note(self.latest().text, cosignatures(content, self.latest(), known)))

    def timestamp_request(self) -> bytes:
        """What is sent to a time-stamping authority for the newest checkpoint."""
        return request_for(self.latest().text)

    def add_timestamp(self, token: bytes, certificates: Path) -> datetime:
        """Keep an authority's answer to the newest checkpoint; when it saw it."""
        note = self.latest()
        at = stamped_at(token, note.text, certificates_of(certificates))
        put_durably(self._token_path(note), token)
        return at

    def _token_path(self, note: Note) -> Path:
        return self._path(checkpoint_of(note).size).with_suffix(".tsr")

    def submission(self, old: int) -> Submission:
        """What is handed to a witness that saw `old` events last, to have the newest checkpoint cosigned."""
        note = self.latest()
        return Submission(old, tuple(self.tree.consistency(old, checkpoint_of(note).size)), note)

    def _kept(self) -> list[Path]:
        """The checkpoints kept, the newest first."""
        return sorted((self.folder / CHECKPOINTS).glob("*.checkpoint"), reverse=True)

    def last_seen_by(self, key: Key, size: int) -> int:
        """The size of the newest checkpoint kept that a witness cosigned, up to a size; 0 where it saw none."""
        for path in self._kept():
            note = Note.parse(path.read_bytes())
            if checkpoint_of(note).size <= size and any(key.signed(each) for each in note.signatures):
                return checkpoint_of(note).size
        return 0

    def keep(self, note: Note) -> Note:
        """Keep a checkpoint's signatures, with those that are kept of it already."""
        path = self._path(checkpoint_of(note).size)
        held = Note.parse(path.read_bytes()) if path.exists() else note
        if held.text != note.text:
            raise ProofError("checkpoint-unlike", found=path.name)
        together = held.with_signatures(note.signatures)
        put_durably(path, together.dump())
        return together

    def latest(self) -> Note:
        """The newest checkpoint kept; ProofError `checkpoint-none` where there is none yet."""
        kept = sorted((self.folder / CHECKPOINTS).glob("*.checkpoint"))
        if not kept:
            raise ProofError("checkpoint-none", found=self._store.meta.name)
        return Note.parse(kept[-1].read_bytes())

    def root(self, size: int) -> bytes:
        """The root over the first `size` events."""
        return self.tree.root(size)

    def inclusion(self, position: int, known_at: int) -> Inclusion:
        """The proof of an event in the newest checkpoint that has it, else in what is known at a position."""
        kept = [Note.parse(path.read_bytes()) for path in sorted((self.folder / CHECKPOINTS).glob("*.checkpoint"))[-1:]]
        note = next((each for each in kept if position <= checkpoint_of(each).size <= self._store.head()), None)
        size, root = checkpoint_of(note)[1:3] if note else (known_at, self.root(known_at))
        return Inclusion(position - 1, size, root, tuple(self.tree.inclusion(position, size)), note)

    def export(
        self, path: Path, checkpoint: Note | None, pinned: dict[str, Any], disclosures: Sequence[DisclosureFile] = ()
    ) -> Path:
        """Write the bundle of a checkpoint, its views at a day and over a period, and what it discloses."""
        note = checkpoint or self.latest()
        size, head = checkpoint_of(note).size, self._store.head()
        if not 0 < size <= head:
            raise ProofError("bundle-root", size=size)
        late = max((each.position for each in disclosures), default=0)
        if late > size:
            raise ProofError("disclosure-later", position=late, size=size)
        period = {unit: pinned.pop(unit, None) for unit in ("to", "month", "quarter", "year")}
        period["from"] = pinned.pop("from_", None)
        day = pinned.pop("valid_on", None) or shanghai_date(event_of(self._store.at([size])[0]).recorded_at)
        if pinned:
            raise ViewError("argument-unknown", field=min(pinned), view="bundle", known="valid_on, from_, to, month …")
        pin = self._asking.settle(Pin(known_at=size), valid_on=day, period=period, head=head)
        beside = [each.file for each in disclosures]
        if self._token_path(note).exists():
            beside.append((TOKEN, self._token_path(note).read_bytes()))
        write_bundle(path, note, self._store.after, claims_at(pin), beside)
        return path

    def _path(self, size: int) -> Path:
        return self.folder / CHECKPOINTS / f"{size:012d}.checkpoint"
