"""Second opinions: programs that nobody here wrote accept our bytes, and refuse them once they are altered."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import rfc8785

from tests.forging import BEGIN, ORIGIN, bundle_of, cosigned, entries_of, honest_facts, signed
from tests.tools import missing, program
from xiyuan_ledger import canonical
from xiyuan_ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, perfect_root
from xiyuan_ledger.note import PrivateKey
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.witness import WitnessDesk

HERE = Path(__file__).parent / "second_opinions"
GO_PACKAGES = Path("/usr/share/gocode")
KEY = PrivateKey.new(ORIGIN)
SIGNS = 'aZ09 "\\/\b\n\t\u0001\u007f\u00e9王—\ufb33\U0001f600'
KEYS = ("a", "amount_fen", "Z", "名称", "\ufb33", "\U0001f600", "")


class Log:
    """A small ledger's tree, its cosigned checkpoint, its bundle."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.entries = entries_of(honest_facts(), folder / "proofs")
        self.leaves = [leaf_hash(entry) for entry in self.entries]
        self.size = len(self.entries)
        self.desk = WitnessDesk.new(folder / "bureau", "bureau.example", [KEY.public()])
        at = BEGIN + timedelta(days=40)
        self.note = cosigned(signed(self.entries, KEY), [self.desk], [], 0, at)
        self.root = checkpoint_of(self.note).root
        self.file = folder / "checkpoint"
        self.file.write_bytes(self.note.dump())
        self.bundle = bundle_of(self.entries, self.note, folder / "bundle")

    def read(self, height: int, index: int) -> bytes:
        return perfect_root(self.leaves[index << height : (index + 1) << height])


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our few lines around golang.org/x/mod, built from the machine's own packages, without a network."""
    compiler = program("go")
    if not (GO_PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        missing("no golang.org/x/mod among the machine's Go packages")
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PACKAGES), "GOCACHE": str(folder / "cache")}
    built = folder / "check"
    subprocess.run([compiler, "build", "-o", str(built), str(HERE / "main.go")], check=True, env=environment)
    return built


def agrees(command: Path, *words: object) -> bool:
    """Whether a program ends without a complaint."""
    return subprocess.run([command, *map(str, words)], capture_output=True, check=False).returncode == 0


def altered(steps: list[bytes]) -> list[bytes]:
    return [bytes([steps[0][0] ^ 1]) + steps[0][1:], *steps[1:]]


def test_go_reads_our_notes_and_cosignatures(go: Path, log: Log, tmp_path: Path) -> None:
    keys = (KEY.public(), log.desk.key.public())
    assert agrees(go, "note", log.file, *keys)
    assert not agrees(go, "note", log.file, PrivateKey.new(ORIGIN).public())
    for before, after in ((f"\n{log.size}\n".encode(), b"\n99\n"), (b"SIMULATED", b"REAL")):
        (tmp_path / "altered").write_bytes(log.file.read_bytes().replace(before, after))
        assert not any(agrees(go, "note", tmp_path / "altered", key) for key in keys)


def test_go_follows_our_inclusion_proofs_and_no_others(go: Path, log: Log) -> None:
    for index in (0, 1, 20, log.size - 1):
        proof = inclusion_proof(index, log.size, log.read)
        leaf = log.leaves[index]
        asked = ("inclusion", log.size, log.root.hex(), index, leaf.hex())
        assert agrees(go, *asked, *(step.hex() for step in proof))
        assert not agrees(go, *asked, *(step.hex() for step in altered(proof)))
        assert not agrees(go, *asked[:-1], leaf_hash(b"another").hex(), *(step.hex() for step in proof))


def test_go_follows_our_consistency_proofs_and_no_others(go: Path, log: Log) -> None:
    for old in (1, 16, 33, log.size - 1):
        proof = consistency_proof(old, log.size, log.read)
        old_root = checkpoint_of(signed(log.entries[:old], KEY)).root
        asked = ("consistency", old, old_root.hex(), log.size, log.root.hex())
        assert agrees(go, *asked, *(step.hex() for step in proof))
        assert not agrees(go, *asked, *(step.hex() for step in altered(proof)))


def test_go_finds_the_root_in_the_tiles_of_a_bundle(go: Path, log: Log) -> None:
    assert agrees(go, "tiles", log.bundle, log.size, log.root.hex())
    assert not agrees(go, "tiles", log.bundle, log.size, log.leaves[0].hex())


def test_openssl_verifies_the_signature_of_a_checkpoint_and_refuses_another_text(log: Log, tmp_path: Path) -> None:
    openssl = program("openssl")
    der = bytes.fromhex("302a300506032b6570032100") + KEY.public().public
    (tmp_path / "key.der").write_bytes(der)
    (tmp_path / "signature").write_bytes(log.note.signatures[0].body)
    verify = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key.der", "-rawin"]
    for text, expected in ((log.note.text, True), (log.note.text.replace("SIMULATED", "REAL"), False)):
        (tmp_path / "text").write_text(text)
        asked = (*verify, "-in", tmp_path / "text", "-sigfile", tmp_path / "signature")
        assert agrees(Path(openssl), *asked) is expected


@pytest.mark.parametrize("page", ["verify-a-bundle.md", "verify-a-bundle.zh.md"])
def test_what_the_page_says_to_do_with_openssl_verifies_a_checkpoint(log: Log, page: str, tmp_path: Path) -> None:
    program("openssl")
    text = (Path(__file__).parents[1] / "docs" / "evaluators" / page).read_text("utf-8")
    (said,) = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    shutil.copytree(log.bundle, tmp_path / "bundle")
    for key, expected in ((KEY.public(), True), (PrivateKey.new(ORIGIN).public(), False)):
        (tmp_path / "policy.txt").write_text(f"log {key}\nquorum none\n")
        done = subprocess.run([program("bash")], input=said, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ("Signature Verified Successfully" in done.stdout) is expected, done.stderr


@pytest.mark.parametrize("page", ["verify-a-bundle.md", "verify-a-bundle.zh.md"])
def test_what_the_page_says_to_do_with_python_alone_finds_the_root_and_a_figure(
    log: Log, page: str, tmp_path: Path
) -> None:
    text = (Path(__file__).parents[1] / "docs" / "evaluators" / page).read_text("utf-8")
    (said,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    bundle = Path(shutil.copytree(log.bundle, tmp_path / "bundle"))

    def printed() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-"], input=said, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    assert printed() == ["the root of the events agrees", "funds received as claimed"]
    report = bundle / "reports" / "fund_statement.csv"
    entries = next(path for path in (bundle / "tile" / "entries").rglob("*") if path.is_file())
    report.write_bytes(report.read_bytes().replace(b"9000000", b"9000001"))
    entries.write_bytes(entries.read_bytes().replace(b"clerk-1", b"clerk-2", 1))
    assert printed() == ["the root of the events IS ANOTHER", "funds received ARE OTHERWISE"]


@pytest.fixture(scope="module")
def sigstore() -> Path:
    """The verifier that comes with npm."""
    npm = program("npm")
    root = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=True).stdout.strip()
    folder = Path(root) / "npm" / "node_modules" / "@sigstore" / "verify"
    if not (folder / "dist" / "tlog" / "merkle.js").exists():
        missing("no @sigstore/verify among npm's own modules")
    return folder


def test_sigstore_follows_note_and_inclusion(sigstore: Path, log: Log, tmp_path: Path) -> None:
    index = 20
    log_key = KEY.public()
    asked = {
        "name": log_key.name,
        "key": log_key.public.hex(),
        "key_id": log_key.key_id.hex(),
        "index": str(index),
        "size": str(log.size),
        "root": log.root.hex(),
        "entry": log.entries[index].hex(),
        "hashes": [step.hex() for step in inclusion_proof(index, log.size, log.read)],
        "note": log.note.dump().decode(),
    }

    def passes(**other: object) -> bool:
        (tmp_path / "asked.json").write_text(json.dumps(asked | other))
        return agrees(Path(program("node")), HERE / "check.mjs", sigstore, tmp_path / "asked.json")

    assert passes()
    assert not passes(entry=log.entries[index + 1].hex())
    assert not passes(note=log.note.dump().decode().replace("SIMULATED", "REAL"))
    assert not passes(key=PrivateKey.new(ORIGIN).public().public.hex())


def test_another_library_writes_the_same_canonical_bytes_for_twenty_thousand_random_values() -> None:
    chance = Random(20_000)
    for _ in range(20_000):
        value = {"entry": _value(chance, 3), "position": chance.getrandbits(40)}
        assert canonical.dumps(value) == rfc8785.dumps(value)


def _value(chance: Random, depth: int) -> Any:
    match chance.randrange(8 if depth else 5):
        case 0:
            return chance.randrange(-(2**53) + 1, 2**53)
        case 1:
            return chance.choice((True, False, None))
        case 2 | 3 | 4:
            return "".join(chance.choice(SIGNS) for _ in range(chance.randrange(12)))
        case 5:
            return [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
        case _:
            return {chance.choice(KEYS): _value(chance, depth - 1) for _ in range(chance.randrange(5))}
