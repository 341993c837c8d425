"""小数抑制: which counts of a public table are withheld, so that nobody can be picked out of it."""

from __future__ import annotations

from collections.abc import Sequence


def published(counts: Sequence[int], threshold: int) -> list[int | None]:
    """The counts of one column whose total is public; None for one that is withheld.

    Withheld is what is at least 1 and below the threshold. One withheld count alone, or several that make less than the
    threshold together, would follow from the total: then the smallest other counts are withheld with them. A nought is
    no person, and stays. Where every count that is not 0 is withheld, the total must be too.
    """
    withheld = {at for at, count in enumerate(counts) if 0 < count < threshold}
    others = sorted((at for at, count in enumerate(counts) if count >= threshold), key=lambda at: (counts[at], at))
    while withheld and others and (len(withheld) == 1 or sum(counts[at] for at in withheld) < threshold):
        withheld.add(others.pop(0))
    return [None if at in withheld else count for at, count in enumerate(counts)]
