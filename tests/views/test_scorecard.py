"""评分表: what each indicator scores, and what they sum to."""

from __future__ import annotations

from typing import Any

from tests.test_evaluation import PIN, commissioned, concluded, found, of_it, scored
from tests.views.harness import Rows, adopted, both, events, fact_id, policy_id
from xiyuan_ledger.aggregates.evaluation import ObjectionRaised, ScoreRevised
from xiyuan_ledger.aggregates.fact import Event

INDICATORS = 25


def lines(ledger: list[Event], valid_on: str = "2013-12-31", **asked: Any) -> dict[str, dict[str, Any]]:
    """The rows by their indicator."""
    rows: Rows = both("scorecard", ledger, valid_on, **asked)
    return {row["indicator"]: row for row in rows}


def test_every_indicator_is_listed_and_those_that_nobody_scored_count_nothing() -> None:
    found = lines(events(commissioned(), scored("prompt-records", 450)))
    assert len(found) == INDICATORS + 1
    assert (found["prompt-records"]["score_centi"], found["prompt-records"]["state"]) == (450, "scored")
    assert (found["clients-reached"]["score_centi"], found["clients-reached"]["state"]) == (0, "unscored")
    assert (found["fraud"]["state"], found["fraud"]["weight_centi"]) == ("veto", 0)
    total = found["_total"]
    assert (total["score_centi"], total["weight_centi"], total["grade"], total["state"]) == (
        450,
        10_000,
        "fail",
        "open",
    )
    assert found["prompt-records"]["evidence"] == [policy_id("scorecard"), fact_id(1), fact_id(2)]


def test_the_parties_share_an_indicator_by_their_weights() -> None:
    given = {"third_party": 600, "purchaser": 500, "clients": 400, "community": 300}
    found = lines(events(commissioned(), *(scored("client-satisfaction", s, party=p) for p, s in given.items())))
    row = found["client-satisfaction"]
    assert (row["third_party_score_centi"], row["community_score_centi"], row["score_centi"]) == (600, 300, 525)
    assert lines(events(commissioned(), scored("resident-review", 1, party="clients")))["_total"]["score_centi"] == 1


def test_a_revision_takes_the_place_of_what_the_parties_gave() -> None:
    about = {"indicator": "prompt-records", "text": "recounted"}
    said = [
        of_it(ObjectionRaised, "2013-08-01", **about),
        of_it(ScoreRevised, "2013-08-05", score_centi=480, **about),
        of_it(ScoreRevised, "2013-08-03", score_centi=470, **about),
    ]
    ledger = events(commissioned(), scored("prompt-records", 450), *said)
    row = lines(ledger)["prompt-records"]
    assert (row["score_centi"], row["state"], row["third_party_score_centi"]) == (480, "revised", 450)
    assert row["evidence"] == [policy_id("scorecard"), *(fact_id(number) for number in range(1, 6))]
    assert lines(ledger, "2013-08-04")["_total"]["score_centi"] == 470
    assert lines(ledger, "2013-08-01")["_total"]["score_centi"] == 450


def test_a_veto_leaves_the_lowest_grade_and_the_total_as_it_is() -> None:
    bands = [{"grade": "excellent", "from_centi": 700}, {"grade": "fail", "from_centi": 0}]
    start = [commissioned(), scored("clients-reached", 700)]
    what_if = {"scorecard": {"bands": bands}}
    total = lines(events(*start), what_if=what_if)["_total"]
    assert (total["grade"], total["evidence"]) == ("excellent", [fact_id(1)])
    vetoed = lines(events(*start, found("F-1", "veto"), found("F-2", "major")), what_if=what_if)["_total"]
    assert (vetoed["grade"], vetoed["score_centi"]) == ("fail", 700)
    assert fact_id(3) in vetoed["evidence"]
    assert fact_id(4) not in vetoed["evidence"]


def test_the_scorecard_is_that_of_the_day_of_the_commission() -> None:
    one = {"code": "only", "kind": "ratio", "weight_centi": 10_000}
    dimensions = [{"code": "A", "weight_centi": 10_000, "indicators": [one]}]
    later = adopted("scorecard", 2, "2013-05-02", dimensions=dimensions)
    assert len(lines(events(commissioned(), later))) == INDICATORS + 1
    assert list(lines(events(commissioned("2013-05-02"), later))) == ["only", "_total"]
    assert lines(events(commissioned("2012-05-31", from_="2012-01-01"))) == {}


def test_a_conclusion_is_named_by_the_total() -> None:
    total = lines(events(commissioned(), concluded(0, "fail", pin=PIN)))["_total"]
    assert (total["state"], total["evidence"][-1]) == ("concluded", fact_id(2))
