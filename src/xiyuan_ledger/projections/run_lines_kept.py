"""批次行存放: the lines of a run, put aside in columns by who computed them, for the worker processes to read.

It is a cache. A file is named by the digest of its lines, and who reads it holds them against that.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

FILES_MAX = 8
"""So many are kept; those read or written longest ago go."""


def _path(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.arrow"


def read_lines(folder: Path, digest: str) -> pa.Table | None:
    """What lies there under a digest, whatever it is; None where nothing does, or nothing that can be read."""
    path = _path(folder, digest)
    try:
        with pa.memory_map(str(path)) as file:
            found = pa.ipc.open_file(file).read_all()
        os.utime(path)
    except (OSError, pa.ArrowInvalid):
        return None
    return found


def keep_lines(folder: Path, lines: pa.Table, digest: str) -> None:
    """Put lines aside; where that cannot be done, everybody computes them."""
    draft = folder / f".{digest}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with pa.OSFile(str(draft), "wb") as file, pa.ipc.new_file(file, lines.schema) as writer:
            writer.write_table(lines.combine_chunks())
        draft.replace(_path(folder, digest))
        for path in sorted(folder.glob("*.arrow"), key=lambda each: each.stat().st_mtime)[:-FILES_MAX]:
            path.unlink(missing_ok=True)
    except OSError:
        draft.unlink(missing_ok=True)
