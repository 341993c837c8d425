"""Files for the bank: valid by an XSD that others wrote, readable by Excel, the same bytes whenever they are made."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook

from tests.bank_files import NAMES, RUN, accounts, order
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.payouts.bank.accounts import Account, KnownAccounts, read_accounts
from xiyuan_ledger.payouts.bank.folder import BankFile, BankFolder
from xiyuan_ledger.payouts.bank.order import orders
from xiyuan_ledger.payouts.bank.pain import pain_of
from xiyuan_ledger.payouts.bank.sheets import sheet_of
from xiyuan_ledger.payouts.bank.template import load_template, template_names

PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


def _schema() -> etree.XMLSchema:
    import sepaxml

    return etree.XMLSchema(etree.parse(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"))


def test_a_pain_file_is_valid_by_a_schema_that_nobody_here_wrote() -> None:
    document = etree.fromstring(pain_of(order(), accounts()))
    _schema().assertValid(document)
    ids = [each.text for each in document.iter(f"{PAIN}EndToEndId")]
    assert ids == [each.reference for each in order().transfers]
    assert all(len(each or "") <= 35 for each in ids)
    assert [each.text for each in document.iter(f"{PAIN}InstdAmt")] == ["100.00", "200.05", "300.00"]
    assert {each.get("Ccy") for each in document.iter(f"{PAIN}InstdAmt")} == {"CNY"}
    assert [each.text for each in document.iter(f"{PAIN}CtrlSum")] == ["600.05", "600.05"]


def test_a_payee_whose_bank_is_not_known_is_paid_by_account_and_name() -> None:
    known = {each.payee: Account("6222021234567", "陈小明") for each in order().transfers}
    _schema().assertValid(
        etree.fromstring(pain_of(order(), KnownAccounts(known | {"XY-STREET": Account("140202", "街道")})))
    )


def test_a_schema_that_refuses_nothing_would_prove_nothing() -> None:
    broken = pain_of(order(), accounts()).replace(b"<CtrlSum>600.05</CtrlSum>", b"<CtrlSum>much</CtrlSum>")
    assert not _schema().validate(etree.fromstring(broken))


@pytest.mark.parametrize("kind", ["pain", *template_names()])
def test_the_same_run_gives_the_same_bytes(kind: str) -> None:
    def made() -> bytes:
        return pain_of(order(), accounts()) if kind == "pain" else sheet_of(order(), accounts(), load_template(kind))

    assert made() == made()
    assert order(run="post-subsidy-2013-03-2").number != order().number


def test_a_sheet_is_gbk_with_crlf_and_a_total_line() -> None:
    text = sheet_of(order(), accounts(), load_template("payroll-csv")).decode("gbk")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = text.split("\r\n")
    assert lines[0] == "序号,客户流水号,收款账号,收款户名,联行号,金额(元),附言"
    first = order().transfers[0].reference
    assert lines[1] == f"1,{first},6222000000000000001,陈小明,102391000017,100.00,岗位津贴 2013-03"
    assert lines[4:] == ["合计,3,,,,600.05,", ""]


def test_a_workbook_keeps_every_digit_of_an_account() -> None:
    content = sheet_of(order(), accounts(), load_template("payroll-xlsx"))
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    rows = list(sheet.values)
    assert rows[1][2:4] == ("6222000000000000001", "陈小明")
    assert rows[4][:2] == ("合计", "3")
    assert sheet["C2"].number_format == "@"


def test_a_run_is_parted_where_a_file_is_full() -> None:
    lines = order((100,) * 7).transfers
    parts = list(orders(RUN, "XY-STREET", order().pay_on, lines, 3))
    assert [len(part.transfers) for part in parts] == [3, 3, 1]
    assert len({part.number for part in parts}) == 3


def test_who_has_no_account_is_named_by_code() -> None:
    with pytest.raises(FileError) as refused:
        pain_of(order(), accounts(1))
    assert refused.value.code == "accounts-missing"
    assert refused.value.values == {"count": 2, "payees": "W-002, W-003"}


def test_a_name_that_the_encoding_lacks_is_said_by_code_and_never_shown() -> None:
    known = {each.payee: Account("622202123456", "\U00020000明") for each in order().transfers}
    template = load_template("payroll-csv")
    some = KnownAccounts(known | {"XY-STREET": Account("140202", "街道")})
    with pytest.raises(FileError) as refused:
        sheet_of(order(), some, template)
    assert (refused.value.code, refused.value.values["payees"]) == ("name-unencodable", "W-001, W-002, W-003")
    assert "\U00020000" not in str(refused.value)
    wide = template.model_copy(update={"encoding": "gb18030"})
    assert "\U00020000明".encode("gb18030") in sheet_of(order(), some, wide)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
def test_accounts_are_read_from_the_offices_own_sheet(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes("代码,户名,账号,联行号\r\nW-001,陈小明,6222021234567,102391000017\r\n".encode(encoding))
    assert read_accounts(path).account("W-001") == Account("6222021234567", "陈小明", "102391000017")
    assert read_accounts(path).account("W-002") is None


def test_accounts_are_read_from_json(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text('[{"payee": "W-001", "account": "6222021234567", "name": "陈小明"}]', "utf-8")
    assert read_accounts(path).account("W-001") == Account("6222021234567", "陈小明")


def test_a_bad_line_of_accounts_is_named_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(
        "payee,account,name\nW-001,6.22202E+18,陈小明\nW-002,6222021234567,林秀英\nW-002,6222029999999,林秀英\n",
        "utf-8",
    )
    with pytest.raises(FileError) as refused:
        read_accounts(path)
    assert (refused.value.code, refused.value.values["lines"]) == ("accounts-lines", "2, 4")
    assert not any(name in str(refused.value) for name in (*NAMES, "622202"))


def test_an_account_does_not_show_itself() -> None:
    account = Account("6222021234567", "陈小明")
    assert f"{account} {account!r} {[account]}" == "Account(…) Account(…) [Account(…)]"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ('colour = "red"\n', "colour"),
        ("lines_max = 9000\n", "lines_max"),
        ('encoding = "utf-16"\n', "encoding"),
    ],
)
def test_a_template_says_which_field_is_wrong(tmp_path: Path, change: str, field: str) -> None:
    path = tmp_path / "own.toml"
    columns = '[{holds="account",title="a"},{holds="name",title="n"},{holds="amount_yuan",title="y"}]'
    path.write_text(f'name = "own"\nform = "csv"\n{change}columns = {columns}\n', "utf-8")
    with pytest.raises(FileError) as refused:
        load_template(path)
    assert (refused.value.code, refused.value.values["path"]) == ("bank-template", str(path))
    assert refused.value.field == field


def _file(content: bytes = b"1") -> BankFile:
    return BankFile(order().number, "run.csv", content)


def test_a_folder_takes_a_file_once_and_says_that_it_has_it(tmp_path: Path) -> None:
    bank = BankFolder(tmp_path)
    assert bank.inquire(order().number) == "absent"
    assert bank.submit(_file()) == bank.submit(_file()) == f"{order().number}-run.csv"
    assert bank.inquire(order().number) == "accepted"
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{order().number}-run.csv"]
    bank.archive(tmp_path / "out" / f"{order().number}-run.csv")
    assert bank.inquire(order().number) == "accepted"


def test_an_answer_may_bear_the_name_of_the_file_that_it_answers(tmp_path: Path) -> None:
    bank = BankFolder(tmp_path)
    name = bank.submit(_file())
    (tmp_path / "in" / name).write_bytes(b"as the file went out")
    (tmp_path / "in" / f"result_{name}").write_bytes(b"with a word before it")
    (tmp_path / "in" / f".{name}.part").write_bytes(b"not here yet")
    assert {content for _, content in bank.answers(order().number)} == {
        b"as the file went out",
        b"with a word before it",
    }
    (tmp_path / "in" / name).unlink()
    bank.archive(tmp_path / "out" / name)
    assert [content for _, content in bank.answers(order().number)] == [b"with a word before it"]


def test_a_folder_refuses_other_content_under_the_same_number(tmp_path: Path) -> None:
    bank = BankFolder(tmp_path)
    bank.submit(_file())
    with pytest.raises(FileError) as refused:
        bank.submit(_file(b"2"))
    assert refused.value.code == "bank-file-differs"
    assert [path.read_bytes() for path in (tmp_path / "out").iterdir()] == [b"1"]


def test_an_order_has_every_line_once_and_no_more_than_a_file_holds() -> None:
    twice = order().transfers * 2
    with pytest.raises(AssertionError):
        replace(order(), transfers=twice)
    with pytest.raises(AssertionError):
        order((100,) * 5_001)
