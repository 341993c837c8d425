"""评估台: scoring, concluding and reporting on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from xiyuan_ledger.aggregates.evaluation import IndicatorScored
from xiyuan_ledger.cli import evaluating_entries as desk
from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.files import replacing
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.cli.supposing import pin_given
from xiyuan_ledger.errors import Language
from xiyuan_ledger.evaluation.assessing import Assessed, assessed, automatic_scores, conclusion
from xiyuan_ledger.evaluation.engagement import refuse_tied
from xiyuan_ledger.evaluation.own_ledger import known_from_office
from xiyuan_ledger.evaluation.scores import degree_earned
from xiyuan_ledger.evaluation.sight import Sight
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.reports import naming

FORMS = ("html", "pdf", "xlsx", "md")
KINDS = ("evaluation", "dossier", "monthly", "notice")
SCORES = (
    column("dimension", "维度", "Dimension"),
    column("indicator", "指标", "Indicator"),
    column("called", "名称", "Name"),
    column("kind", "计分方式", "Kind"),
    column("weight_centi", "权重", "Weight", "centi"),
    column("measure_centi", "量度", "Measure", "centi"),
    column("part", "分子", "Part", "count"),
    column("whole", "分母", "Whole", "count"),
    column("score_centi", "得分", "Score", "centi"),
    column("missed", "不符项", "Fell short", "list"),
    column("evidence", "依据", "Evidence", "ids"),
)


def _pin_options() -> list[Option]:
    return [Option(["--pin"], metavar="PIN")]


def _pinned(ledger: Ledger, text: str | None) -> Pin:
    """The pin that was named, with everything filled in."""
    asked = pin_given("pin", text) if text else Pin()
    settled = ledger.settle(valid_on=asked.valid_on, known_at=asked.known_at)
    return Pin(known_at=settled.known_at, valid_on=settled.valid_on)


def _looked_at(ledger: Ledger, text: str | None) -> Pin:
    """The same for what is scored: of the evaluator's own ledger as much as came from the office, if not said."""
    asked = pin_given("pin", text) if text else Pin()
    known = known_from_office(ledger) if asked.known_at is None else asked.known_at
    settled = ledger.settle(valid_on=asked.valid_on, known_at=known)
    return Pin(known_at=settled.known_at, valid_on=settled.valid_on)


def _row(each: Assessed, lang: Language) -> dict[str, Any]:
    """What is known of an indicator. A deduction has no share: its part is the number of findings."""
    measure, counted = each.measure, each.rule.kind == "deduction"
    return {
        "dimension": each.dimension,
        "indicator": each.rule.code,
        "called": naming.Tongue(lang).of(naming.INDICATORS, each.rule.code),
        "kind": each.rule.kind,
        "weight_centi": each.rule.weight_centi,
        "measure_centi": measure.centi if measure and not counted else None,
        "part": measure.part if measure else None,
        "whole": measure.whole if measure else None,
        "score_centi": each.earned_centi if measure and not each.missing else None,
        "missed": list(measure.missed) if measure else [],
        "evidence": list(measure.evidence) if measure else [],
    }


@click.pass_obj
def _scores(call: Call, /, evaluation: str, pin: str | None, form: str, out: Path | None, evidence: bool) -> None:
    with call.open() as ledger:
        rows = [_row(each, call.lang) for each in assessed(Sight.of(ledger, evaluation, _looked_at(ledger, pin)))]
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
        refuse_tied(ledger, evaluation)
        if given["auto"]:
            facts = automatic_scores(ledger, evaluation, _looked_at(ledger, given["pin"]), day)
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
        refuse_tied(ledger, evaluation)
        fact = conclusion(ledger, evaluation, _looked_at(ledger, pin), desk.day_of(on))
        receipts = ledger.record_all([fact])
    call.tell("concluded", total=naming.points(fact.total_centi), grade=naming.grade(fact.grade, call.lang))
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
