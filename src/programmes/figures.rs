//! How small a count may be that a programme's activity figures show: policy, and its changes.

use chrono::{Datelike as _, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::put;
use crate::platform::http::input::present;

/// For how many days after a month its talks may be counted and taken back. Then the month is
/// settled: its figures stand, and nothing is added that could be told from the difference.
pub const SETTLED_AFTER_DAYS: u64 = 7;

/// The first day of the first month that is not settled on `today`.
#[must_use]
pub fn unsettled_from(today: NaiveDate) -> NaiveDate {
    let day = today
        .checked_sub_days(Days::new(SETTLED_AFTER_DAYS))
        .unwrap_or(today);
    day.with_day(1).unwrap_or(day)
}

/// The smallest counts that activity figures show (HF-7). Smaller ones are suppressed, and as many
/// others that they cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"smallestCell": 5, "smallestShiftCell": 1}))]
pub struct FiguresPolicy {
    /// The smallest count of talks that is shown; 1 shows every count.
    #[schema(minimum = 1, maximum = 100)]
    pub smallest_cell: u32,
    /// The smallest count of shifts and turns that is shown: work of volunteers, and nobody who
    /// was met. 1 shows every count.
    #[schema(minimum = 1, maximum = 100)]
    pub smallest_shift_cell: u32,
}

impl Default for FiguresPolicy {
    fn default() -> Self {
        Self {
            smallest_cell: 5,
            smallest_shift_cell: 1,
        }
    }
}

/// A change of the smallest counts that are shown.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FiguresChange {
    /// The smallest count of talks that is shown.
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    smallest_cell: Option<u32>,
    /// The smallest count of shifts and turns that is shown.
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "present")]
    smallest_shift_cell: Option<u32>,
}

impl FiguresChange {
    pub(super) fn apply(&self, policy: &mut FiguresPolicy) {
        put(&mut policy.smallest_cell, &self.smallest_cell);
        put(&mut policy.smallest_shift_cell, &self.smallest_shift_cell);
    }
}
