"""披露: what a bundle opens of a person - to whom, what for, and whether it is what the history committed to.

A file of `disclosures/` is one disclosure, as canonical JSON: the recorded access that allowed it, the fact that
commits to the values, and what opens its commitments. One that says `erased` names the fact that erased them instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.client import ClientRegistered, PersonalDataErased, PersonsMerged
from xiyuan_ledger.aggregates.control import RecordAccessed, RecordVoided
from xiyuan_ledger.canonical import dumps
from xiyuan_ledger.commitments import SALT_DIGITS, Disclosure
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.recording.personal import PersonalRecords

FOLDER = "disclosures"
EventAt = Callable[[int], Event | None]
"""The event at a position; None where there is none."""
_SALT = re.compile(f"[0-9a-f]{{{SALT_DIGITS}}}")
_OPENED = {"access": str, "access_position": int, "disclosures": list, "event": str, "position": int}
_ERASED = {"erased": str, "position": int}
_ALWAYS = {"purpose": str, "recipient": str, "subject": str}


class PersonalFacts:
    """What a history says of persons, followed event by event: which codes are one, who is sealed, who was erased."""

    def __init__(self) -> None:
        self._merges: dict[str, tuple[str, str]] = {}
        self._sealed: set[str] = set()
        self.erased: dict[str, str] = {}
        """By code, the fact that erased the person's data; every code that was known as hers then."""

    def follow(self, event: Event) -> None:
        """Take up one more event; most concern nobody's personal data."""
        fact = event.fact
        if gone := fact.event if isinstance(fact, RecordVoided) else fact.corrects:
            self._merges.pop(gone, None)
        match fact:
            case PersonsMerged(client=client, merged=merged):
                self._merges[event.event_id] = (client, merged)
            case ClientRegistered(client=client, sensitivity="sealed"):
                self._sealed.add(client)
            case PersonalDataErased(subject=subject):
                for code in self.codes(subject):
                    self.erased.setdefault(code, event.event_id)

    def codes(self, code: str) -> set[str]:
        """Every code of the person who has this one."""
        found, more = {code}, True
        while more:
            touching = [pair for pair in self._merges.values() if (pair[0] in found) != (pair[1] in found)]
            found |= {each for pair in touching for each in pair}
            more = bool(touching)
        return found

    def is_sealed(self, code: str) -> bool:
        """Whether any code of the person was ever registered as sealed: no correction or voiding lifts that."""
        return not self.codes(code).isdisjoint(self._sealed)


class Disclosed(NamedTuple):
    """One disclosure as checked: `verified`, `erased` with a recorded basis, or `failed` and why."""

    file: str
    status: Literal["verified", "erased", "failed"]
    subject: str = ""
    recipient: str = ""
    purpose: str = ""
    values: Mapping[str, str] = {}  # a NamedTuple's default
    basis: str = ""
    """Of what is erased: the ground on which it was."""
    fault: str = ""
    position: int | None = None
    """The event at which it fails, or by which it was erased."""


class DisclosureFile(NamedTuple):
    """One file of `disclosures/`: its name in the bundle, its bytes, and the last event that it speaks of."""

    name: str
    content: bytes
    position: int

    @property
    def file(self) -> tuple[str, bytes]:
        """What the bundle holds of it."""
        return self.name, self.content


def opened_file(event: Event, access: Event, disclosures: Iterable[Disclosure]) -> DisclosureFile:
    """The file of one disclosure."""
    assert isinstance(access.fact, RecordAccessed)
    content = {
        "access": access.event_id,
        "access_position": access.position,
        "disclosures": sorted(list(each) for each in disclosures),
        "event": event.event_id,
        "position": event.position,
        "purpose": access.fact.purpose,
        "recipient": access.fact.recipient,
        "subject": access.fact.subject,
    }
    return DisclosureFile(f"{FOLDER}/{access.event_id}.json", dumps(content), access.position)


def erased_file(erasure: Event, subject: str, *, recipient: str, purpose: str) -> DisclosureFile:
    """The file that stands for a disclosure which was asked for and cannot be: the data are erased."""
    content = {
        "erased": erasure.event_id,
        "position": erasure.position,
        "purpose": purpose,
        "recipient": recipient,
        "subject": subject,
    }
    return DisclosureFile(f"{FOLDER}/{erasure.event_id}-{subject}.json", dumps(content), erasure.position)


def check_disclosable(records: PersonalRecords, subject: str, fields: Sequence[str]) -> None:
    """Refused where `disclosed` would refuse; nothing is recorded. What is erased may be asked for."""
    try:
        records.committing(subject, fields)
    except RuleBroken as refusal:
        if refusal.code != "personal-erased":
            raise


def disclosed(
    records: PersonalRecords,
    event: Callable[[str], Event],
    subject: str,
    fields: Sequence[str],
    *,
    recipient: str,
    purpose: str,
) -> DisclosureFile:
    """Open fields for a recipient, and record it; where the data are erased, say so. Raises Refused, VaultError."""
    try:
        opened = records.open_up(subject, fields, purpose=purpose, recipient=recipient)
    except RuleBroken as refusal:
        if refusal.code != "personal-erased":
            raise
        return erased_file(event(refusal.events[0]), subject, recipient=recipient, purpose=purpose)
    assert opened.access.event_id is not None
    return opened_file(opened.event, event(opened.access.event_id), opened.disclosures)


def check_disclosures(files: Iterable[tuple[str, bytes]], persons: PersonalFacts, at: EventAt) -> Iterator[Disclosed]:
    """Every file of `disclosures/` against the history: `persons` has followed all of it. Never raises."""
    for name, content in files:
        said = _read(content)
        if said is None:
            yield Disclosed(name, "failed", fault="form")
        elif "erased" in said:
            yield _check_erased(name, said, persons, at)
        else:
            yield _check_opened(name, said, persons, at)


def _read(content: bytes) -> dict[str, Any] | None:
    """What a file says; None where it is not of the form, or not canonical."""
    try:
        said = orjson.loads(content)
        if not isinstance(said, dict) or dumps(said) != content:
            return None
    except (ValueError, TypeError):
        return None
    form = _ALWAYS | (_ERASED if "erased" in said else _OPENED)
    if said.keys() != form.keys() or any(type(said[name]) is not kind for name, kind in form.items()):
        return None
    listed = said.get("disclosures", [])
    return said if all(map(_is_disclosure, listed)) and listed == sorted(listed) else None


def _is_disclosure(value: Any) -> bool:
    texts = isinstance(value, list) and len(value) == 3 and all(isinstance(each, str) for each in value)
    return texts and _SALT.fullmatch(value[0]) is not None


def _check_opened(name: str, said: dict[str, Any], persons: PersonalFacts, at: EventAt) -> Disclosed:
    found = [Disclosure(*each) for each in said["disclosures"]]
    checked = Disclosed(name, "failed", said["subject"], said["recipient"], said["purpose"])
    access, event = at(said["access_position"]), at(said["position"])
    fault, place = _fault(said, found, access, event)
    if not fault and persons.is_sealed(said["subject"]):
        fault, place = "sealed", said["access_position"]
    if not fault and said["subject"] in persons.erased:
        fault, place = "erased", said["access_position"]
    if fault:
        return checked._replace(fault=fault, position=place)
    return checked._replace(status="verified", values={each.field: each.value for each in found})


def _fault(
    said: dict[str, Any], found: list[Disclosure], access: Event | None, event: Event | None
) -> tuple[str, int | None]:
    """What is wrong with a disclosure, and at which event: no recorded access, or not what was committed to."""
    fact = access.fact if access is not None and access.event_id == said["access"] else None
    if not isinstance(fact, RecordAccessed) or fact.recipient is None:
        return "not-recorded", said["access_position"]
    recorded = (fact.subject, fact.recipient, fact.purpose)
    if recorded != (said["subject"], said["recipient"], said["purpose"]):
        return "recorded-otherwise", said["access_position"]
    if not {each.field for each in found} <= set(fact.fields or ()):
        return "field-not-recorded", said["access_position"]
    registered = event.fact if event is not None and event.event_id == said["event"] else None
    if not isinstance(registered, ClientRegistered) or registered.client != said["subject"]:
        return "not-committed", said["position"]
    if len({each.field for each in found}) < len(found):
        return "field-twice", said["position"]
    if not {each.commitment for each in found} <= set(registered.commitments or ()):
        return "not-committed", said["position"]
    return "", None


def _check_erased(name: str, said: dict[str, Any], persons: PersonalFacts, at: EventAt) -> Disclosed:
    checked = Disclosed(name, "failed", said["subject"], said["recipient"], said["purpose"], position=said["position"])
    event = at(said["position"])
    fact = event.fact if event is not None and event.event_id == said["erased"] else None
    if not isinstance(fact, PersonalDataErased) or persons.erased.get(said["subject"]) != said["erased"]:
        return checked._replace(fault="not-erased")
    return checked._replace(status="erased", basis=fact.basis)
