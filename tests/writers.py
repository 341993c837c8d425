"""Processes that record to one store at once: what each does, and what it brings back."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from multiprocessing.synchronize import Barrier
from tempfile import mkdtemp
from typing import NamedTuple

from tests.ledgers import with_
from tests.views.staff import filled, hired, left, vacated
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.errors import Refused
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.recording.receipt import Receipt

BATCH = 20
POSTS = 12
_together: list[Barrier] = []


class Answer(NamedTuple):
    """What a writer was told of one entry."""

    label: str
    status: str
    event_id: str | None
    position: int | None
    code: str | None


def meet_at(barrier: Barrier) -> None:
    """Where the writers of a test wait for each other, so that none starts before all are ready."""
    _together.append(barrier)


def _opened(url: str, name: str) -> Ledger:
    ledger = Ledger.open(url, actor=name, journal=mkdtemp(prefix="xiyuan-journal-"))
    list(ledger.events())
    _together[0].wait(60)
    return ledger


def _answer(label: str, receipt: Receipt) -> Answer:
    return Answer(
        label, receipt.status, receipt.event_id, receipt.position, receipt.error.code if receipt.error else None
    )


def recorded_how(ledger: Ledger, entries: Sequence[tuple[str, Fact]], how: str) -> list[Answer]:
    """Entries recorded one by one, as a whole, or as far as they are good."""
    if how != "singly":
        receipts = ledger.record_all([fact for _, fact in entries], atomic=how == "whole")
        return [_answer(label, receipt) for (label, _), receipt in zip(entries, receipts, strict=True)]
    found = []
    for label, fact in entries:
        try:
            found.append(_answer(label, ledger.record(fact)))
        except Refused as refusal:
            found.append(Answer(label, "refused", None, None, refusal.code))
    return found


def mixed_entries(name: str, count: int) -> list[tuple[str, Fact]]:
    """Entries of the writer's own, into its own streams and into one shared stream, and some that all writers enter."""
    found: list[tuple[str, Fact]] = []
    for number in range(count):
        found.append((f"own-{name}-{number}", hired(f"W-{name}-{number}", "2013-01-01")))
        found.append((f"stream-{name}-{number}", hired("W-shared", "2013-01-01", at=f"X-{name}-{number}")))
        entry = with_(
            hired(f"W-both-{number}", "2013-01-01"), source=name, key=f"form-{number}" if number % 2 else None
        )
        found.append((f"both-{number}", entry))
    return found


def write_mixed(url: str, name: str, seed: int, count: int) -> list[Answer]:
    """Record the mixed entries, in a seeded mixture of single ones and batches."""
    chance = random.Random(seed)
    entries = mixed_entries(name, count)
    answers: list[Answer] = []
    with _opened(url, name) as ledger:
        while entries:
            size = chance.choice((1, 2, 5, 15))
            answers += recorded_how(ledger, entries[:size], chance.choice(("singly", "whole", "good ones")))
            del entries[:size]
    return answers


def read_until(url: str, last: int) -> int:
    """Follow a ledger until a position is reached; how often it was read. What is seen must never have a gap."""
    seen, readings = 0, 0
    with _opened(url, "reader") as ledger:
        while seen < last:
            readings += 1
            head = ledger.head
            positions = [event.position for event in ledger.events(after=seen)]
            assert positions == list(range(seen + 1, seen + 1 + len(positions))), positions
            assert head <= seen + len(positions), "what was there was not read"
            seen += len(positions)
    return readings


def fill_posts(url: str, name: str, seed: int) -> list[Answer]:
    """Put the writer's own worker on every post, each of which has one seat."""
    chance = random.Random(seed)
    entries = [(f"P-{number}", filled(f"P-{number}", f"W-{name}", "2013-02-01")) for number in range(POSTS)]
    answers: list[Answer] = []
    with _opened(url, name) as ledger:
        while entries:
            size = chance.choice((1, 1, 3))
            answers += recorded_how(ledger, entries[:size], chance.choice(("singly", "good ones")))
            del entries[:size]
    return answers


def _turmoil(chance: random.Random, own: list[str]) -> tuple[str, Fact]:
    """Something that may contradict what another writer enters at the same time."""
    worker, post = f"W-{chance.randrange(4)}", f"P-{chance.randrange(3)}"
    on = date(2013, chance.randrange(1, 13), chance.choice((1, 15, 28))).isoformat()
    what = chance.choice(("hired", "left", "filled", "filled", "vacated", "voided"))
    if what == "voided" and own:
        target = chance.choice(own)
        return "voided", RecordVoided(event=target, approved_by="chief-1", reason="error", occurred_on=date(2014, 1, 1))
    made = {"hired": hired(worker, on), "left": left(worker, on), "vacated": vacated(post, worker, on)}
    return what, made.get(what, filled(post, worker, on))


def make_turmoil(url: str, name: str, seed: int, count: int) -> list[Answer]:
    """Record entries that the rules often refuse, of few workers and posts, and void some again."""
    chance = random.Random(seed)
    answers: list[Answer] = []
    with _opened(url, name) as ledger:
        for _ in range(count):
            own = [answer.event_id for answer in answers if answer.status == "recorded" and answer.event_id]
            entries = [_turmoil(chance, own) for _ in range(chance.choice((1, 1, 6)))]
            answers += recorded_how(ledger, entries, chance.choice(("singly", "good ones")))
    return answers


def batches(count: int) -> Iterator[list[Fact]]:
    """The batches of a long import; the batch is named in `source`."""
    for batch in range(count):
        yield [with_(hired(f"W-{batch}-{number}", "2013-01-01"), source=f"batch-{batch}") for number in range(BATCH)]


def _import(url: str, count: int) -> None:
    """Record the batches and say after each which one is durable: the process that is killed."""
    with Ledger.open(url, actor="importer", journal=mkdtemp(prefix="xiyuan-journal-")) as ledger:
        for number, batch in enumerate(batches(count)):
            statuses = {receipt.status for receipt in ledger.record_all(batch)}
            sys.stdout.write(f"{number} {' '.join(sorted(statuses))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _import(sys.argv[1], int(sys.argv[2]))
