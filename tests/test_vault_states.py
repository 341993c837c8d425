"""A vault over any sequence of registrations, corrections, merges, accesses, erasures, backups and restores."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.canaries import left_in
from xiyuan_ledger.errors import Refused, VaultError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.vault.persons import Persons
from xiyuan_ledger.verification.disclosures import PersonalFacts

CODES = st.sampled_from(["C-1", "C-2", "C-3", "C-4"])
WORDS = ["示例子子", "示例丑丑", "示例寅寅"]
PERSONAL = st.dictionaries(st.sampled_from(["name", "address"]), st.sampled_from(WORDS), min_size=1)


def answer_of(ask: Callable[[], Any]) -> Any:
    """What comes of asking, or the code of the refusal."""
    try:
        return ask()
    except (Refused, VaultError) as error:
        return error.code


class Vaults(RuleBasedStateMachine):
    """What the office should be told, kept beside as plain dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="xiyuan-vault-"))
        self.url = f"sqlite:///{self.folder}/x.db"
        self.ledger = Ledger.open(self.url, create=True, actor="clerk-7")
        self.heads: dict[str, str] = {}
        self.known: dict[str, tuple[str, dict[str, str]]] = {}
        """By code, the fact that gave the personal data that stand, and the data."""
        self.groups: list[set[str]] = []
        self.erased: set[str] = set()
        self.held: set[str] = set()
        """The facts whose disclosures the vault has."""
        self.backup: set[str] | None = None

    @rule(code=CODES, personal=st.none() | PERSONAL)
    def register(self, code: str, personal: dict[str, str] | None) -> None:
        entry: dict[str, Any] = {"type": "ClientRegistered", "client": code, "sensitivity": "normal"}
        entry |= {"occurred_on": "2013-01-02", "personal": personal}
        if code in self.heads:
            entry |= {"corrects": self.heads[code], "reason": f"asked at {self.ledger.head}"}
        if personal and code in self.erased:
            with pytest.raises(Refused) as refused:
                self.ledger.record(entry)
            assert refused.value.code == "personal-erased"
            return
        receipt = self.ledger.record(entry)
        assert receipt.event_id is not None
        assert receipt.status == "recorded"
        self.heads[code] = receipt.event_id
        if personal:
            self.known[code] = (receipt.event_id, personal)
            self.held.add(receipt.event_id)
            # The same again is recognised while the vault remembers it.
            assert self.ledger.record(entry).status == "duplicate"

    def person(self, code: str) -> set[str]:
        return next((group for group in self.groups if code in group), {code})

    @rule(code=CODES, other=CODES)
    def merge(self, code: str, other: str) -> None:
        if not {code, other} <= self.heads.keys() or self.person(code) & self.person(other):
            return
        fact = {"type": "PersonsMerged", "client": code, "merged": other, "occurred_on": "2013-02-01"}
        if answer_of(lambda: self.ledger.record(fact)) == "client-merged-already":
            return
        together = self.person(code) | self.person(other)
        self.groups = [group for group in self.groups if not group & together] + [together]

    @rule(code=CODES)
    def look(self, code: str) -> None:
        accesses = len(self.ledger.view("accesses").rows)
        found = answer_of(lambda: self.ledger.reveal(code, purpose="visit"))
        expected: Any = "client-unknown"
        if code in self.erased:
            expected = "personal-erased"
        elif code in self.known:
            event_id, personal = self.known[code]
            expected = personal if event_id in self.held else "vault-lacks"
        elif code in self.heads:
            expected = "personal-none"
        assert found == expected
        shown = code in self.known and code not in self.erased
        assert len(self.ledger.view("accesses").rows) == accesses + shown

    @rule(code=CODES)
    def erase(self, code: str) -> None:
        if code not in self.heads:
            with pytest.raises(Refused):
                self.ledger.erase(code, basis="asked", approved_by="head-1")
            return
        basis = f"asked at {self.ledger.head}"
        assert set(self.ledger.erase(code, basis=basis, approved_by="head-1")) == self.person(code)
        self.erased |= self.person(code)

    @rule()
    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.url, actor="clerk-7")

    @rule()
    def back_up(self) -> None:
        shutil.copy(self.folder / "x.db.vault", self.folder / "backup")
        self.backup = set(self.held)

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        self.ledger.close()
        shutil.copy(self.folder / "backup", self.folder / "x.db.vault")
        self.held = set(self.backup or ())
        self.ledger = Ledger.open(self.url, actor="clerk-7")
        assert set(self.ledger.vault.brought_back) <= self.erased

    @invariant()
    def the_vault_holds_nothing_of_the_erased(self) -> None:
        kept = self.ledger.vault.kept()
        events = {event.position: event for event in self.ledger.events(types=["ClientRegistered"])}
        assert not {events[position].fact.client for position in kept.values()} & self.erased  # type: ignore[attr-defined]
        assert self.ledger.vault.unkept() == {}

    @invariant()
    def the_facts_alone_say_who_is_erased(self) -> None:
        persons = PersonalFacts()
        for event in self.ledger.events():
            persons.follow(event)
        assert persons.erased.keys() == self.erased
        assert persons.erased == Persons(self.ledger._store).erased() == self.ledger.vault.erased()
        for code in self.heads:
            assert persons.codes(code) == Persons(self.ledger._store).codes(code) == self.person(code)

    def teardown(self) -> None:
        self.ledger.close()
        try:
            assert left_in(self.folder, WORDS) == {}
        finally:
            shutil.rmtree(self.folder)


TestVaults = Vaults.TestCase
TestVaults.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
