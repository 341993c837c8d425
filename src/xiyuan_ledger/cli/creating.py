"""A new ledger, with its first policies adopted."""

from __future__ import annotations

import os
from pathlib import Path

import click

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.vault.opening import vault_name
from xiyuan_ledger.verification.verifying import remembered


def tell_vault(call: Call, ledger: Ledger) -> None:
    """Where a new vault is, and that its key is to be kept apart."""
    place = ledger.vault_place
    if place is None:
        call.tell("created-no-vault")
    else:
        call.tell("created-vault", where=_near(vault_name(place.url)), key_file=_near(str(place.key_file or "-")))


def _near(path: str) -> str:
    """A file of this folder by its name, another one as it is."""
    return path.removeprefix(f"{Path.cwd()}{os.sep}")


@click.pass_obj
def _init(
    call: Call,
    /,
    name: str,
    policies: tuple[Path, ...],
    others: tuple[Path, ...],
    simulated: bool,
    continues: Path | None,
) -> None:
    last = None if continues is None else remembered(continues)
    with call.create(name=name, simulated=simulated, policies=[*policies, *others], continues=last) as ledger:
        call.tell("created", name=ledger.name, where=call.ledger, policies=ledger.head - (last is not None))
        if ledger.simulated:
            call.tell("created-simulated")
        tell_vault(call, ledger)
    call.tell("created-next")


init = Command(
    "init",
    callback=_init,
    params=[
        click.Argument(["others"], metavar="[FILE]…", nargs=-1, type=click.Path(path_type=Path)),
        Option(["--name"], default="xiyuan", show_default=True, metavar="NAME"),
        Option(["--policies"], metavar="FILE…", multiple=True, type=click.Path(path_type=Path)),
        Option(["--simulated"], is_flag=True),
        Option(["--continues"], metavar="CHECKPOINT", type=click.Path(path_type=Path, dir_okay=False)),
        *shared_options(),
    ],
)
