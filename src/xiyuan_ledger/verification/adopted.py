"""The policies in force on a day, as they were adopted: what a bundle lays open beside the events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from xiyuan_ledger.aggregates.policy import AGGREGATE, PolicyAdopted
from xiyuan_ledger.recording.held import effective
from xiyuan_ledger.store import Row
from xiyuan_ledger.store.mapper import event_of

POLICIES = "policies"
STREAM = f"{AGGREGATE.kind}/"


def policy_files(rows: Iterable[Row], day: date) -> Iterator[tuple[str, bytes]]:
    """A file for each policy in force on a day: the very bytes of the event that adopted it."""
    by_stream: dict[str, list[Row]] = {}
    for row in rows:
        by_stream.setdefault(row.stream, []).append(row)
    for stream, recorded in sorted(by_stream.items()):
        state = AGGREGATE.new_state()
        for event in effective(event_of(row) for row in recorded):
            AGGREGATE.evolve(state, event)
        version = state.in_force(day)
        if version is not None:
            assert isinstance(version.fact, PolicyAdopted)
            (adopted,) = (row for row in recorded if row.position == version.position)
            name = stream.removeprefix(STREAM)
            yield f"{POLICIES}/{name}-v{version.fact.version}.json", adopted.state
