"""A run's lines as one process hands them to the others, and the end of a run as it is counted at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tests.paying_office import Office
from xiyuan_ledger.aggregates.run import PayoutRunOpened
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.run import Run, state_of
from xiyuan_ledger.projections import run_lines
from xiyuan_ledger.projections.run_lines import LinesAtPin
from xiyuan_ledger.projections.run_lines_kept import keep_lines

WORKERS = ("W-1", "W-2", "W-3")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Three title holders since September 2013, in a ledger with a folder for its columns."""
    found = Office(f"sqlite:///{tmp_path}/xiyuan.db")
    for worker in WORKERS:
        found.holder(worker)
    yield found
    found.ledger.close()


def opened(ledger: Ledger, run: Run) -> PayoutRunOpened:
    fact = state_of(ledger, run.run).opened
    assert fact is not None
    return fact


def never_computed(*_: object, **__: object) -> None:
    pytest.fail("computed again")


def test_lines_that_the_approver_had_computed_are_read_by_the_others(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = office.sent("2013-10", "2013-10-25")
    computed = LinesAtPin(office.ledger.view).table(opened(office.ledger, run))
    with Ledger.open(f"sqlite:///{tmp_path}/xiyuan.db") as other:
        monkeypatch.setattr(run_lines, "lines_at_pin", never_computed)
        found = other.run_lines.table(opened(other, run))
    assert found.to_pylist() == computed.select(found.column_names).to_pylist()
    assert found["net_fen"].to_pylist() == [10_000] * 6


@pytest.mark.parametrize("broken", ["other amounts", "other columns", "no table", "cut off"])
def test_what_has_not_the_digest_of_the_run_is_computed_again(office: Office, tmp_path: Path, broken: str) -> None:
    run = office.sent("2013-10", "2013-10-25")
    folder = tmp_path / "xiyuan.db.journal" / "runs"
    (path,) = folder.iterdir()
    with pa.memory_map(str(path)) as file:
        lines = pa.ipc.open_file(file).read_all()
    if broken == "other amounts":
        more = pa.array([20_000] * len(lines), pa.int64())
        keep_lines(folder, lines.set_column(lines.schema.get_field_index("amount_fen"), "amount_fen", more), path.stem)
    elif broken == "other columns":
        keep_lines(folder, lines.drop_columns(["payee"]), path.stem)
    else:
        path.write_bytes(b"nothing" if broken == "no table" else path.read_bytes()[:-40])
    with Ledger.open(f"sqlite:///{tmp_path}/xiyuan.db") as other:
        assert other.run_lines.table(opened(other, run))["amount_fen"].to_pylist() == [10_000] * 6


def counted(office: Office, run: Run) -> tuple[bool, int]:
    """Whether the run is seen to be over at once, and how many lines are in transit by what the ledger says."""
    lines, fact = office.ledger.run_lines, opened(office.ledger, run)
    at_once = lines.all_answered(fact)
    return at_once, LinesAtPin(office.ledger.view).in_transit(fact)


def test_the_end_of_a_run_is_seen_at_once_when_its_last_line_is_answered(office: Office) -> None:
    run = office.sent("2013-10", "2013-10-25")
    assert counted(office, run) == (False, 6)
    office.answered(run, "2013-10-26", {"W-1": "unknown", "W-2": "rejected"})
    assert counted(office, run) == (False, 2)
    office.answered(run, "2013-10-27", {"W-2": "rejected"})
    assert counted(office, run) == (True, 0)
    assert office.closed(run, "2013-10-28").status == "closed"


def test_where_a_payment_came_back_nothing_is_said_at_once(office: Office) -> None:
    run = office.sent("2013-10", "2013-10-25")
    office.answered(run, "2013-10-26", {"W-1": "unknown"})
    office.answered(run, "2013-10-27", {"W-1": "unknown", "W-2": "returned"})
    assert counted(office, run) == (False, 2)
    office.answered(run, "2013-10-28", {"W-2": "returned"})
    assert counted(office, run) == (False, 0)
    assert office.closed(run, "2013-10-28").status == "closed"


def test_what_another_run_paid_is_not_counted(office: Office) -> None:
    first = office.sent("2013-09", "2013-09-25")
    second = office.sent("2013-10", "2013-10-25")
    office.answered(first, "2013-10-26")
    assert counted(office, second) == (False, 3)
    assert counted(office, first) == (True, 0)
