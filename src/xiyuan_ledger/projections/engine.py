"""How a view is computed: its SQL over relations made for it at a pin, in a DuckDB of its own.

A view's file names the relations that it reads; each is made when first named, and kept for the views asked later at
the same pin:

- one per fact, `exam_passed`: the effective facts at the pin. `event_id` and `corrects` are positions there, which sort
  and compare as ids do; a column of type `ids` or `text` that comes out as positions is given the ids that they name;
- one per policy, `policy_post_subsidy`: a row for each version, its parameters as columns;
- the shared ones of `base/`, each made once for all views at the pin: a few columns of few rows, since they are kept;
  but for those of many rows, which are computed where they are read;
- `run_line`: the lines of payout runs, each run's computed at its own pin: of the run that `args` name, or of all;
- `pin` and `args`, one row each; `periods` and `days`;
- `envelope`: facts with their whole envelope, ids as text, `fields` as JSON text and `superseded_by`, those superseded
  included. What the period, or an argument named `type`, `stream` or `subject`, leaves out may be missing from it;
- `revised_envelope`: the same without `fields`, for the facts that were superseded and for those that superseded them,
  whatever their date.
"""

from __future__ import annotations

import re
import tempfile
import threading
import uuid
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack, suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections import relations
from xiyuan_ledger.projections.catalogue import Definition, base_relations, definition
from xiyuan_ledger.projections.event_ids import EventIds, read_ids
from xiyuan_ledger.projections.ordering import order_by, told_apart, whole_order
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.projections.policy_tables import policy_table, policy_table_name, supposed
from xiyuan_ledger.projections.relations import FACT_TABLES
from xiyuan_ledger.projections.steps import Steps, in_steps

CALENDAR_BEGINS = date(1990, 1, 1)
POLICY_TABLES = {policy_table_name(policy): policy for policy in SCHEMAS}
MADE_HERE = frozenset({"pin", "args", "days", "periods", "revised_envelope"})
OF_EVERY_FACT = frozenset({"envelope", "revised_envelope"})
SETTINGS = (
    "SET preserve_insertion_order = false; SET parquet_metadata_cache = true; "
    "SET enable_progress_bar = false"  # It would stand among the data, on stdout.
)
MEMORY_MB = 256
"""What does not fit into the limit is put aside on the disk."""
TIMES_THE_LIMIT = (2.0, 4.0)
"""What is given to work that cannot be put aside, before all that there is."""
LEAN_MB = 80
LEAN_TIMES = (1.25, 1.5, 2.0, 3.0, 4.0)
"""The same for who may have a small machine, and more time: a step of the work is soon tried again."""
LEAN = (
    "SET threads = 1; "  # Each takes memory of its own.
    "SET allocator_flush_threshold = '1MB'; SET allocator_bulk_deallocation_flush_threshold = '1MB'"
)
"""What a view took is given back to the system after it, and not kept for the next."""
IN_ORDER = "SET preserve_insertion_order = {}"
"""DuckDB 2.0 hands the rows of an ORDER BY over in whatever order its threads finish, unless it is told so."""
NOT_KEPT = frozenset({"subsidy_month", "payable"})
"""Shared relations of many rows."""
RUN_LINE = "run_line"
SETTLEMENT = "settlement"
"""The view that computes the lines of a run."""
RUN_LINES_HELD_MAX = 4
RunLinesHeld = dict[tuple[Any, ...], pa.Table]
"""The lines of a run's scheme and month at its pin: what was computed once is so for ever."""
Attach = Callable[[duckdb.DuckDBPyConnection, int, Iterable[type[Fact]] | None], frozenset[type[Fact]]]
"""Makes `raw.<table>` for facts, and `raw.superseded`, with what was recorded up to a position.

Answers which of them may hold rows; None asks for all that may.
"""

# The copy costs less than to have every question planned twice, as a relation is: once to be named, once to be run.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)


class Question:
    """What is asked at one pin: a DuckDB of its own, and the relations made in it so far."""

    def __init__(
        self,
        ledger: str,
        pin: Settled,
        attach: Attach,
        arguments: Mapping[str, str | None],
        what_if: Mapping[str, dict[str, Any]],
        run_lines: RunLinesHeld | None = None,
        *,
        lean: bool = False,
    ):
        self.ledger = ledger
        self.pin = pin
        self.con = duckdb.connect(":memory:", config={"temp_directory": room()})
        self.con.execute(f"{SETTINGS}; {LEAN}" if lean else SETTINGS)
        self._lean = lean
        self._limit_memory()
        self.asking = threading.Lock()
        self._attach = attach
        self._arguments = arguments
        self._what_if = what_if
        self._run_lines: RunLinesHeld = {} if run_lines is None else run_lines
        self._attached: set[type[Fact]] = set()
        self._held: set[type[Fact]] = set()
        self._all_attached = False
        self._made: set[str] = set()
        self._adopted: dict[str, list[dict[str, Any]]] | None = None
        self._any_superseded = False

    def close(self) -> None:
        self.con.close()

    def prepare(self, view: Definition) -> str:
        """Make what a view reads; what is to stand before its SQL."""
        self._attach_missing(view.sql)
        self._make_all(view.sql)
        return self._with_envelope(view)

    def ids(self) -> EventIds:
        """The ids of positions, read from the facts that were asked for so far."""
        return EventIds(lambda positions: self.within_memory(lambda: read_ids(self.con, self._held, positions)))

    def keep_only(self, views: Iterable[Definition]) -> None:
        """Give up the shared relations that none of these views reads."""
        read = frozenset[str]().union(*(relations_reached(view.sql) for view in views))
        for name in (self._made & base_relations().keys()) - read - NOT_KEPT:
            self.do(f"DROP TABLE {name}")
            self._made.remove(name)
        self._limit_memory(0)  # Nothing that is held only to be read again stays.
        self._limit_memory()

    def compute(
        self, view: Definition, arguments: Mapping[str, str | None], positions: Collection[int] | None = None
    ) -> pa.Table:
        """The same as computed: with positions that stand for ids; of a view of facts, those at some positions only."""
        if arguments != self._arguments:
            self._arguments = arguments
            self._made -= {"args", RUN_LINE}
        envelope = self.prepare(view)
        kept = "" if positions is None else f" WHERE position IN ({', '.join(map(str, map(int, positions)))})"
        found = f"SELECT {columns_of(view)} FROM ({bare(view.sql)}) AS asked{kept} ORDER BY "
        if envelope:
            # As many rows as there are facts, perhaps: planned twice, but not held twice. Sorted by everything, more of
            # them is put aside on the disk (of 10^6, 150 MB).
            return self.in_order(lambda: self.con.sql(envelope + found + whole_order(view)).to_arrow_table())
        rows = self.in_order(lambda: self.con.execute(found + order_by(view.sort)).to_arrow_table())
        return rows if told_apart(rows, view.sort) else self._wholly_sorted(view, rows)

    def _wholly_sorted(self, view: Definition, rows: pa.Table) -> pa.Table:
        """Rows of which some agree in the view's sort columns, in the order of all of its columns."""
        self.con.register("_unsorted", rows)
        try:
            select = f"SELECT * FROM _unsorted ORDER BY {whole_order(view)}"
            return self.in_order(lambda: self.con.execute(select).to_arrow_table()).cast(rows.schema)
        finally:
            self.con.unregister("_unsorted")

    def in_order(self, work: Callable[[], pa.Table]) -> pa.Table:
        """The rows of a question in the order that it asks for; what is made beside it need not keep any."""
        self.con.execute(IN_ORDER.format("true"))
        try:
            return self.within_memory(work)
        finally:
            self.con.execute(IN_ORDER.format("false"))

    def within_memory(self, work: Callable[[], Any]) -> Any:
        """Do something within the limit; what cannot be put aside, such as long lists, has more, and at last all."""
        try:
            return work()
        except duckdb.OutOfMemoryException:
            return self._with_more(work)

    def _with_more(self, work: Callable[[], Any]) -> Any:
        try:
            for times in LEAN_TIMES if self._lean else TIMES_THE_LIMIT:
                self._limit_memory(times)
                with suppress(duckdb.OutOfMemoryException):
                    return work()
            self.con.execute("RESET memory_limit")
            return work()
        finally:
            self._limit_memory()

    def _limit_memory(self, times: float = 1) -> None:
        """Set the limit, or leave it as it is where what is kept takes more."""
        with suppress(duckdb.OutOfMemoryException):
            self.con.execute(f"SET memory_limit = '{int(times * (LEAN_MB if self._lean else MEMORY_MB))}MB'")

    def do(self, statement: str) -> None:
        """A statement that answers nothing, within the limit."""
        self.within_memory(lambda: self.con.execute(statement))

    def _with_envelope(self, view: Definition) -> str:
        """What stands before a view that reads `envelope`, which is made anew for each."""
        if "envelope" not in relations_read(view.sql):
            return ""
        first, last = (self.pin.from_on, self.pin.until()) if view.period else (None, self.pin.valid_on)
        with_fields = any(column.name == "fields" for column in view.columns)
        envelope = relations.envelope_sql(self._held, self._arguments, first, last, with_fields=with_fields)
        return f"WITH envelope AS ({envelope}) "

    def _attach_missing(self, sql: str) -> None:
        reads = relations_reached(sql)
        if not reads.isdisjoint(OF_EVERY_FACT) and not self._all_attached:
            self._attach_facts(None)
            self._all_attached = True
        missing = _facts_among(reads) - self._attached
        if missing or not self._attached:
            self._attach_facts(missing)

    def _attach_facts(self, facts: frozenset[type[Fact]] | None) -> None:
        held = self._attach(self.con, self.pin.known_at, facts)
        self._any_superseded = bool(self.con.execute("SELECT 1 FROM raw.superseded LIMIT 1").fetchall())
        self._attached |= held if facts is None else facts
        self._held |= held

    def _make_all(self, sql: str) -> None:
        for name in sorted(relations_read(sql)):
            if name not in self._made:
                self._make(name)

    def _make(self, name: str) -> None:
        self._made.add(name)
        if name in FACT_TABLES:
            found = relations.fact_sql(name, self.ledger, self.pin.valid_on, any_superseded=self._any_superseded)
            self.do(f"CREATE TEMP VIEW {name} AS {found}")
        elif name in POLICY_TABLES:
            self._make_policy(name)
        elif name in base_relations():
            body = base_relations()[name]
            self._make_all(body)
            if name in NOT_KEPT:
                self.do(f"CREATE TEMP VIEW {name} AS {bare(body)}")
            elif self._lean:
                self._make_in_steps(name, in_steps(bare(body)))
            else:
                self.do(f"CREATE TEMP TABLE {name} AS {bare(body)}")
        elif name == RUN_LINE:
            self._make_run_lines()
        elif name in MADE_HERE:
            self.do(f"CREATE OR REPLACE TEMP TABLE {name} AS {self._made_here(name)}")

    def _make_in_steps(self, name: str, steps: Steps) -> None:
        with ExitStack() as aside:
            for first, body in steps.first:
                self.put_aside(aside, first, body)
            self.do(f"CREATE TEMP TABLE {name} AS {steps.defined} {steps.rest}")

    def put_aside(self, aside: ExitStack, name: str, rows: str) -> None:
        """Hold rows in their order until the stack is left."""
        self.in_order(lambda: self.con.execute(f"CREATE TEMP TABLE {name} AS {rows}"))
        aside.callback(self.do, f"DROP TABLE {name}")

    def _make_policy(self, name: str) -> None:
        policy = POLICY_TABLES[name]
        rows = self._versions(policy)
        if policy in self._what_if:
            rows = [*rows, supposed(self.ledger, policy, self._what_if[policy], rows, self.pin.valid_on)]
        self.con.register(name, policy_table(policy, rows))

    def _make_run_lines(self) -> None:
        """The lines of each run as they were when it was opened: computed again at its pin."""
        self._make_all("SELECT * FROM payout_run")
        select = "SELECT run, scheme, month, pin_position, pin_valid_on FROM payout_run WHERE run = $1 OR $1 IS NULL"
        asked = self.within_memory(lambda: self.con.execute(select, [self._arguments.get("run")]).fetchall())
        tables = [self._lines_of(*each) for each in asked if each[3] <= self.pin.known_at]
        self.con.register(RUN_LINE, pa.concat_tables(tables) if tables else relations.RUN_LINES.empty_table())

    def lines_at_pin(self, arguments: Mapping[str, str | None]) -> pa.Table:
        """The lines of a run of a scheme for a month as known here, without evidence: computed once and held."""
        asked = (Settled(self.pin.known_at, self.pin.valid_on), *map(str, arguments.values()))
        rows = self._run_lines.get(asked)
        if rows is None:
            rows = self.compute(definition(SETTLEMENT).without_evidence(), arguments)
            for oldest in list(self._run_lines)[: len(self._run_lines) - RUN_LINES_HELD_MAX + 1]:
                self._run_lines.pop(oldest, None)
            self._run_lines[asked] = rows
        return rows

    def _lines_of(self, run: str, scheme: str, month: str, position: int, valid_on: date) -> pa.Table:
        pin = Settled(position, valid_on)
        question = Question(self.ledger, pin, self._attach, {}, {}, self._run_lines, lean=self._lean)
        try:
            rows = question.lines_at_pin({"scheme": scheme, "run_month": month})
        finally:
            question.close()
        for name, value in (("run", run), ("ledger", self.ledger)):
            rows = rows.add_column(0, name, pa.array([value] * len(rows), pa.string()))
        return rows

    def _versions(self, policy: str) -> list[dict[str, Any]]:
        """Every effective version of a policy, in the order in which they were recorded."""
        if self._adopted is None:
            recorded = (
                "SELECT * REPLACE (position AS event_id) FROM raw.policy_adopted ANTI JOIN raw.superseded "
                "USING (position) ORDER BY position"
            )
            self._adopted = {}
            for row in self.in_order(lambda: self.con.sql(recorded).to_arrow_table()).to_pylist():
                self._adopted.setdefault(row["policy"], []).append(row)
        return self._adopted.get(policy, [])

    def _made_here(self, name: str) -> str:
        """The SQL of a relation that has no file."""
        match name:
            case "pin":
                return relations.pin_sql(self.ledger, self.pin)
            case "args":
                return relations.args_sql(self.ledger, self._arguments)
            case "days":
                return relations.days_sql(CALENDAR_BEGINS, self.pin.valid_on)
            case "periods":
                return relations.periods_sql(CALENDAR_BEGINS, self.pin.valid_on)
            case _:
                return relations.revised_envelope_sql(self._held, any_superseded=self._any_superseded)


def columns_of(view: Definition) -> str:
    """A view's columns, as SQL names them."""
    return ", ".join(f'"{column.name}"' for column in view.columns)


def room() -> str:
    """Where a question puts what does not fit into memory: a folder made when needed, and gone with the question."""
    return str(Path(tempfile.gettempdir()) / f"xiyuan-{uuid.uuid4().hex}")


@cache
def relations_reached(sql: str) -> frozenset[str]:
    """What an SQL text reads from, through the shared relations too."""
    read: set[str] = set()
    unread = [sql]
    while unread:
        new = relations_read(unread.pop()) - read
        read |= new
        unread += [base_relations()[name] for name in new & base_relations().keys()]
        unread += ["SELECT * FROM payout_run"] if RUN_LINE in new else []
    return frozenset(read)


@cache
def facts_named(sql: str) -> frozenset[type[Fact]]:
    """The facts that an SQL text reads, through the shared relations too."""
    read = relations_reached(sql)
    return frozenset(FACTS.values()) if read & OF_EVERY_FACT else _facts_among(read)


def _facts_among(read: frozenset[str]) -> frozenset[type[Fact]]:
    found = {FACT_TABLES[name] for name in read & FACT_TABLES.keys()}
    return frozenset(found | {FACTS["PolicyAdopted"]} if read & POLICY_TABLES.keys() else found)


@cache
def bare(sql: str) -> str:
    """An SQL text without its comments and its end."""
    return re.sub(r"--[^\n]*", "", sql).strip().rstrip(";")


@cache
def relations_read(sql: str) -> frozenset[str]:
    """What an SQL text reads from, but for what it defines itself."""
    text = re.sub(r"'[^']*'", "''", bare(sql))
    read = re.findall(r"\b(?:FROM|JOIN)\s+(?:raw\.)?([a-z_][a-z0-9_]*)", text)
    defined = re.findall(r"(?:WITH|WITH RECURSIVE|,)\s+([a-z_][a-z0-9_]*)\s+AS\s+\(", text)
    return frozenset(read) - frozenset(defined)
