"""Words in two languages: no title, no column, no value of a table for people is without one."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.errors import RuleBroken, messages
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.intake.words import field_words, value_words
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import Column, Definition, base_relations, definitions
from xiyuan_ledger.projections.diff import DIFF
from xiyuan_ledger.projections.impact import IMPACT
from xiyuan_ledger.projections.vocabulary import code_of, vocabularies, word
from xiyuan_ledger.projections.wording import cell_text

WORDS = Path(__file__).parents[1] / "src" / "xiyuan_ledger" / "words"
SCENARIO = Path(__file__).parents[1] / "scenarios" / "xiyuan-2012-2013"
CHINESE = re.compile(r"[\u4e00-\u9fff]|4\+1$")
HAN = re.compile(r"[\u4e00-\u9fff]")
VIEWS = (*definitions().values(), DIFF, IMPACT)
MADE_BY_THE_OFFICE = frozenset(
    """worker employer certificate community org workers name parent authority review subject station members
    professionals project post period week client missing instrument venue volunteer actor purpose subjects detail
    fields recipient evaluation purchaser implementer run opened_by approved_by lines_digest payee bank_ref claim
    event stream file superseded_by by_actor reason digest note event_id source key corrects person row distribution
    """.split()  # noqa: SIM905
)
"""Columns of codes and texts that the office makes itself: they are shown as they are."""
OPEN_VOCABULARIES = frozenset(
    {"org_category", "designation", "volunteer_category", "dimension", "score_indicator", "grade"}
)
"""An office may use codes of its own beside those that have words."""
COMPUTED = re.compile(
    r"(?:THEN|ELSE) '([a-z_]+)'|'([a-z]\w+)' AS (?:rule|status|severity|how|service_type|indicator)\b"
)


def _title(view: Definition) -> str:
    return view.name


def _columns() -> Iterator[tuple[Definition, Column]]:
    return ((view, column) for view in VIEWS for column in view.columns)


@pytest.mark.parametrize("view", VIEWS, ids=_title)
def test_a_view_and_its_columns_are_titled_and_explained_in_both_languages(view: Definition) -> None:
    said = [view.title, view.about, *(c.words for c in view.columns), *(c.about for c in view.columns)]
    assert [each for each in said if not CHINESE.search(each["zh"]) or HAN.search(each["en"])] == []
    assert [each for each in said if not each["en"].strip()] == []


def test_every_column_of_codes_names_the_vocabulary_of_its_words() -> None:
    coded = [(v.name, c.name) for v, c in _columns() if c.type in ("text", "list") and c.values is None]
    assert [each for each in coded if each[1] not in MADE_BY_THE_OFFICE | {"kind"}] == []
    assert [view for view, column in coded if column == "kind"] == ["evidence_index"]
    unknown = [(v.name, c.name) for v, c in _columns() if c.values is not None and c.values not in vocabularies()]
    assert unknown == []


def test_every_value_that_a_view_computes_has_words() -> None:
    texts = {view.name: view.sql for view in VIEWS} | base_relations()
    known = vocabularies()["any"]
    computed = {name: {a or b for a, b in COMPUTED.findall(sql)} for name, sql in texts.items()}
    assert {name: values - known.keys() for name, values in computed.items() if values - known.keys()} == {}


def test_every_word_is_there_in_both_languages() -> None:
    missing = [
        (name, code)
        for name, words in vocabularies().items()
        for code, said in words.items()
        if not CHINESE.search(said["zh"]) or not said["en"] or HAN.search(said["en"])
    ]
    assert missing == []


def _choices(annotation: Any) -> Iterator[str]:
    """The values that a field chooses from."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from _choices(part)


def _choosing_fields() -> dict[str, set[str]]:
    """Every field with a choice, and its values, over all facts and their parts."""
    found: dict[str, set[str]] = {}
    models: list[Any] = list(FACTS.values())
    while models:
        for name, info in models.pop().model_fields.items():
            found.setdefault((info.alias or name).rstrip("_"), set()).update(_choices(info.annotation))
            models += [part for part in _parts(info.annotation) if hasattr(part, "model_fields")]
    return {name: values for name, values in found.items() if values}


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def test_every_choice_of_a_field_has_a_word_and_no_word_is_for_nothing() -> None:
    choices = _choosing_fields()
    wordless = {name: values - vocabularies().get(name, {}).keys() for name, values in choices.items()}
    assert {name: codes for name, codes in wordless.items() if codes} == {}
    surplus = {name: value_words(name).keys() - values for name, values in choices.items()}
    assert {name: codes for name, codes in surplus.items() if codes} == {}


def test_every_field_has_a_word() -> None:
    fields = {(info.alias or name).rstrip("_") for fact in FACTS.values() for name, info in fact.model_fields.items()}
    assert sorted(fields - field_words().keys()) == []


def test_every_value_in_the_views_of_the_scenario_has_a_word() -> None:
    with Ledger.open("memory:", simulated=True, policies=scenario_policies(SCENARIO)) as ledger:
        tell_scenario(ledger, SCENARIO)
        missing = {
            (view.name, column.name, value)
            for view in definitions().values()
            if not view.required and not view.name.startswith("journal")
            for row in ledger.view(view.name, valid_on="2014-03-31").rows
            for column in view.columns
            if column.values not in (None, *OPEN_VOCABULARIES)
            for value in (row[column.name] if column.type == "list" else [row[column.name]])
            if value is not None and value not in vocabularies()[column.values or ""]
        }
        assert missing == set()
        met = ledger.view("exam_deadlines", valid_on="2013-06-30", where={"status": "met"})
        told = ledger.view("exam_deadlines", valid_on="2013-06-30", where={"状态": "已达标"})
        assert len(met) > 0
        assert told.rows == met.rows


def test_a_code_is_read_as_a_word_and_a_word_as_its_code() -> None:
    status = next(c for c in definitions()["exam_deadlines"].columns if c.name == "status")
    assert cell_text(status, "missed", "zh") == "已逾期"
    assert cell_text(status, "missed", "en") == "missed"
    assert code_of("deadline", "已逾期") == "missed"
    assert word("volunteer_category", "own-code", "zh") == "own-code"


def test_a_word_stands_in_one_place_only() -> None:
    of_fields, shown = (tomllib.loads((WORDS / name).read_text("utf-8")) for name in ("values.toml", "shown.toml"))
    twice = [
        (name, code)
        for name, words in shown.items()
        for code, said in words.items()
        if name in of_fields and code in of_fields[name] and said["en"] == code and said["zh"] in of_fields[name][code]
    ]
    assert twice == []


CODED = frozenset(
    """kind kinds level channel category categories subjects scheme party severity grade
    role""".split()  # noqa: SIM905
)
"""Placeholders of messages whose values are codes that have Chinese words."""
AS_THEY_ARE = {
    "scheme-unknown": "the code is what has to be typed",
    "access-denied": "the role is named in the file of tokens",
    "column-value": "the kind is the form of a value, as in the reference",
    "policy-value": "the kind is the form of a value, as in the schema",
}


def placeholders(template: str) -> list[tuple[str, str]]:
    """Each value that a message shows, with what is written behind its colon."""
    return [(name, form or "") for _, name, form, _ in string.Formatter().parse(template) if name]


@pytest.mark.parametrize("code", sorted(messages()))
def test_a_chinese_message_has_words_for_codes(code: str) -> None:
    if code in AS_THEY_ARE:
        return
    chinese = placeholders(messages()[code]["zh"])
    assert [name for name, form in chinese if name in CODED and not form] == []
    assert {form for _, form in chinese if form} <= set(vocabularies())


def test_a_code_in_a_message_is_a_word_in_chinese_and_itself_in_english() -> None:
    refused = RuleBroken("training-payer", org="XY-C01", kinds="street, department")
    assert "street, department" in refused.message("en")
    assert "街道, 部门" in refused.message("zh")


def test_a_code_that_has_no_word_is_said_as_it_is() -> None:
    refused = RuleBroken("expense-unknown", org="XY-C01", channel="lottery", voucher="V-1")
    assert "XY-C01/lottery" in refused.message("zh")


def test_the_words_of_messages_are_those_of_tables() -> None:
    refused = RuleBroken("claim-without-pass", worker="W-001", on="2013-08-20", year=2013, level="junior")
    assert str(word("level", "junior", "zh")) in refused.message("zh")
