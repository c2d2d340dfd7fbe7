//! `/patients/{patientId}/relatives`.

use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Patient, PatientId};
use super::relatives_model::{NewRelative, Relative, RelativeChange, RelativeId, RelativeView};
use super::{relatives, store, view};
use crate::platform::access::Permit;
use crate::platform::access::policy::{PatientsRead, PatientsWrite};
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_relative,
        list_relatives,
        read_relative,
        change_relative,
        delete_relative,
    ]
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RelativeFilter {
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of relatives.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RelativePage {
    /// The relatives, in the order they were made.
    items: Vec<RelativeView>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

fn reply(cx: &Cx<'_>, (patient, relative): (Patient, Relative), created: bool) -> Result<Reply> {
    let variant = view::variant(&patient, cx.scope());
    let relative = RelativeView::of(relative, view::is_masked(&patient, cx.scope()));
    let reply = if created {
        let place = format!("/patients/{}/relatives/{}", patient.id, relative.id);
        Reply::created(place, &relative)?
    } else {
        Reply::ok(&relative)?
    };
    Ok(reply.version_variant(relative.version, variant))
}

/// Register a relative
///
/// A person near the patient (pårørende / närstående), who takes part in talks or is supported too.
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.write"])),
    params(("patientId" = PatientId, Path, description = "The patient's id.")),
    request_body = NewRelative,
    responses((status = 201, description = "The new relative.", body = RelativeView)))]
#[post("/patients/{patientId}/relatives")]
async fn create_relative(
    app: App,
    permit: Permit<PatientsWrite>,
    id: Path<PatientId>,
    body: Body<NewRelative>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let made = relatives::create(cx, id.0, new)?;
        reply(cx, made, true)
    })
    .await
}

/// List a patient's relatives
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.read"])),
    params(("patientId" = PatientId, Path, description = "The patient's id."), RelativeFilter),
    responses((status = 200, description = "A page of relatives.", body = RelativePage)))]
#[get("/patients/{patientId}/relatives")]
async fn list_relatives(
    app: App,
    permit: Permit<PatientsRead>,
    id: Path<PatientId>,
    query: Query<RelativeFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let patient = store::find(cx, id.0)?;
        let masked = view::is_masked(&patient, cx.scope());
        let bound_to = format!("relatives {}", patient.id);
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = relatives::list(cx, patient.id, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        let items = rows
            .into_iter()
            .map(|relative| RelativeView::of(relative, masked))
            .collect();
        Reply::page(next_cursor, |next_cursor| RelativePage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a relative
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.read"])),
    params(("patientId" = PatientId, Path, description = "The patient's id."),
        ("relativeId" = RelativeId, Path, description = "The relative's id.")),
    responses((status = 200, description = "The relative.", body = RelativeView)))]
#[get("/patients/{patientId}/relatives/{relativeId}")]
async fn read_relative(
    app: App,
    permit: Permit<PatientsRead>,
    ids: Path<(PatientId, RelativeId)>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let found = relatives::find(cx, ids.0.0, ids.0.1)?;
        reply(cx, found, false)
    })
    .await
}

/// Change a relative
///
/// A merge patch (RFC 7396): fields that are absent stay as they are, `null` clears.
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.write"])),
    params(("patientId" = PatientId, Path, description = "The patient's id."),
        ("relativeId" = RelativeId, Path, description = "The relative's id.")),
    request_body = RelativeChange,
    responses((status = 200, description = "The relative as it is now.", body = RelativeView)))]
#[patch("/patients/{patientId}/relatives/{relativeId}")]
async fn change_relative(
    app: App,
    permit: Permit<PatientsWrite>,
    ids: Path<(PatientId, RelativeId)>,
    body: Body<RelativeChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let changed = relatives::change(cx, ids.0.0, ids.0.1, change)?;
        reply(cx, changed, false)
    })
    .await
}

/// Delete a relative
///
/// Answers with the relative as it last was. Consents that the relative gave keep the name. A
/// protected person's relative is deleted by those who may see them (ID-5).
#[utoipa::path(tag = "Patients", security(("oauth2" = ["patients.write"])),
    params(("patientId" = PatientId, Path, description = "The patient's id."),
        ("relativeId" = RelativeId, Path, description = "The relative's id.")),
    responses((status = 200, description = "The relative as it last was.", body = RelativeView)))]
#[delete("/patients/{patientId}/relatives/{relativeId}")]
async fn delete_relative(
    app: App,
    permit: Permit<PatientsWrite>,
    ids: Path<(PatientId, RelativeId)>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let deleted = relatives::delete(cx, ids.0.0, ids.0.1)?;
        reply(cx, deleted, false)
    })
    .await
}
