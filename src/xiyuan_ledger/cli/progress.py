"""How far a long reading got: on a terminal only, on stderr, after a second, and wiped away at the end."""

from __future__ import annotations

import os
import sys
import time
from typing import IO, Self

import click

from xiyuan_ledger.cli.call import Call

FIRST_SECONDS = 1.0
EVERY_SECONDS = 0.25
EVERY_LINES = 1_000


class Progress:
    """Lines read so far, how fast, and the share of the file."""

    def __init__(self, call: Call, stream: IO[bytes]):
        self._call = call
        self._stream = stream
        self._lines = 0
        self._begun = time.monotonic()
        self._due = self._begun + FIRST_SECONDS
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def step(self) -> None:
        """One line more."""
        self._lines += 1
        if self._lines % EVERY_LINES == 0 and sys.stderr.isatty() and time.monotonic() >= self._due:
            self._show()

    def _show(self) -> None:
        now = time.monotonic()
        rate = int(self._lines / (now - self._begun))
        text = self._call.words("progress", lines=f"{self._lines:,}", rate=f"{rate:,}", share=self._share())
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)
        self._due = now + EVERY_SECONDS
        self._shown = True

    def _share(self) -> str:
        """The part of the file that was read, where the file says how long it is."""
        try:
            whole = os.fstat(self._stream.fileno()).st_size
            return f"{self._stream.tell() * 100 // whole} %" if whole else ""
        except OSError:
            return ""

    def __exit__(self, *_: object) -> None:
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
