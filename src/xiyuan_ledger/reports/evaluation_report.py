"""评估报告: what an evaluator hands in: who asked, how it was done, what was looked at, scored and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xiyuan_ledger.aggregates.evaluation import (
    ConflictDeclared,
    EvaluationConcluded,
    EvaluationNoticed,
    FindingRaised,
    ObjectionRaised,
)
from xiyuan_ledger.errors import EvaluationError, Language
from xiyuan_ledger.evaluation.assessing import TOTAL, Assessed, assessed
from xiyuan_ledger.evaluation.samples import examined
from xiyuan_ledger.evaluation.seeds import head_at
from xiyuan_ledger.evaluation.sight import Sight
from xiyuan_ledger.intake.words import title_of
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.money import share_centi
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.reports import evaluation_annex as annex
from xiyuan_ledger.reports import evaluation_steps as steps
from xiyuan_ledger.reports import naming, pictures
from xiyuan_ledger.reports.document import Document, Picture, Section, Table, ids_text
from xiyuan_ledger.reports.footing import banner, footer, policies_table, settled
from xiyuan_ledger.reports.naming import Tongue, counted, points

SCORED_BY = ("scorecard", "sampling", "record-timeliness", "service-cadence", "privacy")
"""The policies that an evaluation rests on; all that are in force stand in an annex."""


class Reported:
    """What a report is made of, at one pin: the sight at the conclusion's pin, the scorecard as it stands."""

    def __init__(self, ledger: Ledger, evaluation: str, pin: Pin, lang: Language):
        self.ledger, self.evaluation, self.say = ledger, evaluation, Tongue(lang)
        self.pin = settled(ledger, pin)
        at = Pin(known_at=self.pin.known_at, valid_on=self.pin.valid_on)
        self.at = at
        engagement = Sight.of(ledger, evaluation, at).engagement
        concluded = [fact for fact, _ in engagement.of(EvaluationConcluded) if fact.occurred_on <= self.pin.valid_on]
        looked = at
        if concluded:
            looked = Pin(known_at=concluded[-1].pin.position, valid_on=concluded[-1].pin.valid_on)
        self.looked = looked
        self.sight = Sight(
            ledger,
            looked,
            engagement.commission.project,
            engagement.commission.from_,
            engagement.commission.to,
            engagement,
        )
        self.indicators: list[Assessed] = assessed(self.sight)
        rows = ledger.view("scorecard", pin=at, where={"evaluation": evaluation}).rows
        if not rows:
            raise EvaluationError("evaluation-not-found", field="evaluation", evaluation=evaluation)
        self.scores: dict[str, dict[str, Any]] = {row["indicator"]: row for row in rows}
        self.parties = self.sight.parties()
        self.names = {row["org"]: row["name"] for row in ledger.view("org_register", pin=at).rows}

    def org(self, code: str | None) -> str:
        """An organisation's name with its code."""
        if code is None:
            return "-"
        return f"{self.names[code]} ({code})" if code in self.names else code

    def by_dimension(self) -> dict[str, tuple[int, int]]:
        """Weight and score of each dimension, in the order of the scorecard."""
        sums: dict[str, tuple[int, int]] = {}
        for each in self.indicators:
            row = self.scores[each.rule.code]
            weight, score = sums.get(each.dimension, (0, 0))
            sums[each.dimension] = (weight + row["weight_centi"], score + row["score_centi"])
        return sums

    @property
    def project(self) -> str:
        """The project's name with its code."""
        return f"{self.parties.get('name', '')} ({self.sight.project})"


def evaluation_report(ledger: Ledger, evaluation: str, *, pin: Pin | None = None, lang: Language = "zh") -> Document:
    """评估报告 at a pin. Once the evaluation is concluded, the project's figures are those at the conclusion's pin.

    Raises EvaluationError, ViewError.
    """
    told = Reported(ledger, evaluation, pin or Pin(), lang)
    say = told.say
    agreed = told.sight.engagement.commission
    return Document(
        title=say("社会工作服务项目绩效评估报告", "Performance evaluation report of a social-work project"),
        subtitle=f"{told.project} · {say.of(naming.PHASES, agreed.phase)}",
        cover=_cover(told),
        sections=[
            _summary(told),
            _basis(told),
            steps.method(told),
            _independence(told),
            steps.samples(told),
            _scores(told),
            steps.key_figures(told),
            steps.findings(told),
            steps.recommendations(told),
            steps.objections(told),
            annex.units(told),
            annex.evidence(told),
            annex.policies(told),
        ],
        footer=[*footer(ledger, told.pin, lang), *_looked_at(told)],
        dated=told.pin.valid_on,
        lang=lang,
        banner=banner(ledger),
        sheets=annex.sheets(told),
    )


def _looked_at(told: Reported) -> list[tuple[str, str]]:
    assert type(told.looked.known_at) is int
    head = head_at(told.ledger, told.looked.known_at)
    at = f"{told.looked.known_at}@{told.looked.valid_on} · {head.size}:{head.root}"
    return [(told.say("项目数据版本点", "project figures at"), at)]


def _cover(told: Reported) -> list[tuple[str, str]]:
    say, agreed, total = told.say, told.sight.engagement.commission, told.scores[TOTAL]
    state = say("已结论", "concluded") if total["state"] == "concluded" else say("未结论", "not concluded yet")
    return [
        (say("评估编号", "Evaluation"), told.evaluation),
        (say("项目", "Project"), told.project),
        (say("购买方", "Purchaser"), told.org(told.parties.get("purchaser"))),
        (say("承接方", "Implementer"), told.org(told.parties.get("implementer"))),
        (say("评估方", "Evaluator"), told.org(agreed.evaluator)),
        (say("评估期间", "Period"), f"{agreed.from_} – {agreed.to}"),
        (say("总分", "Total"), f"{points(total['score_centi'])} / 100.00"),
        (say("等级", "Grade"), say.of(naming.GRADES, total["grade"])),
        (say("状态", "State"), state),
        (say("报告日期", "Date"), told.pin.valid_on.isoformat()),
    ]


def _summary(told: Reported) -> Section:
    """摘要: the total and its grade, how each dimension did, what was found."""
    say, total, engagement = told.say, told.scores[TOTAL], told.sight.engagement
    units = sum(len(examined(draws)) for draws in engagement.draws())
    sums = told.by_dimension()
    names = [f"{code} {say.of(naming.DIMENSIONS, code)}" for code in sums]
    shares = [share_centi(score, weight) for weight, score in sums.values()]
    grade = say.of(naming.GRADES, total["grade"])
    return Section(
        say("摘要", "Summary"),
        [
            say(
                f"{told.project} 在 {told.sight.first} 至 {told.sight.last} 期间得 {points(total['score_centi'])} 分, "
                f"等级为“{grade}”。共 {len(told.indicators)} 项指标, 抽查 {units} 个单位, "
                f"提出问题 {len(engagement.of(FindingRaised))} 项, 收到异议 {len(engagement.of(ObjectionRaised))} 项。",
                f"Over {told.sight.first} to {told.sight.last} {told.project} scored {points(total['score_centi'])} "
                f"points: {grade}. {counted(len(told.indicators), 'indicator')}, {counted(units, 'unit')} of samples, "
                f"{counted(len(engagement.of(FindingRaised)), 'finding')}, "
                f"{counted(len(engagement.of(ObjectionRaised)), 'objection')}.",
            ),
            Picture(pictures.earned_by_dimension(names, shares, say.lang)),
        ],
    )


def _basis(told: Reported) -> Section:
    say, engagement = told.say, told.sight.engagement
    agreed = engagement.commission
    buyer, judge = told.org(told.parties.get("purchaser")), told.org(agreed.evaluator)
    card = engagement.version("scorecard", agreed.occurred_on)
    return Section(
        say("评估依据", "Basis"),
        [
            say(
                f"{buyer} 于 {agreed.occurred_on} 委托 {judge} 评估项目 {told.project}, "
                f"期间为 {agreed.from_} 至 {agreed.to}。"
                f"评分表为制度 scorecard 第 {card['version']} 版 (依据: {card['authority']})。",
                f"{buyer} asked {judge} on {agreed.occurred_on} to evaluate project {told.project} "
                f"over {agreed.from_} to {agreed.to}. The scorecard is version {card['version']} "
                f"of the policy scorecard (authority: {card['authority']}).",
            ),
            policies_table(told.ledger, told.at, say.lang, SCORED_BY),
        ],
    )


def _independence(told: Reported) -> Section:
    say, engagement = told.say, told.sight.engagement
    ties = engagement.of(ConflictDeclared)
    recused = {fact.person for fact, _ in ties}
    broken = [
        each for each in engagement.facts if each.actor in recused and type(each.fact).__name__ != "ConflictDeclared"
    ]
    noticed = engagement.of(EvaluationNoticed)
    rows = [(fact.person, fact.tie, fact.occurred_on.isoformat(), event_id) for fact, event_id in ties]
    titles = (say("人员", "Person"), say("关系", "Tie"), say("日期", "Date"), say("事件", "Event"))
    on = noticed[0][0].occurred_on if noticed else None
    return Section(
        say("独立性与通知", "Independence and notice"),
        [
            say(
                "评估方既非购买方亦非承接方, 由台账在登记委托时核对。",
                "The evaluator is neither purchaser nor implementer: the ledger checked it with the commission.",
            ),
            Table(say("回避声明", "Ties declared"), titles, rows, empty=say("无人声明回避", "nobody declared a tie")),
            say(
                f"回避人员录入的评估记录: {len(broken)} 条。",
                f"Entries of this evaluation made by people who stood back: {len(broken)}.",
            ),
            _team(told),
            say(f"评估通知日期: {on or '未通知'}。", f"The implementer was told on: {on or 'not told'}."),
        ],
    )


def _team(told: Reported) -> Table:
    """Who entered what of the evaluation."""
    say = told.say
    entered: dict[str, Counter[str]] = {}
    for each in told.sight.engagement.facts:
        entered.setdefault(each.actor, Counter())[_called(each.fact, say.lang)] += 1
    rows = [
        (who, say("、", ", ").join(f"{what} {count}" for what, count in sorted(kinds.items())), str(kinds.total()))
        for who, kinds in sorted(entered.items())
    ]
    titles = (say("录入人", "Entered by"), say("记录", "What"), say("条数", "Entries"))
    return Table(say("评估记录的录入人", "Who entered the evaluation"), titles, rows, frozenset({2}))


def _called(fact: Any, lang: Language) -> str:
    return title_of(type(fact)) if lang == "zh" else type(fact).__name__


def _scores(told: Reported) -> Section:
    say = told.say
    missing = [each for each in told.indicators if told.scores[each.rule.code]["state"] == "unscored"]
    listed = ", ".join(say.of(naming.INDICATORS, each.rule.code) for each in missing)
    return Section(
        say("评分结果", "Scores"),
        [
            _by_dimension(told),
            _by_indicator(told),
            say(
                f"未评而计 0 分的指标 {len(missing)} 项: {listed or '无'}。",
                f"Indicators that nobody scored, which count 0: {len(missing)} ({listed or 'none'}).",
            ),
        ],
    )


def _by_dimension(told: Reported) -> Table:
    say = told.say
    sums = told.by_dimension()
    rows: list[Sequence[str]] = [
        (f"{code} {say.of(naming.DIMENSIONS, code)}", points(weight), points(score))
        for code, (weight, score) in sums.items()
    ]
    total = told.scores[TOTAL]
    rows.append((say("合计", "Total"), points(total["weight_centi"]), points(total["score_centi"])))
    titles = (say("维度", "Dimension"), say("满分", "Weight"), say("得分", "Score"))
    return Table(say("各维度得分", "By dimension"), titles, rows, frozenset({1, 2}))


def _by_indicator(told: Reported) -> Table:
    say = told.say
    rows = []
    for each in told.indicators:
        row = told.scores[each.rule.code]
        rows.append(
            (
                f"{each.dimension} {say.of(naming.INDICATORS, each.rule.code)}",
                say.of(naming.KINDS, each.rule.kind),
                points(row["weight_centi"]),
                say.measure(each.measure, each.rule.kind),
                points(row["score_centi"]),
                say.of(naming.STATES, row["state"]),
                ids_text(each.measure.evidence if each.measure else row["evidence"], say.lang),
            )
        )
    titles = (
        say("指标", "Indicator"),
        say("方式", "Kind"),
        say("满分", "Weight"),
        say("量度", "Measured"),
        say("得分", "Score"),
        say("状态", "State"),
        say("依据事件", "Events behind it"),
    )
    return Table(say("各指标得分", "By indicator"), titles, rows, frozenset({2, 4}))
