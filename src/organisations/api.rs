//! `/organisations`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    NewOrganisation, Organisation, OrganisationChange, OrganisationId, OrganisationKind,
};
use super::store::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{OrganisationsRead, OrganisationsWrite};
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
        create_organisation,
        list_organisations,
        read_organisation,
        change_organisation,
    ]
}

/// Which organisations.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OrganisationFilter {
    /// Only this kind.
    #[param(nullable = false)]
    kind: Option<OrganisationKind>,
    /// Only direct parts of this organisation.
    #[param(nullable = false)]
    part_of: Option<OrganisationId>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of organisations.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationPage {
    /// The organisations, in the order they were made.
    items: Vec<Organisation>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Create an organisation
///
/// Makes a part (`partOf`) of an organisation that you may see. Data controllers themselves are
/// made on the command line.
#[utoipa::path(tag = "Organisations", security(("oauth2" = ["organisations.write"])),
    request_body = NewOrganisation,
    responses((status = 201, description = "The new organisation.", body = Organisation)))]
#[post("/organisations")]
async fn create_organisation(
    app: App,
    permit: Permit<OrganisationsWrite>,
    body: Body<NewOrganisation>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let organisation = store::create(cx, new)?;
        let place = format!("/organisations/{}", organisation.id);
        Ok(Reply::created(place, &organisation)?.version(organisation.version))
    })
    .await
}

/// List organisations
///
/// The organisations of your data controller, in the order they were made.
#[utoipa::path(tag = "Organisations", security(("oauth2" = ["organisations.read"])),
    params(OrganisationFilter),
    responses((status = 200, description = "A page of organisations.", body = OrganisationPage)))]
#[get("/organisations")]
async fn list_organisations(
    app: App,
    permit: Permit<OrganisationsRead>,
    query: Query<OrganisationFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            kind: query.kind,
            part_of: query.part_of,
        };
        let bound_to = format!("organisations {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = store::list(cx, &filter, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        Reply::page(next_cursor, |next_cursor| OrganisationPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read an organisation
#[utoipa::path(tag = "Organisations", security(("oauth2" = ["organisations.read"])),
    params(("organisationId" = OrganisationId, Path, description = "The organisation's id.")),
    responses((status = 200, description = "The organisation.", body = Organisation)))]
#[get("/organisations/{organisationId}")]
async fn read_organisation(
    app: App,
    permit: Permit<OrganisationsRead>,
    id: Path<OrganisationId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let organisation = store::find(cx, id.0)?;
        Ok(Reply::ok(&organisation)?.version(organisation.version))
    })
    .await
}

/// Change an organisation
///
/// A merge patch (RFC 7396): fields that are absent stay as they are.
#[utoipa::path(tag = "Organisations", security(("oauth2" = ["organisations.write"])),
    params(("organisationId" = OrganisationId, Path, description = "The organisation's id.")),
    request_body = OrganisationChange,
    responses((status = 200, description = "The organisation as it is now.", body = Organisation)))]
#[patch("/organisations/{organisationId}")]
async fn change_organisation(
    app: App,
    permit: Permit<OrganisationsWrite>,
    id: Path<OrganisationId>,
    body: Body<OrganisationChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let organisation = store::change(cx, id.0, change)?;
        Ok(Reply::ok(&organisation)?.version(organisation.version))
    })
    .await
}
