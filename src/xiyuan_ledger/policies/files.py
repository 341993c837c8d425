"""制度文件: policies as TOML: `policy`, `effective_from`, `effective_to`, `authority` and `[parameters]`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from xiyuan_ledger.aggregates.invalid import misfit
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.policies.register import SCHEMAS

REQUIRED = ("policy", "effective_from", "authority")
KNOWN = frozenset({*REQUIRED, "effective_to", "parameters"})
FILE_BYTES_MAX = 1024 * 1024


def load_policy(path: Path) -> dict[str, Any]:
    """A policy file as the fields of `PolicyAdopted`, without `version` and `occurred_on`; its parameters are checked.

    Raises FileError where the file cannot be read, names no known policy, or carries an unknown field or parameter.
    """
    return _load(path, str(path))


def default_policies() -> dict[str, dict[str, Any]]:
    """The default policies by their ids, sorted, each as `load_policy` gives it."""
    folder = resources.files(__package__) / "defaults"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda file: file.name)
    loaded = [_load(file, file.name) for file in files]
    return {entry["policy"]: entry for entry in sorted(loaded, key=lambda entry: str(entry["policy"]))}


def adoptions(overrides: Sequence[Path] = ()) -> list[PolicyAdopted]:
    """Version 1 of every policy, sorted by its id: the defaults, but for those that the files name.

    Raises FileError where two files name the same policy, and where `load_policy` does.
    """
    found = default_policies()
    named: dict[str, Path] = {}
    for path in overrides:
        entry = load_policy(path)
        policy = entry["policy"]
        if policy in named:
            raise FileError(
                "policy-file-twice", field="policy", path=str(path), policy=policy, other=str(named[policy])
            )
        named[policy] = path
        found[policy] = entry
    return [_adopted(found[policy], policy) for policy in sorted(found)]


def _adopted(entry: dict[str, Any], name: str) -> PolicyAdopted:
    """Version 1, adopted on the day it takes effect."""
    try:
        fact = PolicyAdopted.from_entry(entry | {"version": 1, "occurred_on": entry["effective_from"]})
    except ValidationError as error:
        raise _misfit("policy-file-field", name, entry["policy"], PolicyAdopted, error) from None
    if fact.effective_to is not None and fact.effective_to <= fact.effective_from:
        raise FileError("policy-file-interval", field="effective_to", path=name, policy=fact.policy)
    return fact


def _load(file: Path | Traversable, name: str) -> dict[str, Any]:
    entry = read_policy(file, name)
    if unknown := sorted(entry.keys() - KNOWN):
        raise FileError("policy-file-unknown-field", field=unknown[0], path=name)
    if missing := [field for field in REQUIRED if field not in entry]:
        raise FileError("policy-file-missing-field", field=missing[0], path=name)
    policy, parameters = entry["policy"], entry.setdefault("parameters", {})
    if not isinstance(policy, str) or policy not in SCHEMAS:
        raise FileError(
            "policy-file-unknown-policy", field="policy", path=name, policy=policy, known=", ".join(SCHEMAS)
        )
    try:
        SCHEMAS[policy].model_validate(parameters)
    except ValidationError as error:
        raise _misfit("policy-file-parameter", name, policy, SCHEMAS[policy], error, "parameters") from None
    _adopted(entry, name)
    return entry


def read_policy(file: Path | Traversable, name: str) -> dict[str, Any]:
    """What stands in a policy file, unchecked; FileError where it cannot be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileError("policy-file-unreadable", path=name, found=error.strerror) from error
    if len(content) > FILE_BYTES_MAX:
        raise FileError("policy-file-too-long", path=name, size=len(content), limit=FILE_BYTES_MAX)
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError("policy-file-syntax", path=name, found=str(error)) from error


def _misfit(
    code: str, path: str, policy: str, schema: type[BaseModel], error: ValidationError, *prefix: str
) -> FileError:
    """The first parameter or field that does not fit, by its name; `occurred_on` stands for `effective_from`."""
    where, found, found_zh = misfit(schema, error, last="occurred_on")
    field = ".".join(part for part in (*prefix, where) if part)
    return FileError(code, field=field, path=path, policy=policy, found=found, found_zh=found_zh)
