"""The adversarial episodes as stories of their own, in `stories/`: what is entered when, and what is seen then."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from tests.views.harness import noon
from xiyuan_ledger.calendar import SHANGHAI
from xiyuan_ledger.intake.reading import kind_of_file, read_entries
from xiyuan_ledger.ledger import Ledger

FOLDER = Path(__file__).parent / "stories"
STORIES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
TOLD = {
    "late-session",
    "corrected-result",
    "level-upgrade",
    "transfer",
    "same-file-twice",
    "same-sign-in-sheet",
    "overlapping-sessions",
    "dismissed-reinstated",
    "dissolved-with-money",
}
GRASSROOTS = {
    "PARTY": "party_org",
    "AUTO": "autonomous_org",
    "ADMIN": "admin_workstation",
    "STATION": "service_station",
}
ASKED = ("valid_on", "where", "from", "to", "month", "year")


def street() -> Iterator[dict[str, Any]]:
    """What is there when each story begins: the street, two communities, an organisation, a project that runs."""
    orgs = [("XY", "street", None), ("CSO-1", "cso", None), ("C1", "community", "XY"), ("C2", "community", "XY")]
    orgs += [(f"{c}-{short}", kind, c) for c in ("C1", "C2") for short, kind in GRASSROOTS.items()]
    for org, kind, parent in orgs:
        named = {"type": "OrganizationRegistered", "org": org, "kind": kind, "name": org}
        yield named | ({} if parent is None else {"parent": parent})
    contract = {"implementer": "CSO-1", "from": "2012-06-01", "to": "2014-12-31", "amount_fen": 100, "duties": []}
    contract |= {"channel": "government", "targets": []}
    contract |= {"instalments": [{"due_on": "2012-07-01", "amount_fen": 100, "condition": "none"}]}
    yield {"type": "ProjectApproved", "project": "J", "name": "J", "purchaser": "XY"}
    yield {"type": "ProjectContracted", "project": "J"} | contract
    yield {"type": "ProjectStarted", "project": "J"}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_is_told(name: str) -> None:
    with Ledger.open("memory:", actor="clerk-1", simulated=True) as ledger:
        told = {"occurred_on": "2012-06-01", "recorded_at": noon(date(2012, 6, 1))}
        ledger.record_all([entry | told for entry in street()])
        for step in STORIES[name]["step"]:
            _seen(ledger, step) if "view" in step else _entered(ledger, step)


def _entered(ledger: Ledger, step: Mapping[str, Any]) -> None:
    """Record what a step enters; every receipt is as told, `recorded` where nothing is."""
    entries = [dict(entry) | {"recorded_at": noon(step["recorded_on"])} for entry in _entries(ledger, step)]
    receipts = ledger.record_all(
        [entry | ({"actor": step["actor"]} if "actor" in step else {}) for entry in entries], atomic=False
    )
    outcomes = [each.status if each.error is None else f"refused: {each.error.code}" for each in receipts]
    assert outcomes == step.get("receipts", ["recorded"] * len(receipts))


def _entries(ledger: Ledger, step: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The entries of a step: written out, in a sheet, or the voiding of a fact that it names."""
    if "text" in step:
        sheet = io.BytesIO(step["text"].lstrip().encode("gb18030"))
        for line in read_entries(sheet, step["file"], kind_of_file(step["file"])):
            assert line.entry is not None
            assert not isinstance(line.entry, dict)
            yield {"type": type(line.entry).__name__} | line.entry.entry()
    elif "voids" in step:
        named = dict(step["voids"])
        candidates = ledger.events(types=[named.pop("type")])
        (event,) = [e for e in candidates if all(getattr(e.fact, name) == code for name, code in named.items())]
        voided = {"type": "RecordVoided", "event": event.event_id, "reason": step["reason"]}
        yield voided | {"approved_by": "chief-1", "occurred_on": step["recorded_on"]}
    else:
        yield from step["entries"]


def _seen(ledger: Ledger, step: Mapping[str, Any]) -> None:
    """The rows of a view, in the columns that the story tells of."""
    asked = {name: step[name] for name in ASKED if name in step}
    if "known_on" in step:
        asked["known_at"] = datetime.combine(step["known_on"], time(23, 59), SHANGHAI)
    rows = ledger.view(step["view"], **asked).rows
    told = step["rows"]
    seen = [{name: row[name] for name in (told[n] if n < len(told) else row)} for n, row in enumerate(rows)]
    assert seen == told, step["says"]


def test_every_episode_is_told_in_both_languages() -> None:
    assert STORIES.keys() == TOLD
    assert [name for name, story in STORIES.items() if not (story["zh"] and story["en"] and story["setting"])] == []
