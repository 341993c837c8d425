"""Re-identification: who stands behind a code of the drawn sample, to a named reader, for a purpose, on record.

The one thing on the pages that is written: that somebody looked. It is recorded before anything is shown.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.intake.words import field_words
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

WITNESS = "accesses"
"""Who opens personal data has to be able to see that it is on record."""
PURPOSE_LENGTH_MIN = 5
PURPOSE_LENGTH_MAX = 500


def may_ask(visit: Visit, code: str) -> bool:
    """Whether the reader may ask who stands behind a code: named by a token, in scope, the code drawn into a sample."""
    return visit.reader.by_token and visit.may_see(WITNESS) and visit.desk.opening is not None and _drawn(visit, code)


def _drawn(visit: Visit, code: str) -> bool:
    """Whether a sample that stands today holds the code, whatever pin is looked at."""
    newest = visit.desk.ledger.settle()
    samples = visit.desk.view("journal", newest, {"type": "SampleDrawn"})
    return any(code in row["fields"].get("drawn", ()) for row in samples.rows)


def revealed_page(visit: Visit, request: Request, body: bytes) -> Response:
    """A person's data, once the access is recorded. Raises PageError, and what recording or the vault refuses."""
    code = request.path_params["code"]
    purpose = parse_qs(body.decode("utf-8", "replace")).get("purpose", [""])[0].strip()
    if not may_ask(visit, code):
        raise PageError("reveal-not-sampled", field="subject", subject=code[:64])
    if not PURPOSE_LENGTH_MIN <= len(purpose) <= PURPOSE_LENGTH_MAX:
        raise PageError("reveal-purpose", field="purpose", least=PURPOSE_LENGTH_MIN, most=PURPOSE_LENGTH_MAX)
    opening = visit.desk.opening
    assert opening is not None
    with opening(visit.reader.name) as ledger:
        found = ledger.reveal(code, purpose=purpose)
    rows = [(field_words().get(name, {}).get(visit.lang, name), value) for name, value in sorted(found.items())]
    return page(visit, "revealed.html", visit.words("reveal-title", code=code), code=code, rows=rows, purpose=purpose)
