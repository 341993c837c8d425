"""The pages of facts: one event with its bytes and its leaf, the history of a subject, and the search for one."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiyuan_ledger.aggregates import Event
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.calendar import shanghai_date
from xiyuan_ledger.errors import Language
from xiyuan_ledger.intake.words import field_words
from xiyuan_ledger.merkle import leaf_hash
from xiyuan_ledger.projections.diff import EVIDENCE
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.projections.wording import value_text
from xiyuan_ledger.web.asked import part
from xiyuan_ledger.web.cells import fact_title, number
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.people import may_ask
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.tables import arguments_of
from xiyuan_ledger.web.verifying import inclusion
from xiyuan_ledger.web.visit import Visit

EVERY_EVENT = ("journal", "history")
"""Who may see one of these views may open every event."""


def event_page(visit: Visit, request: Request) -> Response:
    """An event: what it says, its envelope, its bytes, its leaf, and its subject's history."""
    event = _opened(visit, request.path_params["event"])
    stored = visit.desk.ledger.stored_bytes(event.position)
    leaf, proof = leaf_hash(stored), inclusion(visit, event.position)
    return page(
        visit,
        "event.html",
        f"{fact_title(type(event.fact), visit.lang)} #{event.position}",
        event=event,
        fields=list(fields_of(event.fact, visit.lang)),
        lag=(shanghai_date(event.recorded_at) - event.occurred_on).days,
        stored=stored.decode(),
        length=len(stored),
        digest=sha256(stored).hexdigest(),
        leaf=leaf.hex(),
        proof=proof,
        holds=proof is not None and proof.holds(leaf),
        subjects=[each for each in event.stream.split("/")[1:] if each] if visit.may_see("history") else [],
    )


def event_bytes(visit: Visit, request: Request) -> Response:
    """The bytes of an event as they were stored and hashed."""
    event = _opened(visit, request.path_params["event"])
    return _file(visit.desk.ledger.stored_bytes(event.position), f"event-{event.position}.json", "application/json")


def event_proof(visit: Visit, request: Request) -> Response:
    """The proof of an event with the checkpoint that it leads to, for whoever checks it elsewhere."""
    event = _opened(visit, request.path_params["event"])
    found = inclusion(visit, event.position)
    if found is None or found.note is None:
        raise PageError("proof-unsigned", field="event", position=event.position)
    return _file(found.dump(), f"event-{event.position}.tlog-proof", "text/plain; charset=utf-8")


def _file(content: bytes, name: str, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _opened(visit: Visit, event_id: str) -> Event:
    """An event that the reader may open: by a view of every event, or as evidence of a view in scope at the pin."""
    if not any(visit.may_see(name) for name in EVERY_EVENT):
        _check_evidence(visit, event_id)
    found = visit.desk.ledger.event(event_id)
    if found.position > visit.pin.known_at:
        raise PageError("event-later", field="known_at", position=found.position, known_at=visit.pin.known_at)
    return found


def _check_evidence(visit: Visit, event_id: str) -> None:
    name = visit.asked.get("of")
    if name is None:
        raise PageError("access-denied", field="view", view=EVERY_EVENT[0], role=visit.reader.role or "-")
    definition = visit.definition(name)
    evidence = visit.view(name, arguments_of(visit, definition)).column(EVIDENCE)
    if not pc.any(pc.equal(pc.list_flatten(evidence), event_id)).as_py():
        raise PageError("access-denied", field="event", view=EVERY_EVENT[0], role=visit.reader.role or "-")


def fields_of(fact: Fact, lang: Language) -> Any:
    """The fields of a fact as the office wrote them: name, word, meaning, value in words."""
    for name, value in fact.entry().items():
        known = field_words().get(name, {})
        called = known.get("zh", name) if lang == "zh" else name.replace("_", " ").capitalize()
        yield name, called, known.get("en", ""), _written(name, value, lang)


def _written(name: str, value: Any, lang: Language) -> str:
    if isinstance(value, bool):
        return value_text("flag", value, lang)
    if isinstance(value, int):
        kind = "fen" if name.endswith("_fen") else "minutes" if name.endswith("minutes") else "year"
        return number(kind, value)
    if isinstance(value, str):
        return str(word(name, value, lang))
    if isinstance(value, tuple | list):
        return ("、" if lang == "zh" else ", ").join(_written(name, each, lang) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_written(key, each, lang)}" for key, each in value.items())
    return _written(name, value.model_dump(exclude_none=True), lang) if hasattr(value, "model_dump") else str(value)


def subject_page(visit: Visit, request: Request) -> Response:
    """Everything recorded about a subject up to the pin, superseded facts marked."""
    code = request.path_params["code"]
    view = visit.view("history", {"subject": code})
    shown = view.at(pa.array(range(max(0, len(view) - SHOWN_MAX), len(view)), pa.int64())).rows
    columns = {each.name: each for each in view.definition.columns}
    return page(
        visit,
        "subject.html",
        code,
        code=code,
        view=view,
        rows=shown,
        columns=columns,
        shown_max=SHOWN_MAX,
        may_ask=may_ask(visit, code),
    )


SHOWN_MAX = 200
"""How many facts a subject's page shows: the newest; all of them stand in the view `history`."""
REGISTERS = ("org_register", "exam_deadlines", "project_outputs", "volunteer_hours", "policy_register", "venue_use")
FOUND_MAX = 50


def search_page(visit: Visit, request: Request) -> Response:
    """The subjects whose code or name contains what is searched for; an exact code leads to its history at once."""
    text = visit.asked.get("q") or ""
    found = _subjects_like(visit, text) if text else []
    if text and visit.may_see("history") and len(visit.view("history", {"subject": text})):
        found = [(text, ""), *(each for each in found if each[0] != text)]
        if len(found) == 1:
            return RedirectResponse(visit.link(f"/subjects/{part(text)}"), 303)
    return page(visit, "search.html", visit.words("search-title"), text=text, found=found[:FOUND_MAX], more=len(found))


def _subjects_like(visit: Visit, text: str) -> list[tuple[str, str]]:
    """Codes and names of registers in scope that contain a text."""
    found: dict[str, str] = {}
    for name in REGISTERS:
        if visit.may_see(name):
            view = visit.view(name)
            codes = view.column(view.columns[0]).to_pylist()
            names = view.column("name").to_pylist() if "name" in view.columns else codes
            for code, called in zip(codes, names, strict=True):
                if text.lower() in str(code).lower() or text.lower() in str(called or "").lower():
                    found.setdefault(str(code), "" if called == code else str(called or ""))
    return sorted(found.items())
