"""How a view is computed: its SQL over relations made for it at a pin, in a DuckDB of its own.

A view's file names the relations that it reads; each is made when named: one per fact (the effective facts at the pin),
one per policy, the shared ones of `base/`, and `pin`, `args`, `periods`, `days`, `envelope`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.journal.columns import own_columns, table_name
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import Definition, base_relations
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.projections.policy_tables import policy_table, policy_table_name, supposed

CALENDAR_BEGINS = date(1990, 1, 1)
FACT_TABLES: dict[str, type[Fact]] = {table_name(fact): fact for fact in FACTS.values()}
POLICY_TABLES = {policy_table_name(policy): policy for policy in SCHEMAS}
EFFECTIVE = "position NOT IN (SELECT position FROM raw.superseded)"

Attach = Callable[[duckdb.DuckDBPyConnection, int, Iterable[type[Fact]]], None]
"""Makes `raw.<table>` for facts, and `raw.superseded`, with what was recorded up to a position."""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _date(day: date | None) -> str:
    return "NULL::DATE" if day is None else f"DATE '{day.isoformat()}'"


class Question:
    """What is asked at one pin: a DuckDB of its own, and the relations made in it so far, which later views use again."""

    def __init__(
        self,
        ledger: str,
        pin: Settled,
        attach: Attach,
        arguments: Mapping[str, str | None],
        what_if: Mapping[str, dict[str, Any]],
    ):
        self.ledger = ledger
        self.pin = pin
        self.con = duckdb.connect(":memory:")
        self.con.execute("SET preserve_insertion_order = true")
        self.asking = threading.Lock()
        self._attach = attach
        self._arguments = arguments
        self._what_if = what_if
        self._attached: set[type[Fact]] = set()
        self._made: set[str] = set()

    def close(self) -> None:
        self.con.close()

    def run(self, view: Definition, arguments: Mapping[str, str | None] | None = None) -> pa.Table:
        """The rows of a view, in its order, with its columns."""
        if arguments is not None and arguments != self._arguments:
            self._arguments = arguments
            self._made.discard("args")
        missing = self._facts_named(view.sql, set()) - self._attached
        if missing or not self._attached:
            self._attach(self.con, self.pin.known_at, missing)
            self._attached |= missing
        self._make_all(view.sql)
        columns = ", ".join(f'"{column.name}"' for column in view.columns)
        order = ", ".join(f'"{name}" NULLS LAST' for name in [*view.sort, *self._others(view)])
        return self.con.sql(f"SELECT {columns} FROM ({_body(view.sql)}) AS asked ORDER BY {order}").to_arrow_table()

    @staticmethod
    def _others(view: Definition) -> list[str]:
        return [column.name for column in view.columns if column.name not in view.sort]

    def _facts_named(self, sql: str, seen: set[str]) -> set[type[Fact]]:
        """The facts that an SQL text reads, through the shared relations too."""
        found: set[type[Fact]] = set()
        for name in _words(sql) - seen:
            seen.add(name)
            if name in FACT_TABLES:
                found.add(FACT_TABLES[name])
            elif name in POLICY_TABLES:
                found.add(FACTS["PolicyAdopted"])
            elif name == "envelope":
                found |= set(FACTS.values())
            elif name in base_relations():
                found |= self._facts_named(base_relations()[name], seen)
        return found

    def _make_all(self, sql: str) -> None:
        for name in sorted(_words(sql)):
            if name not in self._made:
                self._make(name)

    def _make(self, name: str) -> None:
        self._made.add(name)
        if name in FACT_TABLES:
            self._make_fact(name)
        elif name in POLICY_TABLES:
            self._make_policy(name)
        elif name in base_relations():
            body = base_relations()[name]
            self._make_all(body)
            self.con.execute(f"CREATE TEMP TABLE {name} AS {_body(body)}")
        elif name in _SMALL_RELATIONS:
            _SMALL_RELATIONS[name](self)

    def _make_fact(self, name: str) -> None:
        where = f"occurred_on <= {_date(self.pin.valid_on)}"
        if self._any_superseded():
            where += f" AND {EFFECTIVE}"
        self.con.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM raw.{name} WHERE {where}")

    def _any_superseded(self) -> bool:
        row = self.con.execute("SELECT count(*) FROM raw.superseded").fetchone()
        assert row is not None
        return bool(row[0])

    def _make_policy(self, name: str) -> None:
        policy = POLICY_TABLES[name]
        versions = self.con.sql(
            f"SELECT * FROM raw.policy_adopted WHERE policy = ? AND {EFFECTIVE} ORDER BY position", params=[policy]
        )
        rows = versions.to_arrow_table().to_pylist()
        if policy in self._what_if:
            rows.append(supposed(self.ledger, policy, self._what_if[policy], rows, self.pin.valid_on))
        self.con.register(f"{name}_rows", policy_table(policy, rows))
        self.con.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {name}_rows")

    def make_pin(self) -> None:
        pin = self.pin
        self.con.execute(
            f"CREATE TEMP TABLE pin AS SELECT {_quoted(self.ledger)} AS ledger, {pin.known_at}::BIGINT AS known_at, "
            f"{_date(pin.valid_on)} AS valid_on, {_date(pin.from_on)} AS from_on, {_date(pin.until())} AS to_on"
        )

    def make_args(self) -> None:
        given = ", ".join(
            f'{"NULL::VARCHAR" if value is None else _quoted(value)} AS "{name}"'
            for name, value in self._arguments.items()
        )
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE args AS SELECT {_quoted(self.ledger)} AS ledger{', ' if given else ''}{given}"
        )

    def make_days(self) -> None:
        self.con.execute(
            f"CREATE TEMP TABLE days AS SELECT day::DATE AS day FROM generate_series({_date(CALENDAR_BEGINS)}::TIMESTAMP, "
            f"{_date(self.pin.valid_on)}::TIMESTAMP, INTERVAL 1 DAY) AS series(day)"
        )

    def make_periods(self) -> None:
        self.con.execute(f"CREATE TEMP TABLE periods AS {_periods_sql(self.pin.valid_on)}")

    def make_envelope(self) -> None:
        parts = []
        for name, fact in FACT_TABLES.items():
            own = "".join(f', {_quoted(column)}, "{column}"' for column in own_columns(fact))
            fields = f"CAST(json_object({own[2:]}) AS VARCHAR)" if own else "'{}'"
            parts.append(
                f"SELECT ledger, position, event_id, {_quoted(fact.__name__)} AS type, stream, stream_version, occurred_on, "
                f"recorded_at, recorded_on, actor, source, key, corrects, reason, papers, {fields} AS fields FROM raw.{name}"
            )
        self.con.execute(
            f"CREATE TEMP VIEW envelope AS SELECT every.*, gone.by_event_id AS superseded_by "
            f"FROM ({' UNION ALL '.join(parts)}) AS every LEFT JOIN raw.superseded AS gone USING (ledger, position)"
        )


_SMALL_RELATIONS: dict[str, Callable[[Question], None]] = {
    "pin": Question.make_pin,
    "args": Question.make_args,
    "days": Question.make_days,
    "periods": Question.make_periods,
    "envelope": Question.make_envelope,
}


def _body(sql: str) -> str:
    return sql.strip().rstrip(";")


def _words(sql: str) -> set[str]:
    """The words of an SQL text without its comments and texts: what may name a relation."""
    return set(re.findall(r"[a-z_][a-z0-9_]*", re.sub(r"--[^\n]*|'[^']*'", " ", sql)))


def _periods_sql(valid_on: date) -> str:
    series = "generate_series({first}::TIMESTAMP, {last}::TIMESTAMP, INTERVAL {step}) AS series(first)".format
    first, last = _date(CALENDAR_BEGINS), _date(valid_on)
    name = {
        "month": "strftime(first, '%Y-%m')",
        "quarter": "strftime(first, '%Y') || '-Q' || quarter(first)",
        "year": "strftime(first, '%Y')",
    }
    steps = {"month": "1 MONTH", "quarter": "3 MONTH", "year": "1 YEAR"}
    return " UNION ALL ".join(
        f"SELECT '{unit}' AS unit, {name[unit]} AS period, first::DATE AS first_day, "
        f"(first + INTERVAL {step} - INTERVAL 1 DAY)::DATE AS last_day FROM {series(first=first, last=last, step=step)}"
        for unit, step in steps.items()
    )
