"""Verifying: what a bundle claims is computed again, and whatever was touched in it is found and named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.forging import BEGIN, ORIGIN, bundle_of, entries_of, honest_facts, policy_text, reseal, signed
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import COSIGNATURE, Note, PrivateKey
from xiyuan_ledger.verification import desk
from xiyuan_ledger.verification.claims import Claim
from xiyuan_ledger.verification.files import MANIFEST, write_zip
from xiyuan_ledger.verification.found import Findings
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.verifying import verify

KEY = PrivateKey.new(ORIGIN)
POLICY = Policy.parse(policy_text(KEY.public()))
NOW = BEGIN + timedelta(days=40)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    entries = entries_of(honest_facts(), folder / "proofs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "claims_at", lambda pin: [Claim("fund_statement", pin)])
        return bundle_of(entries, signed(entries, KEY), folder / "bundle")


@pytest.fixture
def bundle(honest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(honest, tmp_path / "bundle"))


def note_of(bundle: Path) -> Note:
    return Note.parse((bundle / "checkpoint").read_bytes())


def failed(found: Findings) -> dict[str, list[str]]:
    """The checks that failed, each with its codes."""
    return {check.name: [fault.code for fault in check.faults] for check in found.checks if check.status == "failed"}


def test_an_untouched_bundle_passes_and_says_what_was_looked_at(honest: Path) -> None:
    found = verify(honest, POLICY, now=NOW)
    assert found.passed
    assert [check.name for check in found.checks if check.status == "passed"] == [
        "manifest",
        "events",
        "tree",
        "rotation",
        "signature",
        "journal",
        "opened",
        "disclosures",
        "strangers",
        "reports",
        "rules",
    ]
    assert found.to_json()["simulated"] == "SIMULATED"


def test_a_zip_is_verified_as_its_folder_is(honest: Path, tmp_path: Path) -> None:
    write_zip(honest, tmp_path / "bundle.zip")
    assert verify(tmp_path / "bundle.zip", POLICY, now=NOW).passed


Touch = Callable[[Path], object]


def changed_figure(bundle: Path) -> None:
    path = bundle / "reports" / "fund_statement.json"
    path.write_text(path.read_text().replace("9000000", "8000000", 1))


def changed_csv(bundle: Path) -> None:
    path = bundle / "reports" / "fund_statement.csv"
    path.write_text(path.read_text().replace("9000000", "8000000", 1))


def longer_report(bundle: Path) -> None:
    path = bundle / "reports" / "fund_statement.csv"
    path.write_text(path.read_text() + "XY-CSO-03,…\n")


def missing_report(bundle: Path) -> None:
    (bundle / "reports" / "fund_statement.csv").unlink()


def journal_of_another_fact(bundle: Path) -> None:
    folder = bundle / "journal"
    shutil.copy(*(folder / f"fact={each}" / "000000000001.parquet" for each in ("funds_received", "expense_recorded")))


def changed_flat(bundle: Path) -> None:
    path = bundle / "flat" / "funds_received.csv"
    path.write_text(path.read_text().replace("9000000", "8000000"))


def key_inside(bundle: Path) -> None:
    (bundle / "log.key.pub").write_text(f"{PrivateKey.new(ORIGIN).public()}\n")


def policy_inside(bundle: Path) -> None:
    (bundle / "policy.txt").write_text(policy_text(PrivateKey.new(ORIGIN).public()))


def swapped_policy(bundle: Path) -> None:
    first, second, *_ = sorted((bundle / "policies").iterdir())
    first.write_bytes(second.read_bytes())


def another_readme(bundle: Path) -> None:
    (bundle / "README.md").write_text("all is well")


def missing_tile(bundle: Path) -> None:
    next((bundle / "tile" / "0").iterdir()).joinpath(next(p.name for p in (bundle / "tile/0/000.p").iterdir())).unlink()


@pytest.mark.parametrize(
    ("touch", "check", "code"),
    [
        (changed_figure, "reports", "report-differs"),
        (changed_csv, "reports", "report-differs"),
        (longer_report, "reports", "report-differs"),
        (missing_report, "reports", "bundle-file-missing"),
        (journal_of_another_fact, "journal", "journal-differs"),
        (changed_flat, "journal", "journal-differs"),
        (key_inside, "strangers", "bundle-stranger"),
        (policy_inside, "strangers", "bundle-stranger"),
        (swapped_policy, "opened", "file-differs"),
        (another_readme, "opened", "file-differs"),
        (missing_tile, "events", "bundle-file-missing"),
    ],
)
def test_what_was_touched_is_found_also_where_the_manifest_was_made_to_fit(
    bundle: Path, touch: Touch, check: str, code: str
) -> None:
    touch(bundle)
    assert "manifest" in failed(verify(bundle, POLICY, now=NOW))
    reseal_manifest(bundle)
    assert failed(verify(bundle, POLICY, now=NOW)) == {check: [code]}


def reseal_manifest(bundle: Path) -> None:
    """Have the manifest list what is there now, and leave the rest."""
    readme = (bundle / "README.md").read_bytes()
    reseal(bundle, note_of(bundle))
    if readme != (bundle / "README.md").read_bytes():
        before = (bundle / "README.md").read_bytes()
        manifest = (bundle / MANIFEST).read_text()
        (bundle / "README.md").write_bytes(readme)
        from hashlib import sha256

        old = f'{{"bytes":{len(before)},"sha256":"{sha256(before).hexdigest()}"}}'
        new = f'{{"bytes":{len(readme)},"sha256":"{sha256(readme).hexdigest()}"}}'
        (bundle / MANIFEST).write_text(manifest.replace(old, new))


def test_a_bundle_that_ships_its_own_key_is_judged_by_the_evaluators(honest: Path, tmp_path: Path) -> None:
    other = PrivateKey.new(ORIGIN)
    entries = entries_of(honest_facts(), tmp_path / "proofs")
    forged = bundle_of(entries, signed(entries, other), tmp_path / "forged")
    (forged / "log.key.pub").write_text(f"{other.public()}\n")
    found = failed(verify(forged, POLICY, now=NOW))
    assert found["signature"] == ["seal-missing"]
    assert found["strangers"] == ["bundle-stranger"]


def test_the_changed_figure_is_shown_beside_the_computed_one(bundle: Path) -> None:
    changed_figure(bundle)
    (fault,) = [f for check in verify(bundle, POLICY, now=NOW).checks if check.name == "reports" for f in check.faults]
    assert "8000000" in fault.values["claimed"]
    assert "9000000" in fault.values["computed"]
    assert "fund_statement.json" in fault.message("zh")


def test_a_bundle_without_its_policy_or_at_no_place_could_not_be_checked(honest: Path, tmp_path: Path) -> None:
    with pytest.raises(ProofError) as missing:
        verify(honest, tmp_path / "policy.txt")
    assert missing.value.code == "policy-file-missing"
    with pytest.raises(ProofError) as nowhere:
        verify(tmp_path / "nowhere", POLICY)
    assert nowhere.value.code == "bundle-missing"
    with pytest.raises(ProofError) as forgotten:
        verify(honest, POLICY, since=tmp_path / "last.checkpoint")
    assert forgotten.value.code == "since-missing"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("log nonsense", "policy-line"),
        ("witness a", "policy-line"),
        ("group g 2 a", "policy-line"),
        ("quorum nobody", "policy-line"),
        ("max-age 3 weeks", "policy-line"),
        ("trust everyone", "policy-line"),
        ("log KEY", "policy-log"),
        ("witness a WITNESS\nwitness b WITNESS", "policy-line"),
    ],
)
def test_a_policy_is_read_whole_or_not_at_all(line: str, code: str) -> None:
    with pytest.raises(ProofError) as refused:
        witness = PrivateKey.new("firm.example", COSIGNATURE).public()
        Policy.parse(f"log KEY\n{line}\n".replace("KEY", str(KEY.public())).replace("WITNESS", str(witness)))
    assert refused.value.code == code
    assert str(refused.value)


SCRIPT = """
import sys
from xiyuan_ledger import verify
from xiyuan_ledger.verification import reading

reading.APART_FROM = 10
print("begun")
print(verify(sys.argv[1], sys.argv[2]).passed)
"""


def test_a_script_verifies_in_processes_of_their_own_and_is_run_once(honest: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.txt").write_text(policy_text(KEY.public()))
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "script.py", honest, tmp_path / "policy.txt"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["begun", "True"]
