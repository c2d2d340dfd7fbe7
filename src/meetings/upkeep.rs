//! What happens to meetings because time passes. Minutes are approved by the time itself
//! ([`super::rules::state`]); what is left to do is to tell it once.

use diesel::prelude::*;

use super::model::{Meeting, MeetingId};
use super::store;
use crate::platform::app::Cx;
use crate::platform::db::schema::meetings;
use crate::platform::error::Result;
use crate::platform::id::Id;
use crate::upkeep::Page;

/// Meetings whose minutes are approved and of which it was not told yet.
pub fn approved(cx: &mut Cx<'_>, after: Option<Id<Meeting>>, limit: i64) -> Result<Page<Meeting>> {
    let mut query = meetings::table
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .filter(meetings::approval_told_at.is_null())
        .filter(meetings::cancelled_at.is_null())
        .filter(meetings::approves_at.is_not_null())
        .filter(meetings::approves_at.assume_not_null().le(cx.now))
        .order(meetings::id.asc())
        .limit(limit)
        .select(meetings::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(meetings::id.gt(after));
    }
    let ids: Vec<MeetingId> = query.load(cx.conn())?;
    Ok(ids.into())
}

/// Tells that the minutes of a meeting are approved, if they are and nobody has.
pub fn tell_approval(cx: &mut Cx<'_>, id: MeetingId) -> Result<bool> {
    let mut found = store::find_row(cx, id)?;
    let told = store::tell_approval(cx, &mut found)?;
    if told {
        // Nothing that anybody reads has changed: the version stays.
        diesel::update(meetings::table.find(id))
            .set(meetings::approval_told_at.eq(found.row.approval_told_at))
            .execute(cx.conn())?;
    }
    Ok(told)
}
