"""`xiyuan payout … --wait`: what workers do for one run, waited for. In this process; by Redis where that is set."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from dramatiq.brokers.stub import StubBroker

import workers
from workers.logs import silence
from workers.office import Office, forget_office, office, settle_in
from workers.sweeper import STILL_SECONDS, Rounds, work_in_process

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
    """Ring for what there is to do; other processes do it, and the ledger says how far they are."""
    rounds, pause = Rounds(), threading.Event()
    for _ in range(ROUNDS_MAX):
        rounds.ring_for(office(), run)
        if _rests(office(), run, still_for=rounds.still_for()):
            return
        pause.wait(POLL_SECONDS)


def _rests(here: Office, run: str, *, still_for: float) -> bool:
    """Whether nothing moves before the bank says more, or a person looks.

    An answer that lies there is worked at; where it leaves lines open, nothing has been done for a while.
    """
    left = {task.chunk for task in here.left() if task.run == run}
    if not left <= here.desk.sent(run):
        return False
    return still_for >= STILL_SECONDS or not any(here.desk.is_answered(run, chunk) for chunk in left)
