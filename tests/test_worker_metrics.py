"""What workers let Prometheus ask: counted by real processes, read off the ledger, and nothing of any person."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.canaries import left_in
from tests.chaos.office import ChaosOffice, chaos_office
from tests.chaos.street import RUN, SECRET
from tests.servers import RedisServer, ServerMissingError, free_port
from tests.tidy import ROOT
from tests.tools import missing
from workers.metrics import COUNTED
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.accounts import read_accounts

WORKERS = 4
LINES, CHUNKS = 16, 4
SECONDS_MAX = 90
POLL_SECONDS = 0.1
Scraped = dict[tuple[str, str], float]


@contextmanager
def running(office: ChaosOffice, *command: str, **more: str) -> Iterator[None]:
    """One process of the office with all its children, while it is looked at."""
    environment = office.environment(XIYUAN_SWEEP_SECONDS="1", **more)
    with (office.folder / "workers.log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=office.folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def scraped(port: int) -> str | None:
    """What a process answers; None where nobody does yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return None


def numbers(text: str | None) -> Scraped:
    """By name and what it is told apart by, every number that was answered."""
    families = text_string_to_metric_families(text or "")
    return {
        (sample.name, sample.labels.get("outcome") or sample.labels.get("state") or ""): sample.value
        for family in families
        for sample in family.samples
    }


def answered(port: int, name: str, state: str, least: float) -> Scraped:
    """The numbers of a process once this one is there and at least so much."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        found = numbers(scraped(port))
        if found.get((name, state), -1) >= least:
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"{name} {state} did not come to {least}")


def settled(port: int) -> Scraped:
    """The numbers of a sweeper once it sees every line answered and no run open."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        found = numbers(scraped(port))
        lines = sum(found.get(("xiyuan_payout_lines", state), 0) for state in ("paid", "returned"))
        if lines == LINES and found["xiyuan_payout_runs_open", ""] == 0:
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError("the run was not closed")


@contextmanager
def a_bell(folder: Path) -> Iterator[RedisServer]:
    """A Redis whose files lie in a folder that is looked through afterwards."""
    folder.mkdir()
    server = RedisServer(folder)
    try:
        server.start()
    except ServerMissingError as error:
        missing(str(error))
    try:
        yield server
    finally:
        server.kill()


def accounts_into_the_vault(office: ChaosOffice) -> None:
    """The file of accounts is kept in the vault and deleted."""
    with Ledger.open(office.url, journal=office.folder / "journal-of-tests") as ledger:
        ledger.vault.set_accounts(read_accounts(office.accounts).known)
    office.accounts.unlink()


@pytest.mark.slow
def test_workers_and_their_sweeper_say_how_far_they_are_and_nobodys_name_or_account(tmp_path: Path) -> None:
    of_workers, of_sweeper = free_port(), free_port()
    with (
        a_bell(tmp_path / "redis") as bell,
        chaos_office(tmp_path, f"sqlite:///{tmp_path}/xiyuan.db", workers=WORKERS) as office,
    ):
        accounts_into_the_vault(office)
        told = {"XIYUAN_REDIS": bell.url, "XIYUAN_ACCOUNTS": "", COUNTED: str(tmp_path / "counted")}
        crew = running(office, "dramatiq", "workers", "-p", "2", "-t", "1", XIYUAN_METRICS=str(of_workers), **told)
        sweeper = running(office, "workers.sweeper", XIYUAN_METRICS=f"127.0.0.1:{of_sweeper}", **told)
        with crew, sweeper:
            found = settled(of_sweeper)
            counted = answered(of_workers, "xiyuan_payout_attempts_total", "done", CHUNKS + 1)
            for port in (of_workers, of_sweeper):
                (tmp_path / f"asked-{port}.txt").write_text(scraped(port) or "", "utf-8")
        with Ledger.open(office.url, journal=tmp_path / "journal-of-audit") as ledger:
            accesses = ledger.view("accesses").rows
    assert found["xiyuan_payout_lines", "in_transit"] == 0
    assert found["xiyuan_payout_chunks_open", "open"] == found["xiyuan_payout_chunks_open", "quarantined"] == 0
    assert found["xiyuan_payout_oldest_open_approved_timestamp_seconds", ""] == 0
    assert found["xiyuan_sweep_timestamp_seconds", ""] > 0
    assert counted["xiyuan_payout_attempts_total", "quarantined"] == 0
    assert counted["dramatiq_messages_total", ""] > 0
    assert {row["purpose"] for row in accesses} == {f"bank file {RUN}/{chunk}" for chunk in range(1, CHUNKS + 1)}
    # The bank holds names and accounts by need; so would its files in the office's folder.
    holders = left_in(tmp_path, ("陈小明", f"{SECRET}{1:014d}"))
    assert {Path(name).name.partition("-")[0] for name in holders} == {"bank.db"}
    assert {"xiyuan.db.vault", "workers.log", "redis"} <= {path.name for path in tmp_path.iterdir()}
    assert "advance_chunk" in "".join(path.read_text("latin-1") for path in (tmp_path / "redis").rglob("*.aof"))
    assert "run" in (tmp_path / f"asked-{of_sweeper}.txt").read_text("utf-8")


def test_a_sweeper_without_redis_shows_what_is_set_aside(tmp_path: Path) -> None:
    port = free_port()
    with chaos_office(tmp_path, f"sqlite:///{tmp_path}/xiyuan.db", workers=WORKERS) as office:
        lines = office.accounts.read_text("utf-8").splitlines()
        office.accounts.write_text("\n".join(line for line in lines if not line.startswith("W-000002")), "utf-8")
        with running(office, "workers.sweeper", XIYUAN_METRICS=str(port)):
            found = answered(port, "xiyuan_payout_chunks_open", "quarantined", 1)
    assert found["xiyuan_payout_runs_open", ""] == 1
    assert found["xiyuan_payout_attempts_total", "failed"] == 3
    assert found["xiyuan_payout_oldest_open_approved_timestamp_seconds", ""] > 0
    assert {each["code"] for each in office.said() if each["event"] == "failed"} == {"accounts-missing"}


def ended(folder: Path, *command: str, **told: str) -> tuple[int, str]:
    """The code with which a process ends by itself, and what it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XIYUAN_")}
    environment = kept | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])} | told
    started = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    return started.returncode, started.stderr


@pytest.mark.parametrize("port", ["here", "127.0.0.1:", "0", "65536"])
def test_a_port_that_is_none_is_said_to_be_none(tmp_path: Path, port: str) -> None:
    code, said = ended(tmp_path, "workers.sweeper", XIYUAN_METRICS=port)
    assert code == 2
    assert (
        f"error[metrics-port]: the port for metrics is a number from 1 to 65535, or HOST:PORT, and not {port}" in said
    )
    assert "Traceback" not in said


def test_workers_do_not_begin_with_a_port_that_is_none(tmp_path: Path) -> None:
    told = {"XIYUAN_METRICS": "here", "XIYUAN_REDIS": f"redis://127.0.0.1:{free_port()}/0"}
    code, said = ended(tmp_path, "dramatiq", "workers", "-p", "1", "-t", "1", **told)
    assert code == 2
    assert "error[metrics-port]" in said
    assert "Traceback" not in said


def test_a_port_that_another_has_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, said = ended(tmp_path, "workers.sweeper", XIYUAN_METRICS=port)
    assert code == 2
    assert f"error[metrics-taken]: port {port} cannot be used for metrics" in said
    assert "Traceback" not in said
