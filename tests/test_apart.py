"""Work of a verification in processes of its own: what they find and keep, and what is said where one is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.verification.apart import Apart, Here, Work
from xiyuan_ledger.verification.lean_memory import SETTINGS
from xiyuan_ledger.verification.reading import APART_FROM, outcome, processes

Told = list[tuple[str, int, int]]
ENDS_SECONDS = 120


def counted(until: int, progress: Callable[[int], None]) -> int:
    progress(until)
    return sum(range(until + 1))


def killed(progress: Callable[[int], None]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def settings(progress: Callable[[int], None]) -> dict[str, str]:
    return {name: os.environ[name] for name in SETTINGS if name in os.environ}


def test_what_is_found_here_and_in_a_process_of_its_own_is_the_same(tmp_path: Path) -> None:
    told: Told = []
    work = Work("sum", 10, counted, (10,))
    with processes(APART_FROM, 1) as submit:
        assert submit is not None
        apart = Apart(work, lambda *each: told.append(each), submit, tmp_path / "at")
        assert apart.found() == Here(work, lambda *each: told.append(each)).found() == 55
    assert set(told) <= {("sum", 0, 10), ("sum", 10, 10)}
    assert told[-1] == ("sum", 10, 10)
    assert (tmp_path / "at").read_bytes() == b"10"


def test_a_check_whose_process_is_killed_is_said_to_be_ended_not_to_have_failed(tmp_path: Path) -> None:
    with processes(APART_FROM, 1) as submit, pytest.raises(ProofError) as refused:
        assert submit is not None
        Apart(Work("reports", 40, killed, ()), lambda *each: None, submit, tmp_path / "at").found()
    assert (refused.value.code, refused.value.values["found"]) == ("check-ended", "reports")


def test_a_process_keeps_little_of_what_it_frees_unless_the_caller_wants_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "mimalloc")
    with processes(APART_FROM, 1) as submit:
        assert submit is not None
        found = outcome("settings", submit(settings, print))
    assert found == SETTINGS | {"ARROW_DEFAULT_MEMORY_POOL": "mimalloc"}
    assert {name for name in SETTINGS if name in os.environ} == {"ARROW_DEFAULT_MEMORY_POOL"}


STRANGER = """
import sys
from pathlib import Path
import pyarrow as pa
from xiyuan_ledger.verification.holding import holds
from xiyuan_ledger.verification.reading import APART_FROM, processes

table = pa.table({"position": pa.array(range(1, 9), pa.int64())})
with processes(APART_FROM, 1) as submit:
    print(submit(holds, Path(sys.argv[1]), table).result())
"""


def test_a_process_that_read_another_versions_file_ends_when_it_is_done(tmp_path: Path) -> None:
    """It has a process of its own by then, which it would wait for without end."""
    path = tmp_path / "other.parquet"
    rows = pa.table({"position": pa.array(range(1, 9), pa.int64())})
    rising = {"position": "DELTA_BINARY_PACKED"}
    pq.write_table(rows, path, store_schema=False, use_dictionary=False, column_encoding=rising, row_group_size=4)
    ended = subprocess.run(
        [sys.executable, "-c", STRANGER, str(path)], capture_output=True, text=True, timeout=ENDS_SECONDS, check=True
    )
    assert ended.stdout == "rows\n"
