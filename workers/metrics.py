"""指标: what Prometheus may ask: of workers how attempts end, of the sweeper how far the payouts are.

`XIYUAN_METRICS` says where: a port of this machine, or `HOST:PORT`; without it nobody listens and nothing is counted.
Labels are words of ours, numbers are sums: never a run's line, a person or an account.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from workers.logs import ending_in_words
from workers.office import Office
from xiyuan_ledger import InvalidEntry

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge

Outcome = Literal["done", "failed", "not_now", "quarantined"]
OUTCOMES: tuple[Outcome, ...] = ("done", "failed", "not_now", "quarantined")
OVER = frozenset({"closed", "rejected"})
HERE = "127.0.0.1"
PORT_MAX = 65_535
FOUND_LENGTH_MAX = 60
COUNTED = "dramatiq_prom_db"
"""Names the folder in which the processes of one master count together; the name is dramatiq's."""


class Door(NamedTuple):
    """Where a process is asked."""

    host: str
    port: int

    @property
    def folder(self) -> Path:
        """Where the processes of one master count together, if nobody named another place."""
        return Path(tempfile.gettempdir()) / f"xiyuan-metrics-{os.getuid()}-{self.port}"


def door() -> Door | None:
    """The door of this process; None where nobody is to ask. Raises InvalidEntry where it is no port."""
    named = os.environ.get("XIYUAN_METRICS")
    if not named:
        return None
    host, _, port = named.rpartition(":")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= PORT_MAX):
        raise InvalidEntry("metrics-port", field="XIYUAN_METRICS", found=named[:FOUND_LENGTH_MAX])
    return Door(host or HERE, int(port))


class _Kept:
    """What this process counts: made when it is known whether others count with it."""

    attempts: Counter | None = None
    standing: Standing | None = None


def count(outcome: Outcome) -> None:
    """One attempt at a chunk, or at the closing of a run, ended."""
    if _Kept.attempts is not None:
        _Kept.attempts.labels(outcome).inc()


def begin_counting() -> None:
    """Count from here on. In a worker after dramatiq said where its processes count together, and not before."""
    from prometheus_client import Counter

    _Kept.attempts = Counter("xiyuan_payout_attempts", "Attempts at chunks, by how they ended", ["outcome"])
    for outcome in OUTCOMES:
        _Kept.attempts.labels(outcome)


class Standing:
    """付款进度: how far the payouts are, as the ledger says; a process that was started a moment ago knows it too."""

    def __init__(self) -> None:
        from prometheus_client import Gauge

        self._runs = Gauge("xiyuan_payout_runs_open", "Payout runs that are neither closed nor rejected")
        self._chunks = Gauge("xiyuan_payout_chunks_open", "Chunks of approved runs that are not settled", ["state"])
        self._lines = Gauge("xiyuan_payout_lines", "Lines of all runs, by what became of them", ["state"])
        self._oldest = Gauge(
            "xiyuan_payout_oldest_open_approved_timestamp_seconds",
            "When the run of the oldest open chunk was approved; 0 where none is open",
        )
        self._position = Gauge("xiyuan_ledger_position", "Position of the newest event")
        self._swept: Gauge = Gauge("xiyuan_sweep_timestamp_seconds", "When the last sweep ended")

    def look(self, here: Office) -> None:
        """Take up how far everything is: what is open, and what was set aside."""
        runs = here.ledger.view("payout_runs").rows
        files = here.ledger.view("payout_files", state="approved", evidence=False).rows
        self._runs.set(sum(row["status"] not in OVER for row in runs))
        left = set(here.desk.work())
        aside = left & here.set_aside()
        chunks = {task for task in left if task.chunk}
        self._chunks.labels("open").set(len(chunks - aside))
        self._chunks.labels("quarantined").set(len(aside))
        self._lines.labels("paid").set(sum(row["paid_lines"] for row in runs))
        self._lines.labels("returned").set(sum(row["returned_lines"] for row in runs))
        told = [row for row in files if row["instructed_on"]]
        self._lines.labels("in_transit").set(sum(row["file_lines"] - row["settled_lines"] for row in told))
        waiting = {task.run for task in chunks}
        approved = [_approved(here, row["evidence"]) for row in runs if row["run"] in waiting]
        self._oldest.set(min(approved, default=0))
        self._position.set(here.ledger.head)
        self._swept.set_to_current_time()


def _approved(here: Office, evidence: Sequence[str]) -> float:
    events = map(here.ledger.event, evidence)
    return next(event.recorded_at.timestamp() for event in events if event.type == "PayoutRunApproved")


def stand(here: Office) -> None:
    """After a sweep."""
    if _Kept.standing is not None:
        _Kept.standing.look(here)


def _serve(place: Door, registry: CollectorRegistry | None = None) -> None:
    """Answer at a port, of everything that this process counts, or of what a registry knows."""
    from prometheus_client import REGISTRY, start_http_server

    try:
        start_http_server(place.port, place.host, registry or REGISTRY)
    except OSError as error:
        raise InvalidEntry("metrics-taken", field="XIYUAN_METRICS", port=place.port, found=error.strerror) from None


def serve_alone() -> None:
    """Let a process that works alone be asked, the sweeper: by a thread of its own."""
    place = door()
    if place is not None:
        begin_counting()
        _Kept.standing = Standing()
        _serve(place)


def serve_workers() -> int:
    """The process of a master that is asked for all its workers."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    place = door()
    assert place is not None
    registry = CollectorRegistry()
    MultiProcessCollector(registry, os.environ[COUNTED])  # type: ignore[no-untyped-call]  # theirs has no types
    with ending_in_words():
        _serve(place, registry)
    threading.Event().wait()
    return 0
