"""Whether a Parquet file holds the rows that follow from the events, found out without trusting the file.

A few bytes of Parquet can unfold to more than any memory holds: one long text, named by every row. What is written as
it is written here is compared as bytes. What another version of the libraries wrote is read only as far as it promises
no more than the rows need, its texts once each, and none is longer than the longest that there should be.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xiyuan_ledger.journal.segments import parquet_bytes

TIMES_MAX = 2
SLACK_BYTES = 64 * 1024
"""How much longer a file, or a column of it, may be than when it is written here."""


def holds(path: Path, table: pa.Table) -> bool:
    """Whether a Parquet file holds exactly these rows and columns."""
    ours = parquet_bytes(table)
    try:
        if path.stat().st_size > _most(ours.size):
            return False
        content = pa.py_buffer(path.read_bytes())
        return content.equals(ours) or _reads_alike(content, ours, table)
    except (OSError, ValueError, TypeError, pa.ArrowException):
        return False


def _reads_alike(content: pa.Buffer, ours: pa.Buffer, table: pa.Table) -> bool:
    texts = [column.name for column in table.schema if pa.types.is_string(column.type)]
    with pq.ParquetFile(content, read_dictionary=texts) as file:
        if not _promises_no_more(file.metadata, pq.read_metadata(pa.BufferReader(ours))):
            return False
        found = file.read()
    if found.schema.names != table.schema.names or any(_longest(found[n]) > _longest(table[n]) for n in texts):
        return False
    return bool(found.cast(table.schema).equals(table))


def _promises_no_more(found: pq.FileMetaData, ours: pq.FileMetaData) -> bool:
    """Whether as many rows are packed in the same ways, and none of the columns says to be much longer."""
    if (found.num_rows, found.num_columns) != (ours.num_rows, ours.num_columns):
        return False
    groups = [found.row_group(number) for number in range(found.num_row_groups)]
    pairs = [(g.column(n), ours.row_group(0).column(n)) for g in groups for n in range(ours.num_columns)]
    return all(
        one.compression == other.compression
        and set(one.encodings) <= set(other.encodings)
        and one.total_uncompressed_size <= _most(other.total_uncompressed_size)
        for one, other in pairs
    )


def _longest(column: pa.ChunkedArray) -> int:
    """The length of the longest text, in bytes."""
    coded = pa.types.is_dictionary(column.type)
    chunks = [chunk.dictionary if coded else chunk for chunk in column.chunks]
    return max((pc.max(pc.binary_length(chunk)).as_py() or 0 for chunk in chunks), default=0)


def _most(length: int) -> int:
    return TIMES_MAX * length + SLACK_BYTES
