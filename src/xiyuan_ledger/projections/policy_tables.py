"""Policies as tables: one row a version, its parameters as columns, so that "what if" is another row."""

from __future__ import annotations

import types
from datetime import date
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

import orjson
import pyarrow as pa
from pydantic import BaseModel

from xiyuan_ledger.journal.columns import arrow_type
from xiyuan_ledger.policies import SCHEMAS

VERSION_COLUMNS = [
    ("ledger", pa.string()),
    ("version", pa.int64()),
    ("effective_from", pa.date32()),
    ("effective_to", pa.date32()),
    ("authority", pa.string()),
    ("position", pa.int64()),
    ("event_id", pa.int64()),
]


def policy_table_name(policy: str) -> str:
    """The table of a policy: `post-subsidy` → `policy_post_subsidy`."""
    return "policy_" + policy.replace("-", "_")


def _inner(annotation: Any) -> Any:
    """The annotation without `Annotated` and without its None."""
    if get_origin(annotation) is Annotated:
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _inner(next(arg for arg in get_args(annotation) if arg is not type(None)))
    return annotation


def _flat_fields(schema: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Column name → annotation; a sub-model's fields become columns of their own, `rates_junior`."""
    found: dict[str, Any] = {}
    for name, info in schema.model_fields.items():
        inner = _inner(info.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= _flat_fields(inner, f"{prefix}{name}_")
        else:
            found[prefix + name] = inner
    return found


def _flat_values(model: BaseModel | None, schema: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, info in schema.model_fields.items():
        value = None if model is None else getattr(model, name)
        inner = _inner(info.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= _flat_values(value, inner, f"{prefix}{name}_")
        else:
            found[prefix + name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return orjson.dumps(value, default=_dumped, option=orjson.OPT_SORT_KEYS).decode()
    if isinstance(value, tuple):
        return [_dumped(each) if isinstance(each, BaseModel) else each for each in value]
    return value


def _dumped(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(type(value).__name__)


@cache
def policy_columns(policy: str) -> pa.Schema:
    """The columns of a policy's table."""
    flat = _flat_fields(SCHEMAS[policy])
    return pa.schema(VERSION_COLUMNS + [(name, arrow_type(annotation)) for name, annotation in flat.items()])


def policy_table(policy: str, adopted: list[dict[str, Any]]) -> pa.Table:
    """The table of a policy's versions, from rows of `policy_adopted` with `parameters` as JSON text."""
    schema = SCHEMAS[policy]
    rows = []
    for row in adopted:
        model = schema.model_validate(orjson.loads(row["parameters"]))
        rows.append({name: row[name] for name, _ in VERSION_COLUMNS} | _flat_values(model, schema))
    return pa.Table.from_pylist(rows, schema=policy_columns(policy))


def supposed(
    ledger: str, policy: str, what_if: dict[str, Any], adopted: list[dict[str, Any]], valid_on: date
) -> dict[str, Any]:
    """A version that nobody adopted, for "what if": it takes the place of the one in force on a day.

    It holds from the same day on, where none is in force from ever; a policy file that names its own dates has its way,
    and holds for good where it names no end.
    """
    in_force = [row for row in adopted if holds(row, valid_on)]
    replaced = in_force[-1] if in_force else {"effective_from": date.min, "effective_to": None}
    return {
        "ledger": ledger,
        "policy": policy,
        "version": None,
        "effective_from": what_if.get("effective_from", replaced["effective_from"]),
        "effective_to": what_if.get("effective_to", None if "effective_from" in what_if else replaced["effective_to"]),
        "authority": "what if",
        "position": max((row["position"] for row in adopted), default=0) + 1,
        "event_id": None,
        "parameters": orjson.dumps(what_if["parameters"]).decode(),
    }


def holds(version: dict[str, Any], day: date) -> bool:
    """Whether a version's dates hold a day."""
    return version["effective_from"] <= day and (version["effective_to"] is None or day < version["effective_to"])
