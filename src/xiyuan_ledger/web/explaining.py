"""说明: why a line of money is what it is - the rate and its paper, the level, the post, the payments, the changes."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.payouts.explaining import SUBSIDY, explain
from xiyuan_ledger.payouts.reason import SHOWN, Reason
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.web.cells import fact_title, number
from xiyuan_ledger.web.events import fields_of
from xiyuan_ledger.web.reasons import BEHIND, LINE, may_explain
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

AMOUNTS = frozenset({"line", "due", "settled", "rate", "instalment", "held_back"})


@dataclass(frozen=True)
class Step:
    """One reason as it is shown: its words, its value, its day, its events, and the steps beneath."""

    what: str
    title: str
    value: str
    on: str
    events: list[Markup]
    because: list[Step]


def explain_page(visit: Visit, request: Request) -> Response:
    """Ask for a line, and say why it is what it is."""
    schemes = [each for each in BEHIND if may_explain(visit, each)]
    asked = {name: visit.asked.get(name) for name in LINE}
    scheme = asked["scheme"] or next(iter(schemes), SUBSIDY)
    for name in BEHIND.get(scheme, BEHIND[SUBSIDY]):
        visit.definition(name)
    found = None
    if asked["worker"] and asked["month"]:
        pin = {"known_at": visit.pin.known_at, "valid_on": visit.pin.valid_on}
        line = f"{asked['worker']}/{scheme}/{asked['month']}"
        found = _step(visit, explain(visit.desk.ledger, line, **pin), BEHIND.get(scheme, ("journal",))[0])
    title = visit.words("explain-title")
    return page(visit, "explain.html", title, asked=asked, schemes=schemes, scheme=scheme, found=found)


def _step(visit: Visit, reason: Reason, view: str) -> Step:
    of = "policy_register" if reason.what == "authority" else view
    events = [visit.cells.event(each, of=of) for each in reason.event_ids]
    title, value = _told(visit, reason)
    because = [_step(visit, each, view) for each in reason.because]
    return Step(reason.what, title, value, "" if reason.on is None else str(reason.on), events, because)


def _told(visit: Visit, reason: Reason) -> tuple[str, str]:
    """The words and the value of a reason; a fact is told by its own fields, in words."""
    if reason.what == "fact":
        fact = visit.desk.ledger.event(reason.event_ids[0]).fact
        said = [f"{called} {value}" for name, called, _, value in fields_of(fact, visit.lang) if name in SHOWN]
        return fact_title(type(fact), visit.lang), " · ".join(said)
    if reason.what in AMOUNTS and isinstance(reason.value, int):
        return reason.words(visit.lang), number("fen", reason.value)
    value = word(reason.what, reason.value, visit.lang)
    return reason.words(visit.lang), "" if value is None else str(value)
