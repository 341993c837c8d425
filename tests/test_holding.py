"""A bundle's Parquet files are compared with what the events say, and unfold to no more than that."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xiyuan_ledger.journal.segments import parquet_bytes
from xiyuan_ledger.verification.holding import holds

ROWS = 60_000
LONG = "x" * (1 << 20)


def rows(note: Any) -> pa.Table:
    """Rows with a text, a day, a number and papers."""
    papers = pa.array([[{"name": "minutes"}]] * ROWS, pa.list_(pa.struct([("name", pa.string())])))
    days = pa.array([date(2013, 1, 7)] * ROWS, pa.date32())
    return pa.table(
        {"position": pa.array(range(ROWS), pa.int64()), "occurred_on": days, "note": note, "papers": papers}
    )


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
    rising = dict.fromkeys(("position", "occurred_on"), "DELTA_BINARY_PACKED")
    pq.write_table(HONEST, path, use_dictionary=texts, column_encoding=rising, row_group_size=20_000)
    assert path.read_bytes() != parquet_bytes(HONEST).to_pybytes()
    assert holds(path, HONEST)
    changed = HONEST.set_column(2, "note", pa.array(["visit 1", *HONEST["note"].to_pylist()[1:]]))
    pq.write_table(changed, path, use_dictionary=texts, column_encoding=rising, row_group_size=20_000)
    assert not holds(path, HONEST)


@pytest.mark.parametrize("compression", ["snappy", "zstd"])
def test_one_long_text_named_by_every_row_is_not_unfolded(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "bomb.parquet"
    note = pa.DictionaryArray.from_arrays(pa.array([0] * ROWS, pa.int32()), pa.array([LONG]))
    pq.write_table(rows(note), path, compression=compression, dictionary_pagesize_limit=1 << 22)
    assert path.stat().st_size < 1 << 20
    before = pa.total_allocated_bytes()
    pool = pa.default_memory_pool()
    assert not holds(path, HONEST)
    assert pa.total_allocated_bytes() - before < 64 << 20
    assert (pool.max_memory() or 0) < 2 << 30, "60 GB if every row had a text of its own"
