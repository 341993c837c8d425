"""How what went wrong is said: code, message, hint, in one language; and with which exit code a command ends."""

from __future__ import annotations

from xiyuan_ledger.errors import Language, LedgerError, Refused

EXIT_WANTING = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141


class CommandError(LedgerError):
    """The command was called in a way that it does not take, or could not be done."""


def say_error(error: LedgerError, lang: Language) -> str:
    """`error[code]: message`, an empty line, `hint: …`; in Chinese `错误[code]: …`, `提示: …`."""
    head, hint = ("错误", "提示") if lang == "zh" else ("error", "hint")
    return f"{head}[{error.code}]: {error.message(lang)}\n\n{hint}: {error.hint(lang)}"


def exit_code(error: LedgerError) -> int:
    """1 for a refusal, 2 for what could not be done."""
    return EXIT_WANTING if isinstance(error, Refused) else EXIT_USAGE
