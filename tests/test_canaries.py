"""Personal text is looked for in everything that the ledger leaves behind, before and after it was erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.canaries import ADDRESS, GUARDIAN, NAME, NUMBER, PERSONAL, PHONE, WORDS, left_in, words_in
from tests.office_sheets import csv_of, workbook_of
from tests.street_office import Office, text_of
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import definitions

HEADINGS = ["服务对象", "敏感级别", "姓名", "身份证号", "联系电话", "家庭住址", "监护人", "登记日期"]
ROWS = [[f"C-{n}", "一般", NAME, NUMBER, PHONE, ADDRESS, GUARDIAN, "2013-03-04"] for n in range(1, 4)]


TELLING = frozenset({"journal", "history", "accesses", "caseload"})
"""Views that show the facts of people themselves: written in every form."""


def entry(client: str, **more: Any) -> dict[str, Any]:
    fact = {"type": "ClientRegistered", "client": client, "sensitivity": "normal", "occurred_on": "2013-03-04"}
    return fact | {"personal": PERSONAL} | more


def bad_entries() -> list[dict[str, Any]]:
    """Entries that are refused, each for another reason, with personal data in them."""
    return [
        entry("C-1", occurred_on="2013-03-05"),
        entry("C 9"),
        entry("C-9", sensitivity="secret"),
        entry("C-9", personal=PERSONAL | {"phone": 13}),
        entry("C-9", personal=PERSONAL | {"salary": NAME}),
        entry("C-9", personal=[NAME, PHONE]),
        entry("C-9", personal=NAME),
        entry("C-9", occurred_on="2113-03-05"),
        entry("C-9", commitments=["0f" * 32]),
        entry("C-9", type="ClientRegisterd"),
        entry("C-1", key="form-1", corrects="00000000-0016-8b73-80f1-59f4bccdc7a1", reason="x"),
    ]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A folder with a new ledger; what is handed in lies in another one."""
    (tmp_path / "office").mkdir()
    (tmp_path / "in").mkdir()
    office = Office(tmp_path / "office", monkeypatch)
    office.done("init")
    return office


def handed_in(office: Office) -> list[str]:
    """The same people as three kinds of files, good and bad rows."""
    folder = office.folder.parent / "in"
    bad = [*ROWS[0][:-1], "2013-13-01"]
    (folder / "登记.csv").write_bytes(csv_of([HEADINGS, *ROWS, bad]).encode("gb18030"))
    workbook_of(
        folder / "登记.xlsx", {"登记": [HEADINGS, *ROWS, bad, [*ROWS[0][:3], 340100000000005821, *ROWS[0][4:]]]}
    )
    (folder / "登记.jsonl").write_text(text_of([entry("C-4"), *bad_entries()]) + f'{{"personal": {{"name": "{NAME}"\n')
    return [str(folder / name) for name in ("登记.csv", "登记.xlsx", "登记.jsonl")]


def test_nothing_personal_is_left_anywhere(office: Office) -> None:
    said: list[str] = []

    def run(*arguments: str, code: int | None = 0) -> None:
        found = office.run(*arguments)
        assert code in (None, found.exit_code), found.output
        said.append(found.output)
        said.append(repr(found.exception))

    files = handed_in(office)
    run("record", *files, "--fact", "ClientRegistered", "--dry-run", code=1)
    run("record", *files, "--fact", "ClientRegistered", "--marked", "bad.xlsx", code=1)
    run("record", *files, "--fact", "ClientRegistered", "--format", "json", "--lang", "zh", code=1)
    run("record", files[0], "--fact", "ClientRegistered", "--vault", "", code=1)
    assert len(office.rows("journal", "--type", "ClientRegistered")) == 4
    shown = office.done("reveal", "C-2", "--purpose", "home visit", "--format", "json")
    assert set(words_in(shown.encode())) == set(WORDS)
    for name in definitions():
        for form in ("csv", "xlsx", "parquet", "json") if name in TELLING else ("csv",):
            run("view", name, "--format", form, "--out", f"{name}.{form}", code=None)
    for form in ("xlsx", "parquet", "json"):
        run("history", "C-1", "--format", form, "--out", f"history.{form}")
    run("erase", "C-1", "--basis", "asked", "--approved-by", "head-1")
    run("reveal", "C-1", "--purpose", "home visit", code=1)
    run("doctor", "--format", "json", code=None)
    assert left_in(office.folder) == {}
    assert words_in("\n".join(said).encode()) == []
    written = {path.name for path in office.folder.iterdir()}
    assert {"journal.xlsx", "journal.parquet", "history.xlsx", "accesses.csv", "bad.xlsx", "xiyuan.db.vault"} <= written


def test_a_marked_copy_is_not_taken_for_what_it_hides(office: Office) -> None:
    office.run("record", *handed_in(office)[1:2], "--marked", "bad.xlsx")
    found = office.run("record", "bad.xlsx", "--format", "jsonl").stdout
    assert [json.loads(line)["code"] for line in found.splitlines()] == ["row-invalid", "row-invalid"]


def test_every_kind_of_file_carries_personal_data(office: Office) -> None:
    csv, workbook, lines = handed_in(office)
    office.run("record", csv, "--fact", "ClientRegistered")
    again = office.run("record", workbook, "--fact", "ClientRegistered", "--format", "csv")
    assert again.stdout.count("duplicate") == 3
    office.run("record", lines)
    with Ledger.open(f"sqlite:///{office.folder}/xiyuan.db", actor="clerk-7") as ledger:
        assert [ledger.reveal(f"C-{n}", purpose="visit") for n in range(1, 5)] == [PERSONAL] * 4


def relations(url: str, schema: str) -> bytes:
    """The bytes of all tables and indexes of a schema, as they lie on the server's disk, and the rows as text."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        names = [row[0] for row in connection.execute(
            "SELECT pg_relation_filepath(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = %s AND relkind IN ('r', 'i', 't')"
            " UNION ALL SELECT pg_relation_filepath(reltoastrelid) FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = relnamespace WHERE nspname = %s AND reltoastrelid <> 0", (schema, schema)
        )]  # fmt: skip
        parts = [connection.execute("SELECT pg_read_binary_file(%s)", (name,)).fetchone() for name in names]
    return b"\n".join(bytes(part[0]) for part in parts if part)


def test_nothing_personal_is_left_in_the_tables_of_a_server(postgres_ledger_url: str, tmp_path: Path) -> None:
    vault = postgres_ledger_url.replace("schema=ledger_", "schema=vault_")
    server, _, schema = postgres_ledger_url.rpartition("schema=")
    server = server.rstrip("?&")
    names = {"ledger": schema, "vault": schema.replace("ledger_", "vault_")}
    more: dict[str, Any] = {"vault": vault, "vault_key": tmp_path / "vault.key", "journal": tmp_path / "journal"}
    with Ledger.open(postgres_ledger_url, create=True, actor="clerk-7", **more) as ledger:
        ledger.record_all([entry("C-1"), entry("C-2")])
        with psycopg.connect(server) as connection:
            secrets = [bytes(row[0]) for row in connection.execute(
                f"SELECT wrapped FROM {names['vault']}.subject_keys WHERE subject = 'C-1'"
                f" UNION ALL SELECT ciphertext FROM {names['vault']}.sealed WHERE subject = 'C-1'"
            )]  # fmt: skip
        assert len(secrets) == 2
        before = relations(server, names["vault"])
        assert all(secret in before for secret in secrets)
        ledger.erase("C-1", basis="asked", approved_by="head-1")
        after = relations(server, names["vault"])
        assert not [secret for secret in secrets if secret in after]
        assert words_in(before + after + relations(server, names["ledger"])) == []
        assert ledger.reveal("C-2", purpose="visit") == PERSONAL
