//! `/delegations`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    CareSector, Delegation, DelegationApproval, DelegationChange, DelegationEnd, DelegationId,
    DelegationState, NewDelegation,
};
use super::{list, store};
use crate::agreements::HealthAgreementId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{DelegationsRead, DelegationsWrite};
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
        propose_delegation,
        list_delegations,
        read_delegation,
        change_delegation,
        approve_delegation,
        end_delegation,
    ]
}

/// Which delegations.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DelegationFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only of this health agreement.
    #[param(nullable = false)]
    health_agreement_id: Option<HealthAgreementId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<DelegationState>,
    /// Only of reserved practice (true), or only of other tasks (false).
    #[param(nullable = false)]
    reserved_practice: Option<bool>,
    /// Only given by this sector.
    #[param(nullable = false)]
    from_sector: Option<CareSector>,
    /// Only taken by this sector.
    #[param(nullable = false)]
    to_sector: Option<CareSector>,
    /// Only those that are in force on this day.
    #[param(nullable = false)]
    in_force_on: Option<NaiveDate>,
    /// Only those whose last day is this one or earlier.
    #[param(nullable = false)]
    ends_until: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of delegations.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DelegationPage {
    /// The delegations, the earliest last day first.
    items: Vec<Delegation>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// What it means goes with time, and what continues it is another record: neither is a change of the
/// delegation, and the tag tells them apart.
fn tagged(reply: Reply, delegation: &Delegation) -> Reply {
    let stage = delegation.stage.as_str();
    let variant = match delegation.continued_by_id {
        Some(by) => format!("{stage}-{by}"),
        None => stage.to_owned(),
    };
    reply.version_variant(delegation.version, &variant)
}

/// Propose a delegation
///
/// Who gives which task to whom, for how long (HA-6). Nothing is delegated before it is approved.
#[utoipa::path(tag = "Delegations", security(("oauth2" = ["delegations.write"])),
    request_body = NewDelegation,
    responses((status = 201, description = "The proposal.", body = Delegation)))]
#[post("/delegations")]
async fn propose_delegation(
    app: App,
    permit: Permit<DelegationsWrite>,
    body: Body<NewDelegation>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let delegation = store::create(cx, new)?;
        let place = format!("/delegations/{}", delegation.id);
        Ok(tagged(Reply::created(place, &delegation)?, &delegation))
    })
    .await
}

/// List delegations
///
/// The delegations of the programmes that you see, the earliest last day first.
#[utoipa::path(tag = "Delegations", security(("oauth2" = ["delegations.read"])),
    params(DelegationFilter),
    responses((status = 200, description = "A page of delegations.", body = DelegationPage)))]
#[get("/delegations")]
async fn list_delegations(
    app: App,
    permit: Permit<DelegationsRead>,
    query: Query<DelegationFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = list::Filter {
            programme_id: query.programme_id,
            agreement_id: query.health_agreement_id,
            state: query.state,
            reserved_practice: query.reserved_practice,
            from_sector: query.from_sector,
            to_sector: query.to_sector,
            in_force_on: query.in_force_on,
            ends_until: query.ends_until,
            not_continued: false,
        };
        let (items, next_cursor) = list::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| DelegationPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a delegation
#[utoipa::path(tag = "Delegations", security(("oauth2" = ["delegations.read"])),
    params(("delegationId" = DelegationId, Path, description = "Its id.")),
    responses((status = 200, description = "The delegation.", body = Delegation)))]
#[get("/delegations/{delegationId}")]
async fn read_delegation(
    app: App,
    permit: Permit<DelegationsRead>,
    id: Path<DelegationId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let delegation = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&delegation)?, &delegation))
    })
    .await
}

/// Change a proposed delegation
///
/// A merge patch (RFC 7396). What was approved does not change: propose one that continues it.
#[utoipa::path(tag = "Delegations", security(("oauth2" = ["delegations.write"])),
    params(("delegationId" = DelegationId, Path, description = "Its id.")),
    request_body = DelegationChange,
    responses((status = 200, description = "The delegation as it is now.", body = Delegation)))]
#[patch("/delegations/{delegationId}")]
async fn change_delegation(
    app: App,
    permit: Permit<DelegationsWrite>,
    id: Path<DelegationId>,
    body: Body<DelegationChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let delegation = store::change(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&delegation)?, &delegation))
    })
    .await
}

/// Approve a delegation
///
/// Somebody must answer for it; and no reserved practice (forbeholdt virksomhed) is delegated unless
/// all three principles are answered and met (HA-6): 409 names what is missing.
#[utoipa::path(tag = "Delegations", security(("oauth2" = ["delegations.write"])),
    params(("delegationId" = DelegationId, Path, description = "Its id.")),
    request_body = DelegationApproval,
    responses((status = 200, description = "The approved delegation.", body = Delegation)))]
#[post("/delegations/{delegationId}/approval")]
async fn approve_delegation(
    app: App,
    permit: Permit<DelegationsWrite>,
    id: Path<DelegationId>,
    body: Body<DelegationApproval>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let delegation = store::approve(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&delegation)?, &delegation))
    })
    .await
}

/// End a delegation before its last day
#[utoipa::path(tag = "Delegations", security(("oauth2" = ["delegations.write"])),
    params(("delegationId" = DelegationId, Path, description = "Its id.")),
    request_body = DelegationEnd,
    responses((status = 200, description = "The delegation as it is now.", body = Delegation)))]
#[post("/delegations/{delegationId}/end")]
async fn end_delegation(
    app: App,
    permit: Permit<DelegationsWrite>,
    id: Path<DelegationId>,
    body: Body<DelegationEnd>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let delegation = store::end(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&delegation)?, &delegation))
    })
    .await
}
