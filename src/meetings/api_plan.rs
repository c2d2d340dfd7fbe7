//! The worklist of meetings, a group's year plan and its calendar.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::calendar;
use super::worklist::{self, MeetingTask};
use super::year_plan::{self, YearPlan};
use crate::platform::access::Permit;
use crate::platform::access::policy::MeetingsRead;
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;
use crate::steering::SteeringGroupId;

/// The routes of what a secretariat plans by.
#[must_use]
pub fn routes() -> Routes {
    routes![list_meeting_tasks, read_year_plan, read_group_calendar]
}

/// What is asked for.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MeetingTaskFilter {
    /// Only of this group.
    #[param(nullable = false)]
    steering_group_id: Option<SteeringGroupId>,
    /// Only what is due before this time.
    #[param(nullable = false)]
    due_before: Option<Instant>,
    /// `true`: only what is late; `false`: only what is not.
    #[param(nullable = false)]
    late: Option<bool>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of what is to be done for meetings.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingTaskPage {
    /// What is to be done, the earliest due first.
    items: Vec<MeetingTask>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Which year.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct YearQuery {
    /// The year, in the group's time zone.
    #[param(minimum = 1901, maximum = 2199, example = 2027)]
    year: i32,
}

/// List what is to be done for meetings
///
/// Agendas and minutes to be sent and remarks to be answered, the earliest due first (CPS-6); those on
/// approved minutes too that came in time and were overlooked. What is late stays on it until it is done.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(MeetingTaskFilter),
    responses((status = 200, description = "A page of what is to be done.", body = MeetingTaskPage)))]
#[get("/worklists/meetings")]
async fn list_meeting_tasks(
    app: App,
    permit: Permit<MeetingsRead>,
    query: Query<MeetingTaskFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = worklist::Filter {
            steering_group_id: query.steering_group_id,
            due_before: query.due_before,
            late: query.late,
        };
        let (items, next_cursor) = worklist::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| MeetingTaskPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read the year plan of a steering group
///
/// The meetings of a year (årsplan), and what is missing or clashes: four ordinary meetings, one of
/// them longer (CPS-6), no two at once, none on a holiday, a chair and a secretary for each.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("steeringGroupId" = SteeringGroupId, Path, description = "The group's id."), YearQuery),
    responses((status = 200, description = "The year.", body = YearPlan)))]
#[get("/steering-groups/{steeringGroupId}/year-plan")]
async fn read_year_plan(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<SteeringGroupId>,
    query: Query<YearQuery>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        Reply::ok(&year_plan::of(cx, id.0, query.year)?)
    })
    .await
}

/// Read the calendar of a steering group
///
/// Its meetings from a year ago on, as iCalendar (RFC 5545); those that were cancelled with that status.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("steeringGroupId" = SteeringGroupId, Path, description = "The group's id.")),
    responses((status = 200, description = "The calendar.", body = String, content_type = "text/calendar")))]
#[get("/steering-groups/{steeringGroupId}/calendar")]
async fn read_group_calendar(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<SteeringGroupId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let text = calendar::of(cx, id.0)?;
        Ok(Reply::text("text/calendar; charset=utf-8", text))
    })
    .await
}
