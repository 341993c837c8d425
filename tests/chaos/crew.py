"""The crew: `dramatiq workers` and sweepers as processes, started again when they end, and killed at will."""

from __future__ import annotations

import random
import threading

from tests.chaos.nursery import Begun
from tests.chaos.office import ChaosOffice

POLL_SECONDS = 0.1
WORKERS = ("dramatiq", "workers", "-p", "2", "-t", "1")
SWEEPER = ("workers.sweeper",)
KILLED = "exited unexpectedly (code -9)"
"""What dramatiq's master says of a worker process that was killed."""


class Kept:
    """One command that is started again whenever it ends."""

    def __init__(self, office: ChaosOffice, command: tuple[str, ...], environment: dict[str, str]):
        self._office = office
        self._command = command
        self._environment = environment
        self._running = self._started()

    def _started(self) -> Begun:
        return Begun(self._command, self._environment, self._office.folder)

    def look_after(self) -> bool:
        """Start it again if it ended, and say whether it was killed; a failpoint is for the first time only."""
        code = self._running.ended()
        if code is None:
            return False
        self.kill()
        self._environment.pop("XIYUAN_FAILPOINT", None)
        self._running = self._started()
        return code == -9

    def kill(self) -> None:
        """End it and all of its children, without a word."""
        self._running.kill()

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        self._running.signal(number)


class Crew:
    """Workers and sweepers of one office, with a thread that looks after them and, by seed, kills them."""

    def __init__(self, office: ChaosOffice, redis_url: str, *, seed: int, kill_every: float = 0, **more: str):
        self._office = office
        self._ended_by_us = 0
        self._chance = random.Random(seed)
        self._kill_every = kill_every
        environment = office.environment(XIYUAN_REDIS=redis_url, XIYUAN_SWEEP_SECONDS="2", **more)
        self.workers = [Kept(office, WORKERS, dict(environment)) for _ in range(2)]
        self.sweepers = [Kept(office, SWEEPER, dict(environment)) for _ in range(2)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_after, daemon=True)
        self._thread.start()

    @property
    def kills(self) -> int:
        """How many processes were killed: masters and sweepers by us, worker processes as their masters say."""
        said = sum(KILLED in str(each.get("event")) for each in self._office.said())
        return self._ended_by_us + said

    def _look_after(self) -> None:
        left = self._next_kill()
        while not self._over.wait(POLL_SECONDS):
            left -= POLL_SECONDS
            if self._kill_every and left <= 0:
                self._chance.choice([*self.workers, *self.sweepers]).kill()
                left = self._next_kill()
            for kept in (*self.workers, *self.sweepers):
                self._ended_by_us += kept.look_after()

    def _next_kill(self) -> float:
        return self._kill_every * (0.5 + self._chance.random())

    def spare(self) -> None:
        """Kill nobody from now on."""
        self._kill_every = 0

    def close(self) -> None:
        """Everybody goes home."""
        self._over.set()
        self._thread.join()
        for kept in (*self.workers, *self.sweepers):
            kept.kill()
