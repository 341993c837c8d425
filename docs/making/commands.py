"""The page of the command line: what `--help` says, in both languages at once."""

from __future__ import annotations

import click

from docs.making.markdown import code, page, table
from xiyuan_ledger.cli.commands import COMMANDS, xiyuan
from xiyuan_ledger.cli.language import examples, help_words
from xiyuan_ledger.errors import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")

ABOUT = """
`--ledger`, `--actor` and `--lang` are taken before and after the command's name. The language is the locale's, unless
`--lang` or `XIYUAN_LANG` says otherwise. Chinese and English say the same.
"""


def commands_page() -> str:
    """The command as a whole, then every command."""
    sections = [_section(xiyuan, "xiyuan")]
    for command in COMMANDS:
        sections.append(_section(command, f"xiyuan {command.name}"))
        if isinstance(command, click.Group):
            steps = command.commands.items()
            sections += [_section(step, f"xiyuan {command.name} {name}") for name, step in steps]
    return page("命令行 Command line", ABOUT, *sections)


def _section(command: click.Command, title: str) -> str:
    name = str(command.name)
    about = [help_words("command", name, lang) or "" for lang in LANGUAGES]
    usage = " ".join([title, *command.collect_usage_pieces(click.Context(command))])
    parts = [f"## {title}", "  \n".join(about).replace("\n\n", "\n"), f"```text\n{usage}\n```"]
    options = [_option(name, each) for each in command.params if isinstance(each, click.Option)]
    if options:
        parts.append(table(("option", "中文", "English"), options))
    shown = examples(name)
    if shown:
        parts.append(f"```text\n{shown}\n```")
    return "\n\n".join(parts)


def _option(command: str, option: click.Option) -> tuple[str, str, str]:
    written = ", ".join(option.opts)
    if isinstance(option.type, click.Choice):
        written += f" {'|'.join(str(each) for each in option.type.choices)}"
    elif not option.is_flag and option.metavar:
        written += f" {option.metavar}"
    said = [
        help_words("option", f"{command}.{option.name}", lang) or help_words("option", str(option.name), lang) or ""
        for lang in LANGUAGES
    ]
    return code(written), said[0], said[1]
