"""What a batch keeps while it is decided: events in the making, and late entries that wait for one another."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from xiyuan_ledger.aggregates import Event, Fact
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.canonical import EVENT_BYTES_MAX
from xiyuan_ledger.errors import InvalidEntry, Refused, RuleBroken
from xiyuan_ledger.recording.entries import Entry
from xiyuan_ledger.store.mapper import entry_bytes

ENVELOPE_BYTES_MAX = 16 * 1024
ENTRY_BYTES_MAX = EVENT_BYTES_MAX - ENVELOPE_BYTES_MAX
TOGETHER_MAX = 16
"""Late entries of one stream that are tried together."""


class Made(NamedTuple):
    """An event in the making: with its entry's bytes, and the digest of its content."""

    event: Event
    entry: bytes
    digest: str


def any_alike(made: list[Made]) -> bool:
    """Whether two of these are the same entry: by their key, or without one by their content."""
    marks = {f"key:{each.event.fact.key}" if each.event.fact.key else each.digest for each in made}
    return len(marks) < len(made)


def bounded_entry(fact: Fact) -> bytes:
    """The canonical bytes of what was entered; InvalidEntry where they are too many."""
    entry = entry_bytes(fact)
    if len(entry) > ENTRY_BYTES_MAX:
        raise InvalidEntry("event-too-large", type=type(fact).__name__, found=len(entry), limit=ENTRY_BYTES_MAX)
    return entry


class Late(NamedTuple):
    """A late entry that was refused on its own: its place in the batch, and why."""

    place: int
    fact: Fact
    refusal: Refused


class Waiting:
    """Late entries that may fit together: an interval long past is two entries, and neither stands alone."""

    def __init__(self) -> None:
        self._by_stream: dict[str, list[Late]] = {}

    def add(self, stream: str, late: Late) -> None:
        """One more that waits."""
        self._by_stream.setdefault(stream, []).append(late)

    def groups(self, stream: str) -> Iterator[list[Late]]:
        """What to try once one more waits: all of the stream, then each earlier one with the newest.

        Only the last few are tried, so that many wrong entries of a stream do not cost the square of their number.
        """
        *earlier, newest = self._by_stream[stream][-TOGETHER_MAX:]
        if earlier:
            yield [*earlier, newest]
        if len(earlier) > 1:
            yield from ([each, newest] for each in earlier)

    def remove(self, stream: str, group: list[Late]) -> None:
        """These fit, and wait no longer."""
        self._by_stream[stream] = [late for late in self._by_stream[stream] if late not in group]

    def left(self) -> list[Late]:
        """Those that fit nowhere, in the order of the batch."""
        return sorted((late for lates in self._by_stream.values() for late in lates), key=lambda late: late.place)


def contradiction(refusal: RuleBroken, event: Event) -> RuleBroken:
    """The refusal of the fact itself; or, where another fact no longer fits, one that names it."""
    at = refusal.values.pop("_at", None)
    if at == event.event_id:
        return refusal
    events = (at,) if at is not None else refusal.events
    return RuleBroken(
        "contradicts",
        field=refusal.field,
        events=events,
        occurred_on=event.fact.occurred_on,
        cause=refusal.message("en"),
        cause_zh=refusal.message("zh"),
    )


def chunks(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    """Entries, so many at a time."""
    chunk: list[Entry] = []
    for entry in entries:
        chunk.append(entry)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def taken_together(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Entries as one batch: a list of its own, or facts in columns as they are."""
    return entries if isinstance(entries, AlikeFacts) else list(entries)


@contextmanager
def without_collecting() -> Iterator[None]:
    """No search for reference cycles meanwhile, nor at once afterwards: a batch makes none, and much that stays."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            # Both together make everything new old, and nothing is searched; the next full search finds it as ever.
            gc.freeze()
            gc.unfreeze()
        if collecting:
            gc.enable()
