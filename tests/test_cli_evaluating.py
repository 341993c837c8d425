"""An evaluation on the command line: every step, what it refuses, in both languages; and from a bundle alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.evaluated_street import project_of_40
from xiyuan_ledger.cli.commands import xiyuan

COMMISSION = (
    *("--project", "P", "--evaluator", "EV", "--phase", "midterm"),
    *("--from", "2013-01-02", "--to", "2013-06-30", "--on", "2013-07-01"),
)
POPULATION = ["--view", "journal", "--unit", "fields.client", "--asked", "type=ClientEnrolled", "--nonce", "@nonce.txt"]
LANGUAGES = ("zh", "en")


class Desk:
    """Commands of one person, in one language, on one ledger."""

    def __init__(self, lang: str, actor: str, ledger: str = "sqlite:///xiyuan.db"):
        self.said = {"XIYUAN_LANG": lang, "XIYUAN_ACTOR": actor, "XIYUAN_LEDGER": ledger}

    def run(self, *words: str, code: int = 0) -> Result:
        answer = CliRunner().invoke(xiyuan, list(words), env=self.said, catch_exceptions=False)
        assert answer.exit_code == code, answer.output
        return answer

    def evaluate(self, step: str, *words: str, code: int = 0) -> Result:
        return self.run("evaluate", step, "E", *words, code=code)

    def refused(self, code: str, step: str, *words: str) -> None:
        self._fails(code, 1, step, *words)

    def unusable(self, code: str, step: str, *words: str) -> None:
        self._fails(code, 2, step, *words)

    def _fails(self, code: str, ended: int, step: str, *words: str) -> None:
        answer = self.evaluate(step, *words, code=ended)
        head = "错误" if self.said["XIYUAN_LANG"] == "zh" else "error"
        assert f"{head}[{code}]" in answer.stderr
        assert answer.stdout == ""

    def head(self) -> int:
        rows = json.loads(self.run("journal", "--format", "json").stdout)
        return int(rows["pin"]["known_at"])


@pytest.fixture(params=LANGUAGES)
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    desk = Desk(request.param, "clerk-1")
    desk.run("init", "--name", "street")
    Path("street.jsonl").write_text("\n".join(map(json.dumps, project_of_40())))
    desk.run("record", "street.jsonl", "--atomic")
    Path("paper.txt").write_text("paper")
    desk.run("evaluate", "nonce", "nonce.txt", "--out", "digest.txt")
    return desk


@pytest.fixture
def commissioned(office: Desk) -> Desk:
    office.evaluate("commission", *COMMISSION, "--nonce-digest", "@digest.txt")
    return office


def rows(answer: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_a_nonce_is_made_once_and_kept_from_others(office: Desk) -> None:
    assert len(Path("nonce.txt").read_text().strip()) == 64
    assert Path("nonce.txt").stat().st_mode & 0o077 == 0
    answer = office.run("evaluate", "nonce", "nonce.txt", code=2)
    assert "[nonce-file]" in answer.stderr


def test_whom_the_purchaser_may_commission_and_what_it_must_say(office: Desk) -> None:
    head = office.head()
    given = dict(zip(COMMISSION[::2], COMMISSION[1::2], strict=True))

    def asked(**other: str) -> list[str]:
        changed = given | {f"--{name}": value for name, value in other.items()}
        return [word for pair in changed.items() for word in pair]

    office.refused("evaluation-not-independent", "commission", *asked(evaluator="AG"))
    office.refused("evaluation-not-independent", "commission", *asked(evaluator="XY"))
    office.refused("evaluation-evaluator-unknown", "commission", *asked(evaluator="NOBODY"))
    office.refused("evaluation-no-contract", "commission", *asked(project="Q"))
    office.refused("evaluation-period", "commission", *asked(to="2012-12-31"))
    office.refused("field-invalid", "commission", *asked(phase="sometimes"))
    office.refused("field-invalid", "commission", *asked(to="soon"))
    office.unusable("day-form", "commission", *asked(on="yesterday"))
    office.unusable("usage-missing", "commission", "--project", "P")
    assert office.head() == head
    office.evaluate("commission", *COMMISSION)
    office.refused("evaluation-twice", "commission", *asked(phase="final"))


def test_notice_and_self_assessment(commissioned: Desk) -> None:
    commissioned.refused("evaluation-unknown", "notice", "--on", "2013-06-30")
    commissioned.evaluate("notice", "--on", "2013-07-02")
    commissioned.refused("evaluation-noticed", "notice", "--on", "2013-07-03")
    commissioned.refused("evaluation-paper-missing", "self-assessment", "--on", "2013-07-10")
    commissioned.unusable("file-unreadable", "self-assessment", "--paper", "lost.pdf")
    answer = commissioned.evaluate("self-assessment", "--paper", "paper.txt", "--on", "2013-07-10", "--format", "jsonl")
    (receipt,) = rows(answer)
    assert (receipt["type"], receipt["status"]) == ("SelfAssessmentSubmitted", "recorded")
    again = commissioned.evaluate("self-assessment", "--paper", "paper.txt", "--on", "2013-07-10", "--format", "jsonl")
    assert rows(again)[0]["status"] == "duplicate"


def test_who_has_a_tie_draws_scores_finds_and_concludes_nothing(commissioned: Desk) -> None:
    commissioned.unusable("usage-missing", "conflict", "--person", "eva-2")
    commissioned.evaluate("conflict", "--person", "eva-2", "--tie", "worked there", "--on", "2013-07-01")
    head = commissioned.head()
    for actor in ("eva-2", "W-1"):  # one who says so, and one whom the implementer employs
        tied = Desk(commissioned.said["XIYUAN_LANG"], actor)
        tied.refused("evaluation-tied", "sample", *POPULATION)
        tied.refused("evaluation-tied", "score", "--auto")
        tied.refused("evaluation-tied", "finding", "--finding", "F-1", "--severity", "minor", "--text", "x")
        tied.refused("evaluation-tied", "revise", "--indicator", "fraud", "--text", "x", "--score-centi", "0")
        tied.refused("evaluation-tied", "conclude")
    assert commissioned.head() == head


def test_a_sample_is_drawn_replaced_and_drawn_again(commissioned: Desk) -> None:
    commissioned.unusable("sample-none", "sample", "--verify")
    commissioned.unusable("usage-missing", "sample", "--view", "journal")
    commissioned.refused("evaluation-nonce", "sample", *POPULATION[:-1], "guess")
    commissioned.unusable("view-unknown", "sample", *["--view", "nothing", *POPULATION[2:]])
    commissioned.unusable("sample-column", "sample", *["--view", "journal", "--unit", "nothing", *POPULATION[4:]])
    commissioned.unusable("sample-size", "sample", *POPULATION, "--size", "11")
    commissioned.unusable("points-form", "sample", *POPULATION, "--share", "half")
    tried = rows(commissioned.evaluate("sample", *POPULATION, "--dry-run", "--format", "jsonl"))
    drawn = rows(commissioned.evaluate("sample", *POPULATION, "--format", "jsonl"))
    assert [row["unit"] for row in drawn] == [row["unit"] for row in tried]
    assert len(drawn) == 37
    commissioned.refused("evaluation-drawn-twice", "sample", *POPULATION, "--size", "20")
    commissioned.unusable("sample-unit-unknown", "sample", "--replace", "C-99", "--reason", "moved away")
    commissioned.unusable("usage-missing", "sample", "--replace", drawn[0]["unit"])
    swapped = commissioned.evaluate(
        "sample", "--replace", drawn[0]["unit"], "--reason", "moved away", "--format", "jsonl"
    )
    assert rows(swapped)[0]["instead_of"] == drawn[0]["unit"]
    again = commissioned.evaluate("sample", "--verify", "--format", "jsonl")
    assert rows(again) == [rows(swapped)[0] | {"nth": 1}, *drawn[1:]]
    assert ("重抽一致" if commissioned.said["XIYUAN_LANG"] == "zh" else "drawn again, the same") in again.stderr


def test_a_checkpoint_draws_only_with_the_signatures_that_the_policy_asks_for(commissioned: Desk) -> None:
    log = commissioned.run("key", "new").stdout.strip()
    other = Desk("en", "x", "sqlite:///other.db")
    other.run("init", "--name", "street")
    elsewhere = other.run("key", "new").stdout.strip()
    Path("other.checkpoint").write_text(other.run("checkpoint").stdout)
    note = commissioned.run("checkpoint").stdout
    Path("now.checkpoint").write_text(note)
    firm = commissioned.run("witness", "new", "firm", "--name", "firm.example", "--log", log).stdout.strip()
    Path("policy.txt").write_text(f"log {log}\nwitness firm {firm}\nquorum firm\n")
    Path("foreign.txt").write_text(f"log {elsewhere}\n")
    asked = [*POPULATION, "--checkpoint", "now.checkpoint"]
    commissioned.unusable("usage-missing", "sample", *asked)
    commissioned.unusable("seal-quorum", "sample", *asked, "--policy", "policy.txt")
    commissioned.unusable("seal-missing", "sample", *asked, "--policy", "foreign.txt")
    wrong = [*POPULATION, "--checkpoint", "other.checkpoint", "--policy", "foreign.txt"]
    commissioned.unusable("checkpoint-other", "sample", *wrong)
    Path("to.txt").write_text(commissioned.run("checkpoint", "--policy", "policy.txt", "--submit", "firm").stdout)
    Path("back.txt").write_text(commissioned.run("witness", "cosign", "firm", "--submission", "to.txt").stdout)
    signed = commissioned.run("checkpoint", "--policy", "policy.txt", "--cosignature", "back.txt").stdout
    Path("now.checkpoint").write_text(signed)
    commissioned.evaluate("sample", *asked, "--policy", "policy.txt")


def judged(desk: Desk) -> None:
    desk.evaluate("score", "--auto", "--pin", "@2013-06-30", "--on", "2013-07-20")
    desk.evaluate("score", "--indicator", "plan-quality", "--degree", "B", "--paper", "paper.txt", "--on", "2013-07-20")
    finding = ["--finding", "F-1", "--severity", "minor", "--text", "few papers", "--due-on", "2013-09-30"]
    desk.evaluate("finding", *finding, "--on", "2013-07-20")


def test_scores_findings_conclusion_objection_answer_and_rectification(commissioned: Desk) -> None:
    desk = commissioned
    listed = rows(desk.evaluate("scores", "--pin", "@2013-06-30", "--format", "jsonl"))
    found = {row["indicator"]: row for row in listed}
    assert (found["clients-reached"]["measure_centi"], found["clients-reached"]["score_centi"]) == (1200, 84)
    assert (found["overlap-conflicts"]["measure_centi"], found["overlap-conflicts"]["part"]) == (None, 0)
    assert found["resident-review"]["score_centi"] is None
    desk.unusable("score-or-degree", "score", "--indicator", "plan-quality")
    desk.unusable("score-or-degree", "score", "--indicator", "plan-quality", "--score", "4", "--degree", "A")
    desk.unusable("degree-unknown", "score", "--indicator", "prompt-records", "--degree", "A")
    desk.unusable("points-form", "score", "--indicator", "plan-quality", "--score", "4.555")
    desk.refused("evaluation-degree-evidence", "score", "--indicator", "plan-quality", "--degree", "B")
    desk.refused("evaluation-score-range", "score", "--indicator", "prompt-records", "--score", "5.01")
    desk.refused("evaluation-indicator", "score", "--indicator", "charm", "--score", "1")
    judged(desk)
    assert desk.evaluate("score", "--auto", "--pin", "@2013-06-30", "--on", "2013-07-21").exit_code == 0
    desk.refused("field-invalid", "finding", "--finding", "F-2", "--severity", "grave", "--text", "x")
    desk.refused("evaluation-finding-twice", "finding", "--finding", "F-1", "--severity", "major", "--text", "x")
    desk.refused("evaluation-finding-unknown", "rectify", "--finding", "F-2")
    desk.refused(
        "evaluation-no-objection", "revise", "--indicator", "plan-quality", "--text", "x", "--score-centi", "1"
    )
    concluded = desk.evaluate("conclude", "--pin", "@2013-06-30", "--on", "2013-07-31")
    assert ("不合格" if desk.said["XIYUAN_LANG"] == "zh" else "grade fail") in concluded.stderr
    desk.refused("evaluation-over", "finding", "--finding", "F-3", "--severity", "minor", "--text", "x")
    desk.refused("evaluation-indicator", "objection", "--indicator", "charm", "--text", "why")
    desk.evaluate("objection", "--indicator", "prompt-records", "--text", "registers exist", "--on", "2013-08-02")
    answered = ["--indicator", "prompt-records", "--text", "seen", "--on", "2013-08-05"]
    desk.unusable("points-form", "revise", *answered, "--score-centi", "much")
    desk.evaluate("revise", *answered, "--score-centi", "2.60")
    desk.evaluate("rectify", "--finding", "F-1", "--on", "2013-09-20", "--paper", "paper.txt")
    desk.refused("evaluation-rectified", "rectify", "--finding", "F-1", "--on", "2013-09-21")
    (score,) = [
        row
        for row in json.loads(desk.run("view", "scorecard", "--format", "json").stdout)["rows"]
        if row["indicator"] == "prompt-records"
    ]
    assert (score["score_centi"], score["state"]) == (260, "revised")
    for kind, subject in (("evaluation", "E"), ("dossier", "P"), ("monthly", "2013-03"), ("notice", "E")):
        desk.run("evaluate", "report", kind, subject, "--format", "md", "--out", f"{kind}.md")
        assert Path(f"{kind}.md").read_text("utf-8").startswith("# ")


def test_reports_that_cannot_be_written_say_why(commissioned: Desk) -> None:
    for words, code in (
        (("evaluation", "F"), "evaluation-not-found"),
        (("dossier", "Q"), "project-not-found"),
        (("notice", "E"), "notice-too-early"),
        (("monthly", "June"), "period-form"),
        (("evaluation", "E", "--format", "pdf"), "out-needed"),
        (("evaluation", "E", "--pin", "soon"), "known-at-form"),
    ):
        answer = commissioned.run("evaluate", "report", *words, code=2)
        assert f"[{code}]" in answer.stderr, words


ELSEWHERE = """
import sys
from xiyuan_ledger.evaluation.engagement import Engagement
from xiyuan_ledger.evaluation.samples import differences, examined
from xiyuan_ledger.ledger import Ledger
with Ledger.open("bundle:" + sys.argv[1], journal=sys.argv[2]) as bundle:
    for draws in Engagement.read(bundle, "E").draws():
        assert differences(bundle, draws) == []
        print(*examined(draws))
"""


@pytest.fixture
def bundled(commissioned: Desk) -> Desk:
    """The evaluator at his own desk: what he has is a bundle, a policy and his nonce."""
    commissioned.evaluate("notice", "--on", "2013-07-02")
    log = commissioned.run("key", "new").stdout.strip()
    commissioned.run("checkpoint")
    commissioned.run("bundle", "bundle")
    Path("policy.txt").write_text(f"log {log}\n")
    return Desk(commissioned.said["XIYUAN_LANG"], "eva-1", "sqlite:///mine.db")


def test_an_evaluation_is_made_from_a_bundle_alone_and_handed_in(bundled: Desk, tmp_path: Path) -> None:
    office = Desk(bundled.said["XIYUAN_LANG"], "clerk-1")
    bundled.run("evaluate", "open", "bundle", "--policy", "policy.txt")
    begun = bundled.head()
    assert begun == office.head()
    drawn = rows(bundled.evaluate("sample", *POPULATION, "--on", "2013-07-15", "--format", "jsonl"))
    gone = drawn[0]["unit"]
    bundled.evaluate("sample", "--replace", gone, "--reason", "moved away", "--on", "2013-07-16")
    judged(bundled)
    bundled.evaluate("conclude", "--pin", "@2013-06-30", "--on", "2013-07-31")
    bundled.evaluate("hand-in", "--out", "evaluation.jsonl")
    told = office.run("record", "evaluation.jsonl", "--atomic", "--format", "jsonl")
    assert {row["status"] for row in rows(told)} == {"recorded"}
    again = office.run("record", "evaluation.jsonl", "--atomic", "--format", "jsonl")
    assert {row["status"] for row in rows(again)} == {"duplicate"}

    asked = ("view", "scorecard", "--format", "json", "--valid-on", "2013-07-31")
    mine, theirs = (json.loads(desk.run(*asked).stdout)["rows"] for desk in (bundled, office))
    for row in (*mine, *theirs):
        row.pop("evidence")
    assert mine == theirs
    report = ("evaluate", "report", "evaluation", "E", "--pin", "@2013-07-31", "--format", "xlsx")
    bundled.run(*report, "--out", "mine.xlsx")

    office.run("checkpoint")
    office.run("bundle", "after")
    elsewhere = [sys.executable, "-c", ELSEWHERE, "after", str(tmp_path / "elsewhere")]
    said = subprocess.run(elsewhere, capture_output=True, text=True, check=True).stdout.split()
    assert len(said) == 37
    assert gone not in said
    assert set(said) >= {row["unit"] for row in drawn[1:]}


def test_a_ledger_begins_from_a_bundle_that_two_of_three_witnesses_signed(commissioned: Desk) -> None:
    log = commissioned.run("key", "new").stdout.strip()
    names = ("firm", "bureau", "archive")
    keys = {
        name: commissioned.run("witness", "new", name, "--name", f"{name}.example", "--log", log).stdout.strip()
        for name in names
    }
    told = [f"log {log}", *(f"witness {name} {key}" for name, key in keys.items())]
    told += [f"group outside 2 {' '.join(names)}", "quorum outside"]
    Path("policy.txt").write_text("\n".join(told) + "\n")
    commissioned.run("checkpoint")
    evaluator = Desk(commissioned.said["XIYUAN_LANG"], "eva-1", "sqlite:///mine.db")
    for nth, name in enumerate(names[:2]):
        commissioned.run("bundle", f"bundle-{nth}")
        answer = evaluator.run("evaluate", "open", f"bundle-{nth}", "--policy", "policy.txt", code=2)
        assert "[seal-quorum]" in answer.stderr
        assert not Path("mine.db").exists()
        asked = ("checkpoint", "--policy", "policy.txt")
        Path("to.txt").write_text(commissioned.run(*asked, "--submit", name).stdout)
        Path("back.txt").write_text(commissioned.run("witness", "cosign", name, "--submission", "to.txt").stdout)
        commissioned.run(*asked, "--cosignature", "back.txt")
    commissioned.run("bundle", "bundle")
    evaluator.run("evaluate", "open", "bundle", "--policy", "policy.txt")
    assert evaluator.head() == commissioned.head()
    drawn = rows(evaluator.evaluate("sample", *POPULATION, "--on", "2013-07-15", "--format", "jsonl"))
    assert len(drawn) == 37


def test_what_is_corrected_in_the_evaluators_own_ledger_is_handed_in_as_it_stands(bundled: Desk) -> None:
    bundled.run("evaluate", "open", "bundle", "--policy", "policy.txt")
    score = ["--indicator", "client-satisfaction", "--on", "2013-07-20", "--format", "jsonl"]
    (first,) = rows(bundled.evaluate("score", *score, "--score", "4"))
    fact = {"type": "IndicatorScored", "evaluation": "E", "indicator": "client-satisfaction", "party": "third_party"}
    fact |= {"score_centi": 500, "occurred_on": "2013-07-20", "corrects": first["event_id"], "reason": "a slip"}
    Path("slip.jsonl").write_text(json.dumps(fact))
    bundled.run("record", "slip.jsonl", "--atomic")
    (entry,) = rows(bundled.evaluate("hand-in"))
    assert (entry["score_centi"], entry["actor"]) == (500, "eva-1")
    assert "corrects" not in entry


def test_a_bundle_that_is_not_signed_as_the_policy_asks_begins_no_ledger(bundled: Desk) -> None:
    other = Desk("en", "x", "sqlite:///other.db")
    other.run("init", "--name", "street")
    Path("foreign.txt").write_text(f"log {other.run('key', 'new').stdout.strip()}\n")
    answer = bundled.run("evaluate", "open", "bundle", "--policy", "foreign.txt", code=2)
    assert "[seal-missing]" in answer.stderr
    answer = bundled.run("evaluate", "open", "nowhere", "--policy", "policy.txt", code=2)
    assert "[bundle-unreadable]" in answer.stderr
    assert not Path("mine.db").exists()
    bundled.run("evaluate", "open", "bundle", "--policy", "policy.txt", "--name", "firm")
    answer = bundled.run("evaluate", "open", "bundle", "--policy", "policy.txt", code=2)
    assert "[store-exists]" in answer.stderr
    office = Desk(bundled.said["XIYUAN_LANG"], "clerk-1")
    office.unusable("own-ledger-not", "hand-in")
