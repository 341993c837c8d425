"""首笔: facts of one kind that begin streams of their own, such as the payments of a chunk, decided together.

Where each of them plainly fits they are admitted at once; where one does not, or a stream has begun already, nothing is
written, and the one-by-one way says why. So both ways give the same facts and the same refusals. That a stream has not
begun is not asked but tried: its first version is unique in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, repeat
from operator import itemgetter
from typing import Any, NamedTuple

from xiyuan_ledger.aggregates import AGGREGATES, Event, Fact
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.errors import Refused, StoreError
from xiyuan_ledger.merkle import leaf_hashes
from xiyuan_ledger.recording.batch import ENTRY_BYTES_MAX, without_collecting
from xiyuan_ledger.recording.entries import Entry
from xiyuan_ledger.recording.receipt import Receipt
from xiyuan_ledger.recording.recorder import Recorder
from xiyuan_ledger.store.mapper import alike_entries, content_digests, entries_bytes, first_events

ROWS_AT_ONCE = 1_000
FACTS_MIN = 50
"""Fewer are as fast one by one."""


class _OneByOneError(Exception):
    """Leaves a transaction in which nothing was written yet."""


class FirstFacts(NamedTuple):
    """Such facts, and what can be made of them before the ledger is locked."""

    facts: Sequence[Fact]
    streams: Sequence[str]
    entries: Sequence[bytes]
    digests: Sequence[str]


def first_facts(given: Sequence[Entry]) -> FirstFacts | None:
    """Facts that may be decided together; None where these are to be decided one by one."""
    if isinstance(given, AlikeFacts):
        return _of_columns(given)
    first = given[0] if len(given) >= FACTS_MIN else None
    if not isinstance(first, Fact) or not _may_be_first(first):
        return None
    kind, shared = type(first), _SHARED(first.__dict__)
    facts = [each for each in given if type(each) is kind and _SHARED(each.__dict__) == shared and not each.tags()]
    streams = [fact.stream() for fact in facts]
    if len(facts) < len(given) or len(set(streams)) < len(streams):
        return None
    entries = entries_bytes(facts)
    if max(map(len, entries)) > ENTRY_BYTES_MAX:
        return None
    return FirstFacts(facts, streams, entries, content_digests(kind, entries))


def _may_be_first(fact: Fact) -> bool:
    """Whether facts of this kind are decided together, and this one says nothing that has to be looked into."""
    if AGGREGATES[fact.STREAM_KIND].fit_together is None or fact.COMMITS:
        return False
    return fact.key is None and fact.corrects is None and fact.recorded_at is None


def _of_columns(facts: AlikeFacts) -> FirstFacts | None:
    if not _may_be_first(facts.like) or facts.like.tags():
        return None
    streams, entries = facts.streams(), alike_entries(facts)
    if len(set(streams)) < len(streams) or max(map(len, entries)) > ENTRY_BYTES_MAX:
        return None
    return FirstFacts(facts, streams, entries, content_digests(type(facts.like), entries))


_SHARED = itemgetter("occurred_on", "actor", "source", "reason", "key", "corrects", "recorded_at")
"""What facts must have in common, so that the envelope of one stands for that of all."""


class BulkRecorder(Recorder):
    """Writes to one store for one process as `Recorder` does, and what begins streams of its own all at once."""

    def record_chunk(self, entries: Sequence[Entry], *, atomic: bool) -> list[Receipt]:
        found = first_facts(entries)
        receipts = None if found is None else self._record_first(found)
        return super().record_chunk(entries, atomic=atomic) if receipts is None else receipts

    def _record_first(self, found: FirstFacts) -> list[Receipt] | None:
        """The receipts; None, with nothing written, where the facts are to be judged one by one."""
        try:
            self._catch_up()
            self._fits(found.facts[:1])  # What it computes to answer is computed before anybody has to wait for it.
            with without_collecting(), self._store.writing():
                self._catch_up()
                self._begin()
                receipts = self._admit_first(found)
        except (_OneByOneError, Refused):
            self._undo()
            return None
        except StoreError as error:
            self._undo()
            if error.code != "store-conflict":
                raise
            return None
        except BaseException:
            self._undo()
            raise
        self._done()
        self._states.forget(found.streams)
        return receipts

    def _admit_first(self, found: FirstFacts) -> list[Receipt]:
        first = found.facts[0]
        self._tell_time(first)
        self._check_envelope(first)
        if self._states.any_begun(found.streams) or not self._fits(found.facts):
            raise _OneByOneError
        receipts: list[Receipt] = []
        for start in range(0, len(found.streams), ROWS_AT_ONCE):
            receipts += self._put_first(first, found, slice(start, start + ROWS_AT_ONCE))
            self._flush()  # The store lays them down while the next are made.
        self._last_at = self._at
        return receipts

    def _put_first(self, first: Fact, found: FirstFacts, part: slice) -> list[Receipt]:
        """Make the events of some of the facts, and the rows of the batch."""
        at, streams, actor = self._next, found.streams[part], first.actor or self._actor_or_refuse()
        like = Event(first, at, "", streams[0], 1, self._at, actor, first.source)
        made = first_events(like, streams, found.entries[part], found.digests[part])
        states = [state for _, state in made]
        same = repeat(1), repeat(first.TOPIC)
        rows: Iterable[Any] = zip(count(at), streams, *same, states, leaf_hashes(states), strict=False)
        self._rows = list(rows)  # Plain tuples are as good as `Row` to who lays them down.
        self._next += len(made)
        return [Receipt("recorded", name, position) for position, (name, _) in enumerate(made, at)]

    def _fits(self, facts: Sequence[Fact]) -> bool:
        check = AGGREGATES[facts[0].STREAM_KIND].fit_together
        return check is not None and check(facts, facts[0].actor or self._actor_or_refuse(), self._world)
