"""模板: how one bank wants its sheets, and how it answers: columns, order, encoding, total line, in a TOML file."""

from __future__ import annotations

import string
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from xiyuan_ledger.errors import FileError
from xiyuan_ledger.payouts.bank.order import LINES_MAX, State

OUT = Literal[
    "number", "reference", "file", "payee", "account", "name", "bank", "amount_yuan", "amount_fen", "remark", "empty"
]
BACK = Literal["number", "reference", "file", "amount_yuan", "amount_fen", "state", "bank_ref", "reason"]
SUMS = frozenset({"lines", "total_yuan", "total_fen", "paid_lines", "paid_yuan", "rejected_lines", "rejected_yuan"})
Title = Annotated[str, Field(min_length=1, max_length=60)]


class Part(BaseModel):
    """A part of a template; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Part):
    """A column of a sheet for the bank: what it holds, under which title."""

    holds: OUT
    title: Title


class AnswerColumn(Part):
    """A column of the bank's answer."""

    holds: BACK
    title: Title


class Total(Part):
    """合计行: its cells as they stand, with sums in braces: `合计`, `{lines}`, `{total_yuan}`."""

    place: Literal["first", "last"] = "last"
    cells: tuple[str, ...]

    @model_validator(mode="after")
    def _knows_its_sums(self) -> Total:
        named = {name for cell in self.cells for _, name, _, _ in string.Formatter().parse(cell) if name is not None}
        if not self.cells or "{" in self.cells[0] or not named or not named <= SUMS:
            raise ValueError(f"a total line begins with its label, and its sums are of {', '.join(sorted(SUMS))}")
        return self


class AnswerTemplate(Part):
    """回盘: how the bank answers. With `whole`, an answer that does not name every line of the file is refused."""

    headings: bool = True
    sheet: str | None = None
    columns: tuple[AnswerColumn, ...]
    states: dict[str, State]
    reasons: dict[str, str] = {}
    total: Total | None = None
    whole: bool = True

    @model_validator(mode="after")
    def _tells_lines_apart(self) -> AnswerTemplate:
        held = [column.holds for column in self.columns]
        if len(set(held)) != len(held) or not {"reference", "number"} & set(held) or "state" not in held:
            raise ValueError("an answer has each column once, the state, and the reference or the number of a line")
        if not {"amount_yuan", "amount_fen"} & set(held):
            raise ValueError("an answer has the amount of a line")
        return self


class Template(Part):
    """模板: sheets for one bank, and its answers."""

    name: str
    form: Literal["csv", "xlsx"]
    encoding: Literal["gbk", "gb18030", "utf-8", "utf-8-sig"] = "gbk"
    separator: Literal[",", "|", "\t", ";"] = ","
    lines_max: int = Field(default=LINES_MAX, ge=1, le=LINES_MAX)
    headings: bool = True
    columns: tuple[Column, ...]
    total: Total | None = None
    answer: AnswerTemplate | None = None

    @model_validator(mode="after")
    def _says_who_gets_what(self) -> Template:
        held = {column.holds for column in self.columns}
        if not {"account", "name"} <= held or not {"amount_yuan", "amount_fen"} & held:
            raise ValueError("a sheet for a bank has account, name and amount")
        return self


def template_names() -> list[str]:
    """The templates that come with the package."""
    return sorted(file.name.removesuffix(".toml") for file in (resources.files(__package__) / "templates").iterdir())


def load_template(named: str | Path) -> Template:
    """A template that comes with the package, by its name, or the office's own, by its file. Raises FileError."""
    packaged = resources.files(__package__) / "templates" / f"{named}.toml"
    source = packaged if isinstance(named, str) and named in template_names() else Path(named)
    try:
        read = tomllib.loads(source.read_text("utf-8"))
        return Template(**read)
    except OSError as error:
        raise FileError("file-unreadable", path=str(named), found=error.strerror or "unreadable") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError("bank-template", path=str(named), field="file", found=str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise FileError("bank-template", path=str(named), field=field, found=str(first["msg"])) from None
