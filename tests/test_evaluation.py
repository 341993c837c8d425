"""评估: who may judge a project, what is drawn and scored by whom, and what a conclusion agrees with."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from given import Given, event_id, given

from xiyuan_ledger.aggregates.evaluation import (
    ConflictDeclared,
    EvaluationCommissioned,
    EvaluationConcluded,
    EvaluationNoticed,
    FindingRaised,
    IndicatorScored,
    ObjectionRaised,
    RectificationClosed,
    SampleDrawn,
    ScoreRevised,
    SelfAssessmentSubmitted,
)
from xiyuan_ledger.aggregates.fact import Paper
from xiyuan_ledger.aggregates.organization import OrganizationRegistered, OrganizationStatusChanged
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.aggregates.project import ProjectApproved, ProjectContracted
from xiyuan_ledger.aggregates.scoring import indicators, joint_score
from xiyuan_ledger.errors import InvalidEntry
from xiyuan_ledger.policies.scorecard import Parties, Scorecard

CONTRACT: dict[str, Any] = {
    "project": "sunset",
    "implementer": "agency",
    "from_": "2012-07-01",
    "to": "2013-06-30",
    "amount_fen": 100_00,
    "channel": "government",
    "instalments": ({"due_on": "2013-06-30", "amount_fen": 100_00, "condition": "final"},),
    "targets": (),
    "duties": (),
    "occurred_on": "2012-06-20",
}
PAPER = (Paper(kind="plan", digest="0f" * 32),)
PIN = {"position": 9, "valid_on": "2013-06-30"}


def organisation(org: str, kind: str) -> OrganizationRegistered:
    return OrganizationRegistered(org=org, kind=kind, name=org, occurred_on="2012-01-01")


STREET = (
    PolicyAdopted(
        policy="scorecard",
        version=1,
        effective_from="2012-06-01",
        authority="rules",
        parameters={},
        occurred_on="2012-06-01",
    ),
    organisation("xiyuan", "street"),
    organisation("agency", "agency"),
    organisation("firm", "evaluator"),
    organisation("association", "association"),
    ProjectApproved(project="sunset", name="Sunset", purchaser="xiyuan", occurred_on="2012-06-01"),
    ProjectContracted(**CONTRACT),
)
COMMISSIONED_AT = len(STREET) + 1


def commissioned(on: str = "2013-05-01", **more: Any) -> EvaluationCommissioned:
    fields = {
        "evaluation": "E-1",
        "project": "sunset",
        "evaluator": "firm",
        "phase": "final",
        "from_": "2012-07-01",
        "to": "2013-06-30",
        "scorecard": "scorecard",
        "occurred_on": on,
    }
    return EvaluationCommissioned(**fields | more)


def of_it(fact: Any, on: str, **fields: Any) -> Any:
    return fact(evaluation="E-1", occurred_on=on, **fields)


def scored(indicator: str, centi: int, on: str = "2013-07-10", party: str = "third_party", **more: Any) -> Any:
    return of_it(IndicatorScored, on, indicator=indicator, score_centi=centi, party=party, **more)


def concluded(total: int, grade: str, on: str = "2013-07-31", **more: Any) -> EvaluationConcluded:
    return of_it(EvaluationConcluded, on, **{"total_centi": total, "grade": grade, "pin": PIN} | more)


def drawn(*units: str, on: str = "2013-06-01", **more: Any) -> SampleDrawn:
    fields = {"population": "caseload", "population_digest": "0f" * 32, "method": "simple", "seed": "1b"}
    return of_it(SampleDrawn, on, **fields | {"size": len(units), "drawn": units} | more)


def found(finding: str = "F-1", severity: str = "minor", on: str = "2013-07-05") -> FindingRaised:
    return of_it(FindingRaised, on, finding=finding, severity=severity, text="two visits without a signature")


def street(*facts: Any) -> Given:
    return given(*STREET, *facts)


def engaged(*facts: Any) -> Given:
    return street(commissioned(), *facts)


def test_an_evaluation_is_commissioned_once() -> None:
    office = engaged()
    office.when(commissioned("2013-05-02")).refused("evaluation-twice", naming=(COMMISSIONED_AT,))
    assert office.when(commissioned(evaluation="E-2")).recorded


def test_the_evaluator_neither_purchases_nor_implements_the_project() -> None:
    street().when(commissioned(evaluator="xiyuan")).refused("evaluation-not-independent", naming=(6,))
    street().when(commissioned(evaluator="agency")).refused("evaluation-not-independent", naming=(7,))
    assert street().when(commissioned(evaluator="association")).recorded


def test_the_evaluator_is_registered_and_the_project_under_contract_on_the_day_of_the_commission() -> None:
    street().when(commissioned(evaluator="nobody")).refused("evaluation-evaluator-unknown")
    street().when(commissioned(project="sunrise")).refused("evaluation-no-contract")
    street().when(commissioned("2012-06-19")).refused("evaluation-no-contract")
    assert street().when(commissioned("2012-06-20")).recorded


def test_the_period_does_not_end_before_it_begins() -> None:
    street().when(commissioned(from_="2013-07-01")).refused("evaluation-period")
    assert street().when(commissioned(from_="2013-06-30")).recorded


def test_the_scorecard_is_in_force_on_the_day_of_the_commission() -> None:
    street().when(commissioned(scorecard="exam-rules")).refused("evaluation-scorecard")
    given(*STREET[1:]).when(commissioned()).refused("evaluation-scorecard")


def test_the_contract_and_the_evaluator_stay_what_the_commission_relies_on() -> None:
    office = engaged()
    other = ProjectContracted(**CONTRACT | {"implementer": "firm", "corrects": event_id(7), "reason": "typo"})
    office.when(other).refused("project-implementer-evaluates")
    office = street(commissioned(evaluator="association"))
    other = ProjectContracted(**CONTRACT | {"implementer": "association", "corrects": event_id(7), "reason": "typo"})
    office.when(other).refused("evaluation-not-independent", naming=(COMMISSIONED_AT,))
    office.when_voided(7).refused("evaluation-no-contract", naming=(COMMISSIONED_AT,))
    office.when_voided(5).refused("org-is-evaluator", naming=(COMMISSIONED_AT,))


def test_an_evaluator_may_be_dissolved_the_day_after_it_was_asked_and_not_before() -> None:
    def dissolved(on: str) -> OrganizationStatusChanged:
        return OrganizationStatusChanged(org="firm", status="dissolved", occurred_on=on)

    engaged().when(dissolved("2013-05-01")).refused("org-is-evaluator", naming=(COMMISSIONED_AT,))
    assert engaged().when(dissolved("2013-05-02")).recorded


@pytest.mark.parametrize(
    "fact",
    [
        of_it(ConflictDeclared, "2013-04-30", person="A-1", tie="worked there"),
        of_it(EvaluationNoticed, "2013-04-30"),
        of_it(SelfAssessmentSubmitted, "2013-04-30", evidence=PAPER),
        drawn("C-1", on="2013-04-30"),
        scored("prompt-records", 500, "2013-04-30"),
        found(on="2013-04-30"),
        of_it(ObjectionRaised, "2013-04-30", indicator="prompt-records", text="why"),
        concluded(0, "fail", on="2013-04-30"),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_nothing_belongs_to_an_evaluation_before_it_is_commissioned(fact: Any) -> None:
    engaged().when(fact).refused("evaluation-unknown")
    assert engaged().when(fact.model_copy(update={"occurred_on": commissioned().occurred_on})).recorded


def test_the_implementer_is_told_once_and_hands_in_a_paper() -> None:
    told = of_it(EvaluationNoticed, "2013-05-10")
    engaged(told).when(of_it(EvaluationNoticed, "2013-05-11")).refused(
        "evaluation-noticed", naming=(COMMISSIONED_AT + 1,)
    )
    engaged(told).when(of_it(SelfAssessmentSubmitted, "2013-05-20")).refused("evaluation-paper-missing")
    assert engaged(told).when(of_it(SelfAssessmentSubmitted, "2013-05-20", evidence=PAPER)).recorded


def test_a_sample_has_as_many_different_units_as_it_says() -> None:
    engaged().when(drawn("C-1", "C-2", size=3)).refused("evaluation-sample-size")
    engaged().when(drawn("C-1", "C-1")).refused("evaluation-sample-size")
    assert engaged().when(drawn("C-1", "C-2")).recorded


def test_a_population_is_drawn_from_once_and_another_question_is_another_population() -> None:
    office = engaged(drawn("C-1"))
    office.when(drawn("C-2", on="2013-06-02", seed="2c")).refused("evaluation-drawn-twice", naming=(9,))
    assert office.when(drawn("C-2", asked=[{"name": "where.project", "value": "sunset"}])).recorded
    assert office.when(drawn("S-1", population="journal")).recorded


def test_a_sample_is_drawn_by_the_nonce_that_was_committed_to_and_not_from_before_that() -> None:
    office = street(commissioned(nonce_digest=sha256("月落乌啼".encode()).hexdigest()))
    office.when(drawn("C-1")).refused("evaluation-nonce", naming=(COMMISSIONED_AT,))
    office.when(drawn("C-1", nonce="霜满天")).refused("evaluation-nonce")
    early = {"position": COMMISSIONED_AT - 1, "valid_on": "2013-06-01"}
    office.when(drawn("C-1", nonce="月落乌啼", pin=early)).refused("evaluation-drawn-before")
    assert office.when(drawn("C-1", nonce="月落乌啼", pin=early | {"position": COMMISSIONED_AT})).recorded


def test_a_unit_of_the_sample_is_replaced_by_one_outside_it_with_a_reason() -> None:
    office = engaged(drawn("C-1", "C-2"))
    swap: dict[str, Any] = {"on": "2013-06-05", "reason": "moved away"}
    office.when(drawn("C-3", replaces=("C-4",), **swap)).refused("evaluation-replaces")
    office.when(drawn("C-2", replaces=("C-1",), **swap)).refused("evaluation-replaces")
    office.when(drawn("C-3", "C-4", replaces=("C-1",), **swap)).refused("evaluation-replaces")
    office.when(drawn("C-3", replaces=("C-1",), on="2013-06-05")).refused("evaluation-replaces-why")
    assert office.when(drawn("C-3", replaces=("C-1",), **swap)).recorded
    office.when(drawn("C-5", replaces=("C-1",), **swap)).refused("evaluation-replaces")
    assert office.when(drawn("C-5", replaces=("C-3",), **swap)).recorded


def test_a_score_lies_between_nothing_and_the_weight_of_an_indicator_of_the_scorecard() -> None:
    engaged().when(scored("charm", 100)).refused("evaluation-indicator", naming=(COMMISSIONED_AT,))
    refusal = engaged().when(scored("prompt-records", 501)).refused("evaluation-score-range")
    assert "500" in refusal.message("en")
    assert engaged().when(scored("prompt-records", 500)).recorded
    assert engaged().when(scored("prompt-records", 0)).recorded
    with pytest.raises(InvalidEntry):
        scored("prompt-records", -1)


def test_a_judgement_rests_on_papers() -> None:
    engaged().when(scored("plan-quality", 320)).refused("evaluation-degree-evidence")
    assert engaged().when(scored("plan-quality", 320, evidence=PAPER)).recorded


def test_each_party_scores_an_indicator_once() -> None:
    office = engaged(scored("client-satisfaction", 600))
    office.when(scored("client-satisfaction", 500, "2013-07-11")).refused("evaluation-scored-twice", naming=(9,))
    assert office.when(scored("client-satisfaction", 400, party="clients")).recorded


def test_the_parties_that_scored_share_an_indicator_by_their_weights() -> None:
    parties = Parties()
    assert joint_score({}, parties) == 0
    assert joint_score({"community": 317}, parties) == 317
    assert joint_score({"third_party": 600, "purchaser": 500, "clients": 400, "community": 300}, parties) == 525
    assert joint_score({"third_party": 600, "clients": 401}, parties) == 560  # 560.2
    assert joint_score({"purchaser": 1, "clients": 2}, parties) == 2  # 1.5, rounded half up
    assert joint_score({"community": 9}, Parties(third_party=10_000, purchaser=0, clients=0, community=0)) == 0


def test_a_conclusion_agrees_with_the_scores_and_the_bands() -> None:
    office = engaged(scored("clients-reached", 700), scored("prompt-records", 450))
    refusal = office.when(concluded(1151, "fail")).refused("evaluation-total")
    assert "1150" in refusal.message("zh")
    office.when(concluded(1150, "pass")).refused("evaluation-grade")
    assert office.when(concluded(1150, "fail")).recorded
    office.when(concluded(1150, "fail", on="2013-08-01")).refused("evaluation-over")


def everything(less: int = 0) -> tuple[Any, ...]:
    """Full marks for every indicator of the default scorecard, but for so many hundredths, taken off the first ones."""
    facts = []
    for rule in indicators(Scorecard()):
        off = min(less, rule.weight_centi)
        less -= off
        facts.append(scored(rule.code, rule.weight_centi - off, evidence=PAPER))
    return tuple(facts)


@pytest.mark.parametrize(
    ("total", "grade"),
    [(10_000, "excellent"), (9000, "excellent"), (8999, "good"), (8000, "good"), (7999, "pass"), (6000, "pass")],
)
def test_the_bands_begin_where_they_say(total: int, grade: str) -> None:
    assert engaged(*everything(10_000 - total)).when(concluded(total, grade)).recorded


def test_a_veto_fails_the_whole_whatever_the_total() -> None:
    office = engaged(*everything(), found("F-1", "veto"))
    office.when(concluded(10_000, "excellent")).refused("evaluation-grade")
    assert office.when(concluded(10_000, "fail")).recorded


def test_after_the_conclusion_a_score_changes_only_as_the_answer_to_an_objection() -> None:
    office = engaged(scored("prompt-records", 450), concluded(450, "fail"))
    better = scored("prompt-records", 500, corrects=event_id(9), reason="recounted")
    office.when(better).refused("evaluation-total", naming=(10,))
    office.when(scored("service-cadence", 400, "2013-08-02")).refused("evaluation-over", naming=(10,))
    office.when(found(on="2013-08-02")).refused("evaluation-over")
    revised = of_it(ScoreRevised, "2013-08-09", indicator="prompt-records", text="shown the sheets", score_centi=480)
    office.when(revised).refused("evaluation-no-objection")
    objected = of_it(ObjectionRaised, "2013-08-03", indicator="prompt-records", text="the sheets were signed in time")
    assert office.when(objected).recorded
    office.when(revised.model_copy(update={"score_centi": 501})).refused("evaluation-score-range")
    assert office.when(revised).recorded
    corrected = concluded(480, "fail", on="2013-08-10", corrects=event_id(10), reason="an objection was upheld")
    assert office.when(corrected).recorded


def test_a_revised_score_stands_for_all_parties() -> None:
    office = engaged(
        scored("client-satisfaction", 600),
        scored("client-satisfaction", 300, party="clients"),
        of_it(ObjectionRaised, "2013-07-11", indicator="client-satisfaction", text="a form is missing"),
        of_it(ScoreRevised, "2013-07-12", indicator="client-satisfaction", text="added", score_centi=555),
    )
    assert office.when(concluded(555, "fail")).recorded


def test_a_finding_is_raised_once_and_put_right_once_as_what_it_is() -> None:
    office = engaged(found())
    office.when(found(on="2013-07-06")).refused("evaluation-finding-twice", naming=(9,))
    office.when(of_it(RectificationClosed, "2013-09-01", finding="F-2")).refused("evaluation-finding-unknown")
    office.when(of_it(RectificationClosed, "2013-07-04", finding="F-1")).refused("evaluation-finding-unknown")
    office.when(of_it(RectificationClosed, "2013-09-01", finding="F-1", severity="major")).refused(
        "evaluation-severity", naming=(9,)
    )
    assert office.when(of_it(RectificationClosed, "2013-09-01", finding="F-1", severity="minor")).recorded
    office.when(of_it(RectificationClosed, "2013-09-02", finding="F-1")).refused("evaluation-rectified", naming=(10,))


def test_a_tie_may_still_be_declared_and_a_finding_put_right_after_the_conclusion() -> None:
    office = engaged(found(), concluded(0, "fail"))
    assert office.when(of_it(RectificationClosed, "2013-09-01", finding="F-1")).recorded
    assert office.when(of_it(ConflictDeclared, "2013-09-02", person="A-1", tie="a cousin works there")).recorded


@pytest.mark.parametrize(
    ("on", "grade"), [("2013-05-01", "pass"), ("2013-05-02", "good"), ("2013-05-03", "good"), ("2013-05-04", "fail")]
)
def test_the_bands_are_those_of_the_policy_in_force_on_the_day_of_the_commission(on: str, grade: str) -> None:
    lower = [("excellent", 9000), ("good", 6500), ("pass", 6000), ("fail", 0)]
    higher = [("excellent", 9000), ("good", 8000), ("pass", 7500), ("fail", 0)]
    adopted = [
        PolicyAdopted(
            policy="scorecard",
            version=version,
            effective_from=day,
            authority="rules",
            parameters={"bands": [{"grade": name, "from_centi": centi} for name, centi in bands]},
            occurred_on="2013-04-01",
        )
        for version, day, bands in ((2, "2013-05-02", lower), (3, "2013-05-04", higher))
    ]
    office = street(*adopted, commissioned(on), *everything(10_000 - 7000))
    others = {"excellent", "good", "pass", "fail"} - {grade}
    for other in sorted(others):
        office.when(concluded(7000, other)).refused("evaluation-grade")
    assert office.when(concluded(7000, grade)).recorded
