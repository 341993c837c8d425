"""What a worker process works with: the ledger, the bank and the desk, opened once and opened again when they fail."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from xiyuan_ledger import (
    Accounts,
    Attempts,
    Bank,
    BankFolder,
    BankPaper,
    Ledger,
    PayoutDesk,
    PayoutTask,
    VaultAccounts,
    read_accounts,
)

LEDGER = "sqlite:///xiyuan.db"
ACTOR = "payout-worker"
CHUNK_LINES = 1_000
_lock = threading.Lock()
_told: dict[str, str] = {}


class Office(NamedTuple):
    """One ledger and what its payouts need."""

    ledger: Ledger
    desk: PayoutDesk
    attempts: Attempts

    def set_aside(self) -> set[PayoutTask]:
        """What is quarantined."""
        named = (each.task.rpartition("/") for each in self.attempts.stuck())
        return {PayoutTask(run, int(chunk)) for run, _, chunk in named}

    def left(self, only: str | None = None) -> list[PayoutTask]:
        """What is left to do, or of one run, but for what is quarantined."""
        aside = self.set_aside()
        return [task for task in self.desk.work(only) if task not in aside]


def office() -> Office:
    """The office of this process, by its environment."""
    with _lock:
        return _opened()


@cache
def _opened() -> Office:
    return open_office(os.environ | _told)


def settle_in(told: Mapping[str, str]) -> None:
    """Go on with other settings than the environment alone gives."""
    forget_office()
    _told.clear()
    _told.update(told)


def forget_office() -> None:
    """Let go of the office and its connections: after an error of the store the next task opens it anew."""
    with _lock:
        if _opened.cache_info().currsize:
            _opened().ledger.close()
            _opened.cache_clear()


def open_office(settings: Mapping[str, str]) -> Office:
    """The office of `XIYUAN_LEDGER`, `_ACTOR`, `_VAULT`, `_BANK`, `_ACCOUNTS`, `_BANK_FILES` and `_CHUNK_LINES`."""
    url = settings.get("XIYUAN_LEDGER", LEDGER)
    ledger = Ledger.open(
        url,
        actor=settings.get("XIYUAN_ACTOR", ACTOR),
        vault=settings.get("XIYUAN_VAULT"),
        vault_key=settings.get("XIYUAN_VAULT_KEY"),
    )
    desk = PayoutDesk(
        ledger,
        url,
        bank=_bank(settings.get("XIYUAN_BANK", "bank")),
        accounts=_accounts(ledger, settings.get("XIYUAN_ACCOUNTS")),
        paper=BankPaper(settings.get("XIYUAN_BANK_FILES", "payroll-csv")),
        chunk_lines=int(settings.get("XIYUAN_CHUNK_LINES", CHUNK_LINES)),
    )
    return Office(ledger, desk, Attempts(url))


def _accounts(ledger: Ledger, named: str | None) -> Accounts:
    """A file of the office's own; where none is named the vault."""
    return read_accounts(Path(named)) if named else VaultAccounts(ledger)


def _bank(named: str) -> Bank:
    """A folder; or `module:name`, a bank of the office's own that is called without arguments."""
    module, colon, name = named.partition(":")
    if not colon:
        return BankFolder(Path(named))
    bank: Bank = getattr(import_module(module), name)()
    return bank
