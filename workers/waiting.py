"""`xiyuan payout … --wait`: what workers do for one run, waited for. In this process; by Redis where that is set."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from dramatiq.brokers.stub import StubBroker

import workers
from workers.logs import silence
from workers.office import Office, forget_office, office, settle_in
from workers.sweeper import work_in_process

POLL_SECONDS = 0.5
ROUNDS_MAX = 1_200


def wait_for(run: str, told: Mapping[str, str]) -> None:
    """Bring a run as far as it goes: to the bank, and where the bank has answered into the ledger and to its end.

    `told` are the settings of a worker; they hold over those of the environment.
    """
    settle_in(told)
    try:
        with silence():
            if isinstance(workers.broker, StubBroker):
                work_in_process(run)
            else:
                _ring_and_wait(run)
    finally:
        forget_office()
        settle_in({})


def _ring_and_wait(run: str) -> None:
    """Ring once; other processes do the rest, and the ledger says how far they are."""
    workers.sweep.fn(run)
    pause = threading.Event()
    for _ in range(ROUNDS_MAX):
        if _rests(office(), run):
            return
        pause.wait(POLL_SECONDS)


def _rests(here: Office, run: str) -> bool:
    """Whether nothing moves before the bank says more, or a person looks."""
    rows = here.ledger.view("payout_files", where={"run": run}).rows
    told = {int(row["file"].rpartition("/")[2]) for row in rows if row["instructed_on"]}
    return all(task.chunk in told for task in here.left() if task.run == run)
