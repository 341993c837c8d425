"""What is written on the command line, as the ledger takes it: pins, conditions, supposed policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from xiyuan_ledger.calendar import parse_instant
from xiyuan_ledger.cli.files import read_whole
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.errors import FileError, InvalidEntry, ViewError
from xiyuan_ledger.intake.jsonl import parse_object
from xiyuan_ledger.policies import load_policy
from xiyuan_ledger.policies.files import KNOWN, REQUIRED, read_policy
from xiyuan_ledger.projections.pin import Pin


def arguments_given(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given; those left out stay out."""
    return {name: value for name, value in given.items() if value is not None}


def where_given(conditions: Iterable[str]) -> dict[str, str]:
    """`column=value` …, a column once."""
    found: dict[str, str] = {}
    for condition in conditions:
        column, sign, value = condition.partition("=")
        if not sign or not column:
            raise CommandError("where-form", field="where", found=condition)
        if column in found:
            raise CommandError("where-twice", field="where", found=column)
        found[column] = value
    return found


def policies_given(supposed: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`ID=@FILE` …: a policy file with its dates (TOML), or a file of parameters alone (TOML or JSON)."""
    found: dict[str, dict[str, Any]] = {}
    for each in supposed:
        policy, _, path = each.partition("=@")
        if not policy or not path:
            raise CommandError("policy-form", field="policy", found=each)
        found[policy] = _supposed(policy, path)
    return found


def _supposed(policy: str, path: str) -> dict[str, Any]:
    if path.lower().endswith(".json"):
        try:
            return parse_object(read_whole(path).removeprefix(b"\xef\xbb\xbf"))
        except InvalidEntry as error:
            raise CommandError(error.code, field=error.field, **error.values) from None
    given = read_policy(Path(path), path)
    if given.get("policy", policy) != policy:
        raise CommandError("policy-other", field="policy", path=path, found=given["policy"], policy=policy)
    return load_policy(Path(path)) if given.keys() >= set(REQUIRED) else _parameters(given, path)


def _parameters(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Parameters alone, under `[parameters]` or bare, with dates where the file has them: nothing is adopted."""
    bare = {name: value for name, value in given.items() if name not in KNOWN}
    if bare and "parameters" in given:
        raise FileError("policy-file-unknown-field", field=min(bare), path=path)
    return {name: value for name, value in given.items() if name in KNOWN} | {
        "parameters": given.get("parameters", bare)
    }


def pin_given(option: str, text: str) -> Pin:
    """`POSITION@DATE`, `INSTANT@DATE`, or either half: `120`, `@2013-06-30`."""
    known, _, day = text.partition("@")
    return Pin(known_at=_known_at(option, known) if known else None, valid_on=_day(option, day) if day else None)


def _known_at(option: str, text: str) -> Any:
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return parse_instant(text)
    except ValueError:
        raise ViewError("known-at-form", field=option, found=text) from None


def _day(option: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ViewError("day-form", field=option, found=text) from None
    if found.isoformat() != text:
        raise ViewError("day-form", field=option, found=text)
    return found
