"""What workers let Prometheus ask: counted by real processes, read off the ledger, and nothing of any person."""

from __future__ import annotations

import os
import signal
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

from tests.chaos.office import ChaosOffice, chaos_office
from tests.chaos.street import SECRET
from tests.servers import ServerMissingError, free_port, redis
from tests.tools import missing

WORKERS = 4
LINES, CHUNKS = 16, 4
SECONDS_MAX = 90
POLL_SECONDS = 0.1
Scraped = dict[tuple[str, str], float]


@contextmanager
def running(office: ChaosOffice, *command: str, **more: str) -> Iterator[None]:
    """One process of the office with all its children, while it is looked at."""
    environment = office.environment(XIYUAN_SWEEP_SECONDS="1", **more)
    started = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=office.folder,
        env=environment,
        stdout=office.logs,
        stderr=office.logs,
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


@pytest.mark.slow
def test_workers_and_their_sweeper_say_how_far_they_are(tmp_path: Path) -> None:
    try:
        server = redis()
        bell = server.__enter__()
    except ServerMissingError as error:
        missing(str(error))
    of_workers, of_sweeper = free_port(), free_port()
    with chaos_office(tmp_path, f"sqlite:///{tmp_path}/xiyuan.db", workers=WORKERS) as office:
        told = {"XIYUAN_REDIS": bell.url, "dramatiq_prom_db": str(tmp_path / "counted")}
        crew = running(office, "dramatiq", "workers", "-p", "2", "-t", "1", XIYUAN_METRICS=str(of_workers), **told)
        sweeper = running(office, "workers.sweeper", XIYUAN_METRICS=f"127.0.0.1:{of_sweeper}", **told)
        with crew, sweeper:
            found = settled(of_sweeper)
            counted = answered(of_workers, "xiyuan_payout_attempts_total", "done", CHUNKS + 1)
            texts = [scraped(of_workers), scraped(of_sweeper)]
    server.__exit__(None, None, None)
    assert found["xiyuan_payout_lines", "in_transit"] == 0
    assert found["xiyuan_payout_chunks_open", "open"] == found["xiyuan_payout_chunks_open", "quarantined"] == 0
    assert found["xiyuan_payout_oldest_open_approved_timestamp_seconds", ""] == 0
    assert found["xiyuan_sweep_timestamp_seconds", ""] > 0
    assert counted["xiyuan_payout_attempts_total", "quarantined"] == 0
    assert counted["dramatiq_messages_total", ""] > 0
    assert not [word for text in texts for word in (SECRET + "0", "W-0", "陈") if word in (text or word)]


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
