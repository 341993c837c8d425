"""The scorecard as plain Python: slow, and straight from its definition."""

from __future__ import annotations

from typing import Any

from tests.views.harness import History, Rows
from xiyuan_ledger.aggregates.evaluation import (
    EvaluationCommissioned,
    EvaluationConcluded,
    FindingRaised,
    IndicatorScored,
    ObjectionRaised,
    ScoreRevised,
)
from xiyuan_ledger.projections.pin import Settled

PARTIES = ("third_party", "purchaser", "clients", "community")


def scorecard(history: History, pin: Settled) -> Rows:
    """评分表."""
    rows = []
    for event, commissioned in history.of(EvaluationCommissioned):
        version = history.in_force("scorecard", commissioned.occurred_on)
        if version is None:
            continue
        common = {event.event_id, version.event.event_id} - {""}
        lines = [
            _line(history, commissioned, dimension.code, rule, version.parameters.parties, common)
            for dimension in version.parameters.dimensions
            for rule in dimension.indicators
        ]
        rows += [*lines, _total(history, commissioned, lines, version.parameters.bands, common)]
    return rows


def _line(
    history: History, commissioned: EvaluationCommissioned, dimension: str, rule: Any, parties: Any, common: set[str]
) -> dict[str, Any]:
    def about(kind: Any) -> list[Any]:
        named = (commissioned.evaluation, rule.code)
        return [(event, fact) for event, fact in history.of(kind) if (fact.evaluation, fact.indicator) == named]

    scored, revised, objected = about(IndicatorScored), about(ScoreRevised), about(ObjectionRaised)
    given = {fact.party: fact.score_centi for _, fact in scored}
    whole = sum(getattr(parties, party) for party in given)
    points = sum(score * getattr(parties, party) for party, score in given.items())
    score, state = (points * 2 + whole) // (2 * whole) if whole else 0, "scored" if given else "unscored"
    if revised:
        score, state = revised[-1][1].score_centi, "revised"
    elif rule.kind == "veto" and not given:
        state = "veto"
    papers = [event.event_id for event, _ in (*scored, *revised, *objected)]
    return {
        "evaluation": commissioned.evaluation,
        "project": commissioned.project,
        "dimension": dimension,
        "indicator": rule.code,
        "kind": rule.kind,
        "weight_centi": rule.weight_centi,
        **{f"{party}_score_centi": given.get(party) for party in PARTIES},
        "score_centi": score,
        "state": state,
        "grade": None,
        "evidence": sorted([*common, *papers]),
    }


def _total(
    history: History, commissioned: EvaluationCommissioned, lines: Rows, bands: Any, common: set[str]
) -> dict[str, Any]:
    def within(kind: Any) -> list[Any]:
        return [(event, fact) for event, fact in history.of(kind) if fact.evaluation == commissioned.evaluation]

    vetoes = [event.event_id for event, fact in within(FindingRaised) if fact.severity == "veto"]
    ends = [event.event_id for event, _ in within(EvaluationConcluded)]
    total = sum(line["score_centi"] for line in lines)
    reached = [band.grade for band in bands if band.from_centi <= total]
    return {
        "evaluation": commissioned.evaluation,
        "project": commissioned.project,
        "dimension": "_total",
        "indicator": "_total",
        "kind": None,
        "weight_centi": 10_000,
        **{f"{party}_score_centi": None for party in PARTIES},
        "score_centi": total,
        "state": "concluded" if ends else "open",
        "grade": reached[-1 if vetoes else 0],
        "evidence": sorted([*common, *vetoes, *ends]),
    }


PLAIN = {"scorecard": scorecard}
