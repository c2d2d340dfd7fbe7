//! A group's year: its meetings, and what is missing or clashes.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{MeetingId, MeetingKind};
use super::store::{self, Row};
use super::year_rules::{self, PlanFinding, Planned};
use crate::calendar::{end_of_day, public_holidays};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::meetings;
use crate::platform::error::{Error, Result};
use crate::platform::once::Once;
use crate::platform::text::Name;
use crate::staff::StaffId;
use crate::steering::{self, SteeringGroupId, SteeringMember};

/// A group's year (årsplan / årshjul).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "year": 2027, "meetings": [],
    "findings": [{"kind": "tooFewMeetings", "detail": "2027 has 3 of 4 ordinary meetings.", "meetingIds": []}]
}))]
pub struct YearPlan {
    /// The group.
    pub steering_group_id: SteeringGroupId,
    /// The year, in the group's time zone.
    pub year: i32,
    /// The meetings that are not cancelled, the earliest first.
    pub meetings: Vec<PlannedMeeting>,
    /// What is missing and what clashes; empty where the plan is as the policy says.
    pub findings: Vec<PlanFinding>,
}

/// A meeting of the year.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedMeeting {
    /// Its id.
    pub meeting_id: MeetingId,
    /// What kind it is.
    pub kind: MeetingKind,
    /// What it is called.
    pub title: Name,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The last day to send its agenda.
    pub agenda_due_on: NaiveDate,
    /// The last day to send its minutes.
    pub minutes_due_on: NaiveDate,
}

/// The year of a group that the actor sees from inside.
pub fn of(cx: &mut Cx<'_>, group: SteeringGroupId, year: i32) -> Result<YearPlan> {
    let (group, _) = steering::inside(cx, group)?;
    let zone = group.policy.zone()?;
    let outside = || Error::field("?year", "outOfRange", "must lie in 1901 to 2199");
    let day = |year: i32| NaiveDate::from_ymd_opt(year, 12, 31).ok_or_else(outside);
    let span = (
        end_of_day(day(year - 1)?, zone).into(),
        end_of_day(day(year)?, zone).into(),
    );
    let holidays: Vec<NaiveDate> = public_holidays(group.policy.country, year)
        .map_err(|_| outside())?
        .into_iter()
        .map(|holiday| holiday.date)
        .collect();
    let mut rows = store::of_group(cx, group.id, span)?;
    rows.retain(|row| row.cancelled_at.is_none());
    let members = steering::members_of_group(cx, group.id)?;
    let mut others = Once::default();
    let mut planned = Vec::with_capacity(rows.len());
    for row in &rows {
        planned.push(Planned {
            id: row.id,
            kind: row.kind,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            held_on: row.held_on,
            vacant: steering::vacant(&members, row.agenda_due_on),
            elsewhere: elsewhere(cx, row, &members, &mut others)?,
        });
    }
    Ok(YearPlan {
        steering_group_id: group.id,
        year,
        findings: year_rules::check(&group.policy, year, &holidays, &planned),
        meetings: rows
            .into_iter()
            .map(|row| PlannedMeeting {
                meeting_id: row.id,
                kind: row.kind,
                agenda_due_on: row.agenda_due_on,
                minutes_due_on: row.minutes_count().due_on(),
                title: Name::from(row.title),
                starts_at: row.starts_at,
                ends_at: row.ends_at,
            })
            .collect(),
    })
}

/// Those of the people on the seats who sign in, on this day.
fn people(members: &[SteeringMember], day: NaiveDate) -> impl Iterator<Item = StaffId> {
    members
        .iter()
        .filter(move |member| member.sits_on(day))
        .filter_map(|member| member.staff_id)
}

/// Meetings of other groups at the same time in which somebody of this one sits.
fn elsewhere(
    cx: &mut Cx<'_>,
    row: &Row,
    members: &[SteeringMember],
    others: &mut Once<SteeringGroupId, Vec<SteeringMember>>,
) -> Result<Vec<MeetingId>> {
    let same_time: Vec<(MeetingId, SteeringGroupId)> = meetings::table
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .filter(meetings::steering_group_id.ne(row.steering_group_id))
        .filter(meetings::cancelled_at.is_null())
        // A meeting is a day long at most: the index gives those that can reach into this one.
        .filter(meetings::starts_at.gt(row.starts_at + -chrono::Duration::hours(24)))
        .filter(meetings::starts_at.lt(row.ends_at))
        .filter(meetings::ends_at.gt(row.starts_at))
        .order((meetings::starts_at.asc(), meetings::id.asc()))
        .limit(100)
        .select((meetings::id, meetings::steering_group_id))
        .load(cx.conn())?;
    let mut found = Vec::new();
    for (id, group) in same_time {
        let sitting = others.get(group, || steering::members_of_group(cx, group))?;
        let there: Vec<StaffId> = people(&sitting, row.held_on).collect();
        if people(members, row.held_on).any(|staff| there.contains(&staff)) {
            found.push(id);
        }
    }
    Ok(found)
}
