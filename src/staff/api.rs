//! `/staff`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{NewStaff, Staff, StaffChange, StaffId};
use super::store::{self, Filter};
use crate::organisations::OrganisationId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{StaffRead, StaffWrite};
use crate::platform::app::App;
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
        create_staff_member,
        list_staff,
        read_staff_member,
        change_staff_member,
    ]
}

/// Which staff.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StaffFilter {
    /// `true`: only those who work here now; `false`: only those who do not.
    #[param(nullable = false)]
    active: Option<bool>,
    /// Only those of this organisation itself.
    #[param(nullable = false)]
    organisation_id: Option<OrganisationId>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of staff.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffPage {
    /// The staff members, in the order they were made.
    items: Vec<Staff>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Create a staff member
///
/// Makes an active member of the staff (personale) in an organisation that you may see.
#[utoipa::path(tag = "Staff", security(("oauth2" = ["staff.write"])),
    request_body = NewStaff,
    responses((status = 201, description = "The new staff member.", body = Staff)))]
#[post("/staff")]
async fn create_staff_member(
    app: App,
    permit: Permit<StaffWrite>,
    body: Body<NewStaff>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let member = store::create(cx, new)?;
        let place = format!("/staff/{}", member.id);
        Ok(Reply::created(place, &member)?.version(member.version))
    })
    .await
}

/// List staff
///
/// The staff of your data controller, in the order they were made.
#[utoipa::path(tag = "Staff", security(("oauth2" = ["staff.read"])),
    params(StaffFilter),
    responses((status = 200, description = "A page of staff.", body = StaffPage)))]
#[get("/staff")]
async fn list_staff(
    app: App,
    permit: Permit<StaffRead>,
    query: Query<StaffFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            active: query.active,
            organisation_id: query.organisation_id,
        };
        let bound_to = format!("staff {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = store::list(cx, &filter, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        Reply::page(next_cursor, |next_cursor| StaffPage { items, next_cursor })
    })
    .await
}

/// Read a staff member
#[utoipa::path(tag = "Staff", security(("oauth2" = ["staff.read"])),
    params(("staffId" = StaffId, Path, description = "The staff member's id.")),
    responses((status = 200, description = "The staff member.", body = Staff)))]
#[get("/staff/{staffId}")]
async fn read_staff_member(
    app: App,
    permit: Permit<StaffRead>,
    id: Path<StaffId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let member = store::find(cx, id.0)?;
        Ok(Reply::ok(&member)?.version(member.version))
    })
    .await
}

/// Change a staff member
///
/// A merge patch (RFC 7396): fields that are absent stay as they are. Tokens of somebody who is no
/// longer active are refused within seconds.
#[utoipa::path(tag = "Staff", security(("oauth2" = ["staff.write"])),
    params(("staffId" = StaffId, Path, description = "The staff member's id.")),
    request_body = StaffChange,
    responses((status = 200, description = "The staff member as it is now.", body = Staff)))]
#[patch("/staff/{staffId}")]
async fn change_staff_member(
    app: App,
    permit: Permit<StaffWrite>,
    id: Path<StaffId>,
    body: Body<StaffChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let member = store::change(cx, id.0, change)?;
        Ok(Reply::ok(&member)?.version(member.version))
    })
    .await
}
