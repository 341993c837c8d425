"""Personal data that leave the vault: shown for a purpose, disclosed to a named recipient, or erased - and recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import uuid4

from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.aggregates.client import PersonalDataErased
from xiyuan_ledger.aggregates.control import RecordAccessed
from xiyuan_ledger.aggregates.personal import Personal
from xiyuan_ledger.calendar import shanghai_date, today
from xiyuan_ledger.commitments import Disclosure
from xiyuan_ledger.errors import InvalidEntry, RuleBroken, VaultError
from xiyuan_ledger.recording.receipt import Receipt
from xiyuan_ledger.store import Store
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.vault.persons import Persons, committing, registration
from xiyuan_ledger.vault.vault import Vault

PERSONAL_VIEW = "personal"
"""What `RecordAccessed` names as the view when personal data are shown."""


class OpenedUp(NamedTuple):
    """What was shown of a person: by which recorded access, of which fact, and what opens its commitments."""

    access: Receipt
    subject: str
    event: Event
    disclosures: tuple[Disclosure, ...]


class PersonalRecords:
    """The personal data of a ledger's clients."""

    def __init__(self, store: Store, vault: Vault, record: Callable[[Fact], Receipt]):
        self._store = store
        self._vault = vault
        self._record = record
        self._persons = Persons(store)

    def open_up(self, subject: str, fields: Sequence[str], *, purpose: str, recipient: str | None) -> OpenedUp:
        """Fields of a person, all where none is named; the access is recorded before the vault is read.

        Refused: `client-unknown`, `personal-sealed`, `personal-none`, `personal-erased`, `personal-field-unknown`.
        """
        event = self.committing(subject, fields)
        access = RecordAccessed(
            view=PERSONAL_VIEW,
            purpose=purpose,
            subject=subject,
            fields=tuple(dict.fromkeys(fields)) or _FIELDS,
            recipient=recipient,
            key=f"access-{uuid4()}",
            **self._present(),
        )
        receipt = self._record(access)
        found = self._read(subject, event)
        return OpenedUp(receipt, subject, event, tuple(each for each in found if each.field in fields or not fields))

    def _present(self) -> dict[str, Any]:
        """Today; of a simulated ledger the last instant that it was told, so that its story can go on."""
        if not self._store.meta.simulated:
            return {"occurred_on": today()}
        last = event_of(self._store.at([self._store.head()])[0]).recorded_at
        return {"occurred_on": shanghai_date(last), "recorded_at": last}

    def committing(self, subject: str, fields: Sequence[str]) -> Event:
        """The fact behind which the person's data stand, where these fields may be shown; refused as in `open_up`."""
        for field in fields:
            if field not in Personal.model_fields:
                raise InvalidEntry("personal-field-unknown", field="fields", found=field, known=", ".join(_FIELDS))
        recorded = self._persons.recorded(subject)
        if registration(recorded) is None:
            raise RuleBroken("client-unknown", field="subject", client=subject, on=today())
        if self._persons.is_sealed(subject):
            raise RuleBroken("personal-sealed", field="subject", subject=subject)
        if (erased_by := self._vault.erased_by(subject)) is not None:
            raise RuleBroken("personal-erased", field="subject", events=(erased_by,), subject=subject)
        event = committing(recorded)
        if event is None:
            raise RuleBroken("personal-none", field="subject", subject=subject)
        return event

    def _read(self, subject: str, event: Event) -> list[Disclosure]:
        (row,) = self._store.at([event.position])
        found = self._vault.disclosures(row.leaf, event.fact.__dict__["commitments"])
        if found is None:
            # Not erased, and yet not there: the vault is older than the ledger, or somebody took them out.
            raise VaultError("vault-lacks", where=self._vault.where, subject=subject, event=event.event_id)
        return found

    def erase(self, subject: str, *, basis: str, approved_by: str, occurred_on: date | str | None) -> tuple[str, ...]:
        """Record an erasure and destroy what the vault has of the person; every code that it covers."""
        entry = {"subject": subject, "basis": basis, "approved_by": approved_by} | self._present()
        receipt = self._record(PersonalDataErased(**entry | ({"occurred_on": occurred_on} if occurred_on else {})))
        # Recording destroys already; the same erasure entered again makes sure of it.
        self._vault.follow(self._persons.erased())
        return tuple(sorted(self._persons.codes(subject, receipt.position)))


_FIELDS = tuple(Personal.model_fields)
