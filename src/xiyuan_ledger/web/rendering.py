"""Pages out of templates: always escaped, nothing undefined, the same frame around each."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.errors import LedgerError
from xiyuan_ledger.projections.catalogue import definitions
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.projections.wording import heading, shanghai_text, unit, value_text
from xiyuan_ledger.web.asked import PIN, part
from xiyuan_ledger.web.cells import centi, fact_title, is_number, number, text_of
from xiyuan_ledger.web.failing import status_of
from xiyuan_ledger.web.visit import Visit
from xiyuan_ledger.web.words import LANGUAGES

COMPLIANCE = frozenset(
    {"exam_deadlines", "certificates", "continuing_education", "four_plus_one", "station_staffing", "training_cadence"}
)
NAVIGATION: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("/", "nav-overview", frozenset()),
    ("/compliance", "nav-compliance", COMPLIANCE),
    ("/money", "nav-money", frozenset({"fund_statement", "budget_execution", "subsidy_due"})),
    ("/projects", "nav-projects", frozenset({"project_outputs", "budget_execution"})),
    ("/audit", "nav-audit", frozenset({"timeliness", "conflicts", "corrections", "accesses"})),
    ("/evaluations", "nav-evaluations", frozenset({"journal"})),
    ("/diff", "nav-changes", frozenset()),
    ("/what-if", "nav-what-if", frozenset({"policy_register"})),
    ("/verification", "nav-verification", frozenset()),
    ("/views", "nav-views", frozenset()),
)
"""The pages that every page leads to: where, under which word, and which of these views a reader needs for it."""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("xiyuan_ledger.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"is_number": is_number, "number": number, "text_of": text_of, "unit": unit, "PIN": PIN}
    made.globals |= {"heading": heading, "part": part, "definitions": definitions, "LANGUAGES": LANGUAGES}
    made.globals |= {
        "word": word,
        "centi": centi,
        "text_of_flag": lambda flag, lang: value_text("flag", flag == "true", lang),
    }
    made.globals |= {"fact_title": fact_title, "type_title": lambda name, lang: fact_title(FACTS[name], lang)}
    made.filters["shanghai"] = shanghai_text
    return made


def page(visit: Visit, template: str, title: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page in the reader's language, at the visit's pin."""
    shown = [(path, key) for path, key, needs in NAVIGATION if not needs or any(visit.may_see(each) for each in needs)]
    text = (
        _environment()
        .get_template(template)
        .render(visit=visit, w=visit.words, lang=visit.lang, title=title, navigation=shown, **context)
    )
    return HTMLResponse(text, status)


def error_page(visit: Visit, error: LedgerError) -> HTMLResponse:
    """What went wrong and what to do, in both languages, under its stable code; the pin may be at fault."""
    said = [(each, error.message(each), error.hint(each)) for each in (visit.lang, *_other(visit))]
    return page(visit, "error.html", visit.words("error-title"), status=status_of(error), error=error, said=said)


def _other(visit: Visit) -> list[Any]:
    return [each for each in LANGUAGES if each != visit.lang]
