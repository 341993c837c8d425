"""The books: other people's tools accept them, come to the fund statement's figures, and refuse a fen too much."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.episodes_of_payouts import ABOUT_PAYOUTS
from tests.episodes_of_service import ABOUT_MONEY
from tests.strategies import History, examples, histories, history_of
from tests.tools import program
from xiyuan_ledger.aggregates.account import ExpenseRecorded, FundsReceived
from xiyuan_ledger.cli.commands import xiyuan
from xiyuan_ledger.cli.demonstrating import scenario_folder
from xiyuan_ledger.cli.exporting import FORMS
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT, Account
from xiyuan_ledger.payouts.books.books import Books
from xiyuan_ledger.payouts.books.naming import account_name, component

AMOUNT = re.compile(r"(-?\d+)\.(\d\d)(?: ~ 0.00)? CNY")
AS_OF = "2014-06-30"
SEEDS = tuple(range(40))
OF_MONEY = (*ABOUT_MONEY, *ABOUT_PAYOUTS)


@pytest.fixture(scope="module")
def story() -> Iterator[Ledger]:
    with Ledger.open("memory:", simulated=True, policies=scenario_policies(scenario_folder())) as ledger:
        tell_scenario(ledger, scenario_folder())
        yield ledger


@pytest.fixture(scope="module")
def random_street() -> Iterator[Ledger]:
    with history_of(SEEDS, about=OF_MONEY).ledger() as ledger:
        yield ledger


def _commands(tool: str, path: Path) -> list[str]:
    if tool == "beancount":
        return [sys.executable, "-m", "beancount.scripts.check", "--no-cache", str(path)]
    if tool == "hledger":
        return [program("hledger"), "-f", str(path), "check", "--strict"]
    return [program("ledger"), "-f", str(path), "--strict", "balance"]


def _check(tool: str, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / f"books.{tool}"
    path.write_text(text, "utf-8")
    return subprocess.run(_commands(tool, path), capture_output=True, text=True, check=False)


def _text(ledger: Ledger, tool: str, as_of: str = AS_OF) -> str:
    return "\n".join(FORMS[tool](Books(ledger, valid_on=as_of))) + "\n"


@pytest.mark.parametrize("tool", FORMS)
@pytest.mark.parametrize("told", ["story", "random_street"])
def test_other_peoples_tools_accept_the_books(
    tool: str, told: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    checked = _check(tool, _text(request.getfixturevalue(told), tool), tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("tool", FORMS)
@pytest.mark.parametrize("told", ["story", "random_street"])
def test_a_fen_too_much_in_a_posting_or_a_balance_is_refused(
    tool: str, told: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    lines = _text(request.getfixturevalue(told), tool).splitlines(keepends=True)
    amounts = [at for at, line in enumerate(lines) if ":" in line and AMOUNT.search(line)]
    balances = [at for at in amounts if " balance " in lines[at] or " = " in lines[at]]
    postings = sorted(set(amounts) - set(balances))
    assert len(postings) > 10
    for at in (postings[0], postings[len(postings) // 2], postings[-1], balances[0], balances[-1]):
        altered = [*lines[:at], _a_fen_more(lines[at]), *lines[at + 1 :]]
        assert _check(tool, "".join(altered), tmp_path).returncode > 0, lines[at]


def _a_fen_more(line: str) -> str:
    found = list(AMOUNT.finditer(line))[-1]
    fen = int(found[1] + found[2]) + 1
    sign, rest = ("-", -fen) if fen < 0 else ("", fen)
    return f"{line[: found.start()]}{sign}{rest // 100}.{rest % 100:02d}{line[found.end(2) :]}"


def test_the_tools_come_to_the_figures_of_the_fund_statement(story: Ledger, tmp_path: Path) -> None:
    rows = story.view("fund_statement", valid_on=AS_OF).rows
    expected = {
        account_name(Account(BANK, row["org"], row["channel"], row["project"])): row["closing_fen"] for row in rows
    }
    assert len(expected) > 50
    for tool in ("hledger", "ledger_cli"):
        path = tmp_path / tool
        path.write_text(_text(story, tool), "utf-8")
        assert _balances(tool, path) == {name: fen for name, fen in expected.items() if fen}


def _balances(tool: str, path: Path) -> dict[str, int]:
    """What the tool itself says is at the bank."""
    flat = ["--flat", "--no-total"]
    command = [program("hledger"), "-f", str(path), "balance", "Assets:Bank", *flat]
    if tool == "ledger_cli":
        command = [program("ledger"), "-f", str(path), "balance", "^Assets:Bank", *flat]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for line in printed.splitlines():
        amount, name = line.strip().rsplit("  ", 1)
        yuan, fen = amount.removesuffix("CNY").strip().split(".")
        found[name.strip()] = int(yuan + fen)
    return found


@given(
    history=histories(size=(5, 15), about=OF_MONEY),
    as_of=st.dates(date(2012, 7, 1), date(2015, 12, 31)),
)
@examples(15)
def test_every_account_comes_to_what_the_fund_statement_says(history: History, as_of: date) -> None:
    with history.ledger() as ledger:
        books = Books(ledger, valid_on=as_of)
        statement = ledger.view("fund_statement", valid_on=as_of).rows
    sums: dict[Account, int] = {}
    for movement in books.movements:
        for account, fen in movement.postings:
            sums[account] = sums.get(account, 0) + fen
    said = {Account(BANK, row["org"], row["channel"], row["project"]): row["closing_fen"] for row in statement}
    held: dict[Account, int] = {}
    for account, fen in sums.items():
        if account.kind in (BANK, IN_TRANSIT):
            held[account._replace(kind=BANK)] = held.get(account._replace(kind=BANK), 0) + fen
    assert {account: fen for account, fen in held.items() if fen} == {
        account: fen for account, fen in said.items() if fen
    }
    spent = sum(row["spent_fen"] - row["reversed_fen"] for row in statement)
    assert sum(fen for account, fen in sums.items() if account.category is not None) == spent


def _strange(channel: str = "social") -> list[FundsReceived | ExpenseRecorded]:
    """Money with codes and texts that tools take for signs of their own."""
    told = {"channel": channel, "occurred_on": "2013-01-05", "amount_fen": 100}
    payers = (
        'said "so"; twice',
        "a | b\nc",
        "= 1 USD @ 2",
        "* ! # ^tag",
        "\\",
        "(code) ",
        "\t",
        "{x}",
        "2013-01-01 open",
    )
    received = [
        FundsReceived.model_validate(told | {"org": "xy.1_a", "voucher": f"V.{n}", "payer": payer})
        for n, payer in enumerate(payers)
    ]
    spent = ExpenseRecorded.model_validate(
        told | {"org": "xy.1_a", "voucher": "E", "payee": "x", "category": "other", "occurred_on": "2013-01-06"}
    )
    chinese = FundsReceived.model_validate(
        told | {"org": "西苑", "voucher": "票1", "payer": "街坊", "project": "General"}
    )
    return [*received, spent, chinese]


@pytest.mark.parametrize("tool", FORMS)
def test_texts_and_codes_of_any_kind_do_not_confuse_the_tools(tool: str, tmp_path: Path) -> None:
    with Ledger.open("memory:", actor="clerk-7") as ledger:
        ledger.record_all(_strange())
        checked = _check(tool, _text(ledger, tool), tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("tool", FORMS)
def test_the_books_of_an_empty_ledger_are_accepted(tool: str, tmp_path: Path) -> None:
    with Ledger.open("memory:", actor="clerk-7") as ledger:
        assert _check(tool, _text(ledger, tool), tmp_path).returncode == 0


def test_no_two_codes_have_the_same_name() -> None:
    codes = ["XY-1", "xy-1", "XY.1", "XY_1", "XY--1", "General", "general", "西苑", "X西苑", "Xgeneral", "-", "_", "."]
    assert len({component(code) for code in codes}) == len(codes)
    assert component("XY-CSO-02") == "XY-CSO-02"


def test_the_same_pin_gives_the_same_books(random_street: Ledger) -> None:
    assert _text(random_street, "beancount") == _text(random_street, "beancount")
    before = "\n".join(FORMS["beancount"](Books(random_street, valid_on=AS_OF, known_at=random_street.head - 5)))
    assert before != _text(random_street, "beancount")


def test_the_command_writes_one_file_for_one_tool(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/xiyuan.db"
    with Ledger.open(url, create=True, actor="clerk-7") as ledger:
        ledger.record_all(_strange())
    out = tmp_path / "books.beancount"
    run = CliRunner().invoke(xiyuan, ["--ledger", url, "export", "--beancount", "--out", str(out), "--lang", "en"])
    assert (run.exit_code, run.stderr) == (0, f"11 movements of money written to {out}\n")
    printed = CliRunner().invoke(xiyuan, ["--ledger", url, "export", "--beancount"]).stdout
    assert printed == out.read_text("utf-8")
    refused = CliRunner().invoke(xiyuan, ["--ledger", url, "export", "--beancount", "--hledger", "--lang", "en"])
    assert (refused.exit_code, refused.stderr.partition(":")[0]) == (2, "error[export-form]")
