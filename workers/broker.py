"""The broker: Redis, set so that its client sends nothing twice and little stays behind; without Redis, in process."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import dramatiq
from dramatiq import Broker, Middleware
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, CurrentMessage, ShutdownNotifications, TimeLimit
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workers.logs import make_json_lines
from workers.metrics import COUNTED, door
from workers.prompt import PromptBroker
from workers.retries import SafeRetries
from workers.warming import OpensOffice

NAMESPACE = "ledger"
QUEUE = "payouts"
HEARTBEAT_TIMEOUT_MS = 30_000
MAINTENANCE_PER_MILLION = 100_000
TIME_LIMIT_MS = 120_000
RETRIES_MAX = 3
BACKOFF_MIN_MS = 500
BACKOFF_MAX_MS = 5_000
SOCKET_SECONDS = 30
CONNECT_SECONDS = 5


class JsonLines(Middleware):
    """In a worker process dramatiq's own lines are structured too."""

    def after_process_boot(self, broker: Broker) -> None:
        """Its logging is set up by now."""
        make_json_lines()


def middleware() -> list[Middleware]:
    """No pipelines, groups, callbacks or results: nothing on the money path depends on a message arriving."""
    return [
        AgeLimit(),
        TimeLimit(time_limit=TIME_LIMIT_MS),
        ShutdownNotifications(),
        CurrentMessage(),
        JsonLines(),
        SafeRetries(max_retries=RETRIES_MAX, min_backoff=BACKOFF_MIN_MS, max_backoff=BACKOFF_MAX_MS),
    ]


def redis_client(url: str) -> Redis:
    """A client that never sends a command twice by itself: a lost reply is an error, and the sweeper's matter."""
    chunks = urlsplit(url)
    return Redis(
        host=chunks.hostname or "127.0.0.1",
        port=chunks.port or 6379,
        db=int(chunks.path.strip("/") or 0),
        username=chunks.username,
        password=chunks.password,
        ssl=chunks.scheme == "rediss",
        retry=Retry(NoBackoff(), 0),
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        health_check_interval=30,
    )


def redis_broker(url: str) -> PromptBroker:
    """The broker of a shared office."""
    return PromptBroker(  # type: ignore[no-untyped-call]  # theirs has no types
        client=redis_client(url),
        namespace=NAMESPACE,
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_PER_MILLION,
        middleware=[*_measured(), *middleware(), OpensOffice()],
    )


def _measured() -> list[Middleware]:
    """What counts, where somebody is to ask."""
    place = door()
    if place is None:
        return []
    os.environ.setdefault(COUNTED, str(place.folder))  # dramatiq reads it when it is imported
    from workers.measuring import WorkerMetrics

    return [WorkerMetrics()]


def install_broker() -> Broker:
    """The broker that actors are declared on: of `XIYUAN_REDIS`, else one in this process."""
    url = os.environ.get("XIYUAN_REDIS")
    broker: Broker = redis_broker(url) if url else StubBroker(middleware=middleware())
    dramatiq.set_broker(broker)
    return broker
