"""评估工作账本: the evaluator's own ledger. It begins as a bundle's events, byte for byte, and goes on with his own.

He has no access to the office's ledger, and needs none: in his own the same rules hold, the same views answer, and
every event of the office has its id. What he entered is handed in as entries, which the office records in its ledger.
Everything that he draws and computes is at pins up to the bundle's end, and so comes out the same there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.canonical import loads
from xiyuan_ledger.errors import EvaluationError, ProofError
from xiyuan_ledger.evaluation.seeds import faults_of, head_of_note
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import CompactRange
from xiyuan_ledger.note import Note
from xiyuan_ledger.recording.entries import code_of
from xiyuan_ledger.store import Batch, Meta, Store, open_store
from xiyuan_ledger.store.mapper import entry_bytes, event_of
from xiyuan_ledger.store.opening import proofs_folder, sqlite_path
from xiyuan_ledger.verification.bundle_store import BundleStore
from xiyuan_ledger.verification.files import CHECKPOINT
from xiyuan_ledger.verification.keys import put_durably
from xiyuan_ledger.verification.policy import Policy

BEGUN_FROM = "begun-from.checkpoint"
NAME_END = "-evaluation"
COPIED_ROWS = 5_000


def begin(url: str, bundle: Path, policy: Policy, *, name: str | None = None, actor: str | None = None) -> Ledger:
    """A new ledger at a URL that begins as a bundle whose checkpoint the policy's log and witnesses signed.

    Raises StoreError where there is no bundle or already a ledger, InvalidEntry where the name is no code, ProofError
    where the events do not lead to the checkpoint's root, or the checkpoint is not signed as the policy asks.
    """
    folder = proofs_folder(url, None)
    if folder is None:
        raise EvaluationError("own-ledger-nowhere", field="ledger", found=url)
    source = BundleStore.open(bundle)
    try:
        note = Note.parse(source.files.read(CHECKPOINT))
        _check(source, note, policy)
        called = code_of("name", name or source.meta.name + NAME_END)
        target = open_store(url, create=Meta(called, source.meta.simulated))
        try:
            put_durably(folder / BEGUN_FROM, note.dump())
            _copy(source, target)
        except BaseException:
            target.close()
            _remove(url, folder)
            raise
        target.close()
    finally:
        source.close()
    return Ledger.open(url, actor=actor)


def _check(source: BundleStore, note: Note, policy: Policy) -> None:
    """Whether the events lead to the checkpoint, and who signed it."""
    tree, keys = CompactRange(), []
    for first in range(0, source.head(), COPIED_ROWS):
        rows = source.after(first, COPIED_ROWS)
        tree.extend(row.leaf for row in rows)
        keys += [event_of(row) for row in rows if row.stream == "ledger"]
    if tree.root() != source.checkpoint.root:
        raise ProofError("bundle-root", size=source.head())
    for fault in faults_of(note, policy, keys):
        raise fault


def _copy(source: BundleStore, target: Store) -> None:
    """Every event with what finds it: its keys and tags, as they were when it was recorded. All of them, or none."""
    with target.writing():
        for first in range(0, source.head(), COPIED_ROWS):
            rows = source.after(first, COPIED_ROWS)
            events = [event_of(row) for row in rows]
            keys = [(event.fact.key, event.position) for event in events if event.fact.key is not None]
            tags = sorted({(tag, event.stream) for event in events for tag in event.fact.tags()})
            target.append(Batch(rows, keys, tags))


def _remove(url: str, folder: Path) -> None:
    """A ledger that could not be begun is none."""
    (folder / BEGUN_FROM).unlink(missing_ok=True)
    path = sqlite_path(url)
    if path is not None:
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


def begun_from(ledger: Ledger) -> Note | None:
    """The checkpoint of the bundle that a ledger began as; None for every other ledger."""
    try:
        path = ledger.proofs.folder / BEGUN_FROM
    except ProofError:
        return None  # one in memory, or a bundle itself
    return Note.parse(path.read_bytes()) if path.exists() else None


def known_from_office(ledger: Ledger) -> int:
    """The position up to which a ledger is the office's: the bundle's end, or the head where it began as none."""
    note = begun_from(ledger)
    return ledger.head if note is None else head_of_note(note.dump().decode()).size


def handed_in(ledger: Ledger, evaluation: str) -> list[dict[str, Any]]:
    """What the evaluator entered, as entries for the office's ledger, in order: what stands of it in the end.

    A correction of something of his own takes its place; one of the office's event names that event.
    """
    after = known_from_office(ledger)
    if begun_from(ledger) is None:
        raise EvaluationError("own-ledger-not", field="ledger", found=ledger.name)
    stream = f"evaluation/{evaluation}"
    events = [event for event in ledger.events(after=after) if event.stream == stream]
    own = {event.event_id: event for event in events}
    gone = set(_superseded(events))
    entries = []
    for event in events:
        voids_own = isinstance(event.fact, RecordVoided) and event.fact.event in own
        if event.event_id not in gone and not voids_own:
            entries.append(_entry(event, own))
    return entries


def _superseded(events: list[Event]) -> Iterator[str]:
    for event in events:
        target = event.fact.event if isinstance(event.fact, RecordVoided) else event.fact.corrects
        if target is not None:
            yield target


def _entry(event: Event, own: dict[str, Event]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": event.type} | loads(entry_bytes(event.fact)) | {"actor": event.actor}
    target = event.fact.corrects
    while target in own:
        target = own[target].fact.corrects
    if target is None:
        found.pop("corrects", None)
    else:
        found["corrects"] = target
    return found
