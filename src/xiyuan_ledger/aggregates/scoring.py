"""计分: what the scores of an evaluation sum to, and what the sum is called. Hundredths of a point throughout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from xiyuan_ledger.codes import Grade

Party = Literal["third_party", "purchaser", "clients", "community"]


def indicators(scorecard: Any) -> Iterator[Any]:
    """The indicators of a scorecard, in its order."""
    return (indicator for dimension in scorecard.dimensions for indicator in dimension.indicators)


def indicator_named(scorecard: Any, code: str) -> Any:
    """The indicator of that code; None where the scorecard has none."""
    return next((indicator for indicator in indicators(scorecard) if indicator.code == code), None)


def joint_score(scores: Mapping[Party, int], parties: Any) -> int:
    """An indicator's score: the mean of those who scored it by the weights of the parties, rounded half up."""
    weights = {party: getattr(parties, party) for party in scores}
    whole = sum(weights.values())
    weighed = sum(score * weights[party] for party, score in scores.items())
    return (2 * weighed + whole) // (2 * whole) if whole else 0


def grade_of(total_centi: int, bands: Any, *, vetoed: bool) -> Grade:
    """The grade of a total by the bands, from the highest on; a veto leaves the lowest."""
    found: Grade = next((band.grade for band in bands if total_centi >= band.from_centi), bands[-1].grade)
    return bands[-1].grade if vetoed else found
