"""The doctor on the vault: whether it opens, has what the facts commit to, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from xiyuan_ledger.cli.call import Call
from xiyuan_ledger.errors import VaultError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.vault.vault import Vault

SHOWN_MAX = 10


class Finding(NamedTuple):
    """One thing looked at, and what to do about it."""

    check: str
    status: Literal["ok", "warn", "fail"]
    found: str
    advice: str = ""


def vault_findings(call: Call) -> Iterator[Finding]:
    """What is found of the vault and its key."""
    with call.open() as ledger:
        committed = _committed(ledger)
        place = ledger.vault_place
        if place is None or not (place.named or place.is_there):
            status: Literal["ok", "fail"] = "fail" if committed else "ok"
            advice = call.words("vault-advice") if committed else ""
            yield Finding("vault", status, call.words("vault-not-there", count=len(committed)), advice)
            return
        try:
            yield from _inside(call, ledger.vault, committed)
        except VaultError as error:
            yield Finding("vault", "fail", f"[{error.code}] {error.message(call.lang)}", error.hint(call.lang))


def _committed(ledger: Ledger) -> dict[int, tuple[str, str, tuple[str, ...]]]:
    """Facts that hold commitments: by position, whose, their id, and the commitments."""
    found = {}
    for event in ledger.events(types=["ClientRegistered"]):
        commitments = event.fact.__dict__["commitments"]
        if commitments is not None:
            found[event.position] = (event.stream.partition("/")[2], event.event_id, commitments)
    return found


def _inside(call: Call, vault: Vault, committed: dict[int, tuple[str, str, tuple[str, ...]]]) -> Iterator[Finding]:
    if vault.brought_back:
        yield Finding("vault", "warn", call.words("vault-brought-back", codes=_first(list(vault.brought_back))))
    erased, held = vault.erased(), vault.kept()
    at = {position: leaf for leaf, position in held.items()}
    missing = [event_id for place, (code, event_id, _) in committed.items() if code not in erased and place not in at]
    for place in at.keys() & committed.keys():
        vault.disclosures(at[place], committed[place][2])
    if missing:
        found = call.words("vault-missing-some", count=len(missing), events=_first(missing))
        yield Finding("vault", "fail", found, call.words("vault-advice"))
    if strangers := at.keys() - committed.keys():
        found = call.words("vault-strangers", count=len(strangers))
        yield Finding("vault", "warn", found, call.words("vault-strangers-advice"))
    if not missing and not strangers:
        yield Finding("vault", "ok", call.words("vault-whole", count=len(at), erased=len(erased)))


def _first(found: list[str]) -> str:
    return ", ".join(found[:SHOWN_MAX]) + (f" … +{len(found) - SHOWN_MAX}" if len(found) > SHOWN_MAX else "")
