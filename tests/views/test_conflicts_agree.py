"""Conflicts found by the SQL are those of the plain definition, in crowded days that nobody put in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.views.harness import adopted, both, day, events, noon
from tests.views.staff import annulled, established, filled, hired, left, passed, trained, vacated
from tests.views.sunset import approved, closed, contracted, enrolled, merged, session, started, suspended, visit
from tests.views.test_conflicts import consent
from tests.views.test_fund_statement import received, reversed_, spent, transferred
from xiyuan_ledger.aggregates.client import ClientRegistered
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.training import Programme

DAYS = ("2013-03-02", "2013-03-03", "2013-03-04", "2013-03-05")
WORKERS = ("W-1", "W-2", "W-3")
CLIENTS = tuple(f"C-{n}" for n in range(1, 8))


def at(chance: Random, on: str) -> str:
    return f"{on}T{chance.randint(8, 11):02d}:{chance.choice((0, 15, 30, 45)):02d}:00"


def at_work(chance: Random) -> Iterator[Fact]:
    """Services, sessions and trainings on a few days, as they come."""
    for n in range(chance.randint(4, 14)):
        on = chance.choice(DAYS)
        minutes = chance.choice((15, 30, 60, 240, 1440))
        match chance.choice(("visit", "session", "session", "training")):
            case "visit":
                starts_at = chance.choice((None, at(chance, on)))
                client, worker = chance.choice(CLIENTS), chance.choice(WORKERS)
                yield visit(client, on, worker=worker, minutes=minutes, starts_at=starts_at)
            case "session":
                present = chance.sample(CLIENTS, chance.choice((0, 1, 5, 6, 6, 7)))
                staff = tuple(chance.sample(WORKERS, chance.randint(0, 2)))
                yield session(f"S-{n}", on, *present, workers=staff, minutes=minutes, starts_at=at(chance, on))
            case _:
                programme: Programme = "pre_exam" if chance.random() < 0.5 else "residents"
                yield trained(f"T-{n}", on, minutes, *chance.sample((*WORKERS, "M-1"), 2), programme=programme)


def about_people(chance: Random) -> Iterator[Fact]:
    """Workers and their posts, clients and what is known of them."""
    for worker in WORKERS:
        if chance.random() < 0.8:
            yield hired(worker, chance.choice(("2012-06-01", *DAYS)))
            if chance.random() < 0.3:
                yield left(worker, "2013-03-05")
    if chance.random() < 0.7:
        yield established("P-1")
        yield from (passed("W-1", "2012-08-20"),) if chance.random() < 0.6 else ()
        yield filled("P-1", "W-1", chance.choice(("2012-08-01", "2012-09-01")))
        yield from (vacated("P-1", "W-1", chance.choice(DAYS)),) if chance.random() < 0.5 else ()
        if chance.random() < 0.5:
            yield annulled("W-1", chance.choice(DAYS), year=2012, effect=chance.choice(("from_start", "from_decision")))
    for client in CLIENTS[:3]:
        birth_year = chance.choice((None, 1940, 1995, 1996))
        on = day("2013-01-01")
        yield ClientRegistered(client=client, sensitivity="normal", birth_year=birth_year, occurred_on=on)
        if chance.random() < 0.5:
            yield consent(chance.choice(DAYS), given=chance.random() < 0.8, client=client)
        if chance.random() < 0.5:
            yield enrolled(client, chance.choice(DAYS))
    if chance.random() < 0.4:
        yield merged("C-1", "C-7", chance.choice(DAYS))


def about_money(chance: Random) -> Iterator[Fact]:
    """An account of small sums, and perhaps another rule for it."""
    yield received("V-1", 1_000, DAYS[0])
    for n in range(chance.randint(0, 6)):
        amount_fen, on = chance.choice((400, 1_001)), chance.choice(DAYS)
        yield chance.choice((spent, spent, transferred))(f"E-{n}", amount_fen, on)
        if chance.random() < 0.3:
            yield reversed_(f"E-{n}", amount_fen, on)
    if chance.random() < 0.5:
        yield adopted("fund-channels", 2, chance.choice(DAYS), mode=chance.choice(("warn", "block")))
    if chance.random() < 0.3:
        yield adopted("training-cadence", 2, chance.choice(DAYS), pre_exam={"months": [3], "weekends_only": False})


def in_a_hurry(chance: Random) -> Iterator[Fact]:
    """Entries within a few minutes, some of them from a file."""
    recorded_at = noon(day("2013-03-06"))
    for _ in range(chance.choice((0, 30, 70, 100))):
        pause = 60 if chance.random() < 0.03 else chance.choice((0, 1, 2, 3))
        recorded_at += timedelta(seconds=pause)
        source = "visits.jsonl:1" if chance.random() < 0.1 else None
        yield visit(chance.choice(CLIENTS), chance.choice(DAYS), recorded_at=recorded_at, source=source)


def crowded(seed: int) -> list[Fact]:
    """Some days at a street where anything may happen."""
    chance = Random(seed)
    runs: list[Fact] = [approved(), contracted(), started()]
    turns: list[Fact] = [suspended("2013-03-04")] if chance.random() < 0.3 else []
    turns += [closed("2013-03-05")] if chance.random() < 0.3 else []
    happened = [*about_people(chance), *about_money(chance), *at_work(chance)]
    if chance.random() < 0.5:
        chance.shuffle(happened)
    return [*runs, *turns, *happened, *in_a_hurry(chance)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**40), st.sampled_from(("warn", "block")), st.sampled_from((*DAYS, "2013-12-31")))
def test_what_is_found_on_crowded_days_is_what_the_definition_says(seed: int, mode: str, valid_on: str) -> None:
    both("conflicts", events(*crowded(seed), parameters={"fund-channels": {"mode": mode}}), valid_on)
