"""A minor in community correction: served, measured, found under a second code, erased - and still proven."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.canaries import PERSONAL, left_in
from tests.test_vault_trust import secrets_of
from xiyuan_ledger.errors import RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.verification.disclosures import PersonalFacts, check_disclosures, erased_file

BASIS = "corrective measures ended 2013-06-30; file closed by order 12"


def fact(type_: str, on: str, **fields: Any) -> dict[str, Any]:
    return {"type": type_, "occurred_on": on} | fields


STORY = [
    fact("OrganizationRegistered", "2012-06-01", org="XY", kind="street", name="West Garden"),
    fact("OrganizationRegistered", "2012-06-01", org="SEVEN", kind="cso", name="Seven Star"),
    fact("WorkerHired", "2012-06-01", worker="W-1", employer="SEVEN", employment="agency"),
    fact("ProjectApproved", "2012-06-02", project="correction", name="Correction and aid", purchaser="XY"),
    fact(
        "ProjectContracted", "2012-06-03", project="correction", implementer="SEVEN", **{"from": "2012-06-03"},
        to="2013-12-31", amount_fen=100, channel="government", targets=[], duties=[],
        instalments=[{"due_on": "2012-07-01", "amount_fen": 100, "condition": "none"}],
    ),
    fact("ProjectStarted", "2012-06-04", project="correction"),
    fact("ClientRegistered", "2012-07-01", client="K-1", sensitivity="sealed", birth_year=1996, personal=PERSONAL),
    fact("ClientEnrolled", "2012-07-02", client="K-1", project="correction", category="probation"),
    fact(
        "OutcomeMeasured", "2012-07-03", client="K-1", project="correction",
        instrument="SCL-90", phase="pre", score=61,
    ),
    fact(
        "ClientServed", "2012-08-01", client="K-1", project="correction",
        worker="W-1", method="counselling", minutes=50,
    ),
    fact(
        "OutcomeMeasured", "2013-06-28", client="K-1", project="correction",
        instrument="SCL-90", phase="post", score=40,
    ),
    fact("ClientExited", "2013-06-30", client="K-1", project="correction", reason="measures ended"),
    fact("ClientRegistered", "2013-02-01", client="K-9", sensitivity="sensitive", birth_year=1996, personal=PERSONAL),
    fact("PersonsMerged", "2013-02-02", client="K-1", merged="K-9"),
]  # fmt: skip


def root_of(leaves: list[bytes]) -> bytes:
    """The root of RFC 6962, as section 2.1 writes it down."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def root_at(ledger: Ledger, size: int) -> bytes:
    return root_of([sha256(b"\x00" + ledger.stored_bytes(position)).digest() for position in range(1, size + 1)])


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path}/x.db", create=True, actor="clerk-7") as ledger:
        ledger.record_all(STORY)
        yield ledger


def test_a_minors_personal_data_are_erased_and_the_chain_still_verifies(street: Ledger, tmp_path: Path) -> None:
    size = street.head
    root, secrets = root_at(street, size), secrets_of(tmp_path)
    views = {name: street.view(name, known_at=size, year=2013).to_json() for name in ("project_outputs", "caseload")}
    for code in ("K-1", "K-9"):
        with pytest.raises(RuleBroken) as refused:
            street.reveal(code, purpose="evaluation sample")
        assert refused.value.code == "personal-sealed"

    assert street.erase("K-9", basis=BASIS, approved_by="head-1") == ("K-1", "K-9")

    assert root_at(street, size) == root
    assert {name: street.view(name, known_at=size, year=2013).to_json() for name in views} == views
    assert left_in(tmp_path) == {}
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(secrets) == 4
    assert not [secret for secret in secrets if secret in left]
    served = [row for row in street.history("K-1").rows if row["type"] == "ClientServed"]
    assert [row["fields"]["minutes"] for row in served] == [50]


def test_the_evaluator_finds_an_erasure_with_its_basis_and_no_gap(street: Ledger) -> None:
    street.erase("K-1", basis=BASIS, approved_by="head-1")
    events = {event.position: event for event in street.events()}
    persons = PersonalFacts()
    for event in events.values():
        persons.follow(event)
    erasure = events[street.head]
    file = erased_file(erasure, "K-1", recipient="evaluator 7", purpose="sample")
    (found,) = check_disclosures([file.file], persons, events.get)
    assert (found.status, found.basis, found.subject) == ("erased", BASIS, "K-1")
    assert list(events) == list(range(1, street.head + 1))
