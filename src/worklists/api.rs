//! `/worklists`.

use actix_web::get;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::calls::{self, CallSession, CallSessionId, CallSessionKind, CallSessionState};
use crate::courses::CourseId;
use crate::patients::{self, PatientId, PersonName};
use crate::platform::access::Permit;
use crate::platform::access::policy::WorklistsRead;
use crate::platform::app::{App, Cx};
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, cut, resume};
use crate::platform::http::input::Query;
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::referrals::{self, Eligibility, FirstCalls, ReferralId, ReferralState};
use crate::routes;
use crate::staff::StaffId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![list_first_calls, list_coming_calls]
}

/// A patient as a worklist shows them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorklistPatient {
    /// The patient's id.
    id: PatientId,
    /// The patient's name; absent where it is protected and you may not see it (ID-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<PersonName>,
    /// Whether the name is left out because the patient is protected.
    masked: bool,
}

fn patient(cx: &mut Cx<'_>, id: PatientId) -> Result<WorklistPatient> {
    let patient = patients::find(cx, id)?;
    let masked = patients::is_masked(&patient, cx.scope());
    Ok(WorklistPatient {
        id: patient.id,
        name: (!masked).then_some(patient.name),
        masked,
    })
}

/// Which first calls.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FirstCallFilter {
    /// Only in this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only those that this member of staff is to call.
    #[param(nullable = false)]
    assigned_to: Option<StaffId>,
    /// Only those whose time is over without a call (true), or only the others (false).
    #[param(nullable = false)]
    overdue: Option<bool>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A first call that is due (første opkald).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirstCall {
    /// The referral.
    referral_id: ReferralId,
    /// The programme.
    programme_id: ProgrammeId,
    /// The patient.
    patient: WorklistPatient,
    /// Where the referral stands.
    state: ReferralState,
    /// What the criteria say (APS-1).
    eligibility: Eligibility,
    /// The day of receipt.
    received_on: NaiveDate,
    /// The last day for the first call (APS-4).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    due_on: Option<NaiveDate>,
    /// Whether the time is over and nobody has called.
    overdue: bool,
    /// How many call attempts were made.
    #[schema(minimum = 0)]
    attempts: i32,
    /// When the patient was first called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    first_called_at: Option<Instant>,
    /// Who is to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    assigned_to: Option<StaffId>,
    /// The first conversation that is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    call_session_id: Option<CallSessionId>,
    /// When it is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    planned_at: Option<Instant>,
}

/// A page of first calls.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirstCallPage {
    /// The first calls, soonest due first.
    items: Vec<FirstCall>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// List first calls that are due
///
/// Open referrals whose patient was not reached yet, soonest due first (APS-4). Those whose clock
/// stands still are not here; those that await a supplement while it runs, or had run out before, are.
#[utoipa::path(tag = "Worklists", security(("oauth2" = ["worklists.read"])),
    params(FirstCallFilter),
    responses((status = 200, description = "A page of first calls.", body = FirstCallPage)))]
#[get("/worklists/first-calls")]
async fn list_first_calls(
    app: App,
    permit: Permit<WorklistsRead>,
    query: Query<FirstCallFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let wanted = FirstCalls {
            programme_id: query.programme_id,
            assigned_to: query.assigned_to,
            due_until: None,
            overdue: query.overdue,
        };
        let bound_to = format!("firstCalls {wanted:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = referrals::first_calls_due(cx, &wanted, after, query.limit.rows())?;
        let (due, next_cursor) = cut(
            cx.keys,
            &bound_to,
            query.limit,
            rows,
            referrals::first_call_position,
        );
        let ids: Vec<ReferralId> = due.iter().map(|referral| referral.id).collect();
        let calls = calls::first_calls_so_far(cx, &ids)?;
        let mut items = Vec::with_capacity(due.len());
        for (referral, calls) in due.into_iter().zip(calls) {
            items.push(FirstCall {
                referral_id: referral.id,
                programme_id: referral.programme_id,
                patient: patient(cx, referral.patient_id)?,
                state: referral.state,
                eligibility: referral.eligibility,
                received_on: referral.received_on,
                due_on: referral.due_on,
                overdue: referral.overdue,
                attempts: calls.attempts,
                first_called_at: referral.first_called_at,
                assigned_to: referral.assigned_to,
                call_session_id: calls.planned.map(|planned| planned.0),
                planned_at: calls.planned.map(|planned| planned.1),
            });
        }
        Reply::page(next_cursor, |next_cursor| FirstCallPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Which coming calls.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ComingCallFilter {
    /// Only in this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only those that this member of staff holds.
    #[param(nullable = false)]
    supporter_id: Option<StaffId>,
    /// Only planned at this time or later. Without it, talks whose time has gone by are here too
    /// until they are completed, moved or cancelled.
    #[param(nullable = false)]
    from: Option<Instant>,
    /// Only planned before this time.
    #[param(nullable = false)]
    to: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A planned talk (kommende samtale).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComingCall {
    /// The talk.
    call_session_id: CallSessionId,
    /// What kind of talk.
    kind: CallSessionKind,
    /// The programme.
    programme_id: ProgrammeId,
    /// The referral it goes back to.
    referral_id: ReferralId,
    /// The course, for a follow-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    course_id: Option<CourseId>,
    /// The patient.
    patient: WorklistPatient,
    /// Who calls.
    supporter_id: StaffId,
    /// When it is to be held.
    planned_at: Instant,
    /// How long it is planned to be, in minutes.
    #[schema(minimum = 5, maximum = 480)]
    planned_minutes: i32,
    /// The IANA time zone that the planned time is meant in.
    #[schema(example = "Europe/Copenhagen", max_length = 64)]
    time_zone: String,
    /// How many call attempts were made.
    #[schema(minimum = 0)]
    attempts: i32,
}

impl ComingCall {
    fn of(session: CallSession, patient: WorklistPatient) -> Self {
        Self {
            call_session_id: session.id,
            kind: session.kind,
            programme_id: session.programme_id,
            referral_id: session.referral_id,
            course_id: session.course_id,
            patient,
            supporter_id: session.supporter_id,
            planned_at: session.planned_at,
            planned_minutes: session.planned_minutes,
            time_zone: session.time_zone,
            attempts: session.attempts,
        }
    }
}

/// A page of coming calls.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComingCallPage {
    /// The planned talks, earliest first.
    items: Vec<ComingCall>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// List coming calls
///
/// The planned talks, earliest first.
#[utoipa::path(tag = "Worklists", security(("oauth2" = ["worklists.read"])),
    params(ComingCallFilter),
    responses((status = 200, description = "A page of coming calls.", body = ComingCallPage)))]
#[get("/worklists/coming-calls")]
async fn list_coming_calls(
    app: App,
    permit: Permit<WorklistsRead>,
    query: Query<ComingCallFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = calls::Filter {
            programme_id: query.programme_id,
            supporter_id: query.supporter_id,
            state: Some(CallSessionState::Planned),
            planned_from: query.from,
            planned_to: query.to,
            ..calls::Filter::default()
        };
        let bound_to = format!("comingCalls {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = calls::list(cx, &filter, after, query.limit.rows())?;
        let (sessions, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, calls::position);
        let mut items = Vec::with_capacity(sessions.len());
        for session in sessions {
            let patient = patient(cx, session.patient_id)?;
            items.push(ComingCall::of(session, patient));
        }
        Reply::page(next_cursor, |next_cursor| ComingCallPage {
            items,
            next_cursor,
        })
    })
    .await
}
