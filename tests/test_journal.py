"""流水: the journal holds what the log holds, up to any position, however its files came to be or were lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from histories_of_facts import BEGIN, facts_of, recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiyuan_ledger.aggregates import FACTS, TOPICS, Event, Fact
from xiyuan_ledger.aggregates.client import ClientServed
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.aggregates.organization import MemberJoined
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.journal import columns
from xiyuan_ledger.journal.journal import Journal
from xiyuan_ledger.journal.parsing import table_of_lines

SIZE = 16
FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))


class Log:
    """A log in memory."""

    name = "街道/一"

    def __init__(self, kept: list[tuple[Event, bytes]]):
        self.kept = kept
        self.reads: list[tuple[int, int]] = []

    def head(self) -> int:
        return len(self.kept)

    def by_topic(self, after: int, until: int) -> dict[str, bytes]:
        self.reads.append((after, until))
        lines: dict[str, list[bytes]] = {}
        for event, stored in self.kept[after:until]:
            lines.setdefault(event.fact.TOPIC, []).append(stored)
        return {topic: b"\n".join(each) for topic, each in lines.items()}


def served(n: int, **more: Any) -> Fact:
    on = date(2013, 1, 1) + timedelta(days=n % 300)
    return ClientServed(
        occurred_on=on, client=f"C-{n % 7}", project="P-1", worker="W-1", method="visit", minutes=30 + n, **more
    )


def joined(n: int) -> Fact:
    return MemberJoined(occurred_on=date(2012, 5, 1) + timedelta(days=n), org="O-1", person=f"M-{n}")


def a_log(length: int, *, shift: int = 0) -> Log:
    """Services and members in turn; at 20 the service of 5 is corrected, at 30 that correction is voided."""
    kept: list[tuple[Event, bytes]] = []
    for n in range(1, length + 1):
        fact = joined(n + shift) if n % 2 == 0 else served(n + shift)
        if n == 20:
            fact = served(n, corrects=kept[4][0].event_id, reason="录入有误")
        if n == 30:
            gone = kept[19][0].event_id
            fact = RecordVoided(occurred_on=date(2013, 3, 1), event=gone, approved_by="D-1", reason="重复")
        kept += recorded([fact], after=n - 1)
    return Log(kept)


def rows(journal: Journal, known_at: int, fact: type[Fact]) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        journal.attach(con, known_at, [fact])
        table = con.sql(f"SELECT * FROM raw.{columns.table_name(fact)} ORDER BY position").to_arrow_table()
    assert table.schema.equals(columns.schema(fact))
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def superseded(journal: Journal, known_at: int) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        journal.attach(con, known_at, [])
        return con.execute("SELECT position, by_position FROM raw.superseded ORDER BY by_position").fetchall()


def defined(log: Log, known_at: int, fact: type[Fact]) -> list[dict[str, Any]]:
    return [columns.row_of(log.name, event) for event, _ in log.kept[:known_at] if type(event.fact) is fact]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(params=["folder", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path if request.param == "folder" else None


@pytest.mark.parametrize("fact", sorted(FACTS.keys() - {"PolicyAdopted"}))
def test_stored_bytes_are_read_into_the_columns_that_define_them(fact: str) -> None:
    @FEW
    @given(st.lists(facts_of(FACTS[fact]), min_size=1, max_size=5))
    def check(facts: list[Fact]) -> None:
        assert_read_as_defined(FACTS[fact], facts)

    check()


def test_free_form_parameters_are_kept_as_canonical_text() -> None:
    day = date(2013, 1, 1)
    common: dict[str, Any] = {"occurred_on": day, "effective_from": day, "authority": "街道办"}
    paper = {"kind": "notice", "digest": "0" * 64}
    parameters = {"z": {"乙": 1, "b": [True, None]}, "a": "é"}
    first = PolicyAdopted(policy="post-subsidy", version=1, parameters=parameters, **common)
    second = PolicyAdopted(policy="post-subsidy", version=2, parameters={}, evidence=[paper], **common)
    table = assert_read_as_defined(PolicyAdopted, [first, second])
    assert table["parameters"].to_pylist() == ['{"a":"é","z":{"b":[true,null],"乙":1}}', "{}"]


def assert_read_as_defined(fact: type[Fact], facts: list[Fact]) -> pa.Table:
    kept = recorded(facts)
    table = table_of_lines("demo", fact, b"\n".join(stored for _, stored in kept))
    table.validate(full=True)
    assert table.equals(columns.table_of_events("demo", fact, [event for event, _ in kept]))
    return table


def test_what_is_personal_never_becomes_a_column() -> None:
    assert "personal" in FACTS["ClientRegistered"].model_fields
    assert not any("personal" in columns.schema(fact).names for fact in FACTS.values())


@pytest.mark.parametrize("known_at", [0, 1, 15, 16, 17, 20, 29, 30, 32, 40, 47, 48, 50])
def test_the_journal_holds_what_was_recorded_up_to_any_position(folder: Path | None, known_at: int) -> None:
    log = a_log(50)
    journal = Journal(log, folder, segment_positions=SIZE)
    for fact in (ClientServed, MemberJoined, RecordVoided, FACTS["ExamPassed"]):
        assert rows(journal, known_at, fact) == defined(log, known_at, fact)
    assert superseded(journal, known_at) == [pair for pair in [(5, 20), (20, 30)] if pair[1] <= known_at]


def test_positions_may_be_asked_in_any_order_while_the_log_grows(folder: Path | None) -> None:
    whole = a_log(70)
    log = Log(whole.kept[:10])
    journal = Journal(log, folder, segment_positions=SIZE)
    for length, known_at in [(10, 10), (10, 3), (16, 16), (31, 20), (31, 31), (33, 2), (70, 69), (70, 5), (70, 70)]:
        log.kept = whole.kept[:length]
        assert rows(journal, known_at, ClientServed) == defined(whole, known_at, ClientServed)


def test_a_tail_that_grows_fact_by_fact_is_read_once(tmp_path: Path) -> None:
    whole = a_log(50)
    log = Log([])
    journal = Journal(log, tmp_path, segment_positions=128)
    for length in range(51):
        log.kept = whole.kept[:length]
        superseded(journal, length)
    assert sorted(log.reads) == [(n, n + 1) for n in range(50)]
    assert rows(journal, 50, ClientServed) == defined(whole, 50, ClientServed)


def test_sealed_segments_are_not_read_from_the_log_again(tmp_path: Path) -> None:
    Journal(a_log(50), tmp_path, segment_positions=SIZE).seal()
    log = a_log(50)
    assert rows(Journal(log, tmp_path, segment_positions=SIZE), 50, ClientServed) == defined(log, 50, ClientServed)
    assert log.reads == [(15, 16), (31, 32), (47, 48), (48, 50)]


def test_segments_are_the_same_bytes_however_they_came_to_be(tmp_path: Path) -> None:
    whole = a_log(64)
    Journal(whole, tmp_path / "at once", segment_positions=SIZE).seal()
    log = Log([])
    growing = Journal(log, tmp_path / "growing", segment_positions=SIZE)
    for length in (5, 17, 18, 40, 64):
        log.kept = whole.kept[:length]
        rows(growing, length, MemberJoined)
    assert files(tmp_path / "at once") == files(tmp_path / "growing")
    assert len([name for name in files(tmp_path / "growing") if "_sealed" in name]) == 4


def test_processes_that_seal_at_the_same_time_write_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from test_journal import *\n"
        "Journal(a_log(64), Path(sys.argv[1]), segment_positions=SIZE).seal()"
    )
    search = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, str(tmp_path / "both")]
    both = [subprocess.Popen(command, env=os.environ | search) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    Journal(a_log(64), tmp_path / "alone", segment_positions=SIZE).seal()
    assert files(tmp_path / "both") == files(tmp_path / "alone")


def test_threads_share_a_journal(folder: Path | None) -> None:
    log = a_log(50)
    journal = Journal(log, folder, segment_positions=SIZE)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda known_at: rows(journal, known_at, ClientServed), [50, 20, 33, 7] * 3))
    assert found == [defined(log, known_at, ClientServed) for known_at in [50, 20, 33, 7] * 3]


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _with_a_flipped_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [_cut_short, _with_a_flipped_bit, Path.unlink], ids=["torn", "damaged", "vanished"])
@pytest.mark.parametrize("place", ["fact=client_served", "_superseded", "_sealed"])
def test_a_harmed_file_is_noticed_and_made_again(tmp_path: Path, harm: Any, place: str) -> None:
    log = a_log(50)
    Journal(log, tmp_path, segment_positions=SIZE).seal()
    before = files(tmp_path)
    harm(next(path for path in sorted(tmp_path.rglob("*")) if path.parent.name == place))
    journal = Journal(log, tmp_path, segment_positions=SIZE)
    assert place == "_sealed" or not journal.is_sound()
    assert rows(journal, 50, ClientServed) == defined(log, 50, ClientServed)
    assert superseded(journal, 50) == [(5, 20), (20, 30)]
    assert journal.is_sound()
    assert files(tmp_path) == before


def test_a_folder_deleted_between_attaching_and_reading_costs_nothing_but_time(tmp_path: Path) -> None:
    log = a_log(50)
    journal = Journal(log, tmp_path, segment_positions=SIZE)
    times_asked = 0

    def question() -> int:
        nonlocal times_asked
        times_asked += 1
        with duckdb.connect() as con:
            journal.attach(con, 50, [ClientServed])
            if times_asked == 1:
                shutil.rmtree(tmp_path)
            found = con.execute("SELECT count(*) FROM raw.client_served").fetchone()
        assert found is not None
        return int(found[0])

    assert journal.answer(question) == len(defined(log, 50, ClientServed))
    assert times_asked == 2


def test_a_question_that_is_wrong_in_itself_is_not_asked_twice(tmp_path: Path) -> None:
    journal = Journal(a_log(50), tmp_path, segment_positions=SIZE)
    asked = []
    with pytest.raises(duckdb.CatalogException):
        journal.answer(lambda: asked.append(duckdb.sql("SELECT * FROM nowhere")))
    assert asked == []


def test_the_journal_of_another_history_is_never_taken_for_this_one(tmp_path: Path) -> None:
    first, second = a_log(50), Log(a_log(20).kept + a_log(50, shift=5).kept[20:])
    for log in (first, second, first):
        journal = Journal(log, tmp_path, segment_positions=SIZE)
        assert rows(journal, 50, ClientServed) == defined(log, 50, ClientServed)
    firsts = [path.name[:12] for path in tmp_path.rglob("fact=client_served/*.parquet")]
    assert sorted(firsts) == ["000000000001", "000000000017", "000000000033"]


def test_segments_of_other_columns_are_made_again(tmp_path: Path) -> None:
    log = a_log(50)
    Journal(log, tmp_path, segment_positions=SIZE).seal()
    before = files(tmp_path)
    for marker in tmp_path.rglob("_sealed/*.json"):
        said = json.loads(marker.read_bytes())
        said["files"]["client_served"]["columns"] = "0123456789abcdef"
        marker.write_text(json.dumps(said))
    assert rows(Journal(log, tmp_path, segment_positions=SIZE), 50, ClientServed) == defined(log, 50, ClientServed)
    assert files(tmp_path) == before


def test_an_instant_stands_for_the_last_position_recorded_up_to_it() -> None:
    journal = Journal(a_log(50), None)
    just_before = -timedelta(microseconds=1)
    assert journal.positions_at(BEGIN + just_before) == 0
    assert journal.positions_at(BEGIN) == 1
    assert journal.positions_at(BEGIN + timedelta(minutes=30, microseconds=30) + just_before) == 30
    assert journal.positions_at(BEGIN + timedelta(minutes=30, microseconds=30)) == 31
    assert journal.positions_at(BEGIN + timedelta(days=1)) == 50


def test_a_fact_recorded_before_four_in_the_afternoon_utc_is_of_that_day_in_shanghai() -> None:
    journal = Journal(a_log(3), None)
    assert [row["recorded_on"] for row in rows(journal, 3, ClientServed)] == [date(2012, 8, 20), date(2012, 8, 21)]


def test_a_fact_of_a_newer_version_is_refused_by_name() -> None:
    log = a_log(3)
    unknown = {"client.client-sent-to-the-moon.v1": b"{}"}
    log.by_topic = lambda after, until: unknown  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="client-sent-to-the-moon"):
        rows(Journal(log, None), 3, ClientServed)
    assert not unknown.keys() & TOPICS.keys()


@pytest.mark.parametrize("taken", [3, SIZE, 41])
def test_an_event_taken_out_of_the_log_by_force_is_noticed(tmp_path: Path, taken: int) -> None:
    log = a_log(50)
    whole = log.by_topic

    def by_topic(after: int, until: int) -> dict[str, bytes]:
        kept = [whole(n - 1, n) for n in range(after + 1, until + 1) if n != taken]
        topics = {topic for lines in kept for topic in lines}
        return {topic: b"\n".join(lines[topic] for lines in kept if topic in lines) for topic in topics}

    log.by_topic = by_topic  # type: ignore[method-assign]
    for folder in (tmp_path, None):
        journal = Journal(log, folder, segment_positions=SIZE)
        with pytest.raises(StoreError) as refusal:
            rows(journal, 50, ClientServed)
        assert refusal.value.code == "store-damaged"
    with pytest.raises(StoreError, match=f"positions {taken} to {taken} are 0 events"):
        journal.positions_at(BEGIN + timedelta(minutes=taken))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "format-1").write_text("in the way")
    with pytest.raises(StoreError, match="journal cannot be written"):
        Journal(a_log(50), tmp_path, segment_positions=SIZE).seal()
