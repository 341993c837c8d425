"""What a bank wants of paper: a pain.001 or a sheet by template, and how its answers are read."""

from __future__ import annotations

from pathlib import Path

from xiyuan_ledger.payouts.bank.accounts import Accounts
from xiyuan_ledger.payouts.bank.answer_pain import read_pain_answer
from xiyuan_ledger.payouts.bank.answer_sheets import read_sheet_answer
from xiyuan_ledger.payouts.bank.folder import BankFile
from xiyuan_ledger.payouts.bank.order import LINES_MAX, Order, Outcome
from xiyuan_ledger.payouts.bank.pain import pain_of
from xiyuan_ledger.payouts.bank.sheets import sheet_of
from xiyuan_ledger.payouts.bank.template import Template, load_template

PAIN = "pain"
XML = b"<"


class BankPaper:
    """The form of files for one bank: `pain`, a template that comes with the package, or the office's own file."""

    def __init__(self, named: str):
        self._template: Template | None = None if named == PAIN else load_template(_template_named(named))

    @property
    def lines_max(self) -> int:
        """How many lines a file may have."""
        return LINES_MAX if self._template is None else self._template.lines_max

    def file_of(self, order: Order, accounts: Accounts) -> BankFile:
        """The file of an order. Raises FileError."""
        template = self._template
        if template is None:
            return BankFile(order.number, f"{order.run}-{order.part}.xml", pain_of(order, accounts))
        return BankFile(order.number, f"{order.run}-{order.part}.{template.form}", sheet_of(order, accounts, template))

    def read(self, content: bytes, name: str, order: Order) -> list[Outcome]:
        """What the bank says of each line of an order. Raises FileError where the answer is not taken."""
        if self._template is None or content.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(XML):
            return read_pain_answer(content, name, order)
        return read_sheet_answer(content, name, order, self._template)


def _template_named(named: str) -> str | Path:
    return Path(named) if "/" in named or named.endswith(".toml") else named
