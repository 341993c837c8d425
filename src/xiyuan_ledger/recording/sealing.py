"""封存: personal data on their way into a ledger - out of the entry, into the vault, a commitment in their place.

What is sealed is durable before the fact is: a crash between the two leaves a ciphertext that no fact speaks of, and
never a fact whose disclosures are lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from xiyuan_ledger.aggregates import FACTS, Event, Fact
from xiyuan_ledger.aggregates.client import ClientRegistered, PersonalDataErased
from xiyuan_ledger.aggregates.personal import ERASED, Personal
from xiyuan_ledger.commitments import Disclosure, commitments_to, disclosures_of
from xiyuan_ledger.errors import InvalidEntry, Refused, RuleBroken, VaultError
from xiyuan_ledger.store import Row, Store
from xiyuan_ledger.vault.opening import settle
from xiyuan_ledger.vault.persons import Persons
from xiyuan_ledger.vault.vault import Unsealed, Vault

FIELDS = len(Personal.model_fields)
COMMITTING = frozenset(fact for fact in FACTS.values() if fact.COMMITS)


class Sealing:
    """What the batch of one recorder gives to the vault. Not safe for threads: its owner locks."""

    def __init__(self, store: Store, vault: Callable[[], Vault | None]):
        self._store = store
        self._vault = vault
        self._given: dict[tuple[str, ...], list[Disclosure]] = {}
        """By commitments, what opens them: of the entries of this batch."""
        self._unsealed: list[Unsealed] = []
        self._erases = False

    def sealed(self, facts: Iterable[Fact | Refused], *, atomic: bool) -> list[Fact | Refused]:
        """The facts with commitments in place of personal data; one that cannot be sealed is refused."""
        found: list[Fact | Refused] = []
        for fact in facts:
            if type(fact) not in COMMITTING:
                found.append(fact)
                continue
            try:
                found.append(self._seal(fact))
            except Refused as refusal:
                if atomic:
                    raise
                found.append(refusal)
        return found

    def _seal(self, fact: Fact | Refused) -> Fact:
        assert isinstance(fact, ClientRegistered)
        if fact.commitments is not None:
            raise InvalidEntry("commitments-given", field="commitments", client=fact.client)
        given = {} if fact.personal is None else fact.personal.given()
        if not given:
            return fact if fact.personal is None else fact.model_copy(update={"personal": None})
        vault = self._vault()
        if vault is None:
            return fact
        if (erased_by := self._erased_by(vault, fact.client)) is not None:
            raise RuleBroken("personal-erased", field="personal", events=(erased_by,), subject=fact.client)
        disclosures = disclosures_of(given)
        commitments = commitments_to(disclosures, FIELDS)
        self._given[commitments] = disclosures
        return fact.model_copy(update={"personal": None, "commitments": commitments})

    def _erased_by(self, vault: Vault, client: str) -> str | None:
        """The fact by which the client's data were erased; the facts know it before the vault, where a crash came."""
        known = vault.erased_by(client)
        if known is None and f"client/{client}" in self._store.tagged(ERASED):
            return Persons(self._store).erased()[client]
        return known

    def same(self, first: Event, row: Row, fact: Fact) -> bool:
        """Whether a fact gives the same personal data as one recorded before, or as neither does."""
        if not fact.COMMITS:
            return True
        before, now = first.fact.__dict__["commitments"], fact.__dict__["commitments"]
        if before is None or now is None:
            return before is now and fact.__dict__["personal"] is None
        known = self._given.get(before)
        vault = self._vault()
        if known is None and vault is not None:
            known = vault.disclosures(row.leaf, before)
        return known is not None and _values(known) == _values(self._given[now])

    def note(self, fact: Fact, row: Row) -> None:
        """A fact is in the batch."""
        if fact.COMMITS and (found := self._given.get(fact.__dict__["commitments"])) is not None:
            self._unsealed.append(Unsealed(row.leaf, row.position, row.stream.partition("/")[2], found))
        elif type(fact) is PersonalDataErased:
            self._erases = True

    def put(self) -> None:
        """Into the vault, before the batch is committed and under the ledger's lock."""
        vault = self._vault() if self._unsealed else None
        if vault is not None:
            settle(vault, self._store)
            vault.put(self._unsealed)

    def done(self) -> None:
        """The batch is committed: what was put is kept, and what it says is erased is destroyed."""
        vault = self._vault() if self._unsealed or self._erases else None
        leaves, erases = [each.leaf for each in self._unsealed], self._erases
        self.forget()
        if vault is not None and leaves:
            with suppress(VaultError):  # It is recorded, and sealed: whoever opens the vault next finds that out.
                vault.keep(leaves)
        if vault is not None and erases:
            vault.follow(Persons(self._store).erased())

    def forget(self) -> None:
        """Go on without the batch. Whether it was committed all the same is found out before anything is put again."""
        self._given, self._unsealed, self._erases = {}, [], False


def _values(disclosures: Iterable[Disclosure]) -> dict[str, str]:
    return {each.field: each.value for each in disclosures}
