"""社工站月报: what the stations did in a month: people, services, sessions, hours, satisfaction."""

from __future__ import annotations

from xiyuan_ledger.errors import Language
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.reports import pictures
from xiyuan_ledger.reports.charts import Series, bar_chart
from xiyuan_ledger.reports.document import Document, Picture, Section, rows_table
from xiyuan_ledger.reports.footing import banner, footer, settled
from xiyuan_ledger.reports.naming import Tongue

VIEW = "station_monthly_report"
WHOLE = "_all"
LEFT_OUT = frozenset({"month", "evidence"})


def monthly_report(
    ledger: Ledger, month: str, *, station: str | None = None, pin: Pin | None = None, lang: Language = "zh"
) -> Document:
    """社工站月报 of a month, of all stations or one. Raises ViewError."""
    say = Tongue(lang)
    where = {"station": station} if station else {}
    view = ledger.view(VIEW, pin=pin or Pin(), month=month, where=where)
    at = settled(ledger, Pin(known_at=view.pin.known_at, valid_on=view.pin.valid_on))
    known = Pin(known_at=at.known_at, valid_on=at.valid_on)
    names = {row["org"]: row["name"] for row in ledger.view("org_register", pin=known).rows}
    columns = [column.name for column in definition(VIEW).columns if column.name not in LEFT_OUT]
    whole = [row for row in view.rows if row["service_type"] == WHOLE]
    parts = [row for row in view.rows if row["service_type"] != WHOLE]
    shown = [each for each in columns if each not in ("service_type", "community")]
    by_type = [
        each
        for each in columns
        if each not in ("community", "volunteers", "volunteer_minutes", "ballots", "mean_centi")
    ]
    people = Series(say("服务人数", "people"), [row["people"] for row in whole])
    times = Series(say("服务人次", "person-times"), [row["person_times"] for row in whole])
    labels = [names.get(row["station"], row["station"]) for row in whole]
    sections = [
        Section(
            say("本月合计", "The month"),
            [
                rows_table(VIEW, whole, shown, lang, names=names),
                *([Picture(bar_chart(say("各站服务", "Stations"), labels, [people, times]))] if whole else []),
            ],
        ),
        Section(say("按服务类型", "By type of service"), [rows_table(VIEW, parts, by_type, lang, names=names)]),
    ]
    if station is None:
        last = min(at.valid_on, view.pin.to_on or at.valid_on)
        sections += _people(ledger, Pin(known_at=at.known_at, valid_on=last), names, say)
    return Document(
        title=say("社工站月报", "Monthly report of the stations"),
        subtitle=f"{month}" + (f" · {names.get(station, station)}" if station else ""),
        cover=[(say("月份", "Month"), month), (say("站点", "Stations"), str(len(whole)))],
        sections=sections,
        footer=footer(ledger, at, lang),
        dated=at.valid_on,
        lang=lang,
        banner=banner(ledger),
    )


def _people(ledger: Ledger, last: Pin, names: dict[str, str], say: Tongue) -> list[Section]:
    """岗位与考试: who there is in the communities, and who passed the examination, on the month's last day."""
    posts, exams = ledger.view("four_plus_one", pin=last).rows, ledger.view("exam_funnel", pin=last).rows
    drawn = [
        *([Picture(pictures.four_plus_one_board(posts, say.lang, names))] if posts else []),
        *([Picture(pictures.exam_funnel(exams, say.lang))] if exams else []),
    ]
    title = say(f"岗位与考试 ({last.valid_on})", f"Posts and examination ({last.valid_on})")
    return [Section(title, drawn)] if drawn else []
