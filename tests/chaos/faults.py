"""The faults: each is a name and what it does to a running office. What must hold after each is the same for all."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.chaos.crew import Crew
from tests.chaos.office import ChaosOffice
from tests.chaos.servers import Servers
from xiyuan_ledger.payouts.failpoints import NAMES


class Setting(NamedTuple):
    """What a fault may lay hands on."""

    office: ChaosOffice
    crew: Crew
    servers: Servers


class Fault(NamedTuple):
    """A fault: what it needs from the start, and what it does while payments are under way."""

    name: str
    strike: Callable[[Setting], None]
    kill_every: float = 0
    hangs: float = 0
    failpoint: str | None = None
    loses_enqueue: bool = False
    loses_fetch: bool = False
    loses_commit: bool = False


def _nothing(setting: Setting) -> None:
    """The fault is in how the office was set up."""


def _doubled_and_reordered(setting: Setting) -> None:
    """Every message many times, in a wrong order."""
    for _ in range(5):
        setting.servers.ring(setting.office, times=3)
        time.sleep(0.3)


def _flushed(setting: Setting) -> None:
    """The queue is emptied, again and again."""
    for _ in range(6):
        setting.servers.redis_command("FLUSHALL")
        time.sleep(0.4)


def _redis_down(setting: Setting) -> None:
    """Redis is gone for a while, and comes back with what it had written."""
    setting.servers.redis.kill()
    time.sleep(setting.servers.down_seconds)
    setting.servers.redis.start()


def _redis_full(setting: Setting) -> None:
    """Redis takes nothing more, acknowledgements included."""
    setting.servers.redis_command("CONFIG SET maxmemory 1000")
    time.sleep(4)
    setting.servers.redis_command("CONFIG SET maxmemory 0")


def _postgres_restarted(setting: Setting) -> None:
    """PostgreSQL ends at once, without a checkpoint, and recovers."""
    for _ in range(3):
        setting.servers.postgres.restart_at_once()
        time.sleep(1.5)


def _zombies(setting: Setting) -> None:
    """Workers are paused in the middle of something for longer than their heartbeat, and go on as if nothing was."""
    for kept in setting.crew.workers:
        kept.signal(signal.SIGSTOP)
        time.sleep(setting.servers.pause_seconds)
        kept.signal(signal.SIGCONT)


FAULTS: tuple[Fault, ...] = (
    Fault("none", _nothing),
    Fault("messages doubled, concurrent, out of order", _doubled_and_reordered),
    Fault("queue emptied (FLUSHALL)", _flushed),
    *(Fault(f"kill -9 at {name}", _nothing, failpoint=name) for name in NAMES),
    Fault("master, workers, sweepers killed every 2 s", _nothing, kill_every=2),
    Fault("workers paused past the heartbeat (SIGSTOP)", _zombies),
    Fault("reply to enqueue lost", _nothing, loses_enqueue=True),
    Fault("reply to fetch lost", _nothing, loses_fetch=True),
    Fault("Redis down", _redis_down),
    Fault("Redis full", _redis_full),
    Fault("PostgreSQL restarted (immediate)", _postgres_restarted),
    Fault("reply to COMMIT lost", _nothing, loses_commit=True),
    Fault("bank times out after accepting", _nothing, hangs=0.3),
    Fault("all at once: kills, hanging bank, emptied queue", _flushed, kill_every=2, hangs=0.2),
)
