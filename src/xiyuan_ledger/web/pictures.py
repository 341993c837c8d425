"""The charts of the pages: those of the reports, drawn from views at the pin, each beside the way to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from xiyuan_ledger.reports import pictures
from xiyuan_ledger.web.excerpts import Excerpt, excerpt
from xiyuan_ledger.web.visit import Visit

LAG = ("month", "facts", "within_1_centi", "within_7_centi", "after_notice_centi")
MONEY = ("channel", "received_fen", "spent_fen", "reversed_fen", "closing_fen")
WEEKS = ("week", "kind", "person_times")
FUNNEL = ("registered", "sat", "passed")


class Picture(NamedTuple):
    """A chart, and the page of the view that it shows."""

    svg: Markup
    href: str
    title: str


def _picture(found: Excerpt, svg: str) -> Picture:
    title = found.view.definition.title[found.visit.lang]
    return Picture(Markup(svg), found.href, title)  # noqa: S704  # drawn by us, every text in it escaped


def lags(visit: Visit, **parameters: str) -> Iterator[Picture]:
    """How much of each month was recorded in time."""
    found = excerpt(visit, "timeliness", **parameters)
    if found is not None and len(found):
        yield _picture(found, pictures.lag_trend(found.values(*LAG), visit.lang))


def funnel(visit: Visit) -> Iterator[Picture]:
    """The level examination from registration to the pass."""
    found = excerpt(visit, "exam_funnel")
    if found is not None and len(found):
        yield _picture(found, pictures.exam_funnel(found.values(*FUNNEL), visit.lang))


def money(visit: Visit, **parameters: str) -> Iterator[Picture]:
    """What came, went and is left by channel."""
    found = excerpt(visit, "fund_statement", **parameters)
    if found is not None and len(found):
        yield _picture(found, pictures.money_by_channel(found.values(*MONEY), visit.lang))


def places(visit: Visit) -> Iterator[Picture]:
    """The 4+1 standard, community by community."""
    found = excerpt(visit, "four_plus_one")
    if found is not None and len(found):
        rows = found.values("community", "kind", "required", "filled", "gap")
        yield _picture(found, pictures.four_plus_one_board(rows, visit.lang, visit.names))


def weeks(visit: Visit, **parameters: str) -> Iterator[Picture]:
    """Who came, by week and kind of session."""
    found = excerpt(visit, "attendance", **parameters)
    if found is not None and len(found):
        yield _picture(found, pictures.attendance_by_week(found.values(*WEEKS), visit.lang))
