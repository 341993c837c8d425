"""A small order and its accounts, for tests of what goes to the bank and what comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from xiyuan_ledger.payouts.bank.accounts import Account, KnownAccounts
from xiyuan_ledger.payouts.bank.order import Order, Transfer, reference_of

RUN = "post-subsidy-2013-03-1"
PAY_ON = date(2013, 4, 8)
NAMES = ("陈小明", "林秀英", "欧阳建国")
AMOUNTS = (10_000, 20_005, 30_000)


def order(amounts: Sequence[int] = AMOUNTS, run: str = RUN) -> Order:
    """Three lines of one run: W-001, W-002, W-003."""
    transfers = tuple(
        Transfer(
            reference_of(run, f"W-{number:03d}", "post-subsidy", "2013-03"), f"W-{number:03d}", fen, "岗位津贴 2013-03"
        )
        for number, fen in enumerate(amounts, start=1)
    )
    return Order(run, 1, "XY-STREET", PAY_ON, transfers)


def accounts(count: int = 3) -> KnownAccounts:
    """An account for everyone who is paid, and for who pays."""
    known = {
        f"W-{number:03d}": Account(f"62220{number:014d}", NAMES[(number - 1) % 3], "102391000017")
        for number in range(1, count + 1)
    }
    payer = Account("1402025119000012345", "福州市鼓楼区西苑街道办事处(零余额)", "102391000025")
    return KnownAccounts(known | {"XY-STREET": payer})


HEADINGS = ("客户流水号", "金额(元)", "处理结果", "银行流水号", "失败原因")


def answered(*states: str, of: Order | None = None) -> list[list[str]]:
    """The rows of a bank's answer: headings, a line each, the total line."""
    lines = (of or order()).transfers
    rows = [
        [each.reference, f"{each.amount_fen // 100}.{each.amount_fen % 100:02d}", state, f"B{number}", ""]
        for number, (each, state) in enumerate(zip(lines, states, strict=True), start=1)
    ]
    paid = [each.amount_fen for each, state in zip(lines, states, strict=True) if state == "成功"]
    total = sum(each.amount_fen for each in lines)
    sums = [f"{fen // 100}.{fen % 100:02d}" for fen in (total, sum(paid))]
    return [list(HEADINGS), *rows, ["合计", str(len(rows)), sums[0], str(len(paid)), sums[1]]]


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "gbk") -> bytes:
    """Rows as a bank writes them down."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)
