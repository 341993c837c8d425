"""The hard rules of evaluations, and of the ledger itself, once more, slow and plain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.policies import SCHEMAS

Facts = Sequence[tuple[Event, Any]]
AFTER_THE_END = ("ConflictDeclared", "RectificationClosed", "ObjectionRaised", "ScoreRevised")


def _agreed(facts: Facts, on: Any) -> Any:
    """The scorecard in force on a day: of the versions that hold it, the one recorded last."""
    holding = [
        (event.position, fact.parameters)
        for event, fact in facts
        if event.type == "PolicyAdopted" and fact.policy == "scorecard" and fact.effective_from <= on
        if fact.effective_to is None or on < fact.effective_to
    ]
    return SCHEMAS["scorecard"].model_validate(max(holding, key=lambda each: each[0])[1])


def evaluations(facts: Facts) -> Iterator[str]:
    """评估: commissioned first, of a third party; scores in range; over when concluded, as the scores sum up."""
    parties: dict[str, set[str]] = {}
    for event, fact in facts:
        if event.type in ("ProjectApproved", "ProjectContracted"):
            party = getattr(fact, "purchaser", None) or fact.implementer
            parties.setdefault(fact.project, set()).add(party)
    of_one: dict[str, list[tuple[Event, Any]]] = {}
    for event, fact in facts:
        if event.stream.startswith("evaluation/"):
            of_one.setdefault(fact.evaluation, []).append((event, fact))
    for code, told in of_one.items():
        if [event.type for event, _ in told].count("EvaluationCommissioned") != 1:
            yield f"commissioned twice, or never: {code}"
        elif told[0][0].type != "EvaluationCommissioned":
            yield f"{told[0][0].type} before the commission: {code}"
        else:
            commission = told[0][1]
            if commission.evaluator in parties.get(commission.project, set()) or commission.to < commission.from_:
                yield f"not independent, or of no days: {code}"
            yield from _judged(code, told[1:], _agreed(facts, commission.occurred_on))


class _Told:
    """What was said of one evaluation so far."""

    def __init__(self, scorecard: Any):
        self.scorecard = scorecard
        self.rules = {each.code: each for dimension in scorecard.dimensions for each in dimension.indicators}
        self.scores: dict[str, dict[str, int]] = {}
        self.revised: dict[str, int] = {}
        self.found: dict[str, str] = {}
        self.objected: set[str] = set()

    def take(self, event: Event, fact: Any) -> None:
        """Write it down."""
        match event.type:
            case "IndicatorScored":
                self.scores.setdefault(fact.indicator, {})[fact.party] = fact.score_centi
            case "ObjectionRaised":
                self.objected.add(fact.indicator)
            case "ScoreRevised":
                self.revised[fact.indicator] = fact.score_centi
            case "FindingRaised":
                self.found[fact.finding] = fact.severity

    def breaks(self, event: Event, fact: Any) -> bool:
        """Whether it does not fit what was said before."""
        match event.type:
            case "IndicatorScored" if self.rules[fact.indicator].kind == "degree" and not fact.evidence:
                return True
            case "IndicatorScored" | "ScoreRevised" if fact.score_centi > self.rules[fact.indicator].weight_centi:
                return True
            case "ScoreRevised":
                return fact.indicator not in self.objected
            case "RectificationClosed":
                return fact.finding not in self.found
            case "SampleDrawn":
                return len(set(fact.drawn)) != fact.size
            case "EvaluationConcluded":
                total = sum(_score(each, self.scores, self.revised, self.scorecard.parties) for each in self.rules)
                return bool((fact.total_centi, fact.grade) != (total, _grade(total, self.scorecard.bands, self.found)))
        return False


def _judged(code: str, facts: Facts, scorecard: Any) -> Iterator[str]:
    """Scores, findings, samples, and the end of one evaluation."""
    told, seen, over = _Told(scorecard), set[tuple[Any, ...]](), False
    for event, fact in facts:
        if over and event.type not in AFTER_THE_END:
            yield f"{event.type} after the conclusion: {code}"
        if (once := _once(event, fact)) is not None:
            if once in seen:
                yield f"twice: {code} {once}"
            seen.add(once)
        if told.breaks(event, fact):
            yield f"{event.type} does not fit: {code}"
        told.take(event, fact)
        over = over or event.type == "EvaluationConcluded"


def _once(event: Event, fact: Any) -> tuple[Any, ...] | None:
    """What is told of an evaluation once only."""
    names = {
        "EvaluationNoticed": (),
        "IndicatorScored": ("indicator", "party"),
        "FindingRaised": ("finding",),
        "RectificationClosed": ("finding",),
        "EvaluationConcluded": (),
    }
    return (event.type, *(getattr(fact, name) for name in names[event.type])) if event.type in names else None


def _score(indicator: str, scores: dict[str, dict[str, int]], revised: dict[str, int], parties: Any) -> int:
    """The mean of the parties by their weights, half up; as revised, where it was."""
    if indicator in revised:
        return revised[indicator]
    given = scores.get(indicator, {})
    whole = sum(getattr(parties, party) for party in given)
    weighed = sum(score * getattr(parties, party) for party, score in given.items())
    return (weighed * 2 + whole) // (whole * 2) if whole else 0


def _grade(total: int, bands: Any, found: dict[str, str]) -> str:
    reached = [band.grade for band in bands if total >= band.from_centi]
    return str(bands[-1].grade if "veto" in found.values() or not reached else reached[0])


def months(events: Sequence[Event]) -> Iterator[str]:
    """账本控制: months are closed and opened in turn; what is entered for a closed one says why."""
    for n, event in enumerate(events):
        gone = {each.fact.corrects or getattr(each.fact, "event", None) for each in events[:n]}
        turns = [each for each in events[:n] if each.event_id not in gone and each.type.startswith("Period")]
        month = f"{event.occurred_on:%Y-%m}"
        about: Any = event.fact
        if event.type in ("PeriodClosed", "PeriodReopened") and about.corrects is None:
            if _closed(turns, about.month) == (event.type == "PeriodClosed"):
                yield f"{event.type} out of turn: {about.month}"
        elif _closed(turns, month) and about.reason is None and not event.stream.startswith("ledger"):
            yield f"{event.type} for the closed month {month} says not why"


def _closed(turns: Sequence[Event], month: str) -> bool:
    last = [each.type for each in sorted(turns, key=_place) if getattr(each.fact, "month", "") == month][-1:]
    return last == ["PeriodClosed"]


def _place(event: Event) -> tuple[Any, int]:
    return event.occurred_on, event.position


RULES = {"evaluations": evaluations}
