"""抽样: how many, which ones, and that anybody draws the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluated_street import project_of_40
from xiyuan_ledger.aggregates.evaluation import TreeHead
from xiyuan_ledger.errors import EvaluationError
from xiyuan_ledger.evaluation.drawing import Unit, allocation, draw, population_digest, reserve
from xiyuan_ledger.evaluation.samples import Population, differences, draw_sample, examined, replacement
from xiyuan_ledger.evaluation.seeds import commitment, head_at, head_of_note, seed_of
from xiyuan_ledger.evaluation.sizes import Z, size_by_margin, size_by_share, size_of
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.policies.schemas import Sampling

METHODS = ("simple", "stratified", "systematic", "proportional")
SEED = "6f" * 32


@pytest.mark.parametrize(("population", "size"), [(240, 148), (33, 31), (21, 20), (325, 177), (11_016, 372), (1, 1)])
def test_the_sizes_at_95_percent_and_5_percent_are_those_of_the_tables(population: int, size: int) -> None:
    assert size_by_margin(population, 9500, 500) == size


def test_other_confidences_and_margins() -> None:
    assert size_by_margin(10**9, 9500, 500) == 385
    assert size_by_margin(10**9, 9900, 500) == 664
    assert size_by_margin(10**9, 9000, 1000) == 68
    assert size_by_margin(0, 9500, 500) == 0
    with pytest.raises(EvaluationError, match="sample-confidence"):
        size_by_margin(240, 9400, 500)


@given(st.integers(1, 10**7), st.sampled_from(sorted(Z)), st.integers(1, 3000))
def test_a_size_is_the_least_that_holds_the_margin(population: int, confidence: int, margin: int) -> None:
    size = size_by_margin(population, confidence, margin)
    assert 1 <= size <= population

    def half_width_squared(n: int) -> Fraction:
        correction = Fraction(population - n, population - 1) if population > 1 else Fraction(0)
        return Z[confidence] ** 2 * Fraction(1, 4) / n * correction

    assert half_width_squared(size) <= Fraction(margin, 10_000) ** 2
    if size > 1:
        assert half_width_squared(size - 1) > Fraction(margin, 10_000) ** 2


def test_a_share_is_rounded_up_and_the_policy_sets_the_least() -> None:
    assert [size_by_share(count, 3000) for count in (1, 10, 11, 33)] == [1, 3, 4, 10]
    policy = Sampling()
    assert size_of(240, policy) == 148
    assert size_of(100_000, policy) == 30_000
    assert size_of(33, policy, size=10) == 10
    assert size_of(33, policy, share_centi=5000) == 17
    for asked in ({"size": 9}, {"size": 34}, {"share_centi": 2000}):
        with pytest.raises(EvaluationError, match="sample-size"):
            size_of(33, policy, **asked)
    with pytest.raises(EvaluationError, match="sample-empty"):
        size_of(0, policy)


UNITS = [Unit(f"C-{n:03d}", stratum="ABC"[n % 3], amount_fen=100 * n * n + 1) for n in range(90)]


@pytest.mark.parametrize("method", METHODS)
@given(st.randoms(use_true_random=False), st.integers(1, 90), st.text(min_size=1, max_size=8))
def test_a_sample_does_not_hang_on_the_order_in_which_units_come(
    method: Any, shuffled: Random, size: int, seed: str
) -> None:
    others = list(UNITS)
    shuffled.shuffle(others)
    found = draw(UNITS, method, size, seed)
    assert draw(others, method, size, seed) == found
    assert population_digest(others) == population_digest(UNITS)
    assert len({unit.code for unit in found}) == len(found) == size


def test_every_seed_draws_otherwise_and_every_unit_is_drawn_about_as_often() -> None:
    for method in ("simple", "stratified", "systematic"):
        drawn = Counter(unit.code for n in range(600) for unit in draw(UNITS, method, 30, str(n)))
        assert set(drawn) == {unit.code for unit in UNITS}
        assert all(140 <= times <= 260 for times in drawn.values()), method  # 200 expected


def test_proportional_to_money_draws_large_amounts_surely_and_others_by_their_amount() -> None:
    units = [Unit("big", amount_fen=1000), *(Unit(f"u{n}", amount_fen=10 * n) for n in range(1, 11)), Unit("none")]
    drawn = Counter(unit.code for n in range(2000) for unit in draw(units, "proportional", 3, str(n)))
    assert drawn["big"] == 2000
    assert drawn["none"] == 0
    assert 650 <= drawn["u10"] <= 810  # 2 x 100 / 550 of 2,000 are 727
    assert 40 <= drawn["u1"] <= 110  # 73
    with pytest.raises(EvaluationError, match="sample-no-amount"):
        draw(units, "proportional", 12, SEED)


def test_strata_are_drawn_from_by_their_size_and_none_is_forgotten() -> None:
    assert allocation({"a": 90, "b": 9, "c": 1}, 10) == {"a": 8, "b": 1, "c": 1}
    assert allocation({"a": 50, "b": 50}, 5) == {"a": 3, "b": 2}
    assert allocation({"a": 1, "b": 1, "c": 8}, 2) == {"a": 0, "b": 0, "c": 2}
    assert allocation({"a": 3, "b": 2}, 5) == {"a": 3, "b": 2}
    units = [Unit(f"C-{n}", stratum="rare" if n == 7 else "common") for n in range(40)]
    assert "C-7" in {unit.code for unit in draw(units, "stratified", 5, SEED)}


def test_a_systematic_sample_is_spread_over_the_list() -> None:
    places = sorted(int(unit.code[2:]) for unit in draw([Unit(f"C-{n:02d}") for n in range(40)], "systematic", 8, SEED))
    assert {later - earlier for earlier, later in pairwise(places)} == {5}


def test_a_unit_is_replaced_by_the_next_lot_of_its_stratum() -> None:
    drawn = [unit.code for unit in draw(UNITS, "stratified", 9, SEED)]
    more = [unit.code for unit in draw(UNITS, "stratified", 12, SEED)]
    new = reserve(UNITS, drawn, drawn[0], "stratified", SEED)
    assert new.stratum == "A"
    assert new.code in more
    with pytest.raises(EvaluationError, match="sample-unit-unknown"):
        reserve(UNITS, drawn, "C-999", "simple", SEED)
    with pytest.raises(EvaluationError, match="sample-exhausted"):
        reserve(UNITS, [unit.code for unit in UNITS], "C-001", "simple", SEED)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(EvaluationError, match="sample-unit-twice"):
        draw([Unit("a"), Unit("a", amount_fen=1)], "simple", 1, SEED)
    with pytest.raises(EvaluationError, match="sample-size"):
        draw([Unit("a")], "simple", 2, SEED)


def test_a_checkpoint_is_read_from_its_note() -> None:
    note = "xiyuan-ledger/xiyuan\n12\n" + "q83v" * 10 + "q80=\n\n— xiyuan abc=\n"
    assert head_of_note(note) == TreeHead(size=12, root="abcdef" * 10 + "abcd")
    with pytest.raises(EvaluationError, match="checkpoint-form"):
        head_of_note("hello")


@pytest.fixture
def street(tmp_path: Path) -> Any:
    """A street with a project of 40 clients, and an evaluation of it whose nonce is committed to."""
    with Ledger.open(f"sqlite:///{tmp_path}/s.db", create=True, actor="clerk-1", journal=tmp_path / "j") as ledger:
        entries = project_of_40()
        agreed = {"project": "P", "evaluator": "EV", "phase": "midterm", "from": "2013-01-02", "to": "2013-06-30"}
        agreed |= {"scorecard": "scorecard", "nonce_digest": commitment("月落乌啼霜满天"), "occurred_on": "2013-06-01"}
        entries += [{"type": "EvaluationCommissioned", "evaluation": "E", **agreed}]
        ledger.record_all(entries)
        yield ledger


def test_a_sample_is_recorded_with_all_that_drawing_it_again_takes(street: Ledger) -> None:
    population = Population("journal", "event_id", None, (("type", "ClientEnrolled"), ("from", "2013-01-01")))
    draft = draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01")
    assert (len(draft.units), draft.fact.size) == (40, 37)
    assert draft.fact.seed == seed_of(head_at(street, street.head), "E", "月落乌啼霜满天")
    street.record(draft.fact)
    assert differences(street, [draft.fact]) == []


def test_a_sample_that_is_not_what_it_says_is_found(street: Ledger) -> None:
    population = Population("journal", "event_id", None, (("type", "ClientEnrolled"),))
    fact = draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", size=12).fact
    left = next(unit for unit in (f"{n}" for n in range(9)) if unit not in fact.drawn)
    assert differences(street, [fact.model_copy(update={"drawn": (left, *fact.drawn[1:])})]) == ["drawn"]
    assert differences(street, [fact.model_copy(update={"seed": "00"})]) == ["seed", "drawn"]
    forged = TreeHead(size=fact.checkpoint.size, root="0" * 64) if fact.checkpoint else None
    assert "checkpoint" in differences(street, [fact.model_copy(update={"checkpoint": forged})])
    assert differences(street, [fact.model_copy(update={"pin": None})]) == ["pin"]


def test_later_facts_and_another_head_change_nothing_of_a_sample(street: Ledger) -> None:
    population = Population("journal", "event_id", None, (("type", "ClientEnrolled"),))
    head = head_at(street, street.head)
    fact = draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", size=12).fact
    late = {"client": "C-99", "occurred_on": "2013-01-02"}
    street.record({"type": "ClientRegistered", "sensitivity": "normal", **late})
    street.record({"type": "ClientEnrolled", "project": "P", "category": "a", **late})
    again = draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", size=12, head=head).fact
    assert again == fact
    with pytest.raises(EvaluationError, match="checkpoint-other"):
        other = TreeHead(size=head.size, root="0" * 64)
        draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", size=12, head=other)


def test_replacements_are_recorded_in_the_order_of_the_lots(street: Ledger) -> None:
    population = Population("journal", "event_id", None, (("type", "ClientEnrolled"),))
    first = draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", size=12).fact
    more = draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", size=14).fact
    street.record(first)
    draws = [first]
    for gone in (first.drawn[3], first.drawn[7]):
        draws.append(replacement(street, draws, gone, on=first.occurred_on, reason="moved away"))
        street.record(draws[-1])
    assert [fact.drawn[0] for fact in draws[1:]] == list(more.drawn[12:])
    assert differences(street, draws) == []
    assert set(examined(draws)) == {*more.drawn} - {first.drawn[3], first.drawn[7]}
    assert differences(street, [first, draws[2], draws[1]]) != []


ELSEWHERE = """
import json, sys
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.evaluation.engagement import Engagement
from xiyuan_ledger.evaluation.samples import differences
with Ledger.open(sys.argv[1], journal=sys.argv[2]) as ledger:
    draws = Engagement.read(ledger, "E").draws()
    print(json.dumps([differences(ledger, each) for each in draws]))
"""


def test_another_process_with_nothing_but_the_ledger_draws_the_same(street: Ledger, tmp_path: Path) -> None:
    population = Population("journal", "event_id", None, (("type", "ClientEnrolled"),))
    street.record(draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", size=12).fact)
    url, fresh = f"sqlite:///{tmp_path}/s.db", str(tmp_path / "elsewhere")
    done = subprocess.run([sys.executable, "-c", ELSEWHERE, url, fresh], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[]]


def test_populations_come_from_views_and_say_what_is_wrong_with_them(street: Ledger) -> None:
    def drawn(population: Population, **more: Any) -> Any:
        return draw_sample(street, "E", population, nonce="月落乌啼霜满天", on="2013-07-01", **more)

    assert drawn(Population("coverage", "project")).fact.drawn == ("P",)
    with pytest.raises(EvaluationError, match="sample-column"):
        drawn(Population("coverage", "client"))
    with pytest.raises(EvaluationError, match="sample-by-missing"):
        drawn(Population("coverage", "project"), method="proportional")
    with pytest.raises(EvaluationError, match="sample-by-amount"):
        drawn(Population("coverage", "project", "project"), method="proportional")
    with pytest.raises(EvaluationError, match="evaluation-not-found"):
        draw_sample(street, "F", Population("coverage", "project"), nonce="x", on="2013-07-01")
    assert drawn(Population("coverage", "project", "registered"), method="proportional").fact.drawn == ("P",)
