"""Keys, the signer, witnesses: who signs what, and what each of them refuses."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.forging import BEGIN, ORIGIN, entries_of, expense, honest_facts, policy_text, signed, timed
from tests.proving import log_key
from xiyuan_ledger.errors import ProofError, RuleBroken
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import consistency_proof, leaf_hash, perfect_root
from xiyuan_ledger.note import COSIGNATURE, Key, Note, PrivateKey
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.keys import new_key_file, read_key_file
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.signing import Signer
from xiyuan_ledger.verification.verifying import verify
from xiyuan_ledger.verification.witness import Submission, WitnessDesk
from xiyuan_ledger.verification.witness_http import WitnessServer

NOW = BEGIN + timedelta(days=40)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    log_key(tmp_path / "proofs")
    with Ledger.open("memory:", simulated=True, actor="clerk-1", proofs=tmp_path / "proofs") as found:
        found.record_all(honest_facts()[:20])
        yield found


@contextmanager
def serving(desk: WitnessDesk) -> Iterator[str]:
    """The address of a witness that answers."""
    server = WitnessServer(desk, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def witness(folder: Path, name: str, log: Key) -> WitnessDesk:
    return WitnessDesk.new(folder / name, f"{name}.example", [log])


def public(ledger: Ledger) -> Key:
    return read_key_file(ledger.proofs.key_file()).public()


def code_of(error: pytest.ExceptionInfo[ProofError]) -> str:
    assert str(error.value)
    return error.value.code


def test_a_key_is_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    key = new_key_file(tmp_path / "log.key", ORIGIN)
    assert stat.S_IMODE((tmp_path / "log.key").stat().st_mode) == 0o600
    assert Key.parse(str(key)) == key == read_key_file(tmp_path / "log.key").public()
    with pytest.raises(ProofError) as exists:
        new_key_file(tmp_path / "log.key", ORIGIN)
    assert code_of(exists) == "key-exists"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    new_key_file(tmp_path / "log.key", ORIGIN)
    (tmp_path / "log.key").chmod(mode)
    with pytest.raises(ProofError) as refused:
        read_key_file(tmp_path / "log.key")
    assert code_of(refused) == "key-readable"


def test_a_key_file_that_holds_no_key_never_shows_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "log.key").write_text("PRIVATE+KEY+a+00000000+c2VjcmV0")
    (tmp_path / "log.key").chmod(0o600)
    with pytest.raises(ProofError) as refused:
        read_key_file(tmp_path / "log.key")
    assert code_of(refused) == "key-private-form"
    assert "c2VjcmV0" not in str(refused.value)
    assert "seed" not in repr(PrivateKey.new("a.example"))


def test_a_note_is_read_as_it_is_written_and_in_no_other_form() -> None:
    key = PrivateKey.new(ORIGIN)
    text = Checkpoint(ORIGIN, 3, leaf_hash(b"x")).text()
    note = Note(text, (key.sign(text.encode()),))
    assert Note.parse(note.dump()) == note
    for wrong in (b"", note.dump()[:-1], note.dump() + b"\n", note.dump().replace(b"\xe2\x80\x94", b"-"), b"\xff"):
        with pytest.raises(ProofError):
            Note.parse(wrong)


def test_the_signer_signs_what_continues_and_nothing_else(ledger: Ledger) -> None:
    first = ledger.checkpoint()
    ledger.record_all(honest_facts()[20:24])
    second = ledger.checkpoint()
    assert checkpoint_of(second).size == checkpoint_of(first).size + 4
    assert ledger.checkpoint() == second
    signer = Signer(ledger.proofs.key_file())
    with pytest.raises(ProofError) as shrunk:
        signer.sign(checkpoint_of(first), ledger.proofs.tree.consistency)
    assert code_of(shrunk) == "signer-shrunk"
    fork = checkpoint_of(second)._replace(root=leaf_hash(b"another"))
    with pytest.raises(ProofError) as forked:
        signer.sign(fork, ledger.proofs.tree.consistency)
    assert code_of(forked) == "signer-fork"
    with pytest.raises(ProofError) as unproven:
        signer.sign(fork._replace(size=fork.size + 1), lambda old, new: [])
    assert code_of(unproven) == "signer-fork"
    with pytest.raises(ProofError) as foreign:
        signer.sign(Checkpoint("xiyuan-ledger/other", 99, fork.root), lambda old, new: [])
    assert code_of(foreign) == "signer-origin"


def test_a_store_that_was_exchanged_gets_no_signature(ledger: Ledger, tmp_path: Path) -> None:
    ledger.checkpoint()
    with Ledger.open("memory:", simulated=True, actor="clerk-1", proofs=tmp_path / "proofs") as other:
        other.record_all(honest_facts()[:19])
        other.record(honest_facts()[20])
        with pytest.raises(ProofError) as forked:
            other.checkpoint()
    assert code_of(forked) == "signer-fork"


def test_three_witnesses_over_http_and_a_quorum_of_two(ledger: Ledger, tmp_path: Path) -> None:
    desks = {name: witness(tmp_path, name, public(ledger)) for name in ("firm", "bureau", "archive")}
    with serving(desks["firm"]) as firm, serving(desks["bureau"]) as bureau:
        text = policy_text(public(ledger), desks)
        for name, url in (("firm", firm), ("bureau", bureau), ("archive", "http://127.0.0.1:9")):
            text = text.replace(f"{desks[name].key.public()}\n", f"{desks[name].key.public()} {url}\n")
        policy = Policy.parse(text)
        note, missed = ledger.proofs.have_witnessed(ledger.checkpoint(), policy)
        assert [refusal.code for refusal in missed] == ["witness-unreached"]
        ledger.record_all(honest_facts()[20:])
        note, _ = ledger.proofs.have_witnessed(ledger.checkpoint(), policy)
    assert len(note.signatures) == 3
    assert desks["firm"].last(ORIGIN) == checkpoint_of(note)
    found = verify(ledger.bundle(tmp_path / "bundle"), policy)
    assert found.passed
    assert found.stand == "witnessed"


def test_a_witness_that_saw_more_than_the_log_remembers_is_asked_from_there(ledger: Ledger, tmp_path: Path) -> None:
    desk = witness(tmp_path, "bureau", public(ledger))
    with serving(desk) as url:
        policy = Policy.parse(f"log {public(ledger)}\nwitness bureau {desk.key.public()} {url}\nquorum bureau\n")
        ledger.proofs.have_witnessed(ledger.checkpoint(), policy)
        for path in (tmp_path / "proofs" / "checkpoints").iterdir():
            path.unlink()
        ledger.record_all(honest_facts()[20:])
        note, missed = ledger.proofs.have_witnessed(ledger.checkpoint(), policy)
    assert missed == []
    assert len(note.signatures) == 2


def test_a_witness_reached_by_hand_answers_with_a_file(ledger: Ledger, tmp_path: Path) -> None:
    desk = witness(tmp_path, "archive", public(ledger))
    ledger.checkpoint()
    (tmp_path / "to.txt").write_bytes(ledger.proofs.submission(0).dump())
    answer = desk.cosign(Submission.parse((tmp_path / "to.txt").read_bytes()), 1_700_000_000).line().encode()
    note = ledger.proofs.add_cosignatures(answer, [desk.key.public()])
    assert desk.key.public().cosigned_at(note.text.encode(), note.signatures[1]) == 1_700_000_000
    with pytest.raises(ProofError) as other:
        ledger.proofs.add_cosignatures(answer, [PrivateKey.new("archive.example", COSIGNATURE).public()])
    assert code_of(other) == "witness-answer"


def test_an_answer_that_comes_after_newer_checkpoints_is_kept_with_its_own(ledger: Ledger, tmp_path: Path) -> None:
    desk = witness(tmp_path, "archive", public(ledger))
    first = ledger.checkpoint()
    submission = ledger.proofs.submission(0)
    ledger.record_all(honest_facts()[20:])
    assert checkpoint_of(ledger.checkpoint()).size > checkpoint_of(first).size
    answer = desk.cosign(submission, 1_700_000_000).line().encode()
    kept = ledger.proofs.add_cosignatures(answer, [desk.key.public()])
    assert (kept.text, len(kept.signatures)) == (first.text, 2)
    assert ledger.proofs.last_seen_by(desk.key.public(), ledger.head) == checkpoint_of(first).size


def test_a_witness_refuses_what_it_did_not_see_grow(ledger: Ledger, tmp_path: Path) -> None:
    desk = witness(tmp_path, "bureau", public(ledger))
    note = ledger.checkpoint()
    size = checkpoint_of(note).size
    desk.cosign(Submission(0, (), note), 1)
    key = read_key_file(ledger.proofs.key_file())
    entries = entries_of([*honest_facts()[:19], honest_facts()[20], honest_facts()[21]], tmp_path / "other")
    other = signed(entries, key)
    read = lambda height, index: perfect_root([leaf_hash(e) for e in entries[index << height : (index + 1) << height]])  # noqa: E731
    wrong = [
        (Submission(0, (), other), "witness-old"),
        (Submission(size, tuple(consistency_proof(size, len(entries), read)), other), "witness-fork"),
        (Submission(size, (), signed(entries[:size], key)), "witness-fork"),
        (Submission(size, (), signed(entries, PrivateKey.new(ORIGIN))), "witness-signature"),
        (Submission(size, (), signed(entries, PrivateKey.new("xiyuan-ledger/x"), "xiyuan-ledger/x")), "witness-log"),
    ]
    for submission, code in wrong:
        with pytest.raises(ProofError) as refused:
            desk.cosign(submission, 2)
        assert code_of(refused) == code
    assert desk.last(ORIGIN) == checkpoint_of(note)


def test_of_many_submissions_at_once_a_witness_follows_one_history(ledger: Ledger, tmp_path: Path) -> None:
    desk = witness(tmp_path, "bureau", public(ledger))
    key = read_key_file(ledger.proofs.key_file())
    histories = [[*honest_facts()[:18], timed(expense(25, 100 + n), 20)] for n in range(6)]
    notes = [signed(entries_of(facts, tmp_path / "h"), key) for facts in histories]

    def submit(note: Note) -> str:
        try:
            desk.cosign(Submission(0, (), note), 7)
        except ProofError as refusal:
            return refusal.code
        return "cosigned"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(submit, notes))
    assert sorted(outcomes) == ["cosigned", *["witness-old"] * 5]


def test_a_key_is_rotated_by_an_event_and_those_who_hold_the_old_one_follow(ledger: Ledger, tmp_path: Path) -> None:
    old = public(ledger)
    before = ledger.checkpoint()
    new = ledger.proofs.rotate(ledger.record)
    assert new == public(ledger) != old
    ledger.record_all(honest_facts()[20:22])
    after = ledger.checkpoint()
    assert after.signed_by(new) is not None
    assert after.signed_by(old) is None
    bundle = ledger.bundle(tmp_path / "bundle")
    for key in (old, new):
        assert verify(bundle, Policy.parse(policy_text(key)), since=before, now=NOW).passed
    third = ledger.proofs.rotate(ledger.record)
    assert third != new
    ledger.checkpoint()
    assert verify(ledger.bundle(tmp_path / "again"), Policy.parse(policy_text(old)), now=NOW).passed


def test_a_rotation_that_the_old_key_did_not_sign_is_refused(ledger: Ledger) -> None:
    thief = PrivateKey.new(ORIGIN).public()
    entry = {
        "type": "LogKeyRotated",
        "old_key": str(public(ledger)),
        "new_key": str(thief),
        "signature": "AAAA",
        "occurred_on": "2013-02-01",
        "recorded_at": NOW,
    }
    with pytest.raises(RuleBroken) as refused:
        ledger.record(entry)
    assert refused.value.code == "log-key-unsigned"
    ledger.proofs.rotate(ledger.record)
    with pytest.raises(RuleBroken) as other:
        ledger.record(entry)
    assert other.value.code == "log-key-other"
    (rotation,) = ledger.events(types=["LogKeyRotated"])
    with pytest.raises(RuleBroken) as kept:
        ledger.record(
            {
                "type": "RecordVoided",
                "event": rotation.event_id,
                "approved_by": "head",
                "reason": "unwanted",
                "occurred_on": "2013-02-01",
                "recorded_at": NOW,
            }
        )
    assert str(kept.value)


def test_a_checkpoint_after_a_rotation_with_the_old_key_is_refused_by_who_verifies(
    ledger: Ledger, tmp_path: Path
) -> None:
    stolen = read_key_file(ledger.proofs.key_file())
    ledger.proofs.rotate(ledger.record)
    note = ledger.checkpoint()
    forged = Note(note.text, (stolen.sign(note.text.encode()),))
    found = verify(
        ledger.bundle(tmp_path / "bundle", checkpoint=forged), Policy.parse(policy_text(stolen.public())), now=NOW
    )
    assert [f.code for check in found.checks for f in check.faults] == ["seal-missing"]


def test_after_a_lost_key_a_new_origin_holds_to_the_last_witnessed_checkpoint(ledger: Ledger, tmp_path: Path) -> None:
    last = ledger.checkpoint()
    told = {"name": "xiyuan-2", "proofs": tmp_path / "second", "actor": "clerk-1"}
    with Ledger.open("memory:", continues=last, **told) as second:
        first = next(second.events())
        assert (first.type, first.position) == ("LedgerContinued", 1)
        assert first.fact.entry()["origin"] == ORIGIN
        assert first.fact.entry()["root"] == checkpoint_of(last).root.hex()
        log_key(tmp_path / "second", "xiyuan-2")
        second.checkpoint()
        policy = Policy.parse(policy_text(public(second)))
        assert verify(second.bundle(tmp_path / "bundle"), policy).passed
    with pytest.raises(RuleBroken) as late:
        ledger.record(first.fact.model_copy(update={"recorded_at": NOW, "occurred_on": NOW.date()}))
    assert late.value.code == "ledger-continued-late"
