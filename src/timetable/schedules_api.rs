//! `/schedules`: time books and their availability.

use actix_web::{get, patch, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::availability::Availability;
use super::model::{Schedule, ScheduleId};
use super::requests::{NewSchedule, ScheduleChange};
use super::schedules::{self, Filter};
use super::{calendar, generate};
use crate::organisations::OrganisationId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{AvailabilityWrite, TimetableRead, TimetableWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;
use crate::staff::StaffId;
use crate::volunteers::VolunteerId;

/// The routes of time books.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_schedule,
        list_schedules,
        read_schedule,
        change_schedule,
        set_availability,
        read_calendar,
    ]
}

/// Which time books.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ScheduleFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only this volunteer's.
    #[param(nullable = false)]
    volunteer_id: Option<VolunteerId>,
    /// Only this member of staff's.
    #[param(nullable = false)]
    staff_id: Option<StaffId>,
    /// Only this organisation's.
    #[param(nullable = false)]
    organisation_id: Option<OrganisationId>,
    /// `true`: only those in which times are made; `false`: only the others.
    #[param(nullable = false)]
    active: Option<bool>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of time books.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchedulePage {
    /// The time books, in the order they were made.
    items: Vec<Schedule>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Open a time book
///
/// The time book (tidbog / tidbok) of a volunteer, a member of staff or an organisation. It has no
/// times until its availability is set or times are entered by hand.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.write"])),
    request_body = NewSchedule,
    responses((status = 201, description = "The new time book.", body = Schedule)))]
#[post("/schedules")]
async fn create_schedule(
    app: App,
    permit: Permit<TimetableWrite>,
    body: Body<NewSchedule>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let schedule = schedules::create(cx, new)?;
        let place = format!("/schedules/{}", schedule.id);
        Ok(Reply::created(place, &schedule)?.version(schedule.version))
    })
    .await
}

/// List time books
///
/// A volunteer sees her own.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.read"])),
    params(ScheduleFilter),
    responses((status = 200, description = "A page of time books.", body = SchedulePage)))]
#[get("/schedules")]
async fn list_schedules(
    app: App,
    permit: Permit<TimetableRead>,
    query: Query<ScheduleFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            volunteer_id: query.volunteer_id,
            staff_id: query.staff_id,
            organisation_id: query.organisation_id,
            active: query.active,
        };
        let bound_to = format!("schedules {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = schedules::list(cx, &filter, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        Reply::page(next_cursor, |next_cursor| SchedulePage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a time book
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.read"])),
    params(("scheduleId" = ScheduleId, Path, description = "The time book's id.")),
    responses((status = 200, description = "The time book.", body = Schedule)))]
#[get("/schedules/{scheduleId}")]
async fn read_schedule(
    app: App,
    permit: Permit<TimetableRead>,
    id: Path<ScheduleId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let schedule = schedules::find(cx, id.0)?;
        Ok(Reply::ok(&schedule)?.version(schedule.version))
    })
    .await
}

/// Change a time book
///
/// Another name, or closed and opened. Closing takes its free times away; what is booked stays.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.write"])),
    params(("scheduleId" = ScheduleId, Path, description = "The time book's id.")),
    request_body = ScheduleChange,
    responses((status = 200, description = "The time book as it is now.", body = Schedule)))]
#[patch("/schedules/{scheduleId}")]
async fn change_schedule(
    app: App,
    permit: Permit<TimetableWrite>,
    id: Path<ScheduleId>,
    body: Body<ScheduleChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let schedule = generate::change(cx, id.0, change)?;
        Ok(Reply::ok(&schedule)?.version(schedule.version))
    })
    .await
}

/// Say when the owner of a time book can
///
/// Sets the whole availability and makes the times anew, up to the horizon of the programme. Free
/// times that are no longer in it go; booked ones stay, marked `outsideAvailability`; times entered
/// or closed by hand stay as they are. The result is the same whatever was set before.
///
/// Local times are the time book's. Where the clock is put forward, times in the gap are left out;
/// where it is put back, the first of the two counts. A volunteer sets her own.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["availability.write"])),
    params(("scheduleId" = ScheduleId, Path, description = "The time book's id.")),
    request_body = Availability,
    responses((status = 200, description = "The time book as it is now.", body = Schedule)))]
#[put("/schedules/{scheduleId}/availability")]
async fn set_availability(
    app: App,
    permit: Permit<AvailabilityWrite>,
    id: Path<ScheduleId>,
    body: Body<Availability>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, availability| {
        let schedule = generate::set_availability(cx, id.0, availability)?;
        Ok(Reply::ok(&schedule)?.version(schedule.version))
    })
    .await
}

/// Read a time book as a calendar
///
/// What is booked from a week ago on, as iCalendar (RFC 5545) for the supporter's own calendar.
/// It says when and what kind of talk, and never with whom.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.read"])),
    params(("scheduleId" = ScheduleId, Path, description = "The time book's id.")),
    responses((status = 200, description = "The calendar.", body = String, content_type = "text/calendar")))]
#[get("/schedules/{scheduleId}/calendar")]
async fn read_calendar(
    app: App,
    permit: Permit<TimetableRead>,
    id: Path<ScheduleId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let text = calendar::of(cx, id.0)?;
        Ok(Reply::text("text/calendar; charset=utf-8", text))
    })
    .await
}
