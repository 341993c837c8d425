"""Opening: a ledger that is there is opened as it is; what is missing, foreign, newer or damaged is said to be so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.ledgers import POLICIES
from tests.views.staff import hired
from xiyuan_ledger.errors import FileError, InvalidEntry, StoreError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store.rows import FORMAT
from xiyuan_ledger.store.sqlite_transaction import unread


def refusal_of(url: str, *, create: bool = False) -> StoreError:
    """Why a ledger is not opened."""
    with pytest.raises(StoreError) as refused:
        Ledger.open(url, create=create)
    assert str(refused.value)
    return refused.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger file with one fact."""
    path = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{path}", create=True, actor="clerk-7") as ledger:
        ledger.record(hired("W-1", "2013-01-01"))
    return path


def change(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Change a file behind the ledger's back."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement, values if "?" in statement else ())
        connection.commit()


def test_what_was_recorded_is_there_when_opened_again(store_url: str, tmp_path: Path) -> None:
    if store_url == "memory:":
        return
    with Ledger.open(store_url, create=True, actor="clerk-7", name="east", simulated=True, journal=tmp_path) as ledger:
        receipt = ledger.record(hired("W-1", "2013-01-01"))
    with Ledger.open(store_url, actor="clerk-8", journal=tmp_path) as again:
        assert (again.name, again.simulated, again.head) == ("east", True, POLICIES + 1)
        assert again.record(hired("W-1", "2013-01-01")) == receipt._replace(status="duplicate")


def test_a_ledger_is_created_on_demand_only_and_once(store_url: str) -> None:
    if store_url == "memory:":
        return
    assert refusal_of(store_url).code == "store-missing"
    assert refusal_of(store_url).code == "store-missing"
    Ledger.open(store_url, create=True).close()
    assert refusal_of(store_url, create=True).code == "store-exists"
    Ledger.open(store_url).close()


def test_opening_a_missing_file_leaves_no_file(tmp_path: Path) -> None:
    assert refusal_of(f"sqlite:///{tmp_path}/none.db").code == "store-missing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "mysql://somewhere", "ledger.db"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    assert refusal_of(url).code == "store-url"


@pytest.mark.parametrize("actor", ["", "Zhang San", "OFFICE\\zhang", '"', "a" * 65])
def test_an_actor_is_a_code_and_anything_else_creates_nothing(tmp_path: Path, actor: str) -> None:
    with pytest.raises(InvalidEntry) as refused:
        Ledger.open(f"sqlite:///{tmp_path}/ledger.db", actor=actor, create=True)
    assert (refused.value.code, refused.value.field) == ("field-invalid", "actor")
    assert str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_in_memory_is_always_new() -> None:
    with Ledger.open("memory:", actor="a") as first, Ledger.open("memory:", actor="b") as second:
        first.record(hired("W-1", "2013-01-01"))
        assert (first.head, second.head) == (POLICIES + 1, POLICIES)


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE events (id INTEGER)", "INSERT INTO events VALUES (1)")
    before = path.read_bytes()
    assert refusal_of(f"sqlite:///{path}").code == "store-foreign"
    assert refusal_of(f"sqlite:///{path}", create=True).code == "store-exists"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"type,worker\nWorkerHired,W-1\n", b"SQLite format 3\0" + b"\0" * 500])
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "entries.csv"
    path.write_bytes(content)
    damaged = content.startswith(b"SQLite format 3")
    assert refusal_of(f"sqlite:///{path}").code == ("store-damaged" if damaged else "store-foreign")
    assert path.read_bytes() == content


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    assert refusal_of(f"sqlite:///{tmp_path}").code == "store-folder"


@pytest.mark.parametrize("name", ["", "x" * 65, "two\nlines", "西苑 street"])
def test_the_name_of_a_ledger_is_a_code_and_anything_else_creates_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        Ledger.open(f"sqlite:///{tmp_path / 'new.db'}", actor="clerk-7", create=True, name=name)
    assert caught.value.field == "name"
    assert list(tmp_path.iterdir()) == []


def test_a_closed_ledger_says_that_it_is_closed(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'new.db'}", actor="clerk-7", create=True, name="西苑")
    ledger.close()
    ledger.close()
    asked: list[Callable[[], object]] = [
        lambda: ledger.head,
        lambda: ledger.view("exam_funnel"),
        lambda: list(ledger.events()),
        lambda: ledger.record({"type": "WorkerLeft"}),
        lambda: ledger.stored_bytes(1),
    ]
    for ask in asked:
        with pytest.raises(StoreError) as caught:
            ask()
        assert caught.value.code == "ledger-closed"
    assert (ledger.name, ledger.simulated) == ("西苑", False)


def test_a_newer_format_is_refused(file: Path) -> None:
    change(file, "DROP TRIGGER ledger_meta_UPDATE", f"UPDATE ledger_meta SET format = {FORMAT + 1}")
    refusal = refusal_of(f"sqlite:///{file}")
    assert (refusal.code, refusal.values["found"]) == ("store-newer", FORMAT + 1)


def test_a_fact_of_a_newer_version_is_said_to_be_one(file: Path) -> None:
    state = b'{"position":23}'
    change(
        file,
        "INSERT INTO events VALUES (23, 'worker/W-1', 2, 'worker.worker-cloned.v1', ?, ?)",
        values=(state, leaf_hash(state)),
    )
    with Ledger.open(f"sqlite:///{file}", actor="clerk-7") as ledger:
        with pytest.raises(StoreError) as refused:
            list(ledger.events())
        assert refused.value.code == "store-newer"
        with pytest.raises(StoreError):
            ledger.record(hired("W-2", "2013-01-01"))


def test_a_changed_last_event_is_noticed(file: Path) -> None:
    change(
        file,
        "DROP TRIGGER events_UPDATE",
        "UPDATE events SET state = CAST(replace(CAST(state AS TEXT), 'W-1', 'W-9') AS BLOB) WHERE position = 22",
    )
    refusal = refusal_of(f"sqlite:///{file}")
    assert refusal.code == "store-damaged"
    assert "最后一条事件与其叶哈希不符" in refusal.message("zh")


def test_a_view_notices_an_event_that_was_taken_out(file: Path) -> None:
    change(file, "DROP TRIGGER events_DELETE", "DELETE FROM events WHERE position = 7")
    with Ledger.open(f"sqlite:///{file}") as ledger, pytest.raises(StoreError) as refused:
        ledger.view("org_register")
    assert (refused.value.code, refused.value.values["found"]) == ("store-damaged", "positions 1 to 22 are 21 events")
    assert "位置 1 至 22 只有 21 条事件" in refused.value.message("zh")


def test_a_torn_file_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:5000])
    assert refusal_of(f"sqlite:///{file}").code in ("store-damaged", "store-foreign")
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert refusal_of(f"sqlite:///{file}").code == "store-damaged"


def test_a_schema_of_another_program_is_left_as_it_is(postgres_url: str, postgres_ledger_url: str) -> None:
    schema = postgres_ledger_url.rpartition("schema=")[2]
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        connection.execute(f"CREATE TABLE {schema}.events (id bigint)".encode())
    assert refusal_of(postgres_ledger_url).code == "store-foreign"
    assert refusal_of(postgres_ledger_url, create=True).code == "store-exists"


def test_a_newer_or_changed_ledger_on_a_server_is_refused(postgres_url: str, postgres_ledger_url: str) -> None:
    schema = postgres_ledger_url.rpartition("schema=")[2]
    Ledger.open(postgres_ledger_url, create=True).close()
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"DROP TRIGGER only_added ON {schema}.events".encode())
        connection.execute(f"UPDATE {schema}.events SET leaf = '\\x00' WHERE position = {POLICIES}".encode())
    assert refusal_of(postgres_ledger_url).code == "store-damaged"
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"DROP TRIGGER only_added ON {schema}.ledger_meta".encode())
        connection.execute(f"UPDATE {schema}.ledger_meta SET format = 99".encode())
    assert refusal_of(postgres_ledger_url).code == "store-newer"


def test_a_server_that_does_not_answer_is_said_not_to(tmp_path: Path) -> None:
    assert refusal_of("postgresql://nobody@127.0.0.1:9/none").code in ("store-failed", "store-missing")


def test_policies_of_the_office_take_the_place_of_the_defaults(tmp_path: Path) -> None:
    policy = tmp_path / "deadline.toml"
    policy.write_text(
        'policy = "exam-deadline"\neffective_from = 2012-09-01\nauthority = "plan"\n[parameters]\nyears = 2\n'
    )
    with Ledger.open("memory:", policies=[policy]) as ledger:
        (adopted,) = [event.fact for event in ledger.events() if getattr(event.fact, "policy", "") == "exam-deadline"]
        assert adopted.parameters == {"years": 2}  # type: ignore[attr-defined]
        assert (adopted.occurred_on.isoformat(), ledger.head) == ("2012-09-01", POLICIES)


def test_a_bad_policy_file_creates_no_ledger(tmp_path: Path) -> None:
    policy = tmp_path / "deadline.toml"
    policy.write_text(
        'policy = "exam-deadline"\neffective_from = 2012-09-01\nauthority = "plan"\n[parameters]\nyear = 2\n'
    )
    with pytest.raises(FileError):
        Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True, policies=[policy])
    assert not (tmp_path / "ledger.db").exists()


def test_a_ledger_in_a_folder_that_lets_nobody_write_is_not_called_damaged(tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    file.touch()
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with closing(connection), pytest.raises(sqlite3.OperationalError) as readonly:
        connection.execute("CREATE TABLE kept (row)")
    assert unread("kept.db", readonly.value).code == "store-failed"
    assert unread("kept.db", sqlite3.DatabaseError("malformed")).code == "store-damaged"


def test_a_ledger_where_no_file_can_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as refused:
        Ledger.open(f"sqlite:///{tmp_path}/file/new.db", actor="clerk-1", create=True)
    assert refused.value.code == "store-failed"
