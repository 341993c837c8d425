"""Values as people read them on a page: amounts with their separators, codes that lead on, words for what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.errors import Language
from xiyuan_ledger.intake.words import title_of
from xiyuan_ledger.projections.catalogue import Column
from xiyuan_ledger.projections.vocabulary import word
from xiyuan_ledger.projections.wording import NUMBERS, cell_text, hours, printable
from xiyuan_ledger.store.mapper import position_of
from xiyuan_ledger.web.asked import PIN, address, part

LIST_SHOWN_MAX = 4
TEXT_SHOWN_MAX = 160
ABSENT = "–"
EVENT_COLUMNS = frozenset({"event_id", "event", "superseded_by", "corrects"})
SUBJECT_COLUMNS = frozenset(
    {
        "client",
        "community",
        "employer",
        "members",
        "org",
        "parent",
        "post",
        "professionals",
        "project",
        "station",
        "subject",
        "subjects",
        "venue",
        "volunteer",
        "worker",
        "workers",
    }
)
"""Columns that hold codes of which a history can be asked."""
MOODS = {
    "good": frozenset({"met", "valid", "effective", "passed", "verified"}),
    "bad": frozenset({"missed", "short", "lapsed", "revoked", "annulled", "voided", "major", "failed", "dissolved"}),
    "wait": frozenset({"running", "open", "unregistered", "corrected", "minor", "suspended", "exempt"}),
}
STATUS_COLUMNS = frozenset({"status", "severity", "how", "change"})


def is_number(column: Column) -> bool:
    """Whether a column's values stand to the right."""
    return column.type in NUMBERS and column.type != "year"


def number(kind: str, value: int | None) -> str:
    """A number as people read it: `1,234.50`, `12:30`, `1,234`; a dash where there is none."""
    if value is None:
        return ABSENT
    if kind in ("fen", "centi"):
        whole, rest = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{whole:,}.{rest:02d}"
    if kind == "minutes":
        return hours(value)
    return str(value) if kind == "year" else f"{value:,}"


def centi(part: int, whole: int) -> int:
    """A share in hundredths of a percent, rounded half up."""
    return (2 * part * 10_000 + whole) // (2 * whole)


def text_of(column: Column, value: Any, lang: Language) -> str:
    """A value as text, in words where it is chosen from a few."""
    if value is None:
        return ""
    if column.type in NUMBERS:
        return number(column.type, value)
    return printable(cell_text(column, value, lang))


def fact_title(fact: type[Fact], lang: Language) -> str:
    """What a fact is called."""
    return title_of(fact) if lang == "zh" else fact.__name__


class Cells:
    """Cells of tables in one language, whose links keep to one pin."""

    def __init__(self, lang: Language, pin: dict[str, str], *, linked: bool):
        self.lang = lang
        self._pin = {name: pin[name] for name in PIN if name in pin}
        self._linked = linked
        """Whether a reader may follow codes to their history."""

    def show(self, column: Column, value: Any) -> Markup:
        """One value of a column."""
        if value is None or value == []:
            return Markup('<span class="none">–</span>')
        if column.type == "ids" or column.name in EVENT_COLUMNS:
            return self._events([value] if isinstance(value, str) else value)
        if column.name in STATUS_COLUMNS and isinstance(value, str):
            return self._status(column, value)
        if column.type == "list":
            return self._list(column, value)
        if column.name in SUBJECT_COLUMNS and column.type == "text":
            return self._subject(column, str(value))
        return escape(_cut(text_of(column, value, self.lang)))

    def _status(self, column: Column, value: str) -> Markup:
        mood = next((name for name, values in MOODS.items() if value in values), "plain")
        return Markup('<span class="status {}">{}</span>').format(mood, word(column.values, value, self.lang))

    def _subject(self, column: Column, value: str) -> Markup:
        called = word(column.values, value, self.lang)
        if not self._linked or called != value:
            return escape(printable(called))
        where = address(f"/subjects/{part(value)}", self._pin)
        return Markup('<a class="code" href="{}">{}</a>').format(where, printable(value))

    def _list(self, column: Column, values: Sequence[Any]) -> Markup:
        shown = [
            self._subject(column, str(each))
            if column.name in SUBJECT_COLUMNS
            else escape(printable(str(word(column.values, each, self.lang))))
            for each in values[:LIST_SHOWN_MAX]
        ]
        more = len(values) - len(shown)
        sign = escape("、" if self.lang == "zh" else ", ")
        return sign.join(shown) + (Markup(' <span class="more">+{}</span>').format(more) if more > 0 else "")

    def _events(self, events: Sequence[str]) -> Markup:
        shown = Markup(" ").join(self.event(each) for each in events[:LIST_SHOWN_MAX])
        more = len(events) - LIST_SHOWN_MAX
        return shown + (Markup(' <span class="more">+{}</span>').format(more) if more > 0 else "")

    def event(self, event_id: str, **through: Any) -> Markup:
        """A link to an event, under its position."""
        where = address(f"/events/{part(event_id)}", {**self._pin, **through})
        return Markup('<a class="code" href="{}" title="{}">#{}</a>').format(where, event_id, position_of(event_id))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN_MAX else text[: TEXT_SHOWN_MAX - 1] + "…"
