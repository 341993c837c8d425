"""The crew: `dramatiq workers` and sweepers as processes, started again when they end, and killed at will."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from tests.chaos.office import ChaosOffice

POLL_SECONDS = 0.1
END_SECONDS = 30


class Kept:
    """One command that is started again whenever it ends."""

    def __init__(self, office: ChaosOffice, command: list[str], environment: dict[str, str]):
        self._office = office
        self._command = command
        self._environment = environment
        self._running = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            cwd=self._office.folder,
            env=self._environment,
            stdout=self._office.logs,
            stderr=self._office.logs,
            start_new_session=True,
        )

    def look_after(self) -> bool:
        """Start it again if it ended, and say whether it had; a failpoint is for the first time only."""
        ended = self._running.poll() is not None
        if ended:
            self.kill()
            self._environment.pop("XIYUAN_FAILPOINT", None)
            self._running = self._started()
        return ended

    def kill(self) -> None:
        """End it and all of its children, without a word."""
        self.signal(signal.SIGKILL)
        self._running.wait(END_SECONDS)

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._running.pid, number)


class Crew:
    """Workers and sweepers of one office, with a thread that looks after them and, by seed, kills them."""

    def __init__(self, office: ChaosOffice, redis_url: str, *, seed: int, kill_every: float = 0, **more: str):
        self.kills = 0
        self._chance = random.Random(seed)
        self._kill_every = kill_every
        environment = office.environment(XIYUAN_REDIS=redis_url, XIYUAN_SWEEP_SECONDS="1", **more)
        processes = [sys.executable, "-m", "dramatiq", "workers", "-p", "2", "-t", "1"]
        sweeper = [sys.executable, "-m", "workers.sweeper"]
        self.workers = [Kept(office, processes, dict(environment)) for _ in range(2)]
        self.sweepers = [Kept(office, sweeper, dict(environment)) for _ in range(2)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_after, daemon=True)
        self._thread.start()

    def _look_after(self) -> None:
        left = self._next_kill()
        while not self._over.wait(POLL_SECONDS):
            left -= POLL_SECONDS
            if self._kill_every and left <= 0:
                self._chance.choice([*self.workers, *self.sweepers]).kill()
                left = self._next_kill()
            for kept in (*self.workers, *self.sweepers):
                self.kills += kept.look_after()

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
