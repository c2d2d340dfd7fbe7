//! What is told as time passes: that an enquiry was not answered in time (APS-10). Once for each.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::{Enquiry, EnquiryId, EnquiryState};
use super::store;
use crate::platform::app::Cx;
use crate::platform::db::schema::{deadline_events, enquiries};
use crate::platform::error::Result;
use crate::upkeep::Page;

const OVER: &str = "enquiry.overdue";

/// Open enquiries whose last day is over, as far as nobody was told.
pub fn overdue(cx: &mut Cx<'_>, after: Option<EnquiryId>, limit: i64) -> Result<Page<Enquiry>> {
    let now = cx.now;
    let told = deadline_events::table
        .filter(deadline_events::kind.eq(OVER))
        .filter(deadline_events::subject_id.eq(enquiries::id))
        .filter(deadline_events::due_on.eq(enquiries::due_on));
    let mut query = enquiries::table
        .filter(enquiries::controller_id.eq(cx.scope().controller))
        .filter(enquiries::state.eq(EnquiryState::Open))
        .filter(enquiries::due_at.le(now))
        .filter(not(exists(told)))
        .order(enquiries::id.asc())
        .limit(limit)
        .select(enquiries::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(enquiries::id.gt(after));
    }
    Ok(query.load::<EnquiryId>(cx.conn())?.into())
}

/// Tells that an enquiry is overdue, if it still is.
pub fn tell_overdue(cx: &mut Cx<'_>, id: EnquiryId) -> Result<bool> {
    let (event, due_on, overdue) = store::deadline(cx, id, OVER)?;
    if !overdue {
        return Ok(false);
    }
    cx.emit_once(&event, due_on)
}
