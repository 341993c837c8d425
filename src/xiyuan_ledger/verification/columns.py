"""A bundle's journal: the events in typed columns, a Parquet file for each fact and stretch of the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.columns import schema, table_name
from xiyuan_ledger.journal.reading import Span
from xiyuan_ledger.verification.id_file import IdFile

SPAN_POSITIONS = 65_536
"""How many events a file of the journal spans: as many as two levels of tiles."""
JOURNAL = "journal"


def journal_path(table: str, span: Span) -> str:
    """Where a bundle keeps one fact's rows of one stretch."""
    return f"{JOURNAL}/fact={table}/{span.after + 1:012d}.parquet"


class Columns:
    """The journal of a bundle as views read it: files that were compared with the events, and what was superseded."""

    def __init__(self, folder: Path, files: Mapping[str, list[str]], gone: pa.Table):
        self._folder = folder
        self._files = files
        self._gone = gone

    def attach(
        self, con: duckdb.DuckDBPyConnection, known_at: int, facts: Iterable[type[Fact]] | None
    ) -> frozenset[type[Fact]]:
        """Make `raw.<table>` for each of the facts, and `raw.superseded`, as the ledger's own journal does."""
        held = frozenset(f for f in (FACTS.values() if facts is None else facts) if table_name(f) in self._files)
        con.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for fact in held if facts is None else facts:
            name = table_name(fact)
            con.execute(f'CREATE OR REPLACE VIEW raw."{name}" AS {self._select(con, name, fact, known_at)}')
        con.register("_superseded", self._gone)
        con.execute(
            f"CREATE OR REPLACE TABLE raw.superseded AS SELECT * FROM _superseded WHERE by_position <= {known_at}"
        )
        con.unregister("_superseded")
        return held

    def ids(self) -> IdFile:
        """The ids of all events by their positions."""
        stretches: dict[str, list[Path]] = {}
        for paths in self._files.values():
            for path in paths:
                stretches.setdefault(Path(path).name, []).append(self._folder / path)
        return IdFile(map(_ids, (stretches[name] for name in sorted(stretches))))

    def _select(self, con: duckdb.DuckDBPyConnection, name: str, fact: type[Fact], known_at: int) -> str:
        paths = ", ".join(_quoted(self._folder / each) for each in self._files.get(name, ()))
        if not paths:
            con.register(f"_none_{name}", schema(fact).empty_table())
            return f"SELECT * FROM _none_{name}"
        return f"SELECT * FROM read_parquet([{paths}], hive_partitioning = false) WHERE position <= {known_at}"


def _ids(paths: Iterable[Path]) -> Iterator[pa.Table]:
    for path in paths:
        with pq.ParquetFile(path) as file:
            yield file.read(["position", "event_id"], use_threads=False)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def nothing_superseded() -> pa.Table:
    """What is superseded where nothing is."""
    return superseded.SCHEMA.empty_table()
