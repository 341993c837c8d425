"""The sweeper: one small process, or a cron line with `--once`, that rings for what the ledger says is left to do.

It is the real retry: a message may be lost, doubled or late, and nothing depends on it. Two sweepers do no harm.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections import Counter
from itertools import count

from dramatiq import Worker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

import workers
from workers.actors import ring
from workers.broker import QUEUE
from workers.logs import ending_in_words, say
from workers.metrics import serve_alone, stand
from workers.office import Office, office, settle_in
from workers.ticks import tick
from xiyuan_ledger import LedgerError, PayoutTask

SECONDS = 30
STILL_SECONDS = 15
"""After so long a message may be lost, if nothing was done meanwhile."""
AGAIN_SECONDS = 120
"""After so long it may be lost whatever else was done."""
TICK_ROUNDS = 20
"""Of so many rounds one looks at the calendar."""
ROUNDS_MAX = 1_000
JOIN_MS = 600_000


def work_in_process(only: str | None = None) -> list[PayoutTask]:
    """Without Redis: the same actors in this process, round after round until nothing moves; what is left.

    `only` names one run.
    """
    assert isinstance(workers.broker, StubBroker)
    worker = Worker(workers.broker, worker_threads=1, worker_timeout=50)
    worker.start()
    before: list[PayoutTask] | None = None
    try:
        for _ in range(ROUNDS_MAX):
            left = office().left(only)
            if not left or left == before:
                return left
            before = left
            workers.sweep.send(only)
            workers.broker.join(QUEUE, timeout=JOIN_MS, fail_fast=False)
    finally:
        worker.stop()
    return before or []


class Rounds:
    """What a sweeper remembers from one round to the next: when it rang for what, and since when nothing was done.

    While chunks are done one after the other, only what is new is rung for, unless it lies in the queue.
    Once none was for a while, or a long while has passed, messages may be lost, and what is left is rung for again.
    """

    def __init__(self, *, looks_again: bool = True) -> None:
        self._looks_again = looks_again
        self._rung: dict[PayoutTask, float] = {}
        self._moved = 0.0
        self._looked = 0.0
        self._told: dict[str, int] = {}
        """Of the runs that were rung for, how many files the bank was told of."""

    def sweep(self) -> None:
        """One round: by Redis where it is set, else everything in this process."""
        if isinstance(workers.broker, StubBroker):
            work_in_process()
        else:
            self.ring_for(office())
        stand(office())

    def still_for(self) -> float:
        """Seconds since something was done."""
        return time.monotonic() - self._moved

    def ring_for(self, here: Office, only: str | None = None) -> None:
        """Let workers know of what is left, or of what is left of one run; but for that of which they know already."""
        now = time.monotonic()
        if self._goes_on(here) and now - self._looked < AGAIN_SECONDS:
            return
        self._looked, left = now, here.left(only)
        if set(left) != self._rung.keys():
            self._moved = now
        patience = STILL_SECONDS if now - self._moved >= STILL_SECONDS else AGAIN_SECONDS
        before = {task: at for task, at in self._rung.items() if now - at < patience}
        unknown = [task for task in left if task not in before]
        lying = self._looks_again and now - self._moved < STILL_SECONDS and len(unknown) <= _in_queue()
        if not lying:
            ring(unknown)
        self._rung = {task: before.get(task, -math.inf if lying else now) for task in left}
        say("swept", left=len(left), aside=len(here.set_aside()))

    def _goes_on(self, here: Office) -> bool:
        """Whether workers bring files to the bank, and have more to bring: then nothing is lost, and none is idle.

        It is seen by a run's own stream; to look for what is left, its lines are counted, which takes from the workers.
        """
        chunks = Counter(task.run for task in self._rung if task.chunk)
        told = {run: here.desk.told(run) for run in chunks}
        moved = any(told[run] > self._told.get(run, told[run]) for run in chunks)
        self._told = told
        return moved and any(told[run] < chunks[run] for run in chunks)


def _in_queue() -> int:
    """How many messages lie in Redis or are worked at: where there are enough, somebody else has rung."""
    return workers.broker.do_qsize(QUEUE) if isinstance(workers.broker, RedisBroker) else 0


def main() -> None:
    """Sweep for ever, every `XIYUAN_SWEEP_SECONDS`, and see to what is due by the calendar; once with `--once`."""
    rounds = Rounds(looks_again="--once" not in sys.argv)
    if not isinstance(workers.broker, StubBroker):
        settle_in({"XIYUAN_ACCOUNTS": ""})  # Who only rings needs nobody's account.
    if "--once" in sys.argv:
        tick(office())
        rounds.sweep()
        return
    with ending_in_words():
        serve_alone()
    pause = threading.Event()
    for nth in count():
        try:
            if nth % TICK_ROUNDS == 0:
                tick(office())
            rounds.sweep()
        except (LedgerError, OSError) as error:
            say("sweep-failed", level="warning", code=getattr(error, "code", type(error).__name__))
        pause.wait(int(os.environ.get("XIYUAN_SWEEP_SECONDS", SECONDS)))


if __name__ == "__main__":
    main()
