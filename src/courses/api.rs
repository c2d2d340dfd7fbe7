//! `/courses`. There is no way to make one here: a course is opened by the decision in a first
//! conversation (APS-5).

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::closing_note::{self, ClosingNote};
use super::list::{Filter, list};
use super::model::{Course, CourseId, CourseState};
use super::requests::{CourseChange, NewClosure, NewPause, SupporterChange};
use super::{steps, store};
use crate::calls::CallSessionId;
use crate::patients::PatientId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{CoursesRead, CoursesWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::routes;
use crate::staff::StaffId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        list_courses,
        read_course,
        change_course,
        change_course_supporter,
        pause_course,
        resume_course,
        close_course,
        read_closing_note,
    ]
}

/// Which courses.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CourseFilter {
    /// Only in this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only of this patient.
    #[param(nullable = false)]
    patient_id: Option<PatientId>,
    /// Only the one that came of this referral.
    #[param(nullable = false)]
    referral_id: Option<ReferralId>,
    /// Only those that this member of staff carries now.
    #[param(nullable = false)]
    supporter_id: Option<StaffId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<CourseState>,
    /// Only opened at this time or later.
    #[param(nullable = false)]
    opened_from: Option<Instant>,
    /// Only opened before this time.
    #[param(nullable = false)]
    opened_to: Option<Instant>,
    /// Only changed at this time or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// Only those with a warning (true) or only those without one (false).
    #[param(nullable = false)]
    flagged: Option<bool>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of courses.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoursePage {
    /// The courses, latest opened first.
    items: Vec<Course>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// A course after a step, and the planned talks that the step cancelled.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CourseWithCancelled {
    /// The course as it is now.
    course: Course,
    /// The talks that were cancelled with it.
    #[schema(value_type = Vec<CallSessionId>)]
    cancelled_call_sessions: Vec<CallSessionId>,
}

/// A course with its new supporter, and the planned talks that went along.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CourseHandedOver {
    /// The course as it is now.
    course: Course,
    /// The planned talks that the new supporter has taken over.
    #[schema(value_type = Vec<CallSessionId>)]
    moved_call_sessions: Vec<CallSessionId>,
}

fn answer(course: &Course) -> Result<Reply> {
    Ok(Reply::ok(course)?.version_variant(course.version, &course.variant()))
}

/// List courses
///
/// The courses that you may see, latest opened first. A patient sees own courses only.
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.read"])),
    params(CourseFilter),
    responses((status = 200, description = "A page of courses.", body = CoursePage)))]
#[get("/courses")]
async fn list_courses(
    app: App,
    permit: Permit<CoursesRead>,
    query: Query<CourseFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            patient_id: query.patient_id,
            referral_id: query.referral_id,
            supporter_id: query.supporter_id,
            state: query.state,
            opened_from: query.opened_from,
            opened_to: query.opened_to,
            updated_since: query.updated_since,
            flagged: query.flagged,
        };
        let bound_to = format!("courses {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = list(cx, &filter, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.opened_at.micros(),
            id: row.id.uuid(),
        });
        Reply::page(next_cursor, |next_cursor| CoursePage { items, next_cursor })
    })
    .await
}

/// Read a course
///
/// With everybody who has carried it (APS-6), who holds treatment responsibility (APS-8), and what
/// deserves a look now.
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.read"])),
    params(("courseId" = CourseId, Path, description = "The course's id.")),
    responses((status = 200, description = "The course.", body = Course)))]
#[get("/courses/{courseId}")]
async fn read_course(app: App, permit: Permit<CoursesRead>, id: Path<CourseId>) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| answer(&store::find(cx, id.0)?))
        .await
}

/// Change a course
///
/// Names somebody else as the holder of treatment responsibility (APS-8). A merge patch
/// (RFC 7396): fields that are absent stay as they are.
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.write"])),
    params(("courseId" = CourseId, Path, description = "The course's id.")),
    request_body = CourseChange,
    responses((status = 200, description = "The course as it is now.", body = Course)))]
#[patch("/courses/{courseId}")]
async fn change_course(
    app: App,
    permit: Permit<CoursesWrite>,
    id: Path<CourseId>,
    body: Body<CourseChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        answer(&steps::change(cx, id.0, change)?)
    })
    .await
}

/// Change the supporter of a course
///
/// Gives the course to another nurse (skift af fast sygeplejerske), with the reason; the earlier
/// ones stay on record, and the talks that are planned go along (APS-6).
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.write"])),
    params(("courseId" = CourseId, Path, description = "The course's id.")),
    request_body = SupporterChange,
    responses((status = 200, description = "The course, and the talks that went along.", body = CourseHandedOver)))]
#[post("/courses/{courseId}/supporter-changes")]
async fn change_course_supporter(
    app: App,
    permit: Permit<CoursesWrite>,
    id: Path<CourseId>,
    body: Body<SupporterChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let (course, moved_call_sessions) = steps::change_supporter(cx, id.0, change)?;
        Reply::ok(&CourseHandedOver {
            course,
            moved_call_sessions,
        })
    })
    .await
}

/// Pause a course
///
/// The course rests until it is resumed. Talks planned before `until`, or all of them where it is
/// not said, are cancelled.
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.write"])),
    params(("courseId" = CourseId, Path, description = "The course's id.")),
    request_body = NewPause,
    responses((status = 200, description = "The course, and what was cancelled.", body = CourseWithCancelled)))]
#[post("/courses/{courseId}/pause")]
async fn pause_course(
    app: App,
    permit: Permit<CoursesWrite>,
    id: Path<CourseId>,
    body: Body<NewPause>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, pause| {
        let (course, cancelled_call_sessions) = steps::pause(cx, id.0, pause)?;
        Reply::ok(&CourseWithCancelled {
            course,
            cancelled_call_sessions,
        })
    })
    .await
}

/// Resume a course
///
/// The course goes on.
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.write"])),
    params(("courseId" = CourseId, Path, description = "The course's id.")),
    responses((status = 200, description = "The course as it is now.", body = Course)))]
#[post("/courses/{courseId}/resumption")]
async fn resume_course(
    app: App,
    permit: Permit<CoursesWrite>,
    id: Path<CourseId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| answer(&steps::resume(cx, id.0)?))
        .await
}

/// Close a course
///
/// Ends the course with a closing note, and cancels what was planned in it. A course that is
/// shorter than the programme's typical length is flagged, not refused (APS-6).
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.write"])),
    params(("courseId" = CourseId, Path, description = "The course's id.")),
    request_body = NewClosure,
    responses((status = 200, description = "The course, and what was cancelled.", body = CourseWithCancelled)))]
#[post("/courses/{courseId}/closure")]
async fn close_course(
    app: App,
    permit: Permit<CoursesWrite>,
    id: Path<CourseId>,
    body: Body<NewClosure>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, closure| {
        let (course, cancelled_call_sessions) = steps::close(cx, id.0, closure)?;
        Reply::ok(&CourseWithCancelled {
            course,
            cancelled_call_sessions,
        })
    })
    .await
}

/// Read the closing note of a course
///
/// The note as a document to be sent (afslutningsnotat), with who holds treatment responsibility
/// (APS-8). It carries health data: safe mail only (APS-11). Not found before the course is closed.
#[utoipa::path(tag = "Courses", security(("oauth2" = ["courses.read"])),
    params(("courseId" = CourseId, Path, description = "The course's id.")),
    responses((status = 200, description = "The closing note.", body = ClosingNote)))]
#[get("/courses/{courseId}/closing-note")]
async fn read_closing_note(
    app: App,
    permit: Permit<CoursesRead>,
    id: Path<CourseId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        Reply::ok(&closing_note::of(cx, id.0)?)
    })
    .await
}
