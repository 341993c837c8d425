"""What payouts move: to the bank and back, through what is in transit, by the account that a run's files debit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from xiyuan_ledger.aggregates.claim import REIMBURSEMENT
from xiyuan_ledger.aggregates.entitlement import KEPT_BACK
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT, SPENT, Account, Posting
from xiyuan_ledger.payouts.books.instalments import INSTALMENT, Instalments
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.store.mapper import position_of

SUBSIDY = "post-subsidy"
CATEGORIES = {SUBSIDY: "subsidy", REIMBURSEMENT: "reimbursement"}
TYPES = ("PaymentInstructed", "SubsidyPaid", "PaymentReturned", "ClawbackRecovered", "ReimbursementPaid")
Row = Mapping[str, Any]
Line = tuple[str | None, str, str, str]
Payer = tuple[str, str]
"""Organisation and channel."""


class Paid:
    """Answers the postings of payout facts. Of project instalments what was paid is a transfer, and none of these."""

    def __init__(self, ledger: Ledger, **pinned: Any):
        def facts(name: str) -> list[dict[str, Any]]:
            return ledger.view("journal", type=name, **pinned).rows

        self._runs = {row["fields"]["run"]: row["fields"] for row in facts("PayoutRunOpened")}
        self._workers = {row["fields"]["claim"]: row["fields"]["worker"] for row in facts("ReimbursementClaimed")}
        self._decided = {row["fields"]["claim"]: row for row in facts("ReimbursementDecided")}
        self._versions = [row for row in ledger.view("policy_register", **pinned).rows if row["policy"] in CATEGORIES]
        self._paid_on: dict[Line, date] = {}
        for row in facts("SubsidyPaid") + facts("ReimbursementPaid"):
            line = self._line(row)
            self._paid_on[line] = min(row["occurred_on"], self._paid_on.get(line, date.max))
        told = facts("PaymentInstructed")
        self._debited = _debited(told)
        runs = [run for run, opened in self._runs.items() if opened["scheme"] == INSTALMENT]
        self.instalments = Instalments(ledger, runs, told, facts("FundsTransferred") if runs else [], **pinned)

    def postings(self, row: Row) -> Iterator[Posting]:
        """What a fact moves; nothing where no policy names an account."""
        fields, on, run = row["fields"], row["occurred_on"], row["fields"].get("run")
        if self._scheme(fields) == INSTALMENT:
            yield from self._of_instalments(row)
            return
        match row["type"]:
            case "PaymentInstructed":
                yield from self._moved(self._scheme(fields), run, on, fields["total_fen"], BANK, IN_TRANSIT)
            case "SubsidyPaid":
                fen = fields["amount_fen"] - fields["offset_fen"]
                yield from self._moved(fields["scheme"], run, on, fen, IN_TRANSIT, SPENT)
            case "ReimbursementPaid":
                fen = self._decided[fields["claim"]]["fields"]["amount_fen"]
                yield from self._moved(REIMBURSEMENT, run, on, fen, IN_TRANSIT if run else BANK, SPENT)
            case "PaymentReturned" if fields["bank_ref"] != KEPT_BACK:
                paid_on = self._paid_on.get(self._line(row))
                came_from = IN_TRANSIT if paid_on is None else SPENT
                yield from self._moved(fields["scheme"], run, paid_on or on, fields["amount_fen"], came_from, BANK)
            case "ClawbackRecovered" if run is None:
                yield from self._moved(fields["scheme"], run, on, fields["amount_fen"], SPENT, BANK)

    def _scheme(self, fields: Mapping[str, Any]) -> str:
        known: str = fields.get("scheme") or self._runs.get(fields.get("run") or "", {}).get("scheme", "")
        return known

    def _of_instalments(self, row: Row) -> Iterator[Posting]:
        match row["type"]:
            case "PaymentInstructed":
                yield from self.instalments.instructed(row)
            case "PaymentReturned":
                yield from self.instalments.returned(row["fields"])

    def _line(self, row: Row) -> Line:
        fields = row["fields"]
        if row["type"] != "ReimbursementPaid":
            return fields["run"], fields["worker"], fields["scheme"], fields["month"]
        month = self._decided[fields["claim"]]["occurred_on"].isoformat()[:7]
        return fields.get("run"), self._workers[fields["claim"]], REIMBURSEMENT, month

    def _moved(self, scheme: str, run: str | None, on: date, fen: int, source: str, target: str) -> Iterator[Posting]:
        payer = self._payer(scheme, run, on)
        if payer is None or fen == 0:
            return
        for kind, amount in ((target, fen), (source, -fen)):
            category = CATEGORIES[scheme] if kind == SPENT else None
            yield Posting(Account(kind, *payer, None, category), amount)

    def _payer(self, scheme: str, run: str | None, on: date) -> Payer | None:
        """The account that the run's file debits; where it names none, that of the policy at the run's pin; without a
        run that of the day."""
        if run in self._debited:
            return self._debited[run]
        opened = self._runs.get(run or "")
        if opened is None:
            return self._named(scheme, on, None)
        return self._named(scheme, date.fromisoformat(str(opened["pin"]["valid_on"])), opened["pin"]["position"])

    def _named(self, scheme: str, on: date, known_at: int | None) -> Payer | None:
        """The account of the version in force on a day: the one recorded last; of those known at a position, if any."""
        standing = [
            (position_of(row["evidence"][0]), row)
            for row in self._versions
            if row["policy"] == scheme
            and row["effective_from"] <= on
            and (row["effective_to"] is None or on < row["effective_to"])
        ]
        known = [each for each in standing if known_at is not None and each[0] <= known_at] or standing
        if not known:
            return None
        _, newest = max(known, key=lambda each: each[0])
        account = SCHEMAS[scheme].model_validate(newest["parameters"]).account  # type: ignore[attr-defined]
        return account.org, account.channel


def _debited(told: list[dict[str, Any]]) -> dict[str | None, Payer]:
    """By run, the account that its first file names."""
    found: dict[str | None, Payer] = {}
    for row in sorted(told, key=lambda row: row["position"]):
        fields = row["fields"]
        if fields.get("org") and fields.get("channel"):
            found.setdefault(fields["run"], (fields["org"], fields["channel"]))
    return found
