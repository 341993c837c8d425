"""Redis is asked again as soon as there is room for a message; dramatiq sleeps, the longer the longer one takes."""

from __future__ import annotations

from threading import Event
from typing import Any

from dramatiq import MessageProxy
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer

IDLE_MS = 200
"""After so long at most an idle worker looks again."""


class PromptConsumer(_RedisConsumer):
    """With as many messages as it may hold dramatiq's sleeps, up to half as long again as the work takes."""

    def __init__(self, *told: Any):
        super().__init__(*told)  # type: ignore[no-untyped-call]  # theirs has no types
        self._room = Event()

    def ack(self, message: MessageProxy) -> None:
        """One is done: there is room."""
        try:
            super().ack(message)  # type: ignore[no-untyped-call]
        finally:
            self._room.set()

    def nack(self, message: MessageProxy) -> None:
        """One has failed: there is room."""
        try:
            super().nack(message)  # type: ignore[no-untyped-call]
        finally:
            self._room.set()

    def __next__(self) -> MessageProxy | None:
        """The next message; None after a while without one."""
        self._room.clear()
        if not self.message_cache and self.outstanding_message_count >= self.prefetch:
            self._room.wait(self.timeout / 1_000)
            return None
        found: MessageProxy | None = super().__next__()  # type: ignore[no-untyped-call]
        return found


class PromptBroker(RedisBroker):
    """dramatiq's broker with that consumer."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = IDLE_MS) -> PromptConsumer:
        """The consumer of a queue."""
        return PromptConsumer(self, queue_name, prefetch, min(timeout, IDLE_MS))
