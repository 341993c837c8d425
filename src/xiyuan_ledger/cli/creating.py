"""A new ledger, with its first policies adopted."""

from __future__ import annotations

from pathlib import Path

import click

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.helping import Command, Option


@click.pass_obj
def _init(call: Call, /, name: str, policies: tuple[Path, ...], others: tuple[Path, ...], simulated: bool) -> None:
    with call.create(name=name, simulated=simulated, policies=[*policies, *others]) as ledger:
        call.tell("created", name=ledger.name, where=call.ledger, policies=ledger.head)
        if ledger.simulated:
            call.tell("created-simulated")
    call.tell("created-next")


init = Command(
    "init",
    callback=_init,
    params=[
        click.Argument(["others"], metavar="[FILE]…", nargs=-1, type=click.Path(path_type=Path)),
        Option(["--name"], default="xiyuan", show_default=True, metavar="NAME"),
        Option(["--policies"], metavar="FILE…", multiple=True, type=click.Path(path_type=Path)),
        Option(["--simulated"], is_flag=True),
        *shared_options(),
    ],
)
