"""The faults of servers, and of the bank: each is a name and what it does to a running office.

What must hold after each is the same for all: see the audit.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.crew import Crew
from tests.chaos.office import ChaosOffice
from tests.chaos.proxy import Losing
from tests.chaos.servers import Servers
from tests.chaos.stories import next_run, returned, rule_adopted
from xiyuan_ledger.payouts.failpoints import NAMES


@dataclass(frozen=True)
class Setting:
    """What a fault may lay hands on."""

    office: ChaosOffice
    crew: Crew
    servers: Servers


def _nothing(setting: Setting) -> int:
    """The fault is in how the office was set up."""
    return 0


@dataclass(frozen=True)
class Fault:
    """A fault: what it needs from the start, and what it does while payments are under way; how often it struck.

    `then` is what goes on once the run is closed.
    """

    name: str
    strike: Callable[[Setting], int] = _nothing
    kill_every: float = 0
    hangs: int = 0
    bank: str = "plain"
    failpoint: str | None = None
    redis: Losing | None = None
    postgres: Losing | None = None
    then: Callable[[ChaosOffice], int] | None = None


def _doubled_and_reordered(setting: Setting) -> int:
    """Every message many times, in a wrong order."""
    for _ in range(3):
        setting.servers.ring(setting.office, times=3)
    return 3


def _flushed(setting: Setting) -> int:
    """The queue is emptied, again and again."""
    for _ in range(6):
        setting.servers.redis_command("FLUSHALL")
        time.sleep(0.4)
    return 6


def _redis_down(setting: Setting) -> int:
    """Redis is gone for a while, and comes back with what it had written."""
    setting.servers.redis.kill()
    time.sleep(setting.servers.down_seconds)
    setting.servers.redis.start()
    return 1


def _redis_full(setting: Setting) -> int:
    """Redis takes nothing more, acknowledgements included; then the workers are started anew, as the guide says."""
    setting.servers.redis_command("CONFIG SET maxmemory 1000")
    time.sleep(4)
    setting.servers.redis_command("CONFIG SET maxmemory 0")
    for kept in setting.crew.workers:
        kept.signal(signal.SIGTERM)
    return 1


def _postgres_restarted(setting: Setting) -> int:
    """PostgreSQL ends at once, without a checkpoint, and recovers."""
    for _ in range(3):
        setting.servers.postgres.restart_at_once()
        time.sleep(1.5)
    return 3


def _postgres_full(setting: Setting) -> int:
    """PostgreSQL finds no room to write: it ends in the middle of a transaction, and recovers when there is room."""
    return setting.servers.postgres.fill_disk()


def _paused(setting: Setting) -> int:
    """Workers are paused in the middle of something for longer than their heartbeat, and go on as if nothing was."""
    setting.crew.workers[0].signal(signal.SIGSTOP)
    time.sleep(setting.servers.pause_seconds)
    setting.crew.workers[0].signal(signal.SIGCONT)
    return 1


def _rule_adopted(setting: Setting) -> int:
    return rule_adopted(setting.office)


def _paid_anew(office: ChaosOffice) -> int:
    """Money comes back after the end; the next run pays it anew."""
    struck = returned(office)
    next_run(office)
    return struck


def _difference_paid(office: ChaosOffice) -> int:
    """The next run pays what the rule adopted meanwhile adds."""
    next_run(office)
    return 0


ENQUEUE_REPLY = Losing((b"enqueue",), every=7)
FETCH_REPLY = Losing((b"fetch",), every=7)
RETRY_REQUEST = Losing((b"enqueue", b'"retries"'), every=1, request=True)
COMMIT_REPLY = Losing((b"COMMIT",), every=11)

FAULTS: tuple[Fault, ...] = (
    Fault("none"),
    Fault("messages doubled, concurrent, out of order", _doubled_and_reordered),
    Fault("queue emptied (FLUSHALL)", _flushed),
    *(Fault(f"kill -9 at {name}", failpoint=name) for name in NAMES),
    Fault("master, workers, sweepers killed every 2 s", kill_every=2),
    Fault("workers paused past the heartbeat (SIGSTOP)", _paused),
    Fault("reply to enqueue lost", redis=ENQUEUE_REPLY),
    Fault("reply to fetch lost", redis=FETCH_REPLY),
    Fault("enqueue of a retry fails", redis=RETRY_REQUEST, hangs=2),
    Fault("Redis down 20 s", _redis_down),
    Fault("Redis full", _redis_full),
    Fault("PostgreSQL restarted (immediate)", _postgres_restarted),
    Fault("PostgreSQL's disk full (ulimit -f)", _postgres_full),
    Fault("reply to COMMIT lost", postgres=COMMIT_REPLY),
    Fault("bank times out after accepting", hangs=3),
    Fault("the bank answers twice", bank="twice"),
    Fault("the bank says at first: in hand", bank="late"),
    Fault("answers truncated, altered, of another file", bank="spoiled"),
    Fault("returned after settlement, paid anew", then=_paid_anew),
    Fault("a rule adopted in mid-run", _rule_adopted, then=_difference_paid),
    Fault("all at once: kills, hanging bank, emptied queue", _flushed, kill_every=2, hangs=5),
)
