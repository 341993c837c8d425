"""项目档案: what evaluators ask a project for, from the ledger: contract, people, files, services, money, papers."""

from __future__ import annotations

from datetime import date
from typing import Any

from xiyuan_ledger.errors import EvaluationError, Language
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.reports import pictures
from xiyuan_ledger.reports.document import Block, Document, Picture, Section, Table, rows_table
from xiyuan_ledger.reports.footing import banner, footer, settled
from xiyuan_ledger.reports.naming import Tongue

CHECKED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("合同与变更", "contract and amendments", ("ProjectContracted", "ProjectAmended")),
    ("批准的预算", "approved budget", ("BudgetApproved",)),
    ("服务对象与退出", "clients and exits", ("ClientEnrolled", "ClientExited")),
    ("个案档案", "case files", ("CaseOpened",)),
    ("服务记录", "records of services", ("ClientServed",)),
    ("小组与活动记录", "group and activity records", ("SessionHeld",)),
    ("成效测量", "measurements", ("OutcomeMeasured",)),
    ("志愿者时长", "volunteer hours", ("VolunteerHoursLogged",)),
    ("支出凭证", "vouchers", ("ExpenseRecorded",)),
    ("冲销", "reversals", ("ExpenseReversed",)),
    ("评估", "evaluations", ("EvaluationCommissioned",)),
)
"""What is asked for, and the facts that answer it. A fact is answered by papers where it names their digests."""


def dossier(ledger: Ledger, project: str, *, pin: Pin | None = None, lang: Language = "zh") -> Document:
    """项目档案 at a pin, pseudonymous. Raises EvaluationError where the project is not in the ledger."""
    at, say = settled(ledger, pin or Pin()), Tongue(lang)
    known = Pin(known_at=at.known_at, valid_on=at.valid_on)

    def rows(view: str, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ledger.view(view, pin=known, **asked).rows
        return found

    own = rows("journal", stream=f"project/{project}")
    if not own:
        raise EvaluationError("project-not-found", field="project", project=project)
    fields: dict[str, Any] = {}
    for row in own:
        fields |= row["fields"]
    facts = rows("journal", subject=project)
    names = {row["org"]: f"{row['name']} ({row['org']})" for row in rows("org_register")}
    return Document(
        title=say("项目档案", "Project dossier"),
        subtitle=f"{fields.get('name', '')} ({project})",
        cover=_cover(fields, names, at.valid_on, say),
        sections=[
            Section(say("材料清单", "What is asked for"), [_checklist(facts, say)]),
            Section(say("合同与预算", "Contract and budget"), _contract(fields, rows, project, say)),
            Section(say("人员", "People"), _people(rows, project, say)),
            Section(say("服务与产出", "Services and output"), _output(rows, project, say)),
            Section(say("财务", "Finance"), _finance(rows, facts, project, say)),
            Section(say("记录质量", "Quality of records"), _quality(rows, facts, project, say)),
        ],
        footer=footer(ledger, at, lang),
        dated=at.valid_on,
        lang=lang,
        banner=banner(ledger),
    )


def _cover(fields: dict[str, Any], names: dict[str, str], on: date, say: Tongue) -> list[tuple[str, str]]:
    buyer, doer = (str(fields.get(name, "-")) for name in ("purchaser", "implementer"))
    return [
        (say("购买方", "Purchaser"), names.get(buyer, buyer)),
        (say("承接方", "Implementer"), names.get(doer, doer)),
        (say("合同期", "Contract"), f"{fields.get('from', '-')} – {fields.get('to', '-')}"),
        (say("基准日", "As of"), on.isoformat()),
    ]


def _checklist(facts: list[dict[str, Any]], say: Tongue) -> Table:
    lines = []
    for zh, en, kinds in CHECKED:
        found = [row for row in facts if row["type"] in kinds]
        papers = sum(bool(row["papers"]) for row in found)
        state = (
            say("无记录", "none")
            if not found
            else say("有凭据", "with papers")
            if papers
            else say("仅有记录", "records only")
        )
        lines.append((say(zh, en), str(len(found)), str(papers), state))
    titles = (say("材料", "Material"), say("事件数", "Events"), say("附凭据", "With papers"), say("状态", "State"))
    return Table(say("材料清单", "Checklist"), titles, lines, frozenset({1, 2}))


def _contract(fields: dict[str, Any], rows: Any, project: str, say: Tongue) -> list[Block]:
    from xiyuan_ledger.money import yuan

    due = [
        (each["due_on"], yuan(each["amount_fen"]), word("condition", each["condition"], say.lang))
        for each in fields.get("instalments", ())
    ]
    titles = (say("应付日期", "Due"), say("金额 (元)", "Amount (yuan)"), say("条件", "Condition"))
    own = [row for row in rows("budget_execution") if row["project"] == project]
    columns = ("category", "channel", "approved_fen", "spent_fen", "left_fen", "executed_centi")
    return [
        Table(say("分期款", "Instalments"), titles, due, frozenset({1})),
        *([Picture(pictures.budget_by_category(own, say.lang))] if own else []),
        rows_table("budget_execution", own, columns, say.lang),
    ]


def _people(rows: Any, project: str, say: Tongue) -> list[Block]:
    workers = {row["worker"] for row in rows("timeliness") if row["project"] == project and row["worker"]}
    held = [row for row in rows("certificates") if row["worker"] in workers]
    hours = [row for row in rows("continuing_education") if row["worker"] in workers]
    listed = say(f"工作人员 {len(workers)} 人: ", f"{len(workers)} workers: ") + ", ".join(sorted(workers))
    return [
        listed,
        rows_table(
            "certificates", held, ("worker", "level", "passed_on", "certificate", "valid_to", "status"), say.lang
        ),
        rows_table(
            "continuing_education", hours, ("worker", "required_minutes", "credited_minutes", "status"), say.lang
        ),
    ]


def _output(rows: Any, project: str, say: Tongue) -> list[Block]:
    def own(view: str) -> list[dict[str, Any]]:
        return [row for row in rows(view) if row["project"] == project]

    weeks = own("attendance")
    return [
        rows_table(
            "project_outputs", own("project_outputs"), ("indicator", "quantity", "target", "completion_centi"), say.lang
        ),
        rows_table("coverage", own("coverage"), ("eligible", "registered", "served", "coverage_centi"), say.lang),
        rows_table("caseload", own("caseload"), ("opened", "closed", "open", "with_plan"), say.lang),
        rows_table("outcomes", own("outcomes"), ("client", "instrument", "pre", "post", "change"), say.lang),
        *([Picture(pictures.attendance_by_week(weeks, say.lang))] if weeks else []),
    ]


def _finance(rows: Any, facts: list[dict[str, Any]], project: str, say: Tongue) -> list[Block]:
    from xiyuan_ledger.money import yuan

    own = [row for row in rows("fund_statement") if row["project"] == project]
    columns = ("org", "channel", "opening_fen", "received_fen", "spent_fen", "transferred_in_fen", "closing_fen")
    spent = [
        (
            row["occurred_on"].isoformat(),
            row["fields"]["voucher"],
            word("category", row["fields"]["category"], say.lang),
            yuan(row["fields"]["amount_fen"]),
            (row["papers"] or [{}])[0].get("digest", "-"),
        )
        for row in facts
        if row["type"] == "ExpenseRecorded"
    ]
    titles = (
        say("日期", "Date"),
        say("凭证", "Voucher"),
        say("类别", "Category"),
        say("金额 (元)", "Amount (yuan)"),
        say("凭据摘要", "Digest"),
    )
    return [
        rows_table("fund_statement", own, columns, say.lang),
        Table(say("支出明细", "Expenses"), titles, spent, frozenset({3})),
    ]


def _quality(rows: Any, facts: list[dict[str, Any]], project: str, say: Tongue) -> list[Block]:
    """How late records came; and the findings that name the project, or that a fact of it is evidence of."""
    own = [row for row in rows("timeliness") if row["project"] == project]
    columns = (
        "worker",
        "month",
        "facts",
        "median_days",
        "p90_days",
        "within_1_centi",
        "later_centi",
        "after_notice_centi",
    )
    ids = {row["event_id"] for row in facts}
    concerned = [row for row in rows("conflicts") if project in row["subjects"] or ids & set(row["evidence"])]
    return [
        *([Picture(pictures.lag_trend(own, say.lang))] if own else []),
        rows_table("timeliness", own, columns, say.lang),
        rows_table("conflicts", concerned, ("rule", "severity", "subjects", "occurred_on"), say.lang),
    ]
