"""What a bundle holds beside its events, made again from them and compared byte by byte."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from xiyuan_ledger.errors import LedgerError, ProofError
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.engine import Question
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.store import Row
from xiyuan_ledger.verification.adopted import STREAM, policy_files
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.claims import INDEX, Claim, claims_of, report_parts
from xiyuan_ledger.verification.columns import Columns
from xiyuan_ledger.verification.files import CHECKPOINT, MANIFEST, BundleFiles, manifest_bytes
from xiyuan_ledger.verification.flat import DICTIONARY, dictionary_bytes
from xiyuan_ledger.verification.reading import EventsRead, Tell
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
    listed |= {path for paths in read.journal.values() for path in paths}
    return faults, listed | {claim.stem() + ending for claim in claims for ending in (".json", ".csv")}


def _policy_rows(read: EventsRead) -> list[Row]:
    return [row for row in read.kept if row.stream.startswith(STREAM)]


def report_faults(
    files: BundleFiles, checkpoint: Checkpoint, read: EventsRead, claims: list[Claim], tell: Tell
) -> list[ProofError]:
    """Every claimed view computed again and compared byte by byte."""
    columns = Columns(files.folder, read.journal, read.superseded())
    arguments = dict.fromkeys(name for claim in claims for name in definition(claim.view).arguments)
    question = Question(checkpoint.ledger, claims[0].pin, columns.attach, arguments, {})
    faults = []
    try:
        for number, claim in enumerate(claims, start=1):
            for ending, parts in report_parts(_computed(question, claim, checkpoint)):
                fault = _difference(files, claim.stem() + ending, parts)
                faults += [fault] if fault else []
            tell("reports", number, len(claims))
    except (duckdb.Error, LedgerError) as error:
        raise ProofError("report-uncomputed", found=str(error).splitlines()[0]) from error
    finally:
        question.close()
    return faults


def _computed(question: Question, claim: Claim, checkpoint: Checkpoint) -> View:
    view = definition(claim.view)
    return View(checkpoint.ledger, view, claim.pin, question.run(view), simulated=checkpoint.simulated, what_if={})


def _difference(files: BundleFiles, name: str, parts: Iterator[bytes]) -> ProofError | None:
    """Where a file first differs from what was computed."""
    at = 0
    try:
        with files.path(name).open("rb") as file:
            for part in parts:
                claimed = file.read(len(part))
                if claimed != part:
                    return _told(name, at, claimed, part)
                at += len(part)
            rest = file.read(SHOWN_BYTES)
            return _told(name, at, rest, b"") if rest else None
    except OSError:
        return ProofError("bundle-file-missing", found=name)


def _told(name: str, at: int, claimed: bytes, computed: bytes) -> ProofError:
    first = next((n for n, pair in enumerate(zip(claimed, computed, strict=False)) if pair[0] != pair[1]), None)
    place = min(len(claimed), len(computed)) if first is None else first
    begin = max(0, place - SHOWN_BYTES // 2)
    shown = [text[begin : begin + SHOWN_BYTES].decode(errors="replace") for text in (claimed, computed)]
    return ProofError("report-differs", found=name, at=at + place, claimed=shown[0], computed=shown[1])
