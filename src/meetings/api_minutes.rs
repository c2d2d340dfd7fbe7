//! `/meetings/{meetingId}/minutes`, attendance, and `/remarks`.

use actix_web::{HttpRequest, get, post, put};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::reply;
use super::api_agenda::{PaperQuery, PaperVersionList, page, wants_page};
use super::follow_up_model::Remark;
use super::html;
use super::model::{Meeting, MeetingId, Paper, RemarkId};
use super::paper_model::MinutesPaper;
use super::requests::{
    AttendanceRecord, MinutesCorrection, MinutesRevision, NewRemark, RemarkAnswers,
};
use super::{attendance, papers, remarks, steps, store};
use crate::platform::access::Permit;
use crate::platform::access::policy::{MeetingsRead, MeetingsTakePart, MeetingsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of minutes.
#[must_use]
pub fn routes() -> Routes {
    routes![
        record_meeting_attendance,
        read_minutes,
        list_minutes_versions,
        send_minutes,
        send_remark,
        list_remarks,
        read_remark,
        revise_minutes,
        correct_minutes,
        answer_remarks,
    ]
}

/// The remarks on minutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemarkList {
    /// The remarks in the order they came.
    items: Vec<Remark>,
}

/// Record attendance
///
/// Who took part, in place of what was recorded before. Once the meeting has begun. Minutes are not
/// sent before it is recorded of everybody who held a seat on that day.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = AttendanceRecord,
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[put("/meetings/{meetingId}/attendance")]
async fn record_meeting_attendance(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
    body: Body<AttendanceRecord>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&attendance::record(cx, id.0, sent)?)
    })
    .await
}

/// Read minutes
///
/// The minutes (referat) as they were sent, or for the secretariat as they are now. Who has left the
/// group after the meeting reads them until they are approved. `Accept: text/html`
/// or `format=html` answers a page for people, in Danish, that prints well.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id."), PaperQuery),
    responses((status = 200, description = "The paper.", content(
        (MinutesPaper = "application/json"),
        (String = "text/html", example = "<!doctype html><html lang=\"da\"><title>…</title>"),
    ))))]
#[get("/meetings/{meetingId}/minutes")]
async fn read_minutes(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<MeetingId>,
    query: Query<PaperQuery>,
    req: HttpRequest,
) -> Result<Reply> {
    let by_header = wants_page(&req);
    app.read(&permit, query, move |cx, query| {
        let paper = papers::minutes(cx, id.0, query.version)?;
        if query.as_page(by_header) {
            let state = store::find(cx, id.0)?.state;
            page(&html::minutes(&paper, state)?)
        } else {
            Reply::ok(&paper)
        }
    })
    .await
}

/// List the versions of minutes
///
/// All minutes that were sent, revised and corrected, the newest first. None is ever lost or changed.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    responses((status = 200, description = "The versions.", body = PaperVersionList)))]
#[get("/meetings/{meetingId}/minutes/versions")]
async fn list_minutes_versions(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<MeetingId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let items = papers::versions(cx, id.0, Paper::Minutes)?;
        Reply::ok(&PaperVersionList { items })
    })
    .await
}

/// Send minutes
///
/// Keeps the minutes as they are now as a version, and tells that they are sent: 7 calendar days after
/// the meeting at the latest (CPS-6). Later is possible, and marked late. From now on remarks count
/// for 7 calendar days; with none the minutes stand approved when the last of them is over.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[post("/meetings/{meetingId}/minutes/sending")]
async fn send_minutes(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        reply(&steps::send_minutes(cx, id.0)?)
    })
    .await
}

/// Send a remark on minutes
///
/// A remark (bemærkning) of a member. One that comes before the period is over holds the approval
/// back until the secretariat has answered it in revised minutes; one that comes later is kept and
/// marked. One that came in time, but is registered after the approval, is marked as `overlooked` and
/// asks the secretariat to correct the minutes, or to answer that it changes nothing. Whoever held a
/// seat on the day of the meeting remarks, also who has left the group since.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.takePart"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = NewRemark,
    responses((status = 201, description = "The remark.", body = Remark)))]
#[post("/meetings/{meetingId}/remarks")]
async fn send_remark(
    app: App,
    permit: Permit<MeetingsTakePart>,
    id: Path<MeetingId>,
    body: Body<NewRemark>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let remark = remarks::receive(cx, id.0, sent)?;
        let place = format!("/remarks/{}", remark.id);
        Ok(Reply::created(place, &remark)?.version(remark.version))
    })
    .await
}

/// List the remarks on minutes
///
/// With their answers, in the order they came.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    responses((status = 200, description = "The remarks.", body = RemarkList)))]
#[get("/meetings/{meetingId}/remarks")]
async fn list_remarks(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<MeetingId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let items = remarks::list(cx, id.0)?;
        Reply::ok(&RemarkList { items })
    })
    .await
}

/// Read a remark on minutes
///
/// With its answer, for those who see the remarks of its meeting. `remark.received` leads here.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("remarkId" = RemarkId, Path, description = "The remark's id.")),
    responses((status = 200, description = "The remark.", body = Remark)))]
#[get("/remarks/{remarkId}")]
async fn read_remark(app: App, permit: Permit<MeetingsRead>, id: Path<RemarkId>) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let remark = remarks::find(cx, id.0)?;
        Ok(Reply::ok(&remark)?.version(remark.version))
    })
    .await
}

/// Revise minutes
///
/// Keeps the minutes as they are now as a version that answers every remark that came in time. When the
/// period for remarks is over they are approved (CPS-6).
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = MinutesRevision,
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[post("/meetings/{meetingId}/minutes/revision")]
async fn revise_minutes(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
    body: Body<MinutesRevision>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&steps::revise(cx, id.0, sent)?)
    })
    .await
}

/// Correct minutes
///
/// Keeps the minutes as they are now as a version that takes the place of the approved one, which stays
/// as it was.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = MinutesCorrection,
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[post("/meetings/{meetingId}/minutes/correction")]
async fn correct_minutes(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
    body: Body<MinutesCorrection>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&steps::correct(cx, id.0, sent)?)
    })
    .await
}

/// Answer remarks on approved minutes
///
/// Answers remarks that change nothing in the minutes: those that came late, or were overlooked when the
/// minutes were approved. What is adopted is answered by a correction.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("meetingId" = MeetingId, Path, description = "The meeting's id.")),
    request_body = RemarkAnswers,
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[post("/meetings/{meetingId}/remark-answers")]
async fn answer_remarks(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<MeetingId>,
    body: Body<RemarkAnswers>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&steps::answer(cx, id.0, sent)?)
    })
    .await
}
