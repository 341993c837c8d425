"""Disclosures at the command line: into a bundle, and checked by `xiyuan verify` from the bundle alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.canaries import words_in
from tests.street_office import Office
from tests.test_vault import NAME, PHONE, registered


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A folder with a ledger of three clients, its log's key and an evaluator's policy."""
    office = Office(tmp_path, monkeypatch)
    office.done("init")
    office.done(
        "record",
        office.write("c.jsonl", [registered("C-1"), registered("C-2"), registered("C-3", sensitivity="sealed")]),
    )
    log = office.done("key", "new").strip()
    office.write("policy.txt", f"log {log}\nquorum none\n")
    office.done("checkpoint")
    return office


def verified(office: Office, folder: str, code: int = 0) -> dict[str, Any]:
    """What `xiyuan verify` prints of a bundle."""
    found = office.run("verify", folder, "--policy", "policy.txt", "--format", "json")
    assert found.exit_code == code, found.output
    said: dict[str, Any] = json.loads(found.stdout)
    return said


TOLD = ("--recipient", "evaluator 7", "--purpose", "sample 2013-1")


def test_a_field_goes_to_the_evaluator_in_a_bundle_and_is_verified_by_him(evaluated: Office) -> None:
    evaluated.done("erase", "C-2", "--basis", "asked", "--approved-by", "head-1")
    evaluated.done("bundle", "sample", "--disclose", "C-1", "--disclose", "C-2", "name", *TOLD)
    said = verified(evaluated, "sample")
    by_subject = sorted(said["disclosures"], key=lambda each: each["subject"])
    assert [(each["subject"], each["status"], each["values"]) for each in by_subject] == [
        ("C-1", "verified", {"name": NAME}),
        ("C-2", "erased", {}),
    ]
    assert by_subject[1]["basis"] == "asked"
    (check,) = [each for each in said["checks"] if each["check"] == "disclosures"]
    assert (check["status"], check["counted"]) == ("passed", 2)


def test_the_three_outcomes_are_told_to_people_too_without_the_values(evaluated: Office) -> None:
    evaluated.done("erase", "C-2", "--basis", "asked", "--approved-by", "head-1")
    evaluated.done("bundle", "sample", "--disclose", "C-1", "--disclose", "C-2", "name", *TOLD)
    shown = evaluated.done("verify", "sample", "--policy", "policy.txt")
    assert "C-1: name verified (to evaluator 7, for sample 2013-1)" in shown
    assert "C-2: erased on the ground of asked, position " in shown
    assert NAME not in shown
    (path,) = (each for each in (evaluated.folder / "sample" / "disclosures").iterdir() if "C-2" not in each.name)
    path.write_bytes(path.read_bytes().replace(NAME.encode(), b"Another"))
    altered = evaluated.run("verify", "sample", "--policy", "policy.txt", "--lang", "zh")
    assert altered.exit_code == 1
    assert f"disclosures/{path.name} 不符: 不是登记时所承诺的内容, 序号 " in altered.output


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("bundle", "sample", "--disclose", "C-1", "--disclose", "C-3", "name"), "personal-sealed"),
        (("bundle", "sample", "--disclose", "C-1", "--disclose", "C-9", "name"), "client-unknown"),
        (("bundle", "there", "--disclose", "C-1", "name"), "bundle-exists"),
        (("bundle", "sample", "--disclose", "C-1", "name", "--key", "nowhere.key"), "key-missing"),
    ],
)
def test_no_access_is_recorded_where_nothing_can_be_handed_over(
    evaluated: Office, asked: tuple[str, ...], code: str
) -> None:
    evaluated.done("bundle", "there")
    found = evaluated.run(*asked, *TOLD)
    assert f"[{code}]" in found.stderr
    assert evaluated.rows("view", "accesses") == []
    assert not (evaluated.folder / "sample").exists()


def test_after_an_erasure_the_bundle_still_verifies(evaluated: Office) -> None:
    evaluated.done("bundle", "before")
    evaluated.done("erase", "C-1", "--basis", "asked", "--approved-by", "head-1")
    evaluated.done("checkpoint")
    evaluated.done("bundle", "after")
    for folder in ("before", "after"):
        assert verified(evaluated, folder)["passed"]
    secret = (NAME, PHONE)
    for path in (evaluated.folder / "after").rglob("*"):
        assert not path.is_file() or words_in(path.read_bytes(), secret) == []


def test_an_altered_disclosure_fails_the_bundle(evaluated: Office) -> None:
    evaluated.done("bundle", "sample", "--disclose", "C-1", "phone", *TOLD)
    (path,) = (evaluated.folder / "sample" / "disclosures").iterdir()
    path.write_bytes(path.read_bytes().replace(b"4711", b"4712"))
    said = verified(evaluated, "sample", code=1)
    (check,) = [each for each in said["checks"] if each["check"] == "disclosures"]
    assert [each["code"] for each in check["faults"]] == ["disclosure-failed"]


def test_a_sealed_person_comes_into_no_bundle(evaluated: Office) -> None:
    found = evaluated.run("bundle", "sample", "--disclose", "C-3", "name", *TOLD)
    assert found.exit_code == 1
    assert "[personal-sealed]" in found.stderr
    assert not (evaluated.folder / "sample").exists()


@pytest.mark.parametrize(
    "given",
    [
        ("--disclose", "C-1", *TOLD),
        ("--disclose", "C-1", "name"),
        ("name", *TOLD),
        ("--disclose", "C-1", "name", *TOLD, "--checkpoint", "policy.txt"),
    ],
)
def test_a_disclosure_names_fields_recipient_and_purpose(evaluated: Office, given: tuple[str, ...]) -> None:
    found = evaluated.run("bundle", "sample", *given)
    assert found.exit_code == 2
    assert evaluated.rows("view", "accesses") == []
