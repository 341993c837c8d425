"""定时: what falls due by the calendar: the month's runs opened, the night's checkpoint signed, full segments sealed.

Whether it is due is asked of the ledger and of what is kept beside it: who comes late does it then, who comes twice, or
at the same time as another, does nothing. Run by the sweeper, or by a cron line: `python -m workers.ticks`.
"""

from __future__ import annotations

import os
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workers.logs import say
from workers.office import Office, office
from xiyuan_ledger import LedgerError, ProofError, RuleBroken, open_run

SHANGHAI = ZoneInfo("Asia/Shanghai")
RUN_DAY = 25
NIGHT_HOUR = 2
NOT_NOW = frozenset({"run-nothing-due", "run-month-ahead"})
FASTER = "signer-shrunk"
"""Another signed a longer checkpoint meanwhile."""


def tick(here: Office, settings: Mapping[str, str] = os.environ) -> None:
    """Do what is due now. What one duty fails of is said, and the others are done all the same."""
    now = datetime.now(SHANGHAI)
    duties: tuple[Callable[[], None], ...] = (
        lambda: _seal(here),
        lambda: _open_runs(here, settings, now),
        lambda: _sign(here, now),
    )
    for duty in duties:
        try:
            duty()
        except LedgerError as error:
            say("tick-failed", level="warning", code=error.code)


def _seal(here: Office) -> None:
    """Columns for whatever the log has in full: any process writes the same bytes."""
    here.ledger.journal.seal()


def _open_runs(here: Office, settings: Mapping[str, str], now: datetime) -> None:
    """The runs of the month that the office wants opened, from their day on, where the month has none yet.

    A further run of a month, for what became known since, is a person's decision; so is one after a rejection.
    """
    last = monthrange(now.year, now.month)[1]
    if now.day < min(last, int(settings.get("XIYUAN_RUN_DAY", RUN_DAY))):
        return
    month = f"{now:%Y-%m}"
    for scheme in settings.get("XIYUAN_RUNS", "").split():
        if here.ledger.view("payout_runs", where={"scheme": scheme, "month": month}).rows:
            continue
        try:
            run = open_run(here.ledger, scheme, month).run
        except RuleBroken as refused:
            if refused.code not in NOT_NOW:
                raise
        else:
            say("run-opened", run=run, position=here.ledger.head)


def _sign(here: Office, now: datetime) -> None:
    """A checkpoint a night and after each closing of a period, where the log's key is at hand and something is new."""
    proofs, head = here.ledger.proofs, here.ledger.head
    if not proofs.key_file().exists():
        return
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    night -= timedelta(days=now < night)
    try:
        size = int(proofs.latest().text.splitlines()[1])
        signed_at = proofs.latest_at()
    except ProofError as error:
        if error.code != "checkpoint-none":
            raise
    else:
        control = here.ledger.events_of(["ledger"])
        closed = any(event.type == "PeriodClosed" and event.position > size for event in control)
        if size >= head or (signed_at >= night and not closed):
            return
    try:
        here.ledger.checkpoint()
    except ProofError as error:
        if error.code != FASTER:
            raise
    else:
        say("checkpoint", position=head)


def main() -> None:
    """What is due, once."""
    tick(office())


if __name__ == "__main__":
    main()
