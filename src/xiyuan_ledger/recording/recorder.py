"""Deciding and writing: each entry judged by the hard rules where it stands in time, a batch in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.aggregates.aggregate import contradictions, judge
from xiyuan_ledger.aggregates.control import ControlState, RecordVoided
from xiyuan_ledger.aggregates.world import RunLines, World
from xiyuan_ledger.calendar import instant_text, month_of, shanghai_date
from xiyuan_ledger.errors import InvalidEntry, KeyReused, Refused, RuleBroken
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.recording.batch import (
    Late,
    Made,
    Waiting,
    any_alike,
    bounded_entry,
    contradiction,
    without_collecting,
)
from xiyuan_ledger.recording.entries import Entry, fact_of, facts_of
from xiyuan_ledger.recording.held import Held, HeldStates, effective, superseded_by
from xiyuan_ledger.recording.receipt import Receipt
from xiyuan_ledger.recording.sealing import Sealing
from xiyuan_ledger.store import Batch, Row, Store
from xiyuan_ledger.store.mapper import content_digest, entry_bytes, event_bytes, event_id, event_of, position_of

CHUNK_ROWS = 1_000
OPTIMISTIC_TRIES = 3
Clock = Callable[[], datetime]


class _RehearsedError(Exception):
    """Leaves the transaction of a rehearsal, so that it is rolled back."""


class Recorder:
    """Writes to one store for one process. Not safe for threads: its owner locks."""

    def __init__(self, store: Store, actor: str | None, now: Clock, sealing: Sealing, lines: RunLines | None = None):
        self._store = store
        self._sealing = sealing
        self._actor = actor
        self._now = now
        self._states = HeldStates(store)
        self._world = World(self._states, SCHEMAS, lines)
        self._rows: list[Row] = []
        self._keys: list[tuple[str, int]] = []
        self._keys_known: dict[str, int] = {}
        self._tags: list[tuple[str, str]] = []
        self._touched: set[str] = set()
        self._recorded: dict[str, list[Event]] = {}
        self._next = 1
        self._now_at = self._at = now()
        self._at_text = ""
        self._day = shanghai_date(self._at)
        self._last_at: datetime | None = None
        self._states.catch_up()
        self._read_last()

    def record(self, entry: Entry) -> Receipt:
        """One entry, durable when this returns. Tries without the lock: one round trip when nobody else writes."""
        fact = fact_of(entry)
        for _ in range(0 if fact.COMMITS else OPTIMISTIC_TRIES):  # What is sealed is recorded under the lock.
            self._begin()
            try:
                if fact.key is not None:
                    self._keys_known = self._store.keyed([fact.key])
                receipt = self._admit(fact, fact.stream())
                if not self._rows or self._store.append_if_head(self._states.known, self._batch()):
                    self._done()
                    return receipt
            except Refused:
                self._undo()
                if not self._catch_up():
                    raise
                continue
            except BaseException:
                self._undo()
                raise
            self._undo()
            self._catch_up()
        return self.record_chunk([fact], atomic=True)[0]

    def record_chunk(self, entries: Sequence[Entry], *, atomic: bool) -> list[Receipt]:
        """Entries in one transaction under the lock: all or nothing, or refused ones left out and reported."""
        try:
            with without_collecting(), self._store.writing():
                self._catch_up()
                self._begin()
                receipts = self._admit_all(entries, atomic=atomic)
                self._flush()
                self._sealing.put()
        except BaseException:
            self._undo()
            raise
        self._done()
        return receipts

    def rehearse(self, entries: Sequence[Entry]) -> list[Receipt]:
        """What `record_chunk` would answer with refused entries left out; everything is rolled back."""
        receipts: list[Receipt] = []
        try:
            with self._store.writing():
                self._catch_up()
                self._begin()
                receipts = self._admit_all(entries, atomic=False)
                raise _RehearsedError
        except _RehearsedError:
            pass
        finally:
            self._undo()
        return receipts

    def _admit_all(self, entries: Sequence[Entry], *, atomic: bool) -> list[Receipt]:
        receipts: dict[int, Receipt] = {}
        waiting = Waiting()
        for start in range(0, len(entries), CHUNK_ROWS):
            chunk = self._sealing.sealed(facts_of(entries[start : start + CHUNK_ROWS], atomic=atomic), atomic=atomic)
            facts: dict[int, Fact] = {}
            for index, each in enumerate(chunk, start):
                if isinstance(each, Refused):
                    receipts[index] = Receipt("refused", error=each)
                else:
                    facts[index] = each
            streams = [fact.stream() for fact in facts.values()]
            self._prefetch(facts.values(), streams)
            self._flush()  # After the reading, which would wait for it.
            for (index, fact), stream in zip(facts.items(), streams, strict=True):
                try:
                    receipts[index] = self._admit(fact, stream)
                except Refused as refusal:
                    if self._may_wait(fact, stream, refusal):
                        waiting.add(stream, Late(index, fact, refusal))
                        receipts |= self._admit_waiting(stream, waiting)
                    elif atomic:
                        raise
                    else:
                        receipts[index] = Receipt("refused", error=refusal)
        for late in waiting.left():
            if atomic:
                raise late.refusal
            receipts[late.place] = Receipt("refused", error=late.refusal)
        return [receipts[index] for index in range(len(entries))]

    def _may_wait(self, fact: Fact, stream: str, refusal: Refused) -> bool:
        """Whether a late entry may fit together with another: who joined and left long ago is two entries."""
        if not isinstance(refusal, RuleBroken) or fact.corrects is not None or isinstance(fact, RecordVoided):
            return False
        latest = self._states.hold(stream).latest_on
        return latest is not None and fact.occurred_on <= latest

    def _admit_waiting(self, stream: str, waiting: Waiting) -> dict[int, Receipt]:
        """Judge late entries of a stream together, in their places; those that fit so are in the batch."""
        for group in waiting.groups(stream):
            made: list[Made] = []
            held = self._states.hold(stream)
            try:
                for nth, (_, fact, _) in enumerate(group):
                    entry = bounded_entry(fact)
                    digest = content_digest(fact, entry)
                    event = self._make(fact, digest, stream, self._next + nth, held.version + 1 + nth)
                    made.append(Made(event, entry, digest))
                    self._check_envelope(made[-1].event.fact)
                if any_alike(made) or any(self._first(each.event.fact, each.digest, held) for each in made):
                    continue
                self._judge_again(held, [each.event for each in made], None)
            except Refused:
                continue
            waiting.remove(stream, group)
            for each in made:
                self._put(*each, held)
            return {
                late.place: Receipt("recorded", each.event.event_id, each.event.position)
                for late, each in zip(group, made, strict=True)
            }
        return {}

    def _prefetch(self, facts: Collection[Fact], streams: Sequence[str]) -> None:
        wanted = [*streams]
        for fact in facts:
            wanted += fact.reads()
        self._states.prefetch(wanted)
        keys = [fact.key for fact in facts if fact.key is not None]
        if keys:
            self._keys_known |= self._store.keyed(keys, committed=True)

    def _admit(self, fact: Fact, stream: str) -> Receipt:
        """Judge one fact and put its event in the batch."""
        target = None
        if fact.corrects is not None or type(fact) is RecordVoided:
            target = self._target(fact)
            stream = target.stream
        held = self._states.hold(stream)
        entry = bounded_entry(fact)
        digest = content_digest(fact, entry)
        if fact.key is not None or held.digests.may_hold(digest):
            first = self._first(fact, digest, held)
            if first is not None:
                return first
        event = self._make(fact, digest, stream, self._next, held.version + 1)
        self._touched.add(stream)
        self._check_envelope(event.fact)
        if target is None and held.takes_at_end(fact):
            held.aggregate.decide(held.state, event.fact, self._world)
            held.evolve(event)
        else:
            self._judge_again(held, [event], target)
        self._put(event, entry, digest, held)
        return Receipt("recorded", event.event_id, event.position)

    def _make(self, fact: Fact, digest: str, stream: str, position: int, version: int) -> Event:
        """The event that a fact would be: with its time and its actor."""
        if fact.recorded_at is not None or self._at is not self._last_at:
            self._tell_time(fact)
        actor = fact.actor or self._actor_or_refuse()
        if fact.actor is None and fact.COMPARES_ACTOR:
            fact = fact.model_copy(update={"actor": actor})
        return Event(fact, position, event_id(position, digest), stream, version, self._at, actor, fact.source)

    def _put(self, event: Event, entry: bytes, digest: str, held: Held) -> None:
        """Make the event's bytes and leaf, and remember what finds it again."""
        fact, stream, position = event.fact, event.stream, event.position
        at = event.recorded_at
        state = event_bytes(event, entry, self._at_text if at is self._at else instant_text(at))
        row = Row(position, stream, event.version, fact.TOPIC, state, leaf_hash(state))
        self._rows.append(row)
        self._sealing.note(fact, row)
        self._last_at = at
        held.note(fact, digest, position)
        if stream in self._recorded:
            self._recorded[stream].append(event)
        tags = fact.tags()
        if tags:
            self._tags += [(tag, stream) for tag in tags]
            self._states.note_tags(tags, stream)
        if fact.key is not None:
            self._keys.append((fact.key, position))
            self._keys_known[fact.key] = position
        self._next += 1

    def _first(self, fact: Fact, digest: str, held: Held) -> Receipt | None:
        """The receipt of the same entry recorded before; KeyReused where its key belongs to another."""
        if fact.key is None:
            places = self._states.places(held, fact, digest)
        else:
            places = [self._keys_known[fact.key]] if fact.key in self._keys_known else []
        for position in places:
            first = event_of(row := self._row_at(position))
            if content_digest(first.fact, entry_bytes(first.fact)) == digest:
                if self._sealing.same(first, row, fact):
                    return Receipt("duplicate", first.event_id, first.position)
                break
        if fact.key is None or not places:
            return None
        raise KeyReused("key-reused", field="key", events=(first.event_id,), key=fact.key)

    def _row_at(self, position: int) -> Row:
        pending = position - (self._next - len(self._rows))
        # Beyond the batch stands what somebody else has just recorded.
        return self._rows[pending] if 0 <= pending < len(self._rows) else self._store.at([position])[0]

    def _tell_time(self, fact: Fact) -> None:
        """Set the instant of recording: the ledger's clock, never going back; what a simulated entry says."""
        last = self._last_at
        at = self._now_at if fact.recorded_at is None else fact.recorded_at
        if fact.recorded_at is not None:
            if not self._store.meta.simulated:
                raise InvalidEntry("recorded-at-given", field="recorded_at")
            if last is not None and at < last:
                raise InvalidEntry("recorded-at-back", field="recorded_at", found=at, last=last)
        self._at = at if last is None or at >= last else last
        self._at_text = instant_text(self._at)
        self._day = shanghai_date(self._at)

    def _actor_or_refuse(self) -> str:
        if not self._actor:
            raise InvalidEntry("actor-missing", field="actor")
        return self._actor

    def _check_envelope(self, fact: Fact) -> None:
        occurred_on, recorded_on = fact.occurred_on, self._day
        if occurred_on > recorded_on and not fact.MAY_LIE_AHEAD:
            raise RuleBroken(
                "occurred-ahead",
                field="occurred_on",
                type=type(fact).__name__,
                occurred_on=occurred_on,
                recorded_on=recorded_on,
            )
        if fact.reason is None:
            if fact.corrects is not None:
                raise RuleBroken("correction-reason", field="reason")
            control: ControlState = self._control.state
            if control.any_closed and control.closed(month_of(occurred_on)):
                raise RuleBroken("period-closed", field="reason", month=month_of(occurred_on))

    def _target(self, fact: Fact) -> Event:
        """The event that a correction or a voiding takes the place of."""
        target = fact.event if isinstance(fact, RecordVoided) else fact.corrects or ""
        position = position_of(target)
        if not 0 < position < self._next:
            raise RuleBroken("target-unknown", field="corrects", target=target)
        found = event_of(self._row_at(position))
        if found.event_id != target:
            raise RuleBroken("target-unknown", field="corrects", target=target)
        same = (found.type, found.stream) == (type(fact).__name__, fact.stream())
        if isinstance(found.fact, RecordVoided) or not (same or isinstance(fact, RecordVoided)):
            expected = f"{type(fact).__name__} {fact.stream()}"
            raise RuleBroken(
                "target-other", field="corrects", target=target, found=f"{found.type} {found.stream}", expected=expected
            )
        return found

    def _judge_again(self, held: Held, events: list[Event], target: Event | None) -> None:
        """A late entry, a correction, a voiding: the stream is judged anew in the order of dates, with it in place."""
        recorded = self._recorded_in(events[0].stream)
        if target is not None and (head := superseded_by(recorded, target.event_id)) is not None:
            raise RuleBroken("target-superseded", field="corrects", events=(head,), target=target.event_id)
        facts = effective([*recorded, *events])
        former = held.state
        try:
            held.state = self._judged(held, facts, recorded, events)
            self._ask_dependents(held, former)
        except RuleBroken as refusal:
            held.state = former
            raise contradiction(refusal, events[-1]) from None
        held.latest_on = facts[-1].fact.occurred_on if facts else None

    def _recorded_in(self, stream: str) -> list[Event]:
        """Everything recorded in a stream, with what this batch added; read once a batch."""
        if stream not in self._recorded:
            self._flush()
            self._recorded[stream] = [event_of(row) for row in self._store.of_streams([stream])]
        return self._recorded[stream]

    def _ask_dependents(self, held: Held, former: Any) -> None:
        """Whether what other streams rely on still stands; they are told from what stood before."""
        check = held.aggregate.check_dependents
        if check is not None:
            held.state.before = former
            check(held.state, self._world)
            held.state.before = None

    def _judged(self, held: Held, facts: list[Event], recorded: list[Event], events: list[Event]) -> Any:
        try:
            return judge(held.aggregate, facts, self._world)
        except RuleBroken:
            old = contradictions(held.aggregate, effective(recorded), self._world)
            if not old or any(event.event_id in old for event in events):
                raise
            return judge(held.aggregate, facts, self._world, without=old)

    def _begin(self) -> None:
        self._recorded.clear()
        self._now_at = self._at = self._now()
        self._control = self._states.hold("ledger")
        self._next = self._states.known + 1

    def _batch(self) -> Batch:
        return Batch(self._rows, self._keys, self._tags)

    def _flush(self) -> None:
        """Write what is in the batch; inside `writing()` it becomes durable with the rest."""
        if self._rows:
            self._store.append(self._batch())
            self._rows, self._keys, self._tags = [], [], []

    def _done(self) -> None:
        self._keys_known.clear()
        self._states.known = self._next - 1
        self._rows, self._keys, self._tags = [], [], []
        self._touched.clear()
        self._states.trim()
        self._sealing.done()

    def _undo(self) -> None:
        """Forget what the batch changed in memory: it was not committed."""
        self._states.forget(self._touched)
        self._keys_known.clear()
        self._rows, self._keys, self._tags = [], [], []
        self._touched.clear()
        self._sealing.forget()
        self._read_last()

    def _catch_up(self) -> bool:
        found = self._states.catch_up()
        if found:
            self._read_last()
        return found

    def _read_last(self) -> None:
        known = self._states.known
        self._last_at = event_of(self._store.at([known])[0]).recorded_at if known else None
