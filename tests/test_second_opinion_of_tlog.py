"""A second opinion of a client that nobody here wrote: `aics-tlog`, of checkpoints, witnesses, tiles and proofs.

It needs Python 3.12: see `collect_ignore` in conftest.py.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import aics_tlog as tlog
import pytest

from tests.forging import BEGIN, ORIGIN, bundle_of, cosigned, entries_of, honest_facts, signed
from xiyuan_ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, perfect_root
from xiyuan_ledger.note import PrivateKey
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.witness import WitnessDesk

KEY = PrivateKey.new(ORIGIN)
SEEN_AT = BEGIN + timedelta(days=40)


class Log:
    """A small ledger's tree, its checkpoint as two witnesses saw it, and its bundle."""

    def __init__(self, folder: Path):
        self.entries = entries_of(honest_facts(), folder / "proofs")
        self.leaves = [leaf_hash(entry) for entry in self.entries]
        self.size = len(self.entries)
        names = ("bureau.example", "firm.example")
        self.desks = [WitnessDesk.new(folder / name, name, [KEY.public()]) for name in names]
        self.note = cosigned(signed(self.entries, KEY), self.desks, [], 0, SEEN_AT)
        self.root = checkpoint_of(self.note).root
        self.bundle = bundle_of(self.entries, self.note, folder / "bundle")

    def read(self, height: int, index: int) -> bytes:
        return perfect_root(self.leaves[index << height : (index + 1) << height])

    def accepted(self, note: bytes, *, quorum: int = 2, key: str = "", days: int = 1) -> bool:
        """Whether the other client takes a checkpoint, cosigned by so many, so many days after it was seen."""
        keys = [tlog.parse_vkey(str(desk.key.public())) for desk in self.desks]
        now = int((SEEN_AT + timedelta(days=days)).timestamp())
        return tlog.verify_checkpoint(
            tlog.parse_note(note),
            tlog.parse_vkey(key or str(KEY.public())),
            keys,
            quorum,
            max_age_seconds=35 * 86_400,
            now=now,
        ).ok


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(tmp_path_factory.mktemp("log"))


def altered(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


def test_it_takes_our_cosigned_checkpoint_and_no_altered_one(log: Log) -> None:
    ours = log.note.dump()
    assert log.accepted(ours)
    assert not log.accepted(ours.replace(f"\n{log.size}\n".encode(), b"\n99\n"))
    assert not log.accepted(ours.replace(b"SIMULATED", b"REAL"))
    assert not log.accepted(ours, key=str(PrivateKey.new(ORIGIN).public()))


def test_it_counts_our_witnesses_and_their_age_as_we_do(log: Log) -> None:
    assert not log.accepted(log.note.dump(), days=36)
    assert not log.accepted(signed(log.entries, KEY).dump())
    one = cosigned(signed(log.entries, KEY), log.desks[:1], [], log.size, SEEN_AT)
    assert not log.accepted(one.dump())
    assert log.accepted(one.dump(), quorum=1)


def test_it_follows_our_inclusion_proofs_and_no_others(log: Log) -> None:
    for index in (0, 1, 20, log.size - 1):
        proof = inclusion_proof(index, log.size, log.read)
        entry = log.entries[index]
        assert tlog.verify_leaf_inclusion(entry, index, log.size, proof, log.root)
        assert not tlog.verify_leaf_inclusion(altered(entry), index, log.size, proof, log.root)
        assert not tlog.verify_leaf_inclusion(entry, index, log.size, [altered(proof[0]), *proof[1:]], log.root)


def test_it_follows_our_consistency_proofs_and_no_others(log: Log) -> None:
    for old in (1, 16, 33, log.size - 1):
        proof = consistency_proof(old, log.size, log.read)
        before = checkpoint_of(signed(log.entries[:old], KEY)).root
        assert tlog.verify_consistency(old, log.size, before, log.root, proof)
        assert not tlog.verify_consistency(old, log.size, before, log.root, [altered(proof[0]), *proof[1:]])


def test_it_finds_every_event_in_the_tiles_of_a_bundle_and_refuses_an_altered_tile(log: Log) -> None:
    reader = tlog.FileSystemTileReader(log.bundle)
    found = tlog.audit_tiles(reader, log.size, log.root)
    assert (found.size, found.bundles) == (log.size, (log.size + 255) // 256)
    assert [tlog.read_entry(reader, index, log.size) for index in range(log.size)] == log.entries
    assert tlog.inclusion_proof_from_tiles(reader, 20, log.size) == inclusion_proof(20, log.size, log.read)
    for tile in sorted((log.bundle / "tile").rglob("*")):
        if tile.is_file():
            ours = tile.read_bytes()
            tile.write_bytes(ours[:40] + altered(ours[40:]))
            with pytest.raises(tlog.TileVerificationError):
                tlog.audit_tiles(reader, log.size, log.root)
            tile.write_bytes(ours)
