"""The page of the views: what each answers, its columns in both languages, and where its SQL stands."""

from __future__ import annotations

from docs.making.markdown import code, page, table
from xiyuan_ledger.projections.catalogue import GROUPS, Definition, definitions
from xiyuan_ledger.projections.diff import DIFF

SQL = "../../src/xiyuan_ledger/projections"
TITLES = {"compliance": "合规 Compliance", "funding": "资金 Funding", "service": "服务 Service", "audit": "审计 Audit"}
ABOUT = """
视图是在固定版本点上由有效事实算出的表; 每行末列 `evidence` 列出使该行如此的事实。
A view is a table computed from the effective facts at a pin; the last column, `evidence`, lists the ids of the facts
that make a row what it is. The notes at the head of each SQL file say how exactly a figure is defined.

Every view takes `valid_on` and `known_at`; those marked *period* also take `from` and `to`, or `month`, `quarter`,
`year`. Machine formats give fen, minutes and hundredths (`centi`: hundredths of a percent, or of a point for scores);
tables and workbooks for people give yuan, h:mm and percent.
"""


def views_page() -> str:
    """Every view under its group; the diff of any view last."""
    sections = [_section(group) for group in GROUPS]
    return page("视图 Views", ABOUT, *sections, _view(DIFF))


def _section(group: str) -> str:
    views = [view for view in definitions().values() if view.group == group]
    return "\n\n".join([f"## {TITLES[group]}", *(_view(view) for view in views)])


def _view(view: Definition) -> str:
    facts = [f"sort: {', '.join(code(name) for name in view.sort)}"]
    if view.arguments:
        facts.append(f"arguments: {', '.join(code(name) for name in view.arguments)}")
    if view.period:
        facts.append("*period*")
    if view.sql:
        facts.append(f"[SQL]({SQL}/{view.group}/{view.name}.sql)")
    head = f"### {view.name} {view.title['zh']} · {view.title['en']}"
    about = f"{view.about['zh']}  \n{view.about['en']}  \n{' · '.join(facts)}"
    rows = [
        (code(c.name), code(c.type), c.words["zh"], c.about["zh"], c.words["en"], c.about["en"]) for c in view.columns
    ]
    return "\n\n".join([head, about, table(("column", "type", "中文", "含义", "English", "meaning"), rows)])
