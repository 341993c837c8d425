"""States held in memory: folded from their stream when first asked for, then caught up from the log's tail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xiyuan_ledger.aggregates import AGGREGATES, TOPICS, Aggregate, Event, Fact
from xiyuan_ledger.aggregates.aggregate import fold
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.errors import events_missing
from xiyuan_ledger.recording.digests import Digests, nothing_seen
from xiyuan_ledger.store import Row, Store
from xiyuan_ledger.store.mapper import content_digest, entry_bytes, event_of

HELD_MAX = 60_000
CATCH_UP_MAX = 20_000
CATCH_UP_ROWS = 5_000
FOLLOWED_PER_HELD = 100
"""Of more events for each stream that is held, few are of those streams."""
DIGESTS_MAX = 2_000_000
"""Digests held for all streams together; beyond it, those of the streams looked at longest ago are let go of."""
TAGGING_TOPICS = frozenset(topic for topic, fact in TOPICS.items() if fact.tags is not Fact.tags)


class Held:
    """One stream in memory: its state, its last version, its latest date, and the digests of what it holds."""

    __slots__ = ("aggregate", "batch", "digests", "latest_on", "let_go_to", "noted_to", "state", "stream", "version")

    def __init__(self, stream: str, aggregate: Aggregate, digests: Digests):
        self.stream = stream
        self.aggregate = aggregate
        self.state: Any = self.aggregate.new_state()
        self.version = 0
        self.latest_on: Any = None
        self.digests = digests
        self.noted_to: Any = None
        """The latest date of all that was noted, what was corrected or voided included."""
        self.let_go_to: Any = None
        """Up to this date digests are not held; whoever asks about an entry of that time reads the stream first."""
        self.batch = 0
        """The last batch that looked at it."""

    def takes_at_end(self, fact: Fact) -> bool:
        """Whether the fact can be judged by the state as it stands: it is the latest, or its order does not matter."""
        latest = self.latest_on
        return latest is None or fact.occurred_on >= latest or type(fact) in self.aggregate.order_free

    def evolve(self, event: Event) -> None:
        """Fold in an event that follows, or whose order does not matter."""
        self.aggregate.evolve(self.state, event)
        occurred_on, latest = event.fact.occurred_on, self.latest_on
        if latest is None or occurred_on > latest:
            self.latest_on = occurred_on

    def note(self, fact: Fact, digest: str, position: int) -> None:
        """Remember an entry, so that the same again is known."""
        self.version += 1
        if fact.key is None:
            self.digests.note(digest, position)
        occurred_on, noted_to = fact.occurred_on, self.noted_to
        if noted_to is None or occurred_on > noted_to:
            self.noted_to = occurred_on

    def let_go(self) -> None:
        """Drop the digests: no entry of a later day can be the same as one of these."""
        self.digests = self.digests.none()
        self.let_go_to = self.noted_to


def in_place(events: Iterable[Event]) -> list[Event]:
    """Facts in the order in which they are judged: by date, then by position - a correction by that of its target.

    Otherwise the correction of a registration would stand behind what was entered for the same day and relies on it.
    """
    listed = sorted(events, key=lambda event: event.position)
    place: dict[str, int] = {}
    for event in listed:
        place[event.event_id] = place.get(event.fact.corrects or "", event.position)
    return sorted(listed, key=lambda event: (event.fact.occurred_on, place[event.event_id]))


def effective(events: Iterable[Event]) -> list[Event]:
    """The facts of a stream that nothing corrected or voided, in the order in which they are judged."""
    listed = in_place(events)
    gone = {event.fact.corrects for event in listed} | {
        event.fact.event for event in listed if isinstance(event.fact, RecordVoided)
    }
    return [e for e in listed if e.event_id not in gone and not isinstance(e.fact, RecordVoided)]


def superseded_by(events: Iterable[Event], target: str) -> str | None:
    """The event that corrected or voided a target, if one did."""
    for event in events:
        fact = event.fact
        if fact.corrects == target or (isinstance(fact, RecordVoided) and fact.event == target):
            return event.event_id
    return None


class HeldStates:
    """The states of a ledger as known up to `known`, for one process. Not safe for threads: its owner locks."""

    def __init__(self, store: Store):
        self._store = store
        self.held_max = HELD_MAX
        """At most so many streams are held."""
        self.aggregates: Mapping[str, Aggregate] = AGGREGATES
        """By how their streams begin."""
        self._held: dict[str, Held] = {}
        self._tags: dict[str, set[str]] = {}
        self._tags_noted: dict[str, set[str]] = {}
        """Of tags that are not held: what is in the batch, and not to be found in the store yet."""
        self.known = 0
        self._batch = 0
        self._seen = nothing_seen()
        self._noted = 0
        """At most so many digests are held."""
        self._noted_to = 0

    def hold(self, stream: str) -> Held:
        """The stream in memory, folded from the store if it is not there yet."""
        held = self._held.get(stream)
        if held is None:
            self.prefetch((stream,))
            held = self._held[stream]
        held.batch = self._batch
        return held

    def state(self, stream: str) -> Any:
        """The state of a stream; an empty state where nothing was recorded."""
        return self.hold(stream).state

    def prefetch(self, streams: Iterable[str]) -> None:
        """Read the streams that are not held, all at once."""
        missing = [stream for stream in dict.fromkeys(streams) if stream not in self._held]
        if not missing:
            return
        found: dict[str, list[Event]] = {}
        for event in self._events(missing):
            found.setdefault(event.stream, []).append(event)
        for stream in missing:
            self._held[stream] = self._folded(stream, found.get(stream, []))

    def _events(self, streams: list[str]) -> Iterator[Event]:
        """What these streams hold as far as it is known, read from the store."""
        for row in self._store.of_streams(streams, committed=True):
            if row.position <= self.known:
                self._noted += 1
                yield event_of(row)

    def places(self, held: Held, fact: Fact, digest: str) -> list[int]:
        """Where entries stand that may be the same as this one, the latest first."""
        if held.let_go_to is not None and fact.occurred_on <= held.let_go_to:
            self._read_digests(held)
        return held.digests.positions(digest)

    def _read_digests(self, held: Held) -> None:
        """Put back what was let go of; what the batch added since stays."""
        for event in self._events([held.stream]):
            if event.fact.key is None and event.fact.occurred_on <= held.let_go_to:
                held.digests.note(content_digest(event.fact, entry_bytes(event.fact)), event.position)
        held.let_go_to = None

    def _folded(self, stream: str, events: list[Event]) -> Held:
        held = Held(stream, self.aggregates[stream.partition("/")[0]], Digests(self._seen))
        for event in events:
            held.note(event.fact, content_digest(event.fact, entry_bytes(event.fact)), event.position)
        facts = effective(events)
        held.state = fold(held.aggregate, facts)
        held.latest_on = facts[-1].fact.occurred_on if facts else None
        return held

    def tagged(self, tag: str) -> tuple[str, ...]:
        """The streams that a tag leads to."""
        if tag not in self._tags:
            self._tags[tag] = set(self._store.tagged(tag, committed=True)) | self._tags_noted.get(tag, set())
        return tuple(sorted(self._tags[tag]))

    def note_tags(self, tags: Iterable[str], stream: str) -> None:
        """Add a stream to the tags that lead to it."""
        for tag in tags:
            held = self._tags if tag in self._tags else self._tags_noted
            held.setdefault(tag, set()).add(stream)

    def any_begun(self, streams: Iterable[str]) -> bool:
        """Whether anything is known to be recorded in one of these streams; what is not held is not looked up."""
        held = self._held
        return any(stream in held and held[stream].version for stream in streams)

    def forget(self, streams: Iterable[str]) -> None:
        """Drop what may not have been committed; it is folded anew when asked for."""
        for stream in streams:
            self._held.pop(stream, None)
        self._tags.clear()
        self._tags_noted.clear()

    def trim(self) -> None:
        """Keep memory bounded, now that the batch is committed: let go of the streams looked at longest ago."""
        self._tags_noted.clear()
        self._batch += 1
        excess = len(self._held) - self.held_max
        if excess > 0:
            longest_ago = sorted(self._held.items(), key=lambda each: each[1].batch)
            for stream, _ in longest_ago[: excess + self.held_max // 4]:
                del self._held[stream]
        if len(self._tags) > self.held_max:
            self._tags.clear()
        self._noted += self.known - self._noted_to
        self._noted_to = self.known
        if self._noted > DIGESTS_MAX:
            self._trim_digests()

    def _trim_digests(self) -> None:
        left = sum(len(held.digests) for held in self._held.values())
        if left > DIGESTS_MAX:
            for held in sorted(self._held.values(), key=lambda each: each.batch):
                left -= len(held.digests)
                held.let_go()
                if left <= DIGESTS_MAX * 3 // 4:
                    break
        self._noted = left

    def catch_up(self) -> bool:
        """Follow what others recorded; whether there was anything."""
        behind = self._store.head() - self.known
        if not behind:
            return False
        if behind > FOLLOWED_PER_HELD * (len(self._held) + len(self._tags)):
            self._let_go_of_all()
            return True
        rows = self._store.after(self.known, CATCH_UP_ROWS)
        behind = 0
        while rows:
            behind += len(rows)
            if behind > CATCH_UP_MAX:
                self._let_go_of_all()
            else:
                self._follow(rows)
                self.known = rows[-1].position
            rows = self._store.after(self.known, CATCH_UP_ROWS)
        return True

    def _let_go_of_all(self) -> None:
        """Read anew what is asked for: it costs less than to follow everything."""
        self._held.clear()
        self._tags.clear()
        self.known = self._store.head()

    def _follow(self, rows: list[Row]) -> None:
        if rows[-1].position - self.known != len(rows):
            raise events_missing(self._store.meta.name, self.known + 1, rows[-1].position, len(rows))
        for row in rows:
            held = self._held.get(row.stream)
            if held is None and not (self._tags and row.topic in TAGGING_TOPICS):
                continue
            event = event_of(row)
            self.note_tags(event.fact.tags(), row.stream)
            if held is None:
                continue
            if event.fact.corrects or isinstance(event.fact, RecordVoided) or not held.takes_at_end(event.fact):
                del self._held[row.stream]
                continue
            held.note(event.fact, content_digest(event.fact, entry_bytes(event.fact)), row.position)
            held.evolve(event)
