"""评分标准: what an evaluation scores, with which weights, and what a total is called.

The default is editable and does not claim to be the weights of MZ/T 059-2014, which names none.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from xiyuan_ledger.codes import Code, Grade
from xiyuan_ledger.policies.schemas import WHOLE_CENTI, Schema, Share

ScoringKind = Literal["ratio", "threshold", "step", "combination", "degree", "deduction", "veto"]
INDICATORS_MAX = 100


def _sum_is(parts: str, parts_zh: str, found: int) -> PydanticCustomError:
    """The complaint about weights that do not sum to the whole."""
    return PydanticCustomError(
        "adds_up",
        "the weights of the {parts} sum to {found}, not {whole}",
        {
            "parts": parts,
            "found": found,
            "whole": WHOLE_CENTI,
            "zh": f"{parts_zh}权重之和为 {found}, 应为 {WHOLE_CENTI}",
        },
    )


class Step(Schema):
    """分档: from this measure on, this share of the weight."""

    from_centi: Share
    share_centi: Share


class Anchor(Schema):
    """程度: a degree that the assessor may find, and the share of the weight that it earns."""

    degree: Literal["A", "B", "C", "D", "E"]
    share_centi: Share


class IndicatorRule(Schema):
    """指标: one thing that is scored. Which of the optional parameters apply depends on its kind.

    `ratio`: none at `floor_centi`, all at `ceiling_centi`, linear between; `threshold`: all from `threshold_centi` on;
    `step`: by `steps`; `combination`: its `items` share the weight; `degree`: by `anchors`, as an assessor finds
    with evidence; `deduction`: all, less `each_centi` a finding; `veto`: no points, but a finding fails the whole.
    """

    code: Code
    kind: ScoringKind
    weight_centi: Share
    floor_centi: Share = 0
    ceiling_centi: Annotated[int, Field(strict=True, ge=1, le=WHOLE_CENTI)] = WHOLE_CENTI
    threshold_centi: Share = WHOLE_CENTI
    steps: tuple[Step, ...] = ()
    items: tuple[Code, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    each_centi: Share = 100


class Dimension(Schema):
    """维度: indicators that belong together; their weights sum to its own."""

    code: Code
    weight_centi: Share
    indicators: Annotated[tuple[IndicatorRule, ...], Field(min_length=1, max_length=INDICATORS_MAX)]

    @model_validator(mode="after")
    def _weights_agree(self) -> Self:
        found = sum(indicator.weight_centi for indicator in self.indicators)
        if found != self.weight_centi:
            raise PydanticCustomError(
                "adds_up",
                "the weights of dimension {code}'s indicators sum to {found}, not {whole}",
                {
                    "code": self.code,
                    "found": found,
                    "whole": self.weight_centi,
                    "zh": f"维度 {self.code} 各指标权重之和为 {found}, 应为 {self.weight_centi}",
                },
            )
        return self


class Band(Schema):
    """等级: a grade, and the total from which it is given."""

    grade: Grade
    from_centi: Share


class Parties(Schema):
    """评分主体: how much the score of each party counts."""

    third_party: Share = 6000
    purchaser: Share = 1500
    clients: Share = 1500
    community: Share = 1000

    @model_validator(mode="after")
    def _weights_are_whole(self) -> Self:
        found = self.third_party + self.purchaser + self.clients + self.community
        if found != WHOLE_CENTI:
            raise _sum_is("parties", "评分主体", found)
        return self


ANCHORS = (
    Anchor(degree="A", share_centi=10_000),
    Anchor(degree="B", share_centi=8000),
    Anchor(degree="C", share_centi=6000),
    Anchor(degree="D", share_centi=4000),
    Anchor(degree="E", share_centi=0),
)


def _ratio(code: str, weight_centi: int) -> IndicatorRule:
    return IndicatorRule(code=code, kind="ratio", weight_centi=weight_centi)


def _degree(code: str, weight_centi: int) -> IndicatorRule:
    return IndicatorRule(code=code, kind="degree", weight_centi=weight_centi, anchors=ANCHORS)


def _deduction(code: str, weight_centi: int) -> IndicatorRule:
    return IndicatorRule(code=code, kind="deduction", weight_centi=weight_centi)


def _dimension(code: str, *indicators: IndicatorRule) -> Dimension:
    return Dimension(code=code, weight_centi=sum(i.weight_centi for i in indicators), indicators=indicators)


DIMENSIONS = (
    _dimension(
        "A",
        IndicatorRule(
            code="contract-set-up",
            kind="combination",
            weight_centi=600,
            items=("contract-before-start", "targets-defined", "budget-approved", "changes-approved"),
        ),
        _degree("plan-quality", 400),
    ),
    _dimension(
        "B",
        _ratio("certified-share", 400),
        _ratio("four-plus-one", 400),
        _ratio("posts-filled", 300),
        _ratio("continuing-education", 200),
        _ratio("training-cadence", 200),
    ),
    _dimension(
        "C",
        _ratio("file-completeness", 500),
        _ratio("prompt-records", 500),
        _ratio("service-cadence", 400),
        _deduction("late-records", 300),
        _deduction("overlap-conflicts", 300),
    ),
    _dimension(
        "D",
        _ratio("clients-reached", 700),
        _ratio("sessions-held", 500),
        _ratio("service-minutes", 500),
        _ratio("other-targets", 300),
    ),
    _dimension(
        "E",
        _ratio("outcome-change", 600),
        _ratio("closure-rate", 300),
        _ratio("client-satisfaction", 600),
        _ratio("resident-review", 500),
    ),
    _dimension(
        "F",
        _ratio("budget-execution", 500),
        _ratio("supported-vouchers", 400),
        _deduction("earmarking", 300),
        _deduction("over-limit-shares", 300),
        IndicatorRule(code="fraud", kind="veto", weight_centi=0),
    ),
)
"""A plan and contract, B staffing and training, C records and their timeliness, D output, E outcome, F finance."""

BANDS = (
    Band(grade="excellent", from_centi=9000),
    Band(grade="good", from_centi=8000),
    Band(grade="pass", from_centi=6000),
    Band(grade="fail", from_centi=0),
)


class Scorecard(Schema):
    """评分表: dimensions whose weights sum to the whole, bands from the highest to the lowest, and the parties."""

    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1)] = DIMENSIONS
    bands: Annotated[tuple[Band, ...], Field(min_length=1)] = BANDS
    parties: Parties = Parties()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        found = sum(dimension.weight_centi for dimension in self.dimensions)
        if found != WHOLE_CENTI:
            raise _sum_is("dimensions", "维度", found)
        codes = [i.code for dimension in self.dimensions for i in dimension.indicators]
        if len(set(codes)) < len(codes):
            raise PydanticCustomError("adds_up", "two indicators have the same code", {"zh": "两个指标编码相同"})
        starts = [band.from_centi for band in self.bands]
        if starts != sorted(set(starts), reverse=True) or starts[-1] != 0:
            raise PydanticCustomError(
                "adds_up",
                "bands go from the highest to the lowest, and the lowest begins at 0",
                {"zh": "等级须由高到低, 最低一级自 0 起"},
            )
        return self
