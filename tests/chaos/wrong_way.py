"""A desk that does it the wrong way round: it calls the bank, and then records. It is here to be found out."""

from __future__ import annotations

import sys

from workers import sweeper
from xiyuan_ledger.payouts import desk
from xiyuan_ledger.payouts.failpoints import failpoint


def call_then_record(self: desk.PayoutDesk, run: str, chunk: int) -> desk.Progress:
    """What looks right as long as nobody is killed in between."""
    at_hand = self._chunk(run, chunk)
    assert at_hand is not None
    order = at_hand.order
    file = self._paper.file_of(order, self._accounts)
    self._bank.submit(file)
    failpoint("after-bank-call")
    self._intend(order, file)
    ((name, content),) = self._bank.answers(order.number)
    self._settle(at_hand, content, name)
    return "settled"


if __name__ == "__main__":
    desk.PayoutDesk.advance = call_then_record  # type: ignore[method-assign]  # that is the point
    sys.argv = ["sweeper", "--once"]
    sweeper.main()
