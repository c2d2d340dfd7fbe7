//! `/patients/{patientId}/access-log` and `/patients/{patientId}/timeline`.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::history::{self, Happening, Span};
use super::model::PatientId;
use super::store;
use crate::platform::access::policy::{AccessLogRead, PatientsRead};
use crate::platform::access::{ActorKind, Permit};
use crate::platform::app::App;
use crate::platform::audit;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![read_access_log, read_timeline]
}

/// Which accesses.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccessFilter {
    /// Only accesses at this time or later.
    #[param(nullable = false)]
    from: Option<Instant>,
    /// Only accesses before this time.
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

/// Who it was, as they were then.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Accessor, example = json!({"kind": "person", "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e75", "name": "Nurse Test", "roles": ["nurse"]}))]
pub struct Accessor {
    /// A system, a person of the staff, the patient, or the service itself.
    kind: ActorKind,
    /// The id of the client, staff member or patient.
    id: Uuid,
    /// What the client or staff member was called then; empty for a patient.
    name: String,
    /// The roles of a person.
    roles: Vec<String>,
}

/// One access to a patient's record (opslag / åtkomst).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// When.
    at: Instant,
    /// Who.
    actor: Accessor,
    /// What was done: the operationId.
    operation: String,
    /// The reason that was given (`Access-Purpose`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    purpose: Option<String>,
    /// `ok`, or the code of the problem that was answered.
    #[schema(example = "ok")]
    outcome: String,
    /// The request it was part of.
    request_id: String,
    /// The record: this patient, or one that was merged into it later.
    patient_id: PatientId,
}

impl Access {
    fn of(row: audit::Row) -> Result<Self> {
        Ok(Self {
            at: row.at,
            actor: Accessor {
                kind: row.actor_kind.parse().map_err(Error::internal)?,
                id: row.actor_id.uuid(),
                name: row.actor_name,
                roles: row
                    .actor_roles
                    .split_ascii_whitespace()
                    .map(str::to_owned)
                    .collect(),
            },
            operation: row.operation,
            purpose: row.purpose,
            outcome: row.outcome,
            request_id: row.request_id,
            patient_id: row
                .patient_id
                .ok_or_else(|| Error::internal("an access of no patient"))?,
        })
    }
}

/// A page of the access log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessPage {
    /// The accesses, newest first.
    items: Vec<Access>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Read who has looked at a patient's record
///
/// Every access to the record and to those merged into it, newest first: who, by which operation,
/// why, with what outcome. Patients may read their own.
#[utoipa::path(tag = "Patients", security(("oauth2" = ["accessLog.read"])),
    params(("patientId" = PatientId, Path, description = "The patient's id."), AccessFilter),
    responses((status = 200, description = "A page of accesses.", body = AccessPage)))]
#[get("/patients/{patientId}/access-log")]
async fn read_access_log(
    app: App,
    permit: Permit<AccessLogRead>,
    id: Path<PatientId>,
    query: Query<AccessFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let patient = store::find(cx, id.0)?;
        let span = Span {
            from: query.from,
            to: query.to,
        };
        let bound_to = format!("accesses {} {span:?}", patient.id);
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = history::accesses(cx, &patient, &span, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(
            cx.keys,
            &bound_to,
            query.limit,
            rows,
            history::access_position,
        );
        let items = rows.into_iter().map(Access::of).collect::<Result<_>>()?;
        Reply::page(next_cursor, |next_cursor| AccessPage { items, next_cursor })
    })
    .await
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TimelineFilter {
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// Something that happened to a patient (hændelse / händelse). No texts: follow the subject.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// The event's id.
    id: Uuid,
    /// When.
    at: Instant,
    /// What happened.
    #[schema(example = "referral.accepted")]
    kind: String,
    /// To what kind of thing.
    #[schema(example = "referral")]
    subject_type: String,
    /// To which one.
    subject_id: Uuid,
    /// The programme it belongs to, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    programme_id: Option<ProgrammeId>,
}

impl From<Happening> for TimelineEntry {
    fn from(row: Happening) -> Self {
        Self {
            id: row.id.uuid(),
            at: row.at,
            kind: row.kind,
            subject_type: row.subject_type,
            subject_id: row.subject_id.uuid(),
            programme_id: row.programme_id,
        }
    }
}

/// A page of a timeline.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelinePage {
    /// What happened, newest first.
    items: Vec<TimelineEntry>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Read what has happened to a patient
///
/// Every state change that concerns the patient or a record merged into it, newest first: kind,
/// subject and time, no texts. Events of programmes that you do not see are left out.
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.read"])),
    params(("patientId" = PatientId, Path, description = "The patient's id."), TimelineFilter),
    responses((status = 200, description = "A page of events.", body = TimelinePage)))]
#[get("/patients/{patientId}/timeline")]
async fn read_timeline(
    app: App,
    permit: Permit<PatientsRead>,
    id: Path<PatientId>,
    query: Query<TimelineFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let patient = store::find(cx, id.0)?;
        let bound_to = format!("timeline {}", patient.id);
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = history::timeline(cx, &patient, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.position,
            id: row.id.uuid(),
        });
        let items = rows.into_iter().map(Into::into).collect();
        Reply::page(next_cursor, |next_cursor| TimelinePage {
            items,
            next_cursor,
        })
    })
    .await
}
