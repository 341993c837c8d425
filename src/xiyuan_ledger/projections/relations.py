"""The SQL of the relations that are made for a view, where they are not in a file of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pyarrow as pa

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.journal.columns import ENVELOPE as ENVELOPE_COLUMNS
from xiyuan_ledger.journal.columns import own_columns, sql_type, table_name
from xiyuan_ledger.projections.pin import Settled

FACT_TABLES: dict[str, type[Fact]] = {table_name(fact): fact for fact in FACTS.values()}
ENVELOPE = "ledger, position, event_id, {type} AS type, stream, stream_version, occurred_on, recorded_at, recorded_on, "
ENVELOPE += "actor, source, key, corrects, reason, papers"
NO_ENVELOPE = "NULL::VARCHAR AS type, " + ", ".join(
    f"NULL::{sql_type(column.type)} AS {column.name}" for column in ENVELOPE_COLUMNS
)
POSITION_OF = "CAST('0x' || substr({id}, 1, 8) || substr({id}, 10, 4) AS BIGINT)"
"""The position that an event id begins with."""
RUN_LINES = pa.schema(
    [
        *((name, pa.string()) for name in ("ledger", "run", "worker", "scheme", "month", "payee", "kind")),
        *(
            (f"{name}_fen", pa.int64())
            for name in ("due", "settled", "amount", "offset", "net", "overpaid", "recovered")
        ),
    ]
)
"""The columns of `run_line`. No table of it is made on import: the first one loads pandas, where it is installed."""
CALENDAR_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}")


def quoted(text: str | None) -> str:
    """A text as SQL."""
    return "NULL::VARCHAR" if text is None else "'" + text.replace("'", "''") + "'"


def dated(day: date | None) -> str:
    """A date as SQL."""
    return "NULL::DATE" if day is None else f"DATE '{day.isoformat()}'"


def fact_sql(name: str, ledger: str, valid_on: date, *, any_superseded: bool) -> str:
    """The effective facts of a kind."""
    effective = " ANTI JOIN raw.superseded USING (position)" if any_superseded else ""
    replaced = f"{quoted(ledger)} AS ledger, position AS event_id, {POSITION_OF.format(id='corrects')} AS corrects"
    return f"SELECT * REPLACE ({replaced}) FROM raw.{name}{effective} WHERE occurred_on <= {dated(valid_on)}"


def pin_sql(ledger: str, pin: Settled) -> str:
    """The pin, one row."""
    return (
        f"SELECT {quoted(ledger)} AS ledger, {pin.known_at}::BIGINT AS known_at, {dated(pin.valid_on)} AS valid_on, "
        f"{dated(pin.from_on)} AS from_on, {dated(pin.until())} AS to_on"
    )


def args_sql(ledger: str, arguments: Mapping[str, str | None]) -> str:
    """The arguments, one row."""
    given = [f'{quoted(value)} AS "{name}"' for name, value in arguments.items()]
    return f"SELECT {', '.join([f'{quoted(ledger)} AS ledger', *given])}"


def days_sql(first: date, valid_on: date) -> str:
    """Every day from the first up to the pin's."""
    return f"SELECT day::DATE AS day FROM {_series('day', first, valid_on, '1 DAY')}"


def periods_sql(first: date, valid_on: date) -> str:
    """Every month, quarter and year that has begun by the pin's day."""
    name = {
        "month": "strftime(first, '%Y-%m')",
        "quarter": "strftime(first, '%Y') || '-Q' || quarter(first)",
        "year": "strftime(first, '%Y')",
    }
    steps = {"month": "1 MONTH", "quarter": "3 MONTH", "year": "1 YEAR"}
    return " UNION ALL ".join(
        f"SELECT '{unit}' AS unit, {name[unit]} AS period, first::DATE AS first_day, "
        f"(first + INTERVAL {step} - INTERVAL 1 DAY)::DATE AS last_day FROM {_series('first', first, valid_on, step)}"
        for unit, step in steps.items()
    )


def _series(name: str, first: date, last: date, step: str) -> str:
    return f"generate_series({dated(first)}::TIMESTAMP, {dated(last)}::TIMESTAMP, INTERVAL {step}) AS series({name})"


def revised_envelope_sql(held: Collection[type[Fact]], *, any_superseded: bool) -> str:
    """Every fact that was superseded, and every one that superseded it, with `superseded_by`.

    `held` are the facts of which there are rows.
    """
    names = _tables(held) if any_superseded else []
    concerned = "SELECT position FROM raw.superseded UNION SELECT by_position FROM raw.superseded"
    return _with_superseded_by(
        [f"SELECT {_envelope(name)} FROM raw.{name} WHERE position IN ({concerned})" for name in names]
        or [f"SELECT {NO_ENVELOPE} WHERE FALSE"]
    )


def _tables(held: Collection[type[Fact]]) -> list[str]:
    return [name for name, fact in FACT_TABLES.items() if fact in held]


def envelope_sql(
    held: Collection[type[Fact]],
    arguments: Mapping[str, str | None],
    first_day: date | None,
    last_day: date,
    *,
    with_fields: bool = True,
) -> str:
    """The facts that arguments and dates allow, with `fields` as JSON text, and `superseded_by`.

    The views say themselves what they want; here it keeps JSON from being made for every fact there is. It is made for
    none where `with_fields` is off, for who asks neither for `fields` nor for a subject.
    """
    kind, stream, subject = (arguments.get(name) for name in ("type", "stream", "subject"))
    asked = [f"occurred_on <= {dated(last_day)}"]
    asked += [f"{dated(first_day)} <= occurred_on"] if first_day else []
    asked += [f"stream = {quoted(stream)}"] if stream is not None else []
    parts = []
    for name in _tables({fact for fact in held if kind in (None, fact.__name__)}):
        named = [f"({_names(FACT_TABLES[name], subject)})"] if subject is not None else []
        fields = _fields(FACT_TABLES[name]) if with_fields or subject is not None else "NULL::VARCHAR"
        parts.append(
            f"SELECT {_envelope(name)}, {fields} AS fields FROM raw.{name} WHERE {' AND '.join([*asked, *named])}"
        )
    return _with_superseded_by(parts or [f"SELECT {NO_ENVELOPE}, NULL::VARCHAR AS fields WHERE FALSE"])


def _envelope(name: str) -> str:
    return ENVELOPE.format(type=quoted(FACT_TABLES[name].__name__))


def _with_superseded_by(parts: Sequence[str]) -> str:
    return (
        f"SELECT every.*, gone.by_event_id AS superseded_by FROM ({' UNION ALL '.join(parts)}) AS every "
        "LEFT JOIN raw.superseded AS gone USING (position)"
    )


def _fields(fact: type[Fact]) -> str:
    own = ", ".join(f'{quoted(column)}, "{column}"' for column in own_columns(fact))
    return f"CAST(json_object({own}) AS VARCHAR)" if own else "'{}'"


def _names(fact: type[Fact], subject: str) -> str:
    """Whether a fact may name a subject: in its stream, as the value of a field, or anywhere in a nested one."""
    whole = quoted(subject)
    found = [f"contains(stream, {quoted(f'/{subject}')})"]
    for column, kind in own_columns(fact).items():
        if pa.types.is_string(kind):
            found.append(f'"{column}" = {whole}')
        elif pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
            found.append(f'list_contains("{column}", {whole})')
        elif pa.types.is_nested(kind):
            found.append(f"""contains(CAST(to_json("{column}") AS VARCHAR), {quoted(f'"{subject}"')})""")
        elif pa.types.is_temporal(kind) and CALENDAR_TEXT.match(subject):
            found.append(f'CAST("{column}" AS VARCHAR) = {whole}')
    return " OR ".join(found)
