"""What a bundle holds beside its events, made again from them and compared byte by byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from xiyuan_ledger.errors import LedgerError, ProofError
from xiyuan_ledger.store import Row
from xiyuan_ledger.verification.adopted import STREAM, policy_files
from xiyuan_ledger.verification.apart import Progress
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.claims import ENDINGS, INDEX, Claim, claims_of
from xiyuan_ledger.verification.columns import Columns
from xiyuan_ledger.verification.computing import computed
from xiyuan_ledger.verification.files import CHECKPOINT, MANIFEST, BundleFiles, manifest_bytes
from xiyuan_ledger.verification.flat import DICTIONARY, dictionary_bytes
from xiyuan_ledger.verification.reading import EventsRead
from xiyuan_ledger.verification.readme import README, readme_bytes
from xiyuan_ledger.verification.writing import manifest_head

SHOWN_BYTES = 60


def manifest_faults(files: BundleFiles, checkpoint: Checkpoint) -> list[ProofError]:
    """Whether every file is as the manifest lists it, and the manifest lists every file."""
    try:
        if files.read(MANIFEST) == manifest_bytes(files, manifest_head(checkpoint)):
            return []
    except ProofError as fault:
        return [fault]
    return [ProofError("manifest-differs")]


def claims_in(files: BundleFiles, checkpoint: Checkpoint) -> list[Claim]:
    """The claims of a bundle; ProofError where they are not at its checkpoint."""
    claims = claims_of(files.read(INDEX))
    if claims[0].pin.known_at != checkpoint.size:
        raise ProofError("claims-pin", found=claims[0].pin.known_at, size=checkpoint.size)
    return claims


def opened_faults(
    files: BundleFiles, checkpoint: Checkpoint, read: EventsRead, claims: list[Claim]
) -> tuple[list[ProofError], set[str]]:
    """Policies as adopted and the README; and the names of what a bundle consists of so far."""
    expected = dict(policy_files(_policy_rows(read), claims[0].pin.valid_on))
    expected |= {README: readme_bytes(checkpoint), DICTIONARY: dictionary_bytes()}
    faults = [
        ProofError("file-differs", found=name) for name, content in expected.items() if files.read(name) != content
    ]
    listed = {CHECKPOINT, MANIFEST, INDEX, *expected, *read.tiles, *read.flat}
    return faults, listed | read.files | {claim.stem() + ending for claim in claims for ending in (".json", ".csv")}


def _policy_rows(read: EventsRead) -> list[Row]:
    return [row for row in read.kept if row.stream.startswith(STREAM)]


def report_faults(
    folder: Path,
    checkpoint: Checkpoint,
    journal: Mapping[str, list[str]],
    gone: pa.Table,
    claims: list[Claim],
    progress: Progress,
) -> list[ProofError]:
    """Every claimed view computed again from a bundle's columns and compared byte by byte."""
    files, columns = BundleFiles(folder), Columns(folder, journal, gone)
    faults = []
    try:
        for number, (claim, parts) in enumerate(computed(columns, checkpoint, claims, lean=True), start=1):
            faults += _differences(files, claim, parts)
            progress(number)
    except (duckdb.Error, LedgerError) as error:
        raise ProofError("report-uncomputed", found=str(error).splitlines()[0]) from error
    return faults


def _differences(files: BundleFiles, claim: Claim, parts: Iterator[tuple[bytes, ...]]) -> list[ProofError]:
    """Where the files of a claim first differ from what was computed."""
    compared = [_Compared(files, claim.stem() + ending) for ending in ENDINGS]
    try:
        for part in parts:
            for each, content in zip(compared, part, strict=True):
                each.take(content)
        return [fault for each in compared if (fault := each.fault())]
    finally:
        for each in compared:
            each.close()


class _Compared:
    """A file while what it should hold is computed, a part after another."""

    def __init__(self, files: BundleFiles, name: str):
        self._name = name
        self._at = 0
        self._fault: ProofError | None = None
        self._file: BinaryIO | None = None
        try:
            self._file = files.path(name).open("rb")
        except OSError:
            self._fault = ProofError("bundle-file-missing", found=name)

    def take(self, part: bytes) -> None:
        """Compare the next part, unless the file differed before."""
        claimed = b"" if self._fault or self._file is None else self._file.read(len(part))
        if self._fault is None and claimed != part:
            self._fault = _told(self._name, self._at, claimed, part)
        self._at += len(part)

    def fault(self) -> ProofError | None:
        """What is wrong with the file, which must end here."""
        if self._fault is None and self._file is not None and (rest := self._file.read(SHOWN_BYTES)):
            return _told(self._name, self._at, rest, b"")
        return self._fault

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _told(name: str, at: int, claimed: bytes, computed: bytes) -> ProofError:
    first = next((n for n, pair in enumerate(zip(claimed, computed, strict=False)) if pair[0] != pair[1]), None)
    place = min(len(claimed), len(computed)) if first is None else first
    begin = max(0, place - SHOWN_BYTES // 2)
    shown = [text[begin : begin + SHOWN_BYTES].decode(errors="replace") for text in (claimed, computed)]
    return ProofError("report-differs", found=name, at=at + place, claimed=shown[0], computed=shown[1])
