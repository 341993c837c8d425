"""样本量: how many units are examined - by a share, or by confidence and margin with finite-population correction.

Fractions throughout: a size never hangs on how a machine rounds.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from xiyuan_ledger.errors import EvaluationError

WHOLE_CENTI = 10_000
Z = {
    8000: Fraction(1282, 1000),
    9000: Fraction(1645, 1000),
    9500: Fraction(196, 100),
    9800: Fraction(2326, 1000),
    9900: Fraction(2576, 1000),
}
"""The two-sided quantiles of the normal distribution that sampling tables print, by confidence in 1/100 %."""


def size_by_share(population: int, share_centi: int) -> int:
    """A share of the population, rounded up: 30 % of 33 are 10."""
    return -(-population * share_centi // WHOLE_CENTI)


def size_by_margin(population: int, confidence_centi: int, margin_centi: int) -> int:
    """What holds a share within the margin at the confidence, whatever the share is; corrected for the population.

    At 95 % and 5 %: 240 → 148, 33 → 31, 11,016 → 372. Raises EvaluationError where the confidence is not tabled.
    """
    if confidence_centi not in Z:
        known = ", ".join(str(confidence) for confidence in Z)
        raise EvaluationError("sample-confidence", field="confidence_centi", found=confidence_centi, known=known)
    if population == 0:
        return 0
    endless = Z[confidence_centi] ** 2 / 4 / Fraction(margin_centi, WHOLE_CENTI) ** 2
    corrected = endless / (1 + (endless - 1) / population)
    return min(population, -(-corrected.numerator // corrected.denominator))


def size_of(population: int, policy: Any, *, share_centi: int | None = None, size: int | None = None) -> int:
    """The size asked for, else that of the policy `sampling`; never below the policy's least share.

    Raises EvaluationError where less is asked for than the policy demands, or more than there is.
    """
    if population == 0:
        raise EvaluationError("sample-empty", field="population")
    least = size_by_share(population, policy.min_share_centi)
    if size is None and share_centi is None:
        return max(least, size_by_margin(population, policy.confidence_centi, policy.margin_centi))
    asked = size if size is not None else size_by_share(population, share_centi or 0)
    if not max(least, 1) <= asked <= population:
        raise EvaluationError("sample-size", field="size", found=asked, least=max(least, 1), most=population)
    return asked
