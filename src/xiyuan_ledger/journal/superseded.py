"""Which facts no longer hold, and since when: kept beside the facts, so that no question has to look for them again."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.store.mapper import position_of

NAME = "_superseded"
"""The name of its table beside those of the facts, which never begin with a low line."""
SCHEMA = pa.schema(
    [
        ("ledger", pa.string()),
        ("position", pa.int64()),
        ("by_position", pa.int64()),
        ("by_event_id", pa.string()),
    ]
)
VOIDING = "RecordVoided"


def superseded_by(fact: type[Fact], facts: pa.Table) -> pa.Table:
    """What the facts of one table correct or void, a row each, in the order of the table."""
    targets = facts["event"] if fact.__name__ == VOIDING else facts["corrects"]
    if targets.null_count == len(targets):
        return SCHEMA.empty_table()
    chosen = pc.is_valid(targets)
    positions = [position_of(event_id) for event_id in targets.filter(chosen).to_pylist()]
    columns = [facts[name].filter(chosen) for name in ("ledger", "position", "event_id")]
    return pa.table([columns[0], pa.array(positions, pa.int64()), *columns[1:]], schema=SCHEMA)


def together(tables: Iterable[pa.Table]) -> pa.Table:
    """One table in the order in which facts were superseded."""
    return pa.concat_tables([SCHEMA.empty_table(), *tables]).sort_by("by_position")
