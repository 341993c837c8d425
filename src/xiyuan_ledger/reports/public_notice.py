"""公示: what the public is told of an evaluation: parties, total, grade, output. No codes of people, no small cells."""

from __future__ import annotations

from datetime import timedelta

from xiyuan_ledger.errors import EvaluationError, Language
from xiyuan_ledger.evaluation.assessing import TOTAL
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.small_cells import published
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.reports import naming
from xiyuan_ledger.reports.document import Document, Section, Table
from xiyuan_ledger.reports.evaluation_report import Reported
from xiyuan_ledger.reports.footing import banner, footer
from xiyuan_ledger.reports.naming import points

DAYS_OPEN = 7
"""So many days a notice hangs out before it is final."""
PEOPLE = frozenset({"clients", "person_times", "volunteers", "members"})


def public_notice(ledger: Ledger, evaluation: str, *, pin: Pin | None = None, lang: Language = "zh") -> Document:
    """公示 of a concluded evaluation. Raises EvaluationError where it is not concluded yet."""
    told = Reported(ledger, evaluation, pin or Pin(), lang)
    say, total = told.say, told.scores[TOTAL]
    if total["state"] != "concluded":
        raise EvaluationError("notice-too-early", field="evaluation", evaluation=evaluation)
    last = told.pin.valid_on + timedelta(days=DAYS_OPEN - 1)
    names = told.names
    return Document(
        title=say("社会工作服务项目评估结果公示", "Public notice of an evaluation"),
        subtitle=told.parties.get("name", ""),
        cover=[
            (say("购买方", "Purchaser"), names.get(told.parties["purchaser"], told.parties["purchaser"])),
            (say("承接方", "Implementer"), names.get(told.parties["implementer"], told.parties["implementer"])),
            (say("评估方", "Evaluator"), names[told.sight.engagement.commission.evaluator]),
            (say("评估期间", "Period"), f"{told.sight.first} – {told.sight.last}"),
            (say("总分", "Total"), points(total["score_centi"])),
            (say("等级", "Grade"), say.of(naming.GRADES, total["grade"])),
            (say("公示期", "On display"), f"{told.pin.valid_on} – {last}"),
        ],
        sections=[
            Section(say("主要产出", "Output"), [output_table(told)]),
            Section(say("异议", "Objections"), [_how(told)]),
        ],
        footer=footer(ledger, told.pin, lang),
        dated=told.pin.valid_on,
        lang=lang,
        banner=banner(ledger),
    )


def output_table(told: Reported) -> Table:
    """主要产出, as the public may see it."""
    say = told.say
    small = told.sight.policy("privacy").small_cell
    found = told.sight.of_project("project_outputs", period=True)
    people = [row for row in found if row["indicator"] in PEOPLE]
    shown = published([row["quantity"] for row in people], small)
    withheld = {row["indicator"] for row, count in zip(people, shown, strict=True) if count is None}
    rows = []
    for row in found:
        name, target, share = row["indicator"], row["target"], row["completion_centi"]
        hidden = name in withheld
        rows.append(
            (
                str(word("indicator", name, say.lang)),
                say("不列明", "withheld") if hidden else f"{row['quantity']:,}",
                "" if target is None else f"{target:,}",
                "" if share is None or hidden else f"{points(share)} %",
            )
        )
    titles = (say("指标", "Indicator"), say("完成", "Done"), say("合同目标", "Target"), say("完成率", "Completion"))
    caption = say(
        f"产出 (少于 {small} 人的, 以及可据以推算的, 不列明)",
        f"Output (fewer than {small} people, and what would tell them, are withheld)",
    )
    return Table(caption, titles, rows, frozenset({1, 2, 3}))


def _how(told: Reported) -> str:
    return told.say(
        f"对评估结果有异议的, 请在公示期内 ({DAYS_OPEN} 天) 以书面形式向购买方提出, 并附依据。",
        f"Whoever objects writes to the purchaser while this is on display ({DAYS_OPEN} days), with grounds.",
    )
