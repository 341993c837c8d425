"""The generated part of the glossary: the term of every fact, view and policy."""

from __future__ import annotations

from docs.making.facts import structures
from docs.making.markdown import table, term_and_meaning
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import definitions

BEGIN, END = "<!-- terms -->", "<!-- /terms -->"


def with_terms(glossary: str) -> str:
    """The glossary with the part between its marks made anew; what people wrote around it stays."""
    before, _, rest = glossary.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{_terms()}\n\n{END}{after}"


def _terms() -> str:
    facts = [(term_and_meaning(fact)[0], f"[{name}](reference/facts.md)") for name, fact in FACTS.items()]
    parts = [(term_and_meaning(part)[0], part.__name__) for part in structures()]
    views = [(v.title["zh"], f"{v.title['en']} ([{v.name}](reference/views.md))") for v in definitions().values()]
    policies = [(term_and_meaning(s)[0], f"[{name}](reference/policies.md)") for name, s in SCHEMAS.items()]
    sections = (
        ("事实 Facts", facts),
        ("内部结构 Structures", parts),
        ("视图 Views", views),
        ("制度 Policies", policies),
    )
    return "\n\n".join(f"### {title}\n\n" + table(("中文", "name"), rows) for title, rows in sections)
