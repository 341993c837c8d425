"""人: which codes are one person's, which fact holds her personal data, and whose data were erased by which fact.

All of it is read from the facts, so that it can be asked anew of any backup of the vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.client import ClientRegistered, PersonalDataErased, PersonsMerged
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.aggregates.personal import ERASED
from xiyuan_ledger.store import Store
from xiyuan_ledger.store.mapper import event_of


class Persons:
    """The facts of clients as a store has them, read when asked for."""

    def __init__(self, store: Store):
        self._store = store

    def recorded(self, code: str) -> list[Event]:
        """Everything recorded in a client's stream, in order."""
        return [event_of(row) for row in self._store.of_streams([f"client/{code}"])]

    def codes(self, code: str, until: int | None = None) -> frozenset[str]:
        """Every code of the person who has this one, as merges were known at a position; at least this one."""
        found, open_ = {code}, [code]
        while open_:
            for other in self._merged_with(open_.pop(), until):
                if other not in found:
                    found.add(other)
                    open_.append(other)
        return frozenset(found)

    def _merged_with(self, code: str, until: int | None) -> Iterator[str]:
        yield from merges(self.recorded(code), until)
        for stream in self._store.tagged(f"merged/{code}"):
            survivor = stream.partition("/")[2]
            if code in set(merges(self.recorded(survivor), until)):
                yield survivor

    def erased(self) -> dict[str, str]:
        """Whose personal data are to be gone: every code that a `PersonalDataErased` covers, with that fact."""
        found: dict[str, str] = {}
        events = [
            event
            for stream in self._store.tagged(ERASED)
            for event in self.recorded(stream.partition("/")[2])
            if isinstance(event.fact, PersonalDataErased)
        ]
        for event in sorted(events, key=lambda each: each.position):
            for code in self.codes(event.fact.stream().partition("/")[2], event.position):
                found.setdefault(code, event.event_id)
        return found

    def is_sealed(self, code: str) -> bool:
        """Whether any code of the person was ever registered as `sealed`: no correction or voiding lifts that."""
        recorded = (event.fact for each in self.codes(code) for event in self.recorded(each))
        return any(isinstance(fact, ClientRegistered) and fact.sensitivity == "sealed" for fact in recorded)


def merges(events: Iterable[Event], until: int | None = None) -> list[str]:
    """The codes merged into a client, as known at a position."""
    known = [event for event in events if until is None or event.position <= until]
    gone = gone_from(known)
    return [e.fact.merged for e in known if isinstance(e.fact, PersonsMerged) and e.event_id not in gone]


def gone_from(events: Iterable[Event]) -> frozenset[str]:
    """The ids of what was corrected or voided."""
    listed = list(events)
    corrected = {event.fact.corrects for event in listed if event.fact.corrects is not None}
    return frozenset(corrected | {event.fact.event for event in listed if isinstance(event.fact, RecordVoided)})


def registration(events: Iterable[Event]) -> Event | None:
    """A client's registration as it stands."""
    listed = list(events)
    gone = gone_from(listed)
    return next((e for e in listed if isinstance(e.fact, ClientRegistered) and e.event_id not in gone), None)


def committing(events: Iterable[Event]) -> Event | None:
    """The registration behind which a client's personal data stand; a correction without any leaves them."""
    listed = list(events)
    by_id = {event.event_id: event for event in listed}
    found = registration(listed)
    while found is not None and found.fact.__dict__["commitments"] is None:
        found = by_id.get(found.fact.corrects or "")
    return found
