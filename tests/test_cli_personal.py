"""Personal data at the command line: shown for a purpose, erased, kept in a vault that the doctor looks after."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.canaries import NAME, PERSONAL, PHONE, words_in
from tests.street_office import Office
from xiyuan_ledger.ledger import Ledger

ERASED = ("--basis", "request of 2013-07-01", "--approved-by", "head-1")


def entry(client: str, **more: Any) -> dict[str, Any]:
    fact = {"type": "ClientRegistered", "client": client, "sensitivity": "normal", "occurred_on": "2013-03-04"}
    return fact | {"personal": PERSONAL} | more


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A folder with a ledger of two clients, one of them sealed."""
    office = Office(tmp_path, monkeypatch)
    office.done("init")
    office.done("record", office.write("c.jsonl", [entry("C-1"), entry("C-2", sensitivity="sealed")]))
    return office


def test_a_field_is_shown_for_a_purpose_and_the_access_is_on_record(office: Office) -> None:
    rows = office.rows("reveal", "C-1", "--purpose", "home visit", "--field", "phone", "--field", "name")
    assert rows == [
        {"field": "name", "title": "the client's name", "value": NAME},
        {"field": "phone", "title": "telephone", "value": PHONE},
    ]
    (access,) = office.rows("view", "accesses")
    assert (access["actor"], access["purpose"], access["fields"]) == ("clerk-1", "home visit", ["phone", "name"])


def test_without_a_purpose_nothing_is_shown(office: Office) -> None:
    found = office.run("reveal", "C-1")
    assert found.exit_code == 2
    assert words_in(found.output.encode()) == []
    assert office.rows("view", "accesses") == []


def test_a_sealed_client_is_refused_in_both_languages(office: Office) -> None:
    for lang, word in (("en", "sealed"), ("zh", "封存")):
        found = office.run("--lang", lang, "reveal", "C-2", "--purpose", "home visit")
        assert found.exit_code == 1
        assert "[personal-sealed]" in found.stderr
        assert word in found.stderr
        assert words_in(found.output.encode()) == []


def test_erasing_says_which_codes_and_what_is_left_to_do(office: Office) -> None:
    found = office.run("erase", "C-1", *ERASED, "--on", "2013-07-02")
    assert found.exit_code == 0
    assert "under these codes: C-1" in found.stderr
    assert "old backups" in found.stderr
    (row,) = office.rows("journal", "--type", "PersonalDataErased")
    assert row["occurred_on"] == "2013-07-02"
    assert office.run("reveal", "C-1", "--purpose", "home visit").exit_code == 1


def test_a_restored_backup_is_erased_again_and_said_so(office: Office) -> None:
    vault = office.folder / "xiyuan.db.vault"
    backup = vault.read_bytes()
    office.done("erase", "C-1", *ERASED)
    vault.write_bytes(backup)
    (row,) = [row for row in office.rows("doctor") if row["check"] == "vault" and row["status"] == "warn"]
    assert row["found"].endswith("destroyed again: C-1")
    assert [row["status"] for row in office.rows("doctor") if row["check"] == "vault"] == ["ok"]


def test_a_vault_may_come_later_and_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path, monkeypatch)
    found = office.run("init", "--vault", "")
    assert "no vault" in found.stderr
    file = office.write("c.jsonl", [entry("C-1")])
    refused = office.run("record", file)
    assert refused.exit_code == 1
    assert "[personal-without-vault]" in refused.output
    assert words_in(refused.output.encode()) == []
    monkeypatch.setenv("XIYUAN_VAULT", "sqlite:///safe/personal.db")
    monkeypatch.setenv("XIYUAN_VAULT_KEY", "keys/vault.key")
    office.done("vault", "create")
    office.done("record", file)
    assert (office.folder / "safe" / "personal.db").exists()
    assert (office.folder / "keys" / "vault.key").stat().st_mode & 0o777 == 0o600
    again = office.run("vault", "create")
    assert "[vault-exists]" in again.stderr
    assert len(office.rows("reveal", "C-1", "--purpose", "visit")) == 5


def doctor(office: Office) -> list[tuple[str, str]]:
    """What the doctor says of the vault."""
    rows = [json.loads(line) for line in office.run("doctor", "--format", "jsonl").stdout.splitlines()]
    return [(row["status"], row["found"]) for row in rows if row["check"] == "vault"]


def test_the_doctor_looks_at_the_vault_and_its_key(office: Office) -> None:
    assert doctor(office) == [("ok", "personal data of 2 facts open their commitments; codes erased: 0")]
    key = office.folder / "xiyuan.db.vault.key"
    key.chmod(0o644)
    ((status, found),) = doctor(office)
    assert (status, "[vault-key-open]" in found) == ("fail", True)
    key.chmod(0o600)
    vault = office.folder / "xiyuan.db.vault"
    whole = vault.read_bytes()
    vault.unlink()
    assert doctor(office) == [("fail", "there is no vault; facts that commit to personal data: 2")]
    vault.write_bytes(whole)
    with sqlite3.connect(vault) as connection:
        connection.execute("DELETE FROM sealed WHERE subject = 'C-1'")
    connection.close()
    ((status, found),) = doctor(office)
    assert status == "fail"
    assert found.startswith("personal data of 1 facts are not in the vault")


def test_the_doctor_finds_what_the_ledger_does_not_have(office: Office) -> None:
    ledger = office.folder / "xiyuan.db"
    whole = ledger.read_bytes()
    office.done("record", office.write("d.jsonl", [entry("C-3")]))
    for path in office.folder.glob("xiyuan.db-*"):
        path.unlink()
    ledger.write_bytes(whole)
    assert doctor(office) == [("warn", "the vault holds personal data of 1 facts that the ledger does not have")]


ACCOUNTS = (
    "收款人代码,收款账号,收款户名,联行号\nW-001,0000000000007,示例己己,\nW-002,0000000000008,示例庚庚,102100000030\n"
)


def test_bank_accounts_are_kept_for_the_files_to_the_bank(office: Office) -> None:
    found = office.run("vault", "accounts", office.write("accounts.csv", ACCOUNTS))
    assert (found.exit_code, found.stdout) == (0, "")
    assert "kept in the vault: 2" in found.stderr
    (office.folder / "accounts.csv").unlink()
    secret = ("示例己己", "0000000000007")
    with Ledger.open("sqlite:///xiyuan.db") as ledger:
        account = ledger.vault.account("W-002")
        assert account is not None
        assert (account.number, account.name, account.bank) == ("0000000000008", "示例庚庚", "102100000030")
        assert ledger.vault.account("W-003") is None
        assert secret[1] not in repr(ledger.vault.account("W-001"))
    assert not [path for path in office.folder.rglob("*") if path.is_file() and words_in(path.read_bytes(), secret)]


def test_the_account_of_a_worker_is_erased_with_her(office: Office) -> None:
    hired = {"type": "WorkerHired", "worker": "W-001", "employer": "XY", "employment": "street"}
    office.done("record", office.write("w.jsonl", [hired | {"occurred_on": "2012-02-01"}]))
    office.done("vault", "accounts", office.write("accounts.csv", ACCOUNTS))
    office.done("erase", "W-001", *ERASED)
    with Ledger.open("sqlite:///xiyuan.db") as ledger:
        assert ledger.vault.account("W-001") is None
        assert ledger.vault.account("W-002") is not None
    again = office.run("vault", "accounts", "accounts.csv")
    assert again.exit_code == 1
    assert "[personal-erased]" in again.stderr


def test_a_bad_file_of_accounts_changes_nothing_and_repeats_nothing(office: Office) -> None:
    found = office.run("vault", "accounts", office.write("accounts.csv", ACCOUNTS + "W-003,x,示例己己,\n"))
    assert found.exit_code == 2
    assert "示例" not in found.output
    assert office.run("vault", "accounts").exit_code == 2
    with Ledger.open("sqlite:///xiyuan.db") as ledger:
        assert ledger.vault.account("W-001") is None
