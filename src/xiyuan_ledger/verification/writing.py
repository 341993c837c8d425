"""Writing a bundle: one reading of the events, then the views; the same bytes whenever the same pin is exported."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.columns import table_name
from xiyuan_ledger.journal.parsing import fact_of, table_of_lines
from xiyuan_ledger.journal.reading import WORKERS_MAX, Span, spans
from xiyuan_ledger.journal.segments import parquet_bytes
from xiyuan_ledger.merkle import CompactRange, leaf_hash, perfect_root
from xiyuan_ledger.note import Note
from xiyuan_ledger.store import Row
from xiyuan_ledger.verification.adopted import STREAM, policy_files
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.claims import ENDINGS, INDEX, Claim, index_bytes
from xiyuan_ledger.verification.columns import SPAN_POSITIONS, Columns, journal_path
from xiyuan_ledger.verification.computing import computed
from xiyuan_ledger.verification.files import CHECKPOINT, MANIFEST, BundleFiles, manifest_bytes, write_zip
from xiyuan_ledger.verification.flat import DICTIONARY, csv_bytes, dictionary_bytes, flat_path
from xiyuan_ledger.verification.readme import README, readme_bytes
from xiyuan_ledger.verification.tiles import HEIGHT, WIDTH, levels, packed, tile_path

FORMAT = 1
After = Callable[[int, int], list[Row]]
"""The events that follow a position, so many."""


def write_bundle(
    path: Path, note: Note, after: After, claims: Sequence[Claim], beside: Iterable[tuple[str, bytes]] = ()
) -> None:
    """Write the bundle of a checkpoint to a folder or .zip that is not there yet; `beside` are files of its own.

    ProofError: `bundle-exists`, `bundle-root` where the events do not lead to the checkpoint's root.
    """
    check_new(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        _Writer(draft, note).write(after, claims, beside)
        if path.suffix == ".zip":
            write_zip(draft, path)
        else:
            if path.exists():
                path.rmdir()
            draft.rename(path)
    except OSError as error:
        raise ProofError("bundle-unwritable", found=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_new(path: Path) -> None:
    """ProofError `bundle-exists` where no bundle can be written, since something is there."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ProofError("bundle-exists", found=path.name)


def manifest_head(checkpoint: Checkpoint) -> dict[str, Any]:
    """What a bundle says of itself; all of it stands in the checkpoint too."""
    said = {"format": FORMAT, "ledger": checkpoint.ledger, "root": checkpoint.root.hex(), "size": checkpoint.size}
    return said | {"simulated": "SIMULATED"} if checkpoint.simulated else said


class _Segment(NamedTuple):
    """One fact's rows of a stretch: its files, the journal's first, and what they supersede."""

    table: str
    files: dict[str, bytes]
    gone: pa.Table


class _Writer:
    """One bundle in the making."""

    def __init__(self, folder: Path, note: Note):
        self._folder = folder
        self._note = note
        self._checkpoint = checkpoint_of(note)
        self._subtrees: list[bytes] = []
        self._policy_rows: list[Row] = []
        self._journal: dict[str, list[str]] = {}
        self._gone: list[pa.Table] = []

    def write(self, after: After, claims: Sequence[Claim], beside: Iterable[tuple[str, bytes]]) -> None:
        self._put(CHECKPOINT, self._note.dump())
        self._write_events(after)
        for name, content in policy_files(self._policy_rows, claims[0].pin.valid_on):
            self._put(name, content)
        self._put(INDEX, index_bytes(list(claims)))
        columns = Columns(self._folder, self._journal, superseded.together(self._gone))
        for claim, parts in computed(columns, self._checkpoint, claims, lean=False):
            self._put_claim(claim, parts)
        for name, content in beside:
            self._put(name, content)
        self._put(DICTIONARY, dictionary_bytes())
        self._put(README, readme_bytes(self._checkpoint))
        self._put(MANIFEST, manifest_bytes(BundleFiles(self._folder), manifest_head(self._checkpoint)))

    def _write_events(self, after: After) -> None:
        """Tiles and journal in one reading; refused where the events are not what the checkpoint says."""
        tree = CompactRange()
        with ThreadPoolExecutor(min(WORKERS_MAX, os.cpu_count() or 1)) as pool:
            for span in spans(0, self._checkpoint.size, SPAN_POSITIONS):
                rows = after(span.after, span.until - span.after)
                if [row.position for row in rows] != list(range(span.after + 1, span.until + 1)):
                    raise ProofError("bundle-root", size=self._checkpoint.size)
                self._write_tiles(span, rows, tree)
                self._policy_rows += [row for row in rows if row.stream.startswith(STREAM)]
                for found in pool.map(lambda part, s=span: self._segment(s, *part), _by_topic(rows)):
                    self._put_segment(found)
        if tree.root() != self._checkpoint.root:
            raise ProofError("bundle-root", size=self._checkpoint.size)
        self._write_upper_tiles()

    def _segment(self, span: Span, topic: str, lines: bytes) -> _Segment:
        fact = fact_of(topic)
        table, name = table_of_lines(self._checkpoint.ledger, fact, lines), table_name(fact)
        files = {journal_path(name, span): parquet_bytes(table), flat_path(name, span): csv_bytes(table)}
        return _Segment(name, files, superseded.superseded_by(fact, table))

    def _put_segment(self, segment: _Segment) -> None:
        for name, content in segment.files.items():
            self._put(name, content)
        self._journal.setdefault(segment.table, []).append(next(iter(segment.files)))
        self._gone.append(segment.gone)

    def _put_claim(self, claim: Claim, parts: Iterable[tuple[bytes, ...]]) -> None:
        """The files of a claimed view, written side by side."""
        with ExitStack() as opened:
            files = [opened.enter_context(self._open(claim.stem() + ending)) for ending in ENDINGS]
            for part in parts:
                for file, content in zip(files, part, strict=True):
                    file.write(content)

    def _write_tiles(self, span: Span, rows: Sequence[Row], tree: CompactRange) -> None:
        for start in range(0, len(rows), WIDTH):
            entries = [row.state for row in rows[start : start + WIDTH]]
            leaves = [leaf_hash(entry) for entry in entries]
            number = (span.after + start) // WIDTH
            self._put(tile_path("entries", number, len(entries)), packed(entries))
            self._put(tile_path(0, number, len(entries)), b"".join(leaves))
            if len(leaves) == WIDTH:
                self._subtrees.append(perfect_root(leaves))
                tree.append_subtree(self._subtrees[-1], HEIGHT)
            else:
                tree.extend(leaves)

    def _write_upper_tiles(self) -> None:
        """The tiles above those of the leaves."""
        hashes = self._subtrees
        for level in levels(self._checkpoint.size)[1:]:
            tiles = [hashes[start : start + WIDTH] for start in range(0, len(hashes), WIDTH)]
            for number, tile in enumerate(tiles):
                self._put(tile_path(level, number, len(tile)), b"".join(tile))
            hashes = [perfect_root(tile) for tile in tiles if len(tile) == WIDTH]

    def _put(self, name: str, content: bytes) -> None:
        with self._open(name) as file:
            file.write(content)

    def _open(self, name: str) -> BinaryIO:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")


def _by_topic(rows: Iterable[Row]) -> Iterator[tuple[str, bytes]]:
    parts: dict[str, list[bytes]] = {}
    for row in rows:
        parts.setdefault(row.topic, []).append(row.state)
    return ((topic, b"\n".join(states)) for topic, states in parts.items())
