"""保密库可信: nothing acknowledged is lost in a crash, nothing erased comes back, and no ciphertext says two things."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests import two_keys
from tests.test_vault import NAME, PERSONAL, PHONE, corrected, merged, purposeful, registered
from tests.tidy import ROOT
from xiyuan_ledger.canonical import loads
from xiyuan_ledger.commitments import Disclosure
from xiyuan_ledger.errors import RuleBroken, VaultError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.vault.keys import LocalKey

KILLED = """
import os, signal, sys
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.recording.sealing import Sealing
from xiyuan_ledger.store.vault_tables import VaultTables
from xiyuan_ledger.vault.vault import Vault
from tests.test_vault import registered

def dying(whole, before):
    def die(*given):
        if not before:
            whole(*given)
        os.kill(os.getpid(), signal.SIGKILL)
    return die

url, where = sys.argv[1:]
owner, name, before = {
    "sealed": (Vault, "put", False), "recorded": (Vault, "keep", True), "erased": (Vault, "follow", True),
    "wrapped": (Vault, "rewrap", False), "new key": (VaultTables, "all_keys", True),
}[where]
ledger = Ledger.open(url, actor="clerk-7")
if where == "erased":
    assert ledger.vault
setattr(owner, name, dying(getattr(owner, name), before))
if where == "erased":
    ledger.erase("C-1", basis="asked", approved_by="head-1")
if where in ("wrapped", "new key"):
    ledger.renew_vault_key()
ledger.record(registered("C-2"))
"""


def new_ledger(folder: Path, **more: Any) -> str:
    url = f"sqlite:///{folder}/x.db"
    with Ledger.open(url, create=True, actor="clerk-7", **more) as ledger:
        ledger.record(registered("C-1"))
    return url


def killed_at(url: str, where: str) -> None:
    """A process that is killed when it has come so far."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, url, where], env=os.environ | {"PYTHONPATH": paths}, cwd=ROOT, check=False
    )
    assert ran.returncode == -signal.SIGKILL


def contents(folder: Path) -> bytes:
    """All that lies in a folder, one file after the other."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def secrets_of(folder: Path) -> list[bytes]:
    """The wrapped keys and ciphertexts of the vault, as its file holds them."""
    with sqlite3.connect(folder / "x.db.vault") as vault:
        rows = vault.execute(
            "SELECT wrapped FROM subject_keys WHERE subject <> '' UNION ALL SELECT ciphertext FROM sealed"
        ).fetchall()
    vault.close()
    return [bytes(row[0]) for row in rows]


def test_killed_after_sealing_and_before_recording_the_entry_can_be_entered_again(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    killed_at(url, "sealed")
    left = secrets_of(tmp_path)
    assert len(left) == 4
    with Ledger.open(url, actor="clerk-7") as ledger:
        assert [event.fact.client for event in ledger.events(types=["ClientRegistered"])] == ["C-1"]  # type: ignore[attr-defined]
        assert len(ledger.vault.kept()) == 1
        assert ledger.vault.unkept() == {}
        assert len(secrets_of(tmp_path)) == 2
        assert ledger.record(registered("C-2")).status == "recorded"
        assert purposeful(ledger, "C-1") == purposeful(ledger, "C-2") == PERSONAL


def test_killed_after_recording_nothing_is_lost(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    killed_at(url, "recorded")
    with Ledger.open(url, actor="clerk-7") as ledger:
        assert purposeful(ledger, "C-2") == PERSONAL
        assert ledger.vault.unkept() == {}
        assert ledger.record(registered("C-2")).status == "duplicate"


def test_killed_between_the_fact_and_the_destruction_the_next_one_destroys(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    before = secrets_of(tmp_path)
    killed_at(url, "erased")
    assert secrets_of(tmp_path) == before
    with Ledger.open(url, actor="clerk-7") as ledger:
        assert ledger.vault.brought_back == ("C-1",)
        assert not [each for each in before if each in contents(tmp_path)]
        with pytest.raises(RuleBroken):
            purposeful(ledger)


def test_what_others_have_on_the_way_is_not_dropped(tmp_path: Path) -> None:
    """Whoever opens the vault while another one records waits for the ledger's lock before she tidies up."""
    url = new_ledger(tmp_path)
    opened, seen = threading.Event(), []
    with Ledger.open(url, actor="clerk-7") as ledger:
        whole = ledger.vault.put

        def put(entries: Any) -> None:
            whole(entries)
            other.start()
            seen.append(opened.wait(0.5))

        def open_another() -> None:
            with Ledger.open(url, actor="clerk-8") as second:
                seen.append(len(second.vault.kept()))
                opened.set()

        other = threading.Thread(target=open_another)
        ledger.vault.put = put  # type: ignore[method-assign]
        ledger.record(registered("C-2"))
        other.join()
        assert seen == [False, 2]
        assert purposeful(ledger, "C-2") == PERSONAL


def test_many_threads_and_ledgers_register_the_same_people(
    store_url: str, postgres_vault_url: str, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"vault_key": tmp_path / "vault.key"}
    if store_url.startswith("postgresql"):
        more["vault"] = postgres_vault_url
    with Ledger.open(store_url, create=True, actor="clerk-0", journal=tmp_path / "journal", **more) as first:
        shared = store_url == "memory:"
        opened = [first] if shared else [Ledger.open(store_url, actor=f"clerk-{n}", **more) for n in (1, 2, 3)]
        found: list[str] = []

        def enter(ledger: Ledger) -> None:
            found.extend(ledger.record(registered(f"C-{number}")).status for number in range(8))

        threads = [threading.Thread(target=enter, args=(each,)) for each in opened * (3 if shared else 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == ["duplicate"] * 16 + ["recorded"] * 8
        assert [purposeful(first, f"C-{number}") for number in range(8)] == [PERSONAL] * 8
        assert len(first.vault.kept()) == 8
        for each in opened:
            each.close()


def test_a_restored_backup_does_not_bring_erased_data_back(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    with Ledger.open(url, actor="clerk-7") as ledger:
        ledger.record_all([registered("C-2"), registered("C-3"), merged("C-1", "C-2")])
    vault, backup = tmp_path / "x.db.vault", tmp_path / "elsewhere" / "backup"
    backup.parent.mkdir()
    shutil.copy(vault, backup)
    before = secrets_of(tmp_path)
    with Ledger.open(url, actor="clerk-7") as ledger:
        ledger.erase("C-2", basis="asked", approved_by="head-1")
    after = secrets_of(tmp_path)
    gone = [each for each in before if each not in after]
    assert len(gone) == 4
    shutil.move(backup, vault)
    assert all(each in contents(tmp_path) for each in gone)
    with Ledger.open(url, actor="clerk-7") as ledger:
        assert ledger.vault.brought_back == ("C-1", "C-2")
        assert not [each for each in gone if each in contents(tmp_path)]
        with pytest.raises(RuleBroken):
            purposeful(ledger, "C-1")
        assert purposeful(ledger, "C-3") == PERSONAL


def test_an_older_vault_lacks_what_came_later_and_says_so(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    shutil.copy(tmp_path / "x.db.vault", tmp_path / "backup")
    with Ledger.open(url, actor="clerk-7") as ledger:
        ledger.record(registered("C-2"))
    shutil.move(tmp_path / "backup", tmp_path / "x.db.vault")
    with Ledger.open(url, actor="clerk-7") as ledger:
        with pytest.raises(VaultError) as missing:
            purposeful(ledger, "C-2")
        assert missing.value.code == "vault-lacks"
        assert purposeful(ledger, "C-1") == PERSONAL


def altered(folder: Path, ciphertext: bytes, nonce: bytes, wrapped: bytes) -> None:
    with sqlite3.connect(folder / "x.db.vault") as vault:
        vault.execute("UPDATE sealed SET ciphertext = ?, nonce = ?", (ciphertext, nonce))
        vault.execute("UPDATE subject_keys SET wrapped = ? WHERE subject <> ''", (wrapped,))
    vault.close()


def test_a_ciphertext_that_opens_under_two_keys_opens_no_commitment(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    kek = LocalKey(bytes.fromhex((tmp_path / "x.db.vault.key").read_text().strip()))
    with Ledger.open(url, actor="clerk-7") as ledger:
        (leaf,) = ledger.vault.kept()
        context = ledger.vault._context("C-1", "register")
    first, second, nonce = b"\x01" * 32, b"\x02" * 32, b"\x03" * 12
    ciphertext = two_keys.ciphertext(first, second, nonce, leaf, b'[["' + b"0f" * 16 + b'","name","X"]]')
    opened = [AESGCM(key).decrypt(nonce, ciphertext, leaf) for key in (first, second)]
    assert opened[0] != opened[1]
    assert opened[0].startswith(b'[["0f0f')
    for key in (first, second):
        altered(tmp_path, ciphertext, nonce, kek.wrap(key, context))
        with Ledger.open(url, actor="clerk-7") as ledger, pytest.raises(VaultError) as refused:
            purposeful(ledger)
        assert refused.value.code == "vault-altered"


def test_other_values_under_the_right_key_open_no_commitment(tmp_path: Path) -> None:
    """Whoever holds every key can write another name into the vault; the ledger knows that it was not the one."""
    url = new_ledger(tmp_path)
    kek = LocalKey(bytes.fromhex((tmp_path / "x.db.vault.key").read_text().strip()))
    with Ledger.open(url, actor="clerk-7") as ledger:
        (leaf,) = ledger.vault.kept()
        context = ledger.vault._context("C-1", "register")
    nonce, key = b"\x03" * 12, b"\x04" * 32
    altered(
        tmp_path, AESGCM(key).encrypt(nonce, b'[["%s","name","Y"]]' % (b"0f" * 16), leaf), nonce, kek.wrap(key, context)
    )
    with Ledger.open(url, actor="clerk-7") as ledger, pytest.raises(VaultError) as refused:
        purposeful(ledger)
    assert refused.value.code == "vault-altered"


def test_the_ciphertext_of_one_fact_does_not_pass_for_anothers(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    with Ledger.open(url, actor="clerk-7") as ledger:
        first = next(event for event in ledger.events(types=["ClientRegistered"]))
        ledger.record(registered(corrects=first.event_id, reason="moved", personal={"name": "示例乙乙"}))
    with sqlite3.connect(tmp_path / "x.db.vault") as vault:
        (one, two) = vault.execute("SELECT name, nonce, ciphertext FROM sealed ORDER BY position").fetchall()
        vault.execute("UPDATE sealed SET nonce = ?, ciphertext = ? WHERE name = ?", (one[1], one[2], two[0]))
    vault.close()
    with Ledger.open(url, actor="clerk-7") as ledger, pytest.raises(VaultError) as refused:
        purposeful(ledger)
    assert refused.value.code == "vault-altered"


def test_a_number_is_not_guessed_from_its_commitment(tmp_path: Path) -> None:
    """Ten thousand numbers are tried in a moment; only who has the salt finds the one."""
    url = new_ledger(tmp_path)
    numbers = [f"000-0000-{number:04d}" for number in range(10_000)]
    assert PHONE in numbers
    with Ledger.open(url, actor="clerk-7") as ledger:
        opened = ledger.disclose("C-1", ["phone"], recipient="evaluator 7", purpose="sample 1")
        (event,) = ledger.events(types=["ClientRegistered"])
        committed = set(event.fact.commitments)  # type: ignore[attr-defined]
    ((salt, _, _),) = loads(opened.content)["disclosures"]
    for guess in ("", "0" * 32, event.event_id):
        assert not {Disclosure(guess, "phone", number).commitment for number in numbers} & committed
    assert [n for n in numbers if Disclosure(salt, "phone", n).commitment in committed] == [PHONE]


def test_a_key_service_keeps_the_key_that_wraps_the_others(tmp_path: Path) -> None:
    class KeyService:
        """Stands for a key service: the key never leaves it, and every use of it is known."""

        def __init__(self) -> None:
            self._key = LocalKey(b"\x07" * 32)
            self.used: list[bytes] = []

        def wrap(self, key: bytes, context: bytes) -> bytes:
            self.used.append(context)
            return self._key.wrap(key, context)

        def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
            self.used.append(context)
            return self._key.unwrap(wrapped, context)

    service = KeyService()
    url = new_ledger(tmp_path, vault_key=service)
    assert not (tmp_path / "x.db.vault.key").exists()
    with Ledger.open(url, actor="clerk-7", vault_key=service) as ledger:
        assert purposeful(ledger) == PERSONAL
    assert [c.split(b"\n")[1:] for c in service.used if b"C-1" in c] == [[b"C-1", b"register"]] * 2


def test_a_wrapped_key_opens_for_its_own_person_only() -> None:
    kek = LocalKey(b"\x07" * 32)
    wrapped = kek.wrap(b"\x01" * 32, b"ledger\nC-1\nregister")
    with pytest.raises(VaultError) as refused:
        kek.unwrap(wrapped, b"ledger\nC-2\nregister")
    assert refused.value.code == "vault-key-wrong"
    assert isinstance(refused.value.__context__, InvalidTag)


def test_values_do_not_show_in_what_is_printed_of_them(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    with Ledger.open(url, actor="clerk-7") as ledger:
        leaves = ledger.vault.kept()
        (event,) = ledger.events(types=["ClientRegistered"])
        opened = [ledger.vault.disclosures(leaf, event.fact.commitments) for leaf in leaves]  # type: ignore[attr-defined]
        shown = repr(opened) + repr(registered_fact()) + str(registered_fact())
    assert PHONE not in shown
    assert NAME not in shown


def registered_fact() -> Any:
    from xiyuan_ledger import ClientRegistered

    return ClientRegistered(**{name: value for name, value in registered().items() if name != "type"})


def test_a_correction_keeps_its_predecessors_personal_data_apart(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    with Ledger.open(url, actor="clerk-7") as ledger:
        first = ledger.record(registered())
        ledger.record(corrected(first, personal={"name": "示例乙乙"}))
        assert len(ledger.vault.kept()) == 2
        ledger.erase("C-1", basis="asked", approved_by="head-1")
        assert ledger.vault.kept() == {}


def test_a_new_key_reads_the_vault_and_no_old_backup(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    key = tmp_path / "x.db.vault.key"
    backup, former = (tmp_path / "x.db.vault").read_bytes(), key.read_text()
    with Ledger.open(url, actor="clerk-7") as ledger:
        ledger.renew_vault_key()
        assert purposeful(ledger) == PERSONAL
    assert key.read_text() != former
    assert key.stat().st_mode & 0o777 == 0o600
    with Ledger.open(url, actor="clerk-7") as ledger:
        assert purposeful(ledger) == PERSONAL
    (tmp_path / "x.db.vault").write_bytes(backup)
    with Ledger.open(url, actor="clerk-7") as ledger, pytest.raises(VaultError) as refused:
        purposeful(ledger)
    assert refused.value.code == "vault-key-wrong"


@pytest.mark.parametrize("where", ["new key", "wrapped"])
def test_killed_while_the_key_is_renewed_the_one_that_fits_stays(tmp_path: Path, where: str) -> None:
    url = new_ledger(tmp_path)
    former = (tmp_path / "x.db.vault.key").read_text()
    killed_at(url, where)
    assert (tmp_path / "x.db.vault.key.next").exists()
    with Ledger.open(url, actor="clerk-7") as ledger:
        assert purposeful(ledger) == PERSONAL
    assert (tmp_path / "x.db.vault.key.next").exists() == (where == "new key")
    assert ((tmp_path / "x.db.vault.key").read_text() == former) == (where == "new key")


def test_who_still_has_the_former_key_writes_nothing_that_nobody_could_read(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    with Ledger.open(url, actor="clerk-7") as first, Ledger.open(url, actor="clerk-8") as second:
        assert purposeful(second) == PERSONAL
        first.renew_vault_key()
        head = second.head
        for ask in (lambda: second.record(registered("C-2")), second.renew_vault_key):
            with pytest.raises(VaultError) as refused:
                ask()
            assert refused.value.code == "vault-key-wrong"
        assert second.head == head
        assert first.record(registered("C-2")).status == "recorded"
    with Ledger.open(url, actor="clerk-8") as second:
        assert purposeful(second, "C-2") == PERSONAL


def test_no_key_is_made_where_a_vault_is_there_already(tmp_path: Path) -> None:
    url = new_ledger(tmp_path)
    (tmp_path / "x.db.vault.key").unlink()
    with Ledger.open(url, actor="clerk-7") as ledger, pytest.raises(VaultError) as refused:
        ledger.create_vault()
    assert refused.value.code == "vault-exists"
    assert not (tmp_path / "x.db.vault.key").exists()
