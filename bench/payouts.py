"""Payouts end to end: lines of one run through two dramatiq processes, Redis and PostgreSQL, beside a bare COPY.

`python -m bench.payouts [LINES …]` (default 100,000; 1,000,000 is what the aims are about): through workers that run,
from the moment that they are rung for until the run is closed, against a COPY of all rows that this recorded into a
table of their form, and with the start of the workers' processes added; recording the lines' facts alone, chunk by
chunk in turn with the COPY of their rows; against one message per person (chunks of one line, measured on a small run
and carried over); and a finished run swept again, as a sweeper that runs does every tick, against a bare SELECT of its
rows: the start of a sweeper's process is said apart.
The bank takes no time but that of its files, which are written and read by the workers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier

from bench.bare import BarePostgres, select_postgres, timed
from bench.run import bare_rows, say
from tests.chaos.servers import Servers, servers
from tests.chaos.street import MONTHS, open_and_approve, people_street, write_accounts
from tests.tidy import ROOT
from workers.actors import sweep
from workers.broker import redis_broker
from workers.office import open_office
from xiyuan_ledger import Ledger
from xiyuan_ledger.aggregates import Paper
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.calendar import parse_instant
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.paying import Payer
from xiyuan_ledger.payouts.run import Run, check_lines
from xiyuan_ledger.payouts.settling import instruct
from xiyuan_ledger.store import open_store

CHUNK_LINES = 5_000
SINGLE_LINES = 1_000
ALONE_LINES_MAX = 200_000
SECONDS_MAX = 3_600
PROCESSES = 2
COPY_AIM = ">= 0.50 of COPY"
POLL_SECONDS = 0.1
CLOSED = "SELECT 1 FROM {}.events WHERE originator_id = %s AND topic = 'run.payout-run-closed.v1'"
DIGEST = "0" * 64
PIECE_BYTES = 64 * 1024


def main(lines: int) -> None:
    """Everything at one size, and its ratios."""
    with servers() as here, tempfile.TemporaryDirectory(prefix="xiyuan-bench-") as name:
        folder = Path(name)
        os.environ["XIYUAN_JOURNAL"] = str(folder / "journal")  # One for all processes of an office.
        alone = _alone(here, folder, min(lines, ALONE_LINES_MAX))
        say("recording its lines' facts alone, of the speed of COPY", *alone, COPY_AIM)
        url = here.postgres.url("bulk")
        chunked = _paid_in(here, folder, url, lines, CHUNK_LINES)
        paid = chunked.lines
        begun, again = _swept_again(here, folder, url)
        read = timed(lambda: select_postgres(url.partition("?")[0], "bulk"))
        rows, copied = _copied_in(url, chunked.head, folder)
        say(
            "a run through the workers, of the speed of COPY",
            paid,
            "postgres",
            copied / chunked.seconds,
            ">= 0.50 of COPY",
        )
        say(
            "the same with the start of their processes",
            paid,
            "postgres",
            copied / (chunked.began + chunked.seconds),
            "",
        )
        say("a finished run swept again, times a SELECT of its rows", paid, "postgres", again / read, "<= 1.0")
        _told(f"through the workers {chunked.seconds:.1f} s, COPY of the {rows:,} rows that it recorded {copied:.1f} s")
        _told(f"swept again {again:.3f} s, SELECT {read:.1f} s; a sweeper's process, started for it: {begun:.1f} s")
        single_url = here.postgres.url("single")
        few = _paid_in(here, folder, single_url, SINGLE_LINES, 1).lines
        single = _seconds_of_lines(single_url, few) * paid / few
    say("a run, times faster than one message per person", paid, "postgres", single / chunked.seconds, ">= 40")


class Paid(NamedTuple):
    """A run that workers paid: its lines, the position before, and seconds: to start the workers, and to its end."""

    lines: int
    head: int
    began: float
    seconds: float


def _told(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    _told(f"{name:<10} {time.monotonic() - began:8.1f} s")


def _alone(here: Servers, folder: Path, lines: int) -> tuple[int, str, float]:
    """Lines, the store, and the ratio of a COPY to recording what makes the lines paid, chunk by chunk in turn."""
    url = here.postgres.url("alone")
    people_street(url, lines // len(MONTHS))
    bare = BarePostgres(url.partition("?")[0])
    store = open_store(url, create=None)
    ours = copied = 0.0
    with Ledger.open(url, actor="cashier-1") as ledger:
        for chunk in _chunks(ledger, open_and_approve(ledger)):
            head = ledger.head
            ours += timed(lambda: ledger.record_all(chunk))  # noqa: B023
            rows = bare_rows(store.after(head, CHUNK_LINES))
            copied += timed(lambda: bare.insert_bulk(rows))  # noqa: B023
    store.close()
    bare.close()
    return lines, "postgres", copied / ours


def _chunks(ledger: Ledger, run: Run) -> Iterator[AlikeFacts]:
    """What makes the lines of a run paid, once the bank was told, chunk by chunk: in columns, as workers have it."""
    hand, lines = Hand("cashier-1"), check_lines(ledger, run)
    instruct(ledger, run.run, DIGEST, run.lines, run.total_fen, hand)
    payer = Payer(ledger, run, [], hand, Paper(kind="bank-answer", digest=DIGEST))
    for start in range(0, run.lines, CHUNK_LINES):
        chunk = lines.slice(start, CHUNK_LINES)
        facts = payer.paid_in_columns(chunk, [f"B-{start + n}" for n in range(len(chunk))])
        assert facts is not None
        yield facts


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
        "dramatiq_queue_prefetch": "1",
    }


def _paid_in(here: Servers, folder: Path, url: str, lines: int, chunk_lines: int) -> Paid:
    """A street whose people are due so many lines, and a run of them paid by workers and a sweeper that were running.

    The clock starts when the run is approved and the workers are rung for, as `payout instruct --wait` does.
    """
    with _step("found"):
        people_street(url, lines // len(MONTHS))
    write_accounts(folder / "accounts.csv", lines // len(MONTHS))
    environment, log = _environment(here, folder, url, chunk_lines), folder / f"workers-{chunk_lines}.log"
    with psycopg.connect(url.partition("?")[0], autocommit=True) as connection, Ledger.open(url) as ledger:
        starting = time.monotonic()
        with _crew(environment, folder, log):
            _wait(lambda: log.read_text().count('"opened"') == PROCESSES and '"swept"' in log.read_text(), log)
            began = time.monotonic() - starting
            with _step("approve"):
                run = open_and_approve(ledger)
            head, ringing = ledger.head, time.monotonic()
            redis_broker(here.redis.url).enqueue(sweep.message(run.run))
            closed = SQL(CLOSED).format(Identifier(url.rpartition("=")[2]))
            _wait(lambda: connection.execute(closed, (f"run/{run.run}",)).fetchone() is not None, log)
            seconds = time.monotonic() - ringing
        _told(f"processes started in {began:.1f} s; {_stages(ledger, head)}")
        return Paid(run.lines, head, began, seconds)


def _wait(reached: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + SECONDS_MAX
    while not reached():
        if time.monotonic() > until:
            _told(log.read_text()[-2_000:])
            raise SystemExit("the run was not closed in time")
        time.sleep(POLL_SECONDS)


def _stages(ledger: Ledger, head: int) -> str:
    """When the first file was written down, the last line paid and the run closed, after the first of them."""
    first, last = next(ledger.events(after=head)), list(ledger.events(after=ledger.head - 2))
    return "first file, " + ", ".join(
        f"{each.type} {(each.recorded_at - first.recorded_at).total_seconds():.1f} s later" for each in last
    )


@contextmanager
def _crew(environment: dict[str, str], folder: Path, path: Path) -> Iterator[None]:
    """Two worker processes and a sweeper, with the settings that they have by default; what they took is said."""
    commands = (["dramatiq", "workers", "-p", str(PROCESSES), "-t", "1"], ["workers.sweeper"])
    with path.open("ab") as log:
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


def _copied_in(url: str, head: int, folder: Path) -> tuple[int, float]:
    """How many events stand behind a position, and seconds of a COPY of them in one transaction.

    They go into a table with the same columns and indexes. What else a run writes are a key and a row for each file.
    """
    base, schema = _base_and_schema(url)
    path = folder / "rows.copy"
    with psycopg.connect(base) as connection:
        connection.execute(f"CREATE TABLE {schema}.bare (LIKE {schema}.events INCLUDING INDEXES)")
        newest = f"SELECT * FROM {schema}.events WHERE position > {head} ORDER BY position"
        with connection.cursor().copy(f"COPY ({newest}) TO STDOUT") as out, path.open("wb") as file:
            file.writelines(out)
        connection.commit()
        began = time.monotonic()
        with connection.cursor().copy(f"COPY {schema}.bare FROM STDIN") as copy, path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                copy.write(piece)
        connection.commit()
        seconds = time.monotonic() - began
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {schema}.bare").fetchall()
        return rows, seconds


if __name__ == "__main__":
    print(f"{'measured':<58} {'store':<9} {'facts':>9}  {'ratio':>6}  aim")
    for each in map(int, sys.argv[1:] or ["100000"]):
        main(each)
