"""评估: the evaluations on record, each with its scores, its samples and what was found, objected to and concluded."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.web.events import fields_of
from xiyuan_ledger.web.excerpts import excerpt
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

COMMISSIONED = "EvaluationCommissioned"
STEPS_MAX = 500
SAID_ELSEWHERE = ("evaluation", "occurred_on", "drawn")
SCORES = ("dimension", "indicator", "kind", "weight_centi", "score_centi")


def evaluations_page(visit: Visit, request: Request) -> Response:
    """Every evaluation that was commissioned up to the pin."""
    commissioned = visit.view("journal", {"type": COMMISSIONED}).rows
    rows = [{**row["fields"], "occurred_on": row["occurred_on"], "event_id": row["event_id"]} for row in commissioned]
    return page(visit, "evaluations.html", visit.words("nav-evaluations"), rows=rows)


def evaluation_page(visit: Visit, request: Request) -> Response:
    """One evaluation, step by step, with its scorecard."""
    code = request.path_params["code"]
    steps = visit.view("journal", {"stream": f"evaluation/{code}"})
    if not len(steps):
        raise PageError("page-unknown", found=request.url.path[:100])
    return page(
        visit,
        "evaluation.html",
        code,
        code=code,
        steps=[_step(visit, event_id) for event_id in steps.column("event_id").to_pylist()[:STEPS_MAX]],
        scores=excerpt(visit, "scorecard", is__evaluation=code),
        score_columns=SCORES,
    )


def _step(visit: Visit, event_id: str) -> dict[str, Any]:
    """A fact of the evaluation, its fields in words; drawn units lead to their history."""
    event = visit.desk.ledger.event(event_id)
    written = [
        each for each in fields_of(event.fact, visit.lang) if each[0] not in ("evaluation", "occurred_on", "drawn")
    ]
    return {"event": event, "fields": written, "drawn": list(getattr(event.fact, "drawn", None) or ())}
