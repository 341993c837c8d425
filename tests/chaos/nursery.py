"""Where processes of an office come from: forked from one that has imported everything, so that they begin at once.

They are processes like any other: with an environment of their own, a group of their own, and killed with SIGKILL.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.chaos.preloaded"])


class Begun:
    """A process that was begun: `module` run as `python -m module arguments` would run it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        log: str = "workers.log",
        file_bytes_max: int | None = None,
    ):
        told = (tuple(command), dict(environment), str(folder), log, file_bytes_max)
        self._process = _FORKING.Process(target=_begin, args=told)
        self._process.start()

    def ended(self) -> int | None:
        """Its exit code, below zero for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Its exit code, once it has ended."""
        self._process.join(seconds)
        code = self._process.exitcode
        if code is None:
            self.kill()
            raise TimeoutError(f"still running after {seconds} s")
        return code

    def kill(self) -> None:
        """End it and all of its children, without a word."""
        self.signal(signal.SIGKILL)
        self._process.join()

    def signal(self, number: int) -> None:
        """Send a signal to it and its children; before it has a group of its own, to it alone."""
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
            return
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)


def _begin(
    command: tuple[str, ...], environment: dict[str, str], folder: str, log: str, file_bytes_max: int | None
) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(written, 1)
    os.dup2(written, 2)
    if file_bytes_max is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, file_bytes_max))
    multiprocessing.set_start_method("fork", force=True)  # What dramatiq has where it is started by itself.
    sys.argv = list(command)
    if command[0] == "-c":
        exec(command[1], {"__name__": "__main__"})
    else:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
