//! `/call-sessions`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::list::{Filter, list};
use super::model::{CallAttempt, CallSession, CallSessionId, CallSessionState};
use super::requests::{
    CallCancellation, CallCompletion, CallSessionChange, NewCallAttempt, NewCallSession,
};
use super::{attempts, cancel, steps, store};
use crate::closed_enum;
use crate::courses::CourseId;
use crate::patients::PatientId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{CallSessionsRead, CallSessionsWrite};
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
        record_call_attempt,
        list_call_attempts,
        plan_call_session,
        list_call_sessions,
        read_call_session,
        change_call_session,
        complete_call_session,
        cancel_call_session,
    ]
}

closed_enum! {
    /// By planned time: `plannedAt` earliest first, `-plannedAt` latest first.
    pub enum CallSessionSort {
        /// Earliest first.
        Earliest = "plannedAt",
        /// Latest first.
        Latest = "-plannedAt",
    }
}

/// Which call sessions.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CallSessionFilter {
    /// Only in this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only with this patient.
    #[param(nullable = false)]
    patient_id: Option<PatientId>,
    /// Only of this referral and the course that came of it.
    #[param(nullable = false)]
    referral_id: Option<ReferralId>,
    /// Only of this course, its first conversation included.
    #[param(nullable = false)]
    course_id: Option<CourseId>,
    /// Only those that this member of staff holds.
    #[param(nullable = false)]
    supporter_id: Option<StaffId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<CallSessionState>,
    /// Only planned at this time or later.
    #[param(nullable = false)]
    planned_from: Option<Instant>,
    /// Only planned before this time.
    #[param(nullable = false)]
    planned_to: Option<Instant>,
    /// Only changed at this time or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// The order; latest first where nothing is said.
    #[param(nullable = false, inline)]
    sort: Option<CallSessionSort>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of call sessions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallSessionPage {
    /// The call sessions by planned time.
    pub items: Vec<CallSession>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<Cursor>,
}

/// Which page of the attempts.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CallAttemptFilter {
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of call attempts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallAttemptPage {
    /// The attempts in the order they were made.
    items: Vec<CallAttempt>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// A talk that was held, and what it led to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompletedCall {
    /// The talk.
    call_session: CallSession,
    /// The course that the decision opened (APS-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    course_id: Option<CourseId>,
    /// The next talk, where one was planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_call_session: Option<CallSession>,
}

/// Where a session stands in a list by planned time.
pub fn position(session: &CallSession) -> Position {
    Position {
        key: session.planned_at.micros(),
        id: session.id.uuid(),
    }
}

/// Plan a call session
///
/// Plans the first conversation of an accepted referral (`referralId`; at most one at a time), or
/// a follow-up in an active course (`courseId`). How often the nurse calls is decided from talk to
/// talk by the patient's need: nothing repeats by itself (APS-6).
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.write"])),
    request_body = NewCallSession,
    responses((status = 201, description = "The planned talk.", body = CallSession)))]
#[post("/call-sessions")]
async fn plan_call_session(
    app: App,
    permit: Permit<CallSessionsWrite>,
    body: Body<NewCallSession>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let session = steps::plan(cx, new)?;
        let place = format!("/call-sessions/{}", session.id);
        Ok(Reply::created(place, &session)?.version(session.version))
    })
    .await
}

/// List call sessions
///
/// The talks by planned time, latest first where `sort` says nothing else.
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.read"])),
    params(CallSessionFilter),
    responses((status = 200, description = "A page of call sessions.", body = CallSessionPage)))]
#[get("/call-sessions")]
async fn list_call_sessions(
    app: App,
    permit: Permit<CallSessionsRead>,
    query: Query<CallSessionFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            patient_id: query.patient_id,
            referral_id: query.referral_id,
            course_id: query.course_id,
            supporter_id: query.supporter_id,
            state: query.state,
            planned_from: query.planned_from,
            planned_to: query.planned_to,
            updated_since: query.updated_since,
            descending: query.sort != Some(CallSessionSort::Earliest),
        };
        let bound_to = format!("callSessions {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = list(cx, &filter, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, position);
        Reply::page(next_cursor, |next_cursor| CallSessionPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a call session
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.read"])),
    params(("callSessionId" = CallSessionId, Path, description = "The call session's id.")),
    responses((status = 200, description = "The call session.", body = CallSession)))]
#[get("/call-sessions/{callSessionId}")]
async fn read_call_session(
    app: App,
    permit: Permit<CallSessionsRead>,
    id: Path<CallSessionId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let session = store::find(cx, id.0)?;
        Ok(Reply::ok(&session)?.version(session.version))
    })
    .await
}

/// Move or change a call session
///
/// Another time, length or supporter, while the talk is planned. A merge patch (RFC 7396): fields
/// that are absent stay as they are.
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.write"])),
    params(("callSessionId" = CallSessionId, Path, description = "The call session's id.")),
    request_body = CallSessionChange,
    responses((status = 200, description = "The call session as it is now.", body = CallSession)))]
#[patch("/call-sessions/{callSessionId}")]
async fn change_call_session(
    app: App,
    permit: Permit<CallSessionsWrite>,
    id: Path<CallSessionId>,
    body: Body<CallSessionChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let session = steps::change(cx, id.0, change)?;
        Ok(Reply::ok(&session)?.version(session.version))
    })
    .await
}

/// Register a call attempt
///
/// One call to one of the patient's telephones (opkald), while the talk is planned. The first
/// attempt of a first conversation keeps the deadline of the referral (APS-4).
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.write"])),
    params(("callSessionId" = CallSessionId, Path, description = "The call session's id.")),
    request_body = NewCallAttempt,
    responses((status = 201, description = "The registered attempt. `Location` is the list it is in.", body = CallAttempt)))]
#[post("/call-sessions/{callSessionId}/attempts")]
async fn record_call_attempt(
    app: App,
    permit: Permit<CallSessionsWrite>,
    id: Path<CallSessionId>,
    body: Body<NewCallAttempt>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let attempt = attempts::record(cx, id.0, new)?;
        Reply::created(format!("/call-sessions/{}/attempts", id.0), &attempt)
    })
    .await
}

/// List call attempts
///
/// The attempts to reach the patient for this talk, in the order they were made.
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.read"])),
    params(("callSessionId" = CallSessionId, Path, description = "The call session's id."), CallAttemptFilter),
    responses((status = 200, description = "A page of call attempts.", body = CallAttemptPage)))]
#[get("/call-sessions/{callSessionId}/attempts")]
async fn list_call_attempts(
    app: App,
    permit: Permit<CallSessionsRead>,
    id: Path<CallSessionId>,
    query: Query<CallAttemptFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let bound_to = format!("callAttempts {}", id.0);
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = attempts::list(cx, id.0, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.at.micros(),
            id: row.id.uuid(),
        });
        Reply::page(next_cursor, |next_cursor| CallAttemptPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Complete a call session
///
/// The talk was held. A first conversation is completed after an attempt that reached the patient,
/// and with the decision whether the programme is right: `enrol` opens the course, `notSuitable`
/// ends the referral (APS-5). `nextContact` plans the next talk, if one was agreed on.
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.write"])),
    params(("callSessionId" = CallSessionId, Path, description = "The call session's id.")),
    request_body = CallCompletion,
    responses((status = 200, description = "The talk, and what it led to.", body = CompletedCall)))]
#[post("/call-sessions/{callSessionId}/completion")]
async fn complete_call_session(
    app: App,
    permit: Permit<CallSessionsWrite>,
    id: Path<CallSessionId>,
    body: Body<CallCompletion>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, done| {
        let held = steps::complete(cx, id.0, done)?;
        Reply::ok(&CompletedCall {
            call_session: held.session,
            course_id: held.opened,
            next_call_session: held.next,
        })
    })
    .await
}

/// Cancel a call session
///
/// The talk will not be held. Another one can be planned.
#[utoipa::path(tag = "Call sessions", security(("oauth2" = ["callSessions.write"])),
    params(("callSessionId" = CallSessionId, Path, description = "The call session's id.")),
    request_body = CallCancellation,
    responses((status = 200, description = "The cancelled talk.", body = CallSession)))]
#[post("/call-sessions/{callSessionId}/cancellation")]
async fn cancel_call_session(
    app: App,
    permit: Permit<CallSessionsWrite>,
    id: Path<CallSessionId>,
    body: Body<CallCancellation>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, cancellation| {
        let session = cancel::cancel(cx, id.0, cancellation)?;
        Ok(Reply::ok(&session)?.version(session.version))
    })
    .await
}
