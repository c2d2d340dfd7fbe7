//! `/meetings`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::list::{self, Filter};
use super::model::{Meeting, MeetingId, MeetingKind, MeetingState};
use super::requests::{MeetingCancellation, MeetingChange, NewMeeting};
use super::steps;
use super::store;
use crate::platform::access::Permit;
use crate::platform::access::policy::{MeetingsRead, MeetingsWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;
use crate::steering::SteeringGroupId;

/// The routes of meetings themselves.
#[must_use]
pub fn routes() -> Routes {
    routes![
        plan_meeting,
        list_meetings,
        read_meeting,
        change_meeting,
        cancel_meeting,
    ]
}

/// Which meetings.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MeetingFilter {
    /// Only of this group.
    #[param(nullable = false)]
    steering_group_id: Option<SteeringGroupId>,
    /// Only of this kind.
    #[param(nullable = false)]
    kind: Option<MeetingKind>,
    /// Only in this state now.
    #[param(nullable = false)]
    state: Option<MeetingState>,
    /// Only those that begin at this time or later.
    #[param(nullable = false)]
    starts_from: Option<Instant>,
    /// Only those that begin before this time.
    #[param(nullable = false)]
    starts_before: Option<Instant>,
    /// Only those planned or changed at this time or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of meetings.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingPage {
    /// The meetings, the earliest first.
    items: Vec<Meeting>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// A meeting with its version, and with what of it the time and the reader decide.
pub(super) fn reply(meeting: &Meeting) -> Result<Reply> {
    let deadlines = &meeting.deadlines;
    let periods = [&deadlines.remarks, &deadlines.revision];
    let mut variant = format!(
        "{}.{}.{}",
        meeting.state, deadlines.agenda.status, deadlines.minutes.status
    );
    for deadline in periods.into_iter().flatten() {
        variant.push('.');
        variant.push_str(deadline.status.as_str());
    }
    if let Some(correction) = &deadlines.correction {
        variant.push('.');
        variant.push_str(correction.status.as_str());
    }
    if meeting.attendance.is_some() {
        variant.push_str(".a");
    }
    Ok(Reply::ok(meeting)?.version_variant(meeting.version, &variant))
}

/// Plan a meeting
///
/// A meeting (møde) of a steering group, with its deadlines: agenda before it, minutes after it
/// (CPS-6). What clashes is found by the year plan's check and refused by nobody.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    request_body = NewMeeting,
    responses((status = 201, description = "The new meeting.", body = Meeting)))]
#[post("/meetings")]
async fn plan_meeting(
    app: App,
    permit: Permit<MeetingsWrite>,
    body: Body<NewMeeting>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let meeting = steps::plan(cx, new)?;
        let place = format!("/meetings/{}", meeting.id);
        Ok(Reply::created(place, &meeting)?.version(meeting.version))
    })
    .await
}

/// List meetings
///
/// The meetings of the groups that you see, the earliest first.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(MeetingFilter),
    responses((status = 200, description = "A page of meetings.", body = MeetingPage)))]
#[get("/meetings")]
async fn list_meetings(
    app: App,
    permit: Permit<MeetingsRead>,
    query: Query<MeetingFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            steering_group_id: query.steering_group_id,
            kind: query.kind,
            state: query.state,
            starts_from: query.starts_from,
            starts_before: query.starts_before,
            updated_since: query.updated_since,
        };
        let (items, next_cursor) = list::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| MeetingPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a meeting
///
/// Its state is what it is now: minutes are approved from the moment that the rule says (CPS-6).
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[get("/meetings/{meetingId}")]
async fn read_meeting(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<MeetingId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| reply(&store::find(cx, id.0)?))
        .await
}

/// Change a meeting
///
/// A merge patch (RFC 7396) of time, place and kind until the meeting begins. Its deadlines are
/// counted anew, and an agenda that was sent is to be sent again: on another day by the new deadline
/// (CPS-6).
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = MeetingChange,
    responses((status = 200, description = "The meeting as it is now.", body = Meeting)))]
#[patch("/meetings/{meetingId}")]
async fn change_meeting(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
    body: Body<MeetingChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&steps::change(cx, id.0, sent)?)
    })
    .await
}

/// Cancel a meeting
///
/// Calls it off, for good, until its minutes were sent. One with recorded attendance, decisions or tasks
/// was held, and is not cancelled.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = MeetingCancellation,
    responses((status = 200, description = "The cancelled meeting.", body = Meeting)))]
#[post("/meetings/{meetingId}/cancellation")]
async fn cancel_meeting(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
    body: Body<MeetingCancellation>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&steps::cancel(cx, id.0, sent)?)
    })
    .await
}
