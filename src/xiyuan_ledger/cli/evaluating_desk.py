"""评估台: sampling, scoring, concluding and reporting on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.aggregates.evaluation import IndicatorScored
from xiyuan_ledger.cli import evaluating_entries as desk
from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.files import read_whole, replacing
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import EXIT_WANTING, CommandError
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.cli.supposing import pin_given
from xiyuan_ledger.errors import EvaluationError
from xiyuan_ledger.evaluation.assessing import Assessed, assessed, automatic_scores, conclusion
from xiyuan_ledger.evaluation.samples import Population, differences, draw_sample, examined, replacement
from xiyuan_ledger.evaluation.scores import degree_earned
from xiyuan_ledger.evaluation.seeds import head_of_note
from xiyuan_ledger.evaluation.sight import Sight
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin

FORMS = ("html", "pdf", "xlsx", "md")
KINDS = ("evaluation", "dossier", "monthly", "notice")
SCORES = (
    column("dimension", "维度", "Dimension"),
    column("indicator", "指标", "Indicator"),
    column("kind", "计分方式", "Kind"),
    column("weight_centi", "权重", "Weight", "centi"),
    column("measure_centi", "量度", "Measure", "count"),
    column("part", "分子", "Part", "count"),
    column("whole", "分母", "Whole", "count"),
    column("score_centi", "得分", "Score", "centi"),
    column("missed", "不符项", "Fell short", "list"),
    column("evidence", "依据", "Evidence", "ids"),
)
UNITS = (
    column("nth", "序号", "Nth", "count"),
    column("unit", "单位", "Unit"),
    column("instead_of", "替换", "Instead of"),
)


def _pin_options() -> list[Option]:
    return [Option(["--pin"], metavar="PIN")]


def _pinned(ledger: Ledger, text: str | None) -> Pin:
    """The pin that was named, with everything filled in."""
    settled = ledger.view("policy_register", pin=pin_given("pin", text) if text else Pin()).pin
    return Pin(known_at=settled.known_at, valid_on=settled.valid_on)


@click.pass_obj
def _sample(call: Call, /, evaluation: str, **given: Any) -> int:
    form, out = given["form"], given["out"]
    if given["verify"]:
        return _verify(call, evaluation)
    with call.open(to_record=not given["dry_run"]) as ledger:
        fact = _replaced(ledger, evaluation, given) if given["replace"] else _drawn(call, ledger, evaluation, given)
        if not given["dry_run"]:
            ledger.record(fact)
    call.tell("sample-drawn", size=fact.size, seed=fact.seed, digest=fact.population_digest)
    swaps = fact.replaces or (None,) * fact.size
    rows = [
        {"nth": nth, "unit": unit, "instead_of": old}
        for nth, (unit, old) in enumerate(zip(fact.drawn, swaps, strict=True), start=1)
    ]
    put(Sheet("sample", call.words("sample-title"), UNITS, rows), call, form, out)
    return 0


def _drawn(call: Call, ledger: Ledger, evaluation: str, given: dict[str, Any]) -> Any:
    for needed in ("view", "unit", "nonce"):
        if given[needed] is None:
            raise CommandError("usage-missing", field=needed, found=f"--{needed}", see="xiyuan evaluate sample")
    asked = tuple((name, value) for name, _, value in (each.partition("=") for each in given["asked"]))
    population = Population(given["view"], given["unit"], given["by"], asked)
    note = given["checkpoint"]
    draft = draw_sample(
        ledger,
        evaluation,
        population,
        method=given["method"],
        nonce=given["nonce"],
        on=desk.day_of(given["on"]),
        head=head_of_note(read_whole(note).decode()) if note else None,
        share_centi=desk.centi(given["share"]) if given["share"] else None,
        size=given["size"],
    )
    call.tell("sample-population", count=len(draft.units), view=population.view)
    return draft.fact


def _replaced(ledger: Ledger, evaluation: str, given: dict[str, Any]) -> Any:
    found = [draws for draws in desk.draws_of(ledger, evaluation) if given["replace"] in examined(draws)]
    if not found:
        raise EvaluationError("sample-unit-unknown", field="replace", unit=given["replace"])
    if given["reason"] is None:
        raise CommandError("usage-missing", field="reason", found="--reason", see="xiyuan evaluate sample")
    return replacement(ledger, found[0], given["replace"], on=desk.day_of(given["on"]), reason=given["reason"])


def _verify(call: Call, evaluation: str) -> int:
    """Draw every sample again; found wanting where one comes out otherwise."""
    wrong = 0
    with call.open() as ledger:
        for draws in desk.draws_of(ledger, evaluation):
            found = differences(ledger, draws)
            wrong += bool(found)
            view, size = draws[0].population, len(examined(draws))
            call.tell("sample-other" if found else "sample-same", view=view, size=size, found=", ".join(found))
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
        Option(["--nonce"], metavar="TEXT"),
        Option(["--size"], type=click.IntRange(min=1), metavar="N"),
        Option(["--share"], metavar="PERCENT"),
        Option(["--checkpoint"], metavar="FILE"),
        Option(["--replace"], metavar="UNIT"),
        Option(["--reason"], metavar="TEXT"),
        Option(["--verify"], is_flag=True),
        Option(["--dry-run"], is_flag=True),
        Option(["--on"], metavar="DATE"),
        *format_options(),
        *shared_options(),
    ],
)


def _row(each: Assessed) -> dict[str, Any]:
    measure = each.measure
    return {
        "dimension": each.dimension,
        "indicator": each.rule.code,
        "kind": each.rule.kind,
        "weight_centi": each.rule.weight_centi,
        "measure_centi": measure.centi if measure else None,
        "part": measure.part if measure else None,
        "whole": measure.whole if measure else None,
        "score_centi": each.earned_centi if measure and not each.missing else None,
        "missed": list(measure.missed) if measure else [],
        "evidence": list(measure.evidence) if measure else [],
    }


@click.pass_obj
def _scores(call: Call, /, evaluation: str, pin: str | None, form: str, out: Path | None, evidence: bool) -> None:
    with call.open() as ledger:
        rows = [_row(each) for each in assessed(Sight.of(ledger, evaluation, _pinned(ledger, pin)))]
    put(Sheet("scores", call.words("scores-title"), SCORES, rows), call, form, out, evidence=evidence)


scores = Command(
    "evaluate-scores",
    callback=_scores,
    params=[
        click.Argument(["evaluation"], metavar="EVALUATION"),
        *_pin_options(),
        Option(["--evidence"], is_flag=True),
        *format_options(),
        *shared_options(),
    ],
)


@click.pass_obj
def _score(call: Call, /, evaluation: str, on: str | None, form: str, out: Path | None, **given: Any) -> None:
    day = desk.day_of(on)
    with call.open(to_record=True) as ledger:
        if given["auto"]:
            facts = automatic_scores(ledger, evaluation, _pinned(ledger, given["pin"]), day)
        else:
            facts = [_judged(ledger, evaluation, day, given)]
        receipts = ledger.record_all(facts)
    desk.put_receipts(call, facts, receipts, form, out)


def _judged(ledger: Ledger, evaluation: str, day: Any, given: dict[str, Any]) -> IndicatorScored:
    if given["indicator"] is None or (given["score"] is None) == (given["degree"] is None):
        raise CommandError("score-or-degree", field="score")
    points = desk.centi(given["score"]) if given["score"] is not None else None
    if points is None:
        rules = {each.rule.code: each.rule for each in assessed(Sight.of(ledger, evaluation, _pinned(ledger, None)))}
        rule = rules.get(given["indicator"])
        points = degree_earned(rule, given["degree"]) if rule is not None else None
        if points is None:
            raise CommandError("degree-unknown", field="degree", found=given["degree"], indicator=given["indicator"])
    return IndicatorScored.model_validate(
        {
            "evaluation": evaluation,
            "indicator": given["indicator"],
            "score_centi": points,
            "party": given["party"],
            "text": given["text"],
            "evidence": desk.papers(given["paper"]),
            "occurred_on": day,
        }
    )


score = Command(
    "evaluate-score",
    callback=_score,
    params=[
        click.Argument(["evaluation"], metavar="EVALUATION"),
        Option(["--auto"], is_flag=True),
        *_pin_options(),
        Option(["--indicator"], metavar="CODE"),
        Option(["--score"], metavar="POINTS"),
        Option(["--degree"], type=click.Choice(["A", "B", "C", "D", "E"])),
        Option(
            ["--party"], type=click.Choice(["third_party", "purchaser", "clients", "community"]), default="third_party"
        ),
        Option(["--text"], metavar="TEXT"),
        Option(["--paper"], metavar="FILE", multiple=True),
        Option(["--on"], metavar="DATE"),
        *format_options(),
        *shared_options(),
    ],
)


@click.pass_obj
def _conclude(call: Call, /, evaluation: str, pin: str | None, on: str | None, form: str, out: Path | None) -> None:
    with call.open(to_record=True) as ledger:
        fact = conclusion(ledger, evaluation, _pinned(ledger, pin), desk.day_of(on))
        receipts = ledger.record_all([fact])
    call.tell("concluded", total=f"{fact.total_centi // 100}.{fact.total_centi % 100:02d}", grade=fact.grade)
    desk.put_receipts(call, [fact], receipts, form, out)


conclude = Command(
    "evaluate-conclude",
    callback=_conclude,
    params=[
        click.Argument(["evaluation"], metavar="EVALUATION"),
        *_pin_options(),
        Option(["--on"], metavar="DATE"),
        *format_options(),
        *shared_options(),
    ],
)


@click.pass_obj
def _report(
    call: Call, /, kind: str, subject: str, pin: str | None, station: str | None, form: str, out: Path | None
) -> None:
    from xiyuan_ledger.reports.written import written

    with call.open() as ledger:
        content = written(_document(call, ledger, kind, subject, _pinned(ledger, pin), station), form)  # type: ignore[arg-type]
    if out is None:
        if form in ("pdf", "xlsx"):
            raise CommandError("out-needed", field="out", form=form)
        sys.stdout.buffer.write(content)
        return
    with replacing(out) as draft:
        draft.write_bytes(content)
    call.tell("report-written", path=str(out), size=len(content))


def _document(call: Call, ledger: Ledger, kind: str, subject: str, pin: Pin, station: str | None) -> Any:
    from xiyuan_ledger.reports.dossier import dossier
    from xiyuan_ledger.reports.evaluation_report import evaluation_report
    from xiyuan_ledger.reports.monthly_report import monthly_report
    from xiyuan_ledger.reports.public_notice import public_notice

    if kind == "monthly":
        return monthly_report(ledger, subject, station=station, pin=pin, lang=call.lang)
    kinds: dict[str, Any] = {"evaluation": evaluation_report, "dossier": dossier, "notice": public_notice}
    return kinds[kind](ledger, subject, pin=pin, lang=call.lang)


report = Command(
    "evaluate-report",
    callback=_report,
    params=[
        click.Argument(["kind"], metavar="|".join(KINDS), type=click.Choice(KINDS)),
        click.Argument(["subject"], metavar="CODE|MONTH"),
        *_pin_options(),
        Option(["--station"], metavar="CODE"),
        Option(["--format", "form"], type=click.Choice(FORMS), default="html"),
        Option(["--out"], metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)),
        *shared_options(),
    ],
)
