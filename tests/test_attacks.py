"""The attack table, row by row and column by column, with the log's key in the attacker's hand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.forging import (
    BEGIN,
    ORIGIN,
    bundle_of,
    cosigned,
    entries_of,
    expense,
    honest_facts,
    policy_text,
    root_over,
    signed,
    timed,
)
from xiyuan_ledger.merkle import consistency_proof, leaf_hash, perfect_root
from xiyuan_ledger.note import Note, PrivateKey, Signature
from xiyuan_ledger.verification import desk
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.claims import Claim
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.verifying import verify
from xiyuan_ledger.verification.witness import WitnessDesk

TABLE = {
    row["id"]: row
    for row in tomllib.loads((Path(__file__).parents[1] / "docs" / "evaluators" / "attacks.toml").read_text("utf-8"))[
        "attack"
    ]
}
SEEN_AT = BEGIN + timedelta(days=33)
NOW = SEEN_AT + timedelta(days=2)
LATER = SEEN_AT + timedelta(days=40)
WITNESSES = ("firm", "bureau", "archive")


class Street:
    """An honest ledger, the checkpoints that it handed out, its witnesses - and its key, which was stolen."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.key = PrivateKey.new(ORIGIN)
        self.facts = honest_facts()
        self.entries = entries_of(self.facts, folder / "proofs")
        log = self.key.public()
        self.desks = {name: WitnessDesk.new(folder / name, f"{name}.example", [log]) for name in WITNESSES}
        self.old_entries = self.entries[:-12]
        self.remembered = signed(self.old_entries, self.key)
        self.old = self.witnessed(self.remembered, [], 0, SEEN_AT - timedelta(days=20))
        proof = consistency_proof(len(self.old_entries), len(self.entries), self.read)
        self.note = self.witnessed(signed(self.entries, self.key), proof, len(self.old_entries), SEEN_AT)

    def read(self, height: int, index: int) -> bytes:
        return perfect_root([leaf_hash(each) for each in self.entries[index << height : (index + 1) << height]])

    def witnessed(self, note: Note, proof: list[bytes], old: int, at: datetime) -> Note:
        return cosigned(note, self.desks.values(), proof, old, at)

    def forged(self, facts: list) -> tuple[list[bytes], Note]:
        """Another history, whole and signed."""
        entries = entries_of(facts, self.folder / "forged")
        return entries, signed(entries, self.key)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Street:
    return Street(tmp_path_factory.mktemp("street"))


@pytest.fixture(autouse=True)
def few_views(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundles claim two views: every attack is tried three times."""
    monkeypatch.setattr(desk, "claims_at", lambda pin: [Claim("fund_statement", pin), Claim("timeliness", pin)])


Forgery = tuple[list[bytes], Note]


def altered(entries: list[bytes], number: int, before: bytes, after: bytes) -> list[bytes]:
    assert before in entries[number]
    return [each.replace(before, after) if n == number else each for n, each in enumerate(entries)]


def edit_unsigned(street: Street) -> Forgery:
    return altered(street.entries, -4 % len(street.entries), b'"amount_fen":', b'"amount_fen":9'), street.note


def delete_unsigned(street: Street) -> Forgery:
    return [*street.entries[:-9], *street.entries[-8:]], street.note


def reorder(street: Street) -> Forgery:
    entries = [*street.entries[:-6], street.entries[-5], street.entries[-6], *street.entries[-4:]]
    return entries, signed(entries, street.key)


def append_back_in_time(street: Street) -> Forgery:
    last = re.sub(rb'"recorded_at":"[^"]+"', b'"recorded_at":"2013-01-08T00:00:00.000000Z"', street.entries[-1])
    entries = [*street.entries[:-1], last]
    return entries, signed(entries, street.key)


def duplicate_key(street: Street) -> Forgery:
    entries = altered(street.entries, -3 % len(street.entries), b'"schema":1,', b'"schema":1,"schema":1,')
    return entries, signed(entries, street.key)


def swapped_key(street: Street) -> Forgery:
    return street.entries, signed(street.entries, PrivateKey.new(ORIGIN))


def forged_key_id(street: Street) -> Forgery:
    (made,) = signed(street.entries, PrivateKey.new(ORIGIN)).signatures
    log = street.key.public()
    return street.entries, Note(street.note.text, (Signature(log.name, log.key_id, made.body),))


def wrong_origin(street: Street) -> Forgery:
    return street.entries, signed(street.entries, street.key, "xiyuan-ledger/another")


def edit(street: Street) -> Forgery:
    facts = [each.model_copy(update={"amount_fen": 99}) if n == 8 else each for n, each in enumerate(street.facts)]
    return street.forged(facts)


def delete_and_renumber(street: Street) -> Forgery:
    return street.forged([each for n, each in enumerate(street.facts) if n != 8])


def backdated_insert(street: Street) -> Forgery:
    inserted = timed(expense(8, 4_321).model_copy(update={"voucher": "V-900"}), 8)
    return street.forged([*street.facts[:9], inserted, *street.facts[9:]])


def truncate_before_remembered(street: Street) -> Forgery:
    entries = street.old_entries[:-3]
    return entries, signed(entries, street.key)


def truncate_after_remembered(street: Street) -> Forgery:
    entries = street.entries[:-3]
    return entries, signed(entries, street.key)


def fork(street: Street) -> Forgery:
    return street.forged([*street.facts[:-1], street.facts[-1].model_copy(update={"amount_fen": 1})])


def replay(street: Street) -> Forgery:
    return street.old_entries, street.old


def one_colluding_witness(street: Street) -> Forgery:
    entries, note = edit(street)
    colluding = street.desks["firm"].key.sign(note.text.encode(), int(SEEN_AT.timestamp()))
    return entries, note.with_signatures((colluding,))


ATTACKS: dict[str, Callable[[Street], Forgery]] = {
    each.__name__: each
    for each in (
        edit_unsigned,
        delete_unsigned,
        reorder,
        append_back_in_time,
        duplicate_key,
        swapped_key,
        forged_key_id,
        wrong_origin,
        edit,
        delete_and_renumber,
        backdated_insert,
        truncate_before_remembered,
        truncate_after_remembered,
        fork,
        replay,
        one_colluding_witness,
    )
}


def outcome(street: Street, bundle: Path, stand: str, now: datetime) -> tuple[str, list[str]]:
    """What an evaluator sees who stands there, and by which code."""
    policy = Policy.parse(policy_text(street.key.public(), street.desks if stand == "witnessed" else None))
    since = None if stand == "key" else street.remembered
    found = verify(bundle, policy, since=since, now=now)
    assert found.stand == stand
    codes = [fault.code for check in found.checks for fault in check.faults]
    assert all(str(fault) for check in found.checks for fault in check.faults)
    return ("passes" if found.passed else "caught"), codes


def test_the_table_and_the_attacks_are_the_same() -> None:
    assert list(TABLE) == list(ATTACKS)


@pytest.mark.parametrize("stand", ["key", "remembered", "witnessed"])
def test_an_honest_bundle_passes_from_everywhere(street: Street, stand: str, tmp_path: Path) -> None:
    bundle = bundle_of(street.entries, street.note, tmp_path / "bundle")
    assert outcome(street, bundle, stand, NOW) == ("passes", [])


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_seen_from_where_the_table_says(street: Street, attack: str, tmp_path: Path) -> None:
    bundle = bundle_of(*ATTACKS[attack](street), tmp_path / "bundle")
    now = LATER if attack == "replay" else NOW
    found = {stand: outcome(street, bundle, stand, now) for stand in ("key", "remembered", "witnessed")}
    expected = {stand: TABLE[attack][stand] for stand in found}
    assert {stand: seen for stand, (seen, _) in found.items()} == expected, found


def test_no_honest_witness_cosigns_another_history(street: Street) -> None:
    entries, note = edit(street)
    for name, witness in street.desks.items():
        with pytest.raises(Exception, match="witness-"):
            cosigned(note, [witness], [], 0, NOW)
        assert witness.last(ORIGIN) == checkpoint_of(street.note), name
    assert root_over(entries) != checkpoint_of(street.note).root
