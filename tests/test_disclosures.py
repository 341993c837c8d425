"""披露: single fields for a named recipient, which he checks against the facts alone; verified, erased, or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.canaries import words_in
from tests.proving import log_key
from tests.test_vault import NAME, PERSONAL, PHONE, merged, registered
from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.errors import ProofError, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.verification.disclosures import (
    Disclosed,
    PersonalFacts,
    check_disclosures,
    erased_file,
)

TO = {"recipient": "evaluator 7", "purpose": "sample 2013-1"}


@pytest.fixture
def office() -> Iterator[Ledger]:
    with Ledger.open("memory:", actor="clerk-7") as ledger:
        ledger.record_all([registered("C-1"), registered("C-2"), registered("C-3", sensitivity="sealed")])
        yield ledger


def event_at(ledger: Ledger, position: int) -> Event | None:
    return next(iter(ledger.events(after=position - 1)), None) if position > 0 else None


def disclosed(ledger: Ledger, subject: str, *fields: str) -> tuple[str, bytes]:
    return ledger.disclose(subject, fields, **TO).file


def checked(ledger: Ledger, *files: tuple[str, bytes]) -> list[Disclosed]:
    """What an evaluator finds, who has the events and these files."""
    persons = PersonalFacts()
    for event in ledger.events():
        persons.follow(event)
    return list(check_disclosures(files, persons, lambda position: event_at(ledger, position)))


def changed(file: tuple[str, bytes], **more: Any) -> tuple[str, bytes]:
    return file[0], dumps(loads(file[1]) | more)


def test_the_evaluator_sees_the_field_and_that_it_is_what_was_recorded(office: Ledger) -> None:
    file = disclosed(office, "C-1", "phone")
    (found,) = checked(office, file)
    assert (found.status, found.values, found.subject) == ("verified", {"phone": PHONE}, "C-1")
    assert (found.recipient, found.purpose) == ("evaluator 7", "sample 2013-1")
    assert NAME.encode() not in file[1]


def test_a_disclosure_is_a_recorded_access_that_names_recipient_purpose_and_fields(office: Ledger) -> None:
    disclosed(office, "C-1", "phone", "name")
    (row,) = office.view("accesses").rows
    assert {name: row[name] for name in ("view", "subject", "recipient", "purpose", "fields")} == {
        "view": "personal", "subject": "C-1", "recipient": "evaluator 7", "purpose": "sample 2013-1",
        "fields": ["phone", "name"],
    }  # fmt: skip


def test_sealed_persons_are_never_disclosed(office: Ledger) -> None:
    head = office.head
    with pytest.raises(RuleBroken) as refused:
        disclosed(office, "C-3", "name")
    assert refused.value.code == "personal-sealed"
    assert office.head == head


def test_a_disclosure_fails_once_the_person_is_sealed(office: Ledger) -> None:
    file = disclosed(office, "C-1", "name")
    office.record(merged("C-1", "C-3"))
    assert [(each.status, each.fault) for each in checked(office, file)] == [("failed", "sealed")]


def test_a_disclosure_fails_though_the_sealed_registration_was_voided(office: Ledger) -> None:
    sealed = next(e for e in office.events(types=["ClientRegistered"]) if "sealed" in str(e.fact))
    voided = {"type": "RecordVoided", "event": sealed.event_id, "reason": "typed wrong", "approved_by": "head-1"}
    office.record(voided | {"occurred_on": "2013-03-01"})
    persons = PersonalFacts()
    for event in office.events():
        persons.follow(event)
    assert persons.is_sealed("C-3")


def test_what_is_erased_is_told_from_what_is_missing(office: Ledger) -> None:
    early = disclosed(office, "C-1", "name")
    office.erase("C-1", basis="request of 2013-07-01", approved_by="head-1")
    (erasure,) = office.events(types=["PersonalDataErased"])
    head = office.head
    (found,) = checked(office, disclosed(office, "C-1", "name"))
    assert office.head == head
    assert (found.status, found.basis, found.position) == ("erased", "request of 2013-07-01", erasure.position)
    assert [(each.status, each.fault) for each in checked(office, early)] == [("failed", "erased")]
    not_so = erased_file(erasure, "C-2", **TO).file
    assert [(each.status, each.fault) for each in checked(office, not_so)] == [("failed", "not-erased")]


ALTERED: list[tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = [
    (lambda said: {"disclosures": [[said["disclosures"][0][0], "phone", "000-0000-4712"]]}, "not-committed"),
    (lambda said: {"disclosures": [["0f" * 16, "phone", PHONE]]}, "not-committed"),
    (lambda said: {"disclosures": [[said["disclosures"][0][0], "name", PHONE]]}, "field-not-recorded"),
    (lambda said: {"disclosures": said["disclosures"] * 2}, "field-twice"),
    (lambda said: {"disclosures": [["0F" * 16, "phone", PHONE]]}, "form"),
    (lambda said: {"disclosures": [[1, "phone", PHONE]]}, "form"),
    (lambda said: {"recipient": "evaluator 8"}, "recorded-otherwise"),
    (lambda said: {"purpose": "another"}, "recorded-otherwise"),
    (lambda said: {"subject": "C-2"}, "recorded-otherwise"),
    (lambda said: {"access": said["event"]}, "not-recorded"),
    (lambda said: {"access_position": said["position"]}, "not-recorded"),
    (lambda said: {"access_position": 10**6}, "not-recorded"),
    (lambda said: {"event": said["access"]}, "not-committed"),
    (lambda said: {"position": said["position"] + 1}, "not-committed"),
    (lambda said: {"position": "1"}, "form"),
    (lambda said: {"note": "more"}, "form"),
]


@pytest.mark.parametrize(("alter", "fault"), ALTERED)
def test_an_altered_disclosure_fails_and_says_why(
    office: Ledger, alter: Callable[[dict[str, Any]], dict[str, Any]], fault: str
) -> None:
    file = disclosed(office, "C-1", "phone")
    (found,) = checked(office, changed(file, **alter(loads(file[1]))))
    assert (found.status, found.fault, found.values) == ("failed", fault, {})


def test_another_clients_disclosure_does_not_open_this_ones_commitments(office: Ledger) -> None:
    first, second = disclosed(office, "C-1", "name"), disclosed(office, "C-2", "name")
    swapped = changed(first, disclosures=loads(second[1])["disclosures"])
    assert [each.fault for each in checked(office, swapped)] == ["not-committed"]


def test_an_access_of_the_office_itself_discloses_to_nobody(office: Ledger) -> None:
    file = disclosed(office, "C-1", "name")
    office.reveal("C-1", ["name"], purpose=TO["purpose"])
    *_, access = office.events(types=["RecordAccessed"])
    own = changed(file, access=access.event_id, access_position=access.position)
    assert [each.fault for each in checked(office, own)] == ["not-recorded"]


def test_no_bytes_make_the_check_crash(office: Ledger) -> None:
    name, content = disclosed(office, "C-1", "name")
    for at in range(len(content)):
        for bit in (1, 0x80):
            flipped = content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
            assert [each.status for each in checked_against(office, (name, flipped))] == ["failed"], at
    for rubbish in (b"", b"[]", b"null", b"{}", b'{"erased":1}', b"\xff", b'{"disclosures":[]}'):
        assert [each.fault for each in checked_against(office, (name, rubbish))] == ["form"]


def checked_against(ledger: Ledger, file: tuple[str, bytes], held: dict[int, Any] = {}) -> list[Disclosed]:  # noqa: B006
    """The same, with the events read once."""
    if held.get(0) is not ledger:
        persons = PersonalFacts()
        events = {}
        for event in ledger.events():
            persons.follow(event)
            events[event.position] = event
        held.clear()
        held |= {0: ledger, 1: persons, 2: events}
    return list(check_disclosures([file], held[1], held[2].get))


def test_the_facts_alone_say_who_is_covered_by_an_erasure(office: Ledger) -> None:
    office.record_all([registered("C-4"), merged("C-1", "C-2"), merged("C-4", "C-1")])
    office.erase("C-2", basis="asked", approved_by="head-1")
    persons = PersonalFacts()
    for event in office.events():
        persons.follow(event)
    assert persons.erased.keys() == {"C-1", "C-2", "C-4"}
    assert persons.erased == office.vault.erased()
    assert PERSONAL["name"] == NAME


def test_a_bundle_holds_what_was_disclosed_before_its_checkpoint(tmp_path: Path) -> None:
    with Ledger.open("memory:", proofs=tmp_path / "proofs", actor="clerk-7") as ledger:
        ledger.record_all([registered("C-1"), registered("C-2"), registered("C-3")])
        log_key(tmp_path / "proofs")
        ledger.erase("C-2", basis="asked", approved_by="head-1")
        early = ledger.checkpoint()
        given = [ledger.disclose(code, ["name"], **TO) for code in ("C-1", "C-2")]
        with pytest.raises(ProofError) as refused:
            ledger.bundle(tmp_path / "early", checkpoint=early, disclosures=given)
        assert refused.value.code == "disclosure-later"
        ledger.checkpoint()
        folder = ledger.bundle(tmp_path / "bundle", disclosures=given)
    files = {path.name: path.read_bytes() for path in (folder / "disclosures").iterdir()}
    assert [words_in(content, [NAME]) for content in files.values()].count([NAME]) == 1
    manifest = loads((folder / "MANIFEST.json").read_bytes())["files"]
    assert {f"disclosures/{name}" for name in files} <= manifest.keys()
    with Ledger.open(f"bundle:{folder}") as bundle:
        found = checked(bundle, *((name, content) for name, content in files.items()))
    assert sorted((each.subject, each.status) for each in found) == [("C-1", "verified"), ("C-2", "erased")]
    for path in folder.rglob("*"):
        assert not path.is_file() or words_in(path.read_bytes(), [PHONE]) == []
        assert not path.is_file() or path.parent.name == "disclosures" or words_in(path.read_bytes(), [NAME]) == []
