"""Recording in few words: entries with more on their envelope, refusals that leave nothing behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.errors import Refused
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.policies import SCHEMAS

POLICIES = len(SCHEMAS)
"""The positions that the first policies take."""


def with_(fact: Fact, **entry: Any) -> Fact:
    """The same fact with more on its envelope."""
    return fact.model_copy(update=entry)


def at(fact: Fact, instant: datetime) -> Fact:
    """The same fact, recorded at an instant (of a simulated ledger)."""
    return with_(fact, recorded_at=instant)


def recorded_after_policies(ledger: Ledger) -> list[Event]:
    """The facts that the test recorded."""
    return list(ledger.events(after=POLICIES))


def refusal_of(ledger: Ledger, entry: Any) -> Refused:
    """The refusal of an entry, which must have its words and leave nothing behind."""
    head = ledger.head
    with pytest.raises(Refused) as refused:
        ledger.record(entry)
    assert ledger.head == head
    assert str(refused.value)
    return refused.value
