//! `/staff-shares`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{NewStaffShare, StaffShare, StaffShareChange, StaffShareId, UnitId};
use super::shares;
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
use crate::staff::StaffId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        assign_staff_share,
        list_staff_shares,
        read_staff_share,
        change_staff_share,
    ]
}

/// Which staff shares.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StaffShareFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only of this unit.
    #[param(nullable = false)]
    unit_id: Option<UnitId>,
    /// Only of this person.
    #[param(nullable = false)]
    staff_id: Option<StaffId>,
    /// Only those that hold on this day.
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

/// A page of staff shares.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffSharePage {
    /// The shares, in the order they were made.
    items: Vec<StaffShare>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

fn tagged(reply: Reply, share: &StaffShare) -> Reply {
    reply.version(share.version)
}

/// Let somebody belong to a unit
///
/// With a share of full time, for a period within the unit's own (CPS-1). Nobody has more than full
/// time on any day, over all units.
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.write"])),
    request_body = NewStaffShare,
    responses((status = 201, description = "The share.", body = StaffShare)))]
#[post("/staff-shares")]
async fn assign_staff_share(
    app: App,
    permit: Permit<UnitsWrite>,
    body: Body<NewStaffShare>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let share = shares::create(cx, new)?;
        let place = format!("/staff-shares/{}", share.id);
        Ok(tagged(Reply::created(place, &share)?, &share))
    })
    .await
}

/// List staff shares
///
/// Who belongs to which unit, in the order it was recorded.
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.read"])),
    params(StaffShareFilter),
    responses((status = 200, description = "A page of staff shares.", body = StaffSharePage)))]
#[get("/staff-shares")]
async fn list_staff_shares(
    app: App,
    permit: Permit<UnitsRead>,
    query: Query<StaffShareFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = shares::Filter {
            programme_id: query.programme_id,
            unit_id: query.unit_id,
            staff_id: query.staff_id,
            valid_on: query.valid_on,
        };
        let (items, next_cursor) = shares::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| StaffSharePage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a staff share
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.read"])),
    params(("staffShareId" = StaffShareId, Path, description = "Its id.")),
    responses((status = 200, description = "The share.", body = StaffShare)))]
#[get("/staff-shares/{staffShareId}")]
async fn read_staff_share(
    app: App,
    permit: Permit<UnitsRead>,
    id: Path<StaffShareId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let share = shares::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&share)?, &share))
    })
    .await
}

/// Change a staff share
///
/// Its period (merge patch, RFC 7396). Another share of full time is another record from its first
/// day on, so that the past stays as it was.
#[utoipa::path(tag = "Units", security(("oauth2" = ["units.write"])),
    params(("staffShareId" = StaffShareId, Path, description = "Its id.")),
    request_body = StaffShareChange,
    responses((status = 200, description = "The share as it is now.", body = StaffShare)))]
#[patch("/staff-shares/{staffShareId}")]
async fn change_staff_share(
    app: App,
    permit: Permit<UnitsWrite>,
    id: Path<StaffShareId>,
    body: Body<StaffShareChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let share = shares::change(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&share)?, &share))
    })
    .await
}
