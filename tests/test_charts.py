"""图表: what a chart says to those who look and to those who listen, and that it is the same bytes every time."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.tidy import EMOJI
from xiyuan_ledger.reports import pictures
from xiyuan_ledger.reports.charts import Cell, Series, bar_chart, board, funnel, line_chart
from xiyuan_ledger.reports.svg import PALETTE, shortened, width_of

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: str) -> ElementTree.Element:
    """The picture as XML, which it must be, with a title and a description that name it to a screen reader."""
    root = ElementTree.fromstring(picture)
    names = (root.get("aria-labelledby") or "").split()
    assert root.get("role") == "img"
    assert [part.get("id") for part in (root.find(f"{SVG}title"), root.find(f"{SVG}desc")) if part is not None] == names
    assert "<script" not in picture
    assert "style=" not in picture
    assert not EMOJI.search(picture)
    return root


def words(root: ElementTree.Element) -> list[str]:
    return [part.text or "" for part in root.iter(f"{SVG}text")]


def told(root: ElementTree.Element) -> str:
    found = root.find(f"{SVG}desc")
    assert found is not None
    return found.text or ""


def test_a_line_breaks_where_nothing_is_known_and_says_its_values() -> None:
    root = drawn(line_chart("滞后", ["一月", "二月", "三月", "四月", "五月"], [Series("中位数", [3, 4, None, 0, 7])]))
    runs = [len((line.get("points") or "").split()) for line in root.iter(f"{SVG}polyline")]
    assert sorted(runs) == [2, 2, 2]  # the legend's, and two stretches
    assert told(root) == "中位数: 一月 3, 二月 4, 四月 0, 五月 7"
    assert {"0", "2", "4", "6", "8", "一月", "五月"} <= set(words(root))


def test_the_marks_of_a_line_lie_as_high_as_their_values_and_say_them() -> None:
    root = drawn(line_chart("t", ["a", "b", "c", "d"], [Series("x", [0, 10, None, 40])]))
    marks = [mark for mark in root.iter(f"{SVG}circle") if mark.find(f"{SVG}title") is not None]
    assert [(mark.get("cy"), mark.findtext(f"{SVG}title")) for mark in marks] == [
        ("256", "a x: 0"),
        ("208", "b x: 10"),
        ("64", "d x: 40"),
    ]


def test_two_lines_differ_by_more_than_their_colour() -> None:
    root = drawn(line_chart("t", ["a", "b"], [Series("x", [1, 2]), Series("y", [2, 1])]))
    assert {line.get("stroke-dasharray") for line in root.iter(f"{SVG}polyline")} == {None, "6 3"}
    assert len(list(root.iter(f"{SVG}circle"))) == len(list(root.iter(f"{SVG}polygon"))) == 3


def test_bars_are_as_high_as_their_values_and_hatched_each_in_its_way() -> None:
    root = drawn(bar_chart("t", ["a", "b"], [Series("x", [40, 20]), Series("y", [None, -5])]))
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.find(f"{SVG}title") is not None]
    assert [bar.get("height") for bar in bars] == ["192", "96", "0"]
    assert len({bar.get("fill") for bar in bars}) == 2
    assert "-5" in words(root)


def test_every_label_of_a_bar_stands_below_it_on_two_lines_if_need_be() -> None:
    names = [f"{letter} Outcome and satisfaction" for letter in "ABCDE"]
    said = words(drawn(bar_chart("t", names, [Series("x", [1] * 5)])))
    assert [each for each in said if each.endswith(" Outcome and")] == [f"{letter} Outcome and" for letter in "ABCDE"]
    assert [each for each in said if each == "satisfaction"] == ["satisfaction"] * 5
    names = [f"第{each}社区社工服务站" for each in "一二三四五六七"]
    said = words(drawn(bar_chart("t", names, [Series("x", [1] * 7)])))
    assert {"第一社区社工服", "务站"} <= set(said)


def test_a_funnel_gives_each_stage_its_share_of_the_first() -> None:
    root = drawn(funnel("考试", [("报名", 147), ("应考", 93), ("合格", 25)]))
    assert words(root) == ["考试", "报名", "147 (100.00 %)", "应考", "93 (63.27 %)", "合格", "25 (17.01 %)"]
    assert words(drawn(funnel("考试", [("报名", 0)])))[-1] == "0"


def test_a_board_marks_what_falls_short_by_a_sign_too() -> None:
    root = drawn(board("4+1", ["甲"], ["党组织", "工作站"], [[Cell("1/1", True), Cell("0/1", False)]]))
    assert words(root)[-2:] == ["√ 1/1", "× 0/1"]
    assert told(root) == "甲: 党组织 √ 1/1, 工作站 × 0/1"


def test_what_comes_from_the_facts_cannot_break_the_picture() -> None:
    evil = '<script>alert("&")</script>'
    root = drawn(line_chart(evil, [evil], [Series(evil, [1])]))
    assert words(root)[0] == evil


def test_a_text_is_shortened_to_its_room() -> None:
    assert shortened("西苑街道办事处", width_of("西苑街道办事处")) == "西苑街道办事处"
    assert shortened("西苑街道办事处", 60) == "西苑街道…"
    assert shortened("abc", 0) == "…"


@pytest.mark.parametrize("colour", PALETTE)
def test_colours_stand_out_from_white_and_carry_white_text(colour: str) -> None:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    brightness = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (brightness + 0.05) >= 4.5


def month(name: str, facts: int, within: int, late: int, notice: int | None, **more: Any) -> dict[str, Any]:
    shares = {"within_1_centi": within, "within_7_centi": late, "after_notice_centi": notice}
    return {"month": name, "facts": facts, **shares, **more}


def test_the_lag_of_a_month_is_that_of_all_its_facts() -> None:
    rows = [month("2013-01", 3, 3333, 6667, None), month("2013-01", 1, 10000, 10000, None)]
    rows += [month("2013-02", 7, 0, 10000, 1429)]
    about = told(drawn(pictures.lag_trend(rows, "en")))
    assert about == (
        "prompt (1 day by default): 2013-01 50%, 2013-02 0%; in time (7 days by default): 2013-01 75%, 2013-02 100%; "
        "after the notice: 2013-02 14.29%"
    )


def test_money_by_channel_is_what_the_rows_sum_to() -> None:
    names = ("received_fen", "spent_fen", "reversed_fen", "closing_fen")
    rows = [
        {"channel": channel, **dict(zip(names, values, strict=True))}
        for channel, values in [
            ("government", (10000, 4000, 500, 6500)),
            ("government", (1, 0, 0, 1)),
            ("member", (0, 0, 0, 0)),
        ]
    ]
    about = told(drawn(pictures.money_by_channel(rows, "zh")))
    assert re.sub(" ", "", about) == (
        "入账:政府扶持100.01,会员缴费0,社会募集0;支出(减冲销):政府扶持35,会员缴费0,社会募集0;结余:政府扶持65.01,会员缴费0,社会募集0"
    )


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = [{"year": 2012, "level": "junior", "registered": 9, "sat": 7, "passed": 3}]
    assert pictures.exam_funnel(rows, "zh") == pictures.exam_funnel(list(rows), "zh")
    assert pictures.exam_funnel(rows, "zh") != pictures.exam_funnel(rows, "en")


def test_a_community_that_lacks_an_organisation_shows_no_number() -> None:
    rows = [{"community": "C-1", "kind": "party_org", "required": 1, "filled": 0, "gap": 1}]
    about = told(drawn(pictures.four_plus_one_board(rows, "en", {"C-1": "Meihong"})))
    assert about == "Meihong: party org. × 0/1, autonomous org. -, workstation -, service station -"


def test_attendance_is_a_line_for_each_kind_of_session() -> None:
    rows = [
        {"week": "2013-W01", "kind": "class", "person_times": 30},
        {"week": "2013-W01", "kind": "class", "person_times": 4},
        {"week": "2013-W02", "kind": "lecture", "person_times": 12},
    ]
    assert told(drawn(pictures.attendance_by_week(rows, "zh"))) == "课程: 2013-W01 34; 讲座: 2013-W02 12"
