"""应得数: the numbers that a scenario must reproduce: from which view each is read, at which pin, and its bound."""

from __future__ import annotations

import operator
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from xiyuan_ledger.errors import FileError
from xiyuan_ledger.ledger import Ledger

Reading = Literal["rows", "sum", "distinct", "min", "max", "value"]
Value = int | str | date | bool | list[str]
BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
PIN_FIELDS = ("valid_on", "known_at", "from", "to", "month", "quarter", "year")
REQUIRED = ("ref", "name", "view", "bound", "value", "constant")
KNOWN = frozenset({*REQUIRED, *PIN_FIELDS, "seed", "where", "where_not", "read", "column", "arguments", "what_if"})


@dataclass(frozen=True, slots=True)
class Expected:
    """One number: what the report says of it (`bound`, `value`), and what it is in the scenario (`constant`)."""

    ref: str
    name: str
    view: str
    read: Reading
    column: str | None
    bound: str
    value: Value
    constant: Value
    seed: str | None = None
    pin: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    where_not: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    what_if: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def ask(self, ledger: Ledger) -> list[dict[str, Any]]:
        """All rows of its view at its pin; those of `where` are picked afterwards, so that rows may share an answer."""
        asked: dict[str, Any] = {**self.pin, **self.arguments}
        return ledger.view(self.view, policies=self.what_if, **asked).rows

    def question(self) -> str:
        """What is asked, in words: two rows with the same question have the same answer."""
        return repr((self.view, sorted(self.pin.items()), sorted(self.arguments.items()), sorted(self.what_if.items())))

    def read_from(self, rows: list[dict[str, Any]]) -> Value | None:
        """The number as the view's rows have it; None where there is nothing to read it from."""
        kept = [
            row
            for row in rows
            if _fits(row, self.where) and not any(_fits(row, {n: v}) for n, v in self.where_not.items())
        ]
        if self.read == "rows":
            return len(kept)
        assert self.column is not None
        cells = [_cell(row, self.column) for row in kept]
        return _read(self.read, [cell for cell in cells if cell is not None])

    def within_bound(self, observed: Value | None) -> bool:
        """Whether a number keeps what the report says."""
        return observed is not None and BOUNDS[self.bound](observed, self.value)


def observed(ledger: Ledger, numbers: Iterable[Expected]) -> Iterator[tuple[Expected, Value | None]]:
    """Each number and what the ledger's views have for it; a question that several numbers share is asked once."""
    answers: dict[str, list[dict[str, Any]]] = {}
    for number in numbers:
        question = number.question()
        if question not in answers:
            answers[question] = number.ask(ledger)
        yield number, number.read_from(answers[question])


def load_expected(folder: Path | str, after: Literal["number", "paid"] = "number") -> list[Expected]:
    """The rows of a scenario's `expected.toml`, in its order: of the story as told, or with its runs paid.

    Raises FileError.
    """
    path = Path(folder) / "expected.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileError("file-unreadable", path=str(path), found=error.strerror) from error
    return [_expected(row, table["pin"], path) for row in table[after]]


def _expected(row: dict[str, Any], pin: dict[str, Any], path: Path) -> Expected:
    def refuse(name: str, found: object) -> FileError:
        return FileError("expected-form", field=name, path=str(path), name=row.get("name", row.get("ref")), found=found)

    for name in REQUIRED:
        if name not in row:
            raise refuse(name, None)
    for name in row.keys() - KNOWN:
        raise refuse(name, row[name])
    read = row.get("read", "rows")
    if read not in get_args(Reading) or (read != "rows" and "column" not in row):
        raise refuse("read", read)
    if row["bound"] not in BOUNDS:
        raise refuse("bound", row["bound"])
    own = {name: row[name] for name in PIN_FIELDS if name in row}
    plain = {name: row[name] for name in row.keys() - {*PIN_FIELDS, "read", "column"}}
    return Expected(read=read, column=row.get("column"), pin=pin | own, **plain)


def _cell(row: Mapping[str, Any], column: str) -> Any:
    """A cell; of a free-form one, with dots, a part of it."""
    found: Any = row
    for name in column.split("."):
        found = None if found is None else found.get(name)
    return found


def _fits(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the cells equal what is wanted; of a list, whether it holds it."""
    cells = ((row[name], value) for name, value in wanted.items())
    return all(value in cell if isinstance(cell, list) else cell == value for cell, value in cells)


def _read(read: Reading, cells: list[Any]) -> Value | None:
    if read == "distinct":
        return len(set(cells))
    if read == "value" and any(cell != cells[0] for cell in cells):
        return None
    if read == "value":
        return cells[0] if cells else None
    found: Value | None = sum(cells) if read == "sum" else min(cells, default=None)
    return max(cells, default=None) if read == "max" else found
