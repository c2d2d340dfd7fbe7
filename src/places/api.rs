//! `/municipalities` and `/regions`: small reference data that every caller may read.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, get};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::{Municipality, MunicipalityCode, Region, municipalities, municipality, regions};
use crate::calendar::Country;
use crate::identity::search_key;
use crate::platform::access::Permit;
use crate::platform::access::policy::OrganisationsRead;
use crate::platform::app::App;
use crate::platform::crypto::sha256;
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut};
use crate::platform::http::input::Query;
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::text::Name;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![list_municipalities, read_municipality, list_regions]
}

/// Which municipalities.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MunicipalityFilter {
    /// Only this country.
    #[param(nullable = false)]
    country: Option<Country>,
    /// Only those of this region. The code of a region that was merged finds those that were its.
    #[param(nullable = false, min_length = 1, max_length = 64)]
    region_code: Option<String>,
    /// Only those whose name begins so, in whatever case.
    #[param(nullable = false)]
    name: Option<Name>,
    /// The day whose region is shown; today (UTC) where it is left out.
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

/// On which day.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OnDay {
    /// The day whose region is shown; today (UTC) where it is left out.
    #[param(nullable = false)]
    valid_on: Option<NaiveDate>,
}

/// Which regions.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RegionFilter {
    /// Only this country.
    #[param(nullable = false)]
    country: Option<Country>,
    /// The day on which the regions exist; today (UTC) where it is left out.
    #[param(nullable = false)]
    valid_on: Option<NaiveDate>,
}

/// A municipality (kommune / kommun) with its region on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"country": "DK", "code": "0370", "name": "Næstved", "region": {
    "country": "DK", "code": "1085", "name": "Region Sjælland", "iso": "DK-85",
    "validFrom": "2007-01-01", "validTo": "2026-12-31", "successor": "provisional-ostdanmark"}}))]
pub struct PlacedMunicipality {
    /// The country it lies in.
    country: Country,
    /// Its code (kommunekode / kommunkod).
    code: MunicipalityCode,
    /// Its name, without the word Kommune or kommun.
    #[schema(example = "Næstved")]
    name: String,
    /// The region that answers for it on that day; left out where none does (Christiansø).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    region: Option<Region>,
}

impl PlacedMunicipality {
    fn on(municipality: &Municipality, day: NaiveDate) -> Self {
        Self {
            country: municipality.country,
            code: municipality.code,
            name: municipality.name.clone(),
            region: municipality
                .region_on(day)
                .filter(|region| region.is_valid_on(day))
                .cloned(),
        }
    }
}

/// A page of municipalities.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MunicipalityPage {
    /// The municipalities, in the order of country and code.
    items: Vec<PlacedMunicipality>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// The regions of a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegionList {
    /// All of them.
    items: Vec<Region>,
}

/// The code in the path, as it was sent: it is understood behind the permit.
struct SentCode(String);

impl FromRequest for SentCode {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(req.match_info().query("code").to_owned())))
    }
}

/// List municipalities
///
/// Danish municipalities (kommuner) and those of Halland, each with the region that answers for it
/// on `validOn`.
#[utoipa::path(tag = "Organisations", security(("oauth2" = ["organisations.read"])),
    params(MunicipalityFilter),
    responses((status = 200, description = "A page of municipalities.", body = MunicipalityPage)))]
#[get("/municipalities")]
async fn list_municipalities(
    app: App,
    permit: Permit<OrganisationsRead>,
    query: Query<MunicipalityFilter>,
) -> Result<Reply> {
    app.point(&permit, query, |cx, query| {
        let day = query.valid_on.unwrap_or(cx.now.utc_date());
        let prefix = query.name.as_ref().map(|name| search_key(name.as_str()));
        let (country, region) = (query.country, query.region_code);
        let bound_to = format!("municipalities {country:?} {region:?} {prefix:?} {day}");
        let after = match query.cursor {
            Some(cursor) => cursor.open(cx.keys, &bound_to)?.key,
            None => -1,
        };
        let rows: Vec<(i64, PlacedMunicipality)> = (0_i64..)
            .zip(municipalities())
            .skip_while(|(place, _)| *place <= after)
            .filter(|(_, one)| country.is_none_or(|country| one.country == country))
            .filter(|(_, one)| {
                prefix
                    .as_deref()
                    .is_none_or(|prefix| search_key(&one.name).starts_with(prefix))
            })
            .map(|(place, one)| (place, one, PlacedMunicipality::on(one, day)))
            .filter(|(_, one, placed)| {
                region.is_none()
                    || one.region_code == region
                    || placed.region.as_ref().map(|now| &now.code) == region.as_ref()
            })
            .map(|(place, _, placed)| (place, placed))
            .take(usize::try_from(query.limit.rows()).unwrap_or(usize::MAX) + 1)
            .collect();
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.0,
            id: Uuid::nil(),
        });
        let items = rows.into_iter().map(|(_, placed)| placed).collect();
        Reply::page(next_cursor, |next_cursor| MunicipalityPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a municipality
///
/// With the region that answers for it on `validOn`.
#[utoipa::path(tag = "Organisations", security(("oauth2" = ["organisations.read"])),
    params(("code" = MunicipalityCode, Path, description = "The four digits of the municipality."), OnDay),
    responses((status = 200, description = "The municipality.", body = PlacedMunicipality)))]
#[get("/municipalities/{code}")]
async fn read_municipality(
    app: App,
    permit: Permit<OrganisationsRead>,
    code: SentCode,
    query: Query<OnDay>,
) -> Result<Reply> {
    app.point(&permit, query, move |cx, query| {
        let day = query.valid_on.unwrap_or(cx.now.utc_date());
        // What is no code of the table is not found.
        let found = MunicipalityCode::parse(&code.0)
            .ok()
            .and_then(municipality)
            .ok_or_else(Error::not_found)?;
        let placed = PlacedMunicipality::on(found, day);
        // Reference data has no version of its own: its content is the version.
        let content = serde_json::to_vec(&placed).map_err(Error::internal)?;
        let digest: String = sha256(&[&content])
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Reply::ok(&placed)?.version_variant(1, &digest))
    })
    .await
}

/// List regions
///
/// The regions (regioner) that exist on `validOn`. Hovedstaden and Sjælland merge into Region
/// Østdanmark on 1 January 2027.
#[utoipa::path(tag = "Organisations", security(("oauth2" = ["organisations.read"])),
    params(RegionFilter),
    responses((status = 200, description = "The regions of that day.", body = RegionList)))]
#[get("/regions")]
async fn list_regions(
    app: App,
    permit: Permit<OrganisationsRead>,
    query: Query<RegionFilter>,
) -> Result<Reply> {
    app.point(&permit, query, |cx, query| {
        let day = query.valid_on.unwrap_or(cx.now.utc_date());
        let items = regions()
            .iter()
            .filter(|region| region.is_valid_on(day))
            .filter(|region| {
                query
                    .country
                    .is_none_or(|country| region.country == country)
            })
            .cloned()
            .collect();
        Reply::ok(&RegionList { items })
    })
    .await
}
