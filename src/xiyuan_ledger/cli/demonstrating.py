"""The demonstration: the street's 2012-2013 in a fresh folder, and what can be asked of it."""

from __future__ import annotations

from importlib import resources
from itertools import chain, count
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.demonstrating_run import pay
from xiyuan_ledger.cli.helping import Command
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.cli.sheet import Sheet, say
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger

SCENARIO = "xiyuan-2012-2013"
FOLDER = "xiyuan-demo"
AS_OF = "2013-06-30"
SHOWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("exam_funnel", {}),
    ("four_plus_one", {}),
    ("fund_statement", {"year": "2013", "where": {"org": "XY-CSO-02"}}),
    ("timeliness", {"month": "2013-06"}),
)


def scenario_folder() -> Path:
    """Where the street's story lies: in the package as installed, or in the project's own folder."""
    packaged = Path(str(resources.files("xiyuan_ledger"))) / "scenarios" / SCENARIO
    beside = Path(__file__).resolve().parents[3] / "scenarios" / SCENARIO
    found = next((folder for folder in (packaged, beside) if folder.is_dir()), None)
    if found is None:
        raise CommandError("scenario-not-installed", found=SCENARIO)
    return found


def _fresh_folder() -> Path:
    """`xiyuan-demo`, or the first of `xiyuan-demo-2`, `xiyuan-demo-3` … that is not there yet."""
    names = chain((FOLDER,), (f"{FOLDER}-{number}" for number in count(2)))
    return next(folder for folder in map(Path, names) if not folder.exists())


@click.pass_obj
def _demo(call: Call, /, folder: Path | None) -> None:
    scenario = scenario_folder()
    folder = folder or _fresh_folder()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError("demo-folder", field="folder", found=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError("file-unwritable", field="folder", path=str(folder), found=error.strerror) from error
    call.ledger = f"sqlite:///{folder / 'xiyuan.db'}"
    with call.create(name="xiyuan", simulated=True, policies=scenario_policies(scenario)) as ledger:
        call.tell("demo-recorded", count=len(tell_scenario(ledger, scenario)), where=call.ledger)
        _show(call, ledger)
        pay(call, ledger, folder)
    call.tell("demo-next", ledger=call.ledger)


def _show(call: Call, ledger: Ledger) -> None:
    """Views of each kind: what is required, what was spent, what an auditor looks at."""
    for name, pinned in SHOWN:
        found = ledger.view(name, valid_on=AS_OF, **pinned)
        say("\n" + Sheet.of_view(found, call.lang).to_table(call.lang))


demo = Command(
    "demo",
    callback=_demo,
    params=[
        click.Argument(["folder"], metavar="[DIR]", default=None, required=False, type=click.Path(path_type=Path)),
        *shared_options(),
    ],
)
