"""What the one who enters a fact gets back."""

from __future__ import annotations

from typing import Literal, NamedTuple

from xiyuan_ledger.errors import Refused


class Receipt(NamedTuple):
    """回执: `recorded` at a position, or `duplicate` of the event it names, or `refused` with the reason.

    A refused receipt comes only from `record_all(..., atomic=False)`; elsewhere a refusal is raised.
    """

    status: Literal["recorded", "duplicate", "refused"]
    event_id: str | None = None
    position: int | None = None
    error: Refused | None = None
