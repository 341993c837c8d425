"""收款账户: where account numbers and names come from when a file is made. They go into that file and nowhere else."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import orjson

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates.control import RecordAccessed
from xiyuan_ledger.errors import FileError, InvalidEntry
from xiyuan_ledger.intake.csv_sheets import rows_of
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import Order
from xiyuan_ledger.vault.vault import Account

TITLES = {
    "payee": ("payee", "代码", "收款人代码"),
    "number": ("account", "账号", "收款账号"),
    "name": ("name", "户名", "收款户名"),
    "bank": ("bank", "行号", "联行号"),
}
FORMS = {
    "payee": re.compile(r"[\w.\-]{1,64}"),
    "number": re.compile(r"[0-9A-Za-z\-]{6,34}"),
    "name": re.compile(r"\w[^\x00-\x1f\x7f]{0,69}"),
    "bank": re.compile(r"([0-9A-Z]{8,14})?"),
}
MISSING_SHOWN = 20
ACCOUNTS_VIEW = "accounts"
"""What `RecordAccessed` names as the view when accounts are looked up for a bank file."""


class AccountsMissingError(FileError):
    """Payees, or who pays, have no account; `missing` has all their codes."""

    def __init__(self, code: str = "accounts-missing", *, missing: Collection[str] = (), **more: Any):
        super().__init__(code, **more)
        self.missing = frozenset(missing)


class Accounts(Protocol):
    """Answers whose account is whose. The vault is one; a file of the office's own is another."""

    def account(self, payee: str) -> Account | None:
        """The account of a payee's code; None where there is none."""
        ...

    def begin(self, order: Order) -> None:
        """A file is about to be made of an order: who has to write down that accounts are looked up does so now."""
        ...


class KnownAccounts:
    """Accounts held in memory while a file is made."""

    def __init__(self, known: Mapping[str, Account]):
        self.known = known

    def account(self, payee: str) -> Account | None:
        """The account of a payee's code; None where there is none."""
        return self.known.get(payee)

    def begin(self, order: Order) -> None:
        """Nothing is written down: the file is the office's own."""


class VaultAccounts:
    """Accounts from the ledger's vault. That they are looked up is recorded for each file, before any is read."""

    def __init__(self, ledger: Ledger):
        self._ledger = ledger

    def account(self, payee: str) -> Account | None:
        """The account of a payee's code; None where there is none. Raises VaultError."""
        return self._ledger.vault.account(payee)

    def begin(self, order: Order) -> None:
        """Record the access, with the file that it is for. Raises VaultError where there is no vault."""
        _ = self._ledger.vault
        present: dict[str, Any] = {"occurred_on": calendar.today()}
        if self._ledger.simulated:
            # Its story goes on from the last instant that it was told.
            at = next(self._ledger.events(after=self._ledger.head - 1)).recorded_at
            present = {"occurred_on": calendar.shanghai_date(at), "recorded_at": at}
        self._ledger.record(
            RecordAccessed(
                view=ACCOUNTS_VIEW,
                purpose=f"bank file {order.run}/{order.part}",
                fields=tuple(Account._fields),
                key=f"access-{uuid4()}",
                **present,
            )
        )


def accounts_of(order: Order, accounts: Accounts) -> tuple[Account, list[Account]]:
    """The payer's account and that of every line; AccountsMissingError names the codes that have none."""
    accounts.begin(order)
    codes = [order.payer, *(each.payee for each in order.transfers)]
    found = {code: accounts.account(code) for code in dict.fromkeys(codes)}
    missing = sorted(code for code, account in found.items() if account is None)
    if missing:
        raise AccountsMissingError(missing=missing, count=len(missing), payees=", ".join(missing[:MISSING_SHOWN]))
    payer, *payees = (account for code in codes if (account := found[code]) is not None)
    return payer, payees


def read_accounts(path: Path) -> KnownAccounts:
    """Accounts from a CSV file (`payee, account, name, bank`, or their Chinese titles) or a JSON file of such objects.

    Raises FileError that names every line at fault, never what stands in it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError("file-unreadable", path=str(path), found=error.strerror or "unreadable") from None
    known: dict[str, Account] = {}
    wrong: list[int] = []
    rows = _json_rows(content, path) if path.suffix.lower() == ".json" else _csv_rows(content, path)
    for number, cells in rows:
        account = _account(cells)
        if account is None or known.get(cells["payee"], account) != account:
            wrong.append(number)
        else:
            known[cells["payee"]] = account
    if wrong:
        lines = ", ".join(map(str, wrong[:MISSING_SHOWN]))
        raise FileError("accounts-lines", path=path.name, count=len(wrong), lines=lines)
    return KnownAccounts(known)


def _account(cells: Mapping[str, str]) -> Account | None:
    if all(form.fullmatch(cells.get(field, "")) for field, form in FORMS.items()):
        return Account(cells["number"], cells["name"], cells.get("bank") or None)
    return None


def _json_rows(content: bytes, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        listed = orjson.loads(content)
    except orjson.JSONDecodeError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise FileError("accounts-form", path=path.name)
    for number, each in enumerate(listed, start=1):
        yield number, {field: str(each.get(titles[0]) or "") for field, titles in TITLES.items()}


def _csv_rows(content: bytes, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    columns: dict[str, int] | None = None
    for number, cells in rows_of(io.BytesIO(content), path.name):
        if isinstance(cells, InvalidEntry):
            yield number, {}
        elif columns is None:
            columns = _columns([str(cell).strip() for cell in cells])
            if columns is None:
                raise FileError("accounts-form", path=path.name)
        elif any(cells):
            yield number, _named(columns, cells)


def _named(columns: Mapping[str, int], cells: Sequence[Any]) -> dict[str, str]:
    return {field: str(cells[at]).strip() for field, at in columns.items() if at < len(cells)}


def _columns(headings: Sequence[str]) -> dict[str, int] | None:
    found = {
        field: next((headings.index(title) for title in titles if title in headings), -1)
        for field, titles in TITLES.items()
    }
    if found["bank"] < 0:
        del found["bank"]
    return None if -1 in found.values() else found
