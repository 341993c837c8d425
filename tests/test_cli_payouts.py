"""Stories of money as clerks live them at the command line: every step a command, on its day, by its person."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.chaos.street import career, founding
from tests.street_office import Office, text_of
from xiyuan_ledger.canonical import loads
from xiyuan_ledger.store.mapper import entry_bytes

CLERK, CHIEF, CASHIER = "clerk-1", "chief-1", "cashier-1"
SUBSIDY = "post-subsidy"
PAPER = ("--paper", "payroll-csv")
HEADINGS = "客户流水号,金额(元),处理结果,银行流水号,失败原因"
STAFF = [{"type": type(fact).__name__} | loads(entry_bytes(fact)) for fact in (*founding(), *career("W-1"))]


class Street:
    """A street with one title holder who is due from September 2013 on, and its bank."""

    def __init__(self, office: Office):
        self.office = office
        self.done("2012-01-01", CLERK, "init")
        self.enter("2013-09-12", *STAFF)
        lines = ["payee,account,name", "XY-STREET,1402025119000012345,西苑街道", "W-1,6222000000000000001,陈小明", ""]
        office.write("accounts.csv", "\n".join(lines))

    def run(self, on: str, actor: str, *command: str) -> Any:
        with time_machine.travel(f"{on}T12:00:00+08:00"):
            return self.office.run(*command, "--actor", actor)

    def done(self, on: str, actor: str, *command: str) -> str:
        found = self.run(on, actor, *command)
        assert found.exit_code == 0, found.output
        return str(found.stderr)

    def enter(self, on: str, *entries: dict[str, Any], actor: str = CLERK) -> None:
        path = self.office.write("entries.jsonl", text_of(list(entries)))
        self.done(on, actor, "record", path)

    def adopt(self, on: str, policy: str, version: int, effective: str, **parameters: Any) -> None:
        entry = {
            "policy": policy,
            "version": version,
            "effective_from": effective,
            "authority": f"决定 {version}",
            "reason": "街道决定",
        }
        told = {"parameters": parameters, "reason": "街道决定", "occurred_on": on}
        self.enter(on, {"type": "PolicyAdopted"} | entry | told)

    def sent(self, on: str, month: str) -> str:
        """A run opened, approved and told to the bank; its code."""
        run = self.standing(on, "payout", "open", SUBSIDY, month, actor=CLERK)["run"]
        self.done(on, CHIEF, "payout", "approve", run)
        self.done(on, CASHIER, "payout", "instruct", run, "--accounts", "accounts.csv", *PAPER)
        return str(run)

    def standing(self, on: str, *command: str, actor: str = CASHIER) -> dict[str, str]:
        (row,) = self.rows(on, *command, actor=actor)
        return row

    def rows(self, on: str, *command: str, actor: str = CASHIER) -> list[dict[str, str]]:
        found = self.run(on, actor, *command, "--format", "csv")
        assert found.exit_code == 0, found.output
        return list(csv.DictReader(io.StringIO(found.stdout)))

    def answer(self, run: str, state: str) -> str:
        """The bank's answer to the file of a run: the same of every line."""
        (path,) = (self.office.folder / "bank" / "out").glob(f"*{run}*")
        said = list(csv.DictReader(io.StringIO(path.read_bytes().decode("gbk"))))
        total, lines = said[-1]["金额(元)"], said[:-1]
        rows = [f"{row['客户流水号']},{row['金额(元)']},{state},G{run[-9:]}-{row['序号']}," for row in lines]
        paid = (len(lines), total) if state == "成功" else (0, "0.00")
        text = [HEADINGS, *rows, f"合计,{len(lines)},{total},{paid[0]},{paid[1]}", ""]
        name = f"answer-{run}-{'paid' if state == '成功' else 'back'}.csv"
        self.office.write(name, "\r\n".join(text).encode("gbk"))
        return name

    def paid(self, on: str, month: str) -> str:
        """A run paid in full and closed on a day."""
        run = self.sent(on, month)
        self.done(on, CASHIER, "payout", "settle", run, self.answer(run, "成功"), *PAPER)
        self.done(on, CASHIER, "payout", "close", run)
        return run

    def lines(self, on: str, run: str) -> list[tuple[str, ...]]:
        """Month, kind, amount, offset, what is overpaid, and status of a run's lines."""
        names = ("month", "kind", "amount_fen", "offset_fen", "overpaid_fen", "status")
        return [tuple(row[name] for name in names) for row in self.rows(on, "payout", "show", run)]

    def register(self, on: str) -> list[tuple[str, ...]]:
        """Month, overpaid, recovered, written off, open."""
        names = ("month", "overpaid_fen", "recovered_fen", "written_off_fen", "open_fen")
        return [tuple(row[name] for name in names) for row in self.rows(on, "view", "recovery_register")]


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Street:
    """A street before its first run."""
    return Street(Office(tmp_path, monkeypatch))


def test_what_came_back_is_dead_and_paid_anew_by_the_next_run(street: Street) -> None:
    first = street.sent("2013-09-25", "2013-09")
    street.done("2013-09-26", CASHIER, "payout", "settle", first, street.answer(first, "成功"), *PAPER)
    told = street.done("2013-09-29", CASHIER, "payout", "settle", first, street.answer(first, "退票"), *PAPER)
    assert "1" in told
    again = street.standing("2013-09-30", "payout", "close", first)
    assert (again["status"], again["returned_lines"]) == ("closed", "1")
    assert street.lines("2013-09-30", first) == [("2013-09", "regular", "10000", "0", "0", "returned")]
    # The old answer that says "paid" comes a third time, after the return: nothing changes.
    late = street.standing("2013-10-01", "payout", "settle", first, street.answer(first, "成功"), *PAPER)
    assert (late["status"], late["paid_lines"], late["returned_lines"]) == ("closed", "0", "1")
    second = street.paid("2013-10-25", "2013-10")
    assert street.lines("2013-10-25", second) == [
        ("2013-09", "arrears", "10000", "0", "0", "paid"),
        ("2013-10", "regular", "10000", "0", "0", "paid"),
    ]
    files = [path.read_bytes().decode("gbk") for path in (street.office.folder / "bank" / "out").iterdir()]
    references = [row["客户流水号"] for text in files for row in csv.DictReader(io.StringIO(text)) if row["附言"]]
    assert len(references) == len(set(references)) == 3
    (account,) = street.rows("2013-10-31", "view", "fund_statement")
    assert (account["spent_fen"], account["reversed_fen"], account["closing_fen"]) == ("30000", "10000", "-20000")


def test_a_recovery_over_months_under_a_cap_and_what_is_left_written_off(street: Street) -> None:
    for month in ("09", "10", "11"):
        street.paid(f"2013-{month}-25", f"2013-{month}")
    street.adopt("2013-12-16", SUBSIDY, 2, "2013-09-01", rates={"junior": 4_000})
    street.adopt("2013-12-17", "recovery", 2, "2013-12-01", offset_cap_centi=2_500, writeoff_needs_approval=True)
    december = street.paid("2013-12-25", "2013-12")
    assert street.lines("2013-12-25", december)[-1] == ("2013-12", "regular", "4000", "1000", "0", "paid")
    assert street.register("2013-12-31") == [
        ("2013-09", "6000", "1000", "0", "5000"),
        ("2013-10", "6000", "0", "0", "6000"),
        ("2013-11", "6000", "0", "0", "6000"),
    ]
    street.adopt("2014-01-05", "recovery", 3, "2014-01-01", offset_cap_centi=10_000, writeoff_needs_approval=True)
    january = street.standing("2014-01-25", "payout", "open", SUBSIDY, "2014-01", actor=CLERK)
    told = street.done("2014-01-25", CHIEF, "payout", "approve", january["run"])
    # Nothing leaves: the whole line is kept back, and there is nothing to send.
    assert (january["total_fen"], f"xiyuan payout close {january['run']}" in told) == ("0", True)
    closed = street.standing("2014-01-25", "payout", "close", january["run"])
    assert (closed["status"], closed["paid_lines"], closed["paid_fen"]) == ("closed", "1", "0")
    assert street.register("2014-01-31")[1] == ("2013-10", "6000", "4000", "0", "2000")
    waived = {
        "type": "OverpaymentWrittenOff",
        "worker": "W-1",
        "scheme": SUBSIDY,
        "month": "2013-10",
        "amount_fen": 2_000,
        "reason": "离职后无法追回",
        "occurred_on": "2014-02-10",
    }
    path = street.office.write("waived.jsonl", text_of([waived | {"approved_by": CLERK}]))
    refused = street.run("2014-02-10", CLERK, "record", path)
    assert (refused.exit_code, "write-off-approval" in refused.output) == (1, True)
    street.enter("2014-02-10", waived | {"approved_by": CHIEF})
    assert street.register("2014-02-28") == [
        ("2013-09", "6000", "1000", "0", "5000"),
        ("2013-10", "6000", "4000", "2000", "0"),
        ("2013-11", "6000", "0", "0", "6000"),
    ]
