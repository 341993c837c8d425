"""Asking a view: a pin is filled in, arguments are checked, rows are kept or dropped, diffs made."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.aggregates.invalid import FOUND_LENGTH_MAX, misfit
from xiyuan_ledger.errors import ViewError, names_like
from xiyuan_ledger.journal.journal import Journal
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import Definition, definition
from xiyuan_ledger.projections.diff import DIFF, EVIDENCE, Between, compare
from xiyuan_ledger.projections.engine import SETTLEMENT, Question, RunLinesHeld, facts_named, room
from xiyuan_ledger.projections.event_ids import EventIds, holds_positions, read_ids, with_ids
from xiyuan_ledger.projections.impact import (
    IMPACT,
    Impact,
    impact_rows,
    impact_table,
    money_of,
    people_of,
    views_reading,
)
from xiyuan_ledger.projections.neighbours import neighbours, streams_of
from xiyuan_ledger.projections.pin import Pin, Settled, period_bounds
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.projections.vocabulary import code_of

QUESTIONS_MAX = 4
"""How many pins keep what was made for them."""
INTEGERS = frozenset({"fen", "minutes", "count", "centi", "days", "year"})


class Asking:
    """What one ledger can be asked."""

    def __init__(self, ledger: str, simulated: bool, journal: Journal):
        self._ledger = ledger
        self._simulated = simulated
        self._journal = journal
        self._questions: dict[tuple[Settled, bytes], Question] = {}
        self._run_lines: RunLinesHeld = {}
        self._lock = threading.Lock()
        self._naming = threading.Lock()

    def settle(
        self,
        pin: Pin,
        *,
        head: int,
        valid_on: date | str | None = None,
        known_at: int | str | datetime | None = None,
        period: Mapping[str, Any] | None = None,
    ) -> Settled:
        """The pin with everything filled in: the newest position, today, the period's bounds."""
        if not isinstance(pin, Pin):
            raise ViewError("pin-form", field="pin", found=str(pin)[:FOUND_LENGTH_MAX])
        first, last = _bounds(period or {})
        return Settled(
            known_at=self._position(known_at if known_at is not None else pin.known_at, head),
            valid_on=_day("valid_on", valid_on if valid_on is not None else pin.valid_on) or calendar.today(),
            from_on=first or _day("from_on", pin.from_on),
            to_on=last or _day("to_on", pin.to_on),
        )

    def _position(self, known_at: int | str | datetime | None, head: int) -> int:
        if known_at is None:
            return head
        if isinstance(known_at, str):
            known_at = _position_or_instant(known_at)
        if isinstance(known_at, datetime):
            if known_at.tzinfo is None:
                raise ViewError("known-at-form", field="known_at", found=known_at)
            return min(self._journal.positions_at(known_at), head)
        if type(known_at) is not int:
            raise ViewError("known-at-form", field="known_at", found=known_at)
        if not 0 <= known_at <= head:
            raise ViewError("known-at-ahead", field="known_at", found=known_at, head=head)
        return known_at

    def ask(
        self,
        name: str,
        pin: Settled,
        *,
        where: Mapping[str, Any],
        what_if: Mapping[str, Mapping[str, Any]],
        arguments: Mapping[str, Any],
        evidence: bool = True,
        columns: Collection[str] | None = None,
        positions: Collection[int] | None = None,
    ) -> View:
        """The view's rows at a settled pin; some of its columns; of a view of facts, those at some positions only."""
        _check_mapping("where", where)
        _check_mapping("policies", what_if)
        view = definition(name) if evidence else definition(name).without_evidence()
        if columns is not None:
            view = replace(view, columns=tuple(each for each in view.columns if each.name in columns))
        given = _arguments(view, arguments)
        supposed = {policy: _supposed(policy, parameters) for policy, parameters in what_if.items()}
        table = self._journal.answer(lambda: self._answer(view, pin, given, supposed, positions))
        ids = self._ids(view, pin) if holds_positions(view, table) else None
        if where and ids is not None:
            table, ids = with_ids(view, table, ids), None
        for column, value in where.items():
            table = _kept(view, table, column, value)
        return View(self._ledger, view, pin, table, ids=ids, simulated=self._simulated, what_if=supposed)

    def _answer(
        self,
        view: Definition,
        pin: Settled,
        given: dict[str, str | None],
        supposed: Mapping[str, dict[str, Any]],
        positions: Collection[int] | None,
    ) -> pa.Table:
        """Run a view in the DuckDB of its pin, where what earlier views needed is still at hand."""
        known = (pin, orjson.dumps(supposed, default=str, option=orjson.OPT_SORT_KEYS))
        with self._lock:
            question = self._questions.pop(known, None)
            if question is None:
                question = Question(self._ledger, pin, self._journal.attach, {}, supposed, self._run_lines)
            self._questions[known] = question
            while len(self._questions) > QUESTIONS_MAX:
                del self._questions[next(iter(self._questions))]
        try:
            with question.asking:
                if view == definition(SETTLEMENT).without_evidence() and not supposed:
                    return question.lines_at_pin(given)
                return question.compute(view, given, positions)
        except BaseException:
            with self._lock:
                self._questions.pop(known, None)
            raise

    def _ids(self, view: Definition, pin: Settled) -> EventIds:
        """What tells the ids of a view's positions, also when the ledger is closed by then."""
        facts = facts_named(view.sql)
        recorded = self._journal.recorded(pin.known_at, facts)

        def read(positions: pa.Array) -> pa.Table:
            with self._naming:
                held = self._journal.attach_recorded(self._names, recorded, facts)
                return read_ids(self._names, held, positions)

        return EventIds(lambda positions: self._journal.answer(lambda: read(positions)))

    @cached_property
    def _names(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB in which ids are looked up, one for all views: making one takes longer than the look-up."""
        return duckdb.connect(":memory:", config={"temp_directory": room()})

    def compare(
        self,
        name: str,
        before: Settled,
        after: Settled,
        *,
        where: Mapping[str, Any],
        what_if: Mapping[str, Mapping[str, Any]],
        arguments: Mapping[str, Any],
    ) -> View:
        """The diff of a view between two pins."""
        view = definition(name)
        sides = [self.ask(name, pin, where=where, what_if=what_if, arguments=arguments) for pin in (before, after)]
        both = Settled(max(before.known_at, after.known_at), max(before.valid_on, after.valid_on))
        between = self._journal.answer(lambda: self._between(view, sides, min(before.known_at, after.known_at), both))
        table = compare(view, sides[0], sides[1], between)
        return View(self._ledger, DIFF, after, table, simulated=self._simulated, what_if=sides[1].what_if)

    def preview(self, policy: str, version: Mapping[str, Any], pin: Settled) -> Impact:
        """What a version of a policy would change in every view that reads it."""
        cases: tuple[Mapping[str, Mapping[str, Any]], ...] = ({}, {policy: version})
        found = []
        for view in views_reading(policy):
            now, then = (self.ask(view.name, pin, where={}, what_if=what_if, arguments={}) for what_if in cases)
            found.append((view, now.rows, then.rows))
        rows = list(impact_rows(found))
        supposed = {policy: _supposed(policy, version)}
        shown = View(self._ledger, IMPACT, pin, impact_table(rows), simulated=self._simulated, what_if=supposed)
        return Impact(shown, tuple(view.name for view, _, _ in found), people_of(rows), money_of(rows))

    def _between(self, view: Definition, sides: list[View], first: int, both: Settled) -> Between:
        """What was recorded between two pins, as far as it may have changed a view."""
        corrections = self.ask("corrections", both, where={}, what_if={}, arguments={})
        superseded = {row["event"]: row["superseded_by"] for row in corrections.rows}
        facts = facts_named(view.sql)
        near = neighbours(self._journal.attach, facts, first, both)
        evidence = {event_id for side in sides for row in side.rows for event_id in row[EVIDENCE] or ()} if near else ()
        streams = streams_of(self._journal.attach, facts, evidence, both)
        return Between(first, both.known_at, superseded, near, streams)


def _position_or_instant(text: str) -> int | datetime:
    if re.fullmatch(r"\d+", text):
        return int(text)
    try:
        return calendar.parse_instant(text)
    except ValueError:
        raise ViewError("known-at-form", field="known_at", found=text) from None


def _day(field: str, value: date | str | None) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ViewError("day-form", field=field, found=value)


def taken(name: str, period: dict[str, Any]) -> dict[str, Any]:
    """The period asked of a view; ViewError where one is given to a view about a day. A pin may carry one along."""
    _bounds(period)
    given = next((unit for unit, value in period.items() if value is not None), None)
    if given is not None and not definition(name).period:
        raise ViewError("period-untaken", field=given, view=name)
    return period


def _bounds(period: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """The first and last day of what was asked for: a month, a quarter, a year, or `from` and `to`."""
    named = [str(period[unit]) for unit in ("month", "quarter", "year") if period.get(unit) is not None]
    first, last = _day("from", period.get("from")), _day("to", period.get("to"))
    if len(named) > 1 or (named and (first or last)):
        raise ViewError("period-twice", field="period")
    if named:
        return period_bounds(named[0])
    if first and last and last < first:
        raise ViewError("period-reversed", field="to", first=first, last=last)
    return first, last


def _check_mapping(field: str, given: object) -> None:
    if not isinstance(given, Mapping):
        raise ViewError("argument-form", field=field, found=str(given)[:FOUND_LENGTH_MAX])


def _arguments(view: Definition, arguments: Mapping[str, Any]) -> dict[str, str | None]:
    for name in arguments:
        if name not in view.arguments:
            raise ViewError("argument-unknown", field=name, view=view.name, known=", ".join(view.arguments) or "-")
    for name in view.required:
        if arguments.get(name) is None:
            raise ViewError("argument-missing", field=name, view=view.name)
    type_name = arguments.get("type")
    if type_name is not None and type_name not in FACTS:
        found = str(type_name)[:FOUND_LENGTH_MAX]
        raise ViewError("entry-type-unknown", field="type", found=found, near=", ".join(names_like(found, FACTS)))
    return {name: None if arguments.get(name) is None else str(arguments[name]) for name in view.arguments}


def _supposed(policy: str, given: Any) -> dict[str, Any]:
    """What is supposed of a policy: its parameters, or a whole policy file with dates; checked by its schema."""
    schema = SCHEMAS.get(policy)
    if schema is None:
        raise ViewError("policy-unknown", field="policy", policy=policy)
    _check_mapping(f"policies.{policy}", given)
    whole = dict(given) if isinstance(given.get("parameters"), Mapping) else {"parameters": dict(given)}
    try:
        schema.model_validate(whole["parameters"])
    except ValidationError as error:
        where, found, found_zh = misfit(schema, error)
        field = where or "parameters"
        raise ViewError("policy-parameters", field=field, policy=policy, found=found, found_zh=found_zh) from None
    given_dates: dict[str, Any] = {name: whole.get(name) for name in ("effective_from", "effective_to")}
    dates = {name: _day(name, day) for name, day in given_dates.items() if day is not None}
    return {"parameters": whole["parameters"]} | dates


def _kept(view: Definition, table: pa.Table, column: str, value: Any) -> pa.Table:
    """The rows whose column equals a value; of a list column, those whose list holds it. Words do for codes."""
    found = next((each for each in view.columns if column in (each.name, *each.words.values())), None)
    if found is None:
        raise ViewError("column-unknown", field=column, view=view.name, known=", ".join(c.name for c in view.columns))
    column, value = found.name, code_of(found.values, value) if isinstance(value, str) else value
    if found.type in ("list", "ids"):
        keep = [value in (each or []) for each in table.column(column).to_pylist()]
        return table.filter(pa.array(keep, pa.bool_()))
    if value is None or value == "":
        return table.filter(pc.is_null(table.column(column)))
    return table.filter(pc.equal(table.column(column), _scalar(found.type, column, table, value)))


def _scalar(kind: str, column: str, table: pa.Table, value: Any) -> pa.Scalar:
    try:
        if isinstance(value, str):
            if kind in INTEGERS:
                value = int(value)
            elif kind == "flag":
                value = orjson.loads(value)
            elif kind == "date":
                value = date.fromisoformat(value)
        return pa.scalar(value, type=table.column(column).type)
    except (ValueError, pa.ArrowInvalid, pa.ArrowTypeError):
        raise ViewError("column-value", field=column, found=value, kind=kind) from None
