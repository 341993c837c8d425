"""Files written whole or not at all, and files opened to be read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from xiyuan_ledger.errors import FileError

STANDARD_INPUT = "-"
DEVICES = "/dev/"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside the one meant, which takes its place once it is whole; a device or pipe stays what it is."""
    in_place = path.exists() and not path.is_file()
    draft = path if in_place else path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch()
        yield draft
        if not in_place:
            draft.replace(path)
    except OSError as error:
        raise FileError("file-unwritable", field="out", path=str(path), found=error.strerror or str(error)) from error
    finally:
        if not in_place:
            draft.unlink(missing_ok=True)


def is_pipe(path: str) -> bool:
    """Whether entries come from another program: `-`, `/dev/stdin`, `<(…)`. Such a one is opened once only."""
    if path == STANDARD_INPUT or path.startswith(DEVICES):
        return True
    try:
        return not stat.S_ISREG(mode := Path(path).stat().st_mode) and not stat.S_ISDIR(mode)
    except (OSError, ValueError):
        return False


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
