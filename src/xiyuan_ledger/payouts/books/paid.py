"""What payouts move: to the bank and back, through what is in transit, by the account that a scheme's policy names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from xiyuan_ledger.aggregates.claim import REIMBURSEMENT
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT, SPENT, Account, Posting
from xiyuan_ledger.policies import SCHEMAS

SUBSIDY = "post-subsidy"
CATEGORIES = {SUBSIDY: "subsidy", REIMBURSEMENT: "reimbursement"}
TYPES = ("PaymentInstructed", "SubsidyPaid", "PaymentReturned", "ClawbackRecovered", "ReimbursementPaid")
Row = Mapping[str, Any]
Line = tuple[str | None, str, str, str]


class Paid:
    """Answers the postings of payout facts. Project instalments are transfers, and none of these."""

    def __init__(self, ledger: Ledger, **pinned: Any):
        def facts(name: str) -> list[dict[str, Any]]:
            return ledger.view("journal", type=name, **pinned).rows

        self._schemes = {row["fields"]["run"]: row["fields"]["scheme"] for row in facts("PayoutRunOpened")}
        self._workers = {row["fields"]["claim"]: row["fields"]["worker"] for row in facts("ReimbursementClaimed")}
        self._decided = {row["fields"]["claim"]: row for row in facts("ReimbursementDecided")}
        self._versions = [row for row in ledger.view("policy_register", **pinned).rows if row["policy"] in CATEGORIES]
        self._paid_on: dict[Line, date] = {}
        for row in facts("SubsidyPaid") + facts("ReimbursementPaid"):
            line = self._line(row)
            self._paid_on[line] = min(row["occurred_on"], self._paid_on.get(line, date.max))

    def postings(self, row: Row) -> Iterator[Posting]:
        """What a fact moves; nothing where no policy names an account."""
        fields, on = row["fields"], row["occurred_on"]
        match row["type"]:
            case "PaymentInstructed":
                yield from self._moved(self._schemes.get(fields["run"], ""), on, fields["total_fen"], BANK, IN_TRANSIT)
            case "SubsidyPaid":
                fen = fields["amount_fen"] - fields["offset_fen"]
                yield from self._moved(fields["scheme"], on, fen, IN_TRANSIT, SPENT)
            case "ReimbursementPaid":
                fen = self._decided[fields["claim"]]["fields"]["amount_fen"]
                yield from self._moved(REIMBURSEMENT, on, fen, IN_TRANSIT if fields.get("run") else BANK, SPENT)
            case "PaymentReturned":
                paid_on = self._paid_on.get(self._line(row))
                came_from = IN_TRANSIT if paid_on is None else SPENT
                yield from self._moved(fields["scheme"], paid_on or on, fields["amount_fen"], came_from, BANK)
            case _ if fields.get("run") is None:
                yield from self._moved(fields["scheme"], on, fields["amount_fen"], SPENT, BANK)

    def _line(self, row: Row) -> Line:
        fields = row["fields"]
        if row["type"] != "ReimbursementPaid":
            return fields["run"], fields["worker"], fields["scheme"], fields["month"]
        month = self._decided[fields["claim"]]["occurred_on"].isoformat()[:7]
        return fields.get("run"), self._workers[fields["claim"]], REIMBURSEMENT, month

    def _moved(self, scheme: str, on: date, fen: int, source: str, target: str) -> Iterator[Posting]:
        payer = self._payer(scheme, on)
        if payer is None or fen == 0:
            return
        for kind, amount in ((target, fen), (source, -fen)):
            category = CATEGORIES[scheme] if kind == SPENT else None
            yield Posting(Account(kind, *payer, None, category), amount)

    def _payer(self, scheme: str, on: date) -> tuple[str, str] | None:
        """The account of the version in force on a day; of several, of the newest."""
        standing = [
            row
            for row in self._versions
            if row["policy"] == scheme
            and row["effective_from"] <= on
            and (row["effective_to"] is None or on < row["effective_to"])
        ]
        if not standing:
            return None
        newest = max(standing, key=lambda row: int(row["version"]))
        account = SCHEMAS[scheme].model_validate(newest["parameters"]).account  # type: ignore[attr-defined]
        return account.org, account.channel
