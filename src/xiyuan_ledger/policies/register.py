"""制度目录: every policy that there is, with the form of its parameters."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

from xiyuan_ledger.policies import schemas
from xiyuan_ledger.policies.scorecard import Scorecard

SCHEMAS: Final[dict[str, type[BaseModel]]] = {
    "exam-rules": schemas.ExamRules,
    "exam-eligibility": schemas.ExamEligibility,
    "exam-deadline": schemas.ExamDeadline,
    "certificate-registration": schemas.CertificateRegistration,
    "continuing-education": schemas.ContinuingEducation,
    "post-subsidy": schemas.PostSubsidy,
    "exam-reimbursement": schemas.ExamReimbursement,
    "recovery": schemas.Recovery,
    "four-plus-one": schemas.FourPlusOne,
    "station-staffing": schemas.StationStaffing,
    "training-cadence": schemas.TrainingCadence,
    "training-cost": schemas.TrainingCost,
    "project-eligibility": schemas.ProjectEligibility,
    "service-cadence": schemas.ServiceCadence,
    "cso-status": schemas.CsoStatus,
    "fund-channels": schemas.FundChannels,
    "record-timeliness": schemas.RecordTimeliness,
    "counting": schemas.Counting,
    "sampling": schemas.Sampling,
    "scorecard": Scorecard,
    "privacy": schemas.Privacy,
}
