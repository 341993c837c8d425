"""A street whose workers are due a subsidy, and a run that is to pay it."""

from __future__ import annotations

from pathlib import Path

from tests.views.staff import certified, filled, hired, passed, registered
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.organization import OrganizationRegistered
from xiyuan_ledger.aggregates.post import PostEstablished
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import approve, open_run
from xiyuan_ledger.payouts.run import Run

RUN = "post-subsidy-2013-12-1"
MONTHS = ("2013-09", "2013-10", "2013-11", "2013-12")
"""Due from September, when the certificate was registered, to December."""
DUE_FEN = 10_000
"""Of the junior level, each month."""
CAREERS = 2_000
"""Told in one transaction."""
SECRET = "6222"
"""With which every account number begins: what must not be found anywhere but in files for the bank."""


def founding() -> list[Fact]:
    """The street, and posts enough for everyone."""
    street = OrganizationRegistered(org="XY-STREET", kind="street", name="西苑街道", occurred_on="2012-01-01")
    post = {"org": "XY-STREET", "title": "社工", "professional": True, "capacity": 1_000_000}
    return [street, PostEstablished.model_validate({"post": "P-1", "occurred_on": "2012-02-01"} | post)]


def career(worker: str) -> list[Fact]:
    """Somebody who passed in August 2013, was registered in September, and is on post."""
    return [
        hired(worker, "2012-07-01"),
        filled("P-1", worker, "2012-07-01"),
        registered(worker, 2013),
        passed(worker, "2013-08-20", exam_on="2013-06-16"),
        certified(worker, "2013-09-10", to="2016-09-09"),
    ]


def workers(count: int) -> list[str]:
    """The codes of so many workers."""
    return [f"W-{number:06d}" for number in range(1, count + 1)]


def found_street(url: str, count: int, journal: Path | None = None) -> int:
    """A ledger with so many workers and an approved run that owes each four months; the number of lines."""
    people_street(url, count, journal)
    with Ledger.open(url, actor="clerk-1", journal=journal) as ledger:
        return open_and_approve(ledger).lines


def people_street(url: str, count: int, journal: Path | None = None) -> None:
    """A ledger with so many workers."""
    codes = workers(count)
    with Ledger.open(url, create=True, actor="clerk-1", journal=journal) as ledger:
        ledger.record_all(founding())
        for first in range(0, count, CAREERS):
            ledger.record_all([fact for worker in codes[first : first + CAREERS] for fact in career(worker)])


def open_and_approve(ledger: Ledger, month: str = "2013-12") -> Run:
    """A run of everything that is due, opened by one person and approved by another."""
    run = open_run(ledger, "post-subsidy", month, Hand("clerk-1"))
    return approve(ledger, run.run, Hand("chief-1"))


def account_of(number: int) -> str:
    """The account of the worker of that number."""
    return f"{SECRET}{number:014d}"


def write_accounts(path: Path, count: int) -> Path:
    """The office's file of accounts."""
    lines = [f"{worker},{account_of(number)},陈小明" for number, worker in enumerate(workers(count), start=1)]
    path.write_text("\n".join(["payee,account,name", "XY-STREET,1402025119000012345,西苑街道", *lines]), "utf-8")
    return path
