"""What can be recorded: the facts by their names, and an empty sheet for each that the office fills in."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.files import replacing
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.recording import fact_named
from xiyuan_ledger.cli.sheet import BOM, Sheet, column, put, whole_file
from xiyuan_ledger.intake.template import template_csv, write_template
from xiyuan_ledger.intake.words import also_called, title_of
from xiyuan_ledger.projections.vocabulary import vocabularies


@click.pass_obj
def _template(call: Call, /, fact: str, xlsx: bool, out: Path | None) -> None:
    found = fact_named(fact)
    if out is not None:
        with replacing(out) as path:
            if xlsx or out.suffix.lower() == ".xlsx":
                write_template(found, path)
            else:
                path.write_bytes((BOM + template_csv(found)).encode())
        call.tell("written", path=out)
        return
    if not xlsx:
        _write(template_csv(found).encode())
        return
    with whole_file(None, "xlsx") as path:
        write_template(found, path)


@click.pass_obj
def _facts(call: Call, /, form: str, out: Path | None) -> None:
    columns = (
        column("name", "事实", "Fact"),
        column("title", "中文名", "Chinese title"),
        column("also", "也可写作", "Also called"),
        column("kind", "归属", "About", values="stream_kind"),
    )
    rows = [
        {"name": name, "title": title_of(fact), "also": "、".join(also_called(fact)) or None, "kind": fact.STREAM_KIND}
        for kind in vocabularies()["stream_kind"]
        for name, fact in FACTS.items()
        if kind == fact.STREAM_KIND
    ]
    put(Sheet("facts", call.words("facts-title"), columns, rows), call, form, out)


def _write(content: bytes) -> None:
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


template = Command(
    "template",
    callback=_template,
    params=[
        click.Argument(["fact"], metavar="FACT"),
        Option(["--xlsx"], is_flag=True),
        Option(["--out"], metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)),
        *shared_options(),
    ],
)
facts = Command("facts", callback=_facts, params=[*format_options(), *shared_options()])
