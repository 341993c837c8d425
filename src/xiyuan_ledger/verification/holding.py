"""Whether a Parquet file holds the rows that follow from the events, found out without trusting the file.

A few bytes of Parquet can unfold to more than any memory holds: one long text, named by every row. What is written as
it is written here is compared as bytes. What another version of the libraries wrote is read only as far as it promises
no more than the rows need, its texts once each, and none is longer than the longest that there should be; and since its
pages may hold more than it promises, by a process that is given no more memory than that (`unfolding.py`).
"""

from __future__ import annotations

import stat
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from xiyuan_ledger.journal.segments import parquet_bytes
from xiyuan_ledger.verification.unfolding import reads_alike

TIMES_MAX = 2
SLACK_BYTES = 64 * 1024
"""How much longer a file, or a column of it, may be than when it is written here."""


PROMISED = """
SELECT row_group_num_rows, column_id, compression, encodings, total_uncompressed_size
FROM parquet_metadata($1) ORDER BY row_group_id, column_id
"""


def holds(path: Path, table: pa.Table) -> bool:
    """Whether a Parquet file holds exactly these rows and columns."""
    ours = parquet_bytes(table)
    try:
        seen = path.lstat()
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > _most(ours.size):
            return False
        content = pa.py_buffer(path.read_bytes())
        return content.equals(ours) or (_promises_no_more(path, ours) and reads_alike(content, ours))
    except (OSError, ValueError, TypeError, LookupError, pa.ArrowException, duckdb.Error):
        return False


def _promises_no_more(path: Path, ours: pa.Buffer) -> bool:
    """Whether as many rows are packed in the same ways, and none of the columns says to be much longer.

    DuckDB reads what the file says of itself: Arrow ends the process where that is damaged.
    """
    written = pq.read_metadata(pa.BufferReader(ours)).row_group(0)
    columns = [written.column(number) for number in range(written.num_columns)]
    promised = _reader().cursor().execute(PROMISED, [str(path)]).fetchall()
    if len(promised) % len(columns) or sum(each[0] for each in promised) != written.num_rows * len(columns):
        return False
    return all(
        compression == columns[at].compression
        and set(encodings.split(", ")) <= set(columns[at].encodings)
        and length <= _most(columns[at].total_uncompressed_size)
        for _, at, compression, encodings, length in promised
    )


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"memory_limit": "128MB", "threads": 1})


def _most(length: int) -> int:
    return TIMES_MAX * length + SLACK_BYTES
