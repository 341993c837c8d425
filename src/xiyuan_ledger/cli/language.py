"""Which language a person is spoken to in, and the words of the command line in both."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from xiyuan_ledger.errors import Language


def language(arguments: Sequence[str] = ()) -> Language:
    """The language named by `--lang`, else by XIYUAN_LANG, else by the locale: Chinese for zh…, else English.

    Read before the arguments are understood, so that what is wrong with them is said in it too.
    """
    named = os.environ.get("XIYUAN_LANG")
    for before, word in zip(("", *arguments), arguments, strict=False):
        if before == "--lang":
            named = word
        elif word.startswith("--lang="):
            named = word.removeprefix("--lang=")
    if named in ("zh", "en"):
        return "zh" if named == "zh" else "en"
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


@cache
def _texts(file: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files(__package__) / file).read_text("utf-8"))


def words(lang: Language, key: str, **values: Any) -> str:
    """What the command line says under a key of `words.toml`."""
    return str(_texts("words.toml")[key][lang]).format(**values)


def help_words(kind: str, name: str, lang: Language) -> str | None:
    """What `help.toml` says of a command or an option; None where it says nothing."""
    found = _texts("help.toml").get(kind, {}).get(name)
    return None if found is None else str(found[lang]).strip()


def examples(command: str) -> str | None:
    """The examples of a command, the same in both languages."""
    found = _texts("help.toml")["command"].get(command, {}).get("examples")
    return None if found is None else str(found).strip()
