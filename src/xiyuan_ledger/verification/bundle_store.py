"""A bundle as a store that is only read: every question works on it as on the ledger it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

from xiyuan_ledger.errors import ProofError, StoreError
from xiyuan_ledger.note import Note
from xiyuan_ledger.store import Batch, Begun, Meta, Row
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.events import BundleEvents
from xiyuan_ledger.verification.files import CHECKPOINT, BundleFiles
from xiyuan_ledger.verification.inclusion import BundleTree, Inclusion


class BundleStore:
    """The events of a bundle. Nothing of it is verified here: that is asked by `verify`."""

    def __init__(self, files: BundleFiles, note: Note):
        self.files = files
        self.note = note
        self.checkpoint: Checkpoint = checkpoint_of(note)
        self.meta = Meta(self.checkpoint.ledger, self.checkpoint.simulated)
        self._tree = BundleTree(files, self.checkpoint.size)
        self.root = self._tree.root
        self._events = BundleEvents(files, self.checkpoint.ledger, self.checkpoint.size)
        self.by_topic = self._events.by_topic
        self.after = self._events.rows
        self.head = self._events.head

    @classmethod
    def open(cls, path: Path) -> BundleStore:
        """The bundle at a path; StoreError `bundle-unreadable` where there is none."""
        try:
            files = BundleFiles.open(path)
            return cls(files, Note.parse(files.read(CHECKPOINT)))
        except ProofError as error:
            cause, cause_zh = error.message("en"), error.message("zh")
            raise StoreError("bundle-unreadable", where=path.name, found=cause, found_zh=cause_zh) from error

    def guards_missing(self) -> list[str]:
        """Files have no guards: what holds them is their root."""
        return []

    def at(self, positions: Iterable[int]) -> list[Row]:
        """The events at these positions, in order."""
        wanted = sorted(each for each in set(positions) if 0 < each <= self.head())
        return [row for position in wanted for row in self.after(position - 1, 1)]

    def leaves(self, after: int, until: int) -> list[bytes]:
        """The leaf hashes of a stretch."""
        return [row.leaf for row in self.after(after, until - after)]

    def latest(self) -> Note:
        """The bundle's checkpoint."""
        return self.note

    def inclusion(self, position: int, known_at: int) -> Inclusion:
        """The proof of an event in the bundle's checkpoint."""
        size, root = self.checkpoint.size, self.checkpoint.root
        return Inclusion(position - 1, size, root, tuple(self._tree.inclusion(position, size)), self.note)

    def of_streams(self, streams: Iterable[str], *, committed: bool = False) -> list[Row]:
        """All events of these streams, found by reading all there are."""
        wanted = set(streams)
        every = (row for start in range(0, self.head(), 5_000) for row in self.after(start, 5_000))
        return [row for row in every if row.stream in wanted]

    def writing(self) -> AbstractContextManager[None]:
        """Nothing is recorded in a bundle."""
        self.refuse()

    def append(self, batch: Batch) -> None:
        """Nothing is recorded in a bundle."""
        self.refuse()

    def append_if_head(self, head: int, batch: Batch) -> bool:
        """Nothing is recorded in a bundle."""
        self.refuse()

    def keyed(self, keys: Iterable[str], *, committed: bool = False) -> dict[str, int]:
        """Asked only by who records."""
        self.refuse()

    def tagged(self, tag: str, *, committed: bool = False) -> tuple[str, ...]:
        """Asked only by who records."""
        self.refuse()

    def refuse(self) -> NoReturn:
        """Say that a bundle is a copy."""
        raise StoreError("bundle-read-only", where=self.meta.name)

    def begun(self, after: int, kind: str, topics: Sequence[str], text: bytes) -> Begun:
        """Nothing is counted here: who asks is sent to look through the facts."""
        return Begun(after, 0, 1)

    def close(self) -> None:
        """Let go of what was unpacked."""
        self.files.close()
