"""An office under test: its ledger, its bank, its workers as processes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.chaos.bank_client import PORT
from tests.chaos.nursery import Begun
from tests.chaos.street import DUE_FEN, MONTHS, RUN, account_of, found_street, workers, write_accounts
from tests.tidy import ROOT
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.store.attempts import Attempts

LATENCY = "0.01"
CHUNK_LINES = 4
SWEEPER = ("workers.sweeper", "--once")
AT_CLOCK = """
import sys, time_machine
sys.argv = ["sweeper", "--once"]
with time_machine.travel({clock!r}, tick=True):
    from workers.sweeper import main
    main()
"""
SWEEP_SECONDS_MAX = 240


class ChaosOffice:
    """A folder with everything that workers need."""

    def __init__(self, folder: Path, url: str, workers_count: int, seed: int, hangs: int, bank: str):
        self.folder = folder
        self.url = url
        self.run = RUN
        self.lines = found_street(url, workers_count, folder / "journal-of-tests")
        self.chunks = -(-self.lines // CHUNK_LINES)
        self.accounts = write_accounts(folder / "accounts.csv", workers_count)
        self.due = {(worker, month): DUE_FEN for worker in workers(workers_count) for month in MONTHS}
        """What each is due in the end, in fen."""
        command = [sys.executable, "-m", "tests.chaos.bank_server", str(folder / "bank.db"), str(seed), LATENCY]
        self._bank = subprocess.Popen(
            [*command, str(hangs), bank], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._bank.stdout is not None
        self.bank_port = int(self._bank.stdout.readline())
        self.clock: str | None = None
        """What the office's clock says as a sweep begins; None for the right time."""
        self._watching: Ledger | None = None

    def account_of(self, worker: str) -> str:
        """The account of a worker, as the office's file has it."""
        return account_of(int(worker.removeprefix("W-")))

    def close(self) -> None:
        """The bank closes."""
        self._bank.kill()
        self._bank.communicate()
        self._unwatched()

    def environment(self, **more: str) -> dict[str, str]:
        """What a worker process is told."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XIYUAN_", "PYTEST"))}
        told = {
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
        return kept | told | more

    def begun(self, command: tuple[str, ...] = SWEEPER, file_bytes_max: int | None = None, **more: str) -> Begun:
        """One process that works everything without Redis."""
        if command == SWEEPER and self.clock is not None:
            command = ("-c", AT_CLOCK.format(clock=self.clock))
        return Begun(command, self.environment(**more), self.folder, file_bytes_max=file_bytes_max)

    def sweep(self, command: tuple[str, ...] = SWEEPER, file_bytes_max: int | None = None, **more: str) -> int:
        """The same, waited for; its exit code."""
        return self.begun(command, file_bytes_max, **more).wait(SWEEP_SECONDS_MAX)

    def sweep_under(self, *prefix: str, **more: str) -> int:
        """The same as a command of its own, with another program before it."""
        with (self.folder / "workers.log").open("ab") as log:
            running = subprocess.Popen(
                [*prefix, sys.executable, "-m", *SWEEPER],
                cwd=self.folder,
                env=self.environment(**more),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            return running.wait(SWEEP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            return running.wait()

    def person(self, *command: str) -> int:
        """What somebody types: `xiyuan ...`; its exit code."""
        told = ("xiyuan_ledger.cli", *command)
        return Begun(told, self.environment(), self.folder, log="person.log").wait(SWEEP_SECONDS_MAX)

    def release(self) -> None:
        """What a person does once the cause is gone: let go of what was set aside."""
        attempts = Attempts(self.url)
        for each in attempts.stuck(1):
            attempts.done(each.task)

    def is_closed(self) -> bool:
        """Whether every run is over, as the ledger says."""
        try:
            self._watching = self._watching or Ledger.open(self.url, journal=self.folder / "journal-of-watch")
            return {row["state"] for row in self._watching.view("payout_files").rows} == {"closed"}
        except StoreError:
            self._unwatched()
            return False

    def _unwatched(self) -> None:
        if self._watching is not None:
            with suppress(StoreError):
                self._watching.close()
            self._watching = None

    def said(self) -> list[Mapping[str, object]]:
        """What the workers logged."""
        log = self.folder / "workers.log"
        lines = log.read_text("utf-8", errors="replace").splitlines() if log.exists() else []
        found = []
        for line in lines:
            with suppress(ValueError):
                found.append(json.loads(line) if line.startswith("{") else {"event": line})
        return found

    def journals(self) -> list[Path]:
        """The column caches that the workers kept."""
        beside = self.folder / "xiyuan.db.journal"
        return [beside] if beside.exists() else sorted((self.folder / "journal").glob("xiyuan-ledger/*"))

    def at_bank(self, question: str) -> list[tuple[object, ...]]:
        """Ask the bank's own books; what is written there counts as the bank's doing."""
        books = sqlite3.connect(self.folder / "bank.db", isolation_level=None, timeout=60)
        try:
            return books.execute(question).fetchall()
        finally:
            books.close()


@contextmanager
def chaos_office(
    folder: Path, url: str, *, workers: int = 10, seed: int = 1, hangs: int = 0, bank: str = "plain"
) -> Iterator[ChaosOffice]:
    """An office with a run to pay."""
    folder.mkdir(parents=True, exist_ok=True)
    office = ChaosOffice(folder, url, workers, seed, hangs, bank)
    try:
        yield office
    finally:
        office.close()


__all__ = ["RUN", "ChaosOffice", "chaos_office"]
