//! What other resources do with referrals: calls leave their marks, consents end them, worklists
//! list what is due.

use chrono::{Datelike as _, NaiveDate};

use super::model::{Referral, ReferralId};
use crate::consents::ConsentId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::Position;
use crate::platform::text::{Line, Prose};
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;

/// One referral that the actor may see; touches its patient.
pub fn find(_cx: &mut Cx<'_>, _id: ReferralId) -> Result<Referral> {
    Err(Error::internal("not there yet"))
}

/// A call was attempted. The first one keeps the deadline (APS-4).
pub fn mark_called(_cx: &mut Cx<'_>, _id: ReferralId, _at: Instant) -> Result<()> {
    Err(Error::internal("not there yet"))
}

/// The patient was reached (APS-5). The first time counts; counts as a call too.
pub fn mark_reached(_cx: &mut Cx<'_>, _id: ReferralId, _at: Instant) -> Result<()> {
    Err(Error::internal("not there yet"))
}

/// The first conversation opened a course (APS-5).
pub fn mark_enrolled(_cx: &mut Cx<'_>, _id: ReferralId) -> Result<()> {
    Err(Error::internal("not there yet"))
}

/// The first conversation showed that the programme is not right (APS-5). `reason` is a word of
/// a closed set of the caller's; `note` and `better_offer` are sealed.
pub fn mark_not_suitable(
    _cx: &mut Cx<'_>,
    _id: ReferralId,
    _reason: &'static str,
    _note: Option<&Prose>,
    _better_offer: Option<&Line>,
) -> Result<()> {
    Err(Error::internal("not there yet"))
}

/// The referrals that stand on a consent, open or not.
pub fn standing_on(_cx: &mut Cx<'_>, _consent: ConsentId) -> Result<Vec<Referral>> {
    Err(Error::internal("not there yet"))
}

/// Withdraws the open referrals that stand on a consent, and says which. Planned calls are
/// cancelled by the caller.
pub fn withdraw_for_consent(_cx: &mut Cx<'_>, _consent: ConsentId) -> Result<Vec<ReferralId>> {
    Err(Error::internal("not there yet"))
}

/// The referrals of a merged record belong to the survivor from now on. Two open ones in one
/// programme are a conflict.
pub fn repoint(_cx: &mut Cx<'_>, _from: PatientId, _to: PatientId) -> Result<()> {
    Err(Error::internal("not there yet"))
}

/// Which first calls a worklist asks for.
#[derive(Debug, Default, Clone)]
pub struct FirstCalls {
    /// Only in this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only those of this member of staff.
    pub assigned_to: Option<StaffId>,
    /// Only those that are due on this day or earlier.
    pub due_until: Option<NaiveDate>,
}

/// Received and accepted referrals whose patient was not reached yet, soonest due first; one row
/// more than `limit`.
pub fn first_calls_due(
    _cx: &mut Cx<'_>,
    _filter: &FirstCalls,
    _after: Option<Position>,
    _limit: i64,
) -> Result<Vec<Referral>> {
    Err(Error::internal("not there yet"))
}

/// Where a referral stands in [`first_calls_due`].
#[must_use]
pub fn first_call_position(referral: &Referral) -> Position {
    Position {
        key: referral
            .due_on
            .map_or(0, |due| i64::from(due.num_days_from_ce())),
        id: referral.id.uuid(),
    }
}
