"""代发文件: a file for the bank as a sheet, by the bank's template. The same order gives the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from itertools import count, repeat

from xiyuan_ledger.errors import FileError
from xiyuan_ledger.payouts.bank.accounts import Accounts, accounts_of
from xiyuan_ledger.payouts.bank.order import Order
from xiyuan_ledger.payouts.bank.template import OUT, Template
from xiyuan_ledger.projections.workbook import close_workbook, new_workbook
from xiyuan_ledger.vault.vault import Account

LINE_END = "\r\n"
SHEET = "代发"
WIDTH = 22
Cells = tuple[str, ...]


def sheet_of(order: Order, accounts: Accounts, template: Template) -> bytes:
    """A file for the bank. Raises FileError where a payee has no account, or a name that the encoding cannot write."""
    assert len(order.transfers) <= template.lines_max
    _, payees = accounts_of(order, accounts)
    lines = _lines(order, payees, template)
    if template.form == "csv":
        _check_encoding(order, payees, template.encoding)
        return _csv(_framed(order, lines, template), template)
    return _workbook(_framed(order, lines, template), template)


def plain_yuan(fen: int) -> str:
    """An amount as banks read it: two decimals, no separators."""
    return f"{fen // 100}.{fen % 100:02d}"


def _lines(order: Order, payees: Sequence[Account], template: Template) -> list[Cells]:
    """The lines of a sheet: made by columns, of which only those of the template are."""
    references, codes, fen, remarks = zip(*order.transfers, strict=True)
    yuan = {each: plain_yuan(each) for each in set(fen)}
    made: dict[OUT, Callable[[], Iterable[str]]] = {
        "number": lambda: map(str, count(1)),
        "reference": lambda: references,
        "file": lambda: repeat(order.number),
        "payee": lambda: codes,
        "account": lambda: [each.number for each in payees],
        "name": lambda: [each.name for each in payees],
        "bank": lambda: [each.bank or "" for each in payees],
        "amount_yuan": lambda: map(yuan.__getitem__, fen),
        "amount_fen": lambda: map(str, fen),
        "remark": lambda: remarks,
        "empty": lambda: repeat(""),
    }
    return list(zip(*(made[column.holds]() for column in template.columns), strict=False))


def _framed(order: Order, lines: list[Cells], template: Template) -> list[Cells]:
    """The lines with their headings and total line."""
    headings = [tuple(column.title for column in template.columns)] if template.headings else []
    if template.total is None:
        return [*headings, *lines]
    sums = {
        "lines": len(lines),
        "total_yuan": plain_yuan(order.total_fen),
        "total_fen": order.total_fen,
        "paid_lines": 0,
        "paid_yuan": plain_yuan(0),
        "rejected_lines": 0,
        "rejected_yuan": plain_yuan(0),
    }
    total = tuple(cell.format(**sums) for cell in template.total.cells)
    return [total, *headings, *lines] if template.total.place == "first" else [*headings, *lines, total]


def _check_encoding(order: Order, payees: Sequence[Account], encoding: str) -> None:
    """Names have characters that GBK lacks; said by the payee's code."""
    if _writable("".join(account.name for account in payees), encoding):
        return
    unwritable = [
        each.payee
        for each, account in zip(order.transfers, payees, strict=True)
        if not _writable(account.name, encoding)
    ]
    raise FileError("name-unencodable", payees=", ".join(unwritable[:20]), encoding=encoding.upper())


def _writable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _csv(rows: list[Cells], template: Template) -> bytes:
    plain = LINE_END.join(map(template.separator.join, rows)) + LINE_END
    if _is_plain(plain, rows, template.separator):
        return plain.encode(template.encoding)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=template.separator, lineterminator=LINE_END).writerows(rows)
    return text.getvalue().encode(template.encoding)


def _is_plain(text: str, rows: Sequence[Cells], separator: str) -> bool:
    """Whether nothing in these rows has to stand in quotation marks: what parts them occurs nowhere else."""
    if '"' in text or min(map(len, rows)) < 2 or text.count(separator) != sum(map(len, rows)) - len(rows):
        return False
    return text.count("\r") == text.count("\n") == len(rows)


def _workbook(rows: list[Cells], template: Template) -> bytes:
    """Everything as text: Excel would make a number of an account and lose its last digits."""
    content = io.BytesIO()
    workbook = new_workbook(content)
    sheet = workbook.add_worksheet(SHEET)
    as_text = workbook.add_format({"num_format": "@"})
    sheet.set_column(0, len(template.columns) - 1, WIDTH, as_text)
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell, as_text)
    close_workbook(workbook)
    return content.getvalue()
