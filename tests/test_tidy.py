"""The source keeps to the house's rules; every complaint says what to write instead."""

from __future__ import annotations

import ast
import re
import statistics
import tomllib
from collections import Counter

import pytest

from tests import error_codes, tidy
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.errors import messages
from xiyuan_ledger.projections.catalogue import definitions

OURS = tidy.python_files("src", "workers", "tests", "bench", "docs", "scenarios", ".ci")
SOURCES = tidy.python_files("src")
WORKERS = tidy.python_files("workers")
ACTOR_LINES_MAX = 15
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TOPIC = re.compile(r"^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.v[1-9]$")
FUNCTION_LINES_P90 = 25


def _part(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def test_a_file_imports_only_from_the_floors_below_it() -> None:
    found = []
    for path in SOURCES:
        inside = str(path.relative_to(tidy.SOURCE))
        if inside != "__init__.py":
            said = tidy.climbing_imports(_part(inside), ast.parse(path.read_text("utf-8")))
            found += [f"{inside}: {each}" for each in said]
    assert found == []


def test_workers_use_public_names_only() -> None:
    assert tidy.complaints(WORKERS, tidy.private_imports) == []
    assert len(list(tidy.private_imports(ast.parse("from xiyuan_ledger.store import open_store")))) == 1


def test_an_actor_is_short() -> None:
    actors = [
        node
        for path in WORKERS
        for node in tidy.functions(ast.parse(path.read_text("utf-8")))
        if any(ast.unparse(each) == "payout_actor" for each in node.decorator_list)
    ]
    assert len(actors) >= 3
    assert [node.name for node in actors if tidy.function_length(node) > ACTOR_LINES_MAX] == []


def test_files_and_functions_are_short() -> None:
    long_files = [str(path) for path in OURS if len(path.read_text("utf-8").splitlines()) > tidy.FILE_LINES_MAX]
    assert long_files == []
    assert tidy.complaints(OURS, tidy.long_functions) == []


def test_nine_functions_of_ten_fit_in_25_lines() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in SOURCES]
    lengths = [tidy.function_length(node) for tree in trees for node in tidy.functions(tree)]
    assert statistics.quantiles(lengths, n=10)[-1] <= FUNCTION_LINES_P90


def test_names_say_something() -> None:
    found: dict[tuple[str, str], str] = {}
    for path in SOURCES:
        inside = path.relative_to(tidy.SOURCE).as_posix()
        found |= {(inside, name): said for name, said in tidy.banned_names(ast.parse(path.read_text("utf-8")))}
    assert {place: said for place, said in found.items() if place not in tidy.NAMES_LEFT} == {}
    assert tidy.NAMES_LEFT - found.keys() == set(), "these are mended: take them off the list"
    assert [path for path in SOURCES if tidy.PATTERN_FOLDERS & set(path.relative_to(tidy.SOURCE).parts)] == []


def test_nothing_catches_everything_and_only_the_calendar_asks_the_clock() -> None:
    others = [path for path in SOURCES if path.name != "calendar.py"]
    assert tidy.complaints(others, tidy.banned_forms) == []


def test_there_are_no_floats_near_money() -> None:
    money = [path for path in SOURCES if path.relative_to(tidy.SOURCE).parts[0] in tidy.NO_FLOATS]
    assert tidy.complaints(money, tidy.floats) == []


def test_texts_use_the_words_of_the_glossary() -> None:
    texts = [path for path in tidy.SOURCE.rglob("*") if path.suffix in (".py", ".toml", ".sql")]
    assert tidy.complaints(texts, tidy.banned_words, on_text=True) == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    kinds = {".py", ".toml", ".sql", ".md", ".lock", ".jsonl", ".json", ".txt", ".cfg", ""}
    texts = [path for path in tidy.tracked_files() if path.suffix in kinds]
    assert tidy.complaints(texts, tidy.machine_words, on_text=True) == []


def test_every_error_code_has_words_in_both_languages_and_none_is_left_over() -> None:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in [*SOURCES, *WORKERS]}
    takers = error_codes.takers_of_codes(list(trees.values()))
    used = {use.code for tree in trees.values() for use in error_codes.uses(tree, takers)}
    mentioned = set().union(*(error_codes.texts(tree) for tree in trees.values()))
    assert used - messages().keys() == set(), "give these codes words in messages/*.toml"
    assert messages().keys() - mentioned == set(), "no source uses these codes: remove their words"


def test_every_message_is_given_what_it_speaks_of() -> None:
    found = []
    for path in SOURCES:
        for use in error_codes.uses(ast.parse(path.read_text("utf-8")), error_codes.ERRORS):
            missing = error_codes.missing_values(use, messages().get(use.code, {}))
            found += [f"{path.name}:{use.line}: {use.code} lacks {name}" for name in sorted(missing)]
    assert found == []


def test_no_code_has_words_in_two_files() -> None:
    files = sorted((tidy.SOURCE / "messages").glob("*.toml"))
    codes = Counter(code for file in files for code in tomllib.loads(file.read_text("utf-8")))
    assert [code for code, times in codes.items() if times > 1] == []


@pytest.mark.parametrize("code", sorted(messages()))
def test_the_words_of_a_code_are_whole(code: str) -> None:
    words = messages()[code]
    assert sorted(words) == ["en", "hint_en", "hint_zh", "zh"]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert CHINESE.search(words["zh"])
    assert CHINESE.search(words["hint_zh"])
    assert not CHINESE.search(words["en"] + words["hint_en"])
    assert not any(text.endswith((".", "。", "!")) for text in words.values()), "messages end without a full stop"


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_fact_begins_with_its_chinese_term_and_has_a_literal_topic(name: str) -> None:
    fact = FACTS[name]
    term, colon, meaning = (fact.__doc__ or "").partition(": ")
    assert CHINESE.search(term)
    assert colon
    assert len(meaning) > 10
    assert TOPIC.match(fact.TOPIC)


@pytest.mark.parametrize("name", sorted(definitions()))
def test_every_view_and_column_has_words_in_both_languages(name: str) -> None:
    view = definitions()[name]
    columns = [column.name for column in view.columns]
    for words in [
        view.title,
        view.about,
        *(each.words for each in view.columns),
        *(each.about for each in view.columns),
    ]:
        assert CHINESE.search(words["zh"]) or not re.search("[A-Za-z]", words["zh"]), words
        assert words["zh"], words
        assert words["en"], words
    assert columns[-1] == "evidence" or "evidence" in columns
    assert set(view.sort) <= set(columns)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def process_rows(): ...", "say what is done"),
        ("data = 1", "name the noun"),
        ("class AbstractStore: ...", "a base class waits"),
        ("class RuleBase: ...", "have in common"),
    ],
)
def test_a_name_that_says_nothing_is_found(source: str, complaint: str) -> None:
    ((_, said),) = tidy.banned_names(ast.parse(source))
    assert complaint in said


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("try: ...\nexcept Exception: ...", "name the errors"),
        ("try: ...\nexcept: ...", "name the errors"),
        ("x = datetime.now()", "calendar.now"),
        ("x = date.today()", "calendar.today"),
    ],
)
def test_a_form_that_hides_something_is_found(source: str, complaint: str) -> None:
    (said,) = tidy.banned_forms(ast.parse(source))
    assert complaint in said


@pytest.mark.parametrize("text", ["# =====", "# --- part ------", "a customer came", "# TO" + "DO it", "ok \u2705"])
def test_a_text_that_no_office_would_write_is_found(text: str) -> None:
    assert len(list(tidy.banned_words(text))) == 1


def test_an_import_from_the_same_floor_or_above_is_found() -> None:
    climbing = ast.parse("from xiyuan_ledger.ledger import Ledger\nfrom xiyuan_ledger.errors import LedgerError")
    (said,) = tidy.climbing_imports("projections", climbing)
    assert "imports ledger" in said
    assert list(tidy.climbing_imports("cli", climbing)) == []


def test_a_float_and_a_machine_path_are_found() -> None:
    assert len(list(tidy.floats(ast.parse("rate = 0.5")))) == 1
    assert len(list(tidy.machine_words("cd " + "/wo" + "rk/main"))) == 1


def test_a_message_that_speaks_of_what_was_not_given_is_found() -> None:
    (use,) = error_codes.uses(ast.parse("RuleBroken('post-full', field='post', post=1)"), error_codes.ERRORS)
    assert error_codes.missing_values(use, {"en": "all {capacity} seats of {post}, see {events}"}) == {"capacity"}
