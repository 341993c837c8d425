"""Keys, checkpoints, witnesses and bundles on the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def served(folder: str) -> Iterator[str]:
    """A witness as a process of its own; where it is reached."""
    command = [sys.executable, "-m", "xiyuan_ledger.cli", "witness", "serve", folder, "--port", "0"]
    environment = {**os.environ, "XIYUAN_LANG": "en", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    try:
        found = re.search(r"http://[0-9.:]+", process.stderr.readline())
        assert found
        yield found[0]
    finally:
        process.kill()
        process.communicate()


def witnesses_at(log: str, *names: str) -> dict[str, str]:
    """New witnesses of a log: their public keys."""
    return {
        name: run("witness", "new", name, "--name", f"{name}.example", "--log", log).stdout.strip() for name in names
    }


def by_hand(witness: str) -> Result:
    """The newest checkpoint is carried to a witness, and its answer back."""
    written("to.txt", run("checkpoint", "--policy", "policy.txt", "--submit", witness))
    written("from.txt", run("witness", "cosign", witness, "--submission", "to.txt"))
    return run("checkpoint", "--policy", "policy.txt", "--cosignature", "from.txt")


def test_three_witnesses_one_of_them_over_http_and_a_quorum_of_two() -> None:
    log = written("log.pub", run("key", "new"))
    keys = witnesses_at(log, "firm", "bureau", "archive")
    with served("firm") as address:
        lines = [f"log {log}", f"witness firm {keys['firm']} {address}"]
        lines += [f"witness {name} {keys[name]}" for name in ("bureau", "archive")]
        lines += ["group outside 2 firm bureau archive", "quorum outside", "max-age 5d"]
        Path("policy.txt").write_text("\n".join(lines) + "\n")
        assert run("checkpoint", "--policy", "policy.txt").stdout.count("— ") == 2
    run("bundle", "one")
    alone = run("verify", "one", "--policy", "policy.txt", code=1)
    assert "quorum outside is not reached; cosigned by: firm" in alone.stdout
    assert "you stand with a quorum" not in alone.stderr
    assert "this bundle has not got them" in alone.stderr
    assert by_hand("archive").stdout.count("— ") == 3
    run("bundle", "two")
    assert "a quorum of witnesses" in run("verify", "two", "--policy", "policy.txt").stderr
    unreached = run("checkpoint", "--policy", "policy.txt", code=1)
    assert "`xiyuan checkpoint --policy FILE --submit firm` prints what is carried" in unreached.stderr


def test_a_witness_follows_the_key_that_a_log_rotated_to_while_it_serves() -> None:
    log = written("log.pub", run("key", "new"))
    keys = witnesses_at(log, "firm")
    with served("firm") as address:
        Path("policy.txt").write_text(f"log {log}\nwitness firm {keys['firm']} {address}\nquorum firm\nmax-age 5d\n")
        run("checkpoint", "--policy", "policy.txt")
        new = run("key", "rotate").stdout.strip()
        refused = run("checkpoint", "--policy", "policy.txt", code=1)
        assert "`xiyuan witness follow DIR --log KEY`" in refused.stderr
        run("witness", "follow", "firm", "--log", new)
        assert run("checkpoint", "--policy", "policy.txt").stdout.count("— ") == 2
    assert Path("firm/logs.txt").read_text().split() == [log, new]
    run("witness", "follow", "firm", "--log", new)
    assert Path("firm/logs.txt").read_text().split() == [log, new]
    run("witness", "follow", "firm", code=2)
    run("witness", "follow", "firm", "--log", keys["firm"], code=2)
    run("bundle", "bundle")
    run("verify", "bundle", "--policy", "policy.txt")


def test_a_port_in_use_is_named() -> None:
    witnesses_at(written("log.pub", run("key", "new")), "firm")
    with served("firm") as address:
        answer = run("witness", "serve", "firm", "--port", address.rpartition(":")[2], code=2)
    assert "error[port-unusable]" in answer.stderr


def test_a_rotated_key_is_followed_from_the_one_that_the_evaluator_holds() -> None:
    log = written("log.pub", run("key", "new"))
    Path("policy.txt").write_text(f"log {log}\n")
    run("checkpoint")
    new = run("key", "rotate").stdout.strip()
    assert new != log
    run("checkpoint")
    run("bundle", "bundle")
    found = json.loads(run("verify", "bundle", "--policy", "policy.txt", "--format", "json").stdout)
    assert {each["check"]: each["status"] for each in found["checks"]}["rotation"] == "passed"
    Path("policy.txt").write_text(f"log {new}\n")
    run("verify", "bundle", "--policy", "policy.txt")


def test_after_a_lost_key_a_new_ledger_continues_the_last_witnessed_checkpoint() -> None:
    run("key", "new")
    written("last.checkpoint", run("checkpoint"))
    same = ("init", "--name", "street", "--ledger", "sqlite:///second.db", "--continues", "last.checkpoint")
    assert "error[continues-itself]" in run(*same, code=2).stderr
    assert not Path("second.db").exists()
    assert not Path("second.db.vault").exists()
    run("init", "--name", "street-2", "--ledger", "sqlite:///second.db", "--continues", "last.checkpoint")
    second = ("--ledger", "sqlite:///second.db")
    log = run("key", "new", *second).stdout.strip()
    run("checkpoint", *second)
    run("bundle", "bundle", *second)
    Path("policy.txt").write_text(f"log {log}\n")
    run("verify", "bundle", "--policy", "policy.txt")
    answer = run("verify", "bundle", "--policy", "policy.txt", "--since", "last.checkpoint", code=1)
    assert "another ledger's bundle" in answer.stdout


def test_what_cannot_be_written_is_said_and_no_traceback_is_shown() -> None:
    log = written("log.pub", run("key", "new"))
    run("checkpoint")
    Path("file").write_text("")
    for asked in (
        ("checkpoint", "--timestamp-request", "file/request.tsq"),
        ("witness", "new", "file/firm", "--name", "firm.example", "--log", log),
        ("checkpoint", "--key", "file/log.key"),
    ):
        assert "error[" in run(*asked, code=2).stderr, asked
