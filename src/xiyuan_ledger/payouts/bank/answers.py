"""回盘文件: what the bank says of a file, read back against the order that it answers; all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from xiyuan_ledger.payouts.bank.findings import Findings, Place
from xiyuan_ledger.payouts.bank.order import Order, Outcome, State, Transfer

REASON_UNLISTED = "unlisted"
"""A reason that the template does not know: the bank's own words may name a person, and stay in its file."""


class Said(NamedTuple):
    """One line of an answer, as read; no amount where the bank does not repeat it."""

    place: Place
    reference: str
    amount_fen: int | None
    state: State
    bank_ref: str | None
    reason: str | None


class Judge:
    """Compares the lines of an answer with those of its order."""

    def __init__(self, order: Order, findings: Findings, content: bytes):
        self._transfers: Mapping[str, Transfer] = {each.reference: each for each in order.transfers}
        self._findings = findings
        self.digest = sha256(content).hexdigest()
        self._seen: dict[str, Place | None] = {}
        self.outcomes: list[Outcome] = []

    def take(self, said: Said) -> None:
        """One line: it belongs to the order, comes once, and has the amount that was ordered."""
        transfer = self._transfers.get(said.reference)
        if transfer is None:
            self._findings.add("answer-line-foreign", said.place)
            return
        first = self._seen.get(said.reference)
        if first is not None:
            self._findings.add("answer-line-twice", said.place, first=first.words("en"), first_zh=first.words("zh"))
            return
        self._seen[said.reference] = said.place
        if said.amount_fen is not None and said.amount_fen != transfer.amount_fen:
            self._findings.add(
                "answer-amount", said.place, found=said.amount_fen, ordered=transfer.amount_fen, payee=transfer.payee
            )
            return
        bank_ref = said.bank_ref or f"{self.digest[:16]}-{len(self.outcomes) + 1}"
        self.outcomes.append(Outcome(said.reference, said.state, transfer.amount_fen, bank_ref, said.reason))

    def take_plain(self, outcomes: list[Outcome]) -> None:
        """All lines at once, of which it was seen that they belong to the order, come once, and have its amounts."""
        self.outcomes = outcomes
        self._seen = dict.fromkeys(each.reference for each in outcomes)

    def require_whole(self) -> None:
        """Every line of the order is answered: one that lacks some was cut off."""
        left = [each.payee for reference, each in self._transfers.items() if reference not in self._seen]
        if left:
            self._findings.add("answer-lines-missing", Place(None, None), count=len(left), payees=", ".join(left[:20]))

    def sums(self) -> dict[str, int]:
        """What a total line may say of the answer."""
        count = Counter(each.state for each in self.outcomes)
        fen = {state: sum(each.amount_fen for each in self.outcomes if each.state == state) for state in count}
        found = {"lines": count.total(), "total_yuan": sum(fen.values()), "total_fen": sum(fen.values())}
        for state in ("paid", "rejected"):
            found |= {f"{state}_lines": count[state], f"{state}_yuan": fen.get(state, 0)}
        return found
