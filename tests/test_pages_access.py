"""Who may look: nothing without a token that holds, and with one the views of its role and nothing of the others."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pages_served import Served, links_of, running, text_of
from tests.street_office import ENTRIES, Office
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import definitions
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.serving import server
from xiyuan_ledger.web.tokens import digest_of, issue_token, read_tokens, token_given

ALL = "auditor"
NAMED = {"subject": "W-1", "scheme": "post-subsidy", "run_month": "2013-05"}
ARGUMENTS = {name: {each: NAMED[each] for each in view.required} for name, view in definitions().items()}
ROLES: dict[str, list[str]] = {ALL: sorted(definitions()), **{f"only-{name}": [name] for name in definitions()}}
EVERY_EVENT = {"journal", "history"}


def _adopted(roles: dict[str, list[str]]) -> dict[str, Any]:
    parameters = {"small_cell": 5, "roles": roles}
    adopted = {"type": "PolicyAdopted", "policy": "privacy", "version": 2, "effective_from": "2012-07-01"}
    return {**adopted, "authority": "street", "parameters": parameters, "occurred_on": "2012-06-02"}


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    file = tmp_path_factory.mktemp("tokens") / "tokens.toml"
    given = {role: issue_token(file, f"reader-{number}", role) for number, role in enumerate(ROLES)}
    given["ended"] = issue_token(file, "gone", ALL, date(2020, 1, 1))
    given["unknown"] = issue_token(file, "stranger", "no-such-role")
    return file, given


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, tokens: tuple[Path, dict[str, str]]) -> Iterator[Served]:
    url = f"sqlite:///{tmp_path_factory.mktemp('guarded') / 'xiyuan.db'}"
    with Ledger.open(url, create=True, actor="clerk-1") as ledger:
        ledger.record_all([*ENTRIES, _adopted(ROLES)])
        with running(lambda: server(ledger, host="127.0.0.1", port=0, tokens=tokens[0])) as where:
            yield Served(ledger, where, url)


def _with(served: Served, token: str) -> httpx.Client:
    return served.reader(headers={"Authorization": f"Bearer {token}"})


def test_without_a_token_every_address_asks_for_one_and_says_nothing(guarded: Served) -> None:
    with guarded.reader() as client:
        for path in ("/", "/views", "/money", "/views/fund_statement", "/views/fund_statement.csv", "/subjects/W-1"):
            page = client.get(path)
            assert "1,234.56" not in page.text
            assert "W-1" not in page.text
            assert 'name="token"' in page.text
        for wrong in ("nothing", "x" * 10_000):
            assert client.get("/views", headers={"Authorization": f"Bearer {wrong}"}).status_code in (200, 401)
            assert "fund_statement" not in client.get("/views", headers={"Authorization": f"Bearer {wrong}"}).text


def test_behind_a_server_of_another_name_a_token_is_what_counts(
    guarded: Served, tokens: tuple[Path, dict[str, str]]
) -> None:
    named = {"Host": "ledger.example"}
    with _with(guarded, tokens[1][ALL]) as client:
        assert client.get("/views/fund_statement", headers=named).status_code == 200
    with guarded.reader() as client:
        assert "fund_statement" not in client.get("/views", headers=named).text


def test_a_token_in_an_address_is_no_token(guarded: Served, tokens: tuple[Path, dict[str, str]]) -> None:
    with guarded.reader() as client:
        assert "fund_statement" not in client.get("/views", params={"token": tokens[1][ALL]}).text


@pytest.mark.parametrize("name", definitions())
def test_a_role_sees_its_view_in_every_form_and_no_other(
    name: str, guarded: Served, tokens: tuple[Path, dict[str, str]]
) -> None:
    asked = ARGUMENTS.get(name, {})
    with _with(guarded, tokens[1][f"only-{name}"]) as client:
        assert client.get(f"/views/{name}", params=asked).status_code == 200
        assert client.get(f"/views/{name}.csv", params=asked).status_code == 200
        for other in definitions().keys() - {name}:
            with_other = ARGUMENTS.get(other, {})
            for path in (f"/views/{other}", f"/views/{other}.json", f"/views/{other}.sql", f"/views/{other}/rows/0"):
                assert client.get(path, params=with_other).status_code == 403, path
        for page in (
            "/",
            "/compliance",
            "/money",
            "/projects",
            "/projects/XY-P3",
            "/audit",
            "/views",
            "/search?q=XY",
        ):
            shown = client.get(page)
            assert shown.status_code in (200, 303)
            seen = {link.split("/")[2].split("?")[0] for link in links_of(shown) if link.startswith("/views/")}
            assert seen <= {name}, page
        assert client.get("/subjects/W-1").status_code == (200 if name == "history" else 403)


def test_the_scope_holds_for_what_changed_and_for_evidence(
    guarded: Served, tokens: tuple[Path, dict[str, str]]
) -> None:
    with _with(guarded, tokens[1]["only-fund_statement"]) as client:
        assert client.get("/diff", params={"view": "exam_deadlines", "since": "1"}).status_code == 403
        assert client.get("/diff", params={"view": "fund_statement", "since": "1"}).status_code == 200
        assert client.get("/views/exam_deadlines/evidence").status_code == 403


def test_an_event_opens_through_a_view_in_scope_whose_evidence_it_is(
    guarded: Served, tokens: tuple[Path, dict[str, str]]
) -> None:
    money, hired = (next(guarded.ledger.events(types=[name])).event_id for name in ("FundsReceived", "WorkerHired"))
    with _with(guarded, tokens[1]["only-fund_statement"]) as client:
        (row,) = [link for link in links_of(client.get("/views/fund_statement")) if "/rows/" in link]
        (event,) = [link for link in links_of(client.get(row)) if link.startswith("/events/")]
        assert event.startswith(f"/events/{money}")
        assert "1,234.56" in text_of(client.get(event))
        assert client.get(f"/events/{money}").status_code == 403
        assert client.get(f"/events/{hired}?of=fund_statement").status_code == 403
        assert client.get(f"/events/{hired}/bytes?of=fund_statement").status_code == 403
        assert client.get(f"/events/{money}?of=exam_deadlines").status_code == 403
    with _with(guarded, tokens[1]["only-journal"]) as client:
        assert client.get(f"/events/{hired}").status_code == 200


def test_a_token_is_typed_once_and_kept_where_no_script_reads_it(
    guarded: Served, tokens: tuple[Path, dict[str, str]]
) -> None:
    with guarded.reader() as client:
        refused = client.post("/enter", data={"token": "nothing"})
        assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
        entered = client.post("/enter", data={"token": tokens[1][ALL]}, headers={"Origin": guarded.where})
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        kept = entered.headers["set-cookie"].lower()
        assert "httponly" in kept
        assert "samesite=strict" in kept
        assert "fund_statement" in client.get("/views").text
        left = client.post("/leave")
        assert (left.status_code, left.headers["location"]) == (303, "/enter")
        assert "fund_statement" not in client.get("/views").text


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_form_from_another_site_is_refused(origin: str, guarded: Served, tokens: tuple[Path, dict[str, str]]) -> None:
    with guarded.reader() as client:
        page = client.post("/enter", data={"token": tokens[1][ALL]}, headers={"Origin": origin})
        assert (page.status_code, "set-cookie" in page.headers, "origin-other" in page.text) == (401, False, True)
        assert client.post("/enter", content=b"token=" + b"x" * 100_000).status_code == 401


def test_a_token_that_ended_or_whose_role_is_unknown_shows_nothing(
    guarded: Served, tokens: tuple[Path, dict[str, str]]
) -> None:
    with _with(guarded, tokens[1]["ended"]) as client:
        assert "fund_statement" not in client.get("/views").text
    with _with(guarded, tokens[1]["unknown"]) as client:
        assert "/views/" not in client.get("/views").text
        assert client.get("/views/fund_statement").status_code == 403


def test_the_file_of_tokens_holds_digests_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    token = issue_token(file, "zhang", "evaluator", date(2027, 6, 30))
    assert token not in file.read_text("utf-8")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    (kept,) = read_tokens(file)
    assert (kept.name, kept.role, kept.digest, kept.until) == (
        "zhang",
        "evaluator",
        digest_of(token),
        date(2027, 6, 30),
    )
    assert kept.holds(date(2027, 6, 30))
    assert not kept.holds(date(2027, 7, 1))
    assert token_given([kept], token) == kept
    assert token_given([kept], token + "x") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[token]\n", "tokens-file"),
        ("tokens = 1\n", "tokens-file"),
        ('[[token]]\nname = "a"\nrole = "b"\n', "tokens-file-entry"),
        ('[[token]]\nname = "a b"\nrole = "b"\nsha256 = "' + "0" * 64 + '"\n', "tokens-file-entry"),
        ('[[token]]\nname = "a"\nrole = "b"\nsha256 = "' + "0" * 64 + '"\nviews = ["nothing"]\n', "tokens-file-entry"),
        ('[[token]]\nname = "a"\nrole = "b"\nsha256 = "' + "0" * 64 + '"\nuntil = "soon"\n', "tokens-file-entry"),
    ],
)
def test_a_file_that_holds_no_tokens_is_refused_by_its_entry(text: str, code: str, tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(FileError) as refused:
        read_tokens(file)
    assert refused.value.code == code
    assert str(refused.value)


def test_a_token_is_narrowed_to_some_views_of_its_role(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    token = issue_token(file, "li", ALL)
    file.write_text(file.read_text("utf-8") + 'views = ["exam_funnel"]\n', "utf-8")
    with Ledger.open("memory:", actor="clerk-1") as ledger:
        ledger.record(_adopted(ROLES))
        with (
            running(lambda: server(ledger, host="127.0.0.1", port=0, tokens=file)) as where,
            _with(Served(ledger, where, "memory:"), token) as client,
        ):
            assert client.get("/views/exam_funnel").status_code == 200
            assert client.get("/views/fund_statement").status_code == 403


def test_a_token_struck_out_of_the_file_is_let_in_no_more(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    kept, lost = issue_token(file, "li", ALL), issue_token(file, "zhang", ALL)
    with Ledger.open("memory:", actor="clerk-1") as ledger:
        ledger.record(_adopted(ROLES))
        with running(lambda: server(ledger, host="127.0.0.1", port=0, tokens=file)) as where:
            office = Served(ledger, where, "memory:")
            assert (_is_let_in(office, kept), _is_let_in(office, lost)) == (True, True)
            file.write_text(file.read_text("utf-8").partition('\n[[token]]\nname = "zhang"')[0], "utf-8")
            assert (_is_let_in(office, kept), _is_let_in(office, lost)) == (True, False)
            assert _is_let_in(office, issue_token(file, "wang", ALL))
            file.write_text("[[token]", "utf-8")
            assert not _is_let_in(office, kept)
            file.unlink()
            assert not _is_let_in(office, kept)


def _is_let_in(served: Served, token: str) -> bool:
    with _with(served, token) as client:
        return "fund_statement" in client.get("/views").text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../access.py",
        "/static/%2e%2e/access.py",
        "/static/..%2f..%2fledger.py",
        "/static//etc/passwd",
        "/static/....//access.py",
        "/static/%5c..%5caccess.py",
        "/events/..%2f..%2ftokens.toml",
        "/views/..%2f..%2fetc%2fpasswd.csv",
    ],
)
def test_no_path_leads_out_of_the_pages(path: str, guarded: Served, tokens: tuple[Path, dict[str, str]]) -> None:
    port = int(guarded.where.rpartition(":")[2])
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {tokens[1][ALL]}\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(f"{head}\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert answer.split(b" ")[1] in (b"404", b"400", b"403")
    assert not any(each in answer for each in (b"import ", b"root:", b"sha256"))


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::2]"])
def test_this_machines_pages_answer_only_to_its_own_names(name: str, served: Served) -> None:
    with served.reader() as client:
        assert client.get("/views", headers={"Host": name}).status_code == 421
        assert client.get("/views", headers={"Host": "LocalHost:1"}).status_code == 200


def test_the_pages_are_not_opened_to_a_network_without_tokens() -> None:
    with Ledger.open("memory:") as ledger:
        with pytest.raises(PageError) as refused:
            server(ledger, host="0.0.0.0", port=0)
        assert (refused.value.code, "--tokens" in refused.value.hint()) == ("serve-tokens-missing", True)


def test_this_machine_may_look_in_the_scope_of_a_role() -> None:
    with Ledger.open("memory:", actor="clerk-1") as ledger:
        with pytest.raises(PageError) as refused:
            server(ledger, host="127.0.0.1", port=0, role="auditor")
        assert refused.value.code == "role-unknown"
        ledger.record(_adopted({"money": ["fund_statement"]}))
        with (
            running(lambda: server(ledger, host="127.0.0.1", port=0, role="money")) as where,
            Served(ledger, where, "memory:").reader() as client,
        ):
            assert client.get("/views/fund_statement").status_code == 200
            assert client.get("/views/exam_funnel").status_code == 403


def test_the_command_line_makes_a_token_and_shows_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path, monkeypatch)
    made = office.run("serve", "--tokens", "tokens.toml", "--new-token", "zhang", "--role", "evaluator")
    assert made.exit_code == 0
    (kept,) = read_tokens(tmp_path / "tokens.toml")
    assert kept.digest == digest_of(made.stdout.strip())
    assert made.stdout.strip() not in made.stderr
    wanting = office.run("serve", "--new-token", "zhang", "--role", "evaluator")
    assert (wanting.exit_code, wanting.stderr.startswith("error[new-token-needs]")) == (2, True)
    wrong = office.run("serve", "--tokens", "tokens.toml", "--new-token", "a b", "--role", "evaluator")
    assert (wrong.exit_code, wrong.stderr.startswith("error[token-code]")) == (2, True)
    late = office.run("serve", "--tokens", "t.toml", "--new-token", "a", "--role", "b", "--until", "soon")
    assert (late.exit_code, late.stderr.startswith("error[day-form]")) == (2, True)
    office.done("init")
    open_to_all = office.run("serve", "--host", "0.0.0.0")
    assert (open_to_all.exit_code, open_to_all.stderr.startswith("error[serve-tokens-missing]")) == (2, True)
