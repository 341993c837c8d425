"""付款文件: what one file asks a bank to pay. Everything in it is a function of the run, so that making it again gives
the same bytes; accounts and names come in only when the file is made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import sha1
from typing import Literal, NamedTuple
from uuid import UUID

NAMESPACE = UUID("6d1f0b52-5a0e-5f0c-9b7d-8f4d7f4f2a11")
_NAMESPACE = NAMESPACE.bytes
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
REFERENCE_LENGTH_MAX = 35
REMARK_LENGTH_MAX = 60
LINES_MAX = 5_000
"""Lines of one file: what banks take at most."""

State = Literal["paid", "rejected", "returned", "unknown"]


class Transfer(NamedTuple):
    """一笔付款: one line of a file. `reference` is its end-to-end id, the same whoever makes the line again."""

    reference: str
    payee: str
    amount_fen: int
    remark: str


class Outcome(NamedTuple):
    """回盘: what the bank says of one line. `unknown` is neither paid nor rejected, and never paid again."""

    reference: str
    state: State
    amount_fen: int
    bank_ref: str
    reason: str | None


@dataclass(frozen=True)
class Order:
    """付款文件: a part of a run, at most `LINES_MAX` lines. `payer` is the code of the organisation that pays."""

    run: str
    part: int
    payer: str
    pay_on: date
    transfers: tuple[Transfer, ...]

    def __post_init__(self) -> None:
        references = {each.reference for each in self.transfers}
        assert 0 < len(references) == len(self.transfers) <= LINES_MAX
        assert all(references)
        assert max(map(len, references)) <= REFERENCE_LENGTH_MAX
        _, _, fen, remarks = zip(*self.transfers, strict=True)
        assert min(fen) > 0
        assert max(map(len, remarks)) <= REMARK_LENGTH_MAX

    @cached_property
    def number(self) -> str:
        """批次号: the file's id at the bank, 32 characters; the same file has the same number for ever."""
        return file_number(self.run, self.part)

    def without(self, references: Collection[str]) -> Order | None:
        """The same file without these lines; None where nothing is left."""
        left = tuple(each for each in self.transfers if each.reference not in references)
        return replace(self, transfers=left) if left else None

    @property
    def total_fen(self) -> int:
        """The sum of its lines, in fen."""
        return sum(each.amount_fen for each in self.transfers)


def file_number(run: str, part: int) -> str:
    """The id at the bank of a part of a run."""
    return uuid5_hex(f"file/{run}/{part}")


def reference_of(*parts: str) -> str:
    """The end-to-end id of a line, 32 characters, from what names it: run, payee, scheme, month, kind."""
    return uuid5_hex("line/" + "/".join(parts))


def references_of(run: str, named: Iterable[tuple[str, str, str, str]]) -> list[str]:
    """The ids of many lines of a run, each named by its payee, scheme, month and kind."""
    form = f"line/{run.replace('%', '%%')}/%s/%s/%s/%s"
    return list(map(uuid5_hex, map(form.__mod__, named)))


def uuid5_hex(name: str) -> str:
    """The same as `uuid5(NAMESPACE, name).hex`, which takes three times as long: a run has many lines."""
    found = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    return f"{found[:12]}5{found[13:16]}{_VARIANT[found[16]]}{found[17:32]}"


def orders(run: str, payer: str, pay_on: date, transfers: Sequence[Transfer], lines_max: int) -> Iterator[Order]:
    """The files of a run: its lines in their order, parted where a file is full."""
    for part, first in enumerate(range(0, len(transfers), lines_max), start=1):
        yield Order(run, part, payer, pay_on, tuple(transfers[first : first + lines_max]))
