"""Files written whole or not at all, and files opened to be read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from xiyuan_ledger.errors import FileError

STANDARD_INPUT = "-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside the one that is meant, which takes its place once it is whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise FileError("file-unwritable", field="out", path=str(path), found=error.strerror or str(error)) from error
    finally:
        draft.unlink(missing_ok=True)


def open_to_read(path: str) -> IO[bytes]:
    """A file's bytes, or standard input for `-`; FileError where it cannot be read."""
    if path == STANDARD_INPUT:
        return sys.stdin.buffer
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise FileError("file-unreadable", path=path, found=error.strerror or str(error)) from error


def read_whole(path: str) -> bytes:
    """All of a small file."""
    try:
        with open_to_read(path) as stream:
            return stream.read()
    except OSError as error:
        raise FileError("file-unreadable", path=path, found=error.strerror or str(error)) from error
