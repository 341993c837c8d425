"""情景: a story as a folder of entry files, one per subject, for a simulated ledger.

Its entries are told in the order of (recorded_at, file name, line), whichever file they stand in. An entry that
corrects or voids another names it by its key, `"corrects": "key:KEY"`: no file can know which id the ledger gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from xiyuan_ledger.calendar import parse_instant
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.intake.jsonl import read_lines
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.recording.receipt import Receipt

KEY_PREFIX = "key:"
REFERRING_FIELDS = ("corrects", "event")
TOLD_AT_ONCE = 5_000


def scenario_entries(folder: Path | str) -> Iterator[dict[str, Any]]:
    """The entries of all files in the order in which they were written down; raises FileError, InvalidEntry."""
    files = sorted(Path(folder).glob("*.jsonl"))
    if not files:
        raise FileError("scenario-missing", path=str(folder))
    told = [
        (parse_instant(entry["recorded_at"]), n, number, entry)
        for n, file in enumerate(files)
        for number, entry in _entries(file)
    ]
    for *_, entry in sorted(told, key=lambda each: each[:3]):
        yield entry


def scenario_policies(folder: Path | str) -> list[Path]:
    """The policy files with which a ledger of the story is created."""
    return sorted((Path(folder) / "policies").glob("*.toml"))


def tell_scenario(ledger: Ledger, folder: Path | str, until: datetime | None = None) -> list[Receipt]:
    """Record the story in a simulated ledger, or what was written down by `until`; what is told again is a duplicate.

    Raises Refused at the first refusal.
    """
    receipts: list[Receipt] = []
    batch: list[dict[str, Any]] = []
    ids: dict[str, str] = {}

    def record() -> None:
        found = ledger.record_all(batch)
        receipts.extend(found)
        keyed = (
            (entry["key"], receipt.event_id) for entry, receipt in zip(batch, found, strict=True) if "key" in entry
        )
        ids.update((key, event_id) for key, event_id in keyed if event_id is not None)
        batch.clear()

    for entry in scenario_entries(folder):
        if until is not None and parse_instant(entry["recorded_at"]) > until:
            break
        if _refers(entry) or len(batch) == TOLD_AT_ONCE:
            record()
        batch.append(_resolved(entry, ids, folder))
    record()
    return receipts


def _entries(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open("rb") as stream:
        for line in read_lines(stream, file.name):
            if line.error is not None:
                raise line.error
            assert isinstance(line.entry, dict)
            yield line.number, line.entry


def _refers(entry: dict[str, Any]) -> bool:
    return any(str(entry.get(field, "")).startswith(KEY_PREFIX) for field in REFERRING_FIELDS)


def _resolved(entry: dict[str, Any], ids: dict[str, str], folder: Path | str) -> dict[str, Any]:
    """The entry with the ids of the facts that it names by their keys."""
    found = dict(entry)
    for field in REFERRING_FIELDS:
        named = str(entry.get(field, ""))
        if not named.startswith(KEY_PREFIX):
            continue
        key = named.removeprefix(KEY_PREFIX)
        if key not in ids:
            raise FileError("scenario-key-unknown", field=field, path=str(folder), key=key)
        found[field] = ids[key]
    return found
