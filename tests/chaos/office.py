"""An office under test: its ledger, its bank, its workers as processes, and what is found in the end."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.chaos.bank_client import PORT
from tests.chaos.street import RUN, found_street, write_accounts
from tests.tidy import ROOT
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.store.attempts import Attempts

Before = Callable[[], None] | None
LATENCY = "0.01"
CHUNK_LINES = 4
SWEEP = "import sys; sys.argv = ['sweeper', '--once']; from workers.sweeper import main; main()"
SWEEP_SECONDS_MAX = 120


class Found(NamedTuple):
    """What came of a run: the bank's side, the ledger's side, and what is not as it must be."""

    lines: int
    paid_twice: int
    not_paid: int
    """Lines that the bank did not get, and that nobody lists as open either."""
    open: int
    differs: int
    """Lines of which the ledger says other than the bank did."""
    state: str


class ChaosOffice:
    """A folder with everything that workers need."""

    def __init__(self, folder: Path, url: str, workers: int, seed: int, hangs: float):
        self.folder = folder
        self.url = url
        self.run = RUN
        self.python = [sys.executable]
        self.lines = found_street(url, workers, folder / "journal-of-tests")
        self.chunks = -(-self.lines // CHUNK_LINES)
        self.accounts = write_accounts(folder / "accounts.csv", workers)
        self.logs = (folder / "workers.log").open("ab")
        command = [
            sys.executable,
            "-m",
            "tests.chaos.bank_server",
            str(folder / "bank.db"),
            str(seed),
            LATENCY,
            str(hangs),
        ]
        self._bank = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._bank.stdout is not None
        self.bank_port = int(self._bank.stdout.readline())

    def close(self) -> None:
        """The bank closes."""
        self._bank.kill()
        self._bank.wait()
        if self._bank.stdout is not None:
            self._bank.stdout.close()
        self.logs.close()

    def environment(self, **more: str) -> dict[str, str]:
        """What a worker process is told."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XIYUAN_", "PYTEST"))}
        return (
            kept
            | {
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
                "XIYUAN_LEDGER": self.url,
                "XIYUAN_ACTOR": "cashier-1",
                "XIYUAN_BANK": "tests.chaos.bank_client:bank",
                "XIYUAN_ACCOUNTS": str(self.accounts),
                "XIYUAN_CHUNK_LINES": str(CHUNK_LINES),
                "XIYUAN_JOURNAL": str(self.folder / "journal"),
                PORT: str(self.bank_port),
                "dramatiq_queue_prefetch": "1",
            }
            | more
        )

    def started(self, before: Before = None, code: str = SWEEP, **more: str) -> subprocess.Popen[bytes]:
        """One process that works everything without Redis."""
        return subprocess.Popen(
            [*self.python, "-c", code],
            cwd=self.folder,
            env=self.environment(**more),
            stdout=self.logs,
            stderr=self.logs,
            preexec_fn=before,
        )

    def sweep(self, before: Before = None, code: str = SWEEP, **more: str) -> int:
        """The same, waited for; its exit code."""
        return self.started(before, code, **more).wait(SWEEP_SECONDS_MAX)

    def sweep_at(self, instant: str) -> int:
        """The same, by a clock that says so when it begins."""
        return self.sweep(code=f"import time_machine\nwith time_machine.travel({instant!r}, tick=True):\n  {SWEEP}")

    def release(self) -> None:
        """What a person does once the cause is gone: let go of what was set aside."""
        attempts = Attempts(self.url)
        for each in attempts.stuck(1):
            attempts.done(each.task)

    def is_closed(self) -> bool:
        """Whether the run is over, as the ledger says."""
        try:
            with Ledger.open(self.url, journal=self.folder / "journal-of-watch") as ledger:
                return {row["state"] for row in ledger.view("payout_files").rows} == {"closed"}
        except StoreError:
            return False

    def said(self) -> list[Mapping[str, object]]:
        """What the workers logged."""
        lines = (self.folder / "workers.log").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def found(self) -> Found:
        """Compare the bank's books with the ledger."""
        bank = sqlite3.connect(self.folder / "bank.db")
        counts = dict(bank.execute("SELECT reference, count(*) FROM payment GROUP BY reference"))
        taken = dict(bank.execute("SELECT reference, min(state) FROM payment GROUP BY reference"))
        bank.close()
        with Ledger.open(self.url, journal=self.folder / "journal-of-audit") as ledger:
            rows = ledger.view("payout_files").rows
            settled = {
                row["stream"]: row["type"]
                for kind in ("SubsidyPaid", "PaymentReturned")
                for row in ledger.view("journal", type=kind).rows
            }
        told = sum(row["file_lines"] or 0 for row in rows)
        in_ledger = sorted("成功" if kind == "SubsidyPaid" else "失败" for kind in settled.values())
        return Found(
            lines=self.lines,
            paid_twice=sum(count > 1 for count in counts.values()),
            not_paid=self.lines - len(counts) if rows[0]["state"] == "closed" else max(0, told - len(counts)),
            open=self.lines - len(settled),
            differs=0 if in_ledger == sorted(taken.values()) else abs(len(settled) - len(taken)) or 1,
            state=str(rows[0]["state"]),
        )


@contextmanager
def chaos_office(
    folder: Path, url: str, *, workers: int = 10, seed: int = 1, hangs: float = 0
) -> Iterator[ChaosOffice]:
    """An office with a run to pay."""
    folder.mkdir(parents=True, exist_ok=True)
    office = ChaosOffice(folder, url, workers, seed, hangs)
    try:
        yield office
    finally:
        office.close()


__all__ = ["RUN", "ChaosOffice", "Found", "chaos_office"]
