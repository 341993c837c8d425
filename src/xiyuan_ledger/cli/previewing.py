"""Previewing: what a version of a policy would change, before it is adopted."""

from __future__ import annotations

from pathlib import Path

import click

from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.sheet import Sheet, put
from xiyuan_ledger.cli.supposing import arguments_given
from xiyuan_ledger.money import yuan
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.impact import Impact


@click.pass_obj
def _preview(
    call: Call, /, file: str, valid_on: str | None, known_at: str | None, form: str, out: Path | None, evidence: bool
) -> None:
    with call.open() as ledger:
        found = ledger.preview(Path(file), **arguments_given({"valid_on": valid_on, "known_at": known_at}))
        put(Sheet.of_view(found.view, call.lang), call, form, out, evidence=evidence)
        _say_impact(call, found)


def _say_impact(call: Call, found: Impact) -> None:
    """How many people change, and by how much money."""
    if not found.views:
        call.tell("preview-unread")
    elif not found.rows:
        call.tell("preview-nothing", views=", ".join(found.views))
    else:
        call.tell("preview-people", people=len(found.people), rows=len({(r["view"], *r["row"]) for r in found.rows}))
    for name, fen in found.money.items():
        view, _, column = name.partition(".")
        words = next(each.words for each in definition(view).columns if each.name == column)
        call.tell("preview-money", view=definition(view).title[call.lang], column=words[call.lang], yuan=yuan(fen))


preview = Command(
    "preview",
    callback=_preview,
    params=[
        click.Argument(["file"], metavar="FILE"),
        Option(["--valid-on"], metavar="DATE"),
        Option(["--known-at"], metavar="POSITION|INSTANT"),
        Option(["--evidence"], is_flag=True),
        *format_options(),
        *shared_options(),
    ],
)
