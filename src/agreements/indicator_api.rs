//! `/indicators`: with how they do, their chart, and their figures across mergers of regions.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::chart::{self, Drawing, Series};
use super::comparison_rules::{compare, figures_of, main_series};
use super::indicator_model::{
    Indicator, IndicatorChange, IndicatorId, IndicatorLevel, NewIndicator,
};
use super::indicators::{self, Filter};
use super::measurement_model::{AreaKind, Measurement, RegionSeries};
use super::measurements;
use super::model::{HealthAgreement, HealthAgreementId};
use super::status_rules::Point;
use super::store;
use crate::places::{MunicipalityCode, municipality, region};
use crate::platform::access::Permit;
use crate::platform::access::policy::{HealthAgreementsRead, HealthAgreementsWrite};
use crate::platform::app::{App, Cx};
use crate::platform::crypto::sha256;
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes;
use crate::routes;

/// The routes of indicators.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_indicator,
        list_indicators,
        read_indicator,
        change_indicator,
        draw_indicator,
        compare_indicator,
    ]
}

/// Which indicators.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IndicatorFilter {
    /// Only of this agreement.
    #[param(nullable = false)]
    health_agreement_id: Option<HealthAgreementId>,
    /// Only the agreement's own, or only national ones.
    #[param(nullable = false)]
    level: Option<IndicatorLevel>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of indicators.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndicatorPage {
    /// The indicators, in the order they were made.
    items: Vec<Indicator>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// How it does changes with each measurement, which is no change of the indicator: the tag tells its
/// states apart.
fn tagged(reply: Reply, indicator: &Indicator) -> Result<Reply> {
    let state = serde_json::to_vec(&(&indicator.assessment, indicator.next_due_on))
        .map_err(Error::internal)?;
    let hash = sha256(&[&state]);
    let variant: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(reply.version_variant(indicator.version, &variant))
}

/// Add an indicator to a health agreement
///
/// What is followed (HA-2): what is counted, which way it should go, where it stood and where it
/// should get to.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.write"])),
    request_body = NewIndicator,
    responses((status = 201, description = "The indicator.", body = Indicator)))]
#[post("/indicators")]
async fn create_indicator(
    app: App,
    permit: Permit<HealthAgreementsWrite>,
    body: Body<NewIndicator>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let indicator = indicators::create(cx, new)?;
        let place = format!("/indicators/{}", indicator.id);
        tagged(Reply::created(place, &indicator)?, &indicator)
    })
    .await
}

/// List indicators
///
/// The indicators that you see with how they do, in the order they were made.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(IndicatorFilter),
    responses((status = 200, description = "A page of indicators.", body = IndicatorPage)))]
#[get("/indicators")]
async fn list_indicators(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    query: Query<IndicatorFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            agreement_id: query.health_agreement_id,
            level: query.level,
        };
        let (items, next_cursor) =
            indicators::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| IndicatorPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read an indicator
///
/// With its status against the target and its trend, from the figures of the agreement's region
/// (HA-2). Once that region has merged and the merged one is measured, they are counted at the
/// merged size.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(("indicatorId" = IndicatorId, Path, description = "The indicator's id.")),
    responses((status = 200, description = "The indicator.", body = Indicator)))]
#[get("/indicators/{indicatorId}")]
async fn read_indicator(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    id: Path<IndicatorId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let indicator = indicators::find(cx, id.0)?;
        tagged(Reply::ok(&indicator)?, &indicator)
    })
    .await
}

/// Change an indicator
///
/// A merge patch (RFC 7396): fields that are absent stay as they are.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.write"])),
    params(("indicatorId" = IndicatorId, Path, description = "The indicator's id.")),
    request_body = IndicatorChange,
    responses((status = 200, description = "The indicator as it is now.", body = Indicator)))]
#[patch("/indicators/{indicatorId}")]
async fn change_indicator(
    app: App,
    permit: Permit<HealthAgreementsWrite>,
    id: Path<IndicatorId>,
    body: Body<IndicatorChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let indicator = indicators::change(cx, id.0, change)?;
        tagged(Reply::ok(&indicator)?, &indicator)
    })
    .await
}

/// What else is drawn.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChartFilter {
    /// A municipality to be drawn beside the region.
    #[param(nullable = false)]
    municipality_code: Option<MunicipalityCode>,
}

/// Draw an indicator
///
/// A chart as SVG: the agreement's region as a line with circles, the country with triangles, a
/// municipality with squares, the target dashed. Readable without colour; title and description hold
/// every figure for screen readers. The words in it are Danish.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(("indicatorId" = IndicatorId, Path, description = "The indicator's id."), ChartFilter),
    responses(
        (status = 200, description = "The chart.", content((String = "image/svg+xml",
            example = "<svg role=\"img\" xmlns=\"http://www.w3.org/2000/svg\"><title>1. Aftalt opfølgning</title></svg>"))),
        (status = 304, description = "You have the current chart.")))]
#[get("/indicators/{indicatorId}/chart")]
async fn draw_indicator(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    id: Path<IndicatorId>,
    query: Query<ChartFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let indicator = indicators::find(cx, id.0)?;
        let agreement = store::find(cx, indicator.health_agreement_id)?;
        let measured = measurements::of_indicator(cx, indicator.id)?;
        let drawing = drawing(&indicator, &agreement, &measured, query.municipality_code)?;
        let svg = chart::draw(&drawing)?;
        let hash = sha256(&[svg.as_bytes()]);
        let variant: String = hash
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Reply::text(chart::MEDIA, svg).version_variant(indicator.version, &variant))
    })
    .await
}

fn drawing(
    indicator: &Indicator,
    agreement: &HealthAgreement,
    measured: &[Measurement],
    beside: Option<MunicipalityCode>,
) -> Result<Drawing> {
    let own = region(&agreement.region_code)
        .ok_or_else(|| Error::internal("a stored region is unknown"))?;
    let (whole, points) = main_series(own, measured, indicator.unit);
    let of = |kind: AreaKind, code: &str| -> Vec<Point> {
        measured
            .iter()
            .filter(|measurement| measurement.area.kind == kind && measurement.area.code == code)
            .map(|measurement| Point {
                on: measurement.period_to,
                value: measurement.value,
            })
            .collect()
    };
    let mut series = vec![
        Series {
            name: whole.name.clone(),
            points,
        },
        Series {
            name: "Danmark".to_owned(),
            points: of(AreaKind::Country, "DK"),
        },
    ];
    if let Some(found) = beside.and_then(municipality) {
        series.push(Series {
            name: found.name.clone(),
            points: of(AreaKind::Municipality, found.code.as_str()),
        });
    }
    Ok(Drawing {
        title: format!("{}. {}", indicator.number, indicator.name.as_str()),
        unit: indicator.unit,
        baseline: indicator.baseline,
        target: indicator.target,
        status: indicator.assessment.status,
        trend: indicator.assessment.trend,
        series,
        period: (agreement.period_from, agreement.period_to),
    })
}

/// At the size of which day.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ComparisonFilter {
    /// The day whose regions the figures are counted at: `2026-12-31` for the regions before the
    /// merger, `2027-01-01` for those after it. Today where it is left out.
    #[param(nullable = false)]
    comparable_on: Option<NaiveDate>,
    /// Only this region, by the code that it has on that day.
    #[param(nullable = false, min_length = 1, max_length = 64)]
    region_code: Option<String>,
}

/// An indicator's figures region by region, comparable with each other (sammenligning).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndicatorComparison {
    /// The indicator.
    indicator_id: IndicatorId,
    /// The day at whose regions' size everything is counted.
    comparable_on: NaiveDate,
    /// The regions that were measured, by code.
    series: Vec<RegionSeries>,
}

/// Compare an indicator's figures across regions
///
/// Every measured region at the size that it has on one day: what was measured in regions that have
/// merged by then is added up, numerators and denominators apart. Where one of them was not measured,
/// or only a share without its denominator is known, there is no figure, and the reason is said.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(("indicatorId" = IndicatorId, Path, description = "The indicator's id."), ComparisonFilter),
    responses((status = 200, description = "The figures.", body = IndicatorComparison)))]
#[get("/indicators/{indicatorId}/comparison")]
async fn compare_indicator(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    id: Path<IndicatorId>,
    query: Query<ComparisonFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        Reply::ok(&comparison(cx, id.0, &query)?)
    })
    .await
}

fn comparison(
    cx: &mut Cx<'_>,
    id: IndicatorId,
    query: &ComparisonFilter,
) -> Result<IndicatorComparison> {
    let indicator = indicators::find_row(cx, id)?;
    let on = match query.comparable_on {
        Some(day) => day,
        None => programmes::today(cx, indicator.programme_id)?,
    };
    let measured = measurements::of_regions(cx, &[id])?.remove(&id);
    let measured = measured.unwrap_or_default();
    let series = match &query.region_code {
        None => compare(&measured, indicator.unit, on),
        Some(code) => {
            let whole = region(code).ok_or_else(|| {
                Error::field("?regionCode", "regionUnknown", "is the code of no region")
            })?;
            vec![RegionSeries {
                region_code: whole.code.clone(),
                region_name: whole.name.clone(),
                figures: figures_of(whole, &measured, indicator.unit, on),
            }]
        }
    };
    Ok(IndicatorComparison {
        indicator_id: id,
        comparable_on: on,
        series,
    })
}
