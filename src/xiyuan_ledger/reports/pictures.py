"""图: the charts that people of the office would rather look at than read, each made of the rows of one view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xiyuan_ledger.errors import Language
from xiyuan_ledger.intake.words import value_words
from xiyuan_ledger.money import share_centi, yuan
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.reports.charts import Cell, Series, bar_chart, board, funnel, line_chart

Row = Mapping[str, Any]
KINDS = ("party_org", "autonomous_org", "admin_workstation", "service_station")
CHANNELS = ("government", "member", "social")
_WORDS: dict[str, dict[Language, str]] = {
    "lag": {"zh": "记录及时性: 各月按时记录的占比", "en": "Timeliness: share of each month recorded in time"},
    "within_1": {"zh": "及时 (默认1天内)", "en": "prompt (1 day by default)"},
    "within_7": {"zh": "期限内 (默认7天内)", "en": "in time (7 days by default)"},
    "after_notice": {"zh": "评估通知后记录", "en": "after the notice"},
    "dimensions": {"zh": "各维度得分率", "en": "How far each dimension came"},
    "earned": {"zh": "得分占满分", "en": "share of the weight"},
    "funnel": {"zh": "职业水平考试漏斗", "en": "The level examination as a funnel"},
    "registered": {"zh": "报名", "en": "registered"},
    "sat": {"zh": "应考", "en": "sat"},
    "passed": {"zh": "合格", "en": "passed"},
    "money": {"zh": "各渠道资金 (元)", "en": "Money by channel (yuan)"},
    "received": {"zh": "入账", "en": "received"},
    "spent": {"zh": "支出 (减冲销)", "en": "spent, less reversals"},
    "closing": {"zh": "结余", "en": "closing balance"},
    "budget": {"zh": "预算与支出 (元)", "en": "Budget and spending (yuan)"},
    "approved": {"zh": "批准", "en": "approved"},
    "government": {"zh": "政府扶持", "en": "government"},
    "member": {"zh": "会员缴费", "en": "members"},
    "social": {"zh": "社会募集", "en": "society"},
    "attendance": {"zh": "每周参加人次", "en": "Person-times by week"},
    "board": {"zh": "4+1 岗位到位情况", "en": "The 4+1 standard, community by community"},
    "party_org": {"zh": "党组织", "en": "party org."},
    "autonomous_org": {"zh": "自治组织", "en": "autonomous org."},
    "admin_workstation": {"zh": "工作站", "en": "workstation"},
    "service_station": {"zh": "服务站", "en": "service station"},
}


def said(word: str, lang: Language) -> str:
    """A word of the charts."""
    return _WORDS[word][lang]


def _percent(centi: int) -> str:
    return f"{centi // 100}%" if centi % 100 == 0 else f"{yuan(centi)}%"


def lag_trend(timeliness: Iterable[Row], lang: Language) -> str:
    """及时性 by month, over all its projects and workers: shares recorded within the limits, and after a notice."""
    counts: dict[str, dict[str, int]] = {}
    for row in timeliness:
        month = counts.setdefault(row["month"], {"facts": 0})
        month["facts"] += row["facts"]
        for name in ("within_1", "within_7", "after_notice"):
            share = row[f"{name}_centi"]
            if share is not None:
                # A share of fewer than 10,000 facts, rounded to 1/10,000, gives their number back.
                month[name] = month.get(name, 0) + (share * row["facts"] + 5000) // 10_000
    labels = sorted(counts)
    series = [
        Series(said(name, lang), [_share(counts[label], name) for label in labels])
        for name in ("within_1", "within_7", "after_notice")
    ]
    told = [each for each in series if any(value is not None for value in each.values)]
    return line_chart(said("lag", lang), labels, told, shown=_percent, up_to=10_000)


def _share(counts: Mapping[str, int], name: str) -> int | None:
    return share_centi(counts[name], counts["facts"]) if name in counts else None


def earned_by_dimension(names: Sequence[str], shares_centi: Sequence[int | None], lang: Language) -> str:
    """得分率: how much of its weight each dimension of a scorecard earned."""
    series = [Series(said("earned", lang), shares_centi)]
    return bar_chart(said("dimensions", lang), names, series, shown=_percent, up_to=10_000)


def exam_funnel(rows: Iterable[Row], lang: Language) -> str:
    """考试漏斗: registered, sat, passed, over all its years and levels."""
    listed = list(rows)
    stages = [(said(name, lang), sum(row[name] for row in listed)) for name in ("registered", "sat", "passed")]
    return funnel(said("funnel", lang), stages)


def money_by_channel(fund_statement: Iterable[Row], lang: Language) -> str:
    """收支 by channel: what came in, what was spent, what is left. Transfers between the organisations are left out."""
    sums = {channel: [0, 0, 0] for channel in CHANNELS}
    for row in fund_statement:
        into = sums[row["channel"]]
        into[0] += row["received_fen"]
        into[1] += row["spent_fen"] - row["reversed_fen"]
        into[2] += row["closing_fen"]
    series = [
        Series(said(name, lang), [sums[channel][nth] for channel in CHANNELS])
        for nth, name in enumerate(("received", "spent", "closing"))
    ]
    return bar_chart(said("money", lang), [said(channel, lang) for channel in CHANNELS], series, shown=_yuan)


def budget_by_category(budget_execution: Iterable[Row], lang: Language) -> str:
    """预算 by category: what was approved, and what was spent of it. What nobody approved has no bar for it."""
    sums: dict[str, list[int | None]] = {}
    for row in budget_execution:
        into = sums.setdefault(row["category"], [None, 0])
        if row["approved_fen"] is not None:
            into[0] = (into[0] or 0) + row["approved_fen"]
        into[1] = (into[1] or 0) + row["spent_fen"]
    labels = [str(word("category", category, lang)) for category in sums]
    series = [
        Series(said(name, lang), [into[nth] for into in sums.values()])
        for nth, name in enumerate(("approved", "spent"))
    ]
    return bar_chart(said("budget", lang), labels, series, shown=_yuan)


def _yuan(fen: int) -> str:
    whole = yuan(fen)
    return whole.removesuffix(".00")


def attendance_by_week(attendance: Iterable[Row], lang: Language, kinds: Sequence[str] = ()) -> str:
    """活动开展: person-times by week, for each kind of session."""
    listed = list(attendance)
    labels = sorted({row["week"] for row in listed})
    wanted = list(kinds) or sorted({row["kind"] for row in listed})
    series = []
    for kind in wanted:
        sums: dict[str, int] = {}
        for row in listed:
            if row["kind"] == kind:
                sums[row["week"]] = sums.get(row["week"], 0) + row["person_times"]
        series.append(Series(_kind(kind, lang), [sums.get(label) for label in labels]))
    return line_chart(said("attendance", lang), labels, series)


def _kind(kind: str, lang: Language) -> str:
    return value_words("kind").get(kind, (kind,))[0] if lang == "zh" else kind


def four_plus_one_board(rows: Iterable[Row], lang: Language, names: Mapping[str, str] | None = None) -> str:
    """4+1: for each community and kind how many are required and there; what falls short is marked."""
    listed = list(rows)
    communities = sorted({row["community"] for row in listed})
    found = {(row["community"], row["kind"]): row for row in listed}
    cells = [[_standing(found.get((community, kind))) for kind in KINDS] for community in communities]
    shown = [(names or {}).get(community, community) for community in communities]
    return board(said("board", lang), shown, [said(kind, lang) for kind in KINDS], cells)


def _standing(row: Row | None) -> Cell:
    if row is None:
        return Cell("-", None)
    return Cell(f"{row['filled']}/{row['required']}", row["gap"] == 0)
