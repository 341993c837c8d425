"""Sealed segments: stretches of the log as immutable Parquet files, one per fact, that any process may write.

    <folder>/format-1/ledger=<name>/fact=<table>/<first position>-<tag>.parquet
    <folder>/format-1/ledger=<name>/_sealed/<first position>-<tag>.json

Files are written under another name and moved into place; the marker comes last and says what the files must hold. The
tag stands for the stored bytes of the segment's last event. Histories that part have other instants from there on, so
that the journal of another or a restored store is never taken for this one's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.columns import schema, table_name
from xiyuan_ledger.journal.reading import EventLog, Span, give_back, only_line, parse_spans

FORMAT = 1
TAG_LENGTH = 16
RISING = {
    "position": "DELTA_BINARY_PACKED",
    "stream_version": "DELTA_BINARY_PACKED",
    "occurred_on": "DELTA_BINARY_PACKED",
    "recorded_at": "DELTA_BINARY_PACKED",
    "recorded_on": "DELTA_BINARY_PACKED",
    "event_id": "DELTA_BYTE_ARRAY",
}
"""Columns whose values rise with the position, or nearly so: kept as differences."""
SELDOM_ALIKE = frozenset({"event_id", "stream", "source", "key", "corrects", "by_event_id"})
"""Text whose values seldom repeat: a dictionary of them would cost more than it saves."""


class Written(NamedTuple):
    """One file of a segment: what it must hold when it is read again."""

    sha256: str
    columns: str


class Segment(NamedTuple):
    """One sealed stretch of the log and its files, by table."""

    span: Span
    tag: str
    files: Mapping[str, Written]

    @property
    def stem(self) -> str:
        """The name that its files share."""
        return f"{self.span.after + 1:012d}-{self.tag}"


def columns_digest(columns: pa.Schema) -> str:
    """What tells a file from one that was written when the fact had other columns."""
    return hashlib.sha256("\n".join(f"{each.name} {each.type}" for each in columns).encode()).hexdigest()[:TAG_LENGTH]


def parquet_bytes(table: pa.Table) -> pa.Buffer:
    """The table as a Parquet file: the same bytes for the same rows, whoever writes it."""
    held = pa.BufferOutputStream()
    columns = set(table.schema.names)
    texts = [each.name for each in table.schema if pa.types.is_string(each.type)]
    pq.write_table(
        table,
        held,
        compression="snappy",
        store_schema=False,
        use_dictionary=[name for name in texts if name not in SELDOM_ALIKE],
        column_encoding={name: kind for name, kind in RISING.items() if name in columns},
        write_statistics=["position", "occurred_on"],
        row_group_size=max(len(table), 1),
    )
    return held.getvalue()


class Shelf:
    """The segments of one ledger in a folder."""

    def __init__(self, folder: Path, log: EventLog):
        self._log = log
        self._root = folder / f"format-{FORMAT}" / f"ledger={quote(log.name, safe='')}"
        self._seen: dict[Path, tuple[int, int, int]] = {}
        self._superseded: dict[str, pa.Table] = {}

    def clear(self) -> None:
        """Remove what lies here of this ledger's name, and nothing else of the folder."""
        shutil.rmtree(self._root, ignore_errors=True)

    def path(self, segment: Segment, name: str) -> Path:
        """Where a table of a segment is."""
        return self._root / (name if name == superseded.NAME else f"fact={name}") / f"{segment.stem}.parquet"

    def _marker(self, segment: Segment) -> Path:
        return self._root / "_sealed" / f"{segment.stem}.json"

    def seal_missing(
        self, wanted: Iterable[Span], known: Mapping[Span, Segment], names: Collection[str]
    ) -> dict[Span, Segment]:
        """The segments of these spans; written where missing, or where a named table is not as it was written."""
        found = self.present(wanted, known)
        missing = {
            span: segment._replace(files={})
            for span, segment in found.items()
            if not segment.files or not self.is_sound(segment, names)
        }
        return found | self._write(missing)

    def present(self, wanted: Iterable[Span], known: Mapping[Span, Segment]) -> dict[Span, Segment]:
        """The segments of these spans as they were sealed; without files where they were not."""
        return {span: known.get(span) or self._find(span) for span in wanted}

    def _find(self, span: Span) -> Segment:
        """The segment as its marker describes it; without files if it is not sealed."""
        last = only_line(self._log, span.until)
        sought = Segment(span, hashlib.sha256(last).hexdigest()[:TAG_LENGTH], {})
        try:
            said = loads(self._marker(sought).read_bytes())
            files = {name: Written(**written) for name, written in said["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return sought
        as_now = all(each.columns == _columns_now().get(name) for name, each in files.items())
        return sought._replace(files=files) if as_now and said.get("until") == span.until else sought

    def _write(self, missing: Mapping[Span, Segment]) -> dict[Span, Segment]:
        def write(span: Span, fact: type[Fact], table: pa.Table) -> tuple[str, Written, pa.Table]:
            written = self._put_table(missing[span], table_name(fact), table)
            return table_name(fact), written, superseded.superseded_by(fact, table)

        sealed: dict[Span, Segment] = {}
        for span, parts in parse_spans(self._log, missing, write):
            files = {name: written for name, written, _ in parts}
            gone = superseded.together(part for _, _, part in parts)
            files[superseded.NAME] = self._put_table(missing[span], superseded.NAME, gone)
            sealed[span] = missing[span]._replace(files=files)
            self._seal(sealed[span])
        if sealed:
            give_back()
        return sealed

    def _put_table(self, segment: Segment, name: str, table: pa.Table) -> Written:
        content, path = parquet_bytes(table), self.path(segment, name)
        self._put(path, content)
        with suppress(OSError):
            self._seen[path] = _as_it_lies(path)
        return Written(hashlib.sha256(content).hexdigest(), columns_digest(table.schema))

    def _seal(self, segment: Segment) -> None:
        """Declare a segment's files complete, and take away those of another history."""
        files = {name: written._asdict() for name, written in segment.files.items()}
        self._put(self._marker(segment), dumps({"files": files, "ledger": self._log.name, "until": segment.span.until}))
        for marker in self._marker(segment).parent.glob(f"{segment.stem[:12]}-*.json"):
            if marker.stem != segment.stem:
                marker.unlink(missing_ok=True)
                for file in self._root.glob(f"*/{marker.stem}.parquet"):
                    file.unlink(missing_ok=True)

    def _put(self, path: Path, content: pa.Buffer | bytes) -> None:
        held = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held.write_bytes(content)
            os.replace(held, path)
        except OSError as error:
            raise StoreError("journal-unwritable", where=str(path.parent), found=str(error)) from error

    def is_sound(self, segment: Segment, names: Iterable[str], *, again: bool = False) -> bool:
        """Whether files are there and hold what was written. One unchanged since it was read is not read again."""
        files = segment.files
        return all(self._holds(self.path(segment, name), files[name], again) for name in names if name in files)

    def _holds(self, path: Path, written: Written, again: bool) -> bool:
        try:
            seen = _as_it_lies(path)
            if self._seen.get(path) == seen and not again:
                return True
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != written.sha256:
                    return False
        except OSError:
            return False
        self._seen[path] = seen
        return True

    def superseded(self, segment: Segment) -> pa.Table:
        """What a segment's facts correct or void."""
        if segment.stem not in self._superseded:
            self._superseded[segment.stem] = pq.read_table(self.path(segment, superseded.NAME))
        return self._superseded[segment.stem]


def _as_it_lies(path: Path) -> tuple[int, int, int]:
    """What is another when a file is another."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


@cache
def _columns_now() -> dict[str, str]:
    """The columns digest of every table as this version writes it."""
    return {table_name(fact): columns_digest(schema(fact)) for fact in FACTS.values()} | {
        superseded.NAME: columns_digest(superseded.SCHEMA)
    }
