"""`xiyuan verify` in a fresh virtual environment, in another folder, with the ledger gone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.forging import reseal
from tests.fresh import built_wheel, fresh_environment
from tests.proving import log_key, street_ledger
from xiyuan_ledger.note import Note
from xiyuan_ledger.verification.found import FAULTS_SHOWN_MAX

PACKAGES = {
    "annotated-types",
    "cffi",
    "click",
    "cryptography",
    "duckdb",
    "eventsourcing",
    "orjson",
    "pyarrow",
    "pycparser",
    "pydantic",
    "pydantic-core",
    "typing-extensions",
    "typing-inspection",
    "xiyuan-ledger",
}
"""All that an evaluator installs: no database server, no web, no Redis, nothing that makes reports."""
INSTALLED = "import importlib.metadata as m; print(*(d.name.lower().replace('_', '-') for d in m.distributions()))"
ASKED = ("verify", "bundle.zip", "--policy", "policy.txt")


class Elsewhere(NamedTuple):
    """An evaluator's machine: its Python, and a folder with a bundle and a policy."""

    python: Path
    desk: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of `xiyuan` there, with nothing of the environment in which the tests run."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.desk), "XIYUAN_LANG": "en"}
        command = [self.python, "-I", "-m", "xiyuan_ledger.cli", *words]
        return subprocess.run(command, cwd=self.desk, env=environment, capture_output=True, text=True, check=False)

    def verified(self, bundle: str) -> tuple[int, dict[str, Any]]:
        """The exit code, and what each check says."""
        found = self.run("verify", bundle, "--policy", "policy.txt", "--format", "json")
        return found.returncode, {each["check"]: each for each in json.loads(found.stdout)["checks"]}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """The street's story in a bundle, on a machine on which the street never was; its ledger is removed."""
    folder, office = tmp_path_factory.mktemp("elsewhere"), tmp_path_factory.mktemp("office")
    python = fresh_environment(folder / "env", built_wheel(folder / "wheel"), "cli")
    desk = folder / "desk"
    desk.mkdir()
    key = log_key(office / "proofs")
    with street_ledger(f"sqlite:///{office / 'street.db'}", office) as ledger:
        ledger.checkpoint()
        ledger.bundle(desk / "bundle.zip")
        ledger.bundle(desk / "bundle")
    shutil.rmtree(office)
    (desk / "policy.txt").write_text(f"log {key}\n")
    return Elsewhere(python, desk)


def test_the_environment_holds_what_verifying_needs_and_nothing_else(elsewhere: Elsewhere) -> None:
    found = subprocess.run([elsewhere.python, "-I", "-c", INSTALLED], capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) == PACKAGES


def test_the_street_is_verified_where_nothing_of_the_ledger_is(elsewhere: Elsewhere) -> None:
    first = elsewhere.run(*ASKED, "--remember", "last.checkpoint", "--format", "json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    assert (found["passed"], found["stand"], found["simulated"]) == (True, "key", "SIMULATED")
    claimed = json.loads((elsewhere.desk / "bundle" / "reports" / "index.json").read_bytes())["views"]
    assert next(each["counted"] for each in found["checks"] if each["check"] == "reports") == len(claimed) >= 30
    again = elsewhere.run(*ASKED, "--since", "last.checkpoint")
    assert again.returncode == 0, again.stderr
    assert "SIMULATED" in again.stdout + again.stderr


def test_every_claimed_view_is_computed_again_to_its_last_byte(elsewhere: Elsewhere) -> None:
    altered = Path(shutil.copytree(elsewhere.desk / "bundle", elsewhere.desk / "altered"))
    claims = sorted(path for path in (altered / "reports").iterdir() if path.name != "index.json")
    assert len(claims) >= 60
    named: set[str] = set()
    for start in range(0, len(claims), FAULTS_SHOWN_MAX):
        now = claims[start : start + FAULTS_SHOWN_MAX]
        before = [path.read_bytes() for path in now]
        for path, content in zip(now, before, strict=True):
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        reseal(altered, Note.parse((altered / "checkpoint").read_bytes()))
        code, checks = elsewhere.verified("altered")
        assert (code, {name for name, each in checks.items() if each["status"] == "failed"}) == (1, {"reports"})
        named |= {fault["values"]["found"] for fault in checks["reports"]["faults"]}
        for path, content in zip(now, before, strict=True):
            path.write_bytes(content)
    assert named == {f"reports/{path.name}" for path in claims}


def test_without_a_policy_or_by_another_key_it_does_not_pass(elsewhere: Elsewhere, tmp_path: Path) -> None:
    assert elsewhere.run("verify", "bundle.zip", "--policy", "none.txt").returncode == 2
    (tmp_path / "policy.txt").write_text(f"log {log_key(tmp_path)}\n")
    wrong = elsewhere.run("verify", "bundle.zip", "--policy", str(tmp_path / "policy.txt"))
    assert wrong.returncode == 1
    assert "FAILED" in wrong.stdout
