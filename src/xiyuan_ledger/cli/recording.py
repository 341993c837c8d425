"""Recording files: a receipt for every line, the good ones recorded and the bad ones answered with why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click

from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.files import STANDARD_INPUT, open_to_read
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.progress import Progress
from xiyuan_ledger.cli.receipts import Answer, Answers, answers_to
from xiyuan_ledger.cli.refusals import EXIT_WANTING, CommandError
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.intake.jsonl import Line, read_lines
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.recording.receipt import Receipt

BATCH_LINES = 1_000


class Read(NamedTuple):
    """A line and the name of its file."""

    file: str
    line: Line


@click.pass_obj
def _record(call: Call, /, files: tuple[str, ...], atomic: bool, dry_run: bool, form: str, out: Path | None) -> int:
    _check_files(files)
    if form == "xlsx" and out is None:
        raise CommandError("out-missing", field="out", found=form)
    answers: Answers | None = None
    with call.open(to_record=True) as ledger:
        try:
            with answers_to(call, form, out) as answers:
                if atomic or dry_run:
                    _record_whole(ledger, call, files, answers, dry_run=dry_run)
                else:
                    _record_streaming(ledger, call, files, answers)
        finally:
            # The last word, after the receipts, also where the recording breaks off.
            if answers is not None:
                _tell_counts(call, answers, dry_run=dry_run)
    return EXIT_WANTING if answers.count("refused") else 0


def _tell_counts(call: Call, answers: Answers, *, dry_run: bool) -> None:
    counts = {status: answers.count(status) for status in ("recorded", "duplicate", "refused")}
    call.tell("counts-dry" if dry_run else "counts", **counts)
    if counts["refused"]:
        call.tell("counts-refused")


def _check_files(files: Iterable[str]) -> None:
    """Every file can be read and is of a kind that is read, before anything is recorded."""
    for path in files:
        if path == STANDARD_INPUT:
            continue
        if not path.lower().endswith(".jsonl"):
            raise FileError("file-kind", field="files", path=path)
        open_to_read(path).close()


def _read(call: Call, files: Iterable[str]) -> Iterator[Read]:
    """All lines of all files, with a word on how far it got."""
    for path in files:
        name = "stdin" if path == STANDARD_INPUT else Path(path).name.encode("utf-8", "replace").decode()
        try:
            with open_to_read(path) as stream, Progress(call, stream) as progress:
                for line in read_lines(stream, name):
                    yield Read(name, line)
                    progress.step()
        except OSError as error:
            raise FileError("file-unreadable", path=path, found=error.strerror or str(error)) from error


def _record_streaming(ledger: Ledger, call: Call, files: Sequence[str], answers: Answers) -> None:
    """Batch after batch, each a transaction: what was answered is recorded, whatever comes after."""
    lines = _read(call, files)
    while batch := list(islice(lines, BATCH_LINES)):
        receipts = ledger.record_all([each.line.entry for each in batch if each.line.entry is not None], atomic=False)
        answers.extend(_answered(batch, receipts))


def _record_whole(ledger: Ledger, call: Call, files: Sequence[str], answers: Answers, *, dry_run: bool) -> None:
    """All lines are judged before any is recorded; where one is refused, nothing is recorded."""
    lines = list(_read(call, files))
    entries = [each.line.entry for each in lines if each.line.entry is not None]
    judged = list(_answered(lines, ledger.judge_all(entries)))
    if dry_run:
        answers.extend(each.foreseen() for each in judged)
    elif any(each.status == "refused" for each in judged):
        answers.extend(each for each in judged if each.status != "recorded")
        call.tell("nothing-recorded", count=len(judged))
    else:
        answers.extend(_answered(lines, ledger.record_all(entries)))


def _answered(lines: Iterable[Read], receipts: Iterable[Receipt]) -> Iterator[Answer]:
    """Each line with its receipt, in the order of the lines."""
    given = iter(receipts)
    for file, line in lines:
        if line.error is not None:
            yield Answer(file, line.number, "refused", error=line.error)
        else:
            receipt = next(given)
            yield Answer(file, line.number, receipt.status, receipt.event_id, receipt.position, receipt.error)


record = Command(
    "record",
    callback=_record,
    params=[
        click.Argument(["files"], metavar="FILE…", nargs=-1, required=True),
        Option(["--atomic"], is_flag=True),
        Option(["--dry-run"], is_flag=True),
        *format_options(),
        *shared_options(),
    ],
)
