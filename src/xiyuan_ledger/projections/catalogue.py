"""Which views there are: their SQL, titles, columns and words, read from the files beside this one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

from xiyuan_ledger.errors import Language, ViewError

GROUPS = ("compliance", "funding", "service", "audit")
ColumnType = Literal[
    "text",
    "date",
    "instant",
    "time",
    "month",
    "fen",
    "minutes",
    "count",
    "centi",
    "days",
    "year",
    "flag",
    "list",
    "ids",
    "json",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view: its name, its type, its words and one line of meaning in both languages."""

    name: str
    type: ColumnType
    words: dict[Language, str]
    about: dict[Language, str]
    values: str | None = None
    """The vocabulary of its codes: which words people read for them."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A view as defined: what an auditor reads, and runs elsewhere with the same numbers."""

    name: str
    group: str
    title: dict[Language, str]
    about: dict[Language, str]
    sort: tuple[str, ...]
    period: bool
    arguments: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str
    required: tuple[str, ...] = ()
    """Those of the arguments that have to be given."""
    proof: tuple[str, ...] = ()
    """The columns by which the relation `proof` of its SQL knows its rows: a row for each fact that proves one."""

    def without_evidence(self) -> Definition:
        """The view without what proves its rows: what is not asked for is not computed."""
        return replace(self, columns=tuple(column for column in self.columns if column.name != "evidence"))


def worded(
    name: str, kind: ColumnType, zh: str, en: str, about_zh: str, about_en: str, values: str | None = None
) -> Column:
    """A column that is declared in code, with its words."""
    return Column(name, kind, {"zh": zh, "en": en}, {"zh": about_zh, "en": about_en}, values)


def _column(name: str, words: dict[str, str]) -> Column:
    return Column(
        name,
        words["type"],  # type: ignore[arg-type]
        {"zh": words["zh"], "en": words["en"]},
        {"zh": words["about_zh"], "en": words["about_en"]},
        words.get("values"),
    )


def _definition(group: str, file: Traversable, sql: str) -> Definition:
    words = tomllib.loads(file.read_text("utf-8"))
    return Definition(
        name=file.name.removesuffix(".toml"),
        group=group,
        title=words["title"],
        about=words["about"],
        sort=tuple(words["sort"]),
        period=words["period"],
        arguments=tuple(words.get("arguments", ())),
        columns=tuple(_column(name, column) for name, column in words["columns"].items()),
        sql=sql,
        required=tuple(words.get("required", ())),
        proof=tuple(words.get("proof", ())),
    )


@cache
def definitions() -> dict[str, Definition]:
    """Every view by its name, in the order of the groups and then of the names."""
    found: dict[str, Definition] = {}
    for group in GROUPS:
        folder = resources.files(__package__) / group
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".toml"):
                name = file.name.removesuffix(".toml")
                found[name] = _definition(group, file, (folder / f"{name}.sql").read_text("utf-8"))
    return found


@cache
def base_relations() -> dict[str, str]:
    """The SQL that several views stand on, by relation name."""
    folder = resources.files(__package__) / "base"
    return {
        file.name.removesuffix(".sql"): file.read_text("utf-8")
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".sql")
    }


def definition(name: str) -> Definition:
    """The view of that name; ViewError `view-unknown` names those there are."""
    try:
        return definitions()[name]
    except KeyError:
        raise ViewError("view-unknown", field="view", view=name, known=", ".join(definitions())) from None
