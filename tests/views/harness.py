"""A ledger of a few facts, asked: by the view's SQL, and by its plain definition.

`events` numbers facts as the store would, after version 1 of every policy; `ask` runs the SQL, `plain` the definition,
`both` compares them. `fact_id(3)` is the event id of the third fact given.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import duckdb
import pyarrow as pa

from xiyuan_ledger.aggregates.fact import Event, Fact, Kind
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.calendar import SHANGHAI, shanghai_date
from xiyuan_ledger.codes import Code, EventId
from xiyuan_ledger.journal.columns import table_name, table_of_events
from xiyuan_ledger.journal.superseded import SCHEMA as SUPERSEDED
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import Column, definition
from xiyuan_ledger.projections.engine import Attach, Question
from xiyuan_ledger.projections.parts import in_parts
from xiyuan_ledger.projections.pin import Settled

LEDGER = "xiyuan"
ACTOR = "clerk-1"
POLICIES_FROM = date(2012, 6, 1)
AnyFact = TypeVar("AnyFact", bound=Fact)
Rows = list[dict[str, Any]]


class Voiding(Fact):
    """作废: takes the fact with this id out, as `RecordVoided` does."""

    TOPIC: ClassVar[str] = "test.voiding.v1"
    STREAM_KIND: ClassVar[Kind] = "ledger"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ()

    event: EventId
    approved_by: Code = "chief-1"


def day(text: str) -> date:
    """A date written YYYY-MM-DD."""
    return date.fromisoformat(text)


def noon(on: date) -> datetime:
    """Noon in Shanghai, as an instant in UTC."""
    return datetime.combine(on, time(12), SHANGHAI).astimezone(UTC)


def recorded(fact: AnyFact, on: str) -> AnyFact:
    """The same fact, written down at noon of that day."""
    return fact.model_copy(update={"recorded_at": noon(day(on))})


def event_id(position: int) -> str:
    """The id of the event at a position: its first twelve hex digits are the position."""
    return f"{position >> 16:08x}-{position & 0xFFFF:04x}-8000-8000-{position:012x}"


def fact_id(number: int) -> str:
    """The event id of the fact given as number 1, 2, 3 … (policies come before it)."""
    return event_id(position_of(number))


def position_of(number: int) -> int:
    """The position of the fact given as number 1, 2, 3 …"""
    return len(SCHEMAS) + number


def policy_id(policy: str) -> str:
    """The event id of version 1 of a policy."""
    return event_id(list(SCHEMAS).index(policy) + 1)


def adopted(
    policy: str, version: int, effective_from: str, *, on: str | None = None, **parameters: Any
) -> PolicyAdopted:
    """A version of a policy, adopted on a day (its first, where none is given)."""
    occurred_on = day(on or effective_from)
    return PolicyAdopted(
        policy=policy,
        version=version,
        effective_from=day(effective_from),
        authority="illustrative",
        parameters=parameters,
        occurred_on=occurred_on,
        reason="reaches back" if day(effective_from) < occurred_on else None,
    )


def events(
    *facts: Fact, recorded: date | None = None, parameters: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Event]:
    """The facts as recorded: each at noon of its day, or of the day `recorded`, or when it says itself.

    Before them stands version 1 of every policy, with `parameters` in the place of its defaults.
    """
    changed = parameters or {}
    first = [adopted(policy, 1, POLICIES_FROM.isoformat(), **changed.get(policy, {})) for policy in SCHEMAS]
    found: list[Event] = []
    versions: dict[str, int] = {}
    latest = noon(POLICIES_FROM)
    for position, fact in enumerate([*first, *facts], start=1):
        stream = fact.stream()
        versions[stream] = versions.get(stream, 0) + 1
        default = noon(fact.occurred_on if position <= len(first) else recorded or fact.occurred_on)
        latest = max(latest, fact.recorded_at or default)
        found.append(
            Event(
                fact,
                position=position,
                event_id=event_id(position),
                stream=stream,
                version=versions[stream],
                recorded_at=latest,
                actor=fact.actor or ACTOR,
                source=fact.source,
            )
        )
    return found


def superseded(known: Iterable[Event]) -> dict[str, str]:
    """Which facts were corrected or voided, and by which: event id → event id."""
    found: dict[str, str] = {}
    for event in known:
        target = event.fact.corrects or getattr(event.fact, "event", None)
        if target is not None:
            found[target] = event.event_id
    return found


@dataclass(frozen=True)
class Version:
    """A version of a policy with its parameters filled in."""

    event: Event
    fact: PolicyAdopted
    parameters: Any


@dataclass(frozen=True)
class History:
    """What a plain definition may look at: the facts at a pin, and the policies adopted."""

    known: tuple[Event, ...]
    effective: tuple[Event, ...]
    adopted: tuple[Version, ...]
    gone: Mapping[str, str]
    args: Mapping[str, str | None] = field(default_factory=dict)

    def of(self, kind: type[AnyFact]) -> list[tuple[Event, AnyFact]]:
        """The effective facts of a kind, with their events, by `(occurred_on, position)`."""
        return [(event, event.fact) for event in self.effective if isinstance(event.fact, kind)]

    def versions(self, policy: str) -> list[Version]:
        """Every effective version of a policy, in the order in which they were recorded."""
        return [version for version in self.adopted if version.fact.policy == policy]

    def in_force(self, policy: str, on: date, known_at: int | None = None) -> Version | None:
        """The version in force on a day: of those that hold it, the one recorded last.

        `known_at`: of those recorded up to that position, if there are such.
        """
        holding = [
            version
            for version in self.versions(policy)
            if version.fact.effective_from <= on
            and (version.fact.effective_to is None or on < version.fact.effective_to)
        ]
        if known_at is not None:
            holding = [each for each in holding if each.event.event_id and each.event.position <= known_at] or holding
        return holding[-1] if holding else None


def effective(recorded_events: Sequence[Event], known_at: int, valid_on: date) -> list[Event]:
    """The effective facts at a pin, by `(occurred_on, position)`."""
    known = [event for event in recorded_events if event.position <= known_at]
    gone = superseded(known)
    standing = [event for event in known if event.event_id not in gone and event.fact.occurred_on <= valid_on]
    return sorted(standing, key=lambda event: (event.fact.occurred_on, event.position))


def history(
    recorded_events: Sequence[Event],
    pin: Settled,
    *,
    args: Mapping[str, str | None] | None = None,
    what_if: Mapping[str, dict[str, Any]] | None = None,
) -> History:
    """What a plain definition looks at, at a pin."""
    known = tuple(event for event in recorded_events if event.position <= pin.known_at)
    gone = superseded(known)
    versions = [
        Version(event, event.fact, SCHEMAS[event.fact.policy].model_validate(event.fact.parameters))
        for event in known
        if isinstance(event.fact, PolicyAdopted) and event.event_id not in gone
    ]
    versions += [_supposed(policy, given, versions, pin.valid_on) for policy, given in (what_if or {}).items()]
    return History(
        known, tuple(effective(recorded_events, pin.known_at, pin.valid_on)), tuple(versions), gone, args or {}
    )


def _supposed(policy: str, parameters: dict[str, Any], versions: Sequence[Version], on: date) -> Version:
    """A version that nobody adopted, in place of the one in force on a day, from the same day on; without event id."""
    replaced: tuple[date, date | None] = (date.min, None)
    for version in versions:
        fact = version.fact
        if (
            fact.policy == policy
            and fact.effective_from <= on
            and (fact.effective_to is None or on < fact.effective_to)
        ):
            replaced = (fact.effective_from, fact.effective_to)
    fact = PolicyAdopted.model_construct(
        policy=policy,
        version=None,  # type: ignore[arg-type]
        effective_from=replaced[0],
        effective_to=replaced[1],
        authority="what if",
        parameters=parameters,
        occurred_on=date.min,
    )
    event = Event(fact, position=0, event_id="", stream="", version=0, recorded_at=noon(POLICIES_FROM), actor=ACTOR)
    return Version(event, fact, SCHEMAS[policy].model_validate(parameters))


def pin_at(
    recorded_events: Sequence[Event],
    valid_on: str,
    known_at: int | str | None = None,
    from_: str | None = None,
    to: str | None = None,
) -> Settled:
    """A pin: `known_at` a position, or a day (what was recorded up to its end), or everything."""
    if isinstance(known_at, str):
        known_at = max(
            (e.position for e in recorded_events if shanghai_date(e.recorded_at) <= day(known_at)), default=0
        )
    position = len(recorded_events) if known_at is None else known_at
    return Settled(position, day(valid_on), day(from_) if from_ else None, day(to) if to else None)


def _attach(recorded_events: Sequence[Event]) -> Attach:
    """The facts as journal tables in memory."""

    def attach(
        con: duckdb.DuckDBPyConnection, known_at: int, facts: Iterable[type[Fact]] | None
    ) -> frozenset[type[Fact]]:
        known = [event for event in recorded_events if event.position <= known_at]
        positions = {event.event_id: event.position for event in known}
        gone = [
            {"ledger": LEDGER, "position": positions[target], "by_position": positions[by], "by_event_id": by}
            for target, by in superseded(known).items()
        ]
        con.execute("CREATE SCHEMA IF NOT EXISTS raw")
        con.register("arrow_superseded", pa.Table.from_pylist(gone, schema=SUPERSEDED))
        con.execute("CREATE OR REPLACE TABLE raw.superseded AS SELECT * FROM arrow_superseded")
        held = frozenset(type(event.fact) for event in known)
        made = held if facts is None else frozenset(facts)
        for fact in made:
            name = table_name(fact)
            con.register(f"arrow_{name}", table_of_events(LEDGER, fact, (e for e in known if type(e.fact) is fact)))
            con.execute(f"CREATE OR REPLACE TABLE raw.{name} AS SELECT * FROM arrow_{name}")
        return made & held

    return attach


def ask(
    name: str,
    recorded_events: Sequence[Event],
    valid_on: str,
    known_at: int | str | None = None,
    from_: str | None = None,
    to: str | None = None,
    *,
    args: Mapping[str, str] | None = None,
    what_if: Mapping[str, dict[str, Any]] | None = None,
) -> Rows:
    """The rows of a view by its SQL."""
    pin = pin_at(recorded_events, valid_on, known_at, from_, to)
    view = definition(name)
    arguments = {argument: (args or {}).get(argument) for argument in view.arguments}
    supposed = {policy: {"parameters": given} for policy, given in (what_if or {}).items()}
    question = Question(LEDGER, pin, _attach(recorded_events), arguments, supposed)
    try:
        found: Rows = [row for part in in_parts(question, view, question.ids()) for row in part.to_pylist()]
        # A bundle puts its rows aside; a ledger holds them, and names ids when it shows them.
        at_once = question.compute(view, arguments)
        same = [column.name for column in view.columns if not _holds_positions(column, at_once)]
        assert at_once.select(same).to_pylist() == [{name: row[name] for name in same} for row in found]
        return found
    finally:
        question.close()


def _holds_positions(column: Column, rows: pa.Table) -> bool:
    """Whether positions stand in a column for ids."""
    return column.type == "ids" or (column.type == "text" and pa.types.is_integer(rows.schema.field(column.name).type))


@cache
def plain_definitions() -> dict[str, Callable[[History, Settled], Rows]]:
    """Every view's plain definition, from the modules `plain_*` beside this one."""
    found: dict[str, Callable[[History, Settled], Rows]] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name.startswith("plain_"):
            found |= getattr(importlib.import_module(f"{__package__}.{module.name}"), "PLAIN", {})
    return found


def _order(columns: Sequence[str]) -> Callable[[dict[str, Any]], Any]:
    return lambda row: [(row[column] is None, row[column] if row[column] is not None else 0) for column in columns]


def plain(
    name: str,
    recorded_events: Sequence[Event],
    valid_on: str,
    known_at: int | str | None = None,
    from_: str | None = None,
    to: str | None = None,
    *,
    args: Mapping[str, str] | None = None,
    what_if: Mapping[str, dict[str, Any]] | None = None,
) -> Rows:
    """The rows of a view by its plain definition, in the view's order, with its columns in order."""
    pin = pin_at(recorded_events, valid_on, known_at, from_, to)
    view = definition(name)
    arguments = {argument: (args or {}).get(argument) for argument in view.arguments}
    rows = plain_definitions()[name](history(recorded_events, pin, args=arguments, what_if=what_if), pin)
    columns = [column.name for column in view.columns]
    order = [*view.sort, *(column for column in columns if column not in view.sort)]
    return sorted(({column: row[column] for column in columns} for row in rows), key=_order(order))


def both(name: str, recorded_events: Sequence[Event], valid_on: str, *when: Any, **asked: Any) -> Rows:
    """The rows of a view, which its SQL and its plain definition must give alike."""
    rows = ask(name, recorded_events, valid_on, *when, **asked)
    assert rows == plain(name, recorded_events, valid_on, *when, **asked)
    return rows
