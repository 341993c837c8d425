"""Faults that need no server: the disk, another writer of SQLite, the clock, the bank's files."""

from __future__ import annotations

import resource
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.chaos.office import ChaosOffice
from xiyuan_ledger.payouts.failpoints import NAMES

BLOCK_BYTES = 40_960
FIRST_CLOCK = "2027-02-28 23:59:50"


class Local(NamedTuple):
    """A fault, and how often it ended a process."""

    name: str
    strike: Callable[[ChaosOffice], int]


def _killed_everywhere(office: ChaosOffice) -> int:
    """Ended at every failpoint in turn, then left to finish."""
    ended = [office.sweep(XIYUAN_FAILPOINT=f"{name}:2") for name in NAMES]
    office.release()
    office.sweep()
    return sum(code == -9 for code in ended)


def _disk_full(office: ChaosOffice) -> int:
    """No file may grow: every write past the limit fails, and later the disk has room again."""
    size = max(path.stat().st_size for path in office.folder.glob("xiyuan.db*"))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + BLOCK_BYTES, size + BLOCK_BYTES))

    failed = office.sweep(limited)
    office.release()
    office.sweep()
    return int(failed != 0)


def _locked(office: ChaosOffice) -> int:
    """Somebody else holds SQLite's write lock for a while, in the middle."""
    over = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(office.folder / "xiyuan.db", isolation_level=None, timeout=60)
        while not over.wait(0.2):
            other.execute("BEGIN IMMEDIATE")
            time.sleep(1)
            other.execute("ROLLBACK")
        other.close()

    holder = threading.Thread(target=hold)
    holder.start()
    office.sweep()
    over.set()
    holder.join()
    office.release()
    office.sweep()
    return 0


def _two_schedulers(office: ChaosOffice) -> int:
    """Two sweepers work everything at once, each in its process."""
    running = [office.started() for _ in range(3)]
    for each in running:
        each.wait(120)
    office.release()
    office.sweep()
    return 0


def _clock(office: ChaosOffice) -> int:
    """Midnight of the end of February in the middle; then the clock is set back by a day; then 29 February."""
    for at in (FIRST_CLOCK, "2027-02-27 12:00:00", "2028-02-29 23:59:58", "2027-03-01 00:00:01"):
        office.sweep_at(at)
    office.release()
    office.sweep()
    return 0


def _killed_after_settlement(office: ChaosOffice) -> int:
    """The bank's answer is taken, its taker ends, and another takes the same answer again."""
    ended = [office.sweep(XIYUAN_FAILPOINT=f"after-settlement:{nth}") for nth in (1, 2, 3)]
    office.release()
    office.sweep()
    return sum(code == -9 for code in ended)


LOCAL: tuple[Local, ...] = (
    Local("kill -9 at every failpoint, SQLite, no Redis", _killed_everywhere),
    Local("disk full (ulimit -f)", _disk_full),
    Local("SQLite locked by another writer", _locked),
    Local("two schedulers at once", _two_schedulers),
    Local("month end, 29 February, clock set back", _clock),
    Local("the bank's answer taken twice", _killed_after_settlement),
)
