"""Personal data: shown for a purpose, erased for good; and the vault that they are kept in."""

from __future__ import annotations

from pathlib import Path

import click

from xiyuan_ledger.cli.call import Call, format_options, shared_options
from xiyuan_ledger.cli.creating import tell_vault
from xiyuan_ledger.cli.helping import Command, Option
from xiyuan_ledger.cli.refusals import CommandError
from xiyuan_ledger.cli.sheet import Sheet, column, put
from xiyuan_ledger.intake.kinds import PERSONAL_FIELD
from xiyuan_ledger.intake.words import field_words
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.payouts.bank.accounts import read_accounts

COLUMNS = (
    column("field", "字段", "Field"),
    column("title", "名称", "Title"),
    column("value", "内容", "Value"),
)


def _tell_brought_back(call: Call, ledger: Ledger) -> None:
    """What opening the vault had to destroy again."""
    if codes := ledger.vault.brought_back:
        call.tell("vault-brought-back", codes=", ".join(codes))


@click.pass_obj
def _reveal(call: Call, /, subject: str, purpose: str, fields: tuple[str, ...], form: str, out: Path | None) -> None:
    with call.open(to_record=True) as ledger:
        _tell_brought_back(call, ledger)
        found = ledger.reveal(subject, fields, purpose=purpose)
        call.tell("personal-recorded")
    rows = [{"field": field, "title": _title(call, field), "value": value} for field, value in found.items()]
    put(Sheet("personal", call.words("personal-title", subject=subject), COLUMNS, rows), call, form, out)


def _title(call: Call, field: str) -> str:
    said = field_words()[PERSONAL_FIELD + field]
    return str(said[call.lang]).partition("/")[0]


@click.pass_obj
def _erase(call: Call, /, subject: str, basis: str, approved_by: str, occurred_on: str | None) -> None:
    with call.open(to_record=True) as ledger:
        _tell_brought_back(call, ledger)
        codes = ledger.erase(subject, basis=basis, approved_by=approved_by, occurred_on=occurred_on)
    call.tell("erased", codes=", ".join(codes))
    call.tell("erased-backups")


@click.pass_obj
def _vault(call: Call, /, action: str, file: Path | None) -> None:
    if action != "accounts":
        with call.open() as ledger:
            if action == "create":
                ledger.create_vault()
            else:
                ledger.renew_vault_key()
                call.tell("vault-key-renewed")
            tell_vault(call, ledger)
        return
    if file is None:
        raise CommandError("usage-missing", field="file", found="FILE", see="xiyuan vault accounts")
    accounts = read_accounts(file).known
    with call.open() as ledger:
        _tell_brought_back(call, ledger)
        ledger.vault.set_accounts(accounts)
    call.tell("accounts-kept", count=len(accounts))


reveal = Command(
    "reveal",
    callback=_reveal,
    params=[
        click.Argument(["subject"], metavar="SUBJECT"),
        Option(["--purpose"], required=True, metavar="TEXT"),
        Option(["--field", "fields"], multiple=True, metavar="FIELD"),
        *format_options(),
        *shared_options(),
    ],
)
erase = Command(
    "erase",
    callback=_erase,
    params=[
        click.Argument(["subject"], metavar="SUBJECT"),
        Option(["--basis"], required=True, metavar="TEXT"),
        Option(["--approved-by"], required=True, metavar="CODE"),
        Option(["--on", "occurred_on"], metavar="DATE"),
        *shared_options(),
    ],
)
vault = Command(
    "vault",
    callback=_vault,
    params=[
        click.Argument(["action"], type=click.Choice(["create", "accounts", "renew-key"])),
        click.Argument(["file"], metavar="[FILE]", required=False, type=click.Path(path_type=Path)),
        *shared_options(),
    ],
)
