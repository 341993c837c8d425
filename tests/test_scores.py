"""计分: what each kind of indicator earns, in whole hundredths of a point; what the measures see; what has no data."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from xiyuan_ledger.aggregates.scoring import indicators
from xiyuan_ledger.evaluation.assessing import assessed
from xiyuan_ledger.evaluation.measures import MEASURES
from xiyuan_ledger.evaluation.scores import degree_earned, earned
from xiyuan_ledger.evaluation.sight import Measure, Sight
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.policies.scorecard import ANCHORS, IndicatorRule, Scorecard, Step
from xiyuan_ledger.projections.pin import Pin


def rule(kind: str, weight: int = 500, **parameters: Any) -> IndicatorRule:
    return IndicatorRule(code="x", kind=kind, weight_centi=weight, **parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "points"), [(0, 0), (1, 0), (10, 1), (3333, 167), (5000, 250), (9999, 500), (10_000, 500)]
)
def test_a_ratio_earns_its_share_rounded_half_up(measure: int, points: int) -> None:
    assert earned(rule("ratio"), measure) == points


@pytest.mark.parametrize(
    ("measure", "points"), [(5999, 0), (6000, 0), (7500, 250), (8999, 500), (9000, 500), (9999, 500)]
)
def test_a_ratio_runs_from_its_floor_to_its_ceiling(measure: int, points: int) -> None:
    assert earned(rule("ratio", floor_centi=6000, ceiling_centi=9000), measure) == points


def test_a_floor_at_the_ceiling_is_a_threshold() -> None:
    assert [earned(rule("ratio", floor_centi=8000, ceiling_centi=8000), centi) for centi in (7999, 8000)] == [0, 500]


@pytest.mark.parametrize(("measure", "points"), [(7999, 0), (8000, 500), (10_000, 500)])
def test_a_threshold_is_reached_or_not(measure: int, points: int) -> None:
    assert earned(rule("threshold", threshold_centi=8000), measure) == points


@pytest.mark.parametrize(("measure", "points"), [(0, 0), (4999, 0), (5000, 300), (7999, 300), (8000, 500)])
def test_steps_give_the_share_of_the_highest_that_is_reached(measure: int, points: int) -> None:
    steps = (Step(from_centi=5000, share_centi=6000), Step(from_centi=8000, share_centi=10_000))
    assert earned(rule("step", steps=steps), measure) == points


def test_a_combination_earns_the_share_of_its_parts() -> None:
    assert [earned(rule("combination", 200), share) for share in (0, 2500, 5000, 7500, 10_000)] == [
        0,
        50,
        100,
        150,
        200,
    ]


def test_a_degree_earns_what_its_anchor_says_and_an_unknown_one_nothing_at_all() -> None:
    judged = rule("degree", 400, anchors=ANCHORS)
    assert [degree_earned(judged, degree) for degree in "ABCDE"] == [400, 320, 240, 160, 0]
    assert degree_earned(rule("degree", 400, anchors=ANCHORS[:2]), "C") is None
    assert earned(judged, 10_000) == 0  # no measure judges in a person's place


@pytest.mark.parametrize(("findings", "points"), [(0, 300), (1, 150), (2, 0), (9, 0)])
def test_findings_are_deducted_and_never_below_nothing(findings: int, points: int) -> None:
    assert earned(rule("deduction", 300, each_centi=150), findings) == points


def test_a_veto_earns_nothing() -> None:
    assert earned(rule("veto", 0), 0) == 0


class Views:
    """Views that say what a test says of them; every other view is empty."""

    def __init__(self, **rows: list[dict[str, Any]]):
        self._rows = rows

    def view(self, name: str, **asked: Any) -> Any:
        rows = self._rows.get(name, [])
        if name == "journal" and "type" in asked:
            rows = [row for row in rows if row["type"] == asked["type"]]
        return SimpleNamespace(rows=rows)


def sight(**rows: list[dict[str, Any]]) -> Sight:
    engagement: Any = SimpleNamespace(scorecard=Scorecard(), policy=lambda policy, on: SCHEMAS[policy]())
    first, last = date(2013, 1, 1), date(2013, 6, 30)
    return Sight(Views(**rows), Pin(99, last), "P", first, last, engagement)  # type: ignore[arg-type]


def row(**columns: Any) -> dict[str, Any]:
    return {"project": "P", "evidence": ["e"]} | columns


def fact(kind: str, on: str = "2013-02-01", **fields: Any) -> dict[str, Any]:
    day = date.fromisoformat(on)
    return {"type": kind, "occurred_on": day, "papers": None, "evidence": ["e"], "fields": {"project": "P"} | fields}


def measured(name: str, **rows: list[dict[str, Any]]) -> Measure:
    found = {each.code: each for each in indicators(Scorecard())}
    return MEASURES[name](sight(**rows), found[name])


def test_shares_of_the_measures() -> None:
    told = {
        "certificates": [row(worker="W-1", status="valid"), row(worker="W-2", status="lapsed")],
        "timeliness": [
            row(worker="W-1", month="2013-02", facts=3, within_1_centi=10_000, later_centi=0),
            row(worker="W-2", month="2013-03", facts=1, within_1_centi=0, later_centi=10_000),
        ],
    }
    certified = measured("certified-share", **told)
    assert (certified.centi, certified.part, certified.whole) == (5000, 1, 2)
    prompt = measured("prompt-records", **told)
    assert (prompt.centi, prompt.part, prompt.whole) == (7500, 3, 4)
    late = measured("late-records", **told)
    assert (late.centi, late.missed) == (1, ("2013-03",))
    assert late.evidence == ("e",)


def test_what_is_beyond_the_target_counts_no_more_than_the_target() -> None:
    rows = [row(indicator="clients", quantity=60, target=50, completion_centi=12_000)]
    assert measured("clients-reached", project_outputs=rows).centi == 10_000
    other = [row(indicator="teams", quantity=1, target=2, completion_centi=5000)]
    other += [row(indicator="visits", quantity=9, target=3, completion_centi=30_000)]
    assert measured("other-targets", project_outputs=[*rows, *other]).centi == 7500
    seats = [row(filled=3, required=1), row(filled=0, required=1)]
    assert measured("four-plus-one", four_plus_one=seats).centi == 5000


def test_the_contract_is_there_before_the_start_with_targets_budget_and_papers() -> None:
    signed = fact("ProjectContracted", "2013-01-05", targets=[{"indicator": "clients", "quantity": 5}])
    started, budget = fact("ProjectStarted", "2013-01-04"), fact("BudgetApproved")
    found = measured("contract-set-up", journal=[signed, started, budget])
    assert (found.centi, found.missed) == (7500, ("contract-before-start",))
    amended = fact("ProjectAmended")
    assert measured("contract-set-up", journal=[signed, started, amended]).missed == (
        "contract-before-start",
        "budget-approved",
        "changes-approved",
    )


def test_files_are_whole_with_a_consent_for_each_client_and_a_plan_for_each_case() -> None:
    facts = [fact("ClientEnrolled", client="C-1"), fact("ClientEnrolled", client="C-2"), fact("CaseOpened", case="K-1")]
    facts += [fact("ConsentRecorded", client="C-1", given=True), fact("ConsentRecorded", client="C-2", given=False)]
    assert measured("file-completeness", journal=facts).centi == 3333
    assert measured("file-completeness", journal=[*facts, fact("CasePlanAgreed", case="K-1")]).centi == 6667


def test_outcomes_rise_or_fall_as_their_instrument_means_it() -> None:
    rows = [row(instrument="WHO", change=3), row(instrument="GDS", change=-2), row(instrument="GDS", change=1)]
    assert measured("outcome-change", outcomes=[*rows, row(instrument="WHO", change=None)]).centi == 6667


def test_money_is_measured_in_fen() -> None:
    paper = [{"kind": "receipt", "digest": "0f" * 32}]
    spent = [
        fact("ExpenseRecorded", amount_fen=2_00, category="staff") | {"papers": paper},
        fact("ExpenseRecorded", amount_fen=1_00, category="activity"),
        fact("ExpenseRecorded", "2013-07-01", amount_fen=9_00, category="activity"),
    ]
    assert measured("supported-vouchers", journal=spent).centi == 6667
    budget = [row(category="staff", channel="government", approved_fen=100, spent_fen=101, overrun=True)]
    budget += [row(category="venue", channel="social", approved_fen=None, spent_fen=1, overrun=None)]
    found = measured("earmarking", budget_execution=budget)
    assert (found.centi, found.missed) == (2, ("staff/government", "venue/social"))
    half = [row(category="staff", channel="government", approved_fen=1000, spent_fen=400, overrun=False)]
    contract = [fact("ProjectContracted", "2013-01-01", **{"from": "2013-01-01", "to": "2013-12-28"})]
    executed = measured("budget-execution", budget_execution=half, journal=contract)
    assert (executed.part, executed.whole, executed.centi) == (400, 500, 8000)  # 181 of 362 days have passed


def test_a_review_of_ones_is_nothing_and_of_fives_is_all() -> None:
    def judged(*distribution: int) -> int | None:
        rows = [row(subject="P", ballots=sum(distribution), distribution=list(distribution))]
        return measured("resident-review", resident_satisfaction=rows).centi

    assert [judged(4, 0, 0, 0, 0), judged(0, 0, 4, 0, 0), judged(0, 0, 0, 0, 4)] == [0, 5000, 10_000]
    assert judged(0, 0, 0, 0, 0) is None


def test_what_has_no_data_scores_nothing_and_is_listed() -> None:
    found = {each.rule.code: each for each in assessed(sight())}
    missing = {code for code, each in found.items() if each.missing}
    assert missing == MEASURES.keys() - {"contract-set-up", "overlap-conflicts"}
    assert {found[code].earned_centi for code in missing} == {0}
    assert found["contract-set-up"].earned_centi == 0
    assert found["overlap-conflicts"].earned_centi == 300  # no finding is a finding of none
    assert {code for code, each in found.items() if each.measure is None} == {
        "plan-quality",
        "client-satisfaction",
        "fraud",
    }


def test_every_measure_belongs_to_an_indicator_of_the_default_scorecard() -> None:
    assert {each.code for each in indicators(Scorecard())} >= MEASURES.keys()
