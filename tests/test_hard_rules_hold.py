"""Whatever is entered in whatever order: no hard rule is broken by the facts that stand, asked of a naive model."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given

from tests.episodes import ABOUT_STAFF, ABOUT_TRAINING, Episode
from tests.episodes_of_service import ABOUT_MONEY, ABOUT_ORGANISATIONS, ABOUT_SERVICE
from tests.episodes_of_volunteers import ABOUT_PLACES, ABOUT_VOLUNTEERS
from tests.naive_rules import RULES, effective
from tests.strategies import EVERYTHING, History, examples, histories

EXAMPLES = 4
ABOUT: dict[str, Sequence[Episode]] = {
    "organisations": (*ABOUT_ORGANISATIONS, *ABOUT_MONEY),
    "workers": ABOUT_STAFF,
    "examinations": ABOUT_STAFF,
    "posts": ABOUT_STAFF,
    "trainings": (*ABOUT_TRAINING, *ABOUT_SERVICE),
    "projects": ABOUT_SERVICE,
    "clients": ABOUT_SERVICE,
    "cases": ABOUT_SERVICE,
    "volunteers": ABOUT_VOLUNTEERS,
    "venues": ABOUT_PLACES,
    "reviews": (*ABOUT_PLACES, *ABOUT_ORGANISATIONS),
    "accounts": ABOUT_MONEY,
    "policies": EVERYTHING,
}


@pytest.mark.parametrize("rule", RULES)
def test_no_history_breaks_a_hard_rule(rule: str) -> None:
    adopting = 0.0 if rule == "accounts" else 0.1

    @examples(EXAMPLES)
    @given(histories(size=(40, 80), altering=0.3, adopting=adopting, about=ABOUT[rule]))
    def hold(history: History) -> None:
        assert list(RULES[rule](effective(history.events))) == []

    hold()
