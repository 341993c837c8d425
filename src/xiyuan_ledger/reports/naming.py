"""报告用语: what the indicators, dimensions, parties and steps of an evaluation are called in a report."""

from __future__ import annotations

from typing import Any

from xiyuan_ledger.errors import Language
from xiyuan_ledger.evaluation.sight import Measure
from xiyuan_ledger.money import yuan

INDICATORS: dict[str, tuple[str, str]] = {
    "contract-set-up": ("立项与签约", "Contract set up"),
    "plan-quality": ("方案质量", "Quality of the plan"),
    "certified-share": ("持证比例", "Certified share"),
    "four-plus-one": ("“4+1”到位", "4+1 standard"),
    "posts-filled": ("站点到岗", "Station posts filled"),
    "continuing-education": ("继续教育", "Continuing education"),
    "training-cadence": ("培训频次", "Training cadence"),
    "file-completeness": ("档案完整", "Completeness of files"),
    "prompt-records": ("及时记录", "Prompt records"),
    "service-cadence": ("服务频次", "Service cadence"),
    "late-records": ("迟录扣分", "Late months"),
    "overlap-conflicts": ("重叠冲突扣分", "Overlaps"),
    "clients-reached": ("服务人数", "Clients reached"),
    "sessions-held": ("活动场次", "Sessions held"),
    "service-minutes": ("服务时长", "Service minutes"),
    "other-targets": ("其他合同指标", "Other targets"),
    "outcome-change": ("前后测变化", "Change in outcomes"),
    "closure-rate": ("结案率", "Cases closed"),
    "client-satisfaction": ("服务对象满意度", "Client satisfaction"),
    "resident-review": ("群众评议", "Resident review"),
    "budget-execution": ("预算执行", "Budget execution"),
    "supported-vouchers": ("凭证支持", "Vouchers with papers"),
    "earmarking": ("专款专用扣分", "Earmarking"),
    "over-limit-shares": ("超限比例扣分", "Shares over the limit"),
    "fraud": ("弄虚作假 (一票否决)", "Fraud (veto)"),
}
DIMENSIONS: dict[str, tuple[str, str]] = {
    "A": ("方案与合同", "Plan and contract"),
    "B": ("人员与培训", "Staffing and training"),
    "C": ("过程与记录", "Process and records"),
    "D": ("产出", "Output"),
    "E": ("成效与满意度", "Outcome and satisfaction"),
    "F": ("财务", "Finance"),
}
KINDS: dict[str, tuple[str, str]] = {
    "ratio": ("比率", "ratio"),
    "threshold": ("达标", "threshold"),
    "step": ("分档", "step"),
    "combination": ("组合", "combination"),
    "degree": ("程度", "degree"),
    "deduction": ("扣分", "deduction"),
    "veto": ("一票否决", "veto"),
}
STATES: dict[str, tuple[str, str]] = {
    "scored": ("已评", "scored"),
    "revised": ("已改分", "revised"),
    "unscored": ("未评", "unscored"),
    "veto": ("否决项", "veto"),
}
GRADES: dict[str, tuple[str, str]] = {
    "excellent": ("优秀", "excellent"),
    "good": ("良好", "good"),
    "pass": ("合格", "pass"),
    "fail": ("不合格", "fail"),
}
PHASES: dict[str, tuple[str, str]] = {
    "midterm": ("中期评估", "midterm evaluation"),
    "final": ("末期评估", "final evaluation"),
    "spot": ("抽查", "spot check"),
}
PARTIES: dict[str, tuple[str, str]] = {
    "third_party": ("第三方", "third party"),
    "purchaser": ("购买方", "purchaser"),
    "clients": ("服务对象", "clients"),
    "community": ("社区", "community"),
}
SEVERITIES: dict[str, tuple[str, str]] = {
    "minor": ("一般", "minor"),
    "major": ("重要", "major"),
    "veto": ("一票否决", "veto"),
}
METHODS: dict[str, tuple[str, str]] = {
    "simple": ("简单随机", "simple random"),
    "stratified": ("分层", "stratified"),
    "systematic": ("系统", "systematic"),
    "proportional": ("按金额概率比例", "proportional to money"),
}


class Tongue:
    """A report's language: picks the words."""

    def __init__(self, lang: Language):
        self.lang = lang

    def __call__(self, zh: str, en: str) -> str:
        """The words of the language."""
        return zh if self.lang == "zh" else en

    def of(self, words: dict[str, tuple[str, str]], code: str) -> str:
        """The words of a code; the code itself where it has none: a scorecard may name its own."""
        return self(*words.get(code, (code, code)))

    def measure(self, measure: Measure | None, kind: str) -> str:
        """What was measured, as people write it."""
        if measure is None:
            return self("人工评判", "judgement")
        if measure.centi is None:
            return self("缺数据", "no data")
        if kind == "deduction":
            said = self(f"{measure.centi} 项", f"{measure.centi} found")
            return said + (f": {', '.join(sorted(set(measure.missed)))}" if measure.missed else "")
        share = f"{yuan(measure.centi)} %"
        return f"{share} ({measure.part:,}/{measure.whole:,})" if measure.whole else share


def points(centi: Any) -> str:
    """A score as people write it; empty where there is none."""
    return "" if centi is None else yuan(centi)


def counted(count: int, thing: str) -> str:
    """How many there are of a thing, in English: `1 finding`, `2 findings`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def grade(code: str, lang: Language) -> str:
    """What a grade is called."""
    return Tongue(lang).of(GRADES, code)
