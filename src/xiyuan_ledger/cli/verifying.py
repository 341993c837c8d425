"""Verifying a bundle: needs no ledger, says what was looked at, and from where the evaluator stands."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import EXIT_WANTING, say_error
from xiyuan_ledger.cli.sheet import Sheet, column, put, say
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.verification.disclosures import Disclosed
from xiyuan_ledger.verification.files import CHECKPOINT, BundleFiles
from xiyuan_ledger.verification.found import FAULTS_SHOWN_MAX, Check, Findings
from xiyuan_ledger.verification.keys import put_durably
from xiyuan_ledger.verification.verifying import NOT_READ, verify

FIRST_SECONDS = 1.0
EVERY_SECONDS = 0.25
COLUMNS = (
    column("check", "检查", "Check"),
    column("status", "结果", "Status"),
    column("counted", "数目", "Number", "count"),
    column("found", "所见", "Found"),
)
FILE = click.Path(path_type=Path, dir_okay=False)


class _Told:
    """How far it got: on a terminal only, on stderr, after a second."""

    def __init__(self, call: Call):
        self._call = call
        self._due = time.monotonic() + FIRST_SECONDS
        self._shown = False

    def __call__(self, name: str, done: int, of: int) -> None:
        if sys.stderr.isatty() and time.monotonic() >= self._due:
            text = f"{self._call.words(f'verify-{name}')} {done:,} / {of:,}"
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)
            self._due, self._shown = time.monotonic() + EVERY_SECONDS, True

    def wipe(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)


@click.pass_obj
def _verify(
    call: Call, /, bundle: Path, policy: Path, since: Path | None, remember: Path | None, form: str, out: Path | None
) -> int:
    told = _Told(call)
    try:
        found = verify(bundle, policy, since=since, tell=told)
    except ProofError as fault:
        if fault.code in NOT_READ:
            raise
        click.echo(say_error(fault, call.lang), err=True)
        return EXIT_WANTING
    finally:
        told.wipe()
    if form == "json" and out is None:
        say(orjson.dumps(found.to_json(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        rows = [*(_row(call, found, check) for check in found.checks), *_unclaimed_rows(call, found)]
        put(Sheet("verify", call.words("verify-title"), COLUMNS, rows, _notes(call, found)), call, form, out)
    return _conclude(call, found, bundle, [path for path in (since, remember) if path is not None])


def _row(call: Call, found: Findings, check: Check) -> dict[str, Any]:
    said = "; ".join(_visible(each) for each in _said(call, found, check))
    return {
        "check": call.words(f"verify-{check.name}"),
        "status": call.words(f"verify-{check.status}"),
        "counted": check.counted or None,
        "found": said or None,
    }


def _said(call: Call, found: Findings, check: Check) -> Iterator[str]:
    """What is wrong; of disclosures, what each of them came to, without the values themselves."""
    if check.name == "disclosures":
        yield from (_disclosure_said(call, each) for each in found.opened[:FAULTS_SHOWN_MAX])
    yield from (fault.message(call.lang) for fault in check.faults if fault.code != "disclosure-failed")


def _disclosure_said(call: Call, each: Disclosed) -> str:
    if each.status == "failed":
        fault = call.words(f"verify-disclosure-{each.fault}")
        return call.words("verify-disclosure-failed", file=each.file, fault=fault, position=each.position or "-")
    told = {"subject": each.subject, "recipient": each.recipient, "purpose": each.purpose}
    if each.status == "erased":
        return call.words("verify-disclosure-basis", basis=each.basis, position=each.position, **told)
    return call.words("verify-disclosure-verified", fields=", ".join(each.values) or "-", **told)


def _visible(text: str) -> str:
    """Text with what nobody would see in it - the ends of lines, above all - written out."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _advise(call: Call, found: Findings) -> None:
    """What to do about each thing that is wrong, said once."""
    faults = {fault.code: fault for check in found.checks for fault in check.faults}
    for fault in faults.values():
        call.tell("verify-advice", code=fault.code, advice=fault.hint(call.lang))


def _unclaimed_rows(call: Call, found: Findings) -> list[dict[str, Any]]:
    """What the bundle hands in no figures of, so that nobody takes it for checked."""
    if not found.unclaimed:
        return []
    by_reason: dict[str, list[str]] = {}
    for each in found.unclaimed:
        by_reason.setdefault(each.why, []).append(each.view)
    order = [why for why in ("left-out", "argument", "columns") if why in by_reason]
    said = [call.words(f"verify-unclaimed-{why}", views=", ".join(by_reason[why])) for why in order]
    counted = len(found.unclaimed)
    row = {"check": call.words("verify-unclaimed"), "status": call.words("verify-unchecked"), "counted": counted}
    return [row | {"found": "; ".join(said)}]


def _notes(call: Call, found: Findings) -> list[tuple[str, str]]:
    """What was verified, and from which position."""
    head = found.checkpoint
    notes = [("origin", head.origin), ("size", str(head.size)), ("root", head.root.hex())]
    return [*notes, ("simulated", "SIMULATED")] if head.simulated else notes


def _conclude(call: Call, found: Findings, bundle: Path, remembered: list[Path]) -> int:
    wanting = {check.name for check in found.checks if check.status == "failed"}
    unseen = found.stand == "witnessed" and not wanting.isdisjoint({"quorum", "freshness"})
    call.tell("verify-stand-unwitnessed" if unseen else f"verify-stand-{found.stand}")
    if found.checkpoint.simulated:
        call.tell("bundle-simulated")
    if not found.passed:
        _advise(call, found)
        call.tell("verify-not-passed")
        return EXIT_WANTING
    for path in remembered:
        _remember(bundle, path)
        call.tell("verify-remembered", path=str(path))
    call.tell("verify-verified", size=found.checkpoint.size)
    return 0


def _remember(bundle: Path, path: Path) -> None:
    files = BundleFiles.open(bundle)
    try:
        content = files.read(CHECKPOINT)
    finally:
        files.close()
    try:
        put_durably(path, content)
    except ProofError as error:
        raise ProofError("remember-unwritable", found=str(path), cause=error.values["cause"]) from error


verify_command = Command(
    "verify",
    callback=_verify,
    params=[
        click.Argument(["bundle"], metavar="BUNDLE", type=click.Path(path_type=Path)),
        Option(["--policy"], metavar="FILE", required=True, type=FILE),
        Option(["--since"], metavar="FILE", type=FILE),
        Option(["--remember"], metavar="FILE", type=FILE),
        *format_options(),
        *shared_options(),
    ],
)
