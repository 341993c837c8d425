"""账簿: in any order of arrival, an outlay is admitted exactly if on every day there is money that may serve it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from xiyuan_ledger.aggregates.cashbook import Cashbook
from xiyuan_ledger.aggregates.earmarks import Purpose, purses_for

FIRST = date(2013, 1, 1)
PURSES: list[Purpose] = [(None, None), ("sunset", None), (None, "venue"), ("sunset", "venue"), ("seedling", None)]
OUTLAYS: list[Purpose] = [
    ("sunset", "venue"),
    ("sunset", "staff"),
    ("seedling", "venue"),
    (None, "venue"),
    (None, "staff"),
    ("sunset", None),
]
Move = tuple[str, date, Purpose, int]

days = st.integers(0, 4).map(lambda n: FIRST + timedelta(days=n))
amounts = st.integers(1, 9)
moves = st.lists(
    st.one_of(
        st.tuples(st.just("in"), days, st.sampled_from(PURSES), amounts),
        st.tuples(st.just("out"), days, st.sampled_from(OUTLAYS), amounts),
        st.tuples(st.just("back"), days, st.sampled_from(OUTLAYS), amounts),
    ),
    max_size=14,
)


def short_on(known: list[Move], day: date) -> int:
    """By the definition: of all sets of outlays, the one for which most is missing."""
    came = {
        purse: sum(fen for k, d, kind, fen in known if k == "in" and d <= day and kind == purse) for purse in PURSES
    }
    went = dict.fromkeys(OUTLAYS, 0)
    for k, d, kind, fen in known:
        if k != "in" and d <= day:
            went[kind] += fen if k == "out" else -fen
    worst = 0
    for size in range(1, len(OUTLAYS) + 1):
        for chosen in combinations(OUTLAYS, size):
            serving = {purse for outlay in chosen for purse in purses_for(outlay)}
            worst = max(worst, sum(went[o] for o in chosen) - sum(came.get(purse, 0) for purse in serving))
    return worst


def enter(book: Cashbook, move: Move) -> None:
    kind, day, of, fen = move
    {"in": book.receive, "out": book.spend, "back": book.give_back}[kind](day, of, fen)


def may_come_back(known: list[Move], move: Move) -> bool:
    """Whether as much was spent of that kind, by every day from then on and in any order of arrival."""
    _, day, of, fen = move
    spent = sum(f for k, d, kind, f in known if k == "out" and kind == of and d <= day)
    return fen <= spent - sum(f for k, _, kind, f in known if k == "back" and kind == of)


@settings(max_examples=150, deadline=None)
@given_any(moves, st.booleans(), st.booleans())
def test_an_outlay_is_admitted_exactly_if_no_day_gets_shorter(entered: list[Move], warn: bool, handed_in: bool) -> None:
    book, known = Cashbook(), list[Move]()
    inflows = [(FIRST + timedelta(days=2), ("sunset", None), 5), (FIRST, (None, None), 3)] if handed_in else []
    seen = [("in", *inflow) for inflow in inflows]
    calendar = [FIRST + timedelta(days=n) for n in range(5)]
    for move in entered:
        kind, day, of, fen = move
        if kind == "back" and not may_come_back(known, move):
            continue
        if kind == "out":
            before, after = [*seen, *known], [*seen, *known, move]
            shorter = [d for d in calendar if d >= day and short_on(after, d) > short_on(before, d)]
            inflow = {purse[0]: f for d, purse, f in inflows if d <= day}
            if book.affords(day, of, fen) or book.affords(day, of, fen, inflow):
                assert not shorter
            assert bool(book.days_made_short(day, of, fen, inflows)) == bool(shorter)
            if shorter and not warn:
                continue
        enter(book, move)
        known.append(move)
    found = book.shortfalls(inflows)
    assert found == {d: short_on([*seen, *known], d) for d in found}
