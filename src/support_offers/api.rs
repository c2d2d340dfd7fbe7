//! `/support-offers`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{NewSupportOffer, OfferCount, SupportOffer, SupportOfferChange, SupportOfferId};
use super::store;
use crate::delegations::CareSector;
use crate::places::MunicipalityCode;
use crate::platform::access::Permit;
use crate::platform::access::policy::{SupportOffersRead, SupportOffersWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;
use crate::units::UnitId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        register_support_offer,
        list_support_offers,
        read_support_offer,
        change_support_offer,
        count_support_offers,
    ]
}

/// Which support offers.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SupportOfferFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only of this unit.
    #[param(nullable = false)]
    unit_id: Option<UnitId>,
    /// Only of this sector.
    #[param(nullable = false)]
    sector: Option<CareSector>,
    /// Only of this municipality.
    #[param(nullable = false)]
    municipality_code: Option<MunicipalityCode>,
    /// Only those that are given now (true), or only the others (false).
    #[param(nullable = false)]
    active: Option<bool>,
    /// Only those registered or changed at this time or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of support offers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportOfferPage {
    /// The offers, in the order they were registered.
    items: Vec<SupportOffer>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

fn tagged(reply: Reply, offer: &SupportOffer) -> Reply {
    reply.version(offer.version)
}

/// Register a support offer
///
/// One of all patient-supporting offers of the region, with its unit and sector (CPS-4).
#[utoipa::path(tag = "Support offers", security(("oauth2" = ["supportOffers.write"])),
    request_body = NewSupportOffer,
    responses((status = 201, description = "The offer.", body = SupportOffer)))]
#[post("/support-offers")]
async fn register_support_offer(
    app: App,
    permit: Permit<SupportOffersWrite>,
    body: Body<NewSupportOffer>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let offer = store::create(cx, new)?;
        let place = format!("/support-offers/{}", offer.id);
        Ok(tagged(Reply::created(place, &offer)?, &offer))
    })
    .await
}

/// List support offers
///
/// The offers of the programmes that you see, in the order they were registered.
#[utoipa::path(tag = "Support offers", security(("oauth2" = ["supportOffers.read"])),
    params(SupportOfferFilter),
    responses((status = 200, description = "A page of support offers.", body = SupportOfferPage)))]
#[get("/support-offers")]
async fn list_support_offers(
    app: App,
    permit: Permit<SupportOffersRead>,
    query: Query<SupportOfferFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = store::Filter {
            programme_id: query.programme_id,
            unit_id: query.unit_id,
            sector: query.sector,
            municipality_code: query.municipality_code,
            active: query.active,
            updated_since: query.updated_since,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| SupportOfferPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a support offer
#[utoipa::path(tag = "Support offers", security(("oauth2" = ["supportOffers.read"])),
    params(("supportOfferId" = SupportOfferId, Path, description = "Its id.")),
    responses((status = 200, description = "The offer.", body = SupportOffer)))]
#[get("/support-offers/{supportOfferId}")]
async fn read_support_offer(
    app: App,
    permit: Permit<SupportOffersRead>,
    id: Path<SupportOfferId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let offer = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&offer)?, &offer))
    })
    .await
}

/// Change a support offer
///
/// A merge patch (RFC 7396): fields that are absent stay as they are.
#[utoipa::path(tag = "Support offers", security(("oauth2" = ["supportOffers.write"])),
    params(("supportOfferId" = SupportOfferId, Path, description = "Its id.")),
    request_body = SupportOfferChange,
    responses((status = 200, description = "The offer as it is now.", body = SupportOffer)))]
#[patch("/support-offers/{supportOfferId}")]
async fn change_support_offer(
    app: App,
    permit: Permit<SupportOffersWrite>,
    id: Path<SupportOfferId>,
    body: Body<SupportOfferChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let offer = store::change(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&offer)?, &offer))
    })
    .await
}

/// The overview of support offers (oversigt).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportOfferOverview {
    /// How many offers are given now, by sector and unit.
    counts: Vec<OfferCount>,
}

/// Which programme's overview.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OverviewFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
}

/// Count support offers by sector and unit
///
/// The offers that are given now, for those who must know what there is (CPS-4). The offers themselves
/// are had with the same `sector` and `unitId` from the list.
#[utoipa::path(tag = "Support offers", security(("oauth2" = ["supportOffers.read"])),
    params(OverviewFilter),
    responses((status = 200, description = "The overview.", body = SupportOfferOverview)))]
#[get("/support-offer-overview")]
async fn count_support_offers(
    app: App,
    permit: Permit<SupportOffersRead>,
    query: Query<OverviewFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let counts = store::counts(cx, query.programme_id)?;
        Reply::ok(&SupportOfferOverview { counts })
    })
    .await
}
