"""退票须先付出: of a line that is in no file of the bank nothing arrives or comes back, and no line is in two files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.street import RUN
from tests.payouts import instructed
from tests.test_kept_back import EVERYBODY, PAID, PAPER, Street, accounts
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.aggregates.entitlement import PaymentReturned, SubsidyPaid
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.calendar import today
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.chunks import chunk_source
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.keeping_back import files_by_hand
from xiyuan_ledger.payouts.opening import open_run
from xiyuan_ledger.payouts.run import lines_of, run_of
from xiyuan_ledger.payouts.settling import close, instruct

Said = Callable[[], Fact]
LINE = ("W-2", "2013-10")
"""The sixth of twelve lines: in the second of chunks of four, and of files of five."""


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    found = Street(tmp_path)
    yield found
    found.ledger.close()


def returned(worker: str = LINE[0], month: str = LINE[1]) -> PaymentReturned:
    named = {"worker": worker, "month": month, "scheme": "post-subsidy", "run": RUN}
    return PaymentReturned(**named, amount_fen=10_000, bank_ref="B-9", reason="by hand", occurred_on=today())


def paid(worker: str = LINE[0], month: str = LINE[1]) -> SubsidyPaid:
    named = {"worker": worker, "month": month, "scheme": "post-subsidy", "run": RUN, "kind": "manual"}
    more = {"bank_ref": "cash", "reason": "in cash", "occurred_on": today()}
    return SubsidyPaid(**named, amount_fen=10_000, offset_fen=0, **more)


def refusal(ledger: Ledger, *facts: Fact) -> str:
    with pytest.raises(RuleBroken) as refused:
        ledger.record_all(facts)
    assert refused.value.message("zh") != refused.value.message("en")
    return refused.value.code


def five(tmp_path: Path) -> BankPaper:
    """Files of at most five lines."""
    own = (Path(__file__).parents[1] / "src/xiyuan_ledger/payouts/bank/templates/payroll-csv.toml").read_text("utf-8")
    (tmp_path / "five.toml").write_text(own.replace('form = "csv"', 'form = "csv"\nlines_max = 5'), "utf-8")
    return BankPaper(str(tmp_path / "five.toml"))


def send_by_hand(street: Street, paper: BankPaper, files: int = 3) -> None:
    """The first files of the run, made by hand."""
    for nth, (order, file, kept, source) in enumerate(files_by_hand(street.ledger, RUN, paper, accounts(*EVERYBODY))):
        if nth == files:
            break
        hand = Hand("cashier-1", source=source)
        instruct(street.ledger, RUN, file.digest, len(order.transfers), order.total_fen, hand, kept)
        street.bank.submit(file)


def lines_sent(street: Street) -> list[str]:
    """The ids at the bank of every line of every file that left."""
    files = [list(csv.DictReader(io.StringIO(each.decode("gbk")))) for each in street.out().values()]
    return [row["客户流水号"] for rows in files for row in rows[:-1]]


@pytest.mark.parametrize("said", [returned, paid])
def test_nothing_is_said_of_a_line_whose_chunk_the_bank_was_not_told_of(street: Street, said: Said) -> None:
    desk = street.desk(*EVERYBODY, chunk_lines=4)
    desk.advance(RUN, 1)
    assert refusal(street.ledger, said()) == "line-not-told"
    assert [desk.advance(RUN, chunk) for chunk in (2, 3)] == ["instructed"] * 2
    street.answer()
    assert [desk.advance(RUN, chunk) for chunk in (1, 2, 3)] == ["settled"] * 3
    assert desk.close(RUN) == "closed"
    assert set(street.lines().values()) == {PAID}
    with pytest.raises(RuleBroken) as nothing:
        open_run(street.ledger, "post-subsidy", "2013-11", Hand("clerk-1"))
    assert nothing.value.code == "run-nothing-due"


@pytest.mark.parametrize("said", [returned, paid])
def test_nor_of_one_whose_file_made_by_hand_did_not_leave_yet(street: Street, tmp_path: Path, said: Said) -> None:
    send_by_hand(street, five(tmp_path), files=1)
    assert refusal(street.ledger, said()) == "line-not-told"
    send_by_hand(street, five(tmp_path))
    assert len(set(lines_sent(street))) == len(lines_sent(street)) == 12
    street.ledger.record(said())


def test_what_the_bank_was_told_of_comes_back_while_other_chunks_wait(street: Street) -> None:
    desk = street.desk(*EVERYBODY, chunk_lines=4)
    desk.advance(RUN, 2)
    street.ledger.record(returned())
    assert street.lines()[LINE] == ("returned", "by hand")
    assert refusal(street.ledger, returned("W-1"), returned("W-3")) == "line-not-told"
    assert [desk.advance(RUN, chunk) for chunk in (1, 3)] == ["instructed"] * 2
    street.ledger.record_all([returned("W-1"), returned("W-3")])


def test_of_many_lines_that_are_paid_at_once_every_one_was_told(street: Street) -> None:
    street.desk(*EVERYBODY, chunk_lines=4).advance(RUN, 1)
    everybody = [(who, month) for who in ("W-1", "W-2", "W-3") for month in ("2013-10", "2013-11")]
    assert refusal(street.ledger, *(paid(*each) for each in everybody)) == "line-not-told"
    street.ledger.record_all([paid(*each) for each in everybody if each[0] == "W-1"])


def test_another_process_sees_it_when_it_decides(street: Street) -> None:
    with Ledger.open(street.url, actor="clerk-2") as other:
        street.desk(*EVERYBODY, chunk_lines=4).advance(RUN, 1)
        assert refusal(other, returned()) == "line-not-told"
        street.desk(*EVERYBODY, chunk_lines=4).advance(RUN, 2)
        other.record(returned())


def test_a_correction_does_not_come_round_it(street: Street) -> None:
    street.desk(*EVERYBODY, chunk_lines=4).advance(RUN, 2)
    receipt = street.ledger.record(returned())
    (told,) = street.ledger.events(types=["PaymentInstructed"])
    changed = told.fact.model_copy(
        update={"source": chunk_source(RUN, 4, 3), "corrects": told.event_id, "reason": "x", "key": None}
    )
    assert refusal(street.ledger, changed) == "contradicts"
    void = RecordVoided(event=receipt.event_id, approved_by="chief-1", reason="misread", occurred_on=today())
    street.ledger.record(void)
    assert street.lines()[LINE] == ("instructed", None)


def test_no_line_is_in_two_files_though_processes_make_files_of_other_lengths(street: Street) -> None:
    first, second = street.desk(*EVERYBODY, chunk_lines=4), street.desk(*EVERYBODY, chunk_lines=6)
    second._held(RUN)  # It knows the run before the first one told of a file.
    first.advance(RUN, 2)
    with pytest.raises(RuleBroken) as refused:
        second.advance(RUN, 1)
    assert refused.value.code == "run-lines-told"
    assert [first.advance(RUN, chunk) for chunk in (1, 3)] == ["instructed"] * 2
    assert len(set(lines_sent(street))) == len(lines_sent(street)) == 12


def test_nor_by_hand_in_another_form_after_workers_began(street: Street, tmp_path: Path) -> None:
    street.desk(*EVERYBODY, chunk_lines=4).advance(RUN, 1)
    with pytest.raises(RuleBroken) as refused:
        send_by_hand(street, five(tmp_path))
    assert refused.value.code == "run-lines-told"
    assert len(lines_sent(street)) == 4


def answered_before(street: Street) -> str:
    """A file entered by hand that does not say which lines it has, and a return of one that it has not."""
    told = instructed(RUN, on=str(today()), lines=1, total_fen=10_000)
    return street.ledger.record_all([told, returned()])[1].event_id or ""


def test_a_line_that_came_back_before_its_file_leaves_in_none_until_that_is_voided(street: Street) -> None:
    event_id = answered_before(street)
    for desk in (street.desk(*EVERYBODY, chunk_lines=4), street.desk("XY-STREET", "W-1", "W-2", chunk_lines=4)):
        with pytest.raises(RuleBroken) as refused:
            desk.advance(RUN, 2)
        assert (refused.value.code, refused.value.events) == ("line-answered-before", (event_id,))
    with pytest.raises(RuleBroken) as by_hand:
        send_by_hand(street, PAPER)
    assert by_hand.value.code == "line-answered-before"
    assert street.out() == {}
    void = RecordVoided(event=event_id, approved_by="chief-1", reason="never left", occurred_on=today())
    street.ledger.record(void)
    assert street.desk(*EVERYBODY, chunk_lines=4).advance(RUN, 2) == "instructed"
    assert run_of(street.ledger, RUN).returned_lines == 0
    assert {line.status for line in lines_of(street.ledger, RUN)} == {"instructed"}
    with pytest.raises(RuleBroken):
        close(street.ledger, RUN)
