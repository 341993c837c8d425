"""A worker that has just started opens its office before a message asks for it."""

from __future__ import annotations

from dramatiq import Broker, Middleware, Worker

from workers.logs import say
from workers.office import office
from xiyuan_ledger import LedgerError


class OpensOffice(Middleware):
    """What the first message would wait for is done when the process starts. Where it fails, messages say why."""

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Open the ledger with its writer, and read the accounts where they come from a file."""
        try:
            here = office()
            here.ledger.judge_all([])
        except LedgerError as error:
            say("not-opened", level="warning", code=error.code)
        else:
            say("opened", position=here.ledger.head)
