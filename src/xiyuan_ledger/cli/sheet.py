"""What a command answers with: rows under headings, printed in the form that was asked for, or written to a file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from xiyuan_ledger.cli.call import FILES_ONLY, Call
from xiyuan_ledger.cli.cells import aligned, shortened
from xiyuan_ledger.cli.files import replacing
from xiyuan_ledger.cli.language import words
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.errors import Language
from xiyuan_ledger.projections.catalogue import Column
from xiyuan_ledger.projections.markdown import notes_line, rows_markdown
from xiyuan_ledger.projections.view import View, csv_text
from xiyuan_ledger.projections.wording import NUMBERS, cell_text, heading, pin_notes, printable

CELL_PLACES_MAX = 60
PLACES_MAX = 1_000
LIST_SHOWN_MAX = 3
PIECE_BYTES = 64 * 1024
BOM = "\ufeff"
HEADLESS = frozenset({"csv", "jsonl"})
"""Forms in which rows stand without their pin: it is said on stderr."""
EVIDENCE = "evidence"


def column(name: str, zh: str, en: str, kind: str = "text", values: str | None = None) -> Column:
    """A column of a sheet that is no view's."""
    return Column(name, kind, {"zh": zh, "en": en}, {"zh": zh, "en": en}, values)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Sheet:
    """Rows with their columns, a title, and notes on where they come from."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    notes: Sequence[tuple[str, str]] = ()
    view: View | None = None

    @classmethod
    def of_view(cls, view: View, lang: Language) -> Sheet:
        """A view with what its output says of its pin."""
        title = view.definition.title[lang]
        return cls(view.name, title, view.definition.columns, view.rows, pin_notes(view, lang), view)

    def to_json(self, lang: Language) -> str:
        """One object `{view, title, pin, columns, rows}`; without a pin where it is no view."""
        if self.view is not None:
            return self.view.to_json() + "\n"
        columns = [{"name": each.name, "type": each.type, "title": each.words[lang]} for each in self.columns]
        whole = {"view": self.name, "title": self.title, "columns": columns, "rows": self.rows}
        return orjson.dumps(whole).decode() + "\n"

    def to_jsonl(self) -> str:
        """One row a line."""
        if self.view is not None:
            return self.view.to_jsonl()
        return "".join(orjson.dumps(row).decode() + "\n" for row in self.rows)

    def to_csv(self) -> str:
        """Comma-separated, machine values under the columns' names."""
        if self.view is not None:
            return self.view.to_csv()
        names = [each.name for each in self.columns]
        return csv_text([names, *([row.get(name) for name in names] for row in self.rows)])

    def to_markdown(self, lang: Language) -> str:
        """A table for a document: values for people, lists in full."""
        return rows_markdown(self.title, self.notes, self.columns, self.rows, lang)

    def to_table(self, lang: Language, *, evidence: bool = False) -> str:
        """A table for a terminal: aligned, long lists shortened, evidence counted, empty columns only named."""
        empty = [each for each in self.columns if self.rows and all(_is_empty(row.get(each.name)) for row in self.rows)]
        shown = [each for each in self.columns if each not in empty]
        places = CELL_PLACES_MAX if self.view is not None else PLACES_MAX
        rows = [[_cell(each, row.get(each.name), lang, places, evidence) for each in shown] for row in self.rows]
        right = [each.type in NUMBERS or (each.name == EVIDENCE and not evidence) for each in shown]
        lines = [click.style(self.title, bold=True)]
        lines += [notes_line(self.notes), ""] if self.notes else [""]
        lines += aligned([heading(each, lang) for each in shown], rows, right)
        lines += ["", words(lang, "rows-one" if len(self.rows) == 1 else "rows", count=len(self.rows))]
        if empty and self.view is not None:
            lines.append(words(lang, "columns-empty", names=", ".join(each.words[lang] for each in empty)))
        return "\n".join(lines) + "\n"

    def write_workbook(self, path: Path, lang: Language) -> None:
        """An Excel workbook."""
        from xiyuan_ledger.projections.workbook import write_rows, write_workbook

        if self.view is not None:
            write_workbook(self.view, path, lang)
        else:
            write_rows(path, self.title, self.columns, self.rows, lang)

    def write_parquet(self, path: Path) -> None:
        """A Parquet file."""
        from xiyuan_ledger.projections.parquet import write_rows, write_view

        if self.view is not None:
            write_view(self.view, path)
        else:
            write_rows(path, self.columns, self.rows)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _cell(each: Column, value: Any, lang: Language, places: int, evidence: bool) -> str:
    if each.name == EVIDENCE and isinstance(value, list):
        return ", ".join(value) if evidence else str(len(value))
    if isinstance(value, list) and len(value) > LIST_SHOWN_MAX:
        text = printable(cell_text(each, value[:LIST_SHOWN_MAX], lang))
        return f"{shortened(text, places)} +{len(value) - LIST_SHOWN_MAX}"
    return shortened(printable(cell_text(each, value, lang)), places)


def put(sheet: Sheet, call: Call, form: str, out: Path | None, *, evidence: bool = False) -> None:
    """Print a sheet in a form on stdout, or write it to a file."""
    if form in FILES_ONLY:
        with whole_file(out, form) as path:
            sheet.write_parquet(path) if form == "parquet" else sheet.write_workbook(path, call.lang)
        if out is not None:
            call.tell("written", path=out)
        return
    text = _text(sheet, form, call.lang, evidence=evidence)
    if out is None:
        if form == "table":
            say(text)
        else:
            _write(text.encode())
        _say_pin(sheet, form)
        return
    with replacing(out) as path:
        plain = click.unstyle(text) if form == "table" else text
        path.write_bytes(((BOM if form == "csv" else "") + plain).encode())
    _say_pin(sheet, form)
    call.tell("written", path=out)


@contextmanager
def whole_file(out: Path | None, form: str) -> Iterator[Path]:
    """The file of a form that is no text: the one named, else one that goes to stdout once it is whole."""
    if out is not None:
        with replacing(out) as path:
            yield path
        return
    refuse_terminal(form)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet.{form}"
        yield path
        _write(path.read_bytes())


def refuse_terminal(form: str) -> None:
    """What is no text goes to a pipe or a file, never onto a terminal."""
    if sys.stdout.isatty():
        raise CommandError("out-missing", field="out", found=form)


def _say_pin(sheet: Sheet, form: str) -> None:
    """Say beside the rows what pin they belong to, where their form has no place for it."""
    if form in HEADLESS and sheet.notes:
        click.echo(notes_line(sheet.notes), err=True)


def _text(sheet: Sheet, form: str, lang: Language, *, evidence: bool) -> str:
    match form:
        case "json":
            return sheet.to_json(lang)
        case "jsonl":
            return sheet.to_jsonl()
        case "csv":
            return sheet.to_csv()
        case "md":
            return sheet.to_markdown(lang)
        case _:
            return sheet.to_table(lang, evidence=evidence)


def _write(content: bytes) -> None:
    """Bytes on stdout, piece by piece, so that it is noticed when nobody reads on."""
    sys.stdout.flush()
    for start in range(0, len(content), PIECE_BYTES):
        sys.stdout.buffer.write(content[start : start + PIECE_BYTES])
        sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Text for people on stdout, in the terminal's own encoding; everything else goes there as UTF-8 bytes."""
    if len(text) > PIECE_BYTES:
        _write(click.unstyle(text).encode(sys.stdout.encoding or "utf-8", "replace"))
    else:
        click.echo(text, nl=False)
