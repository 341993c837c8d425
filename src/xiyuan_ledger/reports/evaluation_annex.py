"""评估报告附件: the units drawn, and for every score the events and papers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiyuan_ledger.evaluation.samples import examined
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.reports import naming
from xiyuan_ledger.reports.document import Section, Table
from xiyuan_ledger.reports.footing import policies_table

if TYPE_CHECKING:
    from xiyuan_ledger.reports.evaluation_report import Reported

UNITS_IN_ROW = 10


def units(told: Reported) -> Section:
    """附件: 样本单位."""
    say = told.say
    tables: list[str | Table] = []
    for draws in told.sight.engagement.draws():
        listed = examined(draws)
        rows = [
            [*listed[place : place + UNITS_IN_ROW], *[""] * (UNITS_IN_ROW - len(listed[place : place + UNITS_IN_ROW]))]
            for place in range(0, len(listed), UNITS_IN_ROW)
        ]
        title = definition(draws[0].population).title[say.lang]
        caption = say(f"{title}: 样本单位 {len(listed)} 个", f"{title}: {len(listed)} units of the sample")
        tables.append(Table(caption, [str(place + 1) for place in range(UNITS_IN_ROW)], rows))
    return Section(say("附件一: 样本单位", "Annex 1: units of the sample"), tables or [say("无。", "None.")])


def evidence(told: Reported) -> Section:
    """附件: 依据事件. The ids of a score are listed; where they are many, the journal at the pin lists them all."""
    say = told.say
    rows = []
    for each in told.indicators:
        name = say.of(naming.INDICATORS, each.rule.code)
        behind = each.measure.evidence if each.measure else ()
        for what, ids in (
            (say("量度", "measure"), behind),
            (say("评分", "score"), told.scores[each.rule.code]["evidence"]),
        ):
            if ids:
                rows.append((name, what, str(len(ids)), _listed(ids)))
    titles = (say("指标", "Indicator"), say("性质", "Of"), say("事件数", "Events"), say("事件编号", "Event ids"))
    table = Table(say("各指标的依据事件", "Events behind every indicator"), titles, rows, frozenset({2}))
    note = say(
        "事件过多的只列首尾; 全部编号见本报告的工作簿 (xlsx)。",
        "Of long lists the ends are shown; all ids stand in the workbook (xlsx) of this report.",
    )
    return Section(say("附件二: 依据", "Annex 2: evidence"), [note, table])


def policies(told: Reported) -> Section:
    """附件: 制度."""
    say = told.say
    return Section(
        say("附件三: 有效制度", "Annex 3: policies in force"), [policies_table(told.ledger, told.at, say.lang)]
    )


def sheets(told: Reported) -> list[Table]:
    """What only the workbook has room for: every event behind every indicator, a row each."""
    say = told.say
    rows = [
        (each.rule.code, say.of(naming.INDICATORS, each.rule.code), event_id)
        for each in told.indicators
        for event_id in (*(each.measure.evidence if each.measure else ()), *told.scores[each.rule.code]["evidence"])
    ]
    titles = (say("编码", "Code"), say("指标", "Indicator"), say("事件编号", "Event id"))
    return [Table(say("全部依据事件", "All events"), titles, rows)]


def _listed(ids: tuple[str, ...] | list[str]) -> str:
    if len(ids) <= 8:
        return ", ".join(ids) or "-"
    return ", ".join(ids[:4]) + " … " + ", ".join(ids[-2:])
