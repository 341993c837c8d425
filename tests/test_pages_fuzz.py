"""Whatever is typed into an address is a value: no SQL, no HTML, no header comes of it; and many may ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pages_served import Served
from xiyuan_ledger.projections.catalogue import definitions
from xiyuan_ledger.web.guard import HEADERS

READERS = 50
NASTY = (
    "' OR 1=1 --",
    "'; DROP TABLE raw.superseded; --",
    '" UNION SELECT * FROM raw.worker_hired --',
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "a\r\nSet-Cookie: x=1",
    "../../etc/passwd",
    "%00",
    "\u202e\ufeff",
    "(" * 50,
    "-1e400",
    "9" * 30,
)
NAMES = sorted(definitions())
COLUMNS = sorted({column.name for view in definitions().values() for column in view.columns})
TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
PARAMETERS = st.one_of(
    st.sampled_from(
        ["valid_on", "known_at", "from", "to", "sort", "page", "rows", "lang", "q", "of", "since", "since_on"]
    ),
    st.builds("{}.{}".format, st.sampled_from(["is", "has", "min", "max"]), st.sampled_from(COLUMNS)),
    st.sampled_from(["subject", "type", "stream", "view"]),
    TEXT,
)
PATHS = st.one_of(
    st.sampled_from(
        ["/", "/views", "/diff", "/search", "/compliance", "/money", "/audit", "/projects", "/verification"]
    ),
    st.builds("/views/{}".format, st.sampled_from(NAMES)),
    st.builds("/views/{}.csv".format, st.sampled_from(NAMES)),
    st.builds("/views/{}/rows/{}".format, st.sampled_from(NAMES), st.integers(0, 10**12)),
    st.builds(
        "/{}/{}".format, st.sampled_from(["views", "events", "subjects", "projects"]), TEXT.map(lambda t: t or "x")
    ),
)


ELEMENTS = frozenset(
    """a body button circle code dd defs del desc details div dl dt fieldset figcaption figure footer form h1 h2
    head header html input ins label legend li line link main meta meter nav ol option p path pattern polygon
    polyline pre rect section select span strong summary svg table tbody td text tfoot th thead time title tr
    ul""".split()  # noqa: SIM905  # a list of words
)


class Marks(HTMLParser):
    """The elements and attributes of a page that the pages themselves never write."""

    def __init__(self, text: str):
        super().__init__()
        self.foreign: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what does not belong."""
        if tag not in ELEMENTS:
            self.foreign.add(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").lower().startswith(("javascript:", "data:")):
                self.foreign.add(f"{name}={value}")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=PATHS, asked=st.dictionaries(PARAMETERS, TEXT, max_size=4))
def test_nothing_typed_into_an_address_is_more_than_a_value(served: Served, path: str, asked: dict[str, Any]) -> None:
    with served.reader() as client:
        page = client.get("/" + quote(path.lstrip("/"), errors="replace"), params=asked)
    assert page.status_code < 500, page.text
    assert "set-cookie" not in page.headers or page.headers["set-cookie"].startswith("xiyuan-lang=")
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    if page.headers.get("content-type", "").startswith("text/html"):
        assert Marks(page.text).foreign == set()
    assert served.ledger.head == served.ledger.view("exam_funnel").pin.known_at


def test_fifty_readers_at_once_are_all_answered_alike(served: Served) -> None:
    asked = [
        f"{path}?valid_on=2013-06-30&known_at={19_000 + nth % 2}&lang=en"
        for nth, path in enumerate(("/", "/money", "/compliance", "/views/journal", "/views/fund_statement") * 20)
    ]

    def read(part: int) -> dict[str, bytes]:
        with served.reader() as client:
            pages = {each: client.get(each) for each in asked[part::READERS]}
        assert {page.status_code for page in pages.values()} == {200}
        return {each: page.content for each, page in pages.items()}

    with ThreadPoolExecutor(READERS) as readers:
        found = list(readers.map(read, range(READERS)))
    said: dict[str, set[bytes]] = {}
    for pages in found:
        for each, content in pages.items():
            said.setdefault(each, set()).add(content)
    assert {len(contents) for contents in said.values()} == {1}
