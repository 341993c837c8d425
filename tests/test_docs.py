"""The documentation is true: what it shows was run, what it names exists, and what the code has stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import xiyuan_ledger
from docs.make_reference import FOLDER
from docs.make_reference import pages as made_pages
from docs.making.library import documented_names
from docs.making.markdown import term_and_meaning
from tests import doc_pages
from tests.tidy import ROOT, banned_words
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.cli.commands import COMMANDS
from xiyuan_ledger.errors import messages
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import definitions

WRITTEN = doc_pages.written_pages()
MADE = made_pages()
TRANSLATED = (
    "evaluators/verify-a-bundle.md",
    "evaluators/what-can-be-known.md",
    "start.md",
    "concepts.md",
    "guides/pay-out.md",
    "guides/keep-the-books.md",
    "guides/personal-data.md",
    "guides/correct-a-mistake.md",
    "guides/adopt-a-rule.md",
    "guides/import-your-sheets.md",
    "guides/run-the-workers.md",
    "guides/bank-files.md",
    "guides/read-a-view.md",
    "guides/pages.md",
    "guides/evaluate-a-project.md",
    "guides/notebook.md",
    "evaluators/your-own-ledger.md",
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _place(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", WRITTEN, ids=_place)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    with doc_pages.inside(tmp_path):
        assert doc_pages.Reader(page).differences() == []


@pytest.mark.parametrize("place", MADE)
def test_the_reference_is_what_the_code_says(place: str) -> None:
    assert (FOLDER / place).read_text("utf-8") == MADE[place], "run `make docs`"


def test_every_fact_view_policy_error_and_command_stands_in_the_reference() -> None:
    assert [name for name in FACTS if f"\n### {name} " not in MADE["reference/facts.md"]] == []
    assert [name for name in definitions() if f"\n### {name} " not in MADE["reference/views.md"]] == []
    assert [name for name in SCHEMAS if f"\n## {name} " not in MADE["reference/policies.md"]] == []
    assert [code for code in messages() if f"\n| `{code}` |" not in MADE["reference/errors.md"]] == []
    assert [str(c.name) for c in COMMANDS if f"\n## xiyuan {c.name}\n" not in MADE["reference/commands.md"]] == []


def test_every_public_name_is_documented() -> None:
    missing = [name for name in documented_names() if f"\n## {name}\n" not in MADE["reference/library.md"]]
    assert missing == []
    undocumented = [name for name in documented_names() if not getattr(xiyuan_ledger, name).__doc__]
    assert undocumented == []


def test_every_fact_begins_with_its_chinese_term_and_every_term_is_in_the_glossary() -> None:
    facts = {name: term_and_meaning(fact)[0] for name, fact in FACTS.items()}
    assert [name for name, term in facts.items() if not CHINESE.search(term)] == []
    terms = [*facts.values(), *(term_and_meaning(schema)[0] for schema in SCHEMAS.values())]
    terms += [view.title["zh"] for view in definitions().values()]
    assert [term for term in terms if f"| {term} |" not in MADE["glossary.md"]] == []


@pytest.mark.parametrize("page", doc_pages.pages(), ids=_place)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in doc_pages.LINK.findall(doc_pages.prose(page.read_text("utf-8"))):
        place, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and anchor not in doc_pages.anchors(target.read_text("utf-8"))):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", WRITTEN, ids=_place)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    named = doc_pages.NAMED_COMMAND.findall(doc_pages.prose(page.read_text("utf-8")))
    assert set(named) - {str(command.name) for command in COMMANDS} == set()


@pytest.mark.parametrize("page", WRITTEN, ids=_place)
def test_pages_use_the_words_of_the_house(page: Path) -> None:
    assert list(banned_words(doc_pages.prose(page.read_text("utf-8")))) == []


@pytest.mark.parametrize("place", TRANSLATED)
def test_a_page_and_its_translation_do_the_same(place: str) -> None:
    english = (FOLDER / place).read_text("utf-8")
    chinese = (FOLDER / place.replace(".md", ".zh.md")).read_text("utf-8")
    assert len(doc_pages.HEADING.findall(doc_pages.prose(english))) == len(
        doc_pages.HEADING.findall(doc_pages.prose(chinese))
    )
    assert _done(english) == _done(chinese)


def _done(text: str) -> list[str]:
    """The files that a page writes and the commands that it runs."""
    found = []
    for block in doc_pages.blocks(text):
        if block.language in ("console", "bash"):
            found += [command for command, _ in doc_pages.commands(block)]
        elif block.file or block.language == "python":
            found.append(f"{block.file}\n{block.text}")
    return found


def test_every_guide_is_there_in_both_languages() -> None:
    pages = {path.name for path in FOLDER.rglob("*.md") if "reference" not in path.parts}
    single = {"chaos.md", "decisions.md", "glossary.md", "performance.md"}
    english = {name for name in pages - single if not name.endswith(".zh.md")}
    assert english == {Path(place).name for place in TRANSLATED}
    assert {name.replace(".md", ".zh.md") for name in english} <= pages


def test_the_readme_says_just_what_there_is() -> None:
    said = (ROOT / "README.md").read_text("utf-8").partition("Built: ")[2].partition("\n\n")[0].replace("\n", " ")
    counted = re.search(r"(\d+) views; (\d+) policies", said)
    assert counted is not None
    assert (int(counted[1]), int(counted[2])) == (len(definitions()), len(SCHEMAS))
    assert set(re.findall(r"`(\w+)`", said)) == {str(command.name) for command in COMMANDS}


def test_a_page_that_shows_something_else_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nprint(1)\n```\n\n```text\n2\n```\n\n```console\n$ xiyuan views\nnothing\n```\n", "utf-8"
    )
    with doc_pages.inside(tmp_path):
        assert len(doc_pages.Reader(page).differences()) == 2
