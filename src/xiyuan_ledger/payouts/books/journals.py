"""The books as other people's tools read them: beancount, hledger, ledger. Lines of text, the same for the same pin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from xiyuan_ledger.payouts.books.account import Account
from xiyuan_ledger.payouts.books.books import Books, day_after
from xiyuan_ledger.payouts.books.movements import Movement
from xiyuan_ledger.payouts.books.naming import account_name

CURRENCY = "CNY"
_SIGNS = str.maketrans({";": "；", "|": "／", '"': "”", "\\": "＼", "\r": " ", "\n": " ", "\t": " "})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def amount(fen: int) -> str:
    """`-1234.50 CNY`."""
    sign, rest = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{rest // 100}.{rest % 100:02d} {CURRENCY}"


def beancount_lines(books: Books) -> Iterator[str]:
    """The books for `bean-check` and fava."""
    yield f";; {_title(books)}"
    yield f'option "title" "{books.name}"'
    yield f'option "operating_currency" "{CURRENCY}"'
    if not books.movements:
        return
    first = books.movements[0].on
    yield f"{first} commodity {CURRENCY}"
    yield from (f"{first} open {account_name(account)} {CURRENCY}" for account in books.accounts)
    for movement in books.movements:
        yield ""
        yield f'{movement.on} * "{_plain(movement.what)}" "{movement.voucher}"'
        yield f'  event: "{movement.event_id}"'
        yield from _postings(movement, "  ")
    for day, balances in books.balances():
        yield ""
        for account, fen in balances.items():
            # Left to itself beancount lets a balance be off by a fen.
            exactly = amount(fen).replace(CURRENCY, f"~ 0.00 {CURRENCY}")
            yield f"{day_after(day)} balance {account_name(account)} {exactly}"


def hledger_lines(books: Books) -> Iterator[str]:
    """The books for `hledger check --strict`."""
    yield f"; {_title(books)}"
    yield f"commodity 1000.00 {CURRENCY}"
    yield from _declared(books)
    yield from _entries(books)


def ledger_lines(books: Books) -> Iterator[str]:
    """The books for `ledger --strict`."""
    yield f"; {_title(books)}"
    yield f"commodity {CURRENCY}"
    yield from _declared(books)
    yield from _entries(books)


def _declared(books: Books) -> Iterator[str]:
    yield from (f"account {account_name(account)}" for account in books.accounts)


def _entries(books: Books) -> Iterator[str]:
    """Movements and balances day by day: hledger looks at balances by date, ledger as it reads."""
    balances = list(books.balances())
    for movement in books.movements:
        while balances and balances[0][0] < movement.on:
            yield from _asserted(*balances.pop(0))
        yield ""
        yield f"{movement.on} * ({movement.voucher}) {_plain(movement.what)}  ; event {movement.event_id}"
        yield from _postings(movement, "    ")
    for day, found in balances:
        yield from _asserted(day, found)


def _asserted(day: date, balances: Mapping[Account, int]) -> Iterator[str]:
    """Postings of nothing that say what an account then has."""
    if balances:
        yield ""
        yield f"{day} * balances"
        yield from (f"    {account_name(account)}  {amount(0)} = {amount(fen)}" for account, fen in balances.items())


def _postings(movement: Movement, indent: str) -> Iterator[str]:
    yield from (f"{indent}{account_name(account)}  {amount(fen)}" for account, fen in movement.postings)


def _plain(text: str) -> str:
    """A text that no tool takes for a sign of its own."""
    return _CONTROL.sub(" ", text.translate(_SIGNS)).strip() or "-"


def _title(books: Books) -> str:
    simulated = "SIMULATED 模拟, " if books.simulated else ""
    return f"{books.name}: {simulated}up to {books.until}, as known at position {books.known_at}"
