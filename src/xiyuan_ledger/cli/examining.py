"""The doctor: whether the ledger is whole and the machine fit for it, and what to do where not."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.aggregates import FACTS, Event
from xiyuan_ledger.calendar import instant_text, now
from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.examining_payouts import payout_findings
from xiyuan_ledger.cli.examining_vault import Finding, vault_findings
from xiyuan_ledger.cli.helping import Command
from xiyuan_ledger.cli.refusals import EXIT_WANTING, say_error
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.errors import LedgerError, ProofError, StoreError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.store import Row, Store, open_store
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.keys import read_key_file

READ_ROWS = 5_000
CHECKPOINT_DAYS_MAX = 7
SHOWN_MAX = 10
PAGES_NEED = ("jinja2", "starlette", "uvicorn", "xlsxwriter")
PYTHON_MIN = (3, 11)
SQLITE_MIN = (3, 35, 0)
ORG_FIELDS = ("org", "employer", "purchaser", "implementer", "agency", "by", "to_org", "parent", "community", "station")
COLUMNS = (
    column("check", "检查", "Check"),
    column("status", "结果", "Status"),
    column("found", "所见", "Found"),
    column("advice", "建议", "What to do"),
)


class Reading:
    """All events read once, in order: what is wrong with their bytes, and which organisations they name."""

    def __init__(self, store: Store):
        self.events = 0
        self.faults: list[str] = []
        self.last_at: datetime | None = None
        self._registered: set[str] = set()
        self._named: set[str] = set()
        for row in _rows(store):
            self._look_at(row)

    def _look_at(self, row: Row) -> None:
        self.events += 1
        if row.position != self.events:
            self._note(f"#{self.events} → #{row.position}")
            self.events = row.position
        try:
            if leaf_hash(row.state) != row.leaf:
                self._note(f"#{row.position} leaf")
            body = loads(row.state)
            if dumps(body) != row.state or body["position"] != row.position or body["stream"] != row.stream:
                self._note(f"#{row.position} bytes")
            self._follow(event_of(row))
        except (ValueError, KeyError, TypeError, LedgerError):
            self._note(f"#{row.position} unreadable")

    def _note(self, fault: str) -> None:
        self.faults.append(fault)

    def _follow(self, event: Event) -> None:
        if self.last_at is not None and event.recorded_at < self.last_at:
            self._note(f"#{event.position} recorded_at")
        self.last_at = event.recorded_at
        if event.type == "OrganizationRegistered":
            self._registered.add(event.fact.stream().partition("/")[2])
        values = event.fact.__dict__
        self._named |= {value for name in ORG_FIELDS if isinstance(value := values.get(name), str)}

    def unregistered(self) -> list[str]:
        """Organisations that facts name and nobody registered."""
        return sorted(self._named - self._registered)


def _rows(store: Store) -> Iterator[Row]:
    after = 0
    while rows := store.after(after, READ_ROWS):
        yield from rows
        after = rows[-1].position


def _first(found: list[str]) -> str:
    return ", ".join(found[:SHOWN_MAX]) + (f" … +{len(found) - SHOWN_MAX}" if len(found) > SHOWN_MAX else "")


def _examine(call: Call) -> Iterator[Finding]:
    yield _versions(call)
    try:
        store = open_store(call.ledger, create=None)
    except StoreError as error:
        yield Finding("store", "fail", f"[{error.code}] {error.message(call.lang)}", error.hint(call.lang))
        return
    try:
        reading = Reading(store)
        yield Finding("store", "ok", call.words("store-found", name=store.meta.name, events=reading.events))
        if missing := store.guards_missing():
            yield Finding("guards", "fail", _first(missing), call.words("guards-advice"))
        simulated = store.meta.simulated
    except (sqlite3.Error, LedgerError) as error:
        found = error.message(call.lang) if isinstance(error, LedgerError) else str(error)
        yield Finding("store", "fail", found, call.words("events-advice"))
        return
    finally:
        store.close()
    yield _events(call, reading)
    yield _clock(call, reading, simulated=simulated)
    if not reading.faults:
        yield _journal(call)
        yield from vault_findings(call)
        yield from payout_findings(call)
    yield _organisations(call, reading)
    yield from _proofs(call)
    yield _pages(call)


def _versions(call: Call) -> Finding:
    import duckdb

    found = f"Python {platform.python_version()} · SQLite {sqlite3.sqlite_version} · DuckDB {duckdb.__version__}"
    if sys.version_info < PYTHON_MIN or sqlite3.sqlite_version_info < SQLITE_MIN:
        return Finding("versions", "fail", found, call.words("versions-advice"))
    return Finding("versions", "ok", found)


def _events(call: Call, reading: Reading) -> Finding:
    if reading.faults:
        return Finding("events", "fail", _first(reading.faults), call.words("events-advice"))
    return Finding("events", "ok", call.words("events-whole", events=reading.events))


def _clock(call: Call, reading: Reading, *, simulated: bool) -> Finding:
    if simulated:
        return Finding("clock", "ok", call.words("clock-simulated"))
    last, present = reading.last_at, now()
    if last is not None and present < last:
        return Finding("clock", "fail", f"{instant_text(present)} < {instant_text(last)}", call.words("clock-advice"))
    return Finding("clock", "ok", instant_text(present))


def _journal(call: Call) -> Finding:
    """Whether the columns hold as many rows as the store has events; what was not sound is made again on the way."""
    import duckdb

    try:
        with call.open() as ledger:
            sound = ledger.journal.is_sound()
            with duckdb.connect(":memory:") as connection:
                head, counted = ledger.head, _journal_rows(ledger, connection)
    except (LedgerError, duckdb.Error, OSError) as error:
        found = say_error(error, call.lang) if isinstance(error, LedgerError) else str(error)
        return Finding("journal", "fail", found, call.words("journal-advice"))
    if counted != head:
        return Finding(
            "journal", "fail", call.words("journal-rows", rows=counted, events=head), call.words("journal-advice")
        )
    if not sound:
        return Finding("journal", "warn", call.words("journal-remade"), "")
    return Finding("journal", "ok", call.words("journal-rows", rows=counted, events=head))


def _journal_rows(ledger: Ledger, connection: Any) -> int:
    ledger.journal.attach(connection, ledger.head, FACTS.values())
    tables = connection.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'raw'").fetchall()
    counts = [connection.execute(f'SELECT count(*) FROM raw."{name}"').fetchone()[0] for (name,) in tables]
    return int(sum(counts))


def _proofs(call: Call) -> Iterator[Finding]:
    """Whether the log's key is there and its owner's alone; how far behind the newest checkpoint is, and how old."""
    with call.open() as ledger:
        if not ledger.proofs.key_file().exists():
            yield Finding("key", "warn", call.words("key-none"), call.words("key-advice"))
            return
        try:
            signer = read_key_file(ledger.proofs.key_file())
            note, signed_at = ledger.proofs.latest(), ledger.proofs.latest_at()
        except ProofError as error:
            none_yet = error.code == "checkpoint-none"
            yield Finding("key", "warn" if none_yet else "fail", error.message(call.lang), error.hint(call.lang))
            return
        yield Finding("key", "ok", signer.name)
        unsigned, days = ledger.head - checkpoint_of(note).size, (now() - signed_at).days
    found = call.words("checkpoint-found", days=days, unsigned=unsigned)
    old = unsigned > 0 and days > CHECKPOINT_DAYS_MAX
    yield Finding("checkpoint", "warn" if old else "ok", found, call.words("checkpoint-advice") if old else "")


def _organisations(call: Call, reading: Reading) -> Finding:
    missing = reading.unregistered()
    if missing:
        found = call.words("organisations-missing", count=len(missing), codes=_first(missing))
        return Finding("organisations", "warn", found, call.words("organisations-advice"))
    return Finding("organisations", "ok", call.words("organisations-known"))


def _pages(call: Call) -> Finding:
    """Whether the evaluators' pages can be served."""
    missing = [name for name in PAGES_NEED if find_spec(name) is None]
    if missing:
        return Finding(
            "pages", "warn", call.words("pages-missing", names=", ".join(missing)), call.words("pages-advice")
        )
    return Finding("pages", "ok", call.words("pages-found"))


@click.pass_obj
def _doctor(call: Call, /, form: str, out: Path | None) -> int:
    findings = list(_examine(call))
    put(Sheet("doctor", call.words("doctor-title"), COLUMNS, [each._asdict() for each in findings]), call, form, out)
    return EXIT_WANTING if any(each.status == "fail" for each in findings) else 0


doctor = Command("doctor", callback=_doctor, params=[*format_options(), *shared_options()])
