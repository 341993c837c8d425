"""Which key signs for the log: the one that the evaluator holds, and those that it handed over to by events."""

from __future__ import annotations

from collections.abc import Iterable

from xiyuan_ledger.aggregates.control import LedgerContinued, LogKeyRotated
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import Key
from xiyuan_ledger.store import Row
from xiyuan_ledger.store.mapper import event_of


def keys_after(log: Key, rows: Iterable[Row]) -> tuple[list[Key], list[ProofError]]:
    """The keys that follow the evaluator's, in order, each handed over by the one before; and what is wrong with it.

    A rotation before the evaluator's key came into force is none of his concern: he was given a later key.
    """
    keys: list[Key] = []
    faults = []
    for row in rows:
        fact = event_of(row).fact
        if isinstance(fact, LedgerContinued) and row.position != 1:
            faults.append(ProofError("rotation-late", position=row.position))
        if not isinstance(fact, LogKeyRotated) or fact.old_key != str(keys[-1] if keys else log):
            continue
        if not fact.is_signed():
            faults.append(ProofError("rotation-unsigned", position=row.position))
            break
        keys.append(Key.parse(fact.new_key))
    return keys, faults
