"""One attempt at a task: counted before it is begun, so that a task that kills its worker is set aside all the same."""

from __future__ import annotations

from collections.abc import Callable

from workers.logs import say
from workers.metrics import count
from workers.office import Office, forget_office, office
from xiyuan_ledger import Attempts, BankError, KeyReused, LedgerError, StoreError


def task_name(run: str, chunk: int) -> str:
    """Under which its attempts are kept."""
    return f"{run}/{chunk}"


def attempt(run: str, chunk: int, do: Callable[[Office], str]) -> bool:
    """Try a task once; whether it was done.

    After `Attempts.MAX` attempts it is quarantined: nobody tries again before a person has looked.
    That the store or the bank failed, or another held the fence, says nothing of the task: it does not count.
    """
    try:
        here = office()
        task = task_name(run, chunk)
        tried = here.attempts.begin(task)
    except StoreError as error:
        forget_office()
        count("not_now")
        say("store-failed", level="warning", run=run, chunk=chunk, code=error.code)
        raise
    if tried > Attempts.MAX:
        count("quarantined")
        say("quarantined", level="error", run=run, chunk=chunk, tried=Attempts.MAX)
        return False
    try:
        progress = do(here)
    except (StoreError, BankError) as error:
        count("not_now")
        _take_back(here, task)
        say("not-now", level="warning", run=run, chunk=chunk, code=error.code)
        raise
    except LedgerError as error:
        count("failed")
        here.attempts.say(task, error.code)
        alarm = isinstance(error, KeyReused) or error.code == "paid-otherwise"
        say("failed", level="error" if alarm else "warning", run=run, chunk=chunk, code=error.code, tried=tried)
        raise
    here.attempts.done(task)
    count("done")
    say("done", run=run, chunk=chunk, progress=progress, position=here.ledger.head)
    return True


def _take_back(here: Office, task: str) -> None:
    try:
        here.attempts.take_back(task)
    except StoreError:
        say("attempt-kept", level="warning", code="store-failed")
    forget_office()
