"""经手: who enters what a step records, and, in a simulated ledger, when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from xiyuan_ledger import calendar


class Hand(NamedTuple):
    """经手人: who takes a step. Left out: the ledger handle's actor. `recorded_at` is for simulated ledgers only."""

    actor: str | None = None
    recorded_at: datetime | None = None
    source: str | None = None

    @property
    def on(self) -> date:
        """The day of the step, in Asia/Shanghai."""
        return calendar.shanghai_date(self.recorded_at or calendar.now())

    def entry(self) -> dict[str, Any]:
        """What it adds to a fact's envelope."""
        return {"occurred_on": self.on} | {name: value for name, value in self._asdict().items() if value is not None}
