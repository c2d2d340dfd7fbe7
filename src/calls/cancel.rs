//! Planned talks that are cancelled, or handed over with their course.

use super::model::{CallSession, CallSessionId, CancellationReason, Cancelled};
use super::requests::CallCancellation;
use super::rules::{self, Step};
use super::steps::event;
use super::store::{self, CancelScope};
use crate::courses::CourseId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::text::Line;
use crate::staff::StaffId;

/// Cancels a planned talk.
pub fn cancel(
    cx: &mut Cx<'_>,
    id: CallSessionId,
    cancellation: &CallCancellation,
) -> Result<CallSession> {
    let mut session = store::find(cx, id)?;
    cx.request.heed_version(session.version)?;
    cancel_one(
        cx,
        &mut session,
        cancellation.reason,
        cancellation.note.clone(),
    )?;
    Ok(session)
}

fn cancel_one(
    cx: &mut Cx<'_>,
    session: &mut CallSession,
    reason: CancellationReason,
    note: Option<Line>,
) -> Result<()> {
    session.state = rules::step(session.state, Step::Cancel)?;
    session.cancelled = Some(Cancelled {
        at: cx.now,
        reason,
        note,
    });
    store::save(cx, session)?;
    cx.emit(&event("callSession.cancelled", session))
}

/// Cancels every planned session of a referral or course, and says which. `reason` is a word of
/// [`CancellationReason`].
pub fn cancel_planned(
    cx: &mut Cx<'_>,
    of: CancelScope,
    reason: &str,
) -> Result<Vec<CallSessionId>> {
    cancel_planned_before(cx, of, reason, None)
}

/// The same for the sessions before an instant.
pub fn cancel_planned_before(
    cx: &mut Cx<'_>,
    of: CancelScope,
    reason: &str,
    before: Option<Instant>,
) -> Result<Vec<CallSessionId>> {
    let reason: CancellationReason = reason.parse().map_err(Error::internal)?;
    let mut cancelled = Vec::new();
    for mut session in store::planned(cx, of, before)? {
        cancel_one(cx, &mut session, reason, None)?;
        cancelled.push(session.id);
    }
    Ok(cancelled)
}

/// Gives the planned talks of a course to its new supporter (APS-6), and says which.
pub fn hand_over(
    cx: &mut Cx<'_>,
    course: CourseId,
    supporter: StaffId,
) -> Result<Vec<CallSessionId>> {
    let mut moved = Vec::new();
    for mut session in store::planned(cx, CancelScope::Course(course), None)? {
        if session.supporter_id != supporter {
            session.supporter_id = supporter;
            store::save(cx, &mut session)?;
            cx.emit(&event("callSession.changed", &session))?;
            moved.push(session.id);
        }
    }
    Ok(moved)
}
