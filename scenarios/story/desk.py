"""登记台: where the story's entries are written down: by which clerk, when, under which form number.

An entry is written a few days after it happened, in office hours, and never before what it rests on. So the files
can be recorded in the order of `recorded_at`, and nothing is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

Entry = dict[str, Any]
Fields = dict[str, Any]
"""Some of an entry's own fields, by name."""

BEGINS = date(2012, 3, 1)
"""The office takes up the ledger: what happened before is entered from its old books."""
AS_OF = date(2013, 6, 30)
"""The report's day. All that happened by then is on record by then, but for what is late on purpose."""
CLERKS = tuple(f"clerk-{n}" for n in range(1, 8))
OPENS_AT = time(8, 30)
CLOSES_AT = time(18, 0)
LAST_MINUTE = time(23, 30)
BETWEEN_ENTRIES = timedelta(seconds=40)
DAY = timedelta(days=1)
LAGS = (0,) * 22 + (1,) * 30 + (2,) * 14 + (3,) * 10 + (4, 5, 6, 7) * 5 + (9, 12, 16, 27)
"""Days between what happened and its entry: most within a week, a few late."""

OPENING = {
    "OrganizationRegistered": "org",
    "WorkerHired": "worker",
    "PostEstablished": "post",
    "PositionsPurchased": "contract",
    "TrainingClassOpened": "class",
    "ProjectApproved": "project",
    "ProjectContracted": "project",
    "ProjectStarted": "project",
    "ClientRegistered": "client",
    "ClientEnrolled": "client",
    "CaseOpened": "case",
    "VolunteerRegistered": "volunteer",
    "VolunteerServiceRequested": "request",
    "VenueRegistered": "venue",
    "VenueBooked": "booking",
    "VenueBookingCancelled": "booking",
    "ResidentReviewOpened": "review",
}
"""Facts that others rest on, and the field whose code they make known."""

_STREAMS = {
    "worker": "WorkerHired WorkerLeft WorkerEligibilityAssessed ExamRegistered SubjectScored ExamPassed ExamFailed "
    "ExamResultAnnulled CertificateRegistered DismissalProposed WorkerDismissed WorkerReinstated",
    "post": "PostEstablished PostFilled PostVacated",
    "project": "ProjectApproved ProjectContracted ProjectStarted ProjectSuspended BudgetApproved",
    "case": "CaseOpened CasePlanAgreed CaseClosed",
    "org": "OrganizationRegistered OrganizationStatusChanged",
    "policy": "PolicyAdopted",
    "client": "ClientRegistered ClientEnrolled ClientExited",
    "request": "VolunteerServiceRequested VolunteerDispatched VolunteerRequestFulfilled",
    "channel": "FundsReceived ExpenseRecorded ExpenseReversed FundsTransferred",
}
IN_ORDER = {fact: field for field, facts in _STREAMS.items() for fact in facts.split()}
"""Facts of one stream that are entered in the order in which they happened, and the field that names the stream."""


class Desk:
    """The clerks and their files."""

    def __init__(self) -> None:
        self._files: dict[str, list[Entry]] = {}
        self._lags: dict[str, Random] = {}
        self._free_at: dict[tuple[str, date], datetime] = {}
        self._known_at: dict[str, datetime] = {}
        self._last_at: dict[str, datetime] = {}

    def note(
        self,
        file: str,
        fact: str,
        on: date,
        *,
        lag: int | None = None,
        entered_on: date | None = None,
        after: Iterable[str] = (),
        **fields: Any,
    ) -> None:
        """Write an entry down. `lag` or `entered_on` set its day; `after` names codes that must be known before."""
        entry: Entry = {"type": fact, "occurred_on": on.isoformat()}
        entry |= {name.rstrip("_"): _plain(value) for name, value in fields.items() if value is not None}
        written = self._files.setdefault(file, [])
        chance = self._lags.setdefault(file, Random(f"desk/{file}"))
        day = entered_on or _entering_day(on, chance.choice(LAGS) if lag is None else lag)
        clerk = CLERKS[chance.randrange(len(CLERKS))]
        recorded_at = self._seat(clerk, day, self._not_before(entry, after))
        entry |= {"actor": clerk, "source": f"{file.upper()}-{len(written) + 1:05d}"}
        entry["recorded_at"] = f"{recorded_at.isoformat()}+08:00"
        written.append(entry)
        self._remember(entry, recorded_at)

    def _not_before(self, entry: Entry, after: Iterable[str]) -> datetime:
        named = [value for value in (*entry.values(), *after) if isinstance(value, str)]
        known = [self._known_at[code] for code in named if code in self._known_at]
        known += [self._last_at[stream] for stream in _streams(entry) if stream in self._last_at]
        return max(known, default=datetime.min)

    def _seat(self, clerk: str, day: date, not_before: datetime) -> datetime:
        """The clerk's next free moment, on that day or soon after."""
        day = max(day, not_before.date())
        while True:
            closes = LAST_MINUTE if day == AS_OF else CLOSES_AT
            free = self._free_at.get((clerk, day), datetime.combine(day, OPENS_AT))
            at = max(free, not_before + timedelta(seconds=1)) if not_before != datetime.min else free
            if at <= datetime.combine(day, closes):
                self._free_at[clerk, day] = at + BETWEEN_ENTRIES
                return at
            day = _working(day + DAY)

    def _remember(self, entry: Entry, recorded_at: datetime) -> None:
        field = OPENING.get(entry["type"])
        if field is not None:
            self._known_at[entry[field]] = recorded_at
        for stream in _streams(entry):
            self._last_at[stream] = recorded_at

    def files(self) -> dict[str, str]:
        """What stands in each file, the entries in the order in which they were written down."""
        return {f"{name}.jsonl": _lines(written) for name, written in sorted(self._files.items())}

    def save(self, folder: Path) -> None:
        """Write the files, and take away entry files of an earlier telling."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.jsonl"):
            old.unlink()
        for name, lines in self.files().items():
            (folder / name).write_text(lines, encoding="utf-8", newline="\n")


def _lines(written: list[Entry]) -> str:
    ordered = sorted(written, key=lambda entry: str(entry["recorded_at"]))
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in ordered)


def _plain(value: Any) -> Any:
    """Dates and times as text, tuples as lists."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _streams(entry: Entry) -> list[str]:
    """The streams whose order the entry keeps; money sent also reaches the account that gets it."""
    field = IN_ORDER.get(entry["type"])
    if field is None:
        return []
    if field != "channel":
        return [f"{field}/{entry[field]}"]
    return [f"{entry[org]}/{entry['channel']}" for org in ("org", "to_org") if org in entry]


def _working(day: date) -> date:
    """The day itself, or the Monday after a weekend; the report's own day is one on which everybody works."""
    return day if day.weekday() < 5 or day == AS_OF else day + (7 - day.weekday()) * DAY


def _entering_day(on: date, lag: int) -> date:
    """The day on which it is entered."""
    day = _working(max(on + lag * DAY, BEGINS))
    return AS_OF if on <= AS_OF < day else day
