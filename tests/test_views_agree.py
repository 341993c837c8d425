"""Every view is defined twice: its SQL and its plain definition give the same rows, whatever happened and is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.episodes import ABOUT_STAFF, ABOUT_TRAINING, BEGIN, CLIENTS, LAST, WORKERS, Episode, some_day
from tests.episodes_of_evaluation import ABOUT_EVALUATION
from tests.episodes_of_payouts import ABOUT_PAYOUTS
from tests.episodes_of_service import ABOUT_MONEY, ABOUT_ORGANISATIONS, ABOUT_SERVICE, project
from tests.episodes_of_volunteers import ABOUT_PLACES, ABOUT_VOLUNTEERS
from tests.strategies import EVERYTHING, POLICIES, SEEDS, History, examples, histories
from tests.views.harness import plain, plain_definitions
from xiyuan_ledger.calendar import add_years
from xiyuan_ledger.projections.catalogue import definition, definitions
from xiyuan_ledger.projections.view import _without_nulls as without_nulls

EXAMPLES = 3
PINS = 3
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
    "scorecard": (*ABOUT_EVALUATION, *ABOUT_EVALUATION, *ABOUT_SERVICE),
    "timeliness": (*ABOUT_SERVICE, *ABOUT_SERVICE, *ABOUT_EVALUATION),
    "station_monthly_report": (*ABOUT_SERVICE, *ABOUT_STAFF, *ABOUT_VOLUNTEERS, *ABOUT_PLACES),
    "resident_satisfaction": (*ABOUT_PLACES, *ABOUT_SERVICE),
}
"""What a history is about, where a view asks about a part of it only."""
PAYING: Mapping[str, Sequence[Episode]] = {
    "subsidy_due": ABOUT_STAFF,
    "fund_statement": (*ABOUT_STAFF, *ABOUT_MONEY, *ABOUT_PAYOUTS),
    "settlement": (*ABOUT_STAFF, *ABOUT_PAYOUTS, project, project),
    "payroll": (*ABOUT_STAFF, *ABOUT_PAYOUTS),
    "payout_runs": (*ABOUT_STAFF, *ABOUT_PAYOUTS, project),
    "payslip": (*ABOUT_STAFF, *ABOUT_PAYOUTS),
    "recovery_register": (*ABOUT_STAFF, *ABOUT_PAYOUTS),
    "reimbursement_register": (*ABOUT_STAFF, *ABOUT_PAYOUTS, *ABOUT_PAYOUTS),
    "contract_execution": (*ABOUT_MONEY, project, project),
}
"""The views that count what was paid: in their histories runs are opened and settled too."""
ARGUMENTS: Mapping[str, Sequence[str]] = {
    "subject": (*WORKERS, *CLIENTS, "J-1", "C1-S", "XY", "CSO-1", "post-subsidy"),
    "run": ("post-subsidy-2013-09-1", "exam-reimbursement-2013-09-1"),
    "scheme": ("post-subsidy", "post-subsidy", "exam-reimbursement", "project-instalment"),
    "run_month": ("2013-09", "2013-12", "2014-03"),
    "state": ("opened", "approved", "closed"),
    "type": ("WorkerHired", "FundsReceived", "RecordVoided"),
    "stream": ("worker/W-1", "project/J-1", "ledger"),
}


class Asked(NamedTuple):
    """A pin and arguments."""

    valid_on: date
    known_at: int
    from_: date | None
    to: date | None
    arguments: Mapping[str, str]


def telling_days(history: History) -> list[date]:
    """The days that the facts speak of: on these, and on the days beside them, a rule shows on which side it falls."""
    found: set[date] = set()
    for event in history.events[POLICIES:]:
        values = [value for value in event.fact.entry().values() if isinstance(value, date)]
        found |= {value.date() if isinstance(value, datetime) else value for value in values}
    return sorted(found)


def _day(chance: Random, days: Sequence[date]) -> date:
    if chance.random() < 0.3:
        return some_day(chance, BEGIN, LAST)
    day = chance.choice(days)
    if chance.random() < 0.15:
        day = add_years(day, chance.choice((1, 2, 3)))
    return day + timedelta(days=chance.choice((-1, 0, 0, 1)))


def asked(view: str, history: History, seed: int) -> Asked:
    """A pin at some position, about some day, over some period; mostly the newest position."""
    chance, known = Random(seed), definition(view)
    days = telling_days(history)
    known_at = POLICIES + len(history.entries) * chance.choice((10, 10, 10, 9, 5)) // 10
    bounds = sorted((_day(chance, days), _day(chance, days)))
    period = bounds if known.period and chance.random() < 0.5 else [None, None]
    needed = {*known.required, *(known.arguments if view == "history" else ())}
    named = [name for name in known.arguments if name in needed or chance.random() < 0.4]
    arguments = {name: chance.choice(ARGUMENTS[name]) for name in named}
    return Asked(_day(chance, days), known_at, period[0], chance.choice((period[1], None)), arguments)


def refuse_disagreement(view: str, history: History, seeds: Sequence[int]) -> None:
    """Ask the ledger, and ask the plain definition."""
    with history.ledger() as ledger:
        for each in (asked(view, history, seed) for seed in seeds):
            arguments: dict[str, Any] = dict(each.arguments)
            period = {"from_": each.from_, "to": each.to}
            found = ledger.view(view, valid_on=each.valid_on, known_at=each.known_at, **period, **arguments)
            texts = {name: day and day.isoformat() for name, day in period.items()}
            day = each.valid_on.isoformat()
            expected = plain(view, history.events, day, each.known_at, **texts, args=arguments)
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
    pins = st.lists(SEEDS, min_size=PINS, max_size=PINS, unique=True)
    pays = view in PAYING
    about = PAYING.get(view, ABOUT.get(view, EVERYTHING))

    @examples(EXAMPLES)
    @given(histories(size=(30, 60), about=about, altering=0.1 if pays else 0.2, paying=0.5 * pays), pins)
    def agree(history: History, seeds: list[int]) -> None:
        refuse_disagreement(view, history, seeds)

    agree()


def test_every_view_is_defined_twice() -> None:
    assert plain_definitions().keys() == definitions().keys()
