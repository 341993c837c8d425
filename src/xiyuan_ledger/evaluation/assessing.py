"""评分: the automatic indicators as scores to be recorded, and what an evaluation comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from xiyuan_ledger.aggregates.evaluation import EvaluationConcluded, IndicatorScored
from xiyuan_ledger.aggregates.fact import Pinned
from xiyuan_ledger.errors import EvaluationError
from xiyuan_ledger.evaluation.measures import MEASURES
from xiyuan_ledger.evaluation.scores import earned
from xiyuan_ledger.evaluation.sight import Measure, Sight
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin

TOTAL = "_total"


@dataclass(frozen=True, slots=True)
class Assessed:
    """An indicator at the pin: its rule, what was measured - None for a judgement - and what that earns."""

    dimension: str
    rule: Any
    measure: Measure | None
    earned_centi: int

    @property
    def missing(self) -> bool:
        """Whether the ledger should know, and does not: the indicator scores 0 and is listed."""
        return self.measure is not None and self.measure.centi is None


def assessed(sight: Sight) -> list[Assessed]:
    """Every indicator of the scorecard that was agreed on, in its order."""
    found = []
    for dimension in sight.engagement.scorecard.dimensions:
        for rule in dimension.indicators:
            measure = MEASURES[rule.code](sight, rule) if rule.code in MEASURES else None
            points = earned(rule, measure.centi) if measure is not None and measure.centi is not None else 0
            found.append(Assessed(dimension.code, rule, measure, points))
    return found


def automatic_scores(ledger: Ledger, evaluation: str, pin: Pin, on: date) -> list[IndicatorScored]:
    """The scores that the ledger gives itself, as facts of the third party's; what was scored already is left out."""
    sight = Sight.of(ledger, evaluation, pin)
    given = {fact.indicator for fact, _ in sight.engagement.of(IndicatorScored) if fact.party == "third_party"}
    at = pinned(pin)
    return [
        IndicatorScored(
            evaluation=evaluation,
            indicator=each.rule.code,
            score_centi=each.earned_centi,
            party="third_party",
            pin=at,
            occurred_on=on,
        )
        for each in assessed(sight)
        if each.measure is not None and not each.missing and each.rule.code not in given
    ]


def pinned(pin: Pin) -> Pinned:
    """A settled pin, as facts carry it."""
    assert type(pin.known_at) is int
    assert pin.valid_on is not None
    return Pinned(position=pin.known_at, valid_on=pin.valid_on)


def conclusion(ledger: Ledger, evaluation: str, pin: Pin, on: date) -> EvaluationConcluded:
    """结论: total and grade as the scores stand, over what was looked at, at a pin."""
    rows = ledger.view("scorecard", pin=Pin(valid_on=on), where={"evaluation": evaluation}).rows
    if not rows:
        raise EvaluationError("evaluation-not-found", field="evaluation", evaluation=evaluation)
    total = next(row for row in rows if row["indicator"] == TOTAL)
    return EvaluationConcluded(
        evaluation=evaluation,
        total_centi=total["score_centi"],
        grade=total["grade"],
        pin=pinned(pin),
        occurred_on=on,
    )
