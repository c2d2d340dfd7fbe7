//! `/measurements`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::indicator_model::IndicatorId;
use super::measurement_model::{
    AreaKind, Measurement, MeasurementChange, MeasurementId, NewMeasurement,
};
use super::measurements::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{HealthAgreementsRead, MeasurementsWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of measurements.
#[must_use]
pub fn routes() -> Routes {
    routes![
        record_measurement,
        list_measurements,
        read_measurement,
        correct_measurement,
    ]
}

/// Which measurements.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MeasurementFilter {
    /// Only of this indicator.
    #[param(nullable = false)]
    indicator_id: Option<IndicatorId>,
    /// Only of areas of this kind.
    #[param(nullable = false)]
    area_kind: Option<AreaKind>,
    /// Only of the area with this code.
    #[param(nullable = false, min_length = 1, max_length = 64)]
    area_code: Option<String>,
    /// Only of periods that end on this day or later.
    #[param(nullable = false)]
    from: Option<NaiveDate>,
    /// Only of periods that end on this day or earlier.
    #[param(nullable = false)]
    to: Option<NaiveDate>,
    /// Only those recorded or corrected at this time or later.
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

/// A page of measurements.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeasurementPage {
    /// The measurements, the latest period first.
    items: Vec<Measurement>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Record a measurement
///
/// One figure of an indicator, of one area in one period that is over (HA-2). With numerator and
/// denominator the value is computed, and figures of regions can be added up after a merger.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["measurements.write"])),
    request_body = NewMeasurement,
    responses((status = 201, description = "The measurement.", body = Measurement)))]
#[post("/measurements")]
async fn record_measurement(
    app: App,
    permit: Permit<MeasurementsWrite>,
    body: Body<NewMeasurement>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let measurement = measurements::create(cx, new)?;
        let place = format!("/measurements/{}", measurement.id);
        Ok(Reply::created(place, &measurement)?.version(measurement.version))
    })
    .await
}

/// List measurements
///
/// The measurements that you see, the latest period first.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(MeasurementFilter),
    responses((status = 200, description = "A page of measurements.", body = MeasurementPage)))]
#[get("/measurements")]
async fn list_measurements(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    query: Query<MeasurementFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            indicator_id: query.indicator_id,
            area_kind: query.area_kind,
            area_code: query.area_code,
            from: query.from,
            to: query.to,
            updated_since: query.updated_since,
        };
        let (items, next_cursor) =
            measurements::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| MeasurementPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a measurement
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(("measurementId" = MeasurementId, Path, description = "The measurement's id.")),
    responses((status = 200, description = "The measurement.", body = Measurement)))]
#[get("/measurements/{measurementId}")]
async fn read_measurement(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    id: Path<MeasurementId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let measurement = measurements::find(cx, id.0)?;
        Ok(Reply::ok(&measurement)?.version(measurement.version))
    })
    .await
}

/// Correct a measurement
///
/// The figure as a whole, or its note. Indicator, area and period stay.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["measurements.write"])),
    params(("measurementId" = MeasurementId, Path, description = "The measurement's id.")),
    request_body = MeasurementChange,
    responses((status = 200, description = "The measurement as it is now.", body = Measurement)))]
#[patch("/measurements/{measurementId}")]
async fn correct_measurement(
    app: App,
    permit: Permit<MeasurementsWrite>,
    id: Path<MeasurementId>,
    body: Body<MeasurementChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let measurement = measurements::change(cx, id.0, change)?;
        Ok(Reply::ok(&measurement)?.version(measurement.version))
    })
    .await
}
