"""留存: a payee without an account is kept back, everybody else is paid, and the next run pays her."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.street import RUN, career, founding, open_and_approve
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.calendar import today
from xiyuan_ledger.errors import FileError, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.accounts import KnownAccounts
from xiyuan_ledger.payouts.bank.folder import BankFolder
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT
from xiyuan_ledger.payouts.books.books import Books
from xiyuan_ledger.payouts.desk import PayoutDesk, PayoutTask
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.keeping_back import files_by_hand
from xiyuan_ledger.payouts.opening import open_run
from xiyuan_ledger.payouts.run import lines_of, run_of
from xiyuan_ledger.payouts.settling import close, instruct
from xiyuan_ledger.vault.vault import Account

MONTHS = ("2013-09", "2013-10", "2013-11", "2013-12")
PAPER = BankPaper("payroll-csv")
EVERYBODY = ("XY-STREET", "W-1", "W-2", "W-3")


def accounts(*codes: str) -> KnownAccounts:
    return KnownAccounts({code: Account("6222000000000000001", "测试收款人") for code in codes})


class Street:
    """Three workers who are due four months each, in an approved run, and a bank's folder."""

    def __init__(self, folder: Path):
        self.url = f"sqlite:///{folder}/xiyuan.db"
        self.ledger = Ledger.open(self.url, create=True, actor="cashier-1")
        self.ledger.record_all([*founding(), *(fact for each in ("W-1", "W-2", "W-3") for fact in career(each))])
        open_and_approve(self.ledger)
        self.folder = folder / "bank"
        self.bank = BankFolder(self.folder)

    def desk(self, *codes: str, chunk_lines: int = 12) -> PayoutDesk:
        """A worker process's desk, with these codes' accounts."""
        known = accounts(*codes)
        return PayoutDesk(self.ledger, self.url, bank=self.bank, accounts=known, paper=PAPER, chunk_lines=chunk_lines)

    def out(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.folder / "out").iterdir())}

    def answer(self) -> None:
        """The bank pays every line of every file that it has."""
        for name, content in self.out().items():
            said = list(csv.DictReader(io.StringIO(content.decode("gbk"))))
            lines = [f"{each['客户流水号']},{each['金额(元)']},成功,G-{name[:8]}-{each['序号']}," for each in said[:-1]]
            total = said[-1]["金额(元)"]
            sums = f"合计,{len(lines)},{total},{len(lines)},{total}"
            text = "\n".join(["客户流水号,金额(元),处理结果,银行流水号,失败原因", *lines, sums, ""])
            (self.folder / "in" / f"answer-{name.partition('-')[0]}.csv").write_bytes(text.encode("gbk"))

    def lines(self, run: str = RUN) -> dict[tuple[str, str], tuple[str, str | None]]:
        """By worker and month: status and reason."""
        rows = self.ledger.view("payroll", run=run).rows
        return {(row["worker"], row["month"]): (row["status"], row["reason"]) for row in rows}

    def held(self) -> dict[str, int]:
        """What the books have at the bank and in transit, less what was received."""
        sums = {BANK: 0, IN_TRANSIT: 0}
        for movement in Books(self.ledger).movements:
            if movement.what.startswith(("Payment", "Subsidy")):
                for account, fen in movement.postings:
                    if account.kind in sums:
                        sums[account.kind] += fen
        return sums


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    found = Street(tmp_path)
    yield found
    found.ledger.close()


PAID, KEPT = ("paid", None), ("returned", "no-account")


def outcome(kept: str = "W-2") -> dict[tuple[str, str], tuple[str, str | None]]:
    return {(who, month): KEPT if who == kept else PAID for who in ("W-1", "W-2", "W-3") for month in MONTHS}


def test_workers_keep_her_back_pay_the_others_and_the_next_run_pays_her(street: Street) -> None:
    desk = street.desk("XY-STREET", "W-1", "W-3")
    assert desk.advance(RUN, 1) == "instructed"
    (file,) = street.out().values()
    assert len(list(csv.DictReader(io.StringIO(file.decode("gbk"))))) == 8 + 1
    assert street.held() == {BANK: -80_000, IN_TRANSIT: 80_000}
    (row,) = street.ledger.view("payout_files").rows
    assert (row["lines"], row["file_lines"], row["file_fen"], row["settled_lines"]) == (12, 8, 80_000, 0)
    assert desk.work() == [PayoutTask(RUN, 1)]
    street.answer()
    assert desk.advance(RUN, 1) == "settled"
    assert street.lines() == outcome()
    assert desk.is_over(RUN)
    assert desk.work() == [PayoutTask(RUN, 0)]
    assert desk.close(RUN) == "closed"
    assert street.held() == {BANK: -80_000, IN_TRANSIT: 0}
    due = street.ledger.view("subsidy_due").rows
    assert {row["worker"]: row["delta_fen"] for row in due if row["month"] == "2013-09"} == {
        "W-1": 0,
        "W-2": 10_000,
        "W-3": 0,
    }
    again = open_run(street.ledger, "post-subsidy", "2013-12", Hand("clerk-1"))
    before = {line.end_to_end for line in lines_of(street.ledger, RUN)}
    lines = lines_of(street.ledger, again.run)
    assert [(line.worker, line.month, line.amount_fen) for line in lines] == [("W-2", each, 10_000) for each in MONTHS]
    assert not before & {line.end_to_end for line in lines}


def test_another_process_takes_the_answer_and_nothing_is_said_twice(street: Street) -> None:
    street.desk("XY-STREET", "W-1", "W-3").advance(RUN, 1)
    sent = street.out()
    assert street.desk(*EVERYBODY).advance(RUN, 1) == "instructed"
    assert street.out() == sent
    street.answer()
    for _ in range(2):
        assert street.desk(*EVERYBODY).advance(RUN, 1) == "settled"
    assert street.lines() == outcome()
    assert (run_of(street.ledger, RUN).paid_lines, run_of(street.ledger, RUN).returned_lines) == (8, 4)


class GoneError(Exception):
    """The process ended here."""


def gone(place: str) -> None:
    """It ends once it is written down that a file leaves, and before the bank has it."""
    if place == "before-bank-call":
        raise GoneError


@pytest.mark.parametrize("known", [("XY-STREET", "W-1", "W-3"), EVERYBODY])
def test_a_file_that_was_told_and_did_not_leave_is_made_again_as_it_was(
    street: Street, known: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xiyuan_ledger.payouts.desk.failpoint", gone)
    with pytest.raises(GoneError):
        street.desk("XY-STREET", "W-1", "W-3").advance(RUN, 1)
    assert street.out() == {}
    monkeypatch.undo()
    assert street.desk(*known).advance(RUN, 1) == "instructed"
    (file,) = street.out().values()
    assert len(list(csv.DictReader(io.StringIO(file.decode("gbk"))))) == 8 + 1
    street.answer()
    assert street.desk(*known).advance(RUN, 1) == "settled"
    assert street.lines() == outcome()


def test_of_a_file_that_was_told_nobody_is_kept_back_who_loses_her_account_later(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xiyuan_ledger.payouts.desk.failpoint", gone)
    with pytest.raises(GoneError):
        street.desk(*EVERYBODY).advance(RUN, 1)
    monkeypatch.undo()
    with pytest.raises(FileError) as refused:
        street.desk("XY-STREET", "W-1", "W-3").advance(RUN, 1)
    assert refused.value.code == "accounts-missing"
    assert {status for status, _ in street.lines().values()} == {"instructed"}


@pytest.mark.parametrize("known", [("W-1", "W-2", "W-3"), ("XY-STREET",)])
def test_nothing_leaves_where_who_pays_has_no_account_or_nobody_has(street: Street, known: tuple[str, ...]) -> None:
    with pytest.raises(FileError) as refused:
        street.desk(*known).advance(RUN, 1)
    assert refused.value.code == "accounts-missing"
    assert street.out() == {}
    assert {status for status, _ in street.lines().values()} == {"approved"}


def test_a_chunk_in_which_nobody_has_an_account_waits_and_the_others_are_paid(street: Street) -> None:
    desk = street.desk("XY-STREET", "W-1", "W-3", chunk_lines=4)
    assert [desk.advance(RUN, chunk) for chunk in (1, 3)] == ["instructed"] * 2
    with pytest.raises(FileError):
        desk.advance(RUN, 2)
    street.answer()
    assert [desk.advance(RUN, chunk) for chunk in (1, 3)] == ["settled"] * 2
    assert desk.work() == [PayoutTask(RUN, 2)]
    assert not desk.is_over(RUN)
    later = street.desk(*EVERYBODY, chunk_lines=4)
    later.advance(RUN, 2)
    street.answer()
    assert later.advance(RUN, 2) == "settled"
    assert set(street.lines().values()) == {PAID}


def by_hand(street: Street, *codes: str) -> list[str]:
    """Every file made by hand, written down and put into the folder; their names."""
    names = []
    for order, file, kept, source in files_by_hand(street.ledger, RUN, PAPER, accounts(*codes)):
        total, hand = order.total_fen, Hand("cashier-1", source=source)
        instruct(street.ledger, RUN, file.digest, len(order.transfers), total, hand, kept)
        names.append(street.bank.submit(file))
    return names


def test_by_hand_too_and_the_same_files_come_again_once_she_has_an_account(street: Street) -> None:
    names = by_hand(street, "XY-STREET", "W-1", "W-3")
    sent, head = street.out(), street.ledger.head
    assert by_hand(street, *EVERYBODY) == names
    assert (street.out(), street.ledger.head) == (sent, head)
    assert {key for key, said in street.lines().items() if said == KEPT} == {("W-2", month) for month in MONTHS}
    assert street.held() == {BANK: -80_000, IN_TRANSIT: 80_000}
    with pytest.raises(RuleBroken) as refused:
        close(street.ledger, RUN)
    assert (refused.value.code, refused.value.values["left"]) == ("run-lines-in-transit", 8)


def test_what_says_that_she_was_kept_back_is_not_voided(street: Street) -> None:
    by_hand(street, "XY-STREET", "W-1", "W-3")
    (first, *_) = street.ledger.events(types=["PaymentReturned"])
    void = RecordVoided(event=first.event_id, approved_by="chief-1", reason="she has one now", occurred_on=today())
    with pytest.raises(RuleBroken) as refused:
        street.ledger.record(void)
    because = RuleBroken("line-in-no-file", run=RUN, events=(first.event_id,)).message("en")
    assert (refused.value.code, refused.value.values["cause"]) == ("contradicts", because)


def test_a_run_by_hand_in_several_files_keeps_her_back_where_she_is(street: Street, tmp_path: Path) -> None:
    own = (Path(__file__).parents[1] / "src/xiyuan_ledger/payouts/bank/templates/payroll-csv.toml").read_text("utf-8")
    (tmp_path / "five.toml").write_text(own.replace('form = "csv"', 'form = "csv"\nlines_max = 5'), "utf-8")
    paper = BankPaper(str(tmp_path / "five.toml"))
    counts = []
    for order, file, kept, source in files_by_hand(street.ledger, RUN, paper, accounts("XY-STREET", "W-1", "W-3")):
        counts.append((len(order.transfers), len(kept)))
        hand = Hand("cashier-1", source=source)
        instruct(street.ledger, RUN, file.digest, len(order.transfers), order.total_fen, hand, kept)
    assert counts == [(4, 1), (2, 3), (2, 0)]
    again = list(files_by_hand(street.ledger, RUN, paper, accounts(*EVERYBODY)))
    assert [(len(each.order.transfers), len(each.kept)) for each in again] == [(4, 0), (2, 0), (2, 0)]
    told = {event.fact.entry()["file_digest"] for event in street.ledger.events(types=["PaymentInstructed"])}
    assert {each.file.digest for each in again} == told
