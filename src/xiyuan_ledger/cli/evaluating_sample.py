"""抽样: drawing, drawing again and replacing on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.aggregates.evaluation import SampleDrawn, TreeHead
from xiyuan_ledger.cli import evaluating_entries as desk
from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.files import read_whole
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import EXIT_WANTING, CommandError
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.errors import EvaluationError
from xiyuan_ledger.evaluation.engagement import refuse_tied
from xiyuan_ledger.evaluation.own_ledger import begun_from
from xiyuan_ledger.evaluation.samples import Population, differences, draw_sample, examined, replacement
from xiyuan_ledger.evaluation.seeds import head_of_note, witnessed
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Note
from xiyuan_ledger.verification.policy import Policy

UNITS = (
    column("nth", "序号", "Nth", "count"),
    column("unit", "单位", "Unit"),
    column("instead_of", "替换", "Instead of"),
)


@click.pass_obj
def _sample(call: Call, /, evaluation: str, **given: Any) -> int:
    form, out = given["form"], given["out"]
    if given["verify"]:
        return _verify(call, evaluation, form, out)
    with call.open(to_record=not given["dry_run"]) as ledger:
        refuse_tied(ledger, evaluation)
        fact = _replaced(ledger, evaluation, given) if given["replace"] else _drawn(call, ledger, evaluation, given)
        if not given["dry_run"]:
            ledger.record(fact)
    call.tell("sample-drawn", size=fact.size, seed=fact.seed, digest=fact.population_digest)
    put(Sheet("sample", call.words("sample-title"), UNITS, _units(fact.drawn, [fact])), call, form, out)
    return 0


def _units(listed: Sequence[str], draws: Sequence[SampleDrawn]) -> list[dict[str, Any]]:
    """Units in their order, each with the one that it was drawn instead of."""
    swaps = {new: old for fact in draws for new, old in zip(fact.drawn, fact.replaces or (), strict=False)}
    return [{"nth": nth, "unit": unit, "instead_of": swaps.get(unit)} for nth, unit in enumerate(listed, start=1)]


def _drawn(call: Call, ledger: Ledger, evaluation: str, given: dict[str, Any]) -> SampleDrawn:
    for needed in ("view", "unit", "nonce"):
        if given[needed] is None:
            raise CommandError("usage-missing", field=needed, found=f"--{needed}", see="xiyuan evaluate sample")
    asked = tuple((name, value) for name, _, value in (each.partition("=") for each in given["asked"]))
    population = Population(given["view"], given["unit"], given["by"], asked)
    draft = draw_sample(
        ledger,
        evaluation,
        population,
        method=given["method"],
        nonce=desk.of_file(given["nonce"]),
        on=desk.day_of(given["on"]),
        head=_head(ledger, given["checkpoint"], given["policy"]),
        share_centi=desk.centi(given["share"]) if given["share"] else None,
        size=given["size"],
    )
    call.tell("sample-population", count=len(draft.units), view=population.view)
    return draft.fact


def _head(ledger: Ledger, checkpoint: str | None, policy: Path | None) -> TreeHead | None:
    """What the seed is made of: a checkpoint whose signatures hold, else that of the bundle the ledger began as."""
    if checkpoint is None:
        begun = begun_from(ledger)
        return None if begun is None else head_of_note(begun.text)
    if policy is None:
        raise CommandError("usage-missing", field="policy", found="--policy", see="xiyuan evaluate sample")
    return witnessed(ledger, Note.parse(read_whole(checkpoint)), Policy.read(policy))


def _replaced(ledger: Ledger, evaluation: str, given: dict[str, Any]) -> SampleDrawn:
    found = [draws for draws in desk.draws_of(ledger, evaluation) if given["replace"] in examined(draws)]
    if not found:
        raise EvaluationError("sample-unit-unknown", field="replace", unit=given["replace"])
    if given["reason"] is None:
        raise CommandError("usage-missing", field="reason", found="--reason", see="xiyuan evaluate sample")
    return replacement(ledger, found[0], given["replace"], on=desk.day_of(given["on"]), reason=given["reason"])


def _verify(call: Call, evaluation: str, form: str, out: Path | None) -> int:
    """Draw every sample again; found wanting where one comes out otherwise, refused where none was drawn.

    The units of those that came out the same are printed, one sample after the other.
    """
    wrong, rows = 0, []
    with call.open() as ledger:
        drawn = desk.draws_of(ledger, evaluation)
        if not drawn:
            raise EvaluationError("sample-none", field="evaluation", found=evaluation)
        for draws in drawn:
            found = differences(ledger, draws)
            wrong += bool(found)
            view, listed = draws[0].population, examined(draws)
            call.tell("sample-other" if found else "sample-same", view=view, size=len(listed), found=", ".join(found))
            rows += [] if found else _units(listed, draws)
    put(Sheet("sample", call.words("sample-title"), UNITS, rows), call, form, out)
    return EXIT_WANTING if wrong else 0


sample = Command(
    "evaluate-sample",
    callback=_sample,
    params=[
        click.Argument(["evaluation"], metavar="EVALUATION"),
        Option(["--view"], metavar="VIEW"),
        Option(["--unit"], metavar="COLUMN"),
        Option(["--by"], metavar="COLUMN"),
        Option(["--asked"], metavar="NAME=VALUE", multiple=True),
        Option(
            ["--method"], type=click.Choice(["simple", "stratified", "systematic", "proportional"]), default="simple"
        ),
        Option(["--nonce"], metavar="TEXT|@FILE"),
        Option(["--size"], type=click.IntRange(min=1), metavar="N"),
        Option(["--share"], metavar="PERCENT"),
        Option(["--checkpoint"], metavar="FILE"),
        Option(["--policy"], metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)),
        Option(["--replace"], metavar="UNIT"),
        Option(["--reason"], metavar="TEXT"),
        Option(["--verify"], is_flag=True),
        Option(["--dry-run"], is_flag=True),
        Option(["--on"], metavar="DATE"),
        *format_options(),
        *shared_options(),
    ],
)
