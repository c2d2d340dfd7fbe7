//! Lists of meetings.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{Meeting, MeetingId, MeetingKind, MeetingState};
use super::store::{Found, Row, shown};
use crate::platform::app::Cx;
use crate::platform::db::schema::meetings;
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::once::Once;
use crate::steering::{self, Reach, SteeringGroupId};

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this group.
    pub steering_group_id: Option<SteeringGroupId>,
    /// Only of this kind.
    pub kind: Option<MeetingKind>,
    /// Only in this state now.
    pub state: Option<MeetingState>,
    /// Only those that begin at this time or later.
    pub starts_from: Option<Instant>,
    /// Only those that begin before this time.
    pub starts_before: Option<Instant>,
    /// Only those planned or changed since.
    pub updated_since: Option<Instant>,
}

/// The state as [`super::rules::state`] has it, in the database's words.
fn in_state(state: MeetingState, now: Instant) -> Condition<meetings::table> {
    use meetings::{
        agenda_sent_at, approves_at, cancelled_at, minutes_sent_at, remarks_until, starts_at,
    };
    let unsent = || cancelled_at.is_null().and(minutes_sent_at.is_null());
    match state {
        MeetingState::Planned => Box::new(
            unsent()
                .and(starts_at.gt(now))
                .and(agenda_sent_at.is_null()),
        ),
        MeetingState::AgendaSent => Box::new(
            unsent()
                .and(starts_at.gt(now))
                .and(agenda_sent_at.is_not_null()),
        ),
        MeetingState::Held => Box::new(unsent().and(starts_at.le(now))),
        MeetingState::MinutesSent => Box::new(
            cancelled_at
                .is_null()
                .and(remarks_until.is_not_null())
                .and(remarks_until.assume_not_null().gt(now)),
        ),
        MeetingState::AwaitingRevision => Box::new(
            cancelled_at
                .is_null()
                .and(remarks_until.is_not_null())
                .and(remarks_until.assume_not_null().le(now))
                .and(
                    approves_at
                        .is_null()
                        .or(approves_at.assume_not_null().gt(now)),
                ),
        ),
        MeetingState::Approved => Box::new(
            cancelled_at
                .is_null()
                .and(approves_at.is_not_null())
                .and(approves_at.assume_not_null().le(now)),
        ),
        MeetingState::Cancelled => Box::new(cancelled_at.is_not_null()),
    }
}

/// A page of meetings of the groups that the actor sees, the earliest first, and where the next
/// one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Meeting>, Option<Cursor>)> {
    let bound_to = format!("meetings {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = meetings::table
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .order((meetings::starts_at.asc(), meetings::id.asc()))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Reach::Some(groups) = steering::of_meetings(cx)? {
        query = query.filter(one_of(meetings::steering_group_id, &groups));
    }
    if let Some(group) = filter.steering_group_id {
        query = query.filter(meetings::steering_group_id.eq(group));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(meetings::kind.eq(kind));
    }
    if let Some(state) = filter.state {
        query = query.filter(in_state(state, cx.now));
    }
    if let Some(from) = filter.starts_from {
        query = query.filter(meetings::starts_at.ge(from));
    }
    if let Some(before) = filter.starts_before {
        query = query.filter(meetings::starts_at.lt(before));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(meetings::updated_at.ge(since));
    }
    if let Some(after) = after {
        let key = Instant::from_micros(after.key);
        query = query.filter(
            meetings::starts_at.ge(key).and(
                meetings::starts_at
                    .gt(key)
                    .or(meetings::id.gt(after.id::<Meeting>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: row.starts_at.micros(),
        id: row.id.uuid(),
    });
    let mut items = Vec::with_capacity(rows.len());
    let mut groups = Once::default();
    for row in rows {
        let id = row.steering_group_id;
        let (group, standing) = groups.get(id, || steering::inside(cx, id))?;
        items.push(shown(
            cx,
            &Found {
                row,
                group,
                standing,
            },
        )?);
    }
    Ok((items, next))
}

/// Meetings of a group on later days than this one that are not cancelled, the earliest first; a
/// hundred at most.
pub fn after(cx: &mut Cx<'_>, group: SteeringGroupId, day: NaiveDate) -> Result<Vec<MeetingId>> {
    Ok(meetings::table
        .filter(meetings::steering_group_id.eq(group))
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .filter(meetings::cancelled_at.is_null())
        .filter(meetings::held_on.gt(day))
        .order((meetings::starts_at.asc(), meetings::id.asc()))
        .limit(100)
        .select(meetings::id)
        .load(cx.conn())?)
}
