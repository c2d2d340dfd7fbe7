//! What the secretariat has to do for its meetings, and until when (CPS-6).

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{MeetingId, MeetingState};
use super::rules::{self, TaskKind};
use super::store::Row;
use crate::platform::app::Cx;
use crate::platform::db::schema::meetings;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::text::Name;
use crate::steering::{self, Reach, SteeringGroupId};

/// Something to be done for a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80", "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "title": "1. ordinære møde", "state": "planned", "startsAt": "2026-04-20T11:00:00Z",
    "task": "sendAgenda", "dueAt": "2026-04-13T22:00:00Z", "late": false
}))]
pub struct MeetingTask {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The group.
    pub steering_group_id: SteeringGroupId,
    /// What the meeting is called.
    pub title: Name,
    /// Where it is in its life.
    pub state: MeetingState,
    /// When it begins.
    pub starts_at: Instant,
    /// What is to be done.
    pub task: TaskKind,
    /// The first moment that is too late. How it was counted stands on the meeting.
    pub due_at: Instant,
    /// Whether it is too late already.
    pub late: bool,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Only of this group.
    pub steering_group_id: Option<SteeringGroupId>,
    /// Only what is due before this time.
    pub due_before: Option<Instant>,
    /// Only what is late, or only what is not.
    pub late: Option<bool>,
}

/// How many meetings can wait for something at once: far more than a county has.
const MOST: i64 = 5000;

/// A page of what is to be done, the earliest due first, and where the next one begins. A meeting
/// waits for one thing at a time, so that the few that are open are looked at.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<MeetingTask>, Option<Cursor>)> {
    let bound_to = format!("meeting tasks {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = meetings::table
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .filter(meetings::cancelled_at.is_null())
        .filter(
            meetings::minutes_sent_at
                .is_null()
                .or(meetings::open_remarks.gt(0))
                .or(meetings::overlooked_at.is_not_null()),
        )
        .order((meetings::starts_at.asc(), meetings::id.asc()))
        .limit(MOST)
        .select(Row::as_select())
        .into_boxed();
    if let Reach::Some(groups) = steering::of_meetings(cx)? {
        query = query.filter(one_of(meetings::steering_group_id, &groups));
    }
    if let Some(group) = filter.steering_group_id {
        query = query.filter(meetings::steering_group_id.eq(group));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let now = cx.now;
    let mut tasks = Vec::new();
    for row in rows {
        let Some(task) = rules::task(&row.moments(), &row.open()?, now) else {
            continue;
        };
        let late = task.due_at <= now;
        let wanted = filter.due_before.is_none_or(|before| task.due_at < before)
            && filter.late.is_none_or(|wanted| wanted == late);
        if wanted {
            tasks.push(MeetingTask {
                meeting_id: row.id,
                steering_group_id: row.steering_group_id,
                state: row.state(now),
                title: Name::from(row.title),
                starts_at: row.starts_at,
                task: task.kind,
                due_at: task.due_at,
                late,
            });
        }
    }
    let place = |task: &MeetingTask| (task.due_at.micros(), task.meeting_id.uuid());
    tasks.sort_by_key(place);
    if let Some(after) = after {
        tasks.retain(|task| place(task) > (after.key, after.id));
    }
    tasks.truncate(usize::try_from(limit.rows() + 1).unwrap_or(usize::MAX));
    Ok(cut(cx.keys, &bound_to, limit, tasks, |task| Position {
        key: task.due_at.micros(),
        id: task.meeting_id.uuid(),
    }))
}
