"""Payouts end to end: lines of one run through two dramatiq processes, Redis and PostgreSQL, beside a bare COPY.

`python -m bench.payouts LINES`: ratio to a COPY of the same rows into a table of its form; to one message per person
(chunks of one line, measured on a small run and carried over); and a finished run swept again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from tests.chaos.servers import Servers, servers
from tests.chaos.street import MONTHS, found_street, write_accounts
from tests.tidy import ROOT
from xiyuan_ledger import Ledger

CHUNK_LINES = 5_000
SINGLE_LINES = 400
SECONDS_MAX = 3_600


def main(lines: int) -> None:
    """Run all three, and print seconds and ratios."""
    with servers() as here, tempfile.TemporaryDirectory(prefix="xiyuan-bench-") as folder:
        url = here.postgres.url("bulk")
        paid = found_street(url, lines // MONTHS, Path(folder) / "journal")
        chunked = _paid_in(here, Path(folder), url, paid // MONTHS, CHUNK_LINES)
        again = _swept_again(here, Path(folder), url)
        copied = _copied_in(url, paid)
        single_url = here.postgres.url("single")
        few = found_street(single_url, SINGLE_LINES // MONTHS, Path(folder) / "journal-single")
        single = _paid_in(here, Path(folder), single_url, few // MONTHS, 1) * paid / few
    print(f"lines {paid}, chunks of {CHUNK_LINES}, 2 processes")
    print(f"through the workers        {chunked:9.1f} s   {paid / chunked:9.0f} lines/s")
    print(f"bare COPY of the same rows {copied:9.1f} s   ratio {copied / chunked:5.2f}")
    print(f"one message per person     {single:9.1f} s   ratio {single / chunked:5.1f} (from {few} lines)")
    print(f"a finished run swept again {again:9.1f} s")


def _environment(here: Servers, folder: Path, url: str, chunk_lines: int) -> dict[str, str]:
    bank = folder / f"bank-{chunk_lines}"
    bank.mkdir(exist_ok=True)
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        "XIYUAN_LEDGER": url,
        "XIYUAN_REDIS": here.redis.url,
        "XIYUAN_ACTOR": "cashier-1",
        "XIYUAN_BANK": "bench.paying_bank:bank",
        "XIYUAN_BENCH_BANK": str(bank),
        "XIYUAN_ACCOUNTS": str(folder / "accounts.csv"),
        "XIYUAN_CHUNK_LINES": str(chunk_lines),
        "XIYUAN_JOURNAL": str(folder / "journal-of-workers"),
        "dramatiq_queue_prefetch": "1",
    }


def _paid_in(here: Servers, folder: Path, url: str, workers: int, chunk_lines: int) -> float:
    """Seconds from the first ring until the run is closed."""
    write_accounts(folder / "accounts.csv", workers)
    environment = _environment(here, folder, url, chunk_lines)
    command = [sys.executable, "-m", "dramatiq", "workers", "-p", "2", "-t", "1"]
    with (folder / "workers.log").open("ab") as log:
        crew = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        began = time.monotonic()
        try:
            with Ledger.open(url, journal=folder / f"journal-{chunk_lines}") as ledger:
                while time.monotonic() - began < SECONDS_MAX:
                    _sweep(environment, folder)
                    if {row["state"] for row in ledger.view("payout_files").rows} == {"closed"}:
                        return time.monotonic() - began
                    time.sleep(1)
        finally:
            crew.terminate()
            crew.wait()
    raise SystemExit("the run was not closed in time: see the log of the workers")


def _sweep(environment: dict[str, str], folder: Path) -> None:
    command = [sys.executable, "-m", "workers.sweeper", "--once"]
    subprocess.run(command, env=environment, cwd=folder, check=True, stderr=subprocess.DEVNULL)


def _swept_again(here: Servers, folder: Path, url: str) -> float:
    environment = _environment(here, folder, url, CHUNK_LINES)
    with Ledger.open(url, journal=folder / "journal-again") as ledger:
        head = ledger.head
        began = time.monotonic()
        _sweep(environment, folder)
        spent = time.monotonic() - began
        assert ledger.head == head, "a finished run recorded something"
    return spent


def _copied_in(url: str, rows: int) -> float:
    """Seconds of a COPY of the newest so many events into a table of the same form, in one transaction."""
    base, _, query = url.partition("?")
    schema = query.removeprefix("schema=")
    with psycopg.connect(base) as connection:
        connection.execute(f"CREATE TABLE {schema}.bare (LIKE {schema}.events INCLUDING INDEXES)")
        newest = f"SELECT * FROM {schema}.events ORDER BY position DESC LIMIT {rows}"
        with connection.cursor().copy(f"COPY ({newest}) TO STDOUT") as out:
            pieces = [bytes(piece) for piece in out]
        connection.commit()
        began = time.monotonic()
        with connection.cursor().copy(f"COPY {schema}.bare FROM STDIN") as copy:
            for piece in pieces:
                copy.write(piece)
        connection.commit()
        return time.monotonic() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
