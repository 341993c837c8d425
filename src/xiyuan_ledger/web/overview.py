"""总览: the street at a pin, in the figures that people ask for first, each of which leads to its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiyuan_ledger.web.cells import number
from xiyuan_ledger.web.excerpts import Excerpt, excerpt
from xiyuan_ledger.web.pictures import funnel, lags, money, places
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

FULL_CENTI = 10_000
PROJECT_SHOWN = ("clients", "person_times", "service_minutes", "approved_fen", "spent_fen")


class Figure(NamedTuple):
    """A figure: its title, its value, what is said beside it, where it leads, and whether it is good to see."""

    title: str
    value: str
    note: str
    href: str
    mood: str = "plain"


def overview_page(visit: Visit, request: Request) -> Response:
    """The street at a pin. A simulated ledger is looked at from its own last day, unless another is asked for."""
    last = visit.desk.last_day(visit.pin.known_at)
    if visit.desk.ledger.simulated and last is not None and not visit.asked.pin():
        return RedirectResponse(visit.asked.here(valid_on=last), 303)
    groups = [
        (visit.words(key), [figure for figure in figures(visit) if figure is not None])
        for key, figures in (("overview-people", _people), ("overview-service", _service), ("overview-money", _money))
    ]
    trust = [figure for figure in _trust(visit) if figure is not None]
    shown = [(title, figures) for title, figures in [*groups, (visit.words("overview-trust"), trust)] if figures]
    charts = [*money(visit), *lags(visit), *places(visit), *funnel(visit)]
    title = visit.words("nav-overview")
    return page(visit, "overview.html", title, groups=shown, projects=projects_table(visit), charts=charts)


def _share(part: int, whole: int) -> str:
    return f"{part:,} / {whole:,}"


def _people(visit: Visit) -> Iterator[Figure | None]:
    w = visit.words
    if (deadlines := excerpt(visit, "exam_deadlines")) is not None:
        by = deadlines.tally("status")
        note = w("figure-deadlines-note", missed=by.get("missed", 0), running=by.get("running", 0))
        value = _share(by.get("met", 0), len(deadlines))
        yield Figure(w("figure-deadlines"), value, note, deadlines.href, "bad" if by.get("missed") else "plain")
    if (places := excerpt(visit, "four_plus_one")) is not None:
        yield _filled(visit, "figure-four-plus-one", places, "")
    if (stations := excerpt(visit, "station_staffing")) is not None:
        yield _filled(visit, "figure-stations", stations, "professional_")
    if (cadence := excerpt(visit, "training_cadence")) is not None:
        by = cadence.tally("status")
        short, judged = by.get("short", 0), by.get("short", 0) + by.get("met", 0)
        note = w("figure-cadence-note", short=short)
        yield Figure(w("figure-cadence"), _share(by.get("met", 0), judged), note, cadence.href, _mood(short))


def _filled(visit: Visit, key: str, places: Excerpt, prefix: str) -> Figure:
    gap = places.total(f"{prefix}gap") or 0
    filled, required = places.total(f"{prefix}filled") or 0, places.total(f"{prefix}required") or 0
    note = visit.words("figure-gap-note", gap=gap)
    return Figure(visit.words(key), _share(filled, required), note, places.href, _mood(gap))


def _mood(wanting: int) -> str:
    return "bad" if wanting > 0 else "good"


def _service(visit: Visit) -> Iterator[Figure | None]:
    w = visit.words
    if (orgs := excerpt(visit, "org_register", is__kind="cso", is__open="true")) is not None:
        note = w("figure-orgs-note", members=f"{orgs.total('members') or 0:,}")
        yield Figure(w("figure-orgs"), f"{len(orgs):,}", note, orgs.href)
    if (outputs := excerpt(visit, "project_outputs")) is not None:
        times = outputs.only(indicator="person_times")
        aimed = [row for row in outputs.values("completion_centi") if row["completion_centi"] is not None]
        done = sum(row["completion_centi"] >= FULL_CENTI for row in aimed)
        note = w("figure-person-times-note", done=done, targets=len(aimed))
        yield Figure(w("figure-person-times"), f"{times.total('quantity') or 0:,}", note, times.href)
        minutes = outputs.only(indicator="service_minutes")
        hours = (minutes.total("quantity") or 0) // 60
        note = w("figure-hours-note", sessions=f"{outputs.only(indicator='sessions').total('quantity') or 0:,}")
        yield Figure(w("figure-hours"), f"{hours:,}", note, minutes.href)
    if (volunteers := excerpt(visit, "volunteer_hours")) is not None:
        people = len(volunteers.tally("volunteer"))
        note = w("figure-volunteers-note", people=f"{people:,}")
        yield Figure(w("figure-volunteers"), f"{(volunteers.total('minutes') or 0) // 60:,}", note, volunteers.href)


def _money(visit: Visit) -> Iterator[Figure | None]:
    w = visit.words
    if (money := excerpt(visit, "fund_statement")) is not None:
        for key, column in (("received", "received_fen"), ("spent", "spent_fen"), ("closing", "closing_fen")):
            value = number("fen", money.total(column) or 0)
            yield Figure(w(f"figure-{key}"), value, w("figure-yuan"), money.href)
    if (budget := excerpt(visit, "budget_execution")) is not None:
        over = budget.only(overrun="true")
        value = number("fen", budget.total("approved_fen") or 0)
        yield Figure(
            w("figure-budget"),
            value,
            w("figure-budget-note", over=len(over)),
            budget.href,
            "bad" if len(over) else "plain",
        )


def _trust(visit: Visit) -> Iterator[Figure | None]:
    w = visit.words
    note = w("figure-facts-note", ledger=visit.desk.ledger.name)
    yield Figure(w("figure-facts"), f"{visit.pin.known_at:,}", note, visit.fixed("/verification"))
    if (conflicts := excerpt(visit, "conflicts")) is not None:
        by = conflicts.tally("severity")
        note = w("figure-conflicts-note", major=by.get("major", 0), minor=by.get("minor", 0))
        yield Figure(
            w("figure-conflicts"), f"{len(conflicts):,}", note, conflicts.href, "bad" if by.get("major") else "plain"
        )
    if (corrections := excerpt(visit, "corrections")) is not None:
        by = corrections.tally("how")
        note = w("figure-corrections-note", corrected=by.get("corrected", 0), voided=by.get("voided", 0))
        yield Figure(w("figure-corrections"), f"{len(corrections):,}", note, corrections.href)


def projects_table(visit: Visit) -> list[dict[str, Any]]:
    """Every project with what it did, its targets and its money, as far as the reader may see them."""
    found: dict[str, dict[str, Any]] = defaultdict(lambda: dict.fromkeys(PROJECT_SHOWN) | {"targets": 0, "done": 0})
    outputs, budget = excerpt(visit, "project_outputs"), excerpt(visit, "budget_execution")
    for row in outputs.values("project", "indicator", "quantity", "completion_centi") if outputs is not None else ():
        project = found[row["project"]]
        project[row["indicator"]] = row["quantity"]
        if row["completion_centi"] is not None:
            project["targets"] += 1
            project["done"] += row["completion_centi"] >= FULL_CENTI
    for row in budget.sums("project", "approved_fen", "spent_fen") if budget is not None else ():
        found[row["project"]].update(row)
    names = visit.names
    return [{**found[code], "project": code, "name": names.get(code, "")} for code in sorted(found)]
