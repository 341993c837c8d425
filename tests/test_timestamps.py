"""A time stamp from an authority of our own, run with openssl: taken in, carried by the bundle, verified, refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.forging import honest_facts, policy_text, reseal
from tests.proving import log_key
from tests.tools import program
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Note
from xiyuan_ledger.verification import desk
from xiyuan_ledger.verification.claims import Claim
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.verifying import verify

CONFIGURED = """
[ tsa ]
default_tsa = own
[ own ]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[ ext ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Authority:
    """A root, and a time-stamping certificate under it."""

    def __init__(self, folder: Path):
        folder.mkdir()
        self.folder = folder
        (folder / "tsa.cnf").write_text(CONFIGURED)
        (folder / "serial").write_text("01\n")
        key = ("-newkey", "rsa:2048", "-nodes")
        self.run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Root", "-days", "30")
        self.run("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Time")
        issue = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30")
        self.run(
            "x509", "-req", "-in", "tsa.csr", *issue, "-extfile", "tsa.cnf", "-extensions", "ext", "-out", "tsa.pem"
        )

    def run(self, *words: str) -> None:
        subprocess.run([program("openssl"), *words], cwd=self.folder, check=True, capture_output=True)

    def stamp(self, request: bytes) -> bytes:
        (self.folder / "request.tsq").write_bytes(request)
        signer = ("-signer", "tsa.pem", "-inkey", "tsa.key")
        self.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq", *signer, "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    @property
    def root(self) -> Path:
        return self.folder / "ca.pem"


def failed(bundle: Path, policy: Policy) -> dict[str, list[str]]:
    found = verify(bundle, policy)
    return {check.name: [fault.code for fault in check.faults] for check in found.checks if check.status == "failed"}


def test_a_checkpoint_carries_the_time_at_which_an_authority_saw_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "claims_at", lambda pin: [Claim("fund_statement", pin)])
    authority, another = Authority(tmp_path / "authority"), Authority(tmp_path / "another")
    key = log_key(tmp_path / "proofs")
    with Ledger.open("memory:", simulated=True, actor="clerk-1", proofs=tmp_path / "proofs") as ledger:
        ledger.record_all(honest_facts()[:5])
        ledger.checkpoint()
        token = authority.stamp(ledger.proofs.timestamp_request())
        with pytest.raises(ProofError) as refused:
            ledger.proofs.add_timestamp(token, another.root)
        assert refused.value.code == "timestamp-wrong"
        assert ledger.proofs.add_timestamp(token, authority.root).year >= 2024
        bundle = ledger.bundle(tmp_path / "bundle")
        ledger.record_all(honest_facts()[5:6])
        ledger.checkpoint()
        with pytest.raises(ProofError) as other:
            ledger.proofs.add_timestamp(token, authority.root)
        assert other.value.code == "timestamp-wrong"
    (tmp_path / "policy.txt").write_text(policy_text(key) + "tsa authority/ca.pem\n")
    policy = Policy.read(tmp_path / "policy.txt")
    assert failed(bundle, policy) == {}
    assert next(c.status for c in verify(bundle, policy).checks if c.name == "timestamps") == "passed"
    policy.tsa = another.root
    assert failed(bundle, policy) == {"timestamps": ["timestamp-wrong"]}
    (bundle / "timestamps" / "checkpoint.tsr").write_bytes(b"\x30\x00")
    reseal(bundle, Note.parse((bundle / "checkpoint").read_bytes()))
    assert failed(bundle, policy) == {"timestamps": ["timestamp-wrong"]}
