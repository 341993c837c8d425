"""One contract for every store: what is appended is there, in order, without gaps, once, and for good."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store import Batch, Begun, Meta, Row, Store, open_store


def row(position: int, stream: str = "org/A", version: int | None = None) -> Row:
    state = f'{{"position":{position}}}'.encode()
    return Row(position, stream, position if version is None else version, "org.test.v1", state, leaf_hash(state))


@pytest.fixture
def store(store_url: str):  # type: ignore[no-untyped-def]
    opened = open_store(store_url, create=Meta("xiyuan", False))
    yield opened
    opened.close()


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.head() == 0
    assert store.after(0, 10) == []
    assert store.meta == Meta("xiyuan", False, 1)


def test_what_was_appended_is_read_back_in_the_order_of_positions(store: Store) -> None:
    store.append(Batch([row(1), row(2, "org/B", 1), row(3)]))
    assert store.head() == 3
    assert store.after(0, 10) == [row(1), row(2, "org/B", 1), row(3)]
    assert store.after(1, 1) == [row(2, "org/B", 1)]
    assert store.of_streams(["org/A", "org/C"]) == [row(1), row(3)]
    assert store.at([3, 1, 7]) == [row(1), row(3)]


def test_bytes_are_joined_per_topic(store: Store) -> None:
    store.append(Batch([row(1), row(2), row(3)]))
    assert store.by_topic(1, 3) == {"org.test.v1": b'{"position":2}\n{"position":3}'}
    assert store.by_topic(3, 3) == {}


def test_a_version_of_a_stream_is_taken_once(store: Store) -> None:
    store.append(Batch([row(1, version=1)]))
    with pytest.raises(StoreError) as refusal:
        store.append(Batch([row(2, version=1)]))
    assert refusal.value.code == "store-conflict"
    assert store.head() == 1


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(StoreError):
        store.append(Batch([row(1), row(2, version=1)]))
    assert store.after(0, 10) == []


def test_nothing_is_written_when_somebody_else_was_there_first(store: Store) -> None:
    assert store.append_if_head(0, Batch([row(1)]))
    assert not store.append_if_head(0, Batch([row(1, "org/B")]))
    assert store.append_if_head(1, Batch([row(2, "org/B")], keys=[("k", 2)], tags=[("t", "org/B")]))
    assert not store.append_if_head(1, Batch([row(2, "org/C")], keys=[("k2", 2)]))
    assert [found.stream for found in store.after(0, 10)] == ["org/A", "org/B"]


def test_keys_and_tags_lead_to_what_was_appended(store: Store) -> None:
    store.append(Batch([row(1), row(2)], keys=[("form-7", 2)], tags=[("of/P1", "org/A"), ("of/P1", "org/A")]))
    store.append(Batch([row(3, "org/B")], tags=[("of/P1", "org/B"), ("of/P1", "org/A")]))
    assert store.keyed(["form-7", "form-8"]) == {"form-7": 2}
    assert store.tagged("of/P1") == ("org/A", "org/B")
    assert store.tagged("of/P2") == ()


def test_what_began_streams_and_what_went_on_in_them_is_counted(store: Store) -> None:
    told = [row(1, "org/A", 1), row(2, "org/B", 1), row(3, "post/A", 1), row(4, "org/A", 2), row(5, "post/A", 2)]
    store.append(Batch(told))
    assert store.begun(0, "org", ["org.test.v1"], b'"position"') == Begun(5, 3, 1)
    assert store.begun(1, "org", ["org.test.v1", "org.other.v1"], b'n":2') == Begun(5, 1, 1)
    assert store.begun(0, "org", ["org.other.v1"], b'"position"') == Begun(5, 0, 1)
    assert store.begun(4, "org", ["org.test.v1"], b"%_") == Begun(5, 0, 0)
    assert store.begun(5, "org", ["org.test.v1"], b"") == Begun(5, 0, 0)


def test_what_fails_inside_the_lock_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing():
        store.append(Batch([row(1)]))
        assert store.head() == 1
        raise RuntimeError
    assert store.head() == 0


def test_what_fails_while_many_rows_go_out_leaves_nothing_and_the_store_goes_on(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing():
        store.append(Batch([row(position) for position in range(1, 2_001)]))
        raise RuntimeError
    assert store.head() == 0
    store.append(Batch([row(1)]))
    assert store.after(0, 10) == [row(1)]


def test_many_rows_of_which_one_is_taken_are_refused_whole(store: Store) -> None:
    store.append(Batch([row(1, version=7)]))
    with pytest.raises(StoreError) as refusal, store.writing():
        store.append(Batch([row(position, version=position) for position in range(2, 7)]))
        store.append(Batch([row(7)], keys=[("k", 7)], tags=[("t", "org/A")]))
    assert refusal.value.code == "store-conflict"
    assert (store.head(), store.keyed(["k"]), store.tagged("t")) == (1, {}, ())


def test_what_is_committed_is_read_while_rows_go_out_and_the_rest_once_it_is_asked_for(store: Store) -> None:
    store.append(Batch([row(1)], keys=[("k1", 1)], tags=[("t", "org/A")]))
    with store.writing():
        store.append(Batch([row(2), row(3, "org/B", 1)], keys=[("k2", 2)], tags=[("t", "org/B")]))
        assert row(1) in store.of_streams(["org/A"], committed=True)
        assert store.keyed(["k1"], committed=True) == {"k1": 1}
        assert "org/A" in store.tagged("t", committed=True)
        assert store.of_streams(["org/A"]) == [row(1), row(2)]
        assert store.keyed(["k1", "k2"]) == {"k1": 1, "k2": 2}
        assert store.tagged("t") == ("org/A", "org/B")
        store.append(Batch([row(4)]))
    assert store.head() == 4


@pytest.mark.parametrize("statement", ["UPDATE {t} SET {c} = {c}", "DELETE FROM {t}"])
@pytest.mark.parametrize(
    ("table", "column"), [("events", "topic"), ("keys", "key"), ("tags", "tag"), ("ledger_meta", "name")]
)
def test_the_database_refuses_changes(store: Store, statement: str, table: str, column: str) -> None:
    store.append(Batch([row(1)], keys=[("k", 1)], tags=[("t", "org/A")]))
    schema = getattr(store, "_schema", None)
    where = f"{schema}.{table}" if schema else table
    with pytest.raises(Exception, match="only ever added"), store.writing(), store._cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement.format(t=where, c=column))


def test_writers_in_threads_leave_no_gap_and_no_double(store: Store) -> None:
    def write(name: str) -> None:
        for version in range(1, 26):
            with store.writing():
                store.append(Batch([row(store.head() + 1, f"org/{name}", version)]))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.after(0, 1_000)
    assert [each.position for each in found] == list(range(1, 101))
    assert sorted((each.stream, each.version) for each in found) == [
        (f"org/{n}", v) for n in "ABCD" for v in range(1, 26)
    ]


def test_a_ledger_is_never_created_over_another(store_url: str) -> None:
    if store_url == "memory:":
        assert open_store(store_url, create=None).head() == 0
        return
    open_store(store_url, create=Meta("first", True)).close()
    with pytest.raises(StoreError) as refusal:
        open_store(store_url, create=Meta("second", False))
    assert refusal.value.code == "store-exists"
    again = open_store(store_url, create=None)
    assert again.meta == Meta("first", True, 1)
    again.close()


def test_opening_a_missing_ledger_says_so_and_creates_nothing(store_url: str) -> None:
    if store_url == "memory:":
        return
    for _ in range(2):
        with pytest.raises(StoreError) as refusal:
            open_store(store_url, create=None)
        assert refusal.value.code == "store-missing"


def test_what_guards_against_changes_is_there(store: Store) -> None:
    assert store.guards_missing() == []


def test_replacing_what_is_there_is_refused_by_sqlite(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/ledger.db", create=Meta("xiyuan", False))
    store.append(Batch([row(1), row(2)], keys=[("k", 1)]))
    store.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        for statement in (
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
            "INSERT OR REPLACE INTO events SELECT 3, originator_id, originator_version, topic, state, leaf FROM events",
            "INSERT OR REPLACE INTO keys VALUES ('k', 2)",
            "INSERT INTO ledger_meta VALUES ('other', 1, 1)",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
                connection.execute(statement)


def test_a_store_that_does_not_say_which_ledger_it_is_is_damaged(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/ledger.db", create=Meta("xiyuan", False)).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("DROP TRIGGER ledger_meta_DELETE")
        connection.execute("DELETE FROM ledger_meta")
        connection.commit()
    with pytest.raises(StoreError) as refusal:
        open_store(f"sqlite:///{tmp_path}/ledger.db", create=None)
    assert refusal.value.code == "store-damaged"
