"""What was recorded between two pins, with its streams: where causes are looked for if the evidence tells none."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.journal.columns import table_name
from xiyuan_ledger.projections.diff import POSITION_DIGITS, Neighbour
from xiyuan_ledger.projections.engine import Attach
from xiyuan_ledger.projections.pin import Settled


def neighbours(attach: Attach, facts: frozenset[type[Fact]], first: int, both: Settled) -> list[Neighbour]:
    """The effective facts of these kinds that were recorded after a position, up to the later pin and its day."""
    if first == both.known_at or not facts:
        return []
    with duckdb.connect(":memory:") as con:
        attach(con, both.known_at, facts)
        new = " UNION ALL ".join(
            f'SELECT event_id, stream FROM raw."{name}" ANTI JOIN raw.superseded USING (ledger, position) '
            f"WHERE position > {first} AND occurred_on <= DATE '{both.valid_on.isoformat()}'"
            for name in map(table_name, facts)
        )
        return [Neighbour(*row) for row in con.execute(f"{new} ORDER BY event_id").fetchall()]


def streams_of(attach: Attach, facts: frozenset[type[Fact]], event_ids: Iterable[str], both: Settled) -> dict[str, str]:
    """The streams of facts of these kinds, by their ids."""
    positions = sorted({int(event_id.replace("-", "")[:POSITION_DIGITS], 16) for event_id in event_ids})
    if not positions or not facts:
        return {}
    with duckdb.connect(":memory:") as con:
        attach(con, both.known_at, facts)
        con.register("asked", pa.table({"position": pa.array(positions, pa.int64())}))
        known = " UNION ALL ".join(
            f'SELECT event_id, stream FROM raw."{name}" SEMI JOIN asked USING (position)'
            for name in map(table_name, facts)
        )
        return dict(con.execute(known).fetchall())
