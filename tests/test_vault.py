"""保密库: personal data go into the vault and commitments into the ledger; they are shown for a purpose, and erased."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledgers import refusal_of
from xiyuan_ledger.canonical import loads
from xiyuan_ledger.errors import KeyReused, Refused, RuleBroken, VaultError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.recording.receipt import Receipt

NAME, PHONE = "示例甲甲", "000-0000-4711"
"""Invented, and no real person's: a name that says so, a number that nobody can call."""
PERSONAL = {"name": NAME, "phone": PHONE}


def registered(client: str = "C-1", **more: Any) -> dict[str, Any]:
    return {
        "type": "ClientRegistered", "client": client, "sensitivity": "normal", "occurred_on": "2013-01-02",
        "personal": PERSONAL,
    } | more  # fmt: skip


def merged(client: str, other: str) -> dict[str, Any]:
    return {"type": "PersonsMerged", "client": client, "merged": other, "occurred_on": "2013-02-01"}


def corrected(receipt: Receipt, **more: Any) -> dict[str, Any]:
    return registered(corrects=receipt.event_id, reason="misread", **more)


@pytest.fixture
def office(store_url: str, postgres_vault_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in each kind of store, with its vault in the same kind."""
    more: dict[str, Any] = {}
    if store_url.startswith("postgresql"):
        more = {"vault": postgres_vault_url, "vault_key": tmp_path / "vault.key"}
    with Ledger.open(store_url, create=True, actor="clerk-7", journal=tmp_path / "journal", **more) as opened:
        yield opened


def purposeful(ledger: Ledger, subject: str = "C-1", *fields: str) -> dict[str, str]:
    return ledger.reveal(subject, fields, purpose="home visit")


def test_a_fact_holds_commitments_and_the_vault_the_rest(office: Ledger) -> None:
    receipt = office.record(registered())
    assert receipt.position is not None
    stored = office.stored_bytes(receipt.position)
    assert NAME.encode() not in stored
    assert PHONE.encode() not in stored
    commitments = loads(stored)["entry"]["commitments"]
    assert commitments == sorted(commitments)
    assert [len(each) for each in commitments] == [64] * 5
    assert purposeful(office) == PERSONAL


def test_how_many_fields_were_given_cannot_be_told(office: Ledger) -> None:
    office.record_all([registered("C-1"), registered("C-2", personal={"name": NAME, "guardian": NAME, "phone": PHONE})])
    counts = [len(event.fact.commitments) for event in office.events(types=["ClientRegistered"])]  # type: ignore[attr-defined]
    assert counts == [5, 5]


def test_the_same_person_is_committed_to_in_other_words_each_time(office: Ledger) -> None:
    office.record_all([registered("C-1"), registered("C-2")])
    first, second = (set(event.fact.commitments) for event in office.events(types=["ClientRegistered"]))  # type: ignore[attr-defined]
    assert not first & second


def test_the_same_registration_again_is_a_duplicate(office: Ledger) -> None:
    first = office.record(registered())
    again = office.record(registered())
    assert (again.status, again.event_id) == ("duplicate", first.event_id)
    both = office.record_all([registered("C-2"), registered("C-2")])
    assert [each.status for each in both] == ["recorded", "duplicate"]
    assert both[0].event_id == both[1].event_id


def test_other_personal_data_are_another_entry(office: Ledger) -> None:
    office.record(registered(key="form-1"))
    other = {"name": NAME, "phone": "000-0000-4712"}
    for personal in (other, {"name": NAME}, None):
        with pytest.raises(KeyReused):
            office.record(registered(key="form-1", personal=personal))
        assert refusal_of(office, registered(personal=personal)).code == "client-registered-twice"
    assert office.record(registered(key="form-1")).status == "duplicate"


def test_what_is_empty_is_not_given(office: Ledger) -> None:
    first = office.record(registered(personal={}))
    assert office.record(registered(personal=None)).event_id == first.event_id
    with pytest.raises(RuleBroken) as refused:
        purposeful(office)
    assert refused.value.code == "personal-none"


def test_a_dry_run_seals_nothing(office: Ledger) -> None:
    assert [each.status for each in office.judge_all([registered()])] == ["recorded"]
    assert office.vault.kept() == office.vault.unkept() == {}


def test_nothing_of_a_refused_batch_is_sealed(office: Ledger) -> None:
    with pytest.raises(Refused):
        office.record_all([registered("C-1"), registered("C-1", occurred_on="2013-01-03")])
    assert office.vault.kept() == office.vault.unkept() == {}


def test_who_enters_commitments_is_refused(office: Ledger) -> None:
    entry = registered(personal=None, commitments=["0f" * 32])
    assert refusal_of(office, entry).code == "commitments-given"


def test_a_correction_gives_all_personal_data_anew_or_leaves_them(office: Ledger) -> None:
    first = office.record(registered())
    second = office.record(corrected(first, personal=None, birth_year=1940))
    assert purposeful(office) == PERSONAL
    office.record(corrected(second, personal={"address": "示例路 0 号"}))
    assert purposeful(office) == {"address": "示例路 0 号"}


def test_every_access_is_recorded_before_anything_is_shown(office: Ledger) -> None:
    office.record(registered())
    purposeful(office, "C-1", "phone")
    purposeful(office, "C-1", "phone")
    purposeful(office)
    rows = office.view("accesses").rows
    assert [(row["actor"], row["view"], row["purpose"], row["subject"]) for row in rows] == [
        ("clerk-7", "personal", "home visit", "C-1")
    ] * 3
    facts = [event.fact for event in office.events(types=["RecordAccessed"])]
    assert [fact.fields for fact in facts] == [
        ("phone",),
        ("phone",),
        ("name", "id_number", "phone", "address", "guardian"),
    ]  # type: ignore[attr-defined]


def test_an_access_without_a_purpose_shows_nothing(office: Ledger) -> None:
    office.record(registered())
    with pytest.raises(Refused):
        office.reveal("C-1", purpose="")
    assert office.view("accesses").rows == []


def test_what_was_not_given_is_not_shown(office: Ledger) -> None:
    office.record(registered())
    assert purposeful(office, "C-1", "guardian", "name") == {"name": NAME}
    with pytest.raises(Refused) as refused:
        purposeful(office, "C-1", "salary")
    assert refused.value.code == "personal-field-unknown"


def test_a_sealed_person_is_never_shown_under_any_code(office: Ledger) -> None:
    office.record_all(
        [registered("C-1"), registered("C-2", sensitivity="sealed"), registered("C-3"), merged("C-1", "C-2")]
    )
    for code in ("C-1", "C-2"):
        with pytest.raises(RuleBroken) as refused:
            purposeful(office, code)
        assert refused.value.code == "personal-sealed"
    assert purposeful(office, "C-3") == PERSONAL


def test_who_was_sealed_once_stays_so_though_the_registration_is_voided(office: Ledger) -> None:
    first = office.record(registered("C-1", sensitivity="sealed"))
    voided = {"type": "RecordVoided", "event": first.event_id, "reason": "typed wrong", "approved_by": "head-1"}
    office.record(voided | {"occurred_on": "2013-03-01"})
    office.record(registered("C-1"))
    with pytest.raises(RuleBroken) as refused:
        purposeful(office, "C-1")
    assert refused.value.code == "personal-sealed"


def test_erasing_destroys_every_code_of_the_person_and_leaves_the_facts(office: Ledger) -> None:
    office.record_all([registered(each) for each in ("C-1", "C-2", "C-3", "C-4")])
    office.record_all([merged("C-1", "C-2"), merged("C-2", "C-3")])
    before = [office.stored_bytes(position) for position in range(1, office.head + 1)]
    assert office.erase("C-2", basis="request of 2013-07-01", approved_by="head-1") == ("C-1", "C-2", "C-3")
    assert [office.stored_bytes(position) for position in range(1, len(before) + 1)] == before
    for code in ("C-1", "C-2", "C-3"):
        with pytest.raises(RuleBroken) as refused:
            purposeful(office, code)
        assert refused.value.code == "personal-erased"
    assert purposeful(office, "C-4") == PERSONAL
    assert [row["position"] for row in office.history("C-2").rows][-1] == len(before) + 1


def test_a_merge_after_the_erasure_is_not_covered_by_it(office: Ledger) -> None:
    office.record_all([registered("C-1"), registered("C-2")])
    office.erase("C-1", basis="asked", approved_by="head-1")
    office.record(merged("C-1", "C-2"))
    assert purposeful(office, "C-2") == PERSONAL
    assert office.erase("C-1", basis="asked again", approved_by="head-1") == ("C-1", "C-2")
    with pytest.raises(RuleBroken):
        purposeful(office, "C-2")


def test_nothing_personal_is_kept_again_under_an_erased_code(office: Ledger) -> None:
    first = office.record(registered())
    office.record({
        "type": "PersonalDataErased", "subject": "C-1", "basis": "asked", "approved_by": "head-1",
        "occurred_on": "2013-07-01",
    })  # fmt: skip
    assert office.vault.kept() == {}
    assert refusal_of(office, registered()).code == "personal-erased"
    assert refusal_of(office, corrected(first)).code == "personal-erased"
    assert office.record(corrected(first, personal=None, birth_year=1940)).status == "recorded"


def test_an_erasure_of_a_mistyped_code_is_refused(office: Ledger) -> None:
    office.record(registered())
    with pytest.raises(RuleBroken) as refused:
        office.erase("C-l", basis="asked", approved_by="head-1")
    assert refused.value.code == "subject-unknown"


def test_an_erasure_is_not_taken_back(office: Ledger) -> None:
    office.record(registered())
    office.erase("C-1", basis="asked", approved_by="head-1")
    (erasure,) = office.events(types=["PersonalDataErased"])
    voiding = {"type": "RecordVoided", "event": erasure.event_id, "approved_by": "head-1", "reason": "no"}
    refusal = refusal_of(office, voiding | {"occurred_on": "2013-07-02"})
    assert (refusal.code, refusal.events) == ("contradicts", (erasure.event_id,))
    assert "an erasure" in refusal.message("en")


def test_without_a_vault_personal_data_are_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/x.db", create=True, actor="clerk-7", vault="") as ledger:
        refusal = refusal_of(ledger, registered())
        assert refusal.code == "personal-without-vault"
        assert not any(value in f"{refusal} {refusal.values} {refusal.message('zh')}" for value in PERSONAL.values())
        assert ledger.record(registered(personal=None)).status == "recorded"
        with pytest.raises(VaultError) as missing:
            purposeful(ledger)
        assert missing.value.code == "vault-none"
    assert sorted(os.listdir(tmp_path)) == ["x.db"]


def test_a_ledger_gets_a_vault_later(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    Ledger.open(url, create=True, actor="clerk-7", vault="").close()
    with Ledger.open(url, actor="clerk-7") as ledger:
        ledger.create_vault()
        ledger.record(registered())
    with Ledger.open(url, actor="clerk-7") as ledger:
        assert purposeful(ledger) == PERSONAL


def test_a_vault_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    Ledger.open(url, create=True, actor="clerk-7").close()
    with (
        Ledger.open(url, actor="clerk-7", vault=f"sqlite:///{tmp_path}/other.vault") as ledger,
        pytest.raises(VaultError) as missing,
    ):
        ledger.record(registered())
    assert missing.value.code == "vault-missing"


def test_the_ledger_is_never_its_own_vault(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with pytest.raises(VaultError) as refused:
        Ledger.open(url, create=True, actor="clerk-7", vault=url)
    assert refused.value.code == "vault-is-ledger"
    assert list(tmp_path.iterdir()) == []


def test_the_vault_of_another_ledger_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Ledger.open(f"sqlite:///{tmp_path}/{name}.db", create=True, actor="clerk-7").close()
    with (
        Ledger.open(f"sqlite:///{tmp_path}/a.db", actor="clerk-7", vault=f"sqlite:///{tmp_path}/b.db.vault") as ledger,
        pytest.raises(VaultError) as refused,
    ):
        ledger.record(registered())
    assert refused.value.code == "vault-foreign"


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda key: key.chmod(0o640), "vault-key-open"),
        (lambda key: key.unlink(), "vault-key-missing"),
        (lambda key: key.write_text("no key\n"), "vault-key-form"),
        (lambda key: key.write_text("0f" * 32 + "\n"), "vault-key-wrong"),
    ],
)
def test_the_key_is_its_owners_and_the_right_one(tmp_path: Path, harm: Any, code: str) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with Ledger.open(url, create=True, actor="clerk-7") as ledger:
        ledger.record(registered())
    key = tmp_path / "x.db.vault.key"
    assert key.stat().st_mode & 0o777 == 0o600
    harm(key)
    with Ledger.open(url, actor="clerk-7") as ledger, pytest.raises(VaultError) as refused:
        purposeful(ledger)
    assert refused.value.code == code
    assert str(refused.value)


def test_subject_keys_never_lie_in_the_ledger(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/x.db", create=True, actor="clerk-7") as ledger:
        ledger.record(registered())
    with sqlite3.connect(tmp_path / "x.db") as events:
        tables = {row[0] for row in events.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert not tables & {"subject_keys", "sealed"}
    with sqlite3.connect(tmp_path / "x.db.vault") as vault:
        assert vault.execute("SELECT count(*) FROM subject_keys WHERE subject = 'C-1'").fetchone() == (1,)


@pytest.mark.parametrize(
    ("vault", "code"),
    [
        ("vault.db", "vault-url"),
        ("postgresql://xiyuan@127.0.0.1:1/vault", "vault-key-unnamed"),
        ("sqlite:///{there}", "vault-exists"),
    ],
)
def test_a_ledger_is_not_made_where_its_vault_cannot_be(tmp_path: Path, vault: str, code: str) -> None:
    there = tmp_path / "there.vault"
    there.touch()
    with pytest.raises(VaultError) as refused:
        Ledger.open(f"sqlite:///{tmp_path / 'new.db'}", create=True, vault=vault.format(there=there))
    assert refused.value.code == code
    assert [each.name for each in tmp_path.iterdir()] == ["there.vault"]
