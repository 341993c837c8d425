"""What somebody with the log's key can do to a bundle: other events, other signatures, everything made to fit again."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.account import ExpenseRecorded, FundsReceived
from xiyuan_ledger.aggregates.organization import OrganizationRegistered
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.merkle import CompactRange, leaf_hash
from xiyuan_ledger.note import Key, Note, PrivateKey
from xiyuan_ledger.store import Begun, Meta, Row
from xiyuan_ledger.verification import desk
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.claims import Claim
from xiyuan_ledger.verification.events import row_of
from xiyuan_ledger.verification.files import CHECKPOINT, MANIFEST, BundleFiles, manifest_bytes
from xiyuan_ledger.verification.readme import README, readme_bytes
from xiyuan_ledger.verification.witness import Submission, WitnessDesk
from xiyuan_ledger.verification.writing import manifest_head

NAME = "xiyuan"
ORIGIN = f"xiyuan-ledger/{NAME}"
BEGIN = datetime(2013, 1, 7, 1, tzinfo=UTC)
DAY = "2013-03-31"
ORG = "XY-CSO-02"


def honest_facts() -> list[Fact]:
    """Ten weeks of an organisation's money, each fact recorded some minutes after the one before."""
    facts: list[Fact] = [
        OrganizationRegistered(org=ORG, name="Elder care", kind="cso", occurred_on="2012-12-01", actor="clerk-1"),
        FundsReceived(
            org=ORG,
            channel="government",
            amount_fen=9_000_000,
            voucher="R-1",
            payer="Street office",
            occurred_on="2013-01-05",
            actor="clerk-1",
        ),
    ]
    facts += [expense(n, 10_000 + n * 137) for n in range(1, 31)]
    return [timed(fact, n) for n, fact in enumerate(facts)]


def expense(number: int, amount_fen: int) -> Fact:
    """One voucher."""
    day = BEGIN.date() + timedelta(days=number)
    return ExpenseRecorded(
        org=ORG,
        channel="government",
        category="activity",
        amount_fen=amount_fen,
        voucher=f"V-{number:03d}",
        payee="A shop",
        occurred_on=day,
        actor="clerk-2",
    )


def timed(fact: Fact, number: int) -> Fact:
    """A fact with the instant at which it is recorded."""
    at = datetime.combine(fact.occurred_on, BEGIN.timetz()) if number > 1 else BEGIN
    return fact.model_copy(update={"recorded_at": max(at, BEGIN) + timedelta(minutes=number)})


class ForgedStore:
    """Any events at all, as if they stood in a ledger."""

    def __init__(self, entries: Sequence[bytes], name: str = NAME):
        self.meta = Meta(name, simulated=True)
        self._rows = [
            row_of(position, entry)._replace(leaf=leaf_hash(entry)) for position, entry in enumerate(entries, start=1)
        ]

    def head(self) -> int:
        return len(self._rows)

    def after(self, position: int, limit: int) -> list[Row]:
        return self._rows[position : position + limit]

    def at(self, positions: Iterable[int]) -> list[Row]:
        return [self._rows[position - 1] for position in positions]

    def leaves(self, after: int, until: int) -> list[bytes]:
        return [row.leaf for row in self._rows[after:until]]

    def by_topic(self, after: int, until: int) -> Mapping[str, bytes]:
        parts: dict[str, list[bytes]] = {}
        for row in self._rows[after:until]:
            parts.setdefault(row.topic, []).append(row.state)
        return {topic: b"\n".join(states) for topic, states in parts.items()}

    def begun(self, after: int, kind: str, topics: Sequence[str], text: bytes) -> Begun:
        return Begun(after, 0, 1)

    def tagged(self, tag: str, *, committed: bool = False) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


def entries_of(facts: Iterable[Fact], folder: Path) -> list[bytes]:
    """The events that the software itself would make of these facts: an attacker has it too."""
    with Ledger.open("memory:", simulated=True, actor="clerk-1", name=NAME, proofs=folder) as ledger:
        ledger.record_all(facts)
        return [ledger.stored_bytes(position) for position in range(1, ledger.head + 1)]


def root_over(entries: Iterable[bytes]) -> bytes:
    tree = CompactRange()
    tree.extend(map(leaf_hash, entries))
    return tree.root()


def signed(entries: Sequence[bytes], key: PrivateKey, origin: str = ORIGIN) -> Note:
    """A checkpoint over any events, by a key that asks no questions."""
    text = Checkpoint(origin, len(entries), root_over(entries), simulated=True).text()
    return Note(text, (key.sign(text.encode()),))


def bundle_of(entries: Sequence[bytes], note: Note, folder: Path) -> Path:
    """A bundle in which everything follows from the events; the checkpoint is put in afterwards, whatever it says."""
    shutil.rmtree(folder, ignore_errors=True)
    store: Any = ForgedStore(entries)
    true = Note(Checkpoint(ORIGIN, len(entries), root_over(entries), simulated=True).text(), note.signatures)
    with Ledger(store, actor=None, journal=None, proofs=folder.parent) as ledger:
        ledger.bundle(folder, checkpoint=true, valid_on=DAY)
    reseal(folder, note)
    return folder


def reseal(folder: Path, note: Note) -> None:
    """Put another checkpoint into a bundle, and have README and manifest fit it."""
    (folder / CHECKPOINT).write_bytes(note.dump())
    checkpoint = checkpoint_of(note)
    (folder / README).write_bytes(readme_bytes(checkpoint))
    (folder / MANIFEST).write_bytes(manifest_bytes(BundleFiles(folder), manifest_head(checkpoint)))


def cosigned(note: Note, desks: Iterable[WitnessDesk], proof: Sequence[bytes], old: int, at: datetime) -> Note:
    """The checkpoint with the cosignatures of witnesses that find nothing wrong with it."""
    submission = Submission(old, tuple(proof), note)
    return note.with_signatures(tuple(desk.cosign(submission, int(at.timestamp())) for desk in desks))


def policy_text(log: Key, desks: Mapping[str, WitnessDesk] | None = None) -> str:
    """A policy: the log alone, or two of these witnesses within ten days."""
    lines = [f"log {log}"]
    for name, witness in (desks or {}).items():
        lines.append(f"witness {name} {witness.key.public()}")
    if desks:
        lines += [f"group outside 2 {' '.join(desks)}", "quorum outside", "max-age 10d"]
    return "\n".join(lines) + "\n"


def each_file(folder: Path) -> Iterator[Path]:
    """Every file of a bundle."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def little_bundle(facts: Iterable[Fact], key: PrivateKey, folder: Path) -> Path:
    """A bundle of few facts that claims one view: every file and every byte of it can be tried."""
    entries = entries_of(facts, folder / "proofs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "claims_at", lambda pin: [Claim("fund_statement", pin)])
        return bundle_of(entries, signed(entries, key), folder / "bundle")
