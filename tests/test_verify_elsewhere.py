"""`xiyuan verify` in a fresh virtual environment, in another folder, with the ledger gone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.forging import honest_facts
from tests.proving import log_key
from xiyuan_ledger.ledger import Ledger

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with our wheel, and what it depends on from where the tests have it: nothing is downloaded."""
    folder = tmp_path_factory.mktemp("elsewhere")
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheel")]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "env", with_pip=False)
    packages = next((folder / "env" / "lib").glob("python*/site-packages"))
    (wheel,) = (folder / "wheel").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "others.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "env" / "bin" / "python"


def test_a_bundle_is_verified_where_nothing_of_the_ledger_is(python: Path, tmp_path: Path) -> None:
    office, desk = tmp_path / "office", tmp_path / "evaluator"
    office.mkdir()
    desk.mkdir()
    key = log_key(office / "proofs")
    url, proofs = f"sqlite:///{office / 'street.db'}", office / "proofs"
    with Ledger.open(url, create=True, simulated=True, actor="clerk-1", proofs=proofs) as ledger:
        ledger.record_all(honest_facts())
        ledger.checkpoint()
        ledger.bundle(desk / "bundle.zip")
    shutil.rmtree(office)
    (desk / "policy.txt").write_text(f"log {key}\n")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(desk), "XIYUAN_LANG": "en"}
        command = [python, "-I", "-m", "xiyuan_ledger.cli", *words]
        return subprocess.run(command, cwd=desk, env=environment, capture_output=True, text=True, check=False)

    asked = ("verify", "bundle.zip", "--policy", "policy.txt")
    first = run(*asked, "--remember", "last.checkpoint", "--format", "json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    assert (found["passed"], found["stand"], found["simulated"]) == (True, "key", "SIMULATED")
    assert next(each["counted"] for each in found["checks"] if each["check"] == "reports") >= 30
    again = run(*asked, "--since", "last.checkpoint")
    assert again.returncode == 0, again.stderr
    assert "SIMULATED" in again.stdout + again.stderr
    assert run("verify", "bundle.zip", "--policy", "none.txt").returncode == 2
    (desk / "policy.txt").write_text(f"log {log_key(desk / 'other')}\n")
    wrong = run(*asked)
    assert wrong.returncode == 1
    assert "FAILED" in wrong.stdout
