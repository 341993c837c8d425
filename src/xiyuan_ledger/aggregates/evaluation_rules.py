"""评估规则: who may evaluate what, what may be drawn and scored, and what a conclusion has to agree with."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from xiyuan_ledger.aggregates.scoring import grade_of, indicator_named
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.evaluation import (
        EvaluationCommissioned,
        EvaluationConcluded,
        EvaluationState,
        FindingRaised,
        IndicatorScored,
        RectificationClosed,
        SampleDrawn,
        ScoreRevised,
    )
    from xiyuan_ledger.aggregates.world import World

SCORECARD = "scorecard"
"""The policy that says what is scored; the version in force on the day of the commission holds throughout."""


def scorecard_of(commission: EvaluationCommissioned, world: World) -> Any:
    """The scorecard that was agreed on: that in force on the day of the commission."""
    found = None
    if commission.scorecard == SCORECARD:
        found = world.parameters(SCORECARD, commission.occurred_on)
    if found is None:
        raise RuleBroken(
            "evaluation-scorecard", field="scorecard", scorecard=commission.scorecard, on=commission.occurred_on
        )
    return found


def check_commission(fact: EvaluationCommissioned, world: World) -> None:
    """The project is under contract, and whoever judges it neither buys nor does it."""
    if fact.to < fact.from_:
        raise RuleBroken("evaluation-period", field="to", start=fact.from_, end=fact.to)
    scorecard_of(fact, world)
    project = world.project(fact.project)
    contract = project.contract
    if project.approved is None or contract is None or contract.occurred_on > fact.occurred_on:
        raise RuleBroken("evaluation-no-contract", field="project", project=fact.project, on=fact.occurred_on)
    if not world.org(fact.evaluator).open_on(fact.occurred_on):
        raise RuleBroken("evaluation-evaluator-unknown", field="evaluator", org=fact.evaluator, on=fact.occurred_on)
    parties = {contract.implementer: project.contracted_by, project.approved.purchaser: project.approved_by}
    if fact.evaluator in parties:
        events = (parties[fact.evaluator],)
        raise RuleBroken(
            "evaluation-not-independent", field="evaluator", events=events, org=fact.evaluator, project=fact.project
        )


def check_evaluations_of(project: str, world: World) -> None:
    """After a correction or a voiding of a project: the evaluations that were commissioned of it may stand."""
    for code in world.tagged(f"evaluates/{project}"):
        evaluation = world.evaluation(code)
        if evaluation.commissioned is None or evaluation.commissioned.project != project:
            continue
        try:
            check_commission(evaluation.commissioned, world)
        except RuleBroken as refusal:
            refusal.events = (evaluation.commissioned_by,)
            raise


def drawn_from(fact: SampleDrawn) -> str:
    """What a sample is drawn from, as one text: the view, the unit, and what was asked of the view."""
    asked = sorted((each.name, each.value) for each in fact.asked or ())
    return f"{fact.population} {fact.unit or ''} {asked}"


def check_sample(state: EvaluationState, fact: SampleDrawn) -> None:
    """As many different units as it says, by the nonce that was committed to; replacements for what was drawn."""
    if len(fact.drawn) != fact.size or len(set(fact.drawn)) != fact.size:
        raise RuleBroken("evaluation-sample-size", field="drawn", size=fact.size, found=len(set(fact.drawn)))
    assert state.commissioned is not None
    committed = state.commissioned.nonce_digest
    if committed is not None and sha256((fact.nonce or "").encode()).hexdigest() != committed:
        events = (state.commissioned_by,)
        raise RuleBroken("evaluation-nonce", field="nonce", events=events, evaluation=fact.evaluation)
    if committed is not None and fact.pin is not None and fact.pin.position < state.commissioned_at:
        events = (state.commissioned_by,)
        raise RuleBroken("evaluation-drawn-before", field="pin", events=events, evaluation=fact.evaluation)
    examined, drawn_by = state.samples.get(drawn_from(fact), (frozenset(), ""))
    if fact.replaces is None:
        if drawn_by:
            events = (drawn_by,)
            raise RuleBroken("evaluation-drawn-twice", field="population", events=events, population=fact.population)
        return
    _check_replacement(fact, examined)


def _check_replacement(fact: SampleDrawn, examined: frozenset[str]) -> None:
    """One new unit for each that is left out, with a reason."""
    assert fact.replaces is not None
    gone = frozenset(fact.replaces)
    fits = len(gone) == len(fact.replaces) == fact.size and gone <= examined and not examined & set(fact.drawn)
    if not fits:
        raise RuleBroken("evaluation-replaces", field="replaces", population=fact.population)
    if fact.reason is None:
        raise RuleBroken("evaluation-replaces-why", field="reason", population=fact.population)


def indicator_of(state: EvaluationState, code: str, world: World) -> Any:
    """The indicator's rule in the scorecard that was agreed on."""
    assert state.commissioned is not None
    found = indicator_named(scorecard_of(state.commissioned, world), code)
    if found is None:
        events = (state.commissioned_by,)
        raise RuleBroken("evaluation-indicator", field="indicator", events=events, indicator=code)
    return found


def _check_range(state: EvaluationState, fact: IndicatorScored | ScoreRevised, world: World) -> Any:
    rule = indicator_of(state, fact.indicator, world)
    if fact.score_centi > rule.weight_centi:
        raise RuleBroken(
            "evaluation-score-range",
            field="score_centi",
            indicator=fact.indicator,
            found=fact.score_centi,
            limit=rule.weight_centi,
        )
    return rule


def check_score(state: EvaluationState, fact: IndicatorScored, world: World) -> None:
    """Within the indicator's weight, once for each party, a degree with its papers."""
    rule = _check_range(state, fact, world)
    if (event_id := state.scored_by.get((fact.indicator, fact.party))) is not None:
        events = (event_id,)
        raise RuleBroken(
            "evaluation-scored-twice", field="indicator", events=events, indicator=fact.indicator, party=fact.party
        )
    if rule.kind == "degree" and not fact.evidence:
        raise RuleBroken("evaluation-degree-evidence", field="evidence", indicator=fact.indicator)


def check_revision(state: EvaluationState, fact: ScoreRevised, world: World) -> None:
    """The answer to an objection to this very indicator."""
    _check_range(state, fact, world)
    if fact.indicator not in state.objections:
        raise RuleBroken("evaluation-no-objection", field="indicator", indicator=fact.indicator)


def check_finding(state: EvaluationState, fact: FindingRaised) -> None:
    """A finding is raised once."""
    if (raised := state.findings.get(fact.finding)) is not None:
        raise RuleBroken("evaluation-finding-twice", field="finding", events=(raised[1],), finding=fact.finding)


def check_rectification(state: EvaluationState, fact: RectificationClosed) -> None:
    """A finding that was raised is put right, once, as the finding that it is."""
    if (raised := state.findings.get(fact.finding)) is None:
        raise RuleBroken("evaluation-finding-unknown", field="finding", finding=fact.finding)
    if (closed_by := state.rectified.get(fact.finding)) is not None:
        raise RuleBroken("evaluation-rectified", field="finding", events=(closed_by,), finding=fact.finding)
    finding, raised_by = raised
    if fact.severity not in (None, finding.severity):
        events = (raised_by,)
        raise RuleBroken(
            "evaluation-severity", field="severity", events=events, finding=fact.finding, found=finding.severity
        )


def check_conclusion(state: EvaluationState, fact: EvaluationConcluded, world: World) -> None:
    """Total and grade are what the scores and the bands make them."""
    assert state.commissioned is not None
    scorecard = scorecard_of(state.commissioned, world)
    total = state.total_of(scorecard)
    if fact.total_centi != total:
        raise RuleBroken("evaluation-total", field="total_centi", found=fact.total_centi, expected=total)
    grade = grade_of(total, scorecard.bands, vetoed=state.vetoed)
    if fact.grade != grade:
        raise RuleBroken("evaluation-grade", field="grade", found=fact.grade, expected=grade, total=total)
