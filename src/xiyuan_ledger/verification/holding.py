"""Whether a Parquet file holds the rows that follow from the events, found out without trusting the file.

A few bytes of Parquet can unfold to more than any memory holds: one long text, named by every row, or a list of the
footer that says to have no end. What is written as it is written here is compared as bytes. What another version of the
libraries wrote is read by a process that is given no more memory than the rows need (`unfolding.py`).
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Literal

import pyarrow as pa

from xiyuan_ledger.journal.segments import parquet_bytes
from xiyuan_ledger.verification.unfolding import most_bytes, reads_alike

Held = Literal["bytes", "rows", ""]
"""How a file holds rows: as the bytes that are written here, as rows in another form, or not at all."""


def holds(path: Path, table: pa.Table) -> Held:
    """Whether a Parquet file holds exactly these rows and columns.

    One that holds them in another form is not to be asked anything: who reads it may go by what it says of its rows,
    such as the least and the greatest of a column, and that may be a lie.
    """
    ours = parquet_bytes(table)
    try:
        seen = path.lstat()
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > most_bytes(ours.size):
            return ""
        content = path.read_bytes()
    except OSError:
        return ""
    if ours.equals(pa.py_buffer(content)):
        return "bytes"
    return "rows" if reads_alike(path, content, ours) else ""
