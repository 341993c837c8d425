"""评估: the evaluations on record, each with its scores, its samples and what was found, objected to and concluded."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.evaluation import FindingRaised, RectificationClosed
from xiyuan_ledger.web.events import fields_of
from xiyuan_ledger.web.excerpts import excerpt
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

COMMISSIONED = "EvaluationCommissioned"
STEPS_MAX = 500
SAID_ELSEWHERE = ("evaluation", "occurred_on", "drawn")
SCORES = ("dimension", "indicator", "kind", "weight_centi", "score_centi")


class Finding(NamedTuple):
    """What was found, and whether it was put right."""

    event: Event
    closed: Event | None


def evaluations_page(visit: Visit, request: Request) -> Response:
    """Every evaluation that was commissioned up to the pin."""
    return page(visit, "evaluations.html", visit.words("nav-evaluations"), rows=commissioned(visit))


def commissioned(visit: Visit) -> list[dict[str, Any]]:
    """The evaluations on record at the pin; none for who may not see the journal."""
    if not visit.may_see("journal"):
        return []
    rows = visit.view("journal", {"type": COMMISSIONED}).rows
    return [{**row["fields"], "occurred_on": row["occurred_on"], "event_id": row["event_id"]} for row in rows]


def evaluation_page(visit: Visit, request: Request) -> Response:
    """One evaluation, step by step, with its scorecard."""
    code = request.path_params["code"]
    steps = visit.view("journal", {"stream": f"evaluation/{code}"})
    if not len(steps):
        raise PageError("page-unknown", found=request.url.path[:100])
    shown = [_step(visit, event_id) for event_id in steps.column("event_id").to_pylist()[:STEPS_MAX]]
    return page(
        visit,
        "evaluation.html",
        code,
        code=code,
        steps=shown,
        findings=_findings([each["event"] for each in shown]),
        scores=excerpt(visit, "scorecard", is__evaluation=code),
        score_columns=SCORES,
    )


def _findings(events: list[Event]) -> list[Finding]:
    closed = {event.fact.finding: event for event in events if isinstance(event.fact, RectificationClosed)}
    found = [(event, event.fact.finding) for event in events if isinstance(event.fact, FindingRaised)]
    return [Finding(event, closed.get(code)) for event, code in found]


def _step(visit: Visit, event_id: str) -> dict[str, Any]:
    """A fact of the evaluation, its fields in words; drawn units lead to their history."""
    event = visit.desk.ledger.event(event_id)
    written = [
        each for each in fields_of(event.fact, visit.lang) if each[0] not in ("evaluation", "occurred_on", "drawn")
    ]
    return {"event": event, "fields": written, "drawn": list(getattr(event.fact, "drawn", None) or ())}
