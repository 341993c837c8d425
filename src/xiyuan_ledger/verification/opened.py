"""What a bundle opens of persons, and whom it says to be erased: each file against the history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from xiyuan_ledger.aggregates import FACTS, Event
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.disclosures import FOLDER, Disclosed, PersonalFacts, check_disclosures
from xiyuan_ledger.verification.events import BundleEvents, place_of, row_of
from xiyuan_ledger.verification.files import BundleFiles
from xiyuan_ledger.verification.reading import EventsRead

ABOUT_PERSONS = frozenset({"ClientRegistered", "PersonsMerged", "PersonalDataErased", "RecordVoided"})


def disclosure_files(files: BundleFiles) -> list[str]:
    """The disclosures of a bundle, by name."""
    return [name for name in files.names() if name.startswith(f"{FOLDER}/") and name.endswith(".json")]


def commitment_faults(files: BundleFiles, read: EventsRead) -> list[ProofError]:
    """Registrations that commit to personal data of someone whose data had been erased by then."""
    persons = PersonalFacts()
    erased: dict[str, int] = {}
    for row in read.kept:
        if FACTS[place_of(row.state, row.position).type].__name__ in ABOUT_PERSONS:
            persons.follow(event_of(row))
            erased |= {code: row.position for code in persons.erased if code not in erased}
    registered = read.journal.get("client_registered", []) if erased else []
    return [fault for path in registered for fault in _committed_after(files.path(path), erased)]


def _committed_after(path: Path, erased: dict[str, int]) -> Iterator[ProofError]:
    table = pq.read_table(path, columns=["position", "client", "commitments"], partitioning=None)
    for row in table.to_pylist():
        at = erased.get(row["client"])
        if at is not None and row["position"] > at and row["commitments"]:
            yield ProofError("committed-after-erasure", position=row["position"], found=row["client"], erased=at)


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
