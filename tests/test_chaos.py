"""A short, seeded part of `make chaos`: nothing twice, nothing lost; and a worker that is wrong is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.local import LOCAL
from tests.chaos.office import ChaosOffice, Found, chaos_office
from xiyuan_ledger.ledger import Ledger

SEED = 20261127
WORKERS = 4
RIGHT = Found(lines=16, paid_twice=0, not_paid=0, open=0, differs=0, state="closed")
LONG = ("two schedulers at once", "disk full (ulimit -f)")
SHORT = "kill -9 at every failpoint, SQLite, no Redis"
WRONG_WAY = "from runpy import run_module; run_module('tests.chaos.wrong_way', run_name='__main__')"


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/xiyuan.db"


@pytest.mark.parametrize("name", [SHORT, *(pytest.param(name, marks=pytest.mark.slow) for name in LONG)])
def test_whatever_happens_every_line_is_paid_once(name: str, tmp_path: Path) -> None:
    (local,) = [each for each in LOCAL if each.name == name]
    with chaos_office(tmp_path, _url(tmp_path), workers=WORKERS, seed=SEED) as office:
        local.strike(office)
        assert office.found() == RIGHT


@pytest.mark.slow
def test_a_bank_that_hangs_after_it_took_a_file_is_asked_and_not_sent_to_again(tmp_path: Path) -> None:
    with chaos_office(tmp_path, _url(tmp_path), workers=WORKERS, seed=SEED, hangs=0.5) as office:
        for _ in range(3):
            office.sweep()
        assert office.found() == RIGHT


def test_a_worker_that_calls_the_bank_and_then_records_is_found_out(tmp_path: Path) -> None:
    with chaos_office(tmp_path, _url(tmp_path), workers=WORKERS, seed=SEED) as office:
        assert office.sweep(code=WRONG_WAY, XIYUAN_FAILPOINT="after-bank-call:2") == -9
        office.release()
        assert office.sweep(code=WRONG_WAY) == 0
        found = office.found()
    assert found.paid_twice == 4
    assert found != RIGHT


def _grep(folder: Path, secrets: tuple[str, ...]) -> list[str]:
    """Every file in which one of these stands, in whatever encoding."""
    wanted = [secret.encode(encoding) for secret in secrets for encoding in ("utf-8", "gbk", "utf-16-le")]
    wanted += [secret.encode("unicode_escape") for secret in secrets]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if any(each in path.read_bytes() for each in wanted))


def test_names_and_accounts_are_in_the_accounts_and_at_the_bank_and_nowhere_else(tmp_path: Path) -> None:
    with chaos_office(tmp_path, _url(tmp_path), workers=WORKERS, seed=SEED) as office:
        office.sweep(XIYUAN_FAILPOINT="after-bank-call:2")
        lines = office.accounts.read_text("utf-8")
        office.accounts.write_text(lines.replace("陈小明", "陈小明\x07"), "utf-8")
        office.sweep()
        office.accounts.write_text(lines, "utf-8")
        office.release()
        office.sweep()
        assert office.found() == RIGHT
    found = _grep(tmp_path, ("陈小明", "62220000000000000", "6222000000000000"))
    assert [name for name in found if not name.startswith("bank.db")] == ["accounts.csv"]


def _facts(office: ChaosOffice) -> list[tuple[str, str, object]]:
    """What was recorded of the payments, whoever recorded it and when."""
    with Ledger.open(office.url, journal=office.folder / "journal-of-facts") as ledger:
        kinds = ("PaymentInstructed", "SubsidyPaid", "PaymentReturned", "PayoutRunClosed")
        rows = [row for kind in kinds for row in ledger.view("journal", type=kind).rows]
    return sorted((row["type"], row["stream"], str(sorted(row["fields"].items()))) for row in rows)


def test_a_second_sweep_of_a_finished_run_records_nothing(tmp_path: Path) -> None:
    with chaos_office(tmp_path, _url(tmp_path), workers=WORKERS, seed=SEED) as office:
        office.sweep()
        before = _facts(office)
        office.sweep()
        assert _facts(office) == before
        assert len(before) == 16 + 4 + 1
