"""Faults that need no server: kills, the disk, another writer of SQLite, the clock, workers without Redis."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.chaos.office import ChaosOffice
from xiyuan_ledger.payouts.failpoints import NAMES

BLOCK_BYTES = 40_960
CLOCKS = ("2027-02-28 15:59:57", "2027-02-27 12:00:00", "2028-02-29 15:59:57", "2028-02-28 12:00:00")
"""By UTC: before midnight in Shanghai at the end of a month, set back by a day, a leap day, set back again."""
CLOCK_RIGHT = "2028-03-02 12:00:00"
SYNC_FAILS = ("-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO:when=3+2")
NO_SPACE = ("-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=20+15")


class Local(NamedTuple):
    """A fault; it answers how often it struck, and how many processes it killed."""

    name: str
    strike: Callable[[ChaosOffice], tuple[int, int]]
    needs: str | None = None
    """The program without which it cannot be."""

    @property
    def is_possible(self) -> bool:
        """Whether the machine has what it needs."""
        return self.needs is None or shutil.which(self.needs) is not None


def _left_to_finish(office: ChaosOffice) -> None:
    """A person lets go of what was set aside, and everything is worked to its end."""
    office.release()
    office.sweep()


def _killed_everywhere(office: ChaosOffice) -> tuple[int, int]:
    """Ended at every failpoint in turn, then left to finish."""
    kills = sum(office.sweep(XIYUAN_FAILPOINT=f"{name}:1") == -9 for name in NAMES)
    _left_to_finish(office)
    return kills, kills


def _killed_after_settlement(office: ChaosOffice) -> tuple[int, int]:
    """The bank's answer is taken, its taker ends, and another takes the same answer again."""
    kills = sum(office.sweep(XIYUAN_FAILPOINT=f"after-settlement:{nth}") == -9 for nth in (1, 2, 3))
    _left_to_finish(office)
    return kills, kills


def _disk_full(office: ChaosOffice) -> tuple[int, int]:
    """No file may grow: every write past the limit fails, and later the disk has room again."""
    size = max(path.stat().st_size for path in office.folder.glob("xiyuan.db*"))
    office.sweep(file_bytes_max=size + BLOCK_BYTES)
    struck = _failures(office)
    _left_to_finish(office)
    return struck, 0


def _failures(office: ChaosOffice) -> int:
    """How often workers said that the store failed."""
    return sum(said.get("code") == "store-failed" for said in office.said())


def _disk_error(*injected: str) -> Callable[[ChaosOffice], tuple[int, int]]:
    """System calls of the disk fail, every so often, under `strace`."""

    def strike(office: ChaosOffice) -> tuple[int, int]:
        trace = office.folder / "strace.log"
        office.sweep_under("strace", "-f", "--seccomp-bpf", "-qq", "-o", str(trace), *injected)
        struck = trace.read_text("utf-8", errors="replace").count("(INJECTED)")
        _left_to_finish(office)
        return struck, 0

    return strike


def _locked(office: ChaosOffice) -> tuple[int, int]:
    """Somebody else holds SQLite's write lock for a while, again and again."""
    over = threading.Event()
    held = 0

    def hold() -> None:
        nonlocal held
        other = sqlite3.connect(office.folder / "xiyuan.db", isolation_level=None, timeout=60)
        while not over.wait(0.1):
            other.execute("BEGIN IMMEDIATE")
            time.sleep(0.7)
            other.execute("ROLLBACK")
            held += 1
        other.close()

    holder = threading.Thread(target=hold)
    holder.start()
    office.sweep()
    over.set()
    holder.join()
    _left_to_finish(office)
    return held, 0


def _two_schedulers(office: ChaosOffice) -> tuple[int, int]:
    """Three sweepers work everything at once, each in its process."""
    running = [office.begun() for _ in range(3)]
    for each in running:
        each.wait(240)
    _left_to_finish(office)
    return len(running), 0


def _clock(office: ChaosOffice) -> tuple[int, int]:
    """Midnight at the end of February in the middle; then the clock is set back; then 29 February; then back again.

    What was recorded for a day that is now ahead is not seen until then: it is asked for when the clock is right again.
    """
    kills = 0
    for nth, office.clock in enumerate(CLOCKS, start=1):
        kills += office.sweep(XIYUAN_FAILPOINT=f"after-intent:{nth}") == -9
        office.release()
    office.clock = CLOCK_RIGHT
    _left_to_finish(office)
    return len(CLOCKS), kills


LOCAL: tuple[Local, ...] = (
    Local("kill -9 at every failpoint, SQLite, no Redis", _killed_everywhere),
    Local("the bank's answer taken twice", _killed_after_settlement),
    Local("disk full (ulimit -f)", _disk_full),
    Local("disk full (strace: ENOSPC)", _disk_error(*NO_SPACE), needs="strace"),
    Local("disk error (strace: EIO of fsync)", _disk_error(*SYNC_FAILS), needs="strace"),
    Local("SQLite locked by another writer", _locked),
    Local("three schedulers at once, no Redis", _two_schedulers),
    Local("month end, 29 February, clock set back", _clock),
)
