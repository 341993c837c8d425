"""Makes the reference from the code: `python -m docs.make_reference`. What people wrote is left as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.making.attacks import with_attacks
from docs.making.commands import commands_page
from docs.making.errors import errors_page
from docs.making.facts import facts_page
from docs.making.library import library_page
from docs.making.policies import policies_page
from docs.making.report import report_page
from docs.making.terms import with_terms
from docs.making.views import views_page

FOLDER = Path(__file__).resolve().parent
PAGES: dict[str, Callable[[], str]] = {
    "reference/facts.md": facts_page,
    "reference/views.md": views_page,
    "reference/policies.md": policies_page,
    "reference/errors.md": errors_page,
    "reference/report.md": report_page,
    "reference/library.md": library_page,
    "reference/commands.md": commands_page,
}
GLOSSARY = "glossary.md"
KNOWN = {"evaluators/what-can-be-known.md": "en", "evaluators/what-can-be-known.zh.md": "zh"}
"""Pages that people wrote around the attack table, and their languages."""


def pages() -> dict[str, str]:
    """Every page that is made, by its place in the documentation, as the code has it now."""
    glossary = (FOLDER / GLOSSARY).read_text("utf-8")
    written = {place: with_attacks((FOLDER / place).read_text("utf-8"), lang) for place, lang in KNOWN.items()}
    return {place: made() for place, made in PAGES.items()} | {GLOSSARY: with_terms(glossary)} | written


def main() -> None:
    """Write the pages that are not as the code has them."""
    for place, text in pages().items():
        path = FOLDER / place
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
