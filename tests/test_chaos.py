"""A short, seeded part of `make chaos`: nothing twice, nothing lost; and what is wrong is found out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.audit import Found, audit
from tests.chaos.crew import Crew
from tests.chaos.local import LOCAL
from tests.chaos.office import ChaosOffice, chaos_office
from tests.chaos.striking import await_end, paid_twice_the_wrong_way
from tests.conftest import needed
from tests.servers import RedisServer, redis
from xiyuan_ledger.ledger import Ledger

SEED = 20261127
WORKERS = 4
RIGHT = Found(lines=16)
STEPS = ("PaymentInstructed", "SubsidyPaid", "PaymentReturned", "PayoutRunClosed")


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/xiyuan.db"


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A private Redis."""
    with needed(redis(), "Redis") as server:
        yield server


def _facts(office: ChaosOffice) -> list[tuple[str, ...]]:
    """What was recorded of the payments. Ids, positions, instants and days differ by design, and are left out."""
    with Ledger.open(office.url, journal=office.folder / "journal-of-facts") as ledger:
        events = list(ledger.events(types=STEPS))
    return sorted(
        (each.type, each.stream, each.actor, str(each.source), each.fact.model_dump_json(exclude={"occurred_on"}))
        for each in events
    )


def test_workers_with_redis_of_which_one_is_killed_record_what_the_same_actors_do_in_one_process(
    tmp_path: Path, postgres_ledger_url: str, redis_server: RedisServer
) -> None:
    with chaos_office(tmp_path / "shared", postgres_ledger_url, workers=WORKERS, seed=SEED) as office:
        crew = Crew(office, redis_server.url, seed=SEED, XIYUAN_FAILPOINT="after-bank-call:1")
        try:
            await_end(office, crew)
        finally:
            crew.close()
        assert crew.kills >= 1
        assert audit(office) == RIGHT
        shared = _facts(office)
    with chaos_office(tmp_path / "alone", _url(tmp_path / "alone"), workers=WORKERS, seed=SEED) as office:
        assert office.sweep() == 0
        assert audit(office) == RIGHT
        alone = _facts(office)
    assert len(alone) == 16 + 4 + 1
    assert shared == alone


def test_a_process_killed_at_every_failpoint_in_turn_pays_every_line_once(tmp_path: Path) -> None:
    with chaos_office(tmp_path, _url(tmp_path), workers=WORKERS, seed=SEED) as office:
        assert LOCAL[0].strike(office) == (6, 6)
        assert audit(office) == RIGHT


def test_a_worker_that_calls_the_bank_and_then_records_is_found_out(tmp_path: Path) -> None:
    assert paid_twice_the_wrong_way(tmp_path, SEED, WORKERS) == 4


def test_whatever_is_wrong_in_the_end_has_its_number_in_the_table(tmp_path: Path) -> None:
    with chaos_office(tmp_path, _url(tmp_path), workers=WORKERS, seed=SEED) as office:
        office.sweep()
        one = "rowid = (SELECT min(rowid) FROM payment WHERE state = '成功')"
        assert audit(office) == RIGHT
        assert audit(office, [(1, "another")]).lost == 1
        office.at_bank(f"UPDATE payment SET bank_ref = bank_ref || 'x' WHERE {one}")
        assert audit(office).differs == 1
        office.at_bank(f"INSERT INTO payment SELECT * FROM payment WHERE {one}")
        assert audit(office).paid_twice == 1
        office.at_bank(f"DELETE FROM payment WHERE reference = (SELECT reference FROM payment WHERE {one})")
        found = audit(office)
        assert (found.paid_twice, found.not_paid) == (0, 1)
        office.at_bank("INSERT INTO file VALUES ('one that nobody announced', '00')")
        assert audit(office).lost == 1


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
        assert audit(office) == RIGHT
    found = _grep(tmp_path, ("陈小明", "62220000000000000", "6222000000000000"))
    assert [name for name in found if not name.startswith("bank.db")] == ["accounts.csv"]
