"""Retries that lose nothing: where the retry itself cannot be handed in, the message is dead, not gone."""

from __future__ import annotations

from typing import Any

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Retries


class SafeRetries(Retries):
    """dramatiq's retries swallow an error of their own enqueue and acknowledge the message: it would be lost.

    The ledger's sweeper would ring again anyway; but a message that vanishes leaves nothing for anyone to look at.
    """

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Retry; where even that fails, put the message among the dead letters."""
        try:
            super().after_process_message(broker, message, result=result, exception=exception)  # type: ignore[no-untyped-call]  # theirs has no types
        except BaseException:
            message.fail()
            raise
