"""评估: what a third party is asked to judge of a project, what it looked at, what it found, and how it concluded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from xiyuan_ledger.aggregates import evaluation_rules as rules
from xiyuan_ledger.aggregates.aggregate import Aggregate
from xiyuan_ledger.aggregates.fact import Event, Fact, Kind, Part, Pinned
from xiyuan_ledger.aggregates.scoring import Party, indicators, joint_score
from xiyuan_ledger.codes import Code, Count, Day, Digest, Grade, People, Positive, Text
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.world import World

Score = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Severity = Literal["minor", "major", "veto"]
Method = Literal["simple", "stratified", "systematic", "proportional"]


class TreeHead(Part):
    """树首: the size and the root of the tree over all events, as witnesses signed it."""

    size: Positive
    root: Digest


class Asked(Part):
    """查询条件: what a view was asked with: `from`, `to`, an argument, or `where.` and a column."""

    name: Code
    value: Text


class EvaluationFact(Fact):
    """What is recorded of one evaluation."""

    STREAM_KIND: ClassVar[Kind] = "evaluation"
    STREAM_FIELDS: ClassVar[tuple[str, ...]] = ("evaluation",)

    evaluation: Code


class EvaluationCommissioned(EvaluationFact):
    """委托: an evaluator is asked to judge a project over a period, by a scorecard.

    `nonce_digest` commits to the nonce of the samples to come: who draws can no longer choose it.
    """

    TOPIC: ClassVar[str] = "evaluation.evaluation-commissioned.v1"

    project: Code
    evaluator: Code
    phase: Literal["midterm", "final", "spot"]
    from_: Day = Field(alias="from")
    to: Day
    scorecard: Code
    nonce_digest: Digest | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"evaluates/{self.project}", f"evaluated-by/{self.evaluator}")

    def reads(self) -> tuple[str, ...]:
        return (f"project/{self.project}", f"org/{self.evaluator}", f"policy/{rules.SCORECARD}")


class ConflictDeclared(EvaluationFact):
    """回避: somebody of the evaluator's has a tie to those who are judged, and stands back."""

    TOPIC: ClassVar[str] = "evaluation.conflict-declared.v1"

    person: Code
    tie: Text


class EvaluationNoticed(EvaluationFact):
    """评估通知: the implementer was told. What is recorded of the period later on counts as after-notice."""

    TOPIC: ClassVar[str] = "evaluation.evaluation-noticed.v1"


class SelfAssessmentSubmitted(EvaluationFact):
    """自评: the implementer hands in how it sees itself; the papers are its evidence."""

    TOPIC: ClassVar[str] = "evaluation.self-assessment-submitted.v1"

    text: Text | None = None


class SampleDrawn(EvaluationFact):
    """抽样: units drawn from a view, by a seed that nobody chose; anyone can draw the same again.

    With `replaces`, units that take the place of others that could not be examined, in that order; `reason` says why.
    """

    TOPIC: ClassVar[str] = "evaluation.sample-drawn.v1"

    population: Code
    population_digest: Digest
    method: Method
    size: Positive
    seed: Text
    drawn: People
    unit: Code | None = None
    by: Code | None = None
    asked: tuple[Asked, ...] | None = None
    pin: Pinned | None = None
    checkpoint: TreeHead | None = None
    nonce: Text | None = None
    replaces: People | None = None


class IndicatorScored(EvaluationFact):
    """评分: what a party gives for an indicator; `pin` says at what the ledger computed it, if it did."""

    TOPIC: ClassVar[str] = "evaluation.indicator-scored.v1"

    indicator: Code
    score_centi: Score
    party: Party
    text: Text | None = None
    pin: Pinned | None = None


class FindingRaised(EvaluationFact):
    """问题: something that is not as it should be. A veto fails the whole."""

    TOPIC: ClassVar[str] = "evaluation.finding-raised.v1"

    finding: Code
    severity: Severity
    text: Text
    due_on: Day | None = None


class RectificationClosed(EvaluationFact):
    """整改: a finding was put right."""

    TOPIC: ClassVar[str] = "evaluation.rectification-closed.v1"

    finding: Code
    severity: Severity | None = None
    text: Text | None = None


class ObjectionRaised(EvaluationFact):
    """异议: somebody does not agree with the score of an indicator."""

    TOPIC: ClassVar[str] = "evaluation.objection-raised.v1"

    indicator: Code
    text: Text


class ScoreRevised(EvaluationFact):
    """改分: the answer to an objection: what the indicator scores now, which may be what it scored before."""

    TOPIC: ClassVar[str] = "evaluation.score-revised.v1"

    indicator: Code
    text: Text
    score_centi: Score


class EvaluationConcluded(EvaluationFact):
    """结论: the total, its grade, and the pin at which everything was looked at."""

    TOPIC: ClassVar[str] = "evaluation.evaluation-concluded.v1"

    total_centi: Count
    grade: Grade
    pin: Pinned


class EvaluationState:
    """One evaluation: what was agreed, what was drawn and scored, what was found, and how it ended."""

    __slots__ = (
        "commissioned",
        "commissioned_at",
        "commissioned_by",
        "concluded",
        "concluded_by",
        "findings",
        "noticed_by",
        "objections",
        "rectified",
        "revised",
        "samples",
        "scored_by",
        "scores",
    )

    def __init__(self) -> None:
        self.commissioned: EvaluationCommissioned | None = None
        self.commissioned_by = ""
        self.commissioned_at = 0
        self.noticed_by: str | None = None
        self.samples: dict[str, tuple[frozenset[str], str]] = {}
        """By what was asked: the units that are examined, and the fact that last drew some of them."""
        self.scores: dict[str, dict[Party, int]] = {}
        self.scored_by: dict[tuple[str, Party], str] = {}
        self.revised: dict[str, int] = {}
        self.objections: dict[str, str] = {}
        self.findings: dict[str, tuple[FindingRaised, str]] = {}
        self.rectified: dict[str, str] = {}
        self.concluded: EvaluationConcluded | None = None
        self.concluded_by = ""

    @property
    def vetoed(self) -> bool:
        """Whether something was found that fails the whole."""
        return any(finding.severity == "veto" for finding, _ in self.findings.values())

    def score_of(self, indicator: str, scorecard: object) -> int:
        """What the indicator scores: as revised, else as the parties scored it; nothing where nobody did."""
        if indicator in self.revised:
            return self.revised[indicator]
        return joint_score(self.scores.get(indicator, {}), getattr(scorecard, "parties", None))

    def total_of(self, scorecard: object) -> int:
        """The sum over all indicators of the scorecard."""
        return sum(self.score_of(indicator.code, scorecard) for indicator in indicators(scorecard))


def decide(state: EvaluationState, fact: Fact, world: World) -> None:
    assert isinstance(fact, EvaluationFact)
    if isinstance(fact, EvaluationCommissioned):
        if state.commissioned is not None:
            events = (state.commissioned_by,)
            raise RuleBroken("evaluation-twice", field="evaluation", events=events, evaluation=fact.evaluation)
        rules.check_commission(fact, world)
        return
    if state.commissioned is None or fact.occurred_on < state.commissioned.occurred_on:
        on = fact.occurred_on
        raise RuleBroken("evaluation-unknown", field="evaluation", evaluation=fact.evaluation, on=on)
    if state.concluded is not None and not isinstance(fact, AFTERWARDS):
        events, on = (state.concluded_by,), state.concluded.occurred_on
        raise RuleBroken("evaluation-over", field="evaluation", events=events, evaluation=fact.evaluation, on=on)
    _decide_within(state, fact, world)


def _decide_within(state: EvaluationState, fact: EvaluationFact, world: World) -> None:
    """What is recorded of an evaluation that is commissioned."""
    match fact:
        case EvaluationNoticed() if state.noticed_by is not None:
            events = (state.noticed_by,)
            raise RuleBroken("evaluation-noticed", field="evaluation", events=events, evaluation=fact.evaluation)
        case SelfAssessmentSubmitted() if not fact.evidence:
            raise RuleBroken("evaluation-paper-missing", field="evidence", type="SelfAssessmentSubmitted")
        case SampleDrawn():
            rules.check_sample(state, fact)
        case IndicatorScored():
            rules.check_score(state, fact, world)
        case ObjectionRaised():
            rules.indicator_of(state, fact.indicator, world)
        case ScoreRevised():
            rules.check_revision(state, fact, world)
        case FindingRaised():
            rules.check_finding(state, fact)
        case RectificationClosed():
            rules.check_rectification(state, fact)
        case EvaluationConcluded():
            rules.check_conclusion(state, fact, world)


def evolve(state: EvaluationState, event: Event) -> None:
    fact = event.fact
    match fact:
        case EvaluationCommissioned():
            state.commissioned, state.commissioned_by = fact, event.event_id
            state.commissioned_at = event.position
        case EvaluationNoticed():
            state.noticed_by = event.event_id
        case SampleDrawn():
            examined, _ = state.samples.get(rules.drawn_from(fact), (frozenset(), ""))
            examined = (examined - frozenset(fact.replaces or ())) | frozenset(fact.drawn)
            state.samples[rules.drawn_from(fact)] = (examined, event.event_id)
        case IndicatorScored(indicator=indicator, party=party, score_centi=score):
            state.scores.setdefault(indicator, {})[party] = score
            state.scored_by[indicator, party] = event.event_id
        case ObjectionRaised(indicator=indicator):
            state.objections[indicator] = event.event_id
        case ScoreRevised(indicator=indicator, score_centi=score):
            state.revised[indicator] = score
        case FindingRaised(finding=finding):
            state.findings[finding] = (fact, event.event_id)
        case RectificationClosed(finding=finding):
            state.rectified[finding] = event.event_id
        case EvaluationConcluded():
            state.concluded, state.concluded_by = fact, event.event_id


AFTERWARDS = (ConflictDeclared, RectificationClosed, ObjectionRaised, ScoreRevised)
"""What is still recorded once the evaluation is concluded."""
AGGREGATE = Aggregate(
    kind="evaluation",
    new_state=EvaluationState,
    decide=decide,
    evolve=evolve,
    facts=(
        EvaluationCommissioned,
        ConflictDeclared,
        EvaluationNoticed,
        SelfAssessmentSubmitted,
        SampleDrawn,
        IndicatorScored,
        FindingRaised,
        RectificationClosed,
        ObjectionRaised,
        ScoreRevised,
        EvaluationConcluded,
    ),
)
