"""The command `xiyuan` and what it can do: every command in one list; every failure said in one place."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from xiyuan_ledger import __version__
from xiyuan_ledger.cli.asking import diff, history, journal, view, views
from xiyuan_ledger.cli.call import Call, shared_options
from xiyuan_ledger.cli.creating import init
from xiyuan_ledger.cli.demonstrating import demo
from xiyuan_ledger.cli.evaluating import evaluate
from xiyuan_ledger.cli.examining import doctor
from xiyuan_ledger.cli.explaining import explain_command
from xiyuan_ledger.cli.exporting import export
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.language import language
from xiyuan_ledger.cli.paying import payout
from xiyuan_ledger.cli.personal import erase, reveal, vault
from xiyuan_ledger.cli.previewing import preview
from xiyuan_ledger.cli.proving import bundle, checkpoint, key, witness
from xiyuan_ledger.cli.recording import record
from xiyuan_ledger.cli.refusals import (
    EXIT_INTERRUPTED,
    EXIT_PIPE_CLOSED,
    EXIT_USAGE,
    CommandError,
    exit_code,
    say_error,
)
from xiyuan_ledger.cli.schemas import schema
from xiyuan_ledger.cli.serving import serve
from xiyuan_ledger.cli.templates import facts, template
from xiyuan_ledger.cli.verifying import verify_command
from xiyuan_ledger.errors import Language, LedgerError

COMMANDS = (
    init,
    record,
    facts,
    template,
    view,
    views,
    history,
    journal,
    diff,
    preview,
    payout,
    explain_command,
    schema,
    export,
    evaluate,
    serve,
    reveal,
    erase,
    vault,
    key,
    checkpoint,
    witness,
    bundle,
    verify_command,
    demo,
    doctor,
)


class _PipeClosed(Exception):
    """Whoever read our output stopped reading."""


class Xiyuan(Command, click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which an office meets them."""
        return [str(command.name) for command in COMMANDS]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named; where there is none, the ones that look like it."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = get_close_matches(name, self.list_commands(ctx), n=3, cutoff=0.4) or self.list_commands(ctx)
            raise CommandError("usage-command", found=name, near=", ".join(near))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without a command there is nothing to do but to say what there is."""
        if not args:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(EXIT_USAGE)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and see its output through."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _PipeClosed from None
        return code

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]  # one way to run
        """Run, say what went wrong if something did, and end with the exit code."""
        call = Call(language(sys.argv[1:] if args is None else args))
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a terminal without Chinese shows `?`, not a traceback
        try:
            code = super().main(args, **{**extra, "standalone_mode": False, "obj": call})
        except click.exceptions.Abort:
            code = EXIT_INTERRUPTED
        except _PipeClosed:
            _stop_writing()
            code = EXIT_PIPE_CLOSED
        except OSError as error:
            if error.filename is not None:
                raise
            _stop_writing()
            code = _say(CommandError("out-unwritable", field="out", found=error.strerror or str(error)), call.lang)
        except (LedgerError, click.ClickException) as error:
            told = error if isinstance(error, LedgerError) else _usage(error)
            code = _say(told, call.lang)
        sys.exit(code or 0)


def _say(error: LedgerError, lang: Language) -> int:
    """Say what went wrong; the exit code for it."""
    click.echo(say_error(error, lang), err=True)
    return exit_code(error)


def _stop_writing() -> None:
    """Nobody reads on: what is still buffered goes nowhere, in silence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: click.ClickException) -> CommandError:
    """What click found wrong with the arguments, in our words."""
    context = getattr(error, "ctx", None)
    see = context.command_path if context is not None else "xiyuan"
    if isinstance(error, click.NoSuchOption):
        similar = ", ".join(error.possibilities or ())
        near, near_zh = (f"similar: {similar}; ", f"相近: {similar}; ") if similar else ("", "")
        named = error.option_name
        return CommandError("usage-option", field=named, found=named, near=near, near_zh=near_zh, see=see)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        named = error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name
        return CommandError("usage-missing", field=error.param.name, found=named, see=see)
    return CommandError("usage", found=error.format_message().rstrip("."), see=see)


xiyuan = Xiyuan(
    name="xiyuan",
    params=[*shared_options()],
    context_settings={"auto_envvar_prefix": "XIYUAN", "help_option_names": ["-h", "--help"], "max_content_width": 100},
)
click.version_option(__version__, prog_name="xiyuan-ledger", message="%(prog)s %(version)s", cls=Option)(xiyuan)
for _command in COMMANDS:
    xiyuan.add_command(_command)
