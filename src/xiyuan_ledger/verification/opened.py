"""What a bundle opens of persons, and whom it says to be erased: each file against the history."""

from __future__ import annotations

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.disclosures import FOLDER, Disclosed, PersonalFacts, check_disclosures
from xiyuan_ledger.verification.events import BundleEvents, place_of, row_of
from xiyuan_ledger.verification.files import BundleFiles

ABOUT_PERSONS = frozenset({"ClientRegistered", "PersonsMerged", "PersonalDataErased", "RecordVoided"})


def disclosure_files(files: BundleFiles) -> list[str]:
    """The disclosures of a bundle, by name."""
    return [name for name in files.names() if name.startswith(f"{FOLDER}/") and name.endswith(".json")]


def check_opened(files: BundleFiles, checkpoint: Checkpoint) -> tuple[list[Disclosed], list[ProofError]]:
    """Every disclosure as checked: verified, erased with its basis, or failed."""
    names = disclosure_files(files)
    if not names:
        return [], []
    events = BundleEvents(files, checkpoint.ledger, checkpoint.size)
    persons = PersonalFacts()
    for position, entry in events.entries(0, checkpoint.size):
        if place_of(entry, position).type in ABOUT_PERSONS:
            persons.follow(event_of(row_of(position, entry)))

    def at(position: int) -> Event | None:
        return event_of(events.rows(position - 1, 1)[0]) if 0 < position <= checkpoint.size else None

    found = list(check_disclosures([(name, files.read(name)) for name in names], persons, at))
    faults = [
        ProofError("disclosure-failed", found=each.file, fault=each.fault, position=each.position or 0)
        for each in found
        if each.status == "failed"
    ]
    return found, faults
