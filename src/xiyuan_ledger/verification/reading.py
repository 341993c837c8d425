"""Reading a bundle once, to verify it: every event's bytes and place, every tile, the root that they lead to."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.reading import Span, spans
from xiyuan_ledger.merkle import CompactRange, perfect_root
from xiyuan_ledger.store import Row
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.columns import SPAN_POSITIONS
from xiyuan_ledger.verification.events import row_of
from xiyuan_ledger.verification.files import BundleFiles
from xiyuan_ledger.verification.flat import flat_path
from xiyuan_ledger.verification.lean_memory import lean_memory
from xiyuan_ledger.verification.span import SpanFound, check_span, leaves_of
from xiyuan_ledger.verification.tiles import HEIGHT, WIDTH, levels, tile_path, widths
from xiyuan_ledger.verification.without_main import without_main

AHEAD = 4
"""Stretches handed out and not yet taken up: what memory holds, however long the log says to be."""
APART_FROM = SPAN_POSITIONS + 1
"""So many events are worth processes of their own."""
Tell = Callable[[str, int, int], None]
"""Says how far a check got: its name, how many of how many."""
Submit = Callable[..., "Future[Any]"]


@dataclass
class EventsRead:
    """What reading a bundle's events gave."""

    faults: list[ProofError] = field(default_factory=list)
    tree_faults: list[ProofError] = field(default_factory=list)
    journal_faults: list[ProofError] = field(default_factory=list)
    kept: list[Row] = field(default_factory=list)
    """Adopted policies and rotations of the log's key, whole."""
    journal: dict[str, list[str]] = field(default_factory=dict)
    """By fact, the files that views may ask: the bundle's own, or such as were written anew."""
    files: set[str] = field(default_factory=set)
    """The journal's files, as the bundle names them."""
    flat: set[str] = field(default_factory=set)
    gone: list[pa.Table] = field(default_factory=list)
    last_at: str = ""
    tiles: set[str] = field(default_factory=set)

    def superseded(self) -> pa.Table:
        """What corrections and voidings took away."""
        return superseded.together(self.gone)

    def add(self, span: Span, found: SpanFound) -> None:
        """Take up a stretch, and compare its first instant with the last one before it."""
        self.faults += found.faults
        self.journal_faults += found.journal_faults
        if found.first_at < self.last_at and not found.faults:
            fault = ProofError("event-back", position=span.after + 1, found=found.first_at, last=self.last_at)
            self.faults.append(fault)
        self.last_at = found.last_at
        if not found.faults:
            self.kept += [row_of(position, entry) for position, entry in found.kept]
        self.files.update(found.files)
        for table, path in found.columns.items():
            self.journal.setdefault(table, []).append(path)
            self.flat.add(flat_path(table, span))
        self.gone.append(found.gone)


def read_events(files: BundleFiles, checkpoint: Checkpoint, tell: Tell, scratch: Path) -> EventsRead:
    """Check every event and every tile of a bundle. ProofError where a file is missing or is no tile.

    On all cores but one, on which another process records the events once more; the processes end with the reading.
    """
    read = EventsRead()
    tree, subtrees = CompactRange(), list[bytes]()
    with processes(checkpoint.size, max(1, (os.cpu_count() or 1) - 1)) as submit:
        for span, found in _each_span(files, checkpoint, submit, scratch.resolve()):
            read.add(span, found)
            roots, leaves = leaves_of(found, span)
            for root in roots:
                tree.append_subtree(root, HEIGHT)
            subtrees += roots
            tree.extend(leaves)
            tell("events", span.until, checkpoint.size)
    if tree.root() != checkpoint.root:
        read.tree_faults.append(ProofError("tree-root", size=checkpoint.size))
    _check_upper_tiles(files, checkpoint.size, subtrees, read)
    return read


def _each_span(
    files: BundleFiles, checkpoint: Checkpoint, submit: Submit | None, scratch: Path
) -> Iterator[tuple[Span, SpanFound]]:
    stretches = spans(0, checkpoint.size, SPAN_POSITIONS)
    ask = (files.folder, checkpoint.ledger, checkpoint.size)
    if submit is None:
        yield from ((span, check_span(*ask, span, scratch)) for span in stretches)
        return
    asked = deque((span, submit(check_span, *ask, span, scratch)) for span in islice(stretches, AHEAD))
    while asked:
        span, found = asked.popleft()
        yield span, outcome("events", found)
        asked.extend((span, submit(check_span, *ask, span, scratch)) for span in islice(stretches, 1))


def _check_upper_tiles(files: BundleFiles, size: int, subtrees: list[bytes], read: EventsRead) -> None:
    """The tiles above the leaves hold nothing but the roots of those below."""
    hashes = subtrees
    for level in levels(size):
        for number, width in widths(level, size):
            path = tile_path(level, number, width)
            read.tiles.add(path)
            if level == 0:
                read.tiles.add(tile_path("entries", number, width))
            elif files.read(path) != b"".join(hashes[number * WIDTH : (number + 1) * WIDTH]):
                read.tree_faults.append(ProofError("tile-hashes", found=path))
        if level:
            whole = len(hashes) // WIDTH
            hashes = [perfect_root(hashes[number * WIDTH : (number + 1) * WIDTH]) for number in range(whole)]


def outcome(name: str, found: Future[Any]) -> Any:
    """What a process found; ProofError `check-ended` where it was ended before it had."""
    try:
        return found.result()
    except BrokenProcessPool:
        raise ProofError("check-ended", found=name) from None


@contextmanager
def processes(size: int, count: int | None = None) -> Iterator[Submit | None]:
    """Processes of their own for long bundles, one for each core by default; None where there is too little to do."""
    if size < APART_FROM:
        yield None
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:

        def submit(work: Callable[..., Any], *arguments: Any) -> Future[Any]:
            with without_main(), lean_memory():
                return pool.submit(work, *arguments)

        try:
            yield submit
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
