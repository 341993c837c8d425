"""What the sweeper rings for, and what a chunk costs that is heard of again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import workers
from tests.chaos.bank_client import PORT
from tests.chaos.office import ChaosOffice, chaos_office
from workers import sweeper
from workers.broker import QUEUE
from workers.office import Office, forget_office, open_office
from workers.sweeper import Rounds
from xiyuan_ledger import PayoutDesk
from xiyuan_ledger.aggregates.organization import OrganizationRegistered

CHUNKS = 4
STREET = {"kind": "street", "name": "他街道", "occurred_on": "2012-01-01", "actor": "clerk-1"}


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[ChaosOffice]:
    """An approved run of four chunks, and a bank that pays at once."""
    with chaos_office(tmp_path, f"sqlite:///{tmp_path}/xiyuan.db", workers=4) as found:
        yield found


@pytest.fixture
def office(chaos: ChaosOffice, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A process that works there."""
    monkeypatch.setenv(PORT, str(chaos.bank_port))
    found = open_office(chaos.environment())
    workers.broker.flush(QUEUE)
    yield found
    workers.broker.flush(QUEUE)
    found.ledger.close()


def rung(rounds: Rounds, office: Office) -> int:
    """For how much a round rings."""
    workers.broker.flush(QUEUE)
    rounds.ring_for(office)
    return int(workers.broker.queues[QUEUE].qsize())


def test_who_was_rung_for_is_not_rung_for_again_at_every_look(office: Office) -> None:
    rounds = Rounds()
    assert [rung(rounds, office) for _ in range(3)] == [CHUNKS, 0, 0]
    assert rung(Rounds(), office) == CHUNKS


def test_where_nothing_is_done_for_a_while_everything_is_rung_for_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "STILL_SECONDS", 0)
    rounds = Rounds()
    assert rung(rounds, office) == CHUNKS
    office.ledger.record(OrganizationRegistered(org="XY-1", **STREET))  # Whatever else is recorded is no work.
    assert rung(rounds, office) == CHUNKS


def test_what_was_lost_is_rung_for_after_a_long_while_whatever_else_is_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "AGAIN_SECONDS", 0)
    rounds = Rounds()
    assert rung(rounds, office) == CHUNKS
    office.desk.advance(*office.left()[0])
    assert rung(rounds, office) == CHUNKS - 1


def test_while_workers_bring_files_to_the_bank_nobody_counts_lines(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Rounds()
    tasks = office.left()
    assert rung(rounds, office) == CHUNKS
    assert rung(rounds, office) == 0  # From here on it is known how many files the bank was told of.
    office.desk.advance(*tasks[0])
    with monkeypatch.context() as patched:
        patched.setattr(PayoutDesk, "work", lambda *_: pytest.fail("counted"))
        assert rung(rounds, office) == 0
    assert rung(rounds, office) == 0  # Nothing moved since: looked for, and known already.


def test_what_lies_in_the_queue_is_not_rung_for_by_another(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "_in_queue", lambda: CHUNKS)
    rounds = Rounds()
    assert [rung(rounds, office) for _ in range(2)] == [0, 0]
    assert rung(Rounds(looks_again=False), office) == CHUNKS
    monkeypatch.setattr(sweeper, "_in_queue", lambda: CHUNKS - 1)
    assert [rung(rounds, office) for _ in range(2)] == [CHUNKS, 0]


def test_what_lies_in_the_queue_and_is_not_done_is_rung_for_after_a_while(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "_in_queue", lambda: CHUNKS)
    rounds = Rounds()
    assert rung(rounds, office) == 0
    monkeypatch.setattr(sweeper, "STILL_SECONDS", 0)
    assert rung(rounds, office) == CHUNKS


def test_what_becomes_due_is_rung_for_at_once(office: Office) -> None:
    rounds = Rounds()
    tasks = office.left()
    assert rung(rounds, office) == CHUNKS
    for task in tasks:
        office.desk.advance(*task)
    assert rung(rounds, office) == 1
    (closing,) = office.left()
    assert closing.chunk == 0


def test_a_chunk_that_is_heard_of_again_by_another_changes_nothing(office: Office, tmp_path: Path) -> None:
    first = office.left()[0]
    assert office.desk.advance(*first) == "settled"
    head = office.ledger.head
    assert office.desk.advance(*first) == "settled"
    assert office.ledger.head == head


def test_a_chunk_of_a_closed_run_that_a_new_process_hears_of_is_settled(office: Office, chaos: ChaosOffice) -> None:
    tasks = office.left()
    for task in tasks:
        office.desk.advance(*task)
    office.desk.close(tasks[0].run)
    other = open_office(chaos.environment())
    head = other.ledger.head
    assert other.desk.advance(*tasks[0]) == "settled"
    assert not other.desk.is_over(tasks[0].run)  # There is nothing to close any more.
    assert other.ledger.head == head
    other.ledger.close()


def test_who_settles_the_last_chunk_closes_the_run(
    office: Office, chaos: ChaosOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in chaos.environment().items():
        monkeypatch.setenv(name, value)
    *chunks, last = office.left()
    for task in chunks:
        workers.advance_chunk.fn(*task)
    assert [task.chunk for task in office.left()] == [last.chunk]
    workers.advance_chunk.fn(*last)
    forget_office()
    assert office.left() == []
    assert [row["status"] for row in office.ledger.view("payout_runs").rows] == ["closed"]


def test_what_is_left_of_one_run_is_what_is_left_of_all_for_it(office: Office) -> None:
    tasks = office.left()
    run = tasks[0].run
    for done in range(CHUNKS + 1):
        assert office.left(run) == office.left()
        if done < CHUNKS:
            office.desk.advance(*tasks[done])
    assert office.left(run) == [(run, 0)]
