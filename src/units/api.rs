//! `/units`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{NewUnit, Unit, UnitChange, UnitId};
use super::staffing_rules::StaffingStep;
use super::{shares, store};
use crate::platform::access::Permit;
use crate::platform::access::policy::{UnitsRead, UnitsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_unit,
        list_units,
        read_unit,
        change_unit,
        read_unit_staffing,
    ]
}

/// Which units.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UnitFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only those that exist on this day.
    #[param(nullable = false)]
    valid_on: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnitPage {
    /// The units, in the order they were made.
    items: Vec<Unit>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

fn tagged(reply: Reply, unit: &Unit) -> Reply {
    reply.version(unit.version)
}

/// Create a unit of a centre
///
/// Where bridge-building nurses work (CPS-1), for good or on trial.
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.write"])),
    request_body = NewUnit,
    responses((status = 201, description = "The unit.", body = Unit)))]
#[post("/units")]
async fn create_unit(app: App, permit: Permit<UnitsWrite>, body: Body<NewUnit>) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let unit = store::create(cx, new)?;
        let place = format!("/units/{}", unit.id);
        Ok(tagged(Reply::created(place, &unit)?, &unit))
    })
    .await
}

/// List units
///
/// The units of the programmes that you see, in the order they were made.
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.read"])),
    params(UnitFilter),
    responses((status = 200, description = "A page of units.", body = UnitPage)))]
#[get("/units")]
async fn list_units(
    app: App,
    permit: Permit<UnitsRead>,
    query: Query<UnitFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = store::Filter {
            programme_id: query.programme_id,
            valid_on: query.valid_on,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| UnitPage { items, next_cursor })
    })
    .await
}

/// Read a unit
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.read"])),
    params(("unitId" = UnitId, Path, description = "Its id.")),
    responses((status = 200, description = "The unit.", body = Unit)))]
#[get("/units/{unitId}")]
async fn read_unit(app: App, permit: Permit<UnitsRead>, id: Path<UnitId>) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let unit = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&unit)?, &unit))
    })
    .await
}

/// Change a unit
///
/// A merge patch (RFC 7396): fields that are absent stay as they are.
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.write"])),
    params(("unitId" = UnitId, Path, description = "Its id.")),
    request_body = UnitChange,
    responses((status = 200, description = "The unit as it is now.", body = Unit)))]
#[patch("/units/{unitId}")]
async fn change_unit(
    app: App,
    permit: Permit<UnitsWrite>,
    id: Path<UnitId>,
    body: Body<UnitChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let unit = store::change(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&unit)?, &unit))
    })
    .await
}

/// How many work in a unit over time (bemanding).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnitStaffing {
    /// The unit.
    unit_id: UnitId,
    /// Its staffing in the order of time: each step lasts until the next one begins.
    steps: Vec<StaffingStep>,
}

/// Read how a unit is staffed over time
///
/// The shares of everybody who belongs to it, added up day by day, as steps (CPS-1).
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.read"])),
    params(("unitId" = UnitId, Path, description = "Its id.")),
    responses((status = 200, description = "The staffing.", body = UnitStaffing)))]
#[get("/units/{unitId}/staffing")]
async fn read_unit_staffing(
    app: App,
    permit: Permit<UnitsRead>,
    id: Path<UnitId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let steps = shares::staffing(cx, id.0)?;
        Reply::ok(&UnitStaffing {
            unit_id: id.0,
            steps,
        })
    })
    .await
}
