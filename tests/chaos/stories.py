"""What goes on in the office meanwhile: a rule is adopted in the middle of a run, money comes back after the end."""

from __future__ import annotations

from tests.chaos.bank_server import PAID, RETURNED, sheet
from tests.chaos.office import ChaosOffice
from tests.chaos.street import RUN, open_and_approve
from tests.views.harness import adopted
from xiyuan_ledger.calendar import today
from xiyuan_ledger.ledger import Ledger

RAISED_FEN = 12_000
RAISED_FROM = "2013-10"
COME_BACK = 3


def rule_adopted(office: ChaosOffice) -> int:
    """The rate is raised from a month on that the run under way is paying; it goes on as it was approved."""
    version = adopted("post-subsidy", 2, f"{RAISED_FROM}-01", on=today().isoformat(), rates={"junior": RAISED_FEN})
    with Ledger.open(office.url, actor="clerk-1", journal=office.folder / "journal-of-tests") as ledger:
        ledger.record(version)
    office.due |= {(worker, month): RAISED_FEN for worker, month in office.due if month >= RAISED_FROM}
    return 1


def next_run(office: ChaosOffice) -> None:
    """Open and approve a run of what is due now."""
    with Ledger.open(office.url, actor="clerk-1", journal=office.folder / "journal-of-tests") as ledger:
        open_and_approve(ledger)


def returned(office: ChaosOffice) -> int:
    """Some payments come back after the run is closed; a person enters the bank's second answer, twice."""
    wanted = f"SELECT reference, fen, '{RETURNED}', bank_ref FROM payment WHERE state = '{PAID}' ORDER BY rowid"
    rows = office.at_bank(f"{wanted} LIMIT {COME_BACK}")
    for reference, *_ in rows:
        office.at_bank(f"UPDATE payment SET state = '{RETURNED}' WHERE reference = '{reference}'")
    answer = office.folder / "returned.csv"
    answer.write_bytes(sheet(rows).encode("gbk"))  # type: ignore[arg-type]
    codes = [office.person("payout", "settle", RUN, str(answer), "--paper", "payroll-csv") for _ in range(2)]
    assert codes == [0, 0], (office.folder / "person.log").read_text("utf-8")
    return len(rows)
