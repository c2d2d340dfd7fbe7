//! Regions: who runs the hospitals. They are founded, and they merge.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Country;

/// A region (region) with the time it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    /// The country the region lies in.
    pub country: Country,
    /// The region's official code (regionskode / länskod); our own provisional key while there is none.
    #[schema(example = "1081")]
    pub code: String,
    /// The region's name.
    #[schema(example = "Region Nordjylland")]
    pub name: String,
    /// The ISO 3166-2 code; null while there is none.
    #[schema(required = true, example = "DK-81")]
    pub iso: Option<String>,
    /// The first day the region exists; null where it is older than any of our data.
    #[schema(required = true)]
    pub valid_from: Option<NaiveDate>,
    /// The last day the region exists; null while no end is known.
    #[schema(required = true)]
    pub valid_to: Option<NaiveDate>,
    /// The code of the region that takes over the day after; null where there is none.
    #[schema(required = true)]
    pub successor: Option<String>,
}

// A line that cannot be read would be left out here; a test compares the number of lines.
static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    csv::Reader::from_reader(include_str!("regions.csv").as_bytes())
        .into_deserialize()
        .filter_map(Result::ok)
        .collect()
});

/// Every region that was, is or is decided to be.
#[must_use]
pub fn regions() -> &'static [Region] {
    &REGIONS
}

/// The region with this code.
#[must_use]
pub fn region(code: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.code == code)
}

impl Region {
    /// Whether the region exists on this day.
    #[must_use]
    pub fn is_valid_on(&self, date: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= date) && self.valid_to.is_none_or(|to| date <= to)
    }

    /// The region that figures of this one are counted under on this day: itself, or after a merger its
    /// successor. With one and the same `date` for every figure, years before and after the merger can
    /// be compared, at the size of the merged region.
    ///
    /// A merged region cannot be divided again: asked about a day before it existed, it stays itself.
    #[must_use]
    pub fn comparable_on(&'static self, date: NaiveDate) -> &'static Region {
        let mut current = self;
        while current.valid_to.is_some_and(|to| to < date) {
            match current.successor.as_deref().and_then(region) {
                Some(next) => current = next,
                None => break,
            }
        }
        current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn places_every_line_of_the_table_is_read() {
        let lines = include_str!("regions.csv").lines().count() - 1;
        assert_eq!(regions().len(), lines);
    }

    #[test]
    fn places_hovedstaden_and_sjaelland_merge_on_1_january_2027() {
        let (hovedstaden, sjaelland) = (region("1084").unwrap(), region("1085").unwrap());
        let merged = region("provisional-ostdanmark").unwrap();
        let (before, after) = (day("2026-12-31"), day("2027-01-01"));
        for old in [hovedstaden, sjaelland] {
            assert!(old.is_valid_on(before) && !old.is_valid_on(after));
            assert_eq!(old.comparable_on(before), old);
            assert_eq!(old.comparable_on(after), merged);
        }
        assert!(!merged.is_valid_on(before) && merged.is_valid_on(after));
        assert_eq!(merged.comparable_on(before), merged);
        let nordjylland = region("1081").unwrap();
        assert_eq!(nordjylland.comparable_on(day("2099-01-01")), nordjylland);
    }

    #[test]
    fn places_a_successor_begins_the_day_after() {
        for old in regions() {
            let successor = old.successor.as_deref().map(|code| region(code).unwrap());
            let begins = successor.map(|next| next.valid_from.unwrap());
            let ends = old.valid_to.map(|to| to.succ_opt().unwrap());
            assert_eq!(begins, ends, "{}", old.name);
            // Validities that only grow along the chain: following successors ends.
            assert!(successor.is_none_or(|next| old.valid_from < next.valid_from));
        }
    }
}
