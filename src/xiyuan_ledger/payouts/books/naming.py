"""科目名称: an account's name as beancount, hledger and ledger all take it; no two accounts have the same."""

from __future__ import annotations

import re
from hashlib import sha256

from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT, RECEIVED, SPENT, Account

ROOTS = {BANK: "Assets:Bank", IN_TRANSIT: "Assets:InTransit", RECEIVED: "Income:Received", SPENT: "Expenses"}
NO_PROJECT = "General"
PLAIN = re.compile(r"[A-Z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff\-]*")
DIGEST_LENGTH = 8


def account_name(account: Account) -> str:
    """`Assets:Bank:XY-STREET:Government:General`."""
    project = NO_PROJECT if account.project is None else component(account.project)
    parts = [ROOTS[account.kind], component(account.org), account.channel.capitalize(), project]
    if account.category is not None:
        parts.append(account.category.capitalize())
    return ":".join(parts)


def component(code: str) -> str:
    """A code as part of a name: as it is where every tool takes it, else made fit and told apart by its digest."""
    if PLAIN.fullmatch(code) and "--" not in code and code != NO_PROJECT:
        return code
    fit = re.sub(r"[^A-Za-z0-9\u4e00-\u9fff]", "-", code)
    return f"X{fit}--{sha256(code.encode()).hexdigest()[:DIGEST_LENGTH]}"
