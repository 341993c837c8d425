"""The doctor on payouts: chunks in quarantine, and runs with which nobody goes on."""

from __future__ import annotations

from collections.abc import Iterator

from xiyuan_ledger import calendar
from xiyuan_ledger.cli.call import Call
from xiyuan_ledger.cli.examining_vault import SHOWN_MAX, Finding
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.payouts.run import Run, runs
from xiyuan_ledger.store.attempts import Attempts

OVER = ("closed", "rejected")
RESTING_DAYS_MAX = 2
"""A run that stands longer than this with nothing done waits for somebody who does not know."""


def payout_findings(call: Call) -> Iterator[Finding]:
    """What is found of the workers and of the runs."""
    try:
        aside = Attempts(call.ledger).stuck_if_any()
    except StoreError as error:
        yield Finding("workers", "fail", f"[{error.code}] {error.message(call.lang)}", error.hint(call.lang))
        return
    if aside:
        named = ", ".join(f"{each.task} ({each.said})" for each in aside[:SHOWN_MAX])
        found = call.words("chunks-aside", count=len(aside), chunks=named)
        yield Finding("workers", "fail", found, call.words("chunks-aside-advice"))
    else:
        yield Finding("workers", "ok", call.words("chunks-none-aside"))
    yield _runs(call)


def _runs(call: Call) -> Finding:
    """Whether somebody went on with the runs lately; the days of a simulated ledger say nothing of that."""
    with call.open() as ledger:
        standing = [run for run in runs(ledger) if run.status not in OVER]
        resting = [run for run in standing if not ledger.simulated and _days(run) > RESTING_DAYS_MAX]
    if not resting:
        return Finding("runs", "ok", call.words("runs-moving", count=len(standing)))
    named = ", ".join(f"{run.run} ({run.status}, {_days(run)})" for run in resting[:SHOWN_MAX])
    steps = ", ".join(sorted({call.words(f"runs-resting-{run.status}") for run in resting}))
    return Finding("runs", "warn", call.words("runs-resting", days=RESTING_DAYS_MAX, runs=named), steps)


def _days(run: Run) -> int:
    """Days since the last step that was taken with a run."""
    last = max(day for day in (run.opened_on, run.approved_on, run.instructed_on) if day is not None)
    return (calendar.today() - last).days
