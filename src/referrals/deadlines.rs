//! What is told of the deadline for the first call as time passes (APS-4): that it is near, and that
//! it is over. Once for each deadline; one that moved is another one.

use std::collections::HashMap;

use chrono::Duration;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::{Referral, ReferralId};
use super::rules::is_open;
use super::{list, store};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::{deadline_events, referrals};
use crate::platform::error::Result;
use crate::platform::events::Event;
use crate::programmes::{self, MAX_DUE_SOON_DAYS, ProgrammeId};
use crate::upkeep::Page;

const NEAR: &str = "referral.firstCallDueSoon";
const OVER: &str = "referral.firstCallOverdue";

/// Open referrals whose patient was not called and whose deadline lies before `until`, as far as
/// `kind` was not told of it.
fn untold(
    cx: &mut Cx<'_>,
    kind: &'static str,
    until: Instant,
    after: Option<ReferralId>,
    limit: i64,
) -> Result<Vec<(ReferralId, ProgrammeId, Option<Instant>)>> {
    let told = deadline_events::table
        .filter(deadline_events::kind.eq(kind))
        .filter(deadline_events::subject_id.eq(referrals::id))
        .filter(deadline_events::due_on.nullable().eq(referrals::due_on));
    let mut query = referrals::table
        .filter(referrals::controller_id.eq(cx.scope().controller))
        .filter(list::open())
        .filter(referrals::first_called_at.is_null())
        .filter(referrals::due_at.le(until))
        .filter(not(exists(told)))
        .order(referrals::id.asc())
        .limit(limit)
        .select((referrals::id, referrals::programme_id, referrals::due_at))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(referrals::id.gt(after));
    }
    Ok(query.load(cx.conn())?)
}

/// How long before its end the programme wants to be told of a deadline.
fn notice(cx: &mut Cx<'_>, programme: ProgrammeId) -> Result<Duration> {
    let programme = programmes::find(cx, programme)?;
    Ok(Duration::days(i64::from(
        programme.policy.first_call.due_soon_days,
    )))
}

/// Referrals whose deadline is as near as their programme wants to be told.
pub fn due_soon(cx: &mut Cx<'_>, after: Option<ReferralId>, limit: i64) -> Result<Page<Referral>> {
    let now = cx.now;
    let until = now + Duration::days(i64::from(MAX_DUE_SOON_DAYS));
    let rows = untold(cx, NEAR, until, after, limit)?;
    let last = rows.last().map(|(id, _, _)| *id);
    let mut notices: HashMap<ProgrammeId, Duration> = HashMap::new();
    let mut ids = Vec::new();
    for (id, programme, due_at) in rows {
        let notice = match notices.get(&programme) {
            Some(notice) => *notice,
            None => {
                let found = notice(cx, programme)?;
                notices.insert(programme, found);
                found
            }
        };
        if due_at.is_some_and(|due| now < due && due <= now + notice) {
            ids.push(id);
        }
    }
    Ok(Page { ids, last })
}

/// Referrals whose deadline is over.
pub fn overdue(cx: &mut Cx<'_>, after: Option<ReferralId>, limit: i64) -> Result<Page<Referral>> {
    let now = cx.now;
    let rows = untold(cx, OVER, now, after, limit)?;
    Ok(rows
        .into_iter()
        .map(|(id, _, _)| id)
        .collect::<Vec<_>>()
        .into())
}

/// Tells that a deadline is near, if it still is.
pub fn tell_due_soon(cx: &mut Cx<'_>, id: ReferralId) -> Result<bool> {
    let referral = store::find(cx, id)?;
    let notice = notice(cx, referral.programme_id)?;
    let now = cx.now;
    tell(cx, &referral, NEAR, |due| now < due && due <= now + notice)
}

/// Tells that a deadline is over, if it still is.
pub fn tell_overdue(cx: &mut Cx<'_>, id: ReferralId) -> Result<bool> {
    let referral = store::find(cx, id)?;
    let now = cx.now;
    tell(cx, &referral, OVER, |due| due <= now)
}

fn tell(
    cx: &mut Cx<'_>,
    referral: &Referral,
    kind: &'static str,
    is_time: impl Fn(Instant) -> bool,
) -> Result<bool> {
    let (Some(due_on), Some(due_at)) = (referral.due_on, referral.due_at) else {
        return Ok(false);
    };
    if !is_open(referral.state) || referral.first_called_at.is_some() || !is_time(due_at) {
        return Ok(false);
    }
    let event = Event::new(kind, referral.id)
        .programme(referral.programme_id)
        .patient(referral.patient_id);
    cx.emit_once(&event, due_on)
}
