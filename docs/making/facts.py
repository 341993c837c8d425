"""The page of the facts: every field of every fact, and what an entry may carry beside them."""

from __future__ import annotations

from pydantic import BaseModel

from docs.making.kinds import WORDS, hints, parts_of, words
from docs.making.markdown import code, page, table, term_and_meaning
from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.aggregates.control import RecordVoided
from xiyuan_ledger.intake.words import field_words
from xiyuan_ledger.projections.vocabulary import vocabularies

ALWAYS = ("type", "occurred_on")
ABOUT = """
事实是办公室写下的事: 发生了, 或有人决定了。一行 JSON 就是一个条目, `type` 写事实的名称。
A fact is what the office writes down: it happened, or someone decided it. An entry is one JSON object a line; its
`type` is the fact's name. In Python a fact is a class of that name in `xiyuan_ledger`; `class`, `from` and `to` are
written `class_`, `from_` and `to` there. Unknown fields are refused, never ignored.

**→** may be dated after the day it is recorded. 可晚于记录日期。
"""


def facts_page() -> str:
    """Every fact under the kind of its stream."""
    kinds = vocabularies()["stream_kind"].items()
    sections = [_section(kind, f"{words['zh']} {words['en']}") for kind, words in kinds]
    return page("事实 Facts", ABOUT, _types(), _envelope(), *sections, _parts())


def _types() -> str:
    rows = [(code(name), zh, meaning) for name, zh, meaning in WORDS]
    return "## 类型 Types\n\n" + table(("type", "中文", "meaning"), rows)


def _envelope() -> str:
    named = [("type", "text"), *((n, words(hints(Fact)[n]).removesuffix(" | None")) for n in Fact.model_fields)]
    rows = [
        (code(name + ("" if name in ALWAYS else "?")), field_words()[name]["zh"], code(kind), field_words()[name]["en"])
        for name, kind in named
    ]
    head = "## 每个条目都可带 What every entry may carry"
    return head + "\n\n" + table(("field", "中文", "type", "meaning"), rows)


def _section(kind: str, title: str) -> str:
    facts = [fact for fact in FACTS.values() if kind == fact.STREAM_KIND]
    return "\n\n".join([f"## {title}", *(_fact(fact) for fact in facts)])


def _fact(fact: type[Fact]) -> str:
    term, meaning = term_and_meaning(fact)
    ahead = " **→**" if fact.MAY_LIE_AHEAD else ""
    place = f"stream {_stream(fact)} · topic `{fact.TOPIC}`"
    head = f"### {fact.__name__} {term}\n\n{meaning}{ahead}  \n{place}"
    return head + "\n\n" + _fields(fact, fact.own_fields())


def _stream(fact: type[Fact]) -> str:
    if fact is RecordVoided:
        return "of its target"
    public = dict(fact.own_fields())
    return code("/".join((fact.STREAM_KIND, *(f"<{public[name]}>" for name in fact.STREAM_FIELDS))))


def _fields(model: type[BaseModel], named: tuple[tuple[str, str], ...]) -> str:
    kinds = hints(model)
    rows = []
    for attribute, name in named:
        optional = "" if model.model_fields[attribute].is_required() else "?"
        about = field_words()[name]
        rows.append((code(name + optional), about["zh"], code(words(kinds[attribute])), about["en"]))
    return table(("field", "中文", "type", "meaning"), rows)


def structures() -> list[type[BaseModel]]:
    """The structures inside facts, in the order in which facts name them."""
    models = list(FACTS.values())
    named = [part for fact in models for hint in hints(fact).values() for part in parts_of(hint)]
    return list(dict.fromkeys(named))


def _parts() -> str:
    found = ["## 内部结构 Structures inside facts"]
    for part in structures():
        term, meaning = term_and_meaning(part)
        fields = tuple((name, info.alias or name) for name, info in part.model_fields.items())
        found.append(f"### {part.__name__} {term}\n\n{meaning}\n\n{_fields(part, fields)}")
    return "\n\n".join(found)
