"""科目与分录: accounts of the books, and amounts to them."""

from __future__ import annotations

from typing import NamedTuple

BANK = "bank"
IN_TRANSIT = "in-transit"
RECEIVED = "received"
SPENT = "spent"


class Account(NamedTuple):
    """科目: money of an organisation in a channel, for a project or none; of what was spent, by category."""

    kind: str
    org: str
    channel: str
    project: str | None
    category: str | None = None


class Posting(NamedTuple):
    """分录: an amount in fen to an account; below zero it is taken from it."""

    account: Account
    amount_fen: int
