"""Every view is defined twice: its SQL and its plain definition give the same rows, whatever happened and is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.episodes import ABOUT_STAFF, ABOUT_TRAINING, BEGIN, CLIENTS, LAST, WORKERS, Episode, some_day
from tests.episodes_of_service import ABOUT_MONEY, ABOUT_ORGANISATIONS, ABOUT_SERVICE
from tests.episodes_of_volunteers import ABOUT_PLACES, ABOUT_VOLUNTEERS
from tests.strategies import EVERYTHING, POLICIES, SEEDS, History, examples, histories
from tests.views.harness import plain, plain_definitions
from xiyuan_ledger.projections.catalogue import definition, definitions
from xiyuan_ledger.projections.view import _without_nulls as without_nulls

EXAMPLES = 4
PINS = 2
STAFF = (*ABOUT_STAFF, *ABOUT_ORGANISATIONS)
ABOUT: dict[str, Sequence[Episode]] = {
    "exam_deadlines": ABOUT_STAFF,
    "certificates": ABOUT_STAFF,
    "continuing_education": ABOUT_TRAINING,
    "exam_funnel": ABOUT_STAFF,
    "four_plus_one": STAFF,
    "station_staffing": STAFF,
    "subsidy_due": ABOUT_STAFF,
    "training_cadence": ABOUT_TRAINING,
    "training_totals": ABOUT_TRAINING,
    "org_register": ABOUT_ORGANISATIONS,
    "membership": ABOUT_ORGANISATIONS,
    "fund_statement": ABOUT_MONEY,
    "budget_execution": ABOUT_MONEY,
    "project_outputs": (*ABOUT_SERVICE, *ABOUT_ORGANISATIONS, *ABOUT_VOLUNTEERS),
    "coverage": ABOUT_SERVICE,
    "attendance": ABOUT_SERVICE,
    "conflicts": (*ABOUT_SERVICE, *ABOUT_MONEY, *ABOUT_STAFF),
    "caseload": ABOUT_SERVICE,
    "five_ones": ABOUT_SERVICE,
    "outcomes": ABOUT_SERVICE,
    "accesses": ABOUT_ORGANISATIONS,
    "incubation": ABOUT_ORGANISATIONS,
    "culture_register": ABOUT_ORGANISATIONS,
    "volunteer_hours": ABOUT_VOLUNTEERS,
    "call_platform": ABOUT_VOLUNTEERS,
    "venue_use": ABOUT_PLACES,
    "resident_satisfaction": (*ABOUT_PLACES, *ABOUT_SERVICE),
}
"""What a history is about, where a view asks about a part of it only."""
ARGUMENTS: Mapping[str, Sequence[str]] = {
    "subject": (*WORKERS, *CLIENTS, "J-1", "C1-S", "XY", "CSO-1", "post-subsidy"),
    "type": ("WorkerHired", "FundsReceived", "RecordVoided"),
    "stream": ("worker/W-1", "project/J-1", "ledger"),
}


class Asked(NamedTuple):
    """A pin and arguments, as drawn: positions as shares of the history's length."""

    valid_on: date
    known_share: int
    period: tuple[date, date] | None
    open_end: bool
    arguments: Mapping[str, str]

    def position(self, history: History) -> int:
        return POLICIES + (len(history.entries) * self.known_share + 9) // 10


def asked(view: str) -> st.SearchStrategy[Asked]:
    """Pins at any position, about any day, over any period; mostly the newest position."""
    view_arguments, takes_period = definition(view).arguments, definition(view).period

    def pin(seed: int) -> Asked:
        chance = Random(seed)
        day = chance.choice((some_day(chance, BEGIN, LAST), some_day(chance, date(2013, 3, 1), LAST), LAST))
        bounds = sorted((some_day(chance, BEGIN, day), some_day(chance, BEGIN, LAST)))
        period = (bounds[0], bounds[1]) if takes_period and chance.random() < 0.6 else None
        optional = view_arguments if view == "history" else [each for each in view_arguments if chance.random() < 0.4]
        arguments = {name: chance.choice(ARGUMENTS[name]) for name in optional}
        return Asked(day, chance.choice((10, 10, 10, 8, 5, 0)), period, chance.random() < 0.3, arguments)

    return SEEDS.map(pin)


def refuse_disagreement(view: str, history: History, pins: Sequence[Asked]) -> None:
    """Ask the ledger, and ask the plain definition."""
    with history.ledger() as ledger:
        for each in pins:
            known_at = each.position(history)
            from_, to = each.period or (None, None)
            to = None if each.open_end else to
            arguments: dict[str, Any] = dict(each.arguments)
            found = ledger.view(view, valid_on=each.valid_on, known_at=known_at, from_=from_, to=to, **arguments)
            first, last = from_ and from_.isoformat(), to and to.isoformat()
            expected = plain(view, history.events, each.valid_on.isoformat(), known_at, first, last, args=arguments)
            assert found.rows == [_with_values(row, view) for row in expected], each


def _with_values(row: dict[str, Any], view: str) -> dict[str, Any]:
    """A row as a view's rows have it: instants with their offset, free-form parameters read."""
    kinds = {column.name: column.type for column in definition(view).columns}
    return {name: _value(kinds[name], value) for name, value in row.items()}


def _value(kind: str, value: Any) -> Any:
    if kind == "instant" and value is not None:
        return value.replace(tzinfo=UTC)
    return without_nulls(value) if kind == "json" else value


@pytest.mark.parametrize("view", plain_definitions())
def test_the_sql_of_a_view_and_its_plain_definition_agree(view: str) -> None:
    @examples(EXAMPLES)
    @given(
        histories(size=(30, 60), about=ABOUT.get(view, EVERYTHING)), st.lists(asked(view), min_size=PINS, max_size=PINS)
    )
    def agree(history: History, pins: list[Asked]) -> None:
        refuse_disagreement(view, history, pins)

    agree()


def test_every_view_is_defined_twice() -> None:
    assert plain_definitions().keys() == definitions().keys()
