"""A bank that takes no time: whatever it is handed is paid, and its answer is made from the file. For benches only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from xiyuan_ledger import BankFile
from xiyuan_ledger.payouts.bank.folder import Standing

HEADINGS = ("客户流水号", "金额(元)", "处理结果", "银行流水号", "失败原因")


class InstantBank:
    """Files in a folder; the answer is that everything was paid."""

    def __init__(self, folder: Path):
        self._folder = folder

    def submit(self, file: BankFile) -> str:
        """Keep the file, and what it will be answered."""
        draft = self._folder / f".{file.number}.{os.getpid()}"
        draft.write_bytes(_answer_to(file))
        draft.replace(self._folder / file.number)
        return file.number

    def inquire(self, number: str) -> Standing:
        """Whether the file is here."""
        return "accepted" if (self._folder / number).exists() else "absent"

    def answers(self, number: str) -> Sequence[tuple[str, bytes]]:
        """Paid, every line of it."""
        path = self._folder / number
        return [("answer.csv", path.read_bytes())] if path.exists() else []


def _answer_to(file: BankFile) -> bytes:
    """Every line was paid. Nothing stands in quotation marks in a file of this bench."""
    head, *lines, last = file.content.decode("gbk").splitlines()
    width, total = head.count(",") + 1, last.split(",")[5]
    cells = ",".join(lines).split(",")
    form = f"%s,%s,成功,B{file.number[:8]}-%d,\r\n"
    rows = map(form.__mod__, zip(cells[1::width], cells[5::width], count(), strict=False))
    sums = f"合计,{len(lines)},{total},{len(lines)},{total}\r\n"
    return "".join([",".join(HEADINGS) + "\r\n", *rows, sums]).encode("gbk")


def bank() -> InstantBank:
    """The bank of the environment."""
    return InstantBank(Path(os.environ.get("XIYUAN_BENCH_BANK", tempfile.gettempdir())))
