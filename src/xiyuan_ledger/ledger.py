"""Ledger 账本: the one object that others hold, and the one place where the parts are put together."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self, cast

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.errors import InvalidEntry
from xiyuan_ledger.journal.journal import Journal
from xiyuan_ledger.journal.reading import StoredLog
from xiyuan_ledger.note import Note
from xiyuan_ledger.policies import adoptions, load_policy
from xiyuan_ledger.projections.asking import Asking, taken
from xiyuan_ledger.projections.impact import Impact
from xiyuan_ledger.projections.pin import Pin, Settled
from xiyuan_ledger.projections.run_lines import LinesAtPin
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.recording.batch import chunks, taken_together
from xiyuan_ledger.recording.entries import Entry, actor_of, code_of
from xiyuan_ledger.recording.first_facts import BulkRecorder
from xiyuan_ledger.recording.held import effective
from xiyuan_ledger.recording.personal import PersonalRecords
from xiyuan_ledger.recording.receipt import Receipt
from xiyuan_ledger.recording.sealing import Sealing
from xiyuan_ledger.store import Meta, Store, open_store
from xiyuan_ledger.store.closed import ClosedStore
from xiyuan_ledger.store.mapper import POSITION_MAX, event_of, is_event_id, position_of
from xiyuan_ledger.store.opening import MEMORY, bundle_path, journal_folder, proofs_folder
from xiyuan_ledger.vault.keys import KeyKeeper
from xiyuan_ledger.vault.opening import LedgerVault, Place, place_for_new, place_of
from xiyuan_ledger.vault.vault import Vault
from xiyuan_ledger.verification.bundle_store import BundleStore
from xiyuan_ledger.verification.desk import Desk
from xiyuan_ledger.verification.disclosures import DisclosureFile, disclosed
from xiyuan_ledger.verification.inclusion import Proving
from xiyuan_ledger.verification.rotating import continuing

READ_ROWS = 5_000
RECORD_ROWS = 10_000
SUBSCRIBE_SECONDS = 0.1
SIMULATION_BEGINS = datetime(2000, 1, 1, tzinfo=UTC)
"""When a simulated ledger adopts its first policies: before anything that it may be told."""


class Ledger:
    """账本: records facts and answers views. Safe for threads; any number of processes share its store."""

    def __init__(
        self,
        store: Store,
        *,
        actor: str | None,
        journal: Path | None,
        proofs: Path | None = None,
        vault: Place | None = None,
    ):
        self._store = store
        self._vault = LedgerVault(store, vault)
        self._proofs = proofs
        self._journal_folder = journal
        self._desk: Desk | None = None
        self._lock = threading.RLock()
        self._actor = actor
        self._recorder: BulkRecorder | None = None
        self.journal = Journal(StoredLog(store), journal)
        self._asking = Asking(self.name, self.simulated, self.journal)
        self.run_lines = LinesAtPin(self.view, journal, store.begun)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        actor: str | None = None,
        create: bool = False,
        name: str = "xiyuan",
        simulated: bool = False,
        policies: Sequence[Path | str] = (),
        journal: Path | str | None = None,
        proofs: Path | str | None = None,
        vault: str | None = None,
        vault_key: Path | str | KeyKeeper | None = None,
        continues: Note | None = None,
    ) -> Ledger:
        """The ledger at `sqlite:///FILE`, `postgresql://…` or `memory:`; `bundle:DIR` is a bundle, only read.

        Creates nothing unless `create=True` (`memory:` is always new); a new ledger adopts version 1 of every policy,
        those of the files in `policies` in place of the defaults. `journal` is the folder of the column cache, `proofs`
        that of the checkpoints and of the log's key. `continues` is the last witnessed checkpoint of a ledger whose
        key was lost: the new one's first event holds to it.
        `vault` is where personal data are sealed: a URL, never the ledger's own, "" for none; without it
        XIYUAN_VAULT, else `FILE.vault` beside a SQLite file (made with a new ledger). `vault_key` is the file of its
        key, or a key service; without it XIYUAN_VAULT_KEY, else the vault's file with `.key`. The vault is opened when
        it is first needed. Raises StoreError when the store is missing, foreign, newer or damaged, InvalidEntry when
        `actor` or `name` is no code, VaultError when a new ledger's vault cannot be made.
        """
        actor = actor_of(actor)
        new = create or url == MEMORY
        name = code_of("name", name) if new else name
        first = [*continuing(continues, name), *adoptions([Path(file) for file in policies])] if new else []
        place = place_for_new(url, vault, vault_key) if new else place_of(url, vault, vault_key)
        bundle = bundle_path(url)
        store = BundleStore.open(bundle) if bundle else open_store(url, create=Meta(name, simulated) if new else None)
        folders = {"journal": journal_folder(url, journal), "proofs": proofs_folder(url, proofs)}
        ledger = cls(store, actor=actor, vault=place, **folders)
        if new:
            ledger.journal.clear()
            ledger._adopt(first)
            if place is not None:
                ledger._vault.create()
        return ledger

    def _adopt(self, first: Iterable[Fact]) -> None:
        """Record the first policies; in a simulated ledger, as if before everything that it will be told."""
        told = {"actor": self._actor or "xiyuan-init"} | ({"recorded_at": SIMULATION_BEGINS} if self.simulated else {})
        self.record_all([fact.model_copy(update=told) for fact in first])

    @property
    def name(self) -> str:
        """The ledger's name."""
        return self._store.meta.name

    @property
    def simulated(self) -> bool:
        """Whether entries may say when they were recorded. Said once, when the ledger is created."""
        return self._store.meta.simulated

    @property
    def actor(self) -> str | None:
        """Who enters what says nothing else."""
        return self._actor

    @property
    def head(self) -> int:
        """The position of the newest event."""
        return self._store.head()

    def _writer(self) -> BulkRecorder:
        if isinstance(self._store, BundleStore):
            self._store.refuse()
        if self._recorder is None:
            sealing = Sealing(self._store, self._vault.found)
            self._recorder = BulkRecorder(self._store, self._actor, calendar.now, sealing, self.run_lines)
        return self._recorder

    def record(self, entry: Entry) -> Receipt:
        """Record one fact, durable when this returns; a duplicate is said to be one. Raises Refused, StoreError."""
        with self._lock:
            return self._writer().record(entry)

    def record_all(self, entries: Iterable[Entry], *, atomic: bool = True) -> list[Receipt]:
        """Record many: all or nothing in one transaction, or, with `atomic=False`, the good ones in whole batches.

        With `atomic=False` a refused entry has a receipt that says why, and the others are recorded.
        """
        with self._lock:
            record = self._writer().record_chunk
            if atomic:
                return record(taken_together(entries), atomic=True)
            return [each for batch in chunks(entries, RECORD_ROWS) for each in record(batch, atomic=False)]

    def judge_all(self, entries: Iterable[Entry]) -> list[Receipt]:
        """What recording would answer, with nothing written (`--dry-run`)."""
        with self._lock:
            return self._writer().rehearse(list(entries))

    @property
    def vault(self) -> Vault:
        """The vault of personal data, which knows the bank accounts of payees. Raises VaultError."""
        with self._lock:
            return self._vault.needed()

    @property
    def vault_place(self) -> Place | None:
        """Where the vault is, or would be; None where none is named and none can lie beside the ledger."""
        return self._vault.place

    def create_vault(self) -> Vault:
        """A vault for a ledger that has none yet, where `open` was told, or beside a SQLite file. Raises VaultError."""
        with self._lock:
            return self._vault.create()

    def renew_vault_key(self) -> None:
        """A new key in the vault's key file: what old backups of the vault hold cannot be read with it. VaultError."""
        with self._lock:
            self._vault.renew_key()

    def reveal(self, subject: str, fields: Sequence[str] = (), *, purpose: str) -> dict[str, str]:
        """A client's personal data, all or these fields: the access is recorded with its purpose before any is read.

        Nothing is shown of a person registered as `sealed`. Raises Refused, VaultError.
        """
        opened = self.personal.open_up(subject, fields, purpose=purpose, recipient=None)
        return {each.field: each.value for each in opened.disclosures}

    def disclose(self, subject: str, fields: Sequence[str], *, recipient: str, purpose: str) -> DisclosureFile:
        """Single fields of a client for a named recipient, recorded as such: a file for the next checkpoint's bundle.

        Of what is erased it names the fact that erased it, and nothing is recorded. Raises Refused, VaultError.
        """
        return disclosed(self.personal, self.event, subject, fields, recipient=recipient, purpose=purpose)

    def erase(
        self, subject: str, *, basis: str, approved_by: str, occurred_on: date | str | None = None
    ) -> tuple[str, ...]:
        """Destroy a person's personal data for good, under all her codes, and record it; the codes are returned.

        The facts stay, and so does every proof. Raises Refused, VaultError.
        """
        return self.personal.erase(subject, basis=basis, approved_by=approved_by, occurred_on=occurred_on)

    @property
    def personal(self) -> PersonalRecords:
        """What is known of clients by name, behind its commitments."""
        return PersonalRecords(self._store, self.vault, self.record)

    def view(
        self,
        name: str,
        *,
        pin: Pin | None = None,
        valid_on: date | str | None = None,
        known_at: int | str | datetime | None = None,
        from_: date | str | None = None,
        to: date | str | None = None,
        month: str | None = None,
        quarter: str | None = None,
        year: str | int | None = None,
        where: Mapping[str, Any] | None = None,
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        evidence: bool = True,
        **arguments: Any,
    ) -> View:
        """A view at a pin: as known at a position or instant, about a day, over a period if it is a view over one.

        `where` keeps the rows whose columns equal the values; `policies` computes under other parameters than those in
        force, without recording anything; without `evidence` that column is left out. Raises ViewError.
        """
        begins = from_ or arguments.pop("from", None)
        period = taken(name, {"from": begins, "to": to, "month": month, "quarter": quarter, "year": year})
        settled = self._asking.settle(pin or Pin(), valid_on=valid_on, known_at=known_at, period=period, head=self.head)
        asked: dict[str, Any] = {"where": where or {}, "what_if": policies or {}, "arguments": arguments}
        return self._asking.ask(name, settled, evidence=evidence, **asked)

    def part(
        self, name: str, pin: Settled, columns: Sequence[str], positions: Sequence[int] | None = None, **arguments: Any
    ) -> View:
        """Some columns of a view at a settled pin; of a view of facts, at some positions only: a page of it."""
        asked: dict[str, Any] = {"where": {}, "what_if": {}, "arguments": arguments, "columns": columns}
        return self._asking.ask(name, pin, positions=positions, **asked)

    def settle(
        self,
        *,
        valid_on: date | str | None = None,
        known_at: int | str | datetime | None = None,
        from_: date | str | None = None,
        to: date | str | None = None,
    ) -> Settled:
        """The pin that a view asked now with these would have: everything filled in. Raises ViewError."""
        period = {"from": from_, "to": to}
        return self._asking.settle(Pin(), valid_on=valid_on, known_at=known_at, period=period, head=self.head)

    def history(self, subject: str, **pinned: Any) -> View:
        """Everything recorded about one subject, corrected and voided facts included and marked."""
        return self.view("history", subject=subject, **pinned)

    def diff(
        self,
        name: str,
        a: Pin,
        b: Pin,
        *,
        where: Mapping[str, Any] | None = None,
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        **arguments: Any,
    ) -> View:
        """What changed in a view from pin A to pin B, and the facts recorded between them that caused it.

        A period (`from_`, `to`, `month`, `quarter`, `year`), `where` and `policies` hold on both sides, as in `view`.
        """
        period = {unit: arguments.pop(unit, None) for unit in ("to", "month", "quarter", "year")}
        period["from"] = arguments.pop("from_", None) or arguments.pop("from", None)
        before, after = (self._asking.settle(pin, period=taken(name, period), head=self.head) for pin in (a, b))
        return self._asking.compare(name, before, after, where=where or {}, what_if=policies or {}, arguments=arguments)

    def preview(
        self,
        adoption: PolicyAdopted | Path | str,
        *,
        pin: Pin | None = None,
        valid_on: date | str | None = None,
        known_at: int | str | datetime | None = None,
    ) -> Impact:
        """What adopting a version of a policy would change, with nothing recorded: who, and how much.

        `adoption` is the fact that would be recorded, or a policy file (TOML). Statements are about `valid_on`; left
        out, about today, or the day on which the version takes effect where that is later. Raises FileError, ViewError.
        """
        given: Mapping[str, Any] = load_policy(Path(adoption)) if isinstance(adoption, Path | str) else adoption.entry()
        version: dict[str, Any] = {
            name: given[name] for name in ("parameters", "effective_from", "effective_to") if name in given
        }
        if valid_on is None and (pin is None or pin.valid_on is None):
            valid_on = max(calendar.today(), given["effective_from"])
        settled = self._asking.settle(pin or Pin(), valid_on=valid_on, known_at=known_at, head=self.head)
        return self._asking.preview(given["policy"], version, settled)

    def events(self, after: int = 0, types: Iterable[str | type[Fact]] | None = None) -> Iterator[Event]:
        """Facts with their envelope in the order of positions, streaming; `types` keeps those of these names."""
        wanted = None if types is None else {each if isinstance(each, str) else each.__name__ for each in types}
        while rows := self._store.after(after, READ_ROWS):
            yield from (event for event in map(event_of, rows) if wanted is None or event.type in wanted)
            after = rows[-1].position

    def events_of(self, streams: Iterable[str], until: int = POSITION_MAX) -> list[Event]:
        """The facts of these streams that, up to a position, nothing corrected or voided, in the order of dates."""
        return effective(event_of(row) for row in self._store.of_streams(streams) if row.position <= until)

    def subscribe(
        self, after: int = 0, types: Iterable[str | type[Fact]] | None = None, *, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """The same as `events`, and goes on with what comes, until `stop` is set."""
        ended = stop or threading.Event()
        while not ended.is_set():
            head = self.head
            for event in self.events(after, types):
                yield event
                after = event.position
            after = max(after, head)
            ended.wait(SUBSCRIBE_SECONDS)

    def stored_bytes(self, position: int) -> bytes:
        """The canonical bytes of the event at a position: what is hashed, exported and verified."""
        if rows := self._store.at([position]):
            return rows[0].state
        raise InvalidEntry("target-unknown", field="position", target=position)

    def event(self, event_id: str) -> Event:
        """The event of that id, superseded or not. Raises InvalidEntry `target-unknown`."""
        for row in self._store.at([position_of(event_id)]) if is_event_id(event_id) else ():
            if (found := event_of(row)).event_id == event_id:
                return found
        raise InvalidEntry("target-unknown", field="event", target=event_id[:36])

    @property
    def proofs(self) -> Desk:
        """Where checkpoints are made, witnessed and kept, and the key is changed. ProofError `proofs-nowhere`."""
        with self._lock:
            self._desk = self._desk or Desk.of(self._store, self._asking, self._proofs, self._journal_folder)
            return self._desk

    @property
    def proving(self) -> Proving:
        """What shows that events are part of it; of a bundle, what that carries. Not for threads. Raises ProofError."""
        return self._store if isinstance(self._store, BundleStore) else self.proofs

    def checkpoint(self, *, key: Path | str | None = None) -> Note:
        """检查点: sign what is recorded now with the log's key, and keep it. Raises ProofError.

        `key` is the key's file; left out, `log.key` in the ledger's folder of proofs. A checkpoint that does not
        continue the last one that the key signed is refused.
        """
        with self._lock:
            return self.proofs.sign(self.head, None if key is None else Path(key))

    def bundle(
        self,
        path: Path | str,
        *,
        checkpoint: Note | None = None,
        disclosures: Sequence[DisclosureFile] = (),
        **pinned: Any,
    ) -> Path:
        """核验包: what an evaluator needs to verify the ledger up to a checkpoint, in a new folder or .zip.

        `checkpoint` left out: the newest one kept. `pinned` as in `view`: `valid_on`, left out the day of the last
        event's recording, and the period of views over one. `disclosures` are what `disclose` gave before that.
        """
        with self._lock:
            return self.proofs.export(Path(path), checkpoint, pinned, disclosures)

    def close(self) -> None:
        """Let go of the store. Everything recorded is durable already."""
        with self._lock:
            self._vault.close()
            self._store.close()
            self._store, self._recorder = cast("Store", ClosedStore(self._store.meta)), None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
