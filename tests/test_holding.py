"""A bundle's Parquet files are compared with what the events say, and unfold to no more than that."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xiyuan_ledger.journal.segments import parquet_bytes
from xiyuan_ledger.verification import unfolding
from xiyuan_ledger.verification.holding import holds

ROWS = 60_000
LONG = "x" * (1 << 20)


def rows(note: Any) -> pa.Table:
    """Rows with a text, a day, a number and papers."""
    papers = pa.array([[{"name": "minutes"}]] * ROWS, pa.list_(pa.struct([("name", pa.string())])))
    days = pa.array([date(2013, 1, 7)] * ROWS, pa.date32())
    ids = pa.array([f"00000000-{n:04x}-8a2e-8506-{n * 7919:012x}" for n in range(ROWS)])
    places = pa.array(range(ROWS), pa.int64())
    return pa.table({"position": places, "event_id": ids, "occurred_on": days, "note": note, "papers": papers})


HONEST = rows(pa.array([f"visit {n % 40}" for n in range(ROWS)]))


def test_the_rows_written_here_are_held(tmp_path: Path) -> None:
    path = tmp_path / "honest.parquet"
    path.write_bytes(parquet_bytes(HONEST))
    assert holds(path, HONEST)
    assert not holds(path, HONEST.slice(1))
    assert not holds(tmp_path / "none.parquet", HONEST)


def test_the_same_rows_in_other_groups_as_another_version_may_write_them_are_held(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    texts = ["note"]
    rising = dict.fromkeys(("position", "occurred_on"), "DELTA_BINARY_PACKED") | {"event_id": "DELTA_BYTE_ARRAY"}
    pq.write_table(HONEST, path, use_dictionary=texts, column_encoding=rising, row_group_size=20_000)
    assert path.read_bytes() != parquet_bytes(HONEST).to_pybytes()
    assert holds(path, HONEST)
    changed = HONEST.set_column(3, "note", pa.array(["visit 1", *HONEST["note"].to_pylist()[1:]]))
    pq.write_table(changed, path, use_dictionary=texts, column_encoding=rising, row_group_size=20_000)
    assert not holds(path, HONEST)


@pytest.mark.parametrize("compression", ["snappy", "zstd"])
def test_one_long_text_named_by_every_row_is_not_unfolded(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "bomb.parquet"
    note = pa.DictionaryArray.from_arrays(pa.array([0] * ROWS, pa.int32()), pa.array([LONG]))
    pq.write_table(rows(note), path, compression=compression, dictionary_pagesize_limit=1 << 22)
    assert path.stat().st_size < 2 << 20
    before = pa.total_allocated_bytes()
    pool = pa.default_memory_pool()
    assert not holds(path, HONEST)
    assert pa.total_allocated_bytes() - before < 64 << 20
    assert (pool.max_memory() or 0) < 2 << 30, "60 GB if every row had a text of its own"


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever is read of a file may take 128 MB."""
    unfolding._apart.cache_clear()
    monkeypatch.setattr(unfolding, "MEMORY_BYTES", 128 << 20)
    yield
    unfolding._apart.cache_clear()


LYING_ROWS = 1_500
IDS = [f"{n:036d}" for n in range(LYING_ROWS)]
EACH_ALIKE = pa.table({"event_id": pa.array(["y" * 100_000] * LYING_ROWS)})
"""150 MB, of which a file says that they are 100 KB: each text begins with all of the one before it."""


def write_prefixed(table: pa.Table, path: Path) -> Path:
    pq.write_table(table, path, use_dictionary=False, column_encoding={"event_id": "DELTA_BYTE_ARRAY"}, version="2.6")
    return path


def test_a_file_that_says_less_than_it_unfolds_to_is_given_no_more_memory_than_rows_need(
    tmp_path: Path, little_memory: None
) -> None:
    lying = write_prefixed(EACH_ALIKE, tmp_path / "lying.parquet")
    said = pq.read_metadata(lying).row_group(0).column(0).total_uncompressed_size
    assert (said < 150_000, lying.stat().st_size < 50_000) == (True, True)
    ours = pa.table({"event_id": pa.array(IDS)})
    assert not holds(lying, ours)
    honest = tmp_path / "honest.parquet"
    pq.write_table(ours, honest, use_dictionary=False, column_encoding={"event_id": "DELTA_BYTE_ARRAY"}, version="1.0")
    assert honest.read_bytes() != parquet_bytes(ours).to_pybytes()
    assert holds(honest, ours), "the next file is read as ever"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux bounds what a process takes so")
def test_what_takes_more_memory_than_it_is_given_is_not_held_even_where_it_is_true(
    tmp_path: Path, little_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_prefixed(EACH_ALIKE, tmp_path / "long.parquet")
    content = path.read_bytes()
    assert not unfolding.reads_alike(path, content, pa.py_buffer(content))
    unfolding._apart.cache_clear()
    monkeypatch.setattr(unfolding, "MEMORY_BYTES", 2 << 30)
    assert unfolding.reads_alike(path, content, pa.py_buffer(content))
