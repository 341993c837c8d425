"""Who stands behind a code: shown for the drawn sample only, to a named reader, for a purpose, and on record first."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.canaries import PERSONAL, words_in
from tests.pages_served import Served, running, text_of
from tests.proving import log_key
from tests.test_evaluation import STREET, commissioned, drawn, found
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.catalogue import definitions
from xiyuan_ledger.web.serving import server
from xiyuan_ledger.web.tokens import issue_token

ROLES = {"evaluator": sorted(definitions()), "reader": ["journal", "history"]}
PURPOSE = {"purpose": "telephone interview of the sample"}


def client(code: str, sensitivity: str = "normal") -> dict[str, object]:
    fact = {"type": "ClientRegistered", "client": code, "sensitivity": sensitivity, "occurred_on": "2013-03-04"}
    return fact | {"personal": PERSONAL}


def privacy() -> dict[str, object]:
    adopted = {"type": "PolicyAdopted", "policy": "privacy", "version": 2, "effective_from": "2012-07-01"}
    return adopted | {"authority": "street", "parameters": {"roles": ROLES}, "occurred_on": "2012-06-02"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, str]]]:
    """Three clients, two of them drawn into a sample, one of these sealed; pages with tokens."""
    folder = tmp_path_factory.mktemp("people")
    url = f"sqlite:///{folder / 'xiyuan.db'}"
    log_key(folder / "proofs")
    given = {role: issue_token(folder / "tokens.toml", f"{role}-li", role) for role in ROLES}
    with Ledger.open(url, create=True, actor="clerk-7", proofs=folder / "proofs") as ledger:
        clients = [client("C-1"), client("C-2"), client("C-3", "sealed")]
        ledger.record_all([*STREET[1:], privacy(), *clients, commissioned(), drawn("C-1", "C-3"), found()])
        ledger.checkpoint()
        with running(
            lambda: server(
                ledger,
                host="127.0.0.1",
                port=0,
                tokens=folder / "tokens.toml",
                opening=lambda name: Ledger.open(url, actor=name),
            )
        ) as where:
            yield Served(ledger, where, url), given


def reader_of(office: tuple[Served, dict[str, str]], role: str) -> httpx.Client:
    return office[0].reader(headers={"Authorization": f"Bearer {office[1][role]}"})


def accesses(served: Served) -> list[tuple[str, str, str]]:
    return [(row["actor"], row["subject"], row["purpose"]) for row in served.ledger.view("accesses").rows]


def test_a_code_of_the_sample_is_opened_for_a_purpose_and_that_is_on_record(
    office: tuple[Served, dict[str, str]],
) -> None:
    with reader_of(office, "evaluator") as reader:
        assert 'action="/subjects/C-1/reveal"' in reader.get("/subjects/C-1").text
        shown = reader.post("/subjects/C-1/reveal", data=PURPOSE)
        assert shown.status_code == 200
        assert all(value in text_of(shown) for value in PERSONAL.values())
        assert shown.headers["cache-control"] == "no-store"
    assert ("evaluator-li", "C-1", PURPOSE["purpose"]) in accesses(office[0])


@pytest.mark.parametrize("code", ["C-2", "C-3", "C-9"])
def test_who_was_not_drawn_or_is_sealed_is_never_shown(code: str, office: tuple[Served, dict[str, str]]) -> None:
    before = accesses(office[0])
    with reader_of(office, "evaluator") as reader:
        refused = reader.post(f"/subjects/{code}/reveal", data=PURPOSE)
        assert refused.status_code in (400, 403)
        assert words_in(refused.content) == []
    assert [each for each in accesses(office[0]) if each not in before] == []


def test_a_purpose_has_to_be_said_and_the_role_has_to_allow_it(office: tuple[Served, dict[str, str]]) -> None:
    with reader_of(office, "evaluator") as reader:
        silent = reader.post("/subjects/C-1/reveal", data={"purpose": " "})
        assert (silent.status_code, "reveal-purpose" in silent.text, words_in(silent.content)) == (400, True, [])
        foreign = reader.post("/subjects/C-1/reveal", data=PURPOSE, headers={"Origin": "http://evil.example"})
        assert ("origin-other" in foreign.text, words_in(foreign.content)) == (True, [])
    with reader_of(office, "reader") as reader:
        assert "/reveal" not in reader.get("/subjects/C-1").text
        refused = reader.post("/subjects/C-1/reveal", data=PURPOSE)
        assert (refused.status_code, words_in(refused.content)) == (403, [])
    with office[0].reader() as nobody:
        refused = nobody.post("/subjects/C-1/reveal", data=PURPOSE)
        assert (refused.status_code, words_in(refused.content)) == (401, [])


def test_no_other_page_has_anything_personal(office: tuple[Served, dict[str, str]]) -> None:
    paths = ["/", "/views/journal", "/views/journal.csv", "/views/accesses", "/subjects/C-1", "/subjects/C-3"]
    paths += [f"/events/{event.event_id}" for event in office[0].ledger.events(types=["ClientRegistered"])]
    with reader_of(office, "evaluator") as reader:
        assert {path: words_in(reader.get(path).content) for path in paths} == {path: [] for path in paths}


def test_on_this_machine_nobody_is_named_so_nobody_is_shown() -> None:
    def opening(name: str) -> Ledger:
        raise AssertionError(f"opened for {name}")

    with (
        Ledger.open("memory:", actor="clerk-7") as ledger,
        running(lambda: server(ledger, host="127.0.0.1", port=0, opening=opening)) as where,
        Served(ledger, where, "memory:").reader() as reader,
    ):
        ledger.record_all([*STREET[1:], commissioned(), drawn("C-1", "C-3")])
        assert reader.post("/subjects/C-1/reveal", data=PURPOSE).status_code == 403


def test_an_evaluation_is_read_step_by_step(office: tuple[Served, dict[str, str]]) -> None:
    with reader_of(office, "evaluator") as reader:
        assert 'href="/evaluations/E-1"' in reader.get("/evaluations").text
        said = text_of(reader.get("/evaluations/E-1?lang=en"))
        assert all(step in said for step in ("EvaluationCommissioned", "SampleDrawn", "FindingRaised", "2 drawn"))
        assert "Findings" in said
        assert " open " in said
        assert reader.get("/evaluations/E-9").status_code == 404
        project = office[0].ledger.view("journal", type="EvaluationCommissioned").rows[0]["fields"]["project"]
        assert 'href="/evaluations/E-1"' in reader.get(f"/projects/{project}").text
    with reader_of(office, "reader") as reader:
        assert reader.get("/evaluations/E-1").status_code == 200


def climbed(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """The root that an audit path gives, as RFC 6962 (2.1.1) tells it."""
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        below = climbed(leaf, index, half, hashes[:-1]) + hashes[-1]
    else:
        below = hashes[-1] + climbed(leaf, index - half, size - half, hashes[:-1])
    return sha256(b"\1" + below).digest()


def root_by_hand(stored: bytes, proof: str) -> bytes:
    """The root to which a downloaded proof leads from an event's bytes."""
    told, note = proof.split("\n\n", 1)
    head, index, *hashes = told.split("\n")
    size = note.split("\n")[1]
    assert head == "c2sp.org/tlog-proof@v1"
    return climbed(
        sha256(b"\0" + stored).digest(), int(index.removeprefix("index ")), int(size), list(map(b64decode, hashes))
    )


def test_an_event_has_its_proof_in_the_signed_checkpoint(office: tuple[Served, dict[str, str]]) -> None:
    served = office[0]
    event = next(served.ledger.events(types=["SampleDrawn"]))
    with reader_of(office, "evaluator") as reader:
        said = text_of(reader.get(f"/events/{event.event_id}?lang=en"))
        assert "In the signed checkpoint of" in said
        tree = served.ledger.proofs.tree
        size = int(said.partition("In the signed checkpoint of ")[2].split()[0])
        assert tree.root(size).hex() in said
        assert all(each.hex() in said for each in tree.inclusion(event.position, size))
        assert "checked: leaf and hashes give this root" in said
        proof = reader.get(f"/events/{event.event_id}/proof")
        assert proof.headers["content-disposition"] == f'attachment; filename="event-{event.position}.tlog-proof"'
        stored = reader.get(f"/events/{event.event_id}/bytes").content
        assert root_by_hand(stored, proof.text) == tree.root(size)
        assert root_by_hand(stored + b" ", proof.text) != tree.root(size)
        verification = text_of(reader.get("/verification?lang=en"))
        assert b64encode(tree.root(size)).decode() in verification
        assert "xiyuan-ledger/xiyuan" in verification


def test_a_bundle_is_looked_at_like_the_ledger_it_came_from(
    office: tuple[Served, dict[str, str]], tmp_path: Path
) -> None:
    bundle = office[0].ledger.bundle(tmp_path / "street", valid_on="2013-06-30")
    with (
        Ledger.open(f"bundle:{bundle}") as carried,
        running(lambda: server(carried, host="127.0.0.1", port=0)) as where,
        Served(carried, where, "").reader() as reader,
        reader_of(office, "evaluator") as other,
    ):
        for path in ("/", "/compliance", "/money", "/projects", "/audit", "/evaluations", "/verification", "/views"):
            assert reader.get(path).status_code == 200, path
        pin = {"valid_on": "2013-06-30", "known_at": str(carried.head)}
        for name in ("org_register", "journal", "accesses"):
            mine, theirs = (each.get(f"/views/{name}.csv", params=pin) for each in (reader, other))
            assert (mine.status_code, mine.content) == (200, theirs.content)
        event = next(carried.events(types=["SampleDrawn"])).event_id
        assert "checked: leaf and hashes give this root" in text_of(reader.get(f"/events/{event}?lang=en"))
        stored, proof = (reader.get(f"/events/{event}/{part}") for part in ("bytes", "proof"))
        assert root_by_hand(stored.content, proof.text) == office[0].ledger.proofs.tree.root(carried.head)
        verification = text_of(reader.get("/verification?lang=en"))
        assert b64encode(root_by_hand(stored.content, proof.text)).decode() in verification
