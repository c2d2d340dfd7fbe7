//! Call sessions in storage.

use super::model::CallSessionId;
use crate::courses::CourseId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::referrals::ReferralId;

/// Whose planned sessions are cancelled.
#[derive(Debug, Clone, Copy)]
pub enum CancelScope {
    /// The first conversation of a referral.
    Referral(ReferralId),
    /// The follow-ups of a course.
    Course(CourseId),
}

/// Cancels every planned session of a referral or course, and says which. `reason` is a code of
/// `CancellationReason`: `consentWithdrawn`, `referralWithdrawn`, `referralForwarded`,
/// `referralRejected`, `courseClosed`, `coursePaused`, `patientWish`, `patientUnavailable`,
/// `supporterUnavailable` or `other`.
pub fn cancel_planned(
    _cx: &mut Cx<'_>,
    _scope: CancelScope,
    _reason: &str,
) -> Result<Vec<CallSessionId>> {
    Err(Error::internal("not there yet"))
}

/// Gives the sessions of `from` to `to`, when two records of one person become one.
pub fn repoint(_cx: &mut Cx<'_>, _from: PatientId, _to: PatientId) -> Result<()> {
    Err(Error::internal("not there yet"))
}
