"""Where a ledger's vault is: `sqlite:///FILE`, `postgresql://…`, `memory:`, and the key beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from xiyuan_ledger.errors import VaultError
from xiyuan_ledger.store import Store
from xiyuan_ledger.store.opening import MEMORY, POSTGRES, SQLITE, sqlite_path
from xiyuan_ledger.store.vault_sqlite import SQLiteVault
from xiyuan_ledger.store.vault_tables import VaultTables
from xiyuan_ledger.vault.keys import KEY_BYTES, KeyKeeper, LocalKey, create_key_file, read_key_file
from xiyuan_ledger.vault.persons import Persons
from xiyuan_ledger.vault.vault import Vault

KEY_SUFFIX = ".key"
VAULT_SUFFIX = ".vault"


class Place:
    """Where the vault of a ledger is, and what keeps its key."""

    def __init__(self, url: str, key: Path | str | KeyKeeper | None = None, *, named: bool = True):
        self.url = url
        self._key = key
        self.named = named
        """Whether somebody named it, and it has to be there."""

    @property
    def key_file(self) -> Path | None:
        """The file of the key-encryption key: as named, else beside the vault's file; None where no file keeps it."""
        if isinstance(self._key, str | Path):
            return Path(self._key)
        path = sqlite_path(self.url)
        return None if self._key is not None or path is None else path.with_name(path.name + KEY_SUFFIX)

    @property
    def is_there(self) -> bool:
        """Whether a vault's file is at the place; of a server it is not asked."""
        path = sqlite_path(self.url)
        return path.exists() if path is not None else self.url != MEMORY

    def check_new(self, ledger: str) -> None:
        """VaultError where no vault could be made here: asked before a ledger is made that would have none."""
        path, store = sqlite_path(self.url), sqlite_path(ledger)
        if store is not None and store.exists():
            return  # No ledger will be made.
        if path is not None and path.exists():
            raise VaultError("vault-exists", where=path.name)
        if self._key is None and self.key_file is None and self.url != MEMORY:
            raise VaultError("vault-key-unnamed", where=vault_name(self.url))

    def create(self, store: Store) -> Vault:
        """A new vault for a ledger, and a new key in its file where none is there; VaultError where a vault is."""
        origin, path = origin_of(store), sqlite_path(self.url)
        if path is not None and path.exists():
            raise VaultError("vault-exists", where=path.name)
        keys = self._keeper(create=True)
        of_file = path is not None or self.url == MEMORY
        tables = SQLiteVault.create(path, origin) if of_file else _postgres(self.url, origin, create=True)
        vault = Vault(tables, keys, origin)
        vault.mark_key()
        vault.follow(Persons(store).erased())
        return vault

    def open(self, store: Store) -> Vault:
        """The vault of a ledger, as it stands after every erasure that the ledger knows of."""
        origin = origin_of(store)
        path = sqlite_path(self.url)
        tables = SQLiteVault.open(path, origin) if path is not None else _postgres(self.url, origin, create=False)
        try:
            vault = self._settle_key(Vault(tables, self._keeper(create=False), origin))
            vault.brought_back = vault.follow(Persons(store).erased())
            settle(vault, store)
        except BaseException:
            tables.close()
            raise
        return vault

    def renew_key(self, vault: Vault) -> None:
        """A new key in the key's file, which reads no old backup of the vault. VaultError where no file keeps it.

        The new file lies beside the old one until the vault is wrapped by it; after a crash the one that fits is taken.
        """
        path = self.key_file
        if path is None:
            raise VaultError("vault-key-unnamed", where=vault.where)
        following = _following(path)

        def new_key() -> LocalKey:
            following.unlink(missing_ok=True)
            return create_key_file(following)

        vault.rewrap(new_key)
        with suppress(FileNotFoundError):  # Whoever opened the vault meanwhile has put it in place.
            following.replace(path)

    def _settle_key(self, vault: Vault) -> Vault:
        """After a crash while the key was renewed: the new file takes its place if the vault was wrapped by it.

        Otherwise it is left alone: somebody may just be renewing the key.
        """
        path = self.key_file
        if path is not None and _following(path).exists() and not vault.opens_with(read_key_file(path)):
            with suppress(FileNotFoundError):
                _following(path).replace(path)
            vault.use(read_key_file(path))
        return vault

    def _keeper(self, *, create: bool) -> KeyKeeper:
        if self._key is not None and not isinstance(self._key, str | Path):
            return self._key
        path = self.key_file
        if path is None:
            if self.url == MEMORY:
                return LocalKey(os.urandom(KEY_BYTES))
            raise VaultError("vault-key-unnamed", where=vault_name(self.url))
        return create_key_file(path) if create and not path.exists() else read_key_file(path)


class LedgerVault:
    """The vault of one ledger, opened when it is first needed: who only asks views needs no key.

    Not safe for threads: its owner locks.
    """

    def __init__(self, store: Store, place: Place | None, opened: Vault | None = None):
        self._store = store
        self.place = place
        self._opened = opened

    def found(self) -> Vault | None:
        """The vault; None where there is none. Raises VaultError where there is one that cannot be opened."""
        if self._opened is None and self.place is not None and (self.place.named or self.place.is_there):
            self._opened = self.place.open(self._store)
        return self._opened

    def needed(self) -> Vault:
        """The vault; VaultError `vault-none` where there is none."""
        found = self.found()
        if found is None:
            raise VaultError("vault-none", where=self._store.meta.name)
        return found

    def create(self) -> Vault:
        """A new vault at the place that was named, or beside the ledger."""
        if self.place is None:
            raise VaultError("vault-unnamed", where=self._store.meta.name)
        self._opened = self.place.create(self._store)
        return self._opened

    def renew_key(self) -> None:
        """Give the vault a new key. Others who have it open need to open it again."""
        vault = self.needed()
        assert self.place is not None
        self.place.renew_key(vault)

    def close(self) -> None:
        """Let go of it."""
        if self._opened is not None:
            self._opened.close()
        self._opened = None


def place_of(ledger: str, vault: str | None, key: Path | str | KeyKeeper | None) -> Place | None:
    """Where the vault of a ledger is: as named, or in the environment, else beside a SQLite file or in memory.

    An empty name means none. VaultError where it is the ledger's own store, or no place at all.
    """
    named = vault if vault is not None else os.environ.get("XIYUAN_VAULT") if ledger != MEMORY else None
    if named == "":
        return None
    keeper = key or os.environ.get("XIYUAN_VAULT_KEY") or None
    if named is not None:
        if named == ledger or (ledger != MEMORY and sqlite_path(named) and sqlite_path(named) == sqlite_path(ledger)):
            raise VaultError("vault-is-ledger", found=vault_name(named))
        if named != MEMORY and not named.startswith((SQLITE, *POSTGRES)):
            raise VaultError("vault-url", found=vault_name(named))
        return Place(named, keeper)
    path = sqlite_path(ledger)
    if path is not None:
        return Place(f"{SQLITE}{path.with_name(path.name + VAULT_SUFFIX)}", keeper, named=False)
    return Place(MEMORY, key, named=False) if ledger == MEMORY else None


def place_for_new(ledger: str, vault: str | None, key: Path | str | KeyKeeper | None) -> Place | None:
    """The same for a ledger that is to be made, and VaultError where no vault could be made there."""
    place = place_of(ledger, vault, key)
    if place is not None:
        place.check_new(ledger)
    return place


def vault_name(url: str) -> str:
    """A URL as it may be shown: without what may be a password."""
    return url.partition("?")[0].rpartition("@")[2].removeprefix(SQLITE)


def _following(key: Path) -> Path:
    """The file of a key that is to take the place of another."""
    return key.with_name(key.name + ".next")


def origin_of(store: Store) -> str:
    """What tells a ledger from every other: the hash of its first leaf."""
    rows = store.at([1])
    return rows[0].leaf.hex() if rows else ""


def settle(vault: Vault, store: Store) -> None:
    """After a crash between the vault and the ledger: keep what was recorded, drop what was not.

    Whoever records holds the ledger's lock from before the one until after the other, so that nobody's entry is dropped
    while it is on its way.
    """
    if not vault.unkept():
        return
    with store.writing():
        unkept = vault.unkept()
        recorded = {row.leaf for row in store.at(unkept.values())}
        vault.keep(leaf for leaf in unkept if leaf in recorded)
        vault.drop(leaf for leaf in unkept if leaf not in recorded)


def _postgres(url: str, origin: str, *, create: bool) -> VaultTables:
    if not url.startswith(POSTGRES):
        raise VaultError("vault-url", found=vault_name(url))
    try:
        from xiyuan_ledger.store.vault_postgres import PostgresVault
    except ImportError as error:
        raise VaultError("vault-needs-extra", found="postgres") from error
    return PostgresVault.create(url, origin) if create else PostgresVault.open(url, origin)
