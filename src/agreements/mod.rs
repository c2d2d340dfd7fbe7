//! Health agreements (sundhedsaftale) between a region, its municipalities and the practice sector,
//! the indicators that they are followed by, and the measurements of those (HA-1, HA-2).
//!
//! An agreement is registered with its period, and with it the evaluations that it must have are
//! planned ([`crate::evaluations`]). An indicator belongs to one agreement; a measurement is one
//! figure of one area in one period. How an indicator does is computed from the measurements each
//! time it is asked for: status against target by direction, trend over the last six figures.
//!
//! Invariants: figures are exact to four decimals; no two measurements of one area have a day in
//! common, and a measurement's region exists in its whole period, so that a figure is never counted
//! twice and never half of one region and half of its successor; unit and direction of an indicator
//! never change. Figures from before a merger are added up to the size of the merged region where
//! every part was measured, and are no figure where one is missing (domain.md, Places).

pub mod api;
mod chart;
mod comparison_rules;
mod figure;
mod indicator_api;
mod indicator_model;
mod indicators;
mod measurement_api;
mod measurement_model;
mod measurements;
mod model;
mod rules;
mod status_rules;
mod store;

pub use api::routes;
pub use figure::Figure;
pub use indicator_api::routes as indicator_routes;
pub use indicator_model::{
    Indicator, IndicatorAssessment, IndicatorId, IndicatorStatus, IndicatorTrend, NewIndicator,
};
pub use indicators::{awaiting, create as create_indicator, of_agreement as indicators_of};
pub use measurement_api::routes as measurement_routes;
pub use measurement_model::{
    AreaKind, Measurement, MeasurementArea, MeasurementChange, MeasurementId, NewMeasurement,
    Period,
};
pub use measurements::{
    area_of, change as correct_measurement, create as record_measurement, find as find_measurement,
    overlapping as overlapping_measurement, page as page_of_measurements,
};
pub use model::{AgreementStage, HealthAgreement, HealthAgreementId, NewHealthAgreement};
pub use store::{create, find};
