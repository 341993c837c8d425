"""The attack table of the evaluators' pages, printed from the file that the tests try row by row."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from docs.making.markdown import table

BEGIN, END = "<!-- attacks -->", "<!-- /attacks -->"
FILE = Path(__file__).parents[1] / "evaluators" / "attacks.toml"
HEADINGS = {
    "en": ("attack", "bundle + key", "+ remembered checkpoint", "+ 2 of 3 witnesses, max age"),
    "zh": ("攻击", "核验包 + 公钥", "+ 记住的检查点", "+ 三方中两方见证、最长时限"),
}
SEEN = {"en": {"caught": "caught", "passes": "passes"}, "zh": {"caught": "发现", "passes": "通过"}}


def attacks() -> list[dict[str, Any]]:
    """Every attack, and from where it is seen."""
    found: list[dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8"))["attack"]
    return found


def with_attacks(page: str, lang: str) -> str:
    """A page with the table between its marks made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    seen = SEEN[lang]
    rows = [(row[lang], *(seen[row[stand]] for stand in ("key", "remembered", "witnessed"))) for row in attacks()]
    return f"{before}{BEGIN}\n\n{table(HEADINGS[lang], rows)}\n\n{END}{after}"
