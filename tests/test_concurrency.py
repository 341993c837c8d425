"""Several processes on one ledger: nothing is lost, nothing doubled, no gap, and the rules hold across streams."""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from tests import writers
from tests.ledgers import POLICIES
from tests.views.staff import established, hired
from tests.writers import BATCH, POSTS, Answer
from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.post import PostEstablished
from xiyuan_ledger.errors import Refused
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store.mapper import event_of

ROOT = Path(__file__).parents[1]
MIXED = 40
TURMOIL = 60
IMPORTED = 60
WAIT_SECONDS = 120


@pytest.fixture(scope="module")
def two() -> Iterator[ProcessPoolExecutor]:
    """Two processes that start their work together."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, spawn, writers.meet_at, (spawn.Barrier(2),)) as pool:
        yield pool


@pytest.fixture(scope="module")
def three() -> Iterator[ProcessPoolExecutor]:
    """Three of them."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, spawn, writers.meet_at, (spawn.Barrier(3),)) as pool:
        yield pool


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new ledger that processes can share."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.db"
    else:
        url = str(request.getfixturevalue("postgres_ledger_url"))
    Ledger.open(url, create=True, actor="clerk-0", journal=tmp_path / "journal").close()
    return url


def events_of(url: str, tmp_path: Path) -> list[Event]:
    """Everything that a ledger holds, which must be whole: positions, versions, instants, leaves."""
    # Under the lock: a server may still be about to commit what a killed writer has sent.
    with Ledger.open(url, journal=tmp_path / "journal") as ledger, ledger._store.writing():
        rows = ledger._store.after(0, 1_000_000)
    events = [event_of(row) for row in rows]
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert all(earlier.recorded_at <= later.recorded_at for earlier, later in pairwise(events))
    assert all(row.leaf == leaf_hash(row.state) for row in rows)
    versions: Counter[str] = Counter()
    for event in events:
        versions[event.stream] += 1
        assert event.version == versions[event.stream]
    return events


def recorded(answers: list[Answer]) -> dict[str, int]:
    """The acknowledged events, with their positions."""
    found = {each.event_id: each.position for each in answers if each.status == "recorded"}
    return {event_id: position for event_id, position in found.items() if event_id and position}


def refuse_gaps_and_losses(events: list[Event], *answers: list[Answer]) -> None:
    """Every acknowledged fact is there, at its place, and nothing else."""
    acknowledged = [recorded(each) for each in answers]
    together = {event_id: position for each in acknowledged for event_id, position in each.items()}
    assert len(together) == sum(len(each) for each in acknowledged)
    there = {event.event_id: event.position for event in events if event.actor != "clerk-0"}
    assert together == there


def test_two_writers_and_a_reader(three: ProcessPoolExecutor, shared_url: str, tmp_path: Path) -> None:
    last = POLICIES + 5 * MIXED
    reading = three.submit(writers.read_until, shared_url, last)
    writing = [three.submit(writers.write_mixed, shared_url, name, seed, MIXED) for name, seed in (("a", 1), ("b", 2))]
    first, second = (each.result(WAIT_SECONDS) for each in writing)
    assert reading.result(WAIT_SECONDS) > 0
    events = events_of(shared_url, tmp_path)
    refuse_gaps_and_losses(events, first, second)
    assert len(events) == last
    assert all(answer.status != "refused" for answer in first + second)
    by_label: dict[str, list[str]] = {}
    for answer in first + second:
        by_label.setdefault(answer.label, []).append(answer.status)
    entered_by_both = [sorted(statuses) for label, statuses in by_label.items() if label.startswith("both")]
    assert entered_by_both == [["duplicate", "recorded"]] * MIXED


def test_one_seat_is_filled_once(two: ProcessPoolExecutor, shared_url: str, tmp_path: Path) -> None:
    seats = [established(f"P-{number}").model_copy(update={"capacity": 1}) for number in range(POSTS)]
    with Ledger.open(shared_url, actor="clerk-0", journal=tmp_path / "journal") as ledger:
        ledger.record_all([*seats, hired("W-a", "2013-01-01"), hired("W-b", "2013-01-01")])
    racing = [two.submit(writers.fill_posts, shared_url, name, seed) for name, seed in (("a", 3), ("b", 4))]
    answers = [each.result(WAIT_SECONDS) for each in racing]
    refuse_gaps_and_losses(events_of(shared_url, tmp_path), *answers)
    for of_post in zip(*answers, strict=True):
        assert sorted(answer.status for answer in of_post) == ["recorded", "refused"]
        assert {answer.code for answer in of_post} == {None, "post-full"}


def record_again(ledger: Ledger, events: list[Event]) -> None:
    """Record one by one what others recorded; late entries that only fit together, together."""
    waiting: list[Event] = []
    for event in events:
        waiting.append(event)
        try:
            receipts = ledger.record_all([each.fact for each in waiting])
        except Refused:
            continue
        assert [receipt.event_id for receipt in receipts] == [each.event_id for each in waiting]
        waiting.clear()
    assert waiting == []


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_what_two_writers_recorded_could_have_been_recorded_by_one(
    two: ProcessPoolExecutor, shared_url: str, tmp_path: Path, seed: int
) -> None:
    seats: list[PostEstablished] = [
        established(f"P-{number}").model_copy(update={"capacity": 1}) for number in range(3)
    ]
    with Ledger.open(shared_url, actor="clerk-0", journal=tmp_path / "journal") as ledger:
        ledger.record_all(seats)
    racing = [
        two.submit(writers.make_turmoil, shared_url, name, seed * n, TURMOIL) for n, name in enumerate("ab", start=1)
    ]
    answers = [each.result(WAIT_SECONDS) for each in racing]
    events = events_of(shared_url, tmp_path)
    refuse_gaps_and_losses(events, *answers)
    with Ledger.open("memory:", actor="clerk-0") as alone:
        record_again(alone, events[POLICIES:])
    assert len(events) > POLICIES + 10


def test_a_killed_writer_leaves_whole_batches(shared_url: str, tmp_path: Path) -> None:
    chance = random.Random(5)
    acknowledged: set[int] = set()
    for _ in range(3):
        said = _import_until(shared_url, lines=chance.randrange(1, 12))
        acknowledged |= {int(line.split()[0]) for line in said}
        found = Counter(event.source for event in events_of(shared_url, tmp_path) if event.actor == "importer")
        assert set(found.values()) == {BATCH}
        assert {f"batch-{number}" for number in acknowledged} <= found.keys()
    there = {event.source for event in events_of(shared_url, tmp_path)}
    said = _import_until(shared_url, lines=None)
    for number, line in enumerate(said):
        assert line.split()[1:] == (["duplicate"] if f"batch-{number}" in there else ["recorded"])
    assert len(events_of(shared_url, tmp_path)) == POLICIES + IMPORTED * BATCH


def _import_until(url: str, lines: int | None) -> list[str]:
    """Run the import, and kill it once it has said so many lines; what it said."""
    command = [sys.executable, "-m", "tests.writers", url, str(IMPORTED)]
    path = [str(ROOT), str(ROOT / "src")]
    said: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_environment(path)) as importer:
        assert importer.stdout is not None
        for line in importer.stdout:
            said.append(line)
            if lines is not None and sum("recorded" in each for each in said) >= lines:
                importer.kill()
                break
        said += importer.stdout.read().splitlines(keepends=True)
    assert importer.returncode == (0 if lines is None else -9)
    return [line for line in said if line.endswith("\n")]


def _environment(path: list[str]) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}


def test_threads_of_one_ledger_share_its_rules(store_url: str, tmp_path: Path) -> None:
    with Ledger.open(store_url, create=True, actor="clerk-7", journal=tmp_path / "journal") as ledger:
        seats = [established(f"P-{number}").model_copy(update={"capacity": 1}) for number in range(POSTS)]
        ledger.record_all([*seats, *(hired(f"W-{name}", "2013-01-01") for name in "abc")])
        answers: list[Answer] = []

        def fill(name: str) -> None:
            entries = [(f"P-{n}", writers.filled(f"P-{n}", f"W-{name}", "2013-02-01")) for n in range(POSTS)]
            answers.extend(writers.recorded_how(ledger, entries, "singly"))
            assert len(ledger.view("station_staffing", valid_on="2013-06-30").columns) > 0

        threads = [threading.Thread(target=fill, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(answer.status for answer in answers) == {"recorded": POSTS, "refused": 2 * POSTS}
        assert [event.position for event in ledger.events()] == list(range(1, ledger.head + 1))
