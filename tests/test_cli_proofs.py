"""Keys, checkpoints, witnesses and bundles on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from xiyuan_ledger.cli.commands import xiyuan


@pytest.fixture(autouse=True)
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("init", "--name", "street")


def run(*words: str, code: int = 0) -> Result:
    """A command in English, that ends with this code."""
    answer = CliRunner().invoke(xiyuan, list(words), env={"XIYUAN_LANG": "en", "XIYUAN_ACTOR": "clerk-1"})
    assert answer.exit_code == code, answer.output
    return answer


def written(name: str, answer: Result) -> str:
    """Keep what came on stdout in a file, as a shell would."""
    Path(name).write_text(answer.stdout)
    return answer.stdout.strip()


def examined() -> dict[str, str]:
    answer = CliRunner().invoke(xiyuan, ["doctor", "--format", "jsonl"], env={"XIYUAN_LANG": "en"})
    return {row["check"]: row["status"] for row in map(json.loads, answer.stdout.splitlines())}


def test_a_checkpoint_goes_to_a_witness_by_hand_and_the_bundle_is_verified_and_remembered() -> None:
    log = written("log.pub", run("key", "new"))
    run("checkpoint")
    firm = written("firm.pub", run("witness", "new", "firm", "--name", "firm.example", "--log", log))
    Path("policy.txt").write_text(f"log {log}\nwitness firm {firm}\nquorum firm\nmax-age 5d\n")
    written("to.txt", run("checkpoint", "--policy", "policy.txt", "--submit", "firm"))
    written("from.txt", run("witness", "cosign", "firm", "--submission", "to.txt"))
    note = run("checkpoint", "--policy", "policy.txt", "--cosignature", "from.txt").stdout
    assert note.count("— ") == 2
    run("bundle", "bundle.zip")
    asked = ("verify", "bundle.zip", "--policy", "policy.txt")
    found = json.loads(run(*asked, "--remember", "last.checkpoint", "--format", "json").stdout)
    assert (found["passed"], found["stand"]) == (True, "witnessed")
    assert Path("last.checkpoint").read_text() == note
    assert "a quorum of witnesses" in run(*asked, "--since", "last.checkpoint").stderr
    run("key", "rotate")
    run("checkpoint")
    run("bundle", "unwitnessed")
    wrong = run("verify", "unwitnessed", "--policy", "policy.txt", "--since", "last.checkpoint", code=1)
    assert "quorum firm is not reached" in wrong.stdout
    run("verify", "nowhere", "--policy", "policy.txt", code=2)


def test_the_doctor_looks_at_the_key_and_at_the_newest_checkpoint() -> None:
    assert examined()["key"] == "warn"
    run("key", "new")
    assert examined()["key"] == "warn"
    run("checkpoint")
    assert (examined()["key"], examined()["checkpoint"]) == ("ok", "ok")
    Path("xiyuan.db.proofs/log.key").chmod(0o644)
    assert examined()["key"] == "fail"
    assert "can be read by others" in run("checkpoint", code=2).stderr
