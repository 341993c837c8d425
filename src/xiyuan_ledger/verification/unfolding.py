"""Reading a Parquet file whose pages may lie: in a process of its own, which cannot take more memory than it is given.

A file is read only as far as it promises no more than the rows need, its texts once each, and none is longer than the
longest that there should be. But what it says of its columns is no bound: each of its pages has a length of its own, a
text may begin with all of the one before it, a list in its footer may say to have no end: a few kilobytes unfold to
gigabytes. Linux refuses what is beyond the bound, or ends the process; either way the file does not hold the rows.
Elsewhere there is no such bound: a lying file costs memory there.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xiyuan_ledger.verification.without_main import without_main

PREFIXED = "DELTA_BYTE_ARRAY"
MEMORY_BYTES = 512 << 20
"""What reading a stretch of one fact twice, and comparing both, may take: a stretch is 65,536 events."""
TIMES_MAX = 2
SLACK_BYTES = 64 * 1024
"""How much longer a file, or a column of it, may be than when it is written here."""
BEFORE_QUEUES = 20
PROMISED = """
SELECT row_group_num_rows, column_id, compression, encodings, total_uncompressed_size
FROM parquet_metadata($1) ORDER BY row_group_id, column_id
"""


def most_bytes(length: int) -> int:
    """How long a file, or a column, may be that takes so much when it is written here."""
    return TIMES_MAX * length + SLACK_BYTES


def reads_alike(path: Path, content: bytes, ours: pa.Buffer) -> bool:
    """Whether a Parquet file holds the rows of one that was written here; False where reading it takes too much."""
    try:
        with without_main():
            found = _apart().submit(_alike, path, content, ours.to_pybytes())
        return found.result()
    except BrokenProcessPool:
        _apart.cache_clear()
        return False


@cache
def _apart() -> ProcessPoolExecutor:
    """One process, started when a file is first read so, and anew after a file that it did not outlive."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), _bound, (MEMORY_BYTES,))
    # A process that is itself one of a pool waits at its end for those that it started, and would not end this before;
    # nor could it, once the queue between them is closed (at priority 10).
    Finalize(None, pool.shutdown, exitpriority=BEFORE_QUEUES)
    return pool


def _bound(more: int) -> None:
    """From now on no more memory than this process has already, and so much more."""
    if sys.platform.startswith("linux"):
        import resource

        (held,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData:"))
        resource.setrlimit(resource.RLIMIT_DATA, (int(held.split()[1]) * 1024 + more,) * 2)


def _alike(path: Path, content: bytes, ours: bytes) -> bool:
    try:
        if not _promises_no_more(path, ours):
            return False
        return _same_rows(content, pq.read_table(pa.py_buffer(ours), use_threads=False))
    except (OSError, ValueError, TypeError, LookupError, MemoryError, pa.ArrowException, duckdb.Error):
        return False


def _promises_no_more(path: Path, ours: bytes) -> bool:
    """Whether as many rows are packed in the same ways, and none of the columns says to be much longer.

    DuckDB reads what the file says of itself: Arrow ends the process where that is damaged.
    """
    written = pq.read_metadata(pa.py_buffer(ours)).row_group(0)
    columns = [written.column(number) for number in range(written.num_columns)]
    promised = _reader().cursor().execute(PROMISED, [str(path)]).fetchall()
    if len(promised) % len(columns) or sum(each[0] for each in promised) != written.num_rows * len(columns):
        return False
    return all(
        compression == columns[at].compression
        and set(encodings.split(", ")) <= set(columns[at].encodings)
        and length <= most_bytes(columns[at].total_uncompressed_size)
        for _, at, compression, encodings, length in promised
    )


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"memory_limit": "128MB", "threads": 1})


def _same_rows(content: bytes, table: pa.Table) -> bool:
    texts = [column.name for column in table.schema if pa.types.is_string(column.type)]
    prefixed = _prefixed(content)
    with pq.ParquetFile(pa.py_buffer(content), read_dictionary=[n for n in texts if n not in prefixed]) as file:
        if file.metadata.num_rows != len(table):
            return False
        found = file.read(use_threads=False)
    if found.schema.names != table.schema.names or any(_longest(found[n]) > _longest(table[n]) for n in texts):
        return False
    return bool(found.cast(table.schema).equals(table))


def _prefixed(content: bytes) -> set[str]:
    """The columns of which each text says how much of the one before it begins: Arrow reads none of them coded."""
    metadata = pq.read_metadata(pa.py_buffer(content))
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [group.column(number) for group in groups for number in range(group.num_columns)]
    return {column.path_in_schema for column in columns if PREFIXED in column.encodings}


def _longest(column: pa.ChunkedArray) -> int:
    """The length of the longest text, in bytes."""
    coded = pa.types.is_dictionary(column.type)
    chunks = [chunk.dictionary if coded else chunk for chunk in column.chunks]
    return max((pc.max(pc.binary_length(chunk)).as_py() or 0 for chunk in chunks), default=0)
