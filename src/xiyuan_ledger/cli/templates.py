"""Empty sheets for the office to fill in, one for each fact."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.files import replacing
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.recording import fact_named
from xiyuan_ledger.cli.sheet import BOM, whole_file
from xiyuan_ledger.intake.template import template_csv, write_template


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
