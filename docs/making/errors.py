"""The page of the errors: every code with what it says and what to do, in both languages."""

from __future__ import annotations

import inspect
import tomllib
from importlib import resources

from docs.making.markdown import code, page, table
from xiyuan_ledger import errors

TITLES = {
    "entry": "条目 Entries",
    "organization": "组织 Organisations",
    "worker": "工作人员 Workers",
    "post": "岗位 Posts",
    "contract": "购买岗位 Contracts for posts",
    "training": "培训 Training",
    "session": "活动/培训 Sessions",
    "project": "项目 Projects",
    "client": "服务对象 Clients",
    "case": "个案 Cases",
    "account": "资金 Accounts",
    "policy": "制度 Policies",
    "policies": "制度文件 Policy files",
    "control": "账本 The ledger itself",
    "view": "视图 Views",
    "store": "存储 Stores",
    "journal": "列存 Journal",
    "intake": "文件 Files",
    "scenario": "情景 Scenarios",
    "cli": "命令行 Command line",
}
ABOUT = """
每个错误有固定的代码; 说明所见、为何拒收、如何处理。
Every error has a stable code, and says what was found, why it is refused, and what to do. In Python the error is an
exception of the tree below with `code`, `field`, `events`, `message(lang)` and `hint(lang)`; on the command line it
goes to stderr. Names in braces stand for what was found.
"""


def errors_page() -> str:
    """The tree of errors, then every code under the file of its words."""
    folder = resources.files("xiyuan_ledger.messages")
    found = {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}
    named = [*(name for name in TITLES if name in found), *sorted(found.keys() - TITLES.keys())]
    sections = [_section(name, found[name].read_text("utf-8")) for name in named]
    tree = (inspect.getdoc(errors) or "").partition("\n\n")[2].partition("\n\n")[0]
    return page("错误 Errors", ABOUT, f"```text\n{tree}\n```", *sections)


def _section(name: str, text: str) -> str:
    rows = [
        (code(each), f"{words['zh']}<br>{words['en']}", f"{words['hint_zh']}<br>{words['hint_en']}")
        for each, words in tomllib.loads(text).items()
    ]
    return f"## {TITLES.get(name, name)}\n\n" + table(("code", "说明 message", "提示 hint"), rows)
