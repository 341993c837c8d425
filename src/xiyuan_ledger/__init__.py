"""xiyuan-ledger 西苑社工台账: an append-only ledger of what a street's social-work service did and decided.

`Ledger` is the one object to hold; a fact is a class; a view is a table computed at a `Pin`.
"""

from __future__ import annotations

from xiyuan_ledger.aggregates import Event, Fact, Paper
from xiyuan_ledger.aggregates.account import ExpenseRecorded, ExpenseReversed, FundsReceived, FundsTransferred
from xiyuan_ledger.aggregates.case import CaseClosed, CaseOpened, CasePlanAgreed
from xiyuan_ledger.aggregates.claim import ReimbursementClaimed, ReimbursementDecided, ReimbursementPaid
from xiyuan_ledger.aggregates.client import (
    ClientEnrolled,
    ClientExited,
    ClientRegistered,
    ClientServed,
    ConsentRecorded,
    OutcomeMeasured,
    PersonsMerged,
)
from xiyuan_ledger.aggregates.contract import PositionsPurchased
from xiyuan_ledger.aggregates.control import (
    LedgerContinued,
    LogKeyRotated,
    PeriodClosed,
    PeriodReopened,
    RecordAccessed,
    RecordVoided,
)
from xiyuan_ledger.aggregates.entitlement import (
    ClawbackRecovered,
    OverpaymentDetermined,
    OverpaymentWrittenOff,
    PaymentReturned,
    SubsidyPaid,
)
from xiyuan_ledger.aggregates.evaluation import (
    ConflictDeclared,
    EvaluationCommissioned,
    EvaluationConcluded,
    EvaluationNoticed,
    FindingRaised,
    IndicatorScored,
    ObjectionRaised,
    RectificationClosed,
    SampleDrawn,
    ScoreRevised,
    SelfAssessmentSubmitted,
)
from xiyuan_ledger.aggregates.organization import (
    CulturalStarSelected,
    DesignationGranted,
    IncubationSupportProvided,
    MemberJoined,
    MemberLeft,
    OrganizationRegistered,
    OrganizationStatusChanged,
    PersonAssigned,
    PersonUnassigned,
    SupportGranted,
    TeamFormed,
)
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.aggregates.post import PostEstablished, PostFilled, PostVacated
from xiyuan_ledger.aggregates.project import (
    BudgetApproved,
    ProjectAmended,
    ProjectApproved,
    ProjectClosed,
    ProjectContracted,
    ProjectStarted,
    ProjectSuspended,
)
from xiyuan_ledger.aggregates.run import (
    PaymentInstructed,
    PayoutRunApproved,
    PayoutRunClosed,
    PayoutRunOpened,
    PayoutRunRejected,
)
from xiyuan_ledger.aggregates.session import SessionHeld, TrainingSessionHeld
from xiyuan_ledger.aggregates.training import TrainingClassOpened, TrainingEnrolled
from xiyuan_ledger.aggregates.worker import (
    CertificateRegistered,
    CertificateRevoked,
    ContinuingEducationCredited,
    DismissalProposed,
    ExamDeadlineExtended,
    ExamFailed,
    ExamPassed,
    ExamRegistered,
    ExamResultAnnulled,
    SubjectScored,
    WorkerDismissed,
    WorkerEligibilityAssessed,
    WorkerHired,
    WorkerLeft,
    WorkerReinstated,
)
from xiyuan_ledger.errors import (
    EvaluationError,
    FileError,
    InvalidEntry,
    KeyReused,
    LedgerError,
    ProofError,
    Refused,
    RuleBroken,
    StoreError,
    ViewError,
)
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.note import Note
from xiyuan_ledger.payouts.bank.accounts import Accounts, VaultAccounts, read_accounts
from xiyuan_ledger.payouts.bank.folder import Bank, BankError, BankFile, BankFolder
from xiyuan_ledger.payouts.bank.paper import BankPaper
from xiyuan_ledger.payouts.desk import PayoutDesk, PayoutTask
from xiyuan_ledger.payouts.hand import Hand
from xiyuan_ledger.payouts.opening import open_run
from xiyuan_ledger.payouts.run import Run
from xiyuan_ledger.projections.impact import Impact
from xiyuan_ledger.projections.pin import Pin
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.recording.receipt import Receipt
from xiyuan_ledger.store.attempts import Attempt, Attempts
from xiyuan_ledger.vault.vault import Account
from xiyuan_ledger.verification.found import Findings
from xiyuan_ledger.verification.verifying import verify

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Accounts",
    "Attempt",
    "Attempts",
    "Bank",
    "BankError",
    "BankFile",
    "BankFolder",
    "BankPaper",
    "BudgetApproved",
    "CaseClosed",
    "CaseOpened",
    "CasePlanAgreed",
    "CertificateRegistered",
    "CertificateRevoked",
    "ClawbackRecovered",
    "ClientEnrolled",
    "ClientExited",
    "ClientRegistered",
    "ClientServed",
    "ConflictDeclared",
    "ConsentRecorded",
    "ContinuingEducationCredited",
    "CulturalStarSelected",
    "DesignationGranted",
    "DismissalProposed",
    "EvaluationCommissioned",
    "EvaluationConcluded",
    "EvaluationError",
    "EvaluationNoticed",
    "Event",
    "ExamDeadlineExtended",
    "ExamFailed",
    "ExamPassed",
    "ExamRegistered",
    "ExamResultAnnulled",
    "ExpenseRecorded",
    "ExpenseReversed",
    "Fact",
    "FileError",
    "FindingRaised",
    "Findings",
    "FundsReceived",
    "FundsTransferred",
    "Hand",
    "Impact",
    "IncubationSupportProvided",
    "IndicatorScored",
    "InvalidEntry",
    "KeyReused",
    "Ledger",
    "LedgerContinued",
    "LedgerError",
    "LogKeyRotated",
    "MemberJoined",
    "MemberLeft",
    "Note",
    "ObjectionRaised",
    "OrganizationRegistered",
    "OrganizationStatusChanged",
    "OutcomeMeasured",
    "OverpaymentDetermined",
    "OverpaymentWrittenOff",
    "Paper",
    "PaymentInstructed",
    "PaymentReturned",
    "PayoutDesk",
    "PayoutRunApproved",
    "PayoutRunClosed",
    "PayoutRunOpened",
    "PayoutRunRejected",
    "PayoutTask",
    "PeriodClosed",
    "PeriodReopened",
    "PersonAssigned",
    "PersonUnassigned",
    "PersonsMerged",
    "Pin",
    "PolicyAdopted",
    "PositionsPurchased",
    "PostEstablished",
    "PostFilled",
    "PostVacated",
    "ProjectAmended",
    "ProjectApproved",
    "ProjectClosed",
    "ProjectContracted",
    "ProjectStarted",
    "ProjectSuspended",
    "ProofError",
    "Receipt",
    "RecordAccessed",
    "RecordVoided",
    "RectificationClosed",
    "Refused",
    "ReimbursementClaimed",
    "ReimbursementDecided",
    "ReimbursementPaid",
    "RuleBroken",
    "Run",
    "SampleDrawn",
    "ScoreRevised",
    "SelfAssessmentSubmitted",
    "SessionHeld",
    "StoreError",
    "SubjectScored",
    "SubsidyPaid",
    "SupportGranted",
    "TeamFormed",
    "TrainingClassOpened",
    "TrainingEnrolled",
    "TrainingSessionHeld",
    "VaultAccounts",
    "View",
    "ViewError",
    "WorkerDismissed",
    "WorkerEligibilityAssessed",
    "WorkerHired",
    "WorkerLeft",
    "WorkerReinstated",
    "__version__",
    "open_run",
    "read_accounts",
    "verify",
]
