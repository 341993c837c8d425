"""A station's month as an office keeps it in Excel: titles, two rows of headings, merged cells, totals, GB18030."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from tests.office_sheets import csv_of, workbook_of

Rows = list[list[Any]]

ORGANISATIONS: Rows = [
    ["西苑街道组织机构一览表", None, None, None, None, None],
    ["填表人：办公室", None, None, None, "填表日期：2013.4.1", None],
    ["序号", "组织编码", "种类", "名称", "上级", "建档日期"],
    [1, "XY", "街道", "西苑街道办事处", None, datetime(2012, 6, 1)],
    [2, "C1", "社区", "第一社区", "XY", datetime(2012, 6, 1)],
    [3, "C1-站", "社区社工服务站", "第一社区社工服务站", "C1", "2012年6月26日"],
    [4, "CSO-02", "社区社会组织", "夕阳红协会", None, "2012/6/1"],
    [None, None, None, None, None, None],
    ["合计", None, None, "4家", None, None],
]
STAFF: Rows = [
    ["工作人员花名册", None, None, None, None],
    ["序号", "工作人员编号", "用人单位", "用工形式", "入职日期"],
    ["１", "Ｗ－００１", "XY", "街道聘用", "2012年7月1日"],
    ["２", "W-002", "C1", "社区聘用", "2012.7.2"],
    ["３", "W-003", "CSO-02", "机构聘用", "20120701"],
    ["", "", "", "", "   "],
]
POSTS: Rows = [
    ["岗位", "组织", "岗位名称", "专业岗位", "名额", "设岗日期"],
    ["P-1", "C1-站", "专业社工", "是", "1", "2012年7月1日"],
    ["P-2", "C1-站", "站点委员", "否", "2", "2012年7月1日"],
]
FILLED: Rows = [
    ["岗位", "工作人员", "上岗日期"],
    ["P-1", "W-001", 41092],
    ["P-2", "W-002", datetime(2012, 7, 2)],
]
APPROVED: Rows = [
    ["项目编号", "项目名称", "购买方", "立项日期"],
    ["P3", "情暖夕阳", "XY", "2013年2月1日"],
]
CONTRACTED: Rows = [
    ["项目", "承接方", "起始日", "截止日", "金额（元）", "资金渠道", "分期款", "指标", "职责", "签约日期"],
    [
        "P3",
        "CSO-02",
        "2013年3月1日",
        "2014年2月28日",
        "120,000.00",
        "政府扶持",
        "2013年3月15日 120,000.00元 无",
        "服务人数 240；活动场次 50",
        "购买方 提供场地；承接方 每月报送服务记录",
        "2013年2月20日",
    ],
]
STARTED: Rows = [["项目", "启动日期"], ["P3", "2013年3月1日"]]
CLIENTS: Rows = [
    ["服务对象登记表（2013年第一季度）", None, None, None],
    ["序号", "服务对象编码", "敏感级别", "登记日期"],
    *[[n, f"E-{n:03d}", "一般", "2013年3月1日"] for n in range(1, 7)],
    ["共计", "6人", None, None],
]
ENROLLED: Rows = [
    ["服务对象", "项目", "类别", "纳入日期"],
    *[[f"E-{n:03d}", "P3", "独居", "2013年3月2日"] for n in range(1, 7)],
]
SERVED: Rows = [
    ["第一社区社工服务站 2013年3月份服务记录", "", "", "", "", "", ""],
    ["序号", "服务日期", "服务对象", "项目", "社工", "服务方式", "时长（分钟）"],
    ["1", "2013年3月4日", "E-001", "P3", "W-001", "走访", "４０"],
    ["2", "2013年3月5日", "E-002", "P3", "W-001", "走访", "40分钟"],
    ["3", "3月6日", "E-003", "P3", "W-002", "咨询", "30"],
    ["4", "2013年3月12日", "E-001", "P3", "W-002", "电话", "15"],
    ["5", "2013年3月13日", "E-004", "P3", "W-003", "居家照料", "60"],
    ["合计", "", "", "", "", "", "185"],
    ["", "", "", "", "", "", ""],
]
HELD: Rows = [
    ["第一社区社工服务站活动签到汇总（3月）", None, None, None, None, None, None, None],
    ["活动", "项目", "种类", "时间", None, "人员", None, None],
    [None, None, None, "开始时间", "分钟数", "社工", "参加人", "其他人数"],
    ["S-0301", "P3", "小组", datetime(2013, 3, 8, 14, 0), 90, "W-001、W-002", "E-001、E-002、E-003", 11],
    ["S-0302", "P3", "活动", "2013年3月20日 下午2:30", "120", "W-001", "E-001；E-004", None],
    [None, None, None, "合计", 210, None, None, 11],
]


def messy_month(folder: Path) -> list[str]:
    """The office's files, in the order in which they build on each other."""
    workbook_of(
        folder / "基础资料.xlsx",
        {"组织建档": ORGANISATIONS, "设岗": POSTS, "立项": APPROVED, "签约": CONTRACTED, "启动": STARTED},
        {"组织建档": ["A1:F1"]},
    )
    (folder / "入职.csv").write_bytes(csv_of(STAFF).encode("gb18030"))
    workbook_of(folder / "上岗.xlsx", {"上岗": FILLED})
    (folder / "登记.csv").write_bytes(csv_of(CLIENTS).encode("utf-8-sig"))
    (folder / "纳入.csv").write_bytes(csv_of(ENROLLED).encode("gb18030"))
    (folder / "服务 2013年3月.csv").write_bytes(csv_of(SERVED).encode("gb18030"))
    workbook_of(folder / "活动.xlsx", {"3月": HELD}, {"3月": ["A1:H1", "D2:E2", "F2:H2"]})
    return ["基础资料.xlsx", "入职.csv", "上岗.xlsx", "登记.csv", "纳入.csv", "服务 2013年3月.csv", "活动.xlsx"]
