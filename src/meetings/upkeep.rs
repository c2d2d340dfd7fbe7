//! What happens to meetings because time passes. Minutes are approved by the time itself
//! ([`super::rules::state`]); what is left to do is to tell it once, and that an agenda or minutes
//! are due: when their last day begins, as long as they are not sent (CPS-6).

use chrono::Duration;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::{Meeting, MeetingId};
use super::store::{self, Row, event};
use crate::platform::app::Cx;
use crate::platform::db::schema::{deadline_events, meetings};
use crate::platform::db::{Condition, Instant};
use crate::platform::error::Result;
use crate::platform::id::Id;
use crate::upkeep::Page;

const AGENDA: &str = "meeting.agendaDue";
const MINUTES: &str = "meeting.minutesDue";

/// How much longer than until its end a last day is looked for: no day is longer.
const A_DAY: Duration = Duration::hours(26);

impl Row {
    /// Whether the last day to send the agenda has begun, and it is not sent.
    fn awaits_agenda(&self, now: Instant) -> Result<bool> {
        let open = self.cancelled_at.is_none() && self.agenda_done_at.is_none();
        let begun = self.agenda_count().last_day_from(self.zone()?) <= now;
        Ok(open && begun && now < self.starts_at)
    }

    /// Whether the last day to send the minutes has begun, and they are not sent.
    fn awaits_minutes(&self, now: Instant) -> Result<bool> {
        let open = self.cancelled_at.is_none() && self.minutes_sent_at.is_none();
        let begun = self.minutes_count().last_day_from(self.zone()?) <= now;
        Ok(open && begun && self.starts_at <= now)
    }
}

/// Of the meetings without minutes those where this holds, and that await something.
fn awaiting(
    cx: &mut Cx<'_>,
    due: Condition<meetings::table>,
    awaits: fn(&Row, Instant) -> Result<bool>,
    after: Option<MeetingId>,
    limit: i64,
) -> Result<Page<Meeting>> {
    let mut query = meetings::table
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .filter(meetings::minutes_sent_at.is_null())
        .filter(meetings::cancelled_at.is_null())
        .filter(due)
        .order(meetings::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(meetings::id.gt(after));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let last = rows.last().map(|row| row.id);
    let mut ids = Vec::new();
    for row in rows {
        if awaits(&row, cx.now)? {
            ids.push(row.id);
        }
    }
    Ok(Page { ids, last })
}

/// Meetings whose agenda is due and of whose last day it was not told yet.
pub fn agenda_due(
    cx: &mut Cx<'_>,
    after: Option<Id<Meeting>>,
    limit: i64,
) -> Result<Page<Meeting>> {
    let told = deadline_events::table
        .filter(deadline_events::kind.eq(AGENDA))
        .filter(deadline_events::subject_id.eq(meetings::id))
        .filter(deadline_events::due_on.eq(meetings::agenda_due_on));
    let due = meetings::agenda_done_at
        .is_null()
        .and(meetings::starts_at.gt(cx.now))
        .and(meetings::agenda_due_at.le(cx.now + A_DAY))
        .and(not(exists(told)));
    awaiting(cx, Box::new(due), Row::awaits_agenda, after, limit)
}

/// Meetings whose minutes are due and of which it was not told yet. A meeting that has begun is not
/// moved any more: there is one last day.
pub fn minutes_due(
    cx: &mut Cx<'_>,
    after: Option<Id<Meeting>>,
    limit: i64,
) -> Result<Page<Meeting>> {
    let told = deadline_events::table
        .filter(deadline_events::kind.eq(MINUTES))
        .filter(deadline_events::subject_id.eq(meetings::id));
    let due = meetings::starts_at
        .le(cx.now)
        .and(meetings::minutes_due_at.le(cx.now + A_DAY))
        .and(not(exists(told)));
    awaiting(cx, Box::new(due), Row::awaits_minutes, after, limit)
}

/// Tells that the agenda of a meeting is due, if it still is.
pub fn tell_agenda_due(cx: &mut Cx<'_>, id: MeetingId) -> Result<bool> {
    let found = store::find_row(cx, id)?;
    let due = found.row.awaits_agenda(cx.now)?;
    let told = event(AGENDA, &found.group, id);
    Ok(due && cx.emit_once(&told, found.row.agenda_due_on)?)
}

/// Tells that the minutes of a meeting are due, if they still are.
pub fn tell_minutes_due(cx: &mut Cx<'_>, id: MeetingId) -> Result<bool> {
    let found = store::find_row(cx, id)?;
    let due = found.row.awaits_minutes(cx.now)?;
    let told = event(MINUTES, &found.group, id);
    Ok(due && cx.emit_once(&told, found.row.minutes_count().due_on())?)
}

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
