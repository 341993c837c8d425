"""A bundle that opens a field of a person to an evaluator, one that says erased, and one that was tampered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forging import policy_text, reseal
from tests.proving import log_key
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Key, Note
from xiyuan_ledger.verification import desk
from xiyuan_ledger.verification.claims import Claim
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.verifying import verify

OPENED = {"recipient": "firm-A", "purpose": "sample 2013-2"}


@pytest.fixture(autouse=True)
def few_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "claims_at", lambda pin: [Claim("accesses", pin)])


@pytest.fixture
def street(tmp_path: Path) -> tuple[Ledger, Key]:
    key = log_key(tmp_path / "proofs")
    url = f"sqlite:///{tmp_path / 'street.db'}"
    ledger = Ledger.open(url, create=True, actor="clerk-1", proofs=tmp_path / "proofs")
    entry = {"type": "ClientRegistered", "client": "C-1", "sensitivity": "normal", "occurred_on": "2013-01-07"}
    ledger.record({**entry, "personal": {"name": "假名甲〇〇一", "phone": "000-0000-4711"}})
    return ledger, key


def test_a_field_that_was_opened_is_verified_against_its_commitment(street: tuple[Ledger, Key], tmp_path: Path) -> None:
    ledger, key = street
    with ledger:
        opened = ledger.disclose("C-1", ["name"], **OPENED)
        ledger.checkpoint()
        bundle = ledger.bundle(tmp_path / "bundle", disclosures=[opened])
    policy = Policy.parse(policy_text(key))
    found = verify(bundle, policy)
    assert found.passed, found.to_json()
    assert [(each.status, each.recipient, dict(each.values)) for each in found.opened] == [
        ("verified", "firm-A", {"name": "假名甲〇〇一"})
    ]
    (file,) = (bundle / "disclosures").iterdir()
    file.write_text(file.read_text().replace("假名甲〇〇一", "假名乙〇〇二"))
    reseal(bundle, Note.parse((bundle / "checkpoint").read_bytes()))
    failed = {check.name for check in verify(bundle, policy).checks if check.status == "failed"}
    assert failed == {"disclosures"}


def test_after_erasure_the_bundle_verifies_and_says_on_what_ground(street: tuple[Ledger, Key], tmp_path: Path) -> None:
    ledger, key = street
    with ledger:
        ledger.erase("C-1", basis="retention ended", approved_by="head")
        erased = ledger.disclose("C-1", ["name"], **OPENED)
        ledger.checkpoint()
        bundle = ledger.bundle(tmp_path / "bundle", disclosures=[erased])
    found = verify(bundle, Policy.parse(policy_text(key)))
    assert found.passed, found.to_json()
    assert [(each.status, each.basis) for each in found.opened] == [("erased", "retention ended")]
    assert not any("假名甲〇〇一".encode() in path.read_bytes() for path in bundle.rglob("*") if path.is_file())
