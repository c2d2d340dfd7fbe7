//! `/programmes` and `/programme-presets`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::change::ProgrammeChange;
use super::deadlines::{self, ProgrammeDeadline};
use super::model::{NewProgramme, Programme, ProgrammeId};
use super::presets::{self, ProgrammePreset};
use super::store::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{ProgrammesRead, ProgrammesWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::text::Code;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_programme,
        list_programmes,
        list_programme_presets,
        explain_deadline,
        read_programme,
        change_programme,
    ]
}

/// Which programmes.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProgrammeFilter {
    /// `true`: only those that take new referrals and enquiries; `false`: only those that do not.
    #[param(nullable = false)]
    active: Option<bool>,
    /// Only the one with this code.
    #[param(nullable = false)]
    code: Option<Code>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// Which deadline.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeadlineQuestion {
    /// Day 0: the local date of receipt, in the years 1900 to 2200.
    #[param(example = "2026-03-27")]
    from: NaiveDate,
    /// How many working days the deadline has; 0 is the day itself.
    #[param(minimum = 0, maximum = 400, example = 8)]
    working_days: u32,
}

/// A page of programmes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgrammePage {
    /// The programmes, in the order they were made.
    items: Vec<Programme>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// The presets that the service ships.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgrammePresetList {
    /// All of them.
    items: Vec<ProgrammePreset>,
}

/// Create a programme
///
/// With a `preset` (`GET /programme-presets`) or with a `policy` of its own, exactly one of them.
/// With a preset, code and name are the preset's where they are left out. The code is unique within
/// the data controller.
#[utoipa::path(tag = "Programmes", security(("oauth2" = ["programmes.write"])),
    request_body = NewProgramme,
    responses((status = 201, description = "The new programme.", body = Programme)))]
#[post("/programmes")]
async fn create_programme(
    app: App,
    permit: Permit<ProgrammesWrite>,
    body: Body<NewProgramme>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let programme = store::create(cx, new)?;
        let place = format!("/programmes/{}", programme.id);
        Ok(Reply::created(place, &programme)?.version(programme.version))
    })
    .await
}

/// List programmes
///
/// The programmes of your data controller that you may see, in the order they were made.
#[utoipa::path(tag = "Programmes", security(("oauth2" = ["programmes.read"])),
    params(ProgrammeFilter),
    responses((status = 200, description = "A page of programmes.", body = ProgrammePage)))]
#[get("/programmes")]
async fn list_programmes(
    app: App,
    permit: Permit<ProgrammesRead>,
    query: Query<ProgrammeFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            active: query.active,
            code: query.code,
        };
        let bound_to = filter.describe();
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = store::list(cx, &filter, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        Reply::page(next_cursor, |next_cursor| ProgrammePage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a programme
#[utoipa::path(tag = "Programmes", security(("oauth2" = ["programmes.read"])),
    params(("programmeId" = ProgrammeId, Path, description = "The programme's id.")),
    responses((status = 200, description = "The programme.", body = Programme)))]
#[get("/programmes/{programmeId}")]
async fn read_programme(
    app: App,
    permit: Permit<ProgrammesRead>,
    id: Path<ProgrammeId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let programme = store::find(cx, id.0)?;
        Ok(Reply::ok(&programme)?.version(programme.version))
    })
    .await
}

/// Change a programme
///
/// A merge patch (RFC 7396), down to the single field of the policy: what is absent stays as it is,
/// lists are replaced as a whole. Deadlines that have been set stay as they are.
#[utoipa::path(tag = "Programmes", security(("oauth2" = ["programmes.write"])),
    params(("programmeId" = ProgrammeId, Path, description = "The programme's id.")),
    request_body = ProgrammeChange,
    responses((status = 200, description = "The programme as it is now.", body = Programme)))]
#[patch("/programmes/{programmeId}")]
async fn change_programme(
    app: App,
    permit: Permit<ProgrammesWrite>,
    id: Path<ProgrammeId>,
    body: Body<ProgrammeChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let programme = store::change(cx, id.0, change)?;
        Ok(Reply::ok(&programme)?.version(programme.version))
    })
    .await
}

/// Explain a deadline
///
/// The day that is so many working days (hverdage / vardagar) after a day of receipt, by the
/// programme's calendar, with every day counted or skipped and why (APS-4). Nothing is stored.
#[utoipa::path(tag = "Programmes", security(("oauth2" = ["programmes.read"])),
    params(("programmeId" = ProgrammeId, Path, description = "The programme's id."), DeadlineQuestion),
    responses((status = 200, description = "The deadline, day by day.", body = ProgrammeDeadline)))]
#[get("/programmes/{programmeId}/deadlines")]
async fn explain_deadline(
    app: App,
    permit: Permit<ProgrammesRead>,
    id: Path<ProgrammeId>,
    query: Query<DeadlineQuestion>,
) -> Result<Reply> {
    app.point(&permit, query, move |cx, query| {
        let programme = store::find(cx, id.0)?;
        Reply::ok(&deadlines::explain(
            programme.id,
            &programme.policy,
            query.from,
            query.working_days,
        )?)
    })
    .await
}

/// List programme presets
///
/// The programmes that the service ships a policy for, with the rules it comes from. Make one with
/// `POST /programmes` and its code as `preset`.
#[utoipa::path(tag = "Programmes", security(("oauth2" = ["programmes.read"])),
    responses((status = 200, description = "The presets.", body = ProgrammePresetList)))]
#[get("/programme-presets")]
async fn list_programme_presets(app: App, permit: Permit<ProgrammesRead>) -> Result<Reply> {
    app.point(&permit, (), |_, ()| {
        Reply::ok(&ProgrammePresetList {
            items: presets::all().to_vec(),
        })
    })
    .await
}
