"""A role of PostgreSQL that may add to the ledger and change nothing in it, whatever its triggers do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.proving import log_key
from xiyuan_ledger.ledger import Ledger

PAGES = ("keep-the-books.md", "keep-the-books.zh.md")
ROLE = "office"
WORD = "only-for-this-test"
PERSON = {"type": "ClientRegistered", "client": "C-1", "sensitivity": "normal", "occurred_on": "2013-03-04"}


def grants(page: str, schema: str) -> str:
    """What a page says to give the role, in the schema of the test."""
    text = (Path(__file__).parents[1] / "docs" / "guides" / page).read_text("utf-8")
    (said,) = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    return re.sub(r"\bxiyuan_ledger\b", schema, said).replace("'…'", f"'{WORD}'")


@pytest.fixture(params=PAGES)
def office_url(request: pytest.FixtureRequest, postgres_ledger_url: str, tmp_path: Path) -> Iterator[str]:
    """A ledger made by the database's owner, and its URL for a role that was given what the page says."""
    Ledger.open(postgres_ledger_url, create=True, actor="clerk-1", name="xiyuan", vault="").close()
    server, _, schema = postgres_ledger_url.partition("?schema=")
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(grants(request.param, schema))
        parts = urlsplit(postgres_ledger_url)
        yield urlunsplit(parts._replace(netloc=f"{ROLE}:{WORD}@{parts.netloc.rpartition('@')[2]}"))
        owner.execute(f"DROP OWNED BY {ROLE}")
        owner.execute(f"DROP ROLE {ROLE}")


def test_the_role_records_asks_and_signs(office_url: str, tmp_path: Path) -> None:
    log_key(tmp_path / "proofs")
    with Ledger.open(office_url, actor="clerk-1", vault="", journal=tmp_path, proofs=tmp_path / "proofs") as ledger:
        assert ledger.record(PERSON).status == "recorded"
        assert ledger.view("exam_deadlines").rows == []
        assert ledger.checkpoint().signatures


@pytest.mark.parametrize("table", ["events", "keys", "tags", "ledger_meta"])
def test_the_role_changes_nothing_and_takes_no_guard_away(office_url: str, table: str) -> None:
    server, _, schema = office_url.partition("?schema=")
    with psycopg.connect(server, autocommit=True) as con:
        for statement in (
            f"DELETE FROM {schema}.{table}",
            f"TRUNCATE {schema}.{table}",
            f"ALTER TABLE {schema}.{table} DISABLE TRIGGER only_added",
            f"DROP TABLE {schema}.{table}",
            f"CREATE OR REPLACE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE sql AS ''",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                con.execute(statement)
