"""Help in both languages: commands, options and examples say what `help.toml` has for them."""

from __future__ import annotations

import click

from xiyuan_ledger.cli.language import examples, help_words, language, words
from xiyuan_ledger.errors import Language


def _spoken(ctx: click.Context | None) -> Language:
    """The language of the call: what `--lang` said, as far as it was read."""
    root = ctx.find_root() if ctx is not None else None
    found: Language | None = getattr(root.obj, "lang", None) if root is not None else None
    return found or language()


class Formatter(click.HelpFormatter):
    """Headings in the language of the call."""

    lang: Language = "en"

    def write_heading(self, heading: str) -> None:
        """`Options` and `Commands`, as the language has them."""
        known = {"Options": "help-options", "Commands": "help-commands"}
        super().write_heading(words(self.lang, known[heading]) if heading in known else heading)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """How the command is called."""
        super().write_usage(prog, args, prefix or words(self.lang, "help-usage"))


class Context(click.Context):
    """A call of one command."""

    def make_formatter(self) -> click.HelpFormatter:
        """A writer of help in the language of the call."""
        formatter = Formatter(width=self.terminal_width, max_width=self.max_content_width)
        formatter.lang = _spoken(self)
        return formatter


class Option(click.Option):
    """An option whose meaning stands in `help.toml`, under its name."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """How it is written, and what it means."""
        self.help = help_words("option", f"{ctx.command.name}.{self.name}", _spoken(ctx)) or help_words(
            "option", str(self.name), _spoken(ctx)
        )
        return super().get_help_record(ctx)


class Command(click.Command):
    """A command whose meaning and examples stand in `help.toml`, under its name."""

    context_class = Context

    def _about(self, lang: Language) -> str:
        return help_words("command", str(self.name), lang) or ""

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first line of its help: what it does."""
        return self._about(_spoken(click.get_current_context(silent=True))).partition("\n")[0]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, explained in the language of the call."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = words(_spoken(ctx), "help-help")
        return found

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What it does, then the examples."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self._about(_spoken(ctx)).replace("\n", "\n\n"))
        shown = examples(str(self.name))
        if shown is not None:
            with formatter.section(words(_spoken(ctx), "help-examples")):
                formatter.write("".join(f"  {line}\n" for line in shown.splitlines()))


class Group(Command, click.Group):
    """A command of several steps, each a command of its own whose help stands under the names of both."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are meant to be met."""
        return list(self.commands)
