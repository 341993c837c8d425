"""Recording files: a receipt for every line, the good ones recorded and the bad ones answered with why."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.cli.call import FILES_ONLY, Call, format_options, shared_options
from xiyuan_ledger.cli.files import STANDARD_INPUT, is_pipe, open_to_read, replacing
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.progress import Progress
from xiyuan_ledger.cli.receipts import Answer, Answers, answers_to
from xiyuan_ledger.cli.refusals import EXIT_WANTING, CommandError
from xiyuan_ledger.cli.sheet import refuse_terminal
from xiyuan_ledger.errors import FileError, InvalidEntry
from xiyuan_ledger.intake.headings import meant_by
from xiyuan_ledger.intake.lines import HIDDEN_SHEET, Headings, Line, letters
from xiyuan_ledger.intake.marked import Marked
from xiyuan_ledger.intake.naming import fact_given
from xiyuan_ledger.intake.reading import JSON_LINES, kind_of_file, read_entries
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.recording.receipt import Receipt

BATCH_LINES = 5_000
TOTALS_SHOWN_MAX = 10
PIPE_LINES = 1_000
"""From a pipe, where someone may wait for the answers, in smaller batches."""


class Read(NamedTuple):
    """A line and the name of its file."""

    file: str
    line: Line


class Input(NamedTuple):
    """The files to read, and which fact the rows of their sheets are where they do not say so."""

    files: tuple[str, ...]
    fact: type[Fact] | None


@click.pass_obj
def _record(
    call: Call,
    /,
    files: tuple[str, ...],
    atomic: bool,
    dry_run: bool,
    fact: str | None,
    marked: Path | None,
    form: str,
    out: Path | None,
) -> int:
    _check_files(files)
    if form in FILES_ONLY and out is None:
        refuse_terminal(form)
    given = Input(_pipes_once(files), None if fact is None else fact_named(fact))
    answers: Answers | None = None
    copy = None if marked is None else Marked(marked, call.lang, replacing)
    with call.open(to_record=True) as ledger, copy or nullcontext():
        try:
            with answers_to(call, form, out, copy) as answers:
                if atomic or dry_run:
                    _record_whole(ledger, call, given, answers, atomic=atomic, dry_run=dry_run)
                else:
                    _record_streaming(ledger, call, given, answers)
        finally:
            # The last word, after the receipts, also where the recording breaks off.
            if answers is not None:
                _tell_counts(call, answers, dry_run=dry_run)
    if marked is not None and copy is not None:
        _tell_marked(call, copy, marked)
    return EXIT_WANTING if answers.count("refused") else 0


def fact_named(name: str) -> type[Fact]:
    """The fact that the command line names, in English or Chinese."""
    try:
        return fact_given(name)
    except InvalidEntry as error:
        raise CommandError(error.code, field="fact", **error.values) from None


def _tell_marked(call: Call, copy: Marked, path: Path) -> None:
    if copy.count:
        call.tell("marked", count=copy.count, path=path)
    if copy.left_out:
        call.tell("marked-more", count=copy.left_out)


def _tell_counts(call: Call, answers: Answers, *, dry_run: bool) -> None:
    counts = {status: answers.count(status) for status in ("recorded", "duplicate", "refused")}
    call.tell("counts-dry" if dry_run else "counts", **counts)
    if counts["refused"]:
        call.tell("counts-refused")


def _pipes_once(files: Sequence[str]) -> tuple[str, ...]:
    """Standard input named again has nothing more to give, and was closed by its first reading."""
    again = (path == STANDARD_INPUT and path in files[:at] for at, path in enumerate(files))
    return tuple(path for path, left_out in zip(files, again, strict=True) if not left_out)


def _check_files(files: Iterable[str]) -> None:
    """Every file can be read and is of a kind that is read, before anything is recorded."""
    for path in files:
        if not is_pipe(path):
            open_to_read(path).close()
            kind_of_file(path)


def _read(call: Call, given: Input) -> Iterator[Read]:
    """All lines of all files, with a word on how far it got."""
    for path in given.files:
        kind = JSON_LINES if is_pipe(path) else kind_of_file(path)
        name = "stdin" if path == STANDARD_INPUT else Path(path).name.encode("utf-8", "replace").decode()
        try:
            aside: list[Line] = []
            unsaid = _Unsaid(call, name)
            with open_to_read(path) as stream, Progress(call, stream) as progress:
                for line in read_entries(stream, name, kind, given.fact):
                    progress.step()
                    if line.entry is None and line.error is None:
                        aside.append(line)
                    else:
                        unsaid.look(line)
                        yield Read(name, line)
            _tell_aside(call, name, aside)
        except OSError as error:
            raise FileError("file-unreadable", path=path, found=error.strerror or str(error)) from error


class _Unsaid:
    """Columns of bare amounts whose headings name no unit: they are whole fen, and the office may have meant yuan."""

    def __init__(self, call: Call, name: str):
        self._call = call
        self._name = name
        self._headings: Headings | None = None
        self._open: list[int] = []

    def look(self, line: Line) -> None:
        """Say it once for a column, at the first amount in it that is a bare number."""
        if line.row is None:
            return
        headings, cells = line.row.headings, line.row.cells
        if headings is not self._headings:
            self._headings, self._open = headings, _without_unit(headings)
        for at in [at for at in self._open if at < len(cells) and str(cells[at]).strip().isdecimal()]:
            self._open.remove(at)
            said = {"column": letters(at), "heading": headings.texts[at], "line": line.number}
            self._call.tell("amount-without-unit", file=self._name, **said)


def _without_unit(headings: Headings) -> list[int]:
    amounts = [at for field, at in headings.columns.items() if field.endswith("_fen")]
    return [
        at for at in amounts if meant_by(headings.texts[at]).unit is None and "fen" not in headings.texts[at].lower()
    ]


def _tell_aside(call: Call, name: str, aside: Sequence[Line]) -> None:
    """Rows of totals and notes, and sheets that nobody sees, hold no entries: they are passed over, and said."""
    totals = [line for line in aside if line.number != HIDDEN_SHEET]
    for line in aside:
        if line.number == HIDDEN_SHEET and line.row is not None:
            call.tell("hidden-passed", file=name, sheet=line.row.headings.sheet)
    if totals:
        shown = ", ".join(str(line.number) for line in totals[:TOTALS_SHOWN_MAX])
        more = "" if len(totals) <= TOTALS_SHOWN_MAX else ", …"
        call.tell("totals-passed", file=name, count=len(totals), lines=shown + more)


def _record_streaming(ledger: Ledger, call: Call, given: Input, answers: Answers) -> None:
    """Batch after batch, each a transaction: what was answered is recorded, whatever comes after."""
    lines = _read(call, given)
    size = PIPE_LINES if any(is_pipe(path) for path in given.files) else BATCH_LINES
    with _collecting_little() as collect:
        while batch := list(islice(lines, size)):
            entries = [each.line.entry for each in batch if each.line.entry is not None]
            answers.extend(_answered(batch, ledger.record_all(entries, atomic=False)))
            collect()


@contextmanager
def _collecting_little() -> Iterator[Callable[[], object]]:
    """No search for reference cycles among all that the ledger holds; only what a batch left is looked through."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield partial(gc.collect, 0)
    finally:
        if collecting:
            gc.enable()


def _record_whole(ledger: Ledger, call: Call, given: Input, answers: Answers, *, atomic: bool, dry_run: bool) -> None:
    """All lines are judged before any is recorded; with `--atomic`, where one is refused, nothing is recorded."""
    lines = list(_read(call, given))
    entries = [each.line.entry for each in lines if each.line.entry is not None]
    judged = list(_answered(lines, ledger.judge_all(entries)))
    if atomic and any(each.status == "refused" for each in judged):
        answers.extend(each for each in judged if each.status != "recorded")
        call.tell("nothing-would-be-recorded" if dry_run else "nothing-recorded", count=len(judged))
    elif dry_run:
        answers.extend(each.foreseen() for each in judged)
    else:
        answers.extend(_answered(lines, ledger.record_all(entries)))


def _answered(lines: Iterable[Read], receipts: Iterable[Receipt]) -> Iterator[Answer]:
    """Each line with its receipt, in the order of the lines."""
    given = iter(receipts)
    for file, (number, _, error, row) in lines:
        if error is not None:
            yield Answer(file, number, "refused", error=error, cells=row)
        else:
            status, event_id, position, refused = next(given)
            yield Answer(file, number, status, event_id, position, refused, row)


record = Command(
    "record",
    callback=_record,
    params=[
        click.Argument(["files"], metavar="FILE…", nargs=-1, required=True),
        Option(["--atomic"], is_flag=True),
        Option(["--dry-run"], is_flag=True),
        Option(["--fact"], metavar="FACT"),
        Option(["--marked"], metavar="FILE.xlsx", type=click.Path(path_type=Path, dir_okay=False)),
        *format_options(),
        *shared_options(),
    ],
)
