"""评估报告的各步: how it was done, what was drawn, the figures, what was found, said and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiyuan_ledger.aggregates.evaluation import (
    FindingRaised,
    ObjectionRaised,
    RectificationClosed,
    ScoreRevised,
    SelfAssessmentSubmitted,
)
from xiyuan_ledger.evaluation.samples import differences
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.reports import naming, pictures
from xiyuan_ledger.reports.document import Block, Picture, Points, Section, Table, rows_table
from xiyuan_ledger.reports.naming import points

if TYPE_CHECKING:
    from xiyuan_ledger.reports.evaluation_report import Reported

POOR_CENTI = 6_000
"""An indicator below 60 % of its weight is one to work on."""


def method(told: Reported) -> Section:
    """评估方法."""
    say = told.say
    parties = told.sight.engagement.scorecard.parties
    weights = [(say.of(naming.PARTIES, party), points(getattr(parties, party))) for party in naming.PARTIES]
    handed = [
        (fact.occurred_on.isoformat(), fact.text or "", (fact.evidence or ())[0].digest)
        for fact, _ in told.sight.engagement.of(SelfAssessmentSubmitted)
    ]
    return Section(
        say("评估方法", "Method"),
        [
            say(
                "自动指标由台账视图在固定版本点上计算, 每一分都可追溯到事件编号; 程度指标由评估人员附凭据评定。"
                "得分以百分之一分为单位, 四舍五入; 缺数据的指标计 0 分并列出。",
                "Automatic indicators are computed from views of the ledger at a pin; every score leads to event ids. "
                "Degrees are judged by people, on papers. Scores are hundredths of a point, rounded half up. "
                "An indicator without data counts 0 and is listed.",
            ),
            Table(
                say("评分主体权重", "Weights of the parties"),
                (say("主体", "Party"), say("权重 (%)", "Weight (%)")),
                weights,
                frozenset({1}),
            ),
            Table(
                say("自评材料", "Self-assessment"),
                (say("日期", "Date"), say("说明", "Text"), say("凭据摘要", "Digest of the paper")),
                handed,
                empty=say("未提交", "none handed in"),
            ),
        ],
    )


def samples(told: Reported) -> Section:
    """抽样."""
    say = told.say
    blocks: list[str | Table] = []
    for draws in told.sight.engagement.draws():
        first = draws[0]
        wrong = differences(told.ledger, draws)
        same = say("一致", "the same") if not wrong else say("不一致: ", "not the same: ") + ", ".join(wrong)
        rows = [
            (say("总体", "Population"), f"{first.population}.{first.unit}"),
            (say("查询条件", "Asked with"), ", ".join(f"{each.name}={each.value}" for each in first.asked or ())),
            (say("方法", "Method"), say.of(naming.METHODS, first.method)),
            (say("样本量", "Size"), str(first.size)),
            (say("总体摘要", "Population digest"), first.population_digest),
            (say("种子", "Seed"), first.seed),
            (
                say("检查点", "Tree head"),
                f"{first.checkpoint.size}:{first.checkpoint.root}" if first.checkpoint else "-",
            ),
            (say("随机数", "Nonce"), first.nonce or "-"),
            (say("重抽结果", "Drawn again"), same),
        ]
        title = definition(first.population).title[say.lang]
        caption = say(f"样本: {title}", f"Sample of {title}")
        blocks.append(Table(caption, (say("项", "Item"), say("内容", "Content")), rows))
        swaps = [
            (old, new, fact.reason or "")
            for fact in draws[1:]
            for old, new in zip(fact.replaces or (), fact.drawn, strict=True)
        ]
        titles = (say("原单位", "Unit"), say("替换为", "Replaced by"), say("理由", "Reason"))
        blocks.append(
            Table(say("替换记录", "Replacements"), titles, swaps, empty=say("无替换", "nothing was replaced"))
        )
    return Section(say("抽样", "Sample"), blocks or [say("本评估未抽样。", "No sample was drawn.")])


def key_figures(told: Reported) -> Section:
    """主要数据: what the views say of the project, at the pin of the conclusion."""
    say, sight = told.say, told.sight
    lang = say.lang
    outputs = ("indicator", "quantity", "target", "completion_centi")
    budget = ("category", "channel", "approved_fen", "spent_fen", "left_fen", "executed_centi", "overrun")
    funds = [row for row in sight.rows("fund_statement", period=True) if row["project"] == sight.project]
    lines = ("org", "channel", "opening_fen", "received_fen", "spent_fen", "transferred_in_fen", "closing_fen")
    money = sight.of_project("budget_execution")
    months = sight.of_project("timeliness", period=True)
    weeks = sight.of_project("attendance", period=True)
    blocks: list[Block] = [
        rows_table("project_outputs", sight.of_project("project_outputs", period=True), outputs, lang),
        *([Picture(pictures.budget_by_category(money, lang))] if money else []),
        rows_table("budget_execution", money, budget, lang),
        rows_table("fund_statement", funds, lines, lang),
        *([Picture(pictures.lag_trend(months, lang))] if months else []),
        *([Picture(pictures.attendance_by_week(weeks, lang))] if weeks else []),
        _conflicts(told),
    ]
    return Section(say("主要数据", "Key figures"), blocks)


def _conflicts(told: Reported) -> Table:
    """Findings about the project and its people, and those that a fact of the project is evidence of."""
    people = {*told.sight.workers(), *told.sight.clients(), told.sight.project}
    own = {row["event_id"] for row in told.sight.rows("journal", subject=told.sight.project)}
    found = told.sight.rows("conflicts", period=True)
    rows = [row for row in found if people & set(row["subjects"]) or own & set(row["evidence"])]
    columns, none = ("rule", "severity", "subjects", "occurred_on"), told.say("未发现冲突", "no conflict was found")
    return rows_table("conflicts", rows, columns, told.say.lang, empty=none)


def findings(told: Reported) -> Section:
    """问题与整改."""
    say, engagement = told.say, told.sight.engagement
    closed = {fact.finding: fact.occurred_on.isoformat() for fact, _ in engagement.of(RectificationClosed)}
    rows = [
        (
            fact.finding,
            say.of(naming.SEVERITIES, fact.severity),
            fact.text,
            fact.due_on.isoformat() if fact.due_on else "",
            closed.get(fact.finding, say("未整改", "open")),
            event_id,
        )
        for fact, event_id in engagement.of(FindingRaised)
    ]
    titles = (
        say("编号", "Code"),
        say("程度", "Severity"),
        say("问题", "Finding"),
        say("整改期限", "Due"),
        say("整改日期", "Put right"),
        say("事件", "Event"),
    )
    table = Table(say("问题清单", "Findings"), titles, rows, empty=say("未提出问题", "nothing was found wanting"))
    return Section(say("问题与整改", "Findings"), [table])


def recommendations(told: Reported) -> Section:
    """建议: what is open, what is missing, what scored poorly."""
    say, engagement = told.say, told.sight.engagement
    closed = {fact.finding for fact, _ in engagement.of(RectificationClosed)}
    lines = [
        say(f"限期整改问题 {fact.finding}: {fact.text}", f"Put finding {fact.finding} right: {fact.text}")
        for fact, _ in engagement.of(FindingRaised)
        if fact.finding not in closed
    ]
    for each in told.indicators:
        row, name = told.scores[each.rule.code], say.of(naming.INDICATORS, each.rule.code)
        if each.missing:
            lines.append(say(f"补充“{name}”所需的记录: 目前无数据。", f"Record what “{name}” needs: there is no data."))
        elif each.rule.weight_centi and row["score_centi"] * 10_000 < POOR_CENTI * each.rule.weight_centi:
            if row["state"] == "unscored":
                continue
            got = f"{points(row['score_centi'])}/{points(row['weight_centi'])}"
            lines.append(say(f"改进“{name}” (得分 {got})。", f"Improve “{name}” (scored {got})."))
    return Section(say("建议", "Recommendations"), [Points(lines or [say("无。", "None.")])])


def objections(told: Reported) -> Section:
    """异议与答复."""
    say, engagement = told.say, told.sight.engagement
    rows = []
    for fact, event_id in engagement.of(ObjectionRaised):
        rows.append((fact.occurred_on.isoformat(), say("异议", "objection"), fact.indicator, fact.text, "", event_id))
    for answer, event_id in engagement.of(ScoreRevised):
        score, on = points(answer.score_centi), answer.occurred_on.isoformat()
        rows.append((on, say("答复", "answer"), answer.indicator, answer.text, score, event_id))
    titles = (
        say("日期", "Date"),
        say("类别", "What"),
        say("指标", "Indicator"),
        say("内容", "Text"),
        say("改为", "Score"),
        say("事件", "Event"),
    )
    told_rows = [(on, what, say.of(naming.INDICATORS, code), *rest) for on, what, code, *rest in sorted(rows)]
    table = Table(
        say("异议与答复", "Objections and answers"),
        titles,
        told_rows,
        frozenset({4}),
        say("无异议", "nobody objected"),
    )
    return Section(say("异议与答复", "Objections and answers"), [table])
