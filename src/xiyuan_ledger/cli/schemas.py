"""JSON Schema of the facts, as entries carry them: public names, and the `type` that says which fact it is."""

from __future__ import annotations

from typing import Any

import click
import orjson
from pydantic.json_schema import models_json_schema

from xiyuan_ledger.aggregates import FACTS, Fact
from xiyuan_ledger.aggregates.personal import COMMITMENTS
from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.helping import Command
from xiyuan_ledger.cli.recording import fact_named
from xiyuan_ledger.errors import Language

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(fact: type[Fact], lang: Language) -> dict[str, Any]:
    """One fact's schema, complete in itself."""
    found = fact.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, **_with_type(fact, found, lang)}


def schema_of_all(lang: Language) -> dict[str, Any]:
    """The schema of any entry: one of the facts, each defined under its name."""
    facts = list(FACTS.values())
    _, found = models_json_schema([(fact, "validation") for fact in facts], by_alias=True)
    defined = found["$defs"]
    for fact in facts:
        defined[fact.__name__] = _with_type(fact, defined[fact.__name__], lang)
    return {"$schema": DIALECT, "oneOf": [{"$ref": f"#/$defs/{fact.__name__}"} for fact in facts], "$defs": defined}


def _with_type(fact: type[Fact], found: dict[str, Any], lang: Language) -> dict[str, Any]:
    """With the field `type`, which no class has, and its title and meaning from the first line of the docstring.

    Without what the ledger puts in the place of personal data: nobody enters it.
    """
    term, _, meaning = (fact.__doc__ or "").strip().partition("\n")[0].partition(": ")
    name = fact.__name__
    words = {"title": f"{term} {name}" if lang == "zh" else name, "description": f"{term}: {meaning}"}
    properties = {named: said for named, said in found.get("properties", {}).items() if named != COMMITMENTS}
    return {
        **found,
        **words,
        "properties": {"type": {"const": name}, **properties},
        "required": ["type", *found.get("required", ())],
    }


@click.pass_obj
def _schema(call: Call, /, fact: str | None) -> None:
    found = schema_of_all(call.lang) if fact is None else schema_of(fact_named(fact), call.lang)
    click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), nl=False)


schema = Command(
    "schema",
    callback=_schema,
    params=[click.Argument(["fact"], metavar="[FACT]", required=False), *shared_options()],
)
