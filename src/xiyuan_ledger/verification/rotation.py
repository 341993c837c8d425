"""Which key signs for the log: the one that the evaluator holds, and those that it handed over to by events."""

from __future__ import annotations

from collections.abc import Iterable

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.control import LedgerContinued, LogKeyRotated
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import Key


def keys_after(log: Key, events: Iterable[Event]) -> tuple[list[Key], list[ProofError]]:
    """The keys that follow the evaluator's, in order, each handed over by the one before; and what is wrong with it.

    A rotation before the evaluator's key came into force is none of his concern: he was given a later key.
    """
    keys: list[Key] = []
    faults = []
    for event in events:
        fact = event.fact
        if isinstance(fact, LedgerContinued) and event.position != 1:
            faults.append(ProofError("rotation-late", position=event.position))
        if not isinstance(fact, LogKeyRotated) or fact.old_key != str(keys[-1] if keys else log):
            continue
        if not fact.is_signed():
            faults.append(ProofError("rotation-unsigned", position=event.position))
            break
        keys.append(Key.parse(fact.new_key))
    return keys, faults
