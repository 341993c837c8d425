"""A bank that takes no time: whatever it is handed is paid, and its answer is made from the file. For benches only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
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
    lines = [line.split(",") for line in file.content.decode("gbk").splitlines()]
    total = lines[-1][5]
    rows = [f"{line[1]},{line[5]},成功,B{file.number[:8]}-{n},\r\n" for n, line in enumerate(lines[1:-1])]
    last = f"合计,{len(rows)},{total},{len(rows)},{total}\r\n"
    return "".join([",".join(HEADINGS) + "\r\n", *rows, last]).encode("gbk")


def bank() -> InstantBank:
    """The bank of the environment."""
    return InstantBank(Path(os.environ.get("XIYUAN_BENCH_BANK", tempfile.gettempdir())))
