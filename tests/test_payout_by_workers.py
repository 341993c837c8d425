"""A run as a clerk has it paid by the workers: waited for at the command line, with accounts from the vault."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from tests.chaos.street import RUN, career, founding, open_and_approve
from tests.conftest import needed
from tests.servers import redis
from tests.street_office import Office, started
from tests.tidy import ROOT
from xiyuan_ledger import RecordVoided, calendar
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.vault.vault import Account

WORKERS = ("W-1", "W-2")
LINES = 8
SECONDS_MAX = 240
ACCOUNT, NAME = "0000000000417", "示例壬壬"
PAPER = ("--paper", "payroll-csv")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Two workers who are due four months each, in an approved run; the vault has their accounts, not the street's."""
    found = Office(tmp_path, monkeypatch)
    monkeypatch.setenv("XIYUAN_ACTOR", "cashier-1")
    found.done("init", "--actor", "clerk-1")
    with Ledger.open("sqlite:///xiyuan.db", actor="clerk-1") as ledger:
        ledger.record_all([*founding(), *(fact for worker in WORKERS for fact in career(worker))])
        open_and_approve(ledger)
        ledger.vault.set_accounts({code: Account(ACCOUNT, NAME) for code in ("W-1", "W-2")})
    return found


def keep_the_other_account(office: Office) -> None:
    (office.folder / "more.csv").write_text(f"payee,account,name\nXY-STREET,{ACCOUNT},{NAME}\n", "utf-8")
    office.done("vault", "accounts", "more.csv")
    (office.folder / "more.csv").unlink()


def rows(office: Office, *arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(office.done(*arguments, "--format", "csv"))))


def answer(office: Office) -> None:
    """The bank answers that all is paid."""
    (file,) = (office.folder / "bank" / "out").iterdir()
    said = list(csv.DictReader(io.StringIO(file.read_bytes().decode("gbk"))))
    lines = [f"{row['客户流水号']},{row['金额(元)']},成功,G-{row['序号']}," for row in said if row["序号"] != "合计"]
    total = said[-1]["金额(元)"]
    text = "\n".join(
        ["客户流水号,金额(元),处理结果,银行流水号,失败原因", *lines, f"合计,{LINES},{total},{LINES},{total}", ""]
    )
    (office.folder / "bank" / "in" / f"answer-{file.name.partition('-')[0]}.csv").write_text(text, "gbk")


def test_a_chunk_in_quarantine_is_shown_and_let_go_and_then_paid(office: Office) -> None:
    refused = office.run("payout", "instruct", RUN, "--wait", *PAPER)
    assert refused.exit_code == 2
    assert "payout-set-aside" in refused.stderr
    assert "accounts-missing" in refused.stderr
    (stuck,) = rows(office, "payout", "stuck")
    assert (stuck["run"], stuck["chunk"], stuck["code"]) == (RUN, "1", "accounts-missing")
    assert "xiyuan vault accounts" in stuck["advice"]
    keep_the_other_account(office)
    office.run("payout", "instruct", RUN, "--wait", *PAPER)
    assert not list((office.folder / "bank" / "out").iterdir())
    assert "1 chunks let go" in office.run("payout", "release", RUN).stderr
    assert rows(office, "payout", "stuck") == []
    (run,) = rows(office, "payout", "instruct", RUN, "--wait", *PAPER)
    assert (run["status"], run["paid_lines"]) == ("instructed", "0")
    assert len(list((office.folder / "bank" / "out").iterdir())) == 1


def doctor(office: Office, check: str) -> dict[str, str]:
    """What the doctor says of one thing."""
    said = office.run("doctor", "--format", "jsonl").stdout.splitlines()
    (row,) = [row for row in map(json.loads, said) if row["check"] == check]
    return dict(row)


def test_the_doctor_names_chunks_in_quarantine_and_says_what_to_do(office: Office) -> None:
    assert doctor(office, "workers")["found"] == "no chunk is in quarantine"
    assert not (office.folder / "xiyuan.db.attempts").exists()
    office.run("payout", "instruct", RUN, "--wait", *PAPER)
    found = doctor(office, "workers")
    assert (found["status"], found["found"]) == ("fail", f"chunks in quarantine: 1; {RUN}/1 (accounts-missing)")
    assert found["advice"].startswith("xiyuan payout stuck says why")
    office.done("payout", "release", RUN)
    assert doctor(office, "workers")["status"] == "ok"


def test_the_doctor_names_runs_with_which_nobody_goes_on(office: Office) -> None:
    assert doctor(office, "runs") == {"check": "runs", "status": "ok", "found": "runs under way: 1", "advice": ""}
    with time_machine.travel(calendar.now() + timedelta(days=3)):
        found = doctor(office, "runs")
    assert found["status"] == "warn"
    assert f"{RUN} (approved, 3)" in found["found"]
    assert "xiyuan payout instruct RUN" in found["advice"]
    keep_the_other_account(office)
    office.done("payout", "instruct", RUN, "--wait", *PAPER)
    with time_machine.travel(calendar.now() + timedelta(days=4)):
        found = doctor(office, "runs")
    assert f"{RUN} (instructed, 4)" in found["found"]
    assert found["advice"].startswith("instructed: ask the bank for its answer")


def test_the_workers_bring_the_banks_answer_into_the_ledger_and_the_run_to_its_end(office: Office) -> None:
    keep_the_other_account(office)
    office.done("payout", "instruct", RUN, "--wait", *PAPER)
    answer(office)
    (run,) = rows(office, "payout", "close", RUN, "--wait", *PAPER)
    assert (run["status"], run["paid_lines"], run["paid_fen"]) == ("closed", "8", "80000")
    before = office.done("journal", "--format", "csv")
    (again,) = rows(office, "payout", "instruct", RUN, "--wait", *PAPER)
    assert again["status"] == "closed"
    assert office.done("journal", "--format", "csv") == before


def test_a_run_whose_closing_was_voided_is_taken_up_again(office: Office) -> None:
    keep_the_other_account(office)
    office.done("payout", "instruct", RUN, "--wait", *PAPER)
    answer(office)
    office.done("payout", "close", RUN, "--wait", *PAPER)
    with Ledger.open("sqlite:///xiyuan.db", actor="chief-1") as ledger:
        (closing,) = ledger.view("journal", type="PayoutRunClosed").rows
        ledger.record(
            RecordVoided(
                event=closing["event_id"], approved_by="clerk-9", reason="closed too soon", occurred_on=calendar.today()
            )
        )
        assert not ledger.view("journal", type="PayoutRunClosed").rows
    (run,) = rows(office, "payout", "close", RUN, "--wait", *PAPER)
    assert (run["status"], run["paid_lines"]) == ("closed", "8")


def test_what_the_workers_sent_may_be_settled_by_hand(office: Office) -> None:
    keep_the_other_account(office)
    office.done("payout", "instruct", RUN, "--wait", *PAPER)
    answer(office)
    (file,) = (office.folder / "bank" / "in").iterdir()
    (run,) = rows(office, "payout", "settle", RUN, str(file), *PAPER)
    assert (run["status"], run["paid_lines"]) == ("instructed", "8")
    (closed,) = rows(office, "payout", "settle", RUN, "--wait", *PAPER)
    assert closed["status"] == "closed"
    assert rows(office, "payout", "stuck") == []


def test_every_look_up_of_accounts_is_recorded_with_the_file_it_was_for_and_nothing_of_them(office: Office) -> None:
    keep_the_other_account(office)
    office.done("payout", "instruct", RUN, "--wait", *PAPER)
    (access,) = rows(office, "view", "accesses")
    assert (access["actor"], access["view"], access["purpose"]) == ("cashier-1", "accounts", f"bank file {RUN}/1")
    told = json.dumps(json.loads(office.done("journal", "--format", "json")), ensure_ascii=False)
    assert ACCOUNT not in told
    assert NAME not in told


def test_without_a_vault_and_without_a_file_no_file_is_made(office: Office) -> None:
    refused = office.run("payout", "instruct", RUN, "--vault", "", *PAPER)
    assert refused.exit_code == 2
    assert "payout-accounts" in refused.stderr
    assert rows(office, "view", "accesses") == []


@pytest.fixture
def crew(office: Office) -> Iterator[dict[str, str]]:
    """Workers of the office with a Redis; what a process that rings for them is told."""
    with needed(redis(), "Redis") as bell, (office.folder / "workers.log").open("wb") as log:
        told = {
            "XIYUAN_REDIS": bell.url,
            "XIYUAN_ACTOR": "cashier-1",
            "XIYUAN_BANK_FILES": "payroll-csv",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }
        workers = subprocess.Popen(
            [sys.executable, "-m", "dramatiq", "workers", "-p", "2", "-t", "1"],
            cwd=office.folder,
            env=os.environ | told,
            stdout=log,
            stderr=log,
        )
        try:
            yield told
        finally:
            workers.terminate()
            workers.wait()


def waited(office: Office, crew: dict[str, str], action: str) -> dict[str, str]:
    """A step of the run that a process of its own waits for."""
    command = ("payout", action, RUN, "--wait", *PAPER, "--format", "csv")
    process = started(*command, folder=office.folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, **crew)
    said, complained = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0, complained.decode()
    (row,) = csv.DictReader(io.StringIO(said.decode()))
    return row


def test_who_waits_rings_by_redis_and_other_processes_do_the_work(office: Office, crew: dict[str, str]) -> None:
    keep_the_other_account(office)
    assert waited(office, crew, "instruct")["status"] == "instructed"
    answer(office)
    run = waited(office, crew, "close")
    assert (run["status"], run["paid_lines"], run["paid_fen"]) == ("closed", str(LINES), "80000")
    logged = (office.folder / "workers.log").read_text("utf-8").splitlines()
    said = [json.loads(line) for line in logged if line.startswith("{")]
    done = [(each["chunk"], each["progress"]) for each in said if each["event"] == "done"]
    assert {(1, "instructed"), (1, "settled"), (0, "closed")} <= set(done)
    assert ACCOUNT not in "".join(logged)


def test_a_person_decides_without_the_workers(office: Office) -> None:
    refused = office.run("payout", "approve", RUN, "--wait")
    assert (refused.exit_code, "payout-no-wait" in refused.stderr) == (2, True)
