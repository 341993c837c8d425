"""The books for other people's tools: every movement of money as a double-entry journal, in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.files import replacing
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.payouts.books.books import Books
from xiyuan_ledger.payouts.books.journals import beancount_lines, hledger_lines, ledger_lines

FORMS: dict[str, Callable[[Books], Iterator[str]]] = {
    "beancount": beancount_lines,
    "hledger": hledger_lines,
    "ledger_cli": ledger_lines,
}


@click.pass_obj
def _export(call: Call, /, out: Path | None, valid_on: str | None, known_at: str | None, **forms: bool) -> None:
    chosen = [name for name, given in forms.items() if given]
    if len(chosen) != 1:
        raise CommandError("export-form", field="beancount")
    pinned: dict[str, Any] = {"valid_on": valid_on, "known_at": known_at}
    with call.open() as ledger:
        books = Books(ledger, **pinned)
        lines = FORMS[chosen[0]](books)
        if out is None:
            for line in lines:
                click.echo(line)
            return
        with replacing(out) as draft, draft.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(f"{line}\n" for line in lines)
    call.tell("exported", path=out, count=len(books.movements))


export = Command(
    "export",
    callback=_export,
    params=[
        Option(["--beancount"], is_flag=True),
        Option(["--hledger"], is_flag=True),
        Option(["--ledger-cli"], is_flag=True),
        Option(["--valid-on"], metavar="DATE"),
        Option(["--known-at"], metavar="POSITION|INSTANT"),
        Option(["--out"], metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)),
        *shared_options(),
    ],
)
