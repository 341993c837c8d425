"""Files as entries: JSON Lines, CSV and workbooks, told apart by how their names end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import IO

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.intake.csv_sheets import read_csv
from xiyuan_ledger.intake.jsonl import read_lines
from xiyuan_ledger.intake.lines import Line
from xiyuan_ledger.intake.workbooks import read_workbook

JSON_LINES = ".jsonl"
CSV = ".csv"
WORKBOOK = ".xlsx"
KINDS = (JSON_LINES, CSV, WORKBOOK)


def kind_of_file(path: str) -> str:
    """Which kind of file this is; FileError where it is none that is read."""
    kind = PurePath(path).suffix.lower()
    if kind not in KINDS:
        raise FileError("file-kind", field="files", path=path)
    return kind


def read_entries(
    stream: IO[bytes], name: str, kind: str = JSON_LINES, fact: type[Fact] | None = None
) -> Iterator[Line]:
    """Every line of a file; `fact` says what the rows of a sheet are where the sheet does not."""
    if kind == CSV:
        return read_csv(stream, name, fact)
    return read_workbook(stream, name, fact) if kind == WORKBOOK else read_lines(stream, name)
