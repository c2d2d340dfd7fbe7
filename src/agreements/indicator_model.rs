//! What an indicator of an agreement is (HA-2): what is counted, which way it should go, how far.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::figure::Figure;
use super::model::HealthAgreementId;
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;

/// The id of an indicator.
pub type IndicatorId = Id<Indicator>;

closed_enum! {
    /// Whose indicator it is: agreement (aftalens egen), national (national).
    pub enum IndicatorLevel {
        /// One of the agreement's own.
        Agreement = "agreement",
        /// A national one that is followed beside them.
        National = "national",
    }
}

closed_enum! {
    /// What it tells of: quality (kvalitet), quantity (kvantitet).
    pub enum IndicatorMeasure {
        /// How good.
        Quality = "quality",
        /// How much.
        Quantity = "quantity",
    }
}

closed_enum! {
    /// Which way it should go: increase (stige), decrease (falde), hold (holdes på målet).
    pub enum IndicatorDirection {
        /// The more the better.
        Increase = "increase",
        /// The less the better.
        Decrease = "decrease",
        /// The nearer to the target the better.
        Hold = "hold",
    }
}

closed_enum! {
    /// What it is counted in: percent (procent), perThousand (pr. 1.000), count (antal), days
    /// (dage), hours (timer), points (point), kroner (kroner).
    pub enum IndicatorUnit {
        /// A share in percent, of a whole: from 0 to 100.
        Percent = "percent",
        /// A rate per thousand.
        PerThousand = "perThousand",
        /// How many. Regions' counts add up.
        Count = "count",
        /// Days on average.
        Days = "days",
        /// Hours on average.
        Hours = "hours",
        /// Points of a scale on average.
        Points = "points",
        /// An amount of money. Regions' amounts add up.
        Kroner = "kroner",
    }
}

impl IndicatorUnit {
    /// What `numerator / denominator` is multiplied by; nothing where there is no denominator.
    #[must_use]
    pub const fn factor(self) -> Option<i64> {
        match self {
            Self::Percent => Some(100),
            Self::PerThousand => Some(1000),
            Self::Days | Self::Hours | Self::Points => Some(1),
            Self::Count | Self::Kroner => None,
        }
    }

    /// How it is written behind a number in Danish and Swedish.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Percent => "%",
            Self::PerThousand => "‰",
            Self::Count => "antal",
            Self::Days => "dage",
            Self::Hours => "timer",
            Self::Points => "point",
            Self::Kroner => "kr.",
        }
    }
}

/// Where an indicator stood when it began to be followed (udgangspunkt). A share in percent lies between
/// 0 and 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"value": 71.5, "on": "2023-12-31"}))]
pub struct IndicatorBaseline {
    /// The value, in the indicator's unit.
    pub value: Figure,
    /// The day it stands for.
    pub on: NaiveDate,
}

/// Where an indicator should get to (mål). A share in percent lies between 0 and 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"value": 85, "by": "2027-12-31"}))]
pub struct IndicatorTarget {
    /// The value, in the indicator's unit.
    pub value: Figure,
    /// The day by which it should be reached.
    pub by: NaiveDate,
}

/// An indicator to be followed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = check_new))]
#[schema(example = json!({
    "healthAgreementId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "number": 1, "name": "Borgere med aftalt opfølgning efter udskrivelse",
    "level": "agreement", "measure": "quality", "unit": "percent", "direction": "increase",
    "baseline": {"value": 71.5, "on": "2023-12-31"}, "target": {"value": 85, "by": "2027-12-31"}, "tolerance": 0.5,
    "source": "Landspatientregisteret", "measuredEveryMonths": 3
}))]
pub struct NewIndicator {
    /// The agreement that it belongs to.
    pub health_agreement_id: HealthAgreementId,
    /// Its number among the agreement's indicators (HA-2: ten), each once.
    #[schema(minimum = 1, maximum = 999)]
    pub number: i32,
    /// What it is called.
    pub name: Name,
    /// What exactly is counted.
    #[serde(default)]
    #[schema(nullable = false)]
    pub description: Option<Prose>,
    /// Whose it is.
    pub level: IndicatorLevel,
    /// What it tells of.
    pub measure: IndicatorMeasure,
    /// What it is counted in.
    pub unit: IndicatorUnit,
    /// Which way it should go.
    pub direction: IndicatorDirection,
    /// Where it stood in the beginning.
    #[serde(default)]
    #[schema(nullable = false)]
    pub baseline: Option<IndicatorBaseline>,
    /// Where it should get to.
    #[serde(default)]
    #[schema(nullable = false)]
    pub target: Option<IndicatorTarget>,
    /// A difference that means nothing, in its unit: for the trend, for the pace, and for the target
    /// of one that is held.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub tolerance: Figure,
    /// Where the figures come from.
    pub source: Line,
    /// How often it is measured; what is late is on a worklist.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 48)]
    pub measured_every_months: Option<i32>,
}

fn check_new(new: &NewIndicator) -> Result<(), ValidationError> {
    match (&new.baseline, &new.target) {
        (Some(baseline), Some(target)) if target.by <= baseline.on => Err(rule(
            "/target/by",
            "beforeBaseline",
            "must lie after the baseline's day",
        )),
        _ => Ok(()),
    }
}

/// A change (merge patch, RFC 7396): what is absent stays as it is. Agreement, unit and direction stay
/// for good: figures would change their meaning.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"target": {"value": 88, "by": "2027-12-31"}}))]
pub struct IndicatorChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another description; null for none.
    #[schema(value_type = Option<Prose>)]
    #[serde(default, deserialize_with = "present")]
    pub description: Option<Option<Prose>>,
    /// Another baseline; null for none.
    #[schema(value_type = Option<IndicatorBaseline>)]
    #[serde(default, deserialize_with = "present")]
    pub baseline: Option<Option<IndicatorBaseline>>,
    /// Another target; null for none.
    #[schema(value_type = Option<IndicatorTarget>)]
    #[serde(default, deserialize_with = "present")]
    pub target: Option<Option<IndicatorTarget>>,
    /// Another tolerance.
    #[schema(nullable = false, minimum = 0)]
    #[serde(default, deserialize_with = "present")]
    pub tolerance: Option<Figure>,
    /// Another source.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    pub source: Option<Line>,
    /// How often it is measured; null where that is not fixed.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 48)]
    #[serde(default, deserialize_with = "present")]
    pub measured_every_months: Option<Option<i32>>,
}

closed_enum! {
    /// Where an indicator stands against its target: noTarget (intet mål), notMeasured (ikke målt),
    /// reached (nået), onTrack (på vej), behind (bagud), notReached (ikke nået; no baseline tells the
    /// pace), missed (målet blev ikke nået i tide).
    pub enum IndicatorStatus {
        /// It has no target.
        NoTarget = "noTarget",
        /// It has no measurement.
        NotMeasured = "notMeasured",
        /// The latest figure is at the target or better.
        Reached = "reached",
        /// Not there yet, and no worse than the straight line from baseline to target.
        OnTrack = "onTrack",
        /// Worse than the straight line from baseline to target.
        Behind = "behind",
        /// Not there yet; without a baseline there is no pace to compare with.
        NotReached = "notReached",
        /// The target's day is over in the figures, and they are not there.
        Missed = "missed",
    }
}

closed_enum! {
    /// Which way the figures go: improving (bedring), worsening (forværring), steady (uændret),
    /// unknown (ukendt: fewer than two figures, or nothing to judge by).
    pub enum IndicatorTrend {
        /// Towards better.
        Improving = "improving",
        /// Towards worse.
        Worsening = "worsening",
        /// Neither, within the tolerance.
        Steady = "steady",
        /// Too little is known.
        Unknown = "unknown",
    }
}

/// How an indicator does (status), from the figures of its agreement's region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndicatorAssessment {
    /// Where it stands against the target.
    pub status: IndicatorStatus,
    /// Which way the last six figures go.
    pub trend: IndicatorTrend,
    /// The region that the figures are of: the agreement's, or once that has merged and the merged
    /// one is measured, its successor.
    pub region_code: String,
    /// The last day of the period of the latest figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub latest_to: Option<NaiveDate>,
    /// The latest figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub latest_value: Option<Figure>,
    /// What the straight line from baseline to target says of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expected_value: Option<Figure>,
}

/// An indicator of an agreement (indikator).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "healthAgreementId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "number": 1,
    "name": "Borgere med aftalt opfølgning efter udskrivelse", "level": "agreement", "measure": "quality",
    "unit": "percent", "direction": "increase", "baseline": {"value": 71.5, "on": "2023-12-31"},
    "target": {"value": 85, "by": "2027-12-31"}, "tolerance": 0.5, "source": "Landspatientregisteret",
    "measuredEveryMonths": 3, "nextDueOn": "2026-06-30",
    "assessment": {"status": "onTrack", "trend": "improving", "regionCode": "1085", "latestTo": "2026-03-31",
        "latestValue": 79.2, "expectedValue": 79.0961},
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Indicator {
    /// Its id.
    pub id: IndicatorId,
    /// The agreement that it belongs to.
    pub health_agreement_id: HealthAgreementId,
    /// The programme of that agreement.
    pub programme_id: ProgrammeId,
    /// Its number among the agreement's indicators.
    pub number: i32,
    /// What it is called.
    pub name: Name,
    /// What exactly is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<Prose>,
    /// Whose it is.
    pub level: IndicatorLevel,
    /// What it tells of.
    pub measure: IndicatorMeasure,
    /// What it is counted in.
    pub unit: IndicatorUnit,
    /// Which way it should go.
    pub direction: IndicatorDirection,
    /// Where it stood in the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub baseline: Option<IndicatorBaseline>,
    /// Where it should get to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub target: Option<IndicatorTarget>,
    /// A difference that means nothing.
    pub tolerance: Figure,
    /// Where the figures come from.
    pub source: Line,
    /// How often it is measured, in months.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub measured_every_months: Option<i32>,
    /// The last day of the period that the next measurement is awaited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_due_on: Option<NaiveDate>,
    /// How it does.
    pub assessment: IndicatorAssessment,
    /// Grows by one with each change; the first part of the `ETag`.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
