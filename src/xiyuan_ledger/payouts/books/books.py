"""账册: the books at a pin - movements, accounts and the balances that the fund statement says they come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT, Account
from xiyuan_ledger.payouts.books.movements import Movement, movements


class Books:
    """The books of every organisation, channel and project, up to a day, as known at a position."""

    def __init__(self, ledger: Ledger, **pinned: Any):
        statement = ledger.view("fund_statement", **pinned)
        pin = statement.pin
        self.name = ledger.name
        self.simulated = ledger.simulated
        self.known_at = pin.known_at
        self.until: date = pin.valid_on
        self._ledger = ledger
        self.movements: list[Movement] = movements(ledger, valid_on=pin.valid_on, known_at=pin.known_at)
        self.accounts = sorted(
            {posting.account for each in self.movements for posting in each.postings},
            key=lambda account: tuple(part or "" for part in account),
        )

    def balances(self) -> Iterator[tuple[date, dict[Account, int]]]:
        """What each account has at the end of each year and of the last day.

        Of money at the bank, what the fund statement says, less what is in transit: a second way to the same figure, by
        which whoever checks the books checks both.
        """
        if not self.movements:
            return
        years = range(self.movements[0].on.year, self.until.year)
        for day in (*(date(year, 12, 31) for year in years), self.until):
            yield day, self._at(day)

    def _at(self, day: date) -> dict[Account, int]:
        in_transit: dict[Account, int] = {}
        for movement in self.movements:
            if movement.on <= day:
                for account, fen in movement.postings:
                    if account.kind == IN_TRANSIT:
                        in_transit[account] = in_transit.get(account, 0) + fen
        # What only went into transit has no row in the statement yet.
        found = in_transit | {account._replace(kind=BANK): -fen for account, fen in in_transit.items()}
        for row in self._ledger.view("fund_statement", valid_on=day, known_at=self.known_at).rows:
            account = Account(BANK, row["org"], row["channel"], row["project"])
            found[account] = row["closing_fen"] - in_transit.get(account._replace(kind=IN_TRANSIT), 0)
        return found


def day_after(day: date) -> date:
    """Beancount looks at balances as a day begins."""
    return day + timedelta(days=1)
