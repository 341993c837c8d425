"""The claimed views of a bundle: which, at which pins, and their bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from xiyuan_ledger.canonical import dumps, loads
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.projections.catalogue import definitions
from xiyuan_ledger.projections.pin import Settled
from xiyuan_ledger.projections.view import JSON_END, View

REPORTS = "reports"
INDEX = f"{REPORTS}/index.json"
ENDINGS = (".json", ".csv")
DAY_MIN, DAY_MAX = date(1990, 1, 1), date(2199, 12, 31)
"""Between which days a view can be computed: a calendar of ten thousand years would be made for a claim."""
IN_COLUMNS = frozenset({"journal"})
"""Views that the bundle has anyway, in columns."""


class Claim(NamedTuple):
    """One view as it is handed in."""

    view: str
    pin: Settled

    def stem(self) -> str:
        """Its files' common name: the view's, for the pin of the whole bundle."""
        return f"{REPORTS}/{self.view}"


def claims_at(pin: Settled) -> list[Claim]:
    """Every view that needs no argument, at one pin. ProofError `claims-day` for a day of no street's calendar."""
    _check_days(pin)
    return [Claim(name, pin) for name, each in definitions().items() if not each.required and name not in IN_COLUMNS]


def unclaimed(claims: Sequence[Claim]) -> Iterator[tuple[str, Literal["left-out", "argument", "columns"]]]:
    """The views that are not handed in, and why: what could have been is `left-out`."""
    claimed = {claim.view for claim in claims}
    for name, each in definitions().items():
        if name not in claimed:
            yield name, "columns" if name in IN_COLUMNS else "argument" if each.required else "left-out"


def index_bytes(claims: list[Claim]) -> bytes:
    """What the bundle claims: its views and their pin."""
    pin = claims[0].pin
    said = {
        "from": pin.from_on and pin.from_on.isoformat(),
        "known_at": pin.known_at,
        "to": pin.to_on and pin.to_on.isoformat(),
        "valid_on": pin.valid_on.isoformat(),
        "views": [claim.view for claim in claims],
    }
    return dumps(said)


def claims_of(content: bytes) -> list[Claim]:
    """The claims that an index names. ProofError: `claims-form`, `claims-day`, `claims-newer` for unknown views."""
    try:
        said = loads(content)
        period = [said[name] and date.fromisoformat(said[name]) for name in ("from", "to")]
        views = [str(view) for view in said["views"]]
        pin = Settled(int(said["known_at"]), date.fromisoformat(said["valid_on"]), *period)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ProofError("claims-form") from None
    _check_days(pin)
    unknown = [view for view in views if view not in definitions()]
    if unknown:
        raise ProofError("claims-newer", found=", ".join(unknown[:5]))
    claims = [Claim(view, pin) for view in views]
    if not claims or index_bytes(claims) != content:
        raise ProofError("claims-form")
    return claims


def _check_days(pin: Settled) -> None:
    for day in (pin.valid_on, pin.from_on, pin.to_on):
        if day is not None and not DAY_MIN <= day <= DAY_MAX:
            raise ProofError("claims-day", found=day.isoformat(), first=DAY_MIN.isoformat(), last=DAY_MAX.isoformat())


def report_parts(view: View) -> Iterator[tuple[bytes, ...]]:
    """The files of a claimed view, in the order of `ENDINGS`: a part of each at a time, of the same rows."""
    yield view.json_head(), view.csv_head().encode()
    for number, rows in enumerate(view.rows_in_parts()):
        yield view.json_rows(rows, number), view.csv_rows(rows).encode()
    yield JSON_END, b""
