"""Receipts as they come: a line of output per entry, in every form, without holding more than a few."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import orjson

from xiyuan_ledger.cli.call import FILES_ONLY, Call
from xiyuan_ledger.cli.cells import padded
from xiyuan_ledger.cli.files import replacing
from xiyuan_ledger.cli.sheet import BOM, column, say, whole_file
from xiyuan_ledger.errors import Language, Refused
from xiyuan_ledger.intake.lines import SheetRow
from xiyuan_ledger.intake.marked import Marked
from xiyuan_ledger.projections.wording import printable

FEW_LINES = 50
STATUS_PLACES = 10
COLUMNS = (
    column("file", "文件", "File"),
    column("line", "行", "Line", "count"),
    column("status", "结果", "Status"),
    column("event_id", "事件编号", "Event id"),
    column("position", "序号", "Position", "count"),
    column("code", "代码", "Code"),
    column("message", "说明", "Message"),
    column("sheet", "工作表", "Sheet"),
    column("column", "列", "Column"),
)


class Answer(NamedTuple):
    """What became of one line."""

    file: str
    line: int
    status: str
    event_id: str | None = None
    position: int | None = None
    error: Refused | None = None
    cells: SheetRow | None = None

    @property
    def sheet(self) -> str | None:
        """The sheet of a workbook that the line stands in."""
        return None if self.cells is None else self.cells.headings.sheet

    @property
    def column(self) -> str | None:
        """The columns at fault."""
        if self.cells is None or self.error is None:
            return None
        return self.cells.letters(self.error.field)

    def place(self) -> str:
        """Where it stands, for people: file, sheet, line, column."""
        parts = (self.file, self.sheet, str(self.line), self.column and self.column.replace(" ", ""))
        return ":".join(part for part in parts if part)

    def foreseen(self) -> Answer:
        """The answer of a dry run: an event that is not recorded has no id and no position yet."""
        return self._replace(event_id=None, position=None) if self.status == "recorded" else self

    def row(self, lang: Language) -> dict[str, Any]:
        """As a receipt's fields; what is absent is left out."""
        found: dict[str, Any] = {"file": self.file, "line": self.line, "status": self.status}
        if self.event_id is not None:
            found["event_id"] = self.event_id
        if self.position is not None:
            found["position"] = self.position
        if self.error is not None:
            found |= {"code": self.error.code, "message": self.error.message(lang)}
        if self.sheet is not None:
            found["sheet"] = self.sheet
        if self.column is not None:
            found["column"] = self.column
        return found


class Writer(Protocol):
    """Prints answers in one form."""

    def add(self, answer: Answer) -> None:
        """Print one, or keep it until it is known whether it is to be printed."""

    def close(self) -> None:
        """Print what is left."""


class Answers:
    """The answers so far: counted, and printed as they come."""

    def __init__(self, writer: Writer, marked: Marked | None = None):
        self._writer = writer
        self._marked = marked
        self._counts: Counter[str] = Counter()

    def extend(self, answers: Iterable[Answer]) -> None:
        """Count and print more."""
        for answer in answers:
            self._counts[answer.status] += 1
            if answer.error is not None and self._marked is not None:
                self._marked.add(answer.file, answer.line, answer.error, answer.cells)
            self._writer.add(answer)

    def count(self, status: str) -> int:
        """How many had this status."""
        return self._counts[status]


class _Table:
    """For people: a line each while they are few; of many, only those that were not recorded."""

    def __init__(self, call: Call, write: Callable[[str], object]):
        self._call = call
        self._write = write
        self._few: list[Answer] | None = []

    def add(self, answer: Answer) -> None:
        if self._few is None:
            self._print(answer, only_wanting=True)
            return
        self._few.append(answer)
        if len(self._few) > FEW_LINES:
            self._print_few(only_wanting=True)
            self._few = None

    def close(self) -> None:
        if self._few is not None:
            self._print_few(only_wanting=False)

    def _print_few(self, *, only_wanting: bool) -> None:
        for answer in self._few or ():
            self._print(answer, only_wanting=only_wanting)

    def _print(self, answer: Answer, *, only_wanting: bool) -> None:
        if only_wanting and answer.status == "recorded":
            return
        lang = self._call.lang
        status = padded(self._call.words(f"status-{answer.status}"), STATUS_PLACES, right=False)
        place = printable(answer.place())
        if answer.error is not None:
            self._write(f"{place}  {status}  [{answer.error.code}] {printable(answer.error.message(lang))}\n")
            self._write(f"    {self._call.words('hint')}: {printable(answer.error.hint(lang))}\n")
        else:
            self._write(f"{place}  {status}  {_where(answer)}".rstrip() + "\n")


def _where(answer: Answer) -> str:
    return "" if answer.position is None else f"#{answer.position}  {answer.event_id}"


class _Json:
    """One JSON document: a list of receipts."""

    def __init__(self, out: IO[bytes], lang: Language):
        self._out = out
        self._lang = lang
        self._before = b"[\n"

    def add(self, answer: Answer) -> None:
        self._out.write(self._before + orjson.dumps(answer.row(self._lang)))
        self._before = b",\n"

    def close(self) -> None:
        self._out.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")


class _Lines:
    """A line per receipt: JSON Lines, CSV or Markdown."""

    def __init__(self, out: IO[bytes], lang: Language, form: str):
        self._out = out
        self._lang = lang
        self._form = form
        self._csv = csv.writer(self, lineterminator="\n")
        if form == "csv":
            self._csv.writerow([each.name for each in COLUMNS])
        elif form == "md":
            self._markdown([each.words[lang] for each in COLUMNS])
            self._markdown(["---"] * len(COLUMNS))

    def write(self, text: str) -> None:
        """Where the CSV writer writes to."""
        self._out.write(text.encode())

    def add(self, answer: Answer) -> None:
        row = answer.row(self._lang)
        if self._form == "jsonl":
            self._out.write(orjson.dumps(row) + b"\n")
        elif self._form == "csv":
            self._csv.writerow([row.get(each.name) for each in COLUMNS])
        else:
            self._markdown([printable(str(row.get(each.name, ""))).replace("|", "\\|") for each in COLUMNS])

    def _markdown(self, cells: list[str]) -> None:
        self.write("| " + " | ".join(cells) + " |\n")

    def close(self) -> None:
        self._out.flush()


class _Whole:
    """A workbook or a Parquet file, written once all are known."""

    def __init__(self, path: Path, call: Call, form: str):
        self._path = path
        self._form = form
        self._call = call
        self._rows: list[dict[str, Any]] = []

    def add(self, answer: Answer) -> None:
        self._rows.append(answer.row(self._call.lang))

    def close(self) -> None:
        from xiyuan_ledger.projections.parquet import write_rows as write_parquet
        from xiyuan_ledger.projections.workbook import write_rows

        if self._form == "parquet":
            write_parquet(self._path, COLUMNS, self._rows)
        else:
            write_rows(self._path, self._call.words("receipts-title"), COLUMNS, self._rows, self._call.lang)


def _writer(call: Call, form: str, out: IO[bytes]) -> Writer:
    if form == "table":
        return _Table(call, lambda text: out.write(text.encode()))
    if form == "json":
        return _Json(out, call.lang)
    return _Lines(out, call.lang, form)


@contextmanager
def answers_to(call: Call, form: str, out: Path | None, marked: Marked | None = None) -> Iterator[Answers]:
    """Answers printed in a form, on stdout or in a file that is there once all are."""
    if form in FILES_ONLY:
        with whole_file(out, form) as path:
            whole = _Whole(path, call, form)
            yield Answers(whole, marked)
            whole.close()
    elif out is None:
        writer = _Table(call, say) if form == "table" else _writer(call, form, sys.stdout.buffer)
        try:
            yield Answers(writer, marked)
        finally:
            writer.close()
    else:
        with replacing(out) as path, path.open("wb") as stream:
            stream.write(BOM.encode() if form == "csv" else b"")
            file = _writer(call, form, stream)
            yield Answers(file, marked)
            file.close()
    if out is not None:
        call.tell("written", path=out)
