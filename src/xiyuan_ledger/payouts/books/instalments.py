"""What runs of project instalments move: from the purchaser's account into transit, and on to who carries it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xiyuan_ledger.aggregates.entitlement import KEPT_BACK
from xiyuan_ledger.aggregates.run import places_in
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.books.account import BANK, IN_TRANSIT, Account, Posting

INSTALMENT = "project-instalment"
Row = Mapping[str, Any]
Place = tuple[str, str, str]
"""Run, project, month."""


class Instalments:
    """Answers the postings of files, transfers and returns of project instalments, line by line.

    A line is of the account from which it was transferred; before that, of the account that its contract names.
    """

    def __init__(
        self, ledger: Ledger, runs: Sequence[str], instructed: Sequence[Row], sent: Sequence[Row], **pinned: Any
    ):
        self._lines = {run: _leaving(ledger, run, pinned) for run in runs}
        self._places = {f"{run}-{project}-{month}": (run, project, month) for run, project, month in self._known()}
        self._sent = {place: row["fields"] for row in sent if (place := self._place(row["fields"])) is not None}
        contracts = ledger.view("contract_execution", evidence=False, **pinned).rows if runs else []
        self._senders = {row["project"]: (row["purchaser"], row["channel"]) for row in contracts}
        self._told: dict[str, list[Row]] = {}
        """By the event of a file, its lines."""
        for run in runs:
            self._told |= _in_files([row for row in instructed if row["fields"]["run"] == run], self._lines[run])
        self._in_files = {(line["run"], line["worker"], line["month"]) for told in self._told.values() for line in told}

    def instructed(self, row: Row) -> Iterator[Posting]:
        """What a file takes into transit."""
        for line in self._told.get(row["event_id"], ()):
            yield from self._moved((line["run"], line["worker"], line["month"]), line["net_fen"], BANK, IN_TRANSIT)

    def source_of(self, sent: Row) -> str:
        """Where a transfer takes its money from: out of transit, where it is a line of a file."""
        return IN_TRANSIT if self._place(sent) in self._in_files else BANK

    def returned(self, fields: Row) -> Iterator[Posting]:
        """What came back without having been paid; else a transfer of its own says it."""
        place = (fields["run"], fields["worker"], fields["month"])
        if place in self._in_files and place not in self._sent:
            yield from self._moved(place, fields["amount_fen"], IN_TRANSIT, BANK)

    def _known(self) -> Iterator[Place]:
        return ((line["run"], line["worker"], line["month"]) for lines in self._lines.values() for line in lines)

    def _place(self, sent: Row) -> Place | None:
        place = self._places.get(sent["voucher"])
        return place if place is not None and place[1] == sent.get("project") else None

    def _moved(self, place: Place, fen: int, source: str, target: str) -> Iterator[Posting]:
        sent = self._sent.get(place)
        payer = self._senders.get(place[1]) if sent is None else (sent["org"], sent["channel"])
        if payer is not None:
            yield Posting(Account(target, *payer, place[1]), fen)
            yield Posting(Account(source, *payer, place[1]), -fen)


def _leaving(ledger: Ledger, run: str, pinned: Mapping[str, Any]) -> list[Row]:
    """The lines of a run of which something leaves, in the order in which its files have them."""
    rows = ledger.view("payroll", run=run, evidence=False, **pinned).rows
    return [row for row in rows if row["net_fen"] > 0]


def _left_in(lines: Sequence[Row]) -> list[Row]:
    """Lines but those that were kept back: they are in no file."""
    return [line for line in lines if line["bank_ref"] != KEPT_BACK]


def _in_files(instructed: Sequence[Row], lines: Sequence[Row]) -> dict[str, list[Row]]:
    """By the event of each file of a run, its lines: those of its places; where it names none, one after the other."""
    found, at = {}, 0
    for row in sorted(instructed, key=lambda row: row["position"]):
        if places := places_in(row["source"], row["fields"]["run"]):
            found[row["event_id"]] = _left_in(lines[places.start - 1 : places.stop - 1])
        else:
            found[row["event_id"]] = _left_in(lines)[at : at + row["fields"]["lines"]]
            at += row["fields"]["lines"]
    return found
