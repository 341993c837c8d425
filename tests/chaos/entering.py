"""Somebody at a desk who enters things that have nothing to do with payments, and keeps the receipts."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.post import PostEstablished
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.ledger import Ledger

PAUSE_SECONDS = 0.25
ACTOR = "clerk-2"


class Entering:
    """One entry after the other until it is over; what the store refused is entered again under the same key."""

    def __init__(self, url: str, journal: Path):
        self._url = url
        self._journal = journal
        self._over = threading.Event()
        self.receipts: list[tuple[int, str]] = []
        """Positions and ids of everything that was acknowledged."""
        self.failed = 0
        self._thread = threading.Thread(target=self._enter, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Home time."""
        self._over.set()
        self._thread.join()

    def _enter(self) -> None:
        ledger: Ledger | None = None
        number = 1
        while not self._over.wait(PAUSE_SECONDS):
            try:
                ledger = ledger or Ledger.open(self._url, actor=ACTOR, journal=self._journal)
                receipt = ledger.record(_entry(number))
            except StoreError:
                self.failed += 1
                with suppress(StoreError):
                    if ledger is not None:
                        ledger.close()
                ledger = None
                continue
            assert receipt.position is not None
            assert receipt.event_id is not None
            self.receipts.append((receipt.position, receipt.event_id))
            number += 1
        if ledger is not None:
            with suppress(StoreError):
                ledger.close()


def _entry(number: int) -> Fact:
    return PostEstablished(
        post=f"P-E-{number}",
        org="XY-STREET",
        title="社工",
        professional=False,
        capacity=1,
        occurred_on="2012-02-01",
        key=f"entered/{number}",
    )
