"""The sweeper: one small process, or a cron line with `--once`, that rings for what the ledger says is left to do.

It is the real retry: a message may be lost, doubled or late, and nothing depends on it. Two sweepers do no harm.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count

from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker

import workers
from workers.broker import QUEUE
from workers.logs import say
from workers.metrics import serve_alone, stand
from workers.office import office
from workers.ticks import tick
from xiyuan_ledger import LedgerError, PayoutTask

SECONDS = 30
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
            left = [task for task in office().left() if only in (None, task.run)]
            if not left or left == before:
                return left
            before = left
            workers.sweep.send(only)
            workers.broker.join(QUEUE, timeout=JOIN_MS, fail_fast=False)
    finally:
        worker.stop()
    return before or []


def sweep_once() -> None:
    """One round: by Redis where it is set, else everything in this process."""
    if isinstance(workers.broker, StubBroker):
        work_in_process()
    else:
        workers.sweep.fn()
    stand(office())


def main() -> None:
    """Sweep for ever, every `XIYUAN_SWEEP_SECONDS`, and see to what is due by the calendar; once with `--once`."""
    if "--once" in sys.argv:
        tick(office())
        sweep_once()
        return
    serve_alone()
    pause = threading.Event()
    for rounds in count():
        try:
            if rounds % TICK_ROUNDS == 0:
                tick(office())
            sweep_once()
        except (LedgerError, OSError) as error:
            say("sweep-failed", level="warning", code=getattr(error, "code", type(error).__name__))
        pause.wait(int(os.environ.get("XIYUAN_SWEEP_SECONDS", SECONDS)))


if __name__ == "__main__":
    main()
