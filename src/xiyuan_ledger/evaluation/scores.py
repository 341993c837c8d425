"""得分: what a measure earns of an indicator's weight, by its kind. Hundredths of a point, rounded half up."""

from __future__ import annotations

from typing import Any

WHOLE_CENTI = 10_000


def share_of(weight_centi: int, share_centi: int) -> int:
    """So much of a weight, rounded half up."""
    return (2 * weight_centi * share_centi + WHOLE_CENTI) // (2 * WHOLE_CENTI)


def earned(rule: Any, measure_centi: int) -> int:
    """What a measure earns: a share in hundredths of a percent; of a deduction, how many findings there are."""
    weight: int = rule.weight_centi
    match rule.kind:
        case "ratio":
            return share_of(weight, _between(measure_centi, rule.floor_centi, rule.ceiling_centi))
        case "threshold":
            return weight if measure_centi >= rule.threshold_centi else 0
        case "step":
            reached = [step.share_centi for step in rule.steps if measure_centi >= step.from_centi]
            return share_of(weight, max(reached, default=0))
        case "combination":
            return share_of(weight, measure_centi)
        case "deduction":
            each: int = rule.each_centi
            return max(0, weight - each * measure_centi)
    return 0


def degree_earned(rule: Any, degree: str) -> int | None:
    """What a degree earns by the indicator's anchors; None where it has no such degree."""
    return next((share_of(rule.weight_centi, each.share_centi) for each in rule.anchors if each.degree == degree), None)


def _between(measure_centi: int, floor_centi: int, ceiling_centi: int) -> int:
    """How far a measure stands between floor and ceiling; from the ceiling on all, wherever the floor is."""
    if measure_centi >= ceiling_centi:
        return WHOLE_CENTI
    if measure_centi <= floor_centi:
        return 0
    span = ceiling_centi - floor_centi
    return (2 * (measure_centi - floor_centi) * WHOLE_CENTI + span) // (2 * span)
