//! Shares of full time over days: how a unit is staffed, and that nobody has more than full time
//! (CPS-1). Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::error::{Error, Result};

/// A share in its period.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, where there is one.
    pub to: Option<NaiveDate>,
    /// Percent of full time.
    pub percent: i32,
}

/// How a unit is staffed from one day on (bemanding).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"from": "2026-04-01", "people": 2, "percent": 160}))]
pub struct StaffingStep {
    /// The first day.
    pub from: NaiveDate,
    /// How many people belong to it.
    pub people: i32,
    /// Their shares together, in percent of one full time.
    pub percent: i32,
}

/// The sum of shares as steps: each lasts until the next one begins, and the last one for good.
#[must_use]
pub fn steps(shares: &[Share]) -> Vec<StaffingStep> {
    let mut changes: BTreeMap<NaiveDate, (i32, i32)> = BTreeMap::new();
    for share in shares {
        let begin = changes.entry(share.from).or_default();
        begin.0 += 1;
        begin.1 += share.percent;
        if let Some(after) = share.to.and_then(|to| to.succ_opt()) {
            let end = changes.entry(after).or_default();
            end.0 -= 1;
            end.1 -= share.percent;
        }
    }
    let (mut people, mut percent) = (0, 0);
    changes
        .into_iter()
        .filter(|(_, change)| *change != (0, 0))
        .map(|(from, change)| {
            people += change.0;
            percent += change.1;
            StaffingStep {
                from,
                people,
                percent,
            }
        })
        .collect()
}

/// Nobody has more than full time on any day.
pub fn check_full_time(others: &[Share], new: Share) -> Result<()> {
    let mut all = others.to_vec();
    all.push(new);
    if steps(&all).iter().any(|step| step.percent > 100) {
        return Err(Error::conflict(
            "The person would have more than full time on some day: end another share before, or take a smaller one.",
        ));
    }
    Ok(())
}

/// A share lies within its unit's own period.
pub fn check_within(
    (from, to): (NaiveDate, Option<NaiveDate>),
    unit: (NaiveDate, Option<NaiveDate>),
) -> Result<()> {
    if to.is_some_and(|to| to < from) {
        return Err(Error::field(
            "/validTo",
            "beforeStart",
            "must not lie before validFrom",
        ));
    }
    if from < unit.0 || unit.1.is_some_and(|end| from > end) {
        return Err(Error::field(
            "/validFrom",
            "outsideUnit",
            "must lie in the unit's own period",
        ));
    }
    match (to, unit.1) {
        (Some(to), Some(end)) if to > end => Err(Error::field(
            "/validTo",
            "outsideUnit",
            "must lie in the unit's own period",
        )),
        (None, Some(_)) => Err(Error::field(
            "/validTo",
            "required",
            "is needed: the unit has a last day",
        )),
        _ => Ok(()),
    }
}

/// Whether two periods have a day in common.
#[must_use]
pub fn overlap(a: Share, b: Share) -> bool {
    a.to.is_none_or(|to| b.from <= to) && b.to.is_none_or(|to| a.from <= to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(n)
    }

    fn share(from: u64, to: Option<u64>, percent: i32) -> Share {
        Share {
            from: day(from),
            to: to.map(day),
            percent,
        }
    }

    #[test]
    fn cps_1_a_change_of_the_share_is_a_step() {
        let found = steps(&[
            share(0, Some(9), 60),
            share(10, None, 80),
            share(5, None, 50),
        ]);
        let found: Vec<_> = found
            .iter()
            .map(|step| (step.people, step.percent))
            .collect();
        assert_eq!(found, [(1, 60), (2, 110), (2, 130)]);
        // The same share in two records is no step.
        assert_eq!(
            steps(&[share(0, Some(9), 60), share(10, None, 60)]).len(),
            1
        );
    }

    #[test]
    fn cps_1_nobody_has_more_than_full_time() {
        let others = [share(0, Some(9), 60), share(20, None, 50)];
        assert!(check_full_time(&others, share(10, Some(19), 100)).is_ok());
        assert!(check_full_time(&others, share(9, Some(19), 41)).is_err());
        assert!(check_full_time(&others, share(5, None, 40)).is_ok());
        assert!(check_full_time(&others, share(5, None, 60)).is_err());
    }

    proptest! {
        #[test]
        fn cps_1_steps_are_the_sum_of_each_day(
            rows in prop::collection::vec((0u64..40, prop::option::of(0u64..40), 1i32..=100), 0..6), on in 0u64..90,
        ) {
            let shares: Vec<Share> = rows.iter()
                .map(|(from, length, percent)| share(*from, length.map(|length| from + length), *percent))
                .collect();
            let holds = |share: &&Share| share.from <= day(on) && share.to.is_none_or(|to| day(on) <= to);
            let expected: i32 = shares.iter().filter(holds).map(|share| share.percent).sum();
            let found = steps(&shares).iter().rfind(|step| step.from <= day(on)).map_or(0, |step| step.percent);
            prop_assert_eq!(found, expected);
        }
    }
}
