"""One stretch of a bundle's events, checked by itself: bytes, leaves, positions, times, and its part of the journal.

It needs nothing but the bundle's folder, so that stretches are checked on all cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from xiyuan_ledger import canonical
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.errors import LedgerError, ProofError
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.columns import table_name
from xiyuan_ledger.journal.parsing import table_of_lines
from xiyuan_ledger.journal.reading import Span
from xiyuan_ledger.journal.segments import parquet_bytes
from xiyuan_ledger.merkle import HASH_BYTES, leaf_hashes, perfect_root
from xiyuan_ledger.recording.batch import without_collecting
from xiyuan_ledger.verification.columns import journal_path, nothing_superseded
from xiyuan_ledger.verification.files import BundleFiles
from xiyuan_ledger.verification.flat import csv_bytes, flat_path
from xiyuan_ledger.verification.holding import holds
from xiyuan_ledger.verification.shapes import SCHEMA, Shapes
from xiyuan_ledger.verification.tiles import WIDTH, tile_path, unpacked, width_of

KEPT_TYPES = frozenset({"PolicyAdopted", "LogKeyRotated", "LedgerContinued", "PersonalDataErased", "PersonsMerged"})
"""Facts that later checks need whole; voidings of policies, and of what concerns clients, are kept with them."""


VOIDING = frozenset({"RecordVoided"})
VOIDED_STREAMS = (b'"stream":"policy/', b'"stream":"client/')
SHAPES = Shapes()
"""What the events that this process read look like; it says nothing of what they hold."""


class SpanFound(NamedTuple):
    """What a stretch holds, and what is wrong with it."""

    hashes: list[bytes]
    """The roots of its whole tiles, then the leaves of the one that is not full."""
    faults: list[ProofError]
    journal_faults: list[ProofError]
    first_at: str
    last_at: str
    kept: list[tuple[int, bytes]]
    columns: dict[str, str]
    """By fact, the file that views may ask: the bundle's own, or ours in the scratch folder."""
    files: list[str]
    """The journal's files of this stretch, as the bundle names them."""
    gone: pa.Table


def check_span(folder: Path, ledger: str, size: int, span: Span, scratch: Path) -> SpanFound:
    """Check the events with after < position <= until; ProofError where a file is missing or no tile.

    A file of the journal that holds the rows in another form than it is written here is written anew into `scratch`.
    """
    return _SpanCheck(BundleFiles(folder), ledger, size, span).found(scratch)


def check_bytes(folder: Path, ledger: str, size: int, span: Span) -> list[ProofError]:
    """What is wrong with the events themselves: their bytes, leaves, places and times, without the journal."""
    return _SpanCheck(BundleFiles(folder), ledger, size, span).read()


class _SpanCheck:
    """A stretch while it is read."""

    def __init__(self, files: BundleFiles, ledger: str, size: int, span: Span):
        self._files = files
        self._ledger = ledger
        self._size = size
        self._span = span
        self._faults: list[ProofError] = []
        self._hashes: list[bytes] = []
        self._times: list[str] = []
        self._kept: list[tuple[int, bytes]] = []
        self._types: list[str] = []
        self._entries: list[bytes] = []

    def read(self) -> list[ProofError]:
        """Check tile after tile; what is wrong."""
        with without_collecting():
            for number in range(self._span.after // WIDTH, (self._span.until + WIDTH - 1) // WIDTH):
                self._check_tile(number)
        return self._faults

    def found(self, scratch: Path) -> SpanFound:
        self.read()
        columns, gone, journal_faults = ({}, nothing_superseded(), []) if self._faults else self._journal(scratch)
        first, last = (self._times[0], self._times[-1]) if self._times else ("", "")
        files = [journal_path(table, self._span) for table in columns]
        return SpanFound(self._hashes, self._faults, journal_faults, first, last, self._kept, columns, files, gone)

    def _check_tile(self, number: int) -> None:
        width = width_of(0, number, self._size)
        path = tile_path("entries", number, width)
        entries = unpacked(self._files.read(path), path)
        if len(entries) != width:
            raise ProofError("tile-form", found=path)
        leaves = leaf_hashes(entries)
        self._hashes += [perfect_root(leaves)] if width == WIDTH else leaves
        self._check_hashes(tile_path(0, number, width), leaves)
        self._check_entries(number * WIDTH, entries)

    def _check_hashes(self, path: str, leaves: list[bytes]) -> None:
        if self._files.read(path) != b"".join(leaves):
            self._faults.append(ProofError("tile-hashes", found=path))

    def _check_entries(self, after: int, entries: list[bytes]) -> None:
        """A tile's events: written canonically, in their places, none earlier than the one before."""
        try:
            places, times, types, schemas = SHAPES.read(entries)
        except ValueError:
            self._name_unlike(after, entries)
            return
        except (KeyError, TypeError):
            self._faults.append(ProofError("event-form", position=after + 1))
            return
        if places != tuple(range(after + 1, after + 1 + len(entries))) or set(map(type, places)) != {int}:
            at = next(n for n, place in enumerate(places, start=after + 1) if place != n or type(place) is not int)
            self._faults.append(ProofError("event-place", position=at, found=str(places[at - after - 1])[:40]))
        are_plain = set(map(type, types)) == {str} and set(map(type, schemas)) == {int}
        if not are_plain or set(schemas) != {SCHEMA} or not FACTS.keys() >= set(types):
            strange = next((each for each in map(str, types) if each not in FACTS), f"schema {max(map(str, schemas))}")
            raise ProofError("event-newer", position=after + 1, found=str(strange)[:40])
        self._check_times(after, times)
        self._types += types
        self._entries += entries
        if not (KEPT_TYPES | VOIDING).isdisjoint(types):
            self._keep(after, entries, types)

    def _check_times(self, after: int, times: Sequence[Any]) -> None:
        """Texts that never go back: such instants sort as they are written."""
        before = self._times[-1] if self._times else ""
        if set(map(type, times)) == {str} and before <= times[0] and list(times) == sorted(times):
            self._times += [times[0], times[-1]]
            return
        for position, at in enumerate(times, start=after + 1):
            if not isinstance(at, str) or at < before:
                self._faults.append(ProofError("event-back", position=position, found=str(at)[:40], last=before))
                return
            before = at

    def _keep(self, after: int, entries: list[bytes], types: Sequence[str]) -> None:
        for position, (entry, kind) in enumerate(zip(entries, types, strict=True), start=after + 1):
            if kind in KEPT_TYPES or (kind in VOIDING and any(stream in entry for stream in VOIDED_STREAMS)):
                self._kept.append((position, entry))

    def _name_unlike(self, after: int, entries: list[bytes]) -> None:
        """Say which events are not written as canonical JSON is."""
        unlike = [n for n, entry in enumerate(entries, start=after + 1) if not canonical.is_canonical(entry)]
        self._faults += [ProofError("event-not-canonical", position=position) for position in unlike]

    def _journal(self, scratch: Path) -> tuple[dict[str, str], pa.Table, list[ProofError]]:
        """Compare the journal's files of this stretch with the events themselves."""
        columns: dict[str, str] = {}
        gone: list[pa.Table] = []
        faults: list[ProofError] = []
        by_type: dict[str, list[bytes]] = {}
        for kind, entry in zip(self._types, self._entries, strict=True):
            by_type.setdefault(kind, []).append(entry)
        for kind, entries in by_type.items():
            fact = FACTS[kind]
            path = journal_path(table_name(fact), self._span)
            columns[table_name(fact)] = path
            try:
                table = table_of_lines(self._ledger, fact, b"\n".join(entries))
            except (ValueError, KeyError, TypeError, LedgerError):
                faults.append(ProofError("event-unlike-fact", found=kind, file=path))
                continue
            gone.append(superseded.superseded_by(fact, table))
            held = holds(self._files.path(path), table)
            if not held:
                faults.append(ProofError("journal-differs", found=path))
            elif held == "rows":
                columns[table_name(fact)] = _put_aside(scratch / path, table)
            flat = flat_path(table_name(fact), self._span)
            if self._files.read(flat) != csv_bytes(table):
                faults.append(ProofError("journal-differs", found=flat))
        return columns, superseded.together(gone), faults


def _put_aside(path: Path, table: pa.Table) -> str:
    """The rows as they are written here, where views can ask them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(parquet_bytes(table))
    return str(path)


def leaves_of(found: SpanFound, span: Span) -> tuple[list[bytes], list[bytes]]:
    """The roots of a stretch's whole tiles, and the leaves of the tile that is not full."""
    whole = (span.until - span.after) // WIDTH
    assert all(len(each) == HASH_BYTES for each in found.hashes)
    return found.hashes[:whole], found.hashes[whole:]
