"""Paying by workers: their work waited for, and what they set aside shown and let go."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

from xiyuan_ledger.cli.call import Call
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.errors import FileError, messages
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.order import LINES_MAX
from xiyuan_ledger.store.attempts import Attempt, Attempts

BEGUN = "begun"
CHUNK_LINES = "XIYUAN_CHUNK_LINES"
COLUMNS = (
    column("run", "批次", "Run"),
    column("chunk", "分块", "Chunk", "count"),
    column("tried", "次数", "Attempts", "count"),
    column("code", "原因", "Why"),
    column("advice", "建议", "What to do"),
)


def wait(call: Call, run: str, given: Mapping[str, Any]) -> None:
    """Let the workers bring a run as far as it goes. CommandError where chunks of it are set aside."""
    try:
        from workers.waiting import wait_for
    except ImportError as error:
        raise FileError("extra-missing", found="worker") from error
    told = {"XIYUAN_LEDGER": call.ledger, "XIYUAN_ACTOR": call.actor_code()}
    told |= {"XIYUAN_VAULT": call.vault} if call.vault is not None else {}
    told |= {"XIYUAN_VAULT_KEY": call.vault_key} if call.vault_key is not None else {}
    named = {"accounts": "XIYUAN_ACCOUNTS", "paper": "XIYUAN_BANK_FILES", "bank": "XIYUAN_BANK"}
    told |= {variable: str(given[option]) for option, variable in named.items() if _is_given(option)}
    if CHUNK_LINES not in os.environ:
        told[CHUNK_LINES] = str(LINES_MAX)  # Files as large as those made by hand, so that either can go on.
    wait_for(run, told)
    aside = [each for each in Attempts(call.ledger).stuck() if each.task.rpartition("/")[0] == run]
    if aside:
        chunks, codes = ", ".join(_chunk(each) for each in aside), ", ".join(sorted({each.said for each in aside}))
        raise CommandError("payout-set-aside", field="run", run=run, chunks=chunks, codes=codes)


def _is_given(option: str) -> bool:
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT


def _chunk(attempt: Attempt) -> str:
    return attempt.task.rpartition("/")[2]


def stuck(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    """What was tried too often, and why."""
    rows = [
        {
            "run": each.task.rpartition("/")[0],
            "chunk": int(_chunk(each)),
            "tried": each.tried,
            "code": each.said,
            "advice": _advice(call, each.said),
        }
        for each in Attempts(call.ledger).stuck()
    ]
    put(Sheet("stuck", call.words("payout-stuck"), COLUMNS, rows), call, given["form"], given["out"])
    if rows:
        call.tell("payout-stuck-next")


def _advice(call: Call, code: str) -> str:
    if code == BEGUN:
        return call.words("payout-stuck-begun")
    hint = messages().get(code, {}).get(f"hint_{call.lang}", "")
    return "" if "{" in hint else str(hint)


def release(call: Call, ledger: Ledger, named: Sequence[str], given: Mapping[str, Any]) -> None:
    """Let go of what was set aside of a run, so that it is tried anew."""
    attempts = Attempts(call.ledger)
    aside = [each for each in attempts.stuck() if each.task.rpartition("/")[0] == named[0]]
    for each in aside:
        attempts.done(each.task)
    call.tell("payout-released", run=named[0], count=len(aside))
