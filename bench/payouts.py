"""Payouts end to end: lines of one run through two dramatiq processes, Redis and PostgreSQL, beside a bare COPY.

`python -m bench.payouts [LINES …]` (default 100,000; 1,000,000 is what the aims are about): through the workers, from
their start until the run is closed, against a COPY of the same rows into a table of its form; the same of recording
the lines' facts alone, chunk by chunk in turn with the COPY of their rows; against one message per person (chunks of
one line, measured on a small run and carried over); and a finished run swept again, as a sweeper that runs does every
tick, against a bare SELECT of its rows: the start of a sweeper's process is said apart.
The bank takes no time but that of its files, which are written and read by the workers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.bare import BarePostgres, select_postgres, timed
from bench.run import bare_rows, say
from tests.chaos.servers import Servers, servers
from tests.chaos.street import MONTHS, open_and_approve, people_street, write_accounts
from tests.tidy import ROOT
from workers.office import open_office
from xiyuan_ledger import Ledger
from xiyuan_ledger.aggregates import Fact, Paper
from xiyuan_ledger.calendar import parse_instant
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.paying import Payer
from xiyuan_ledger.payouts.run import Line, lines_of, run_of
from xiyuan_ledger.payouts.settling import instruct
from xiyuan_ledger.store import open_store

CHUNK_LINES = 5_000
SINGLE_LINES = 1_000
ALONE_LINES_MAX = 200_000
"""Lines whose facts are recorded alone: their run is held as objects, which a million would fill the memory with."""
SECONDS_MAX = 3_600
SWEEP_SECONDS = "2"
POLL_SECONDS = 0.1
DIGEST = "0" * 64
PIECE_BYTES = 64 * 1024


def main(lines: int) -> None:
    """Everything at one size, and its ratios."""
    with servers() as here, tempfile.TemporaryDirectory(prefix="xiyuan-bench-") as name:
        folder = Path(name)
        alone = _alone(here, folder, min(lines, ALONE_LINES_MAX))
        say("recording its lines' facts alone, of the speed of COPY", *alone, ">= 0.50 of COPY")
        url = here.postgres.url("bulk")
        paid = _founded(url, lines, folder)
        chunked = _paid_in(here, folder, url, paid // len(MONTHS), CHUNK_LINES)
        begun, again = _swept_again(here, folder, url)
        read = timed(lambda: select_postgres(url.partition("?")[0], "bulk"))
        copied = _copied_in(url, paid, folder)
        say("a run through the workers, of the speed of COPY", paid, "postgres", copied / chunked, ">= 0.50 of COPY")
        say("a finished run swept again, times a SELECT of its rows", paid, "postgres", again / read, "<= 1.0")
        _told(f"through the workers {chunked:.1f} s, COPY {copied:.1f} s, again {again:.3f} s, SELECT {read:.1f} s")
        _told(f"a sweeper's process, started for one sweep: {begun:.1f} s")
        single_url = here.postgres.url("single")
        few = _founded(single_url, SINGLE_LINES, folder)
        _paid_in(here, folder, single_url, few // len(MONTHS), 1)
        single = _seconds_of_lines(single_url, few) * paid / few
    say("a run, times faster than one message per person", paid, "postgres", single / chunked, ">= 40")


def _told(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    _told(f"{name:<10} {time.monotonic() - began:8.1f} s")


def _founded(url: str, lines: int, folder: Path) -> int:
    """A street of people who are due so many lines, and an approved run of them; how many there are."""
    journal = _journal(folder, url)
    with _step("found"):
        people_street(url, lines // len(MONTHS), journal)
    with Ledger.open(url, journal=journal) as ledger, _step("approve"):
        return open_and_approve(ledger).lines


def _journal(folder: Path, url: str) -> Path:
    """The columns of an office are one folder for all of its processes."""
    return folder / f"journal-{url.rpartition('=')[2]}"


def _alone(here: Servers, folder: Path, lines: int) -> tuple[int, str, float]:
    """Lines, the store, and the ratio of a COPY to recording what makes the lines paid, chunk by chunk in turn."""
    url = here.postgres.url("alone")
    paid = _founded(url, lines, folder)
    bare = BarePostgres(url.partition("?")[0])
    store = open_store(url, create=None)
    ours = copied = 0.0
    with Ledger.open(url, actor="cashier-1", journal=_journal(folder, url)) as ledger:
        facts = _facts(ledger)
        for start in range(0, paid, CHUNK_LINES):
            chunk, head = facts[start : start + CHUNK_LINES], ledger.head
            ours += timed(lambda: ledger.record_all(chunk))  # noqa: B023
            rows = bare_rows(store.after(head, CHUNK_LINES))
            copied += timed(lambda: bare.insert_bulk(rows))  # noqa: B023
    store.close()
    bare.close()
    return paid, "postgres", copied / ours


def _facts(ledger: Ledger) -> list[Fact]:
    """What makes every line of the only run paid, once the bank was told."""
    (code,) = (row["run"] for row in ledger.view("payout_runs").rows)
    known = run_of(ledger, code)
    lines: list[Line] = lines_of(ledger, code)
    hand = Hand("cashier-1")
    instruct(ledger, code, DIGEST, known.lines, known.total_fen, hand)
    payer = Payer(ledger, known, [], hand, Paper(kind="bank-answer", digest=DIGEST))
    return payer.paid([(line, f"B-{number}") for number, line in enumerate(lines)])


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
        "XIYUAN_SWEEP_SECONDS": SWEEP_SECONDS,
        "XIYUAN_JOURNAL": str(_journal(folder, url)),
        "dramatiq_queue_prefetch": "1",
    }


def _paid_in(here: Servers, folder: Path, url: str, workers: int, chunk_lines: int) -> float:
    """Seconds from the start of workers and sweeper, as an office has them run, until the run is closed."""
    write_accounts(folder / "accounts.csv", workers)
    environment = _environment(here, folder, url, chunk_lines)
    base, schema = _base_and_schema(url)
    closed = f"SELECT count(*) FROM {schema}.events WHERE topic = 'run.payout-run-closed.v1'"
    with psycopg.connect(base, autocommit=True) as connection, _crew(environment, folder):
        began = time.monotonic()
        while time.monotonic() - began < SECONDS_MAX:
            if _asked(connection, closed):
                return time.monotonic() - began
            time.sleep(POLL_SECONDS)
    _told((folder / "workers.log").read_text()[-2_000:])
    raise SystemExit("the run was not closed in time")


@contextmanager
def _crew(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Two worker processes and a sweeper; what they took of memory at most is said in the end."""
    commands = (["dramatiq", "workers", "-p", "2", "-t", "1"], ["workers.sweeper"])
    with (folder / "workers.log").open("ab") as log:
        crew = [
            subprocess.Popen([sys.executable, "-m", *each], env=environment, cwd=folder, stdout=log, stderr=log)
            for each in commands
        ]
        try:
            yield
            _told("memory of each at most, MB: " + ", ".join(map(str, _peaks(crew))))
        finally:
            for each in crew:
                each.terminate()
                each.wait()


def _peaks(crew: Iterable[subprocess.Popen[bytes]]) -> list[int]:
    """The peak of memory of each process and of its children, where the machine says so."""
    found = []
    for process in crew:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        named = [str(process.pid), *(children.read_text().split() if children.exists() else ())]
        for status in (Path(f"/proc/{each}/status") for each in named):
            if status.exists():
                found += [int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if "VmHWM" in line]
    return sorted(found, reverse=True)


def _asked(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(row[0])


def _seconds_of_lines(url: str, lines: int) -> float:
    """Seconds from the first file of a run to its last payment: without the start of the crew, and the closing."""
    base, schema = _base_and_schema(url)
    select = (
        f"SELECT convert_from(state, 'UTF8')::json ->> 'recorded_at' FROM {schema}.events WHERE topic IN"
        " ('run.payment-instructed.v1', 'entitlement.subsidy-paid.v1') ORDER BY position"
    )
    with psycopg.connect(base) as connection:
        told = [parse_instant(row[0]) for row in connection.execute(select)]  # type: ignore[arg-type]
    assert len(told) == 2 * lines
    return (told[-1] - told[0]).total_seconds()


def _base_and_schema(url: str) -> tuple[str, str]:
    base, _, schema = url.partition("?schema=")
    return base, schema


def _sweep(environment: dict[str, str], folder: Path) -> None:
    command = [sys.executable, "-m", "workers.sweeper", "--once"]
    with (folder / "sweeper.log").open("ab") as log:
        done = subprocess.run(command, env=environment, cwd=folder, check=False, stderr=log)
    if done.returncode:
        _told((folder / "sweeper.log").read_text()[-2_000:])
        raise SystemExit("a sweep failed")


def _swept_again(here: Servers, folder: Path, url: str) -> tuple[float, float]:
    """Once everything is done, seconds of a sweep with its process and all; and of one by a sweeper that runs."""
    environment = _environment(here, folder, url, CHUNK_LINES)
    office = open_office(environment)
    with office.ledger as ledger:
        head = ledger.head
        begun = timed(lambda: _sweep(environment, folder))
        assert ledger.head == head, "a finished run recorded something"
        assert not office.left(), "a finished run has something left to do"
        return begun, timed(office.left)


def _copied_in(url: str, rows: int, folder: Path) -> float:
    """Seconds of a COPY of the newest so many events into a table of the same form, in one transaction."""
    base, schema = _base_and_schema(url)
    path = folder / "rows.copy"
    with psycopg.connect(base) as connection:
        connection.execute(f"CREATE TABLE {schema}.bare (LIKE {schema}.events INCLUDING INDEXES)")
        newest = f"SELECT * FROM {schema}.events ORDER BY position DESC LIMIT {rows}"
        with connection.cursor().copy(f"COPY ({newest}) TO STDOUT") as out, path.open("wb") as file:
            file.writelines(out)
        connection.commit()
        began = time.monotonic()
        with connection.cursor().copy(f"COPY {schema}.bare FROM STDIN") as copy, path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                copy.write(piece)
        connection.commit()
        return time.monotonic() - began


if __name__ == "__main__":
    print(f"{'measured':<58} {'store':<9} {'facts':>9}  {'ratio':>6}  aim")
    for each in map(int, sys.argv[1:] or ["100000"]):
        main(each)
