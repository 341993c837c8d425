"""The actors: each takes ids only, does one step that may run twice, and remembers nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec

import dramatiq

from workers.broker import BACKOFF_MAX_MS, BACKOFF_MIN_MS, QUEUE, RETRIES_MAX, TIME_LIMIT_MS
from workers.logs import say
from workers.office import office
from workers.trying import attempt
from xiyuan_ledger import PayoutTask

P = ParamSpec("P")


def payout_actor(do: Callable[P, None]) -> dramatiq.Actor[P, None]:
    """An actor with the settings of all payout work."""
    settings: dict[str, Any] = {
        "queue_name": QUEUE,
        "max_retries": RETRIES_MAX,
        "min_backoff": BACKOFF_MIN_MS,
        "max_backoff": BACKOFF_MAX_MS,
        "time_limit": TIME_LIMIT_MS,
    }
    actor: dramatiq.Actor[P, None] = dramatiq.actor(**settings)(do)
    return actor


@payout_actor
def advance_chunk(run: str, chunk: int) -> None:
    """Bring a chunk of a run to the bank, or what the bank said of it into the ledger.

    Who sees that it was the last one closes the run. Whoever else finds it open, the sweeper above all, does it too.
    """
    done = attempt(run, chunk, lambda here: here.desk.advance(run, chunk))
    if done and office().desk.is_over(run) and PayoutTask(run, 0) not in office().set_aside():
        close_run.fn(run)


@payout_actor
def close_run(run: str) -> None:
    """Close a run of which nothing is in transit."""
    attempt(run, 0, lambda here: str(here.desk.close(run)))


@payout_actor
def sweep(only: str | None = None) -> None:
    """Ring for everything that the ledger says is left to do, or for one run; but for what is quarantined."""
    here = office()
    left = here.left(only)
    ring(left)
    say("swept", left=len(left), aside=len(here.set_aside()))


def ring(tasks: Iterable[PayoutTask]) -> None:
    """Let workers know what is to be done. Who hears it twice does it once."""
    for run, chunk in tasks:
        if chunk:
            advance_chunk.send(run, chunk)
        else:
            close_run.send(run)
