"""制度参数: the form of each policy's parameters and their defaults. What is left out takes the default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from xiyuan_ledger.aggregates.organization import OrganizationKind
from xiyuan_ledger.aggregates.session import SessionKind
from xiyuan_ledger.aggregates.training import Programme
from xiyuan_ledger.aggregates.worker import Subject
from xiyuan_ledger.codes import Category, Channel, Code, Count, Flag, Level, Positive, Year

WHOLE_CENTI = 10_000
"""Everything, in hundredths of a percent or of a point."""

Share = Annotated[int, Field(strict=True, ge=0, le=WHOLE_CENTI)]
Score = Annotated[int, Field(strict=True, ge=0, le=100)]
MonthNumber = Annotated[int, Field(strict=True, ge=1, le=12)]
Education = Literal["high_school", "college", "bachelor", "master", "doctor"]
Major = Literal["social_work", "other"]


class Schema(BaseModel):
    """Parameters, or a part of them: unknown ones are refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PassMark(Schema):
    """合格线: the pass mark of a year and level, of all subjects or of one."""

    year: Year
    level: Level
    subject: Subject | None = None
    mark: Score


class WindowYears(Schema):
    """成绩有效年度: within how many consecutive years all subjects must be passed."""

    junior: Positive = 1
    intermediate: Positive = 2
    senior: Positive = 1


class ExamRules(Schema):
    """考试规则: when a level counts as passed."""

    pass_mark: Score = 60
    pass_marks: tuple[PassMark, ...] = ()
    window_years: WindowYears = WindowYears()


class EligibilityRow(Schema):
    """报考条件: education and major, the years of social work they ask for, and the certificate held."""

    level: Level
    education: Education
    major: Major
    years: Count
    certificate: Level | None = None


def _rows(
    level: Level, certificate: Level | None, table: tuple[tuple[Education, int, int], ...]
) -> tuple[EligibilityRow, ...]:
    """The rows of a level, from (education, years with social work as major, years with another major)."""
    found: list[EligibilityRow] = []
    for education, social_work, other in table:
        row = EligibilityRow(
            level=level, education=education, major="social_work", years=social_work, certificate=certificate
        )
        found += [row, row.model_copy(update={"major": "other", "years": other})]
    return tuple(found)


ELIGIBILITY_2006 = (
    *_rows(
        "junior",
        None,
        (("high_school", 4, 4), ("college", 2, 4), ("bachelor", 0, 2), ("master", 0, 2), ("doctor", 0, 2)),
    ),
    *_rows("intermediate", "junior", (("high_school", 6, 6),)),
    *_rows("intermediate", None, (("college", 4, 6), ("bachelor", 3, 5), ("master", 1, 3), ("doctor", 0, 2))),
)
"""The table of 国人部发〔2006〕71号. It names no conditions for the senior level."""


class ExamEligibility(Schema):
    """报考资格: who may register for an exam; used for findings."""

    rows: tuple[EligibilityRow, ...] = ELIGIBILITY_2006


class ExamDeadline(Schema):
    """考试期限: within how many years a worker has to pass, and which date counts."""

    years: Positive = 3
    basis: Literal["exam_on", "results_on", "certificate_on"] = "exam_on"
    from_eligibility: Flag = True
    requires_eligibility: Flag = False


class CertificateRegistration(Schema):
    """证书登记: when a pass has to be registered, and when renewal opens."""

    first_within_months: Positive = 12
    renew_before_months: Positive = 3


class RequiredMinutes(Schema):
    """学时: minutes of continuing education in one certificate period."""

    junior: Count = 4320
    intermediate: Count = 5400
    senior: Count = 5400


class ContinuingEducation(Schema):
    """继续教育: how much of it a certificate asks for."""

    minutes: RequiredMinutes = RequiredMinutes()


class Rates(Schema):
    """津贴标准: fen a month."""

    junior: Count = 10_000
    intermediate: Count = 20_000
    senior: Count = 30_000


class Account(Schema):
    """资金账户: the account that pays."""

    org: Code = "XY-STREET"
    channel: Channel = "government"


class PostSubsidy(Schema):
    """岗位津贴: what a title holder on a post is due each month, and from when."""

    rates: Rates = Rates()
    start_rule: Literal["pass_month", "results_month", "registration_month", "next_month"] = "registration_month"
    on_post: Literal["any_day", "first_day", "last_day", "full_month"] = "any_day"
    requires_registration: Flag = True
    counts_purchased: Flag = False
    account: Account = Account()


class ExamReimbursement(Schema):
    """考试费、书费报销: which receipts are paid back after a pass, how much, for how long."""

    kinds: tuple[Literal["registration_fee", "book_fee"], ...] = ("registration_fee", "book_fee")
    cap_fen: Count | None = None
    window_months: Positive = 24
    account: Account = Account()


class Recovery(Schema):
    """追回: how much of a payment may be held back, and who may write off."""

    offset_cap_centi: Share = 5000
    writeoff_needs_approval: Flag = True


class FourPlusOne(Schema):
    """ "4+1"岗位标准: certified workers at each grassroots organisation of a community."""

    org_kinds: tuple[OrganizationKind, ...] = ("party_org", "autonomous_org", "admin_workstation", "service_station")
    min_per_kind: Count = 1
    plus_one: Literal["none", "station_professional", "centre_professional"] = "none"
    qualification: Literal["passed", "registered"] = "passed"
    count_purchased: Flag = True


class Staffing(Schema):
    """人员配备: members and professional posts of one centre or station."""

    members: Count = 2
    professional: Count = 1


class StationStaffing(Schema):
    """站点人员: how the centre and the stations are staffed."""

    center: Staffing = Staffing()
    station: Staffing = Staffing()


class Cadence(Schema):
    """培训频次: how often a programme is held."""

    programme: Programme
    min_count: Positive
    per: Literal["month", "quarter", "year"]


class PreExam(Schema):
    """考前培训: in which months, and whether on weekends only."""

    months: tuple[MonthNumber, ...] = (3, 4, 5, 6)
    weekends_only: Flag = True


class TrainingCadence(Schema):
    """培训频次: how often each programme is held, and how long a session may be missing."""

    programmes: tuple[Cadence, ...] = (
        Cadence(programme="continuing_education", min_count=2, per="month"),
        Cadence(programme="cso_leaders", min_count=1, per="quarter"),
        Cadence(programme="project_implementers", min_count=1, per="month"),
        Cadence(programme="residents", min_count=1, per="quarter"),
    )
    grace_days: Count = 0
    pre_exam: PreExam = PreExam()


class TrainingCost(Schema):
    """培训费用: which kinds of organisation bear it."""

    payer_kinds: tuple[OrganizationKind, ...] = ("street", "department")


class Eligibility(Schema):
    """服务对象条件: whom a project takes in; what is left out is not asked for."""

    categories: tuple[Code, ...] | None = None
    min_age: Count | None = None
    max_age: Count | None = None
    grades: tuple[Code, ...] | None = None


class ProjectEligibility(Schema):
    """项目准入: whom each project takes in, by the project's code."""

    projects: dict[Code, Eligibility] = {}


class ServiceRhythm(Schema):
    """服务频次: how many sessions of a kind a week, and how long each."""

    kind: SessionKind
    per_week: Positive
    minutes: Positive


class FiveOnes(Schema):
    """五个一: the five items that each client of a project is given in a year."""

    project: Code
    items: Annotated[tuple[Code, ...], Field(min_length=5, max_length=5)]


class ServiceCadence(Schema):
    """服务频次: how often each project meets, by its code, and the project of the Five Ones."""

    projects: dict[Code, ServiceRhythm] = {}
    five_ones: FiveOnes | None = None


class RegisterThreshold(Schema):
    """登记条件: members and own money to be registered."""

    members: Count = 50
    funds_fen: Count = 3_000_000


class FileThreshold(Schema):
    """备案条件: members to be filed."""

    members: Count = 20


class CsoStatus(Schema):
    """社会组织登记与备案: when a community social organisation may be registered or filed."""

    registration: RegisterThreshold = Field(default=RegisterThreshold(), alias="register")
    filing: FileThreshold = Field(default=FileThreshold(), alias="file")


class ShareLimit(Schema):
    """支出占比: at most this share of a project's money for a category."""

    category: Category
    max_share_centi: Share


class FundChannels(Schema):
    """资金渠道: whether an account may go below zero, and how much of it goes where."""

    mode: Literal["block", "warn"] = "block"
    limits: tuple[ShareLimit, ...] = ()


class RecordTimeliness(Schema):
    """记录及时性: after how many days an entry is no longer prompt, and after how many it is late."""

    prompt_days: Count = 1
    late_days: Count = 7


class Counting(Schema):
    """统计口径: who counts as one person."""

    unduplicated: Literal["named", "named_plus_headcount"] = "named"


class Sampling(Schema):
    """抽样: how many are drawn."""

    min_share_centi: Share = 3000
    confidence_centi: Share = 9500
    margin_centi: Share = 500


class Privacy(Schema):
    """隐私: from how many people on a number is shown, and which views a role may read."""

    small_cell: Count = 5
    roles: dict[Code, tuple[Code, ...]] = {}
