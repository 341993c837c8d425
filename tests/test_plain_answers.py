"""A plain answer is read column by column, and what it says is what reading it line by line says, word for word."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from tests.bank_files import answered, as_csv, order
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.payouts.bank import answer_sheets
from xiyuan_ledger.payouts.bank.answer_sheets import read_sheet_answer
from xiyuan_ledger.payouts.bank.order import Outcome
from xiyuan_ledger.payouts.bank.plain_answers import plain_answer
from xiyuan_ledger.payouts.bank.template import load_template

Rows = list[list[str]]
TEMPLATE = load_template("payroll-csv")
STATES = ("成功", "失败", "退票", "处理中")
CELLS = (
    "",
    " ",
    "100",
    "100.00",
    " 100.00",
    "200.050",
    "成功 ",
    "未知",
    "合计",
    '"',
    "a,b",
    "B\t1",
    "户名不符",
    "别的",
)


def _changed(rows: Rows, row: int, column: int, how: str) -> Rows:
    """The rows with one thing changed, as happens to files."""
    at, place = rows[row % len(rows)], column % 5
    changes: dict[str, Callable[[], Rows]] = {
        "as it is": lambda: rows,
        "left out": lambda: [each for each in rows if each is not at],
        "twice": lambda: [*rows, at],
        "shorter": lambda: [each[:-1] if each is at else each for each in rows],
        "first": lambda: [at, *(each for each in rows if each is not at)],
        "blank line": lambda: [*rows, [""]],
    }
    if how in changes:
        return changes[how]()
    return [[how if each is at and n == place else cell for n, cell in enumerate(each)] for each in rows]


def _said(content: bytes, *, plainly: bool) -> list[Outcome] | str:
    lane = plain_answer if plainly else (lambda *_: None)
    with patch.object(answer_sheets, "plain_answer", lane):
        try:
            return read_sheet_answer(content, "answer.csv", order(), TEMPLATE)
        except FileError as refused:
            return refused.message("zh")


@given(
    states=st.lists(st.sampled_from(STATES), min_size=3, max_size=3),
    row=st.integers(0, 4),
    column=st.integers(0, 4),
    how=st.sampled_from(("as it is", "left out", "twice", "shorter", "first", "blank line", *CELLS)),
    encoding=st.sampled_from(("gbk", "utf-8", "utf-8-sig")),
)
@example(["成功"] * 3, 1, 3, "", "gbk")
@example(["失败"] * 3, 2, 4, "别的", "gbk")
@example(["成功"] * 3, 4, 2, "300.06", "utf-8")
def test_both_ways_say_the_same(states: list[str], row: int, column: int, how: str, encoding: str) -> None:
    content = as_csv(_changed(answered(*states), row, column, how), encoding)
    assert _said(content, plainly=True) == _said(content, plainly=False)


def test_an_answer_as_the_bank_writes_it_is_plain() -> None:
    content = as_csv(answered("成功", "失败", "处理中"))
    read = plain_answer(content, order(), TEMPLATE, "0" * 64)
    assert read is not None
    assert [each.state for each in read.outcomes] == ["paid", "rejected", "unknown"]
    assert read.total == (5, ["合计", "3", "600.05", "1", "100.00"])


def test_what_stands_in_quotation_marks_is_looked_into() -> None:
    rows = answered("成功", "成功", "成功")
    rows[1][3] = 'B"1'
    assert plain_answer(as_csv(rows), order(), TEMPLATE, "0" * 64) is None
