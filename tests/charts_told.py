"""图中的数字: what each chart should say of rows that the command line gave, worked out a second time, in fractions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from html import unescape
from typing import Any, Literal

Row = dict[str, Any]
Lang = Literal["zh", "en"]
Points = Mapping[str, Any]
SHARES = {
    "within_1_centi": {"zh": "及时 (默认1天内)", "en": "prompt (1 day by default)"},
    "within_7_centi": {"zh": "期限内 (默认7天内)", "en": "in time (7 days by default)"},
    "after_notice_centi": {"zh": "评估通知后记录", "en": "after the notice"},
}
KINDS = {
    "class": "课程",
    "group": "小组",
    "activity": "活动",
    "counselling": "咨询",
    "performance": "演出",
    "lecture": "讲座",
    "outreach": "外展",
}
STAGES = {"registered": "报名", "sat": "应考", "passed": "合格"}
CHANNELS = {
    "government": {"zh": "政府扶持", "en": "government"},
    "member": {"zh": "会员缴费", "en": "members"},
    "social": {"zh": "社会募集", "en": "society"},
}
PLACES = {
    "party_org": {"zh": "党组织", "en": "party org."},
    "autonomous_org": {"zh": "自治组织", "en": "autonomous org."},
    "admin_workstation": {"zh": "工作站", "en": "workstation"},
    "service_station": {"zh": "服务站", "en": "service station"},
}


def drawn(page: str) -> dict[str, str]:
    """What the charts of a page say to a screen reader: the text of each under its title."""
    found = re.findall(r"<title[^>]*>([^<]*)</title>\s*<desc[^>]*>([^<]*)</desc>", page)
    return {unescape(title): unescape(told) for title, told in found}


def hundredths(share: Fraction) -> str:
    """A share in percent, with decimals only where it has some."""
    percent = (Decimal(share.numerator * 100) / share.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{percent:.0f}%" if percent == percent.to_integral() else f"{percent}%"


def sentences(parts: Iterable[tuple[str, Points]], shown: Callable[[Any], str] = str) -> str:
    """Series by series, the labels in their order."""
    return "; ".join(
        f"{name}: " + ", ".join(f"{label} {shown(value)}" for label, value in points.items()) for name, points in parts
    )


def lags_told(rows: Sequence[Row], lang: Lang) -> str:
    """及时性: of the facts of a month, how many were recorded within each limit."""
    parts = []
    for column, name in SHARES.items():
        points = {}
        for month in sorted({row["month"] for row in rows}):
            own = [row for row in rows if row["month"] == month]
            if any(row[column] is not None for row in own):
                within = sum(round(Fraction((row[column] or 0) * row["facts"], 10_000)) for row in own)
                points[month] = Fraction(within, sum(row["facts"] for row in own))
        if points:
            parts.append((name[lang], points))
    return sentences(parts, hundredths)


def weeks_told(rows: Sequence[Row], lang: Lang) -> str:
    """每周参加人次, by kind of session."""
    parts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in sorted(rows, key=lambda row: (row["kind"], row["week"])):
        parts[KINDS[row["kind"]] if lang == "zh" else row["kind"]][row["week"]] += row["person_times"]
    return sentences(parts.items())


def money_told(rows: Sequence[Row], lang: Lang) -> str:
    """各渠道资金, in yuan, without decimals where they are nothing."""
    names = {"received": "入账", "spent": "支出 (减冲销)", "closing": "结余"}
    english = {"received": "received", "spent": "spent, less reversals", "closing": "closing balance"}
    parts = []
    for column in names:
        points = {each[lang]: Decimal(0) for each in CHANNELS.values()}
        for row in rows:
            back = row["reversed_fen"] if column == "spent" else 0
            points[CHANNELS[row["channel"]][lang]] += Decimal(row[f"{column}_fen"] - back) / 100
        parts.append(((names if lang == "zh" else english)[column], points))
    return sentences(parts, in_yuan)


def in_yuan(value: Decimal) -> str:
    """An amount as people write it, without decimals where they are nothing."""
    return f"{value:,.2f}".removesuffix(".00")


def budget_told(rows: Sequence[Row], words: Mapping[str, str], lang: Lang) -> str:
    """预算与支出 by category; nothing is said of what was not approved."""
    approved, spent = {}, {}
    for row in rows:
        if row["approved_fen"] is not None:
            approved[words[row["category"]]] = Decimal(row["approved_fen"]) / 100
        spent[words[row["category"]]] = Decimal(row["spent_fen"]) / 100
    names = ("批准", "支出 (减冲销)") if lang == "zh" else ("approved", "spent, less reversals")
    return sentences(zip(names, (approved, spent), strict=True), in_yuan)


def funnel_told(rows: Sequence[Row], lang: Lang) -> str:
    """考试漏斗 over all years and levels."""
    sums = {name: sum(row[name] for row in rows) for name in STAGES}
    return "; ".join(f"{STAGES[name] if lang == 'zh' else name}: {count}" for name, count in sums.items())


def places_told(rows: Sequence[Row], names: Mapping[str, str], lang: Lang) -> str:
    """4+1: what is there of what is required, with the sign that says whether it is enough."""
    found = {(row["community"], row["kind"]): row for row in rows}
    lines = []
    for community in sorted({row["community"] for row in rows}):
        cells = []
        for kind, name in PLACES.items():
            row = found.get((community, kind))
            sign = "" if row is None else "× " if row["filled"] < row["required"] else "√ "
            there = "-" if row is None else f"{row['filled']}/{row['required']}"
            cells.append(f"{name[lang]} {sign}{there}")
        lines.append(f"{names.get(community, community)}: {', '.join(cells)}")
    return "; ".join(lines)


def stations_told(rows: Sequence[Row], names: Mapping[str, str], lang: Lang) -> str:
    """各站服务: people and person-times of the whole month."""
    words = {"people": "服务人数", "person_times": "服务人次"} if lang == "zh" else {}
    whole = [row for row in rows if row["service_type"] == "_all"]
    return sentences(
        (words.get(column, column.replace("_", "-")), {names[row["station"]]: row[column] for row in whole})
        for column in ("people", "person_times")
    )


def dimensions_told(rows: Sequence[Row], names: Mapping[str, tuple[str, str]], lang: Lang) -> str:
    """得分率: what the indicators of each dimension earned of their weights."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        if row["indicator"] != "_total":
            weight, score = sums.get(row["dimension"], [0, 0])
            sums[row["dimension"]] = [weight + row["weight_centi"], score + row["score_centi"]]
    points = {f"{code} {names[code][lang == 'en']}": Fraction(score, weight) for code, (weight, score) in sums.items()}
    return sentences([("得分占满分" if lang == "zh" else "share of the weight", points)], hundredths)
