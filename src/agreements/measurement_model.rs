//! What a measurement of an indicator is (HA-2): one figure of one area in one period.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::figure::Figure;
use super::indicator_model::IndicatorId;
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::Line;
use crate::programmes::ProgrammeId;

/// The id of a measurement.
pub type MeasurementId = Id<Measurement>;

closed_enum! {
    /// What kind of area a figure is of: region (region), municipality (kommune / kommun), country
    /// (land).
    pub enum AreaKind {
        /// A region.
        Region = "region",
        /// A municipality.
        Municipality = "municipality",
        /// A whole country.
        Country = "country",
    }
}

/// What area a figure is of (område).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "region", "code": "1085"}))]
pub struct MeasurementArea {
    /// What kind of area.
    pub kind: AreaKind,
    /// The code of the region (`GET /regions`) or municipality (`GET /municipalities`), or the
    /// country's ISO 3166 code.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[0-9A-Za-z-]+$",
        example = "1085"
    )]
    pub code: String,
}

/// The first and the last day that a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// A measurement to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_new))]
#[schema(example = json!({
    "indicatorId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "periodFrom": "2025-10-01", "periodTo": "2025-12-31",
    "numerator": 792, "denominator": 1000, "note": "Foreløbige tal."
}))]
pub struct NewMeasurement {
    /// The indicator.
    pub indicator_id: IndicatorId,
    /// The area that it is of. The agreement's region where it is left out: after a merger, the
    /// region that took over.
    #[serde(default)]
    #[schema(nullable = false)]
    pub area: Option<MeasurementArea>,
    /// The first day that it is of.
    pub period_from: NaiveDate,
    /// The last day that it is of: not in the future.
    pub period_to: NaiveDate,
    /// How many of the denominator. The value is computed from both, and only with both can figures
    /// of regions be added up after a merger.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub numerator: Option<i64>,
    /// Of how many.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub denominator: Option<i64>,
    /// The value in the indicator's unit, where numerator and denominator are not known or the unit
    /// has none. A share in percent lies between 0 and 100.
    #[serde(default)]
    #[schema(nullable = false)]
    pub value: Option<Figure>,
    /// What one must know about it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Line>,
}

fn check_new(new: &NewMeasurement) -> Result<(), ValidationError> {
    if new.period_to < new.period_from {
        return Err(rule(
            "/periodTo",
            "beforeStart",
            "must not lie before periodFrom",
        ));
    }
    check_amount(new.numerator, new.denominator, new.value)
}

/// Either both parts of a ratio or a value.
fn check_amount(
    numerator: Option<i64>,
    denominator: Option<i64>,
    value: Option<Figure>,
) -> Result<(), ValidationError> {
    match (numerator, denominator, value) {
        (Some(_), Some(_), None) | (None, None, Some(_)) => Ok(()),
        (None, None, None) => Err(rule(
            "/value",
            "required",
            "is needed where numerator and denominator are not sent",
        )),
        (None, Some(_), _) => Err(rule("/numerator", "required", "belongs to the denominator")),
        (Some(_), None, _) => Err(rule("/denominator", "required", "belongs to the numerator")),
        (Some(_), Some(_), Some(_)) => Err(rule(
            "/value",
            "computed",
            "is computed from numerator and denominator",
        )),
    }
}

/// A correction of a measurement: the figure as a whole. Indicator, area and period stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_change))]
#[schema(example = json!({"numerator": 801, "denominator": 1000, "note": null}))]
pub struct MeasurementChange {
    /// Another numerator, with its denominator.
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000_000_000_i64)]
    #[serde(default, deserialize_with = "present")]
    pub numerator: Option<i64>,
    /// Another denominator, with its numerator.
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000_000_000_i64)]
    #[serde(default, deserialize_with = "present")]
    pub denominator: Option<i64>,
    /// Another value, in place of a ratio too. A share in percent lies between 0 and 100.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub value: Option<Figure>,
    /// Another note; null for none.
    #[schema(value_type = Option<Line>)]
    #[serde(default, deserialize_with = "present")]
    pub note: Option<Option<Line>>,
}

impl MeasurementChange {
    /// Whether the figure changes, and not only the note.
    #[must_use]
    pub fn has_amount(&self) -> bool {
        self.numerator.is_some() || self.denominator.is_some() || self.value.is_some()
    }
}

fn check_change(change: &MeasurementChange) -> Result<(), ValidationError> {
    if change.has_amount() {
        check_amount(change.numerator, change.denominator, change.value)
    } else {
        Ok(())
    }
}

/// One figure of one area in one period (måling).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "indicatorId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "area": {"kind": "region", "code": "1085"},
    "periodFrom": "2025-10-01", "periodTo": "2025-12-31", "numerator": 792, "denominator": 1000, "value": 79.2,
    "note": "Foreløbige tal.", "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Measurement {
    /// Its id.
    pub id: MeasurementId,
    /// The indicator.
    pub indicator_id: IndicatorId,
    /// The programme of the indicator's agreement.
    pub programme_id: ProgrammeId,
    /// The area that it is of.
    pub area: MeasurementArea,
    /// The first day that it is of.
    pub period_from: NaiveDate,
    /// The last day that it is of.
    pub period_to: NaiveDate,
    /// How many of the denominator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub numerator: Option<i64>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denominator: Option<i64>,
    /// The value, in the indicator's unit.
    pub value: Figure,
    /// What one must know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Line>,
    /// Grows by one with each correction; the `ETag`.
    pub version: i32,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it was last corrected.
    pub updated_at: Instant,
}

impl Measurement {
    /// When it is of.
    #[must_use]
    pub fn period(&self) -> Period {
        Period {
            from: self.period_from,
            to: self.period_to,
        }
    }
}

/// One region's figure of one period, at one size of the region (sammenlignelig måling).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"periodFrom": "2026-01-01", "periodTo": "2026-12-31", "value": 80.6,
    "numerator": 4030, "denominator": 5000, "parts": ["1084", "1085"], "missing": []}))]
pub struct ComparableFigure {
    /// The first day that it is of.
    pub period_from: NaiveDate,
    /// The last day that it is of.
    pub period_to: NaiveDate,
    /// The value; absent where it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub value: Option<Figure>,
    /// The sum of the numerators, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub numerator: Option<i64>,
    /// The sum of the denominators, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denominator: Option<i64>,
    /// The regions that were measured, and make it up.
    pub parts: Vec<String>,
    /// The regions that would belong to it and were not measured: there is no value without them.
    pub missing: Vec<String>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<IncomparableReason>,
}

closed_enum! {
    /// Why figures of regions do not make one figure: missingRegion (en region er ikke målt),
    /// noDenominator (tæller og nævner er ikke kendt).
    pub enum IncomparableReason {
        /// A region that belongs to the merged one was not measured.
        MissingRegion = "missingRegion",
        /// A ratio was recorded without its numerator and denominator.
        NoDenominator = "noDenominator",
    }
}

/// A region's figures at the size that it has on one day (regionens serie).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegionSeries {
    /// The region's code.
    pub region_code: String,
    /// The region's name.
    pub region_name: String,
    /// Its figures, the earliest first.
    pub figures: Vec<ComparableFigure>,
}
