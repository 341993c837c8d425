"""A worker asks Redis again as soon as it may hold another message, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import dramatiq
import pytest
from dramatiq import Message, Worker

from tests.servers import redis
from workers.broker import NAMESPACE, QUEUE, redis_broker
from workers.prompt import PromptConsumer

FAR_MS = 600_000
SECONDS_MAX = 30


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis() as server:
        yield server.url


def message() -> Message[None]:
    return Message(queue_name=QUEUE, actor_name="any", args=(), kwargs={}, options={})


def test_with_its_hands_full_it_asks_nobody_and_goes_on_once_one_is_done(redis_url: str) -> None:
    broker = redis_broker(redis_url)
    broker.declare_queue(QUEUE)
    for _ in range(2):
        broker.enqueue(message())
    consumer = PromptConsumer(broker, QUEUE, 1, FAR_MS)
    first = next(consumer)
    assert first is not None
    asked = Event()

    def ask() -> None:
        assert next(consumer) is None
        asked.set()

    waiting = Thread(target=ask)
    waiting.start()
    assert broker.client.llen(f"{NAMESPACE}:{QUEUE}") == 1
    consumer.ack(first)
    assert asked.wait(SECONDS_MAX)
    waiting.join()
    assert broker.client.llen(f"{NAMESPACE}:{QUEUE}") == 1
    second = next(consumer)
    assert second is not None
    consumer.nack(second)
    assert next(consumer) is None
    broker.flush_all()


def test_workers_of_this_broker_do_everything_once(redis_url: str) -> None:
    broker = redis_broker(redis_url)
    broker.middleware.clear()
    done: list[int] = []
    over = Event()

    def note(number: int) -> None:
        done.append(number)
        if len(done) == 20:
            over.set()

    actor = dramatiq.actor(note, queue_name=QUEUE, broker=broker)
    worker = Worker(broker, worker_threads=1)
    worker.start()
    for number in range(20):
        actor.send(number)
    assert over.wait(SECONDS_MAX)
    worker.stop()
    assert sorted(done) == list(range(20))
    assert broker.do_qsize(QUEUE) == 0
    broker.flush_all()
