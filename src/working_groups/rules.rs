//! When a working group may work, and which steps it takes. Pure.

use chrono::NaiveDate;

use super::model::WorkingGroupState;
use crate::platform::error::{Error, Result};

/// It begins and ends within its steering group's own time.
pub fn check_within(
    (from, to): (NaiveDate, NaiveDate),
    group: (NaiveDate, Option<NaiveDate>),
) -> Result<()> {
    if to <= from {
        return Err(Error::field(
            "/endsOn",
            "beforeStart",
            "must lie after startsOn",
        ));
    }
    if from < group.0 {
        return Err(Error::field(
            "/startsOn",
            "beforeGroup",
            "must not lie before the steering group's own start",
        ));
    }
    if group.1.is_some_and(|end| to > end) {
        return Err(Error::field(
            "/endsOn",
            "afterGroup",
            "must not lie after the steering group's own end",
        ));
    }
    Ok(())
}

/// Only a group at work changes, reports or is closed.
pub fn check_working(state: WorkingGroupState) -> Result<()> {
    match state {
        WorkingGroupState::Working => Ok(()),
        WorkingGroupState::Reported | WorkingGroupState::Closed => Err(Error::state(
            "The group has ended: a new task is a new group's.",
            state,
            std::iter::empty::<&str>(),
        )),
    }
}

/// The day of a report: since the start, and not in the future.
pub fn check_reported(on: NaiveDate, from: NaiveDate, today: NaiveDate) -> Result<()> {
    if on > today {
        return Err(Error::field(
            "/reportedOn",
            "inTheFuture",
            "must not lie in the future",
        ));
    }
    if on < from {
        return Err(Error::field(
            "/reportedOn",
            "beforeStart",
            "must not lie before the group's start",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn cps_5_a_working_group_lies_within_its_steering_groups_time() {
        let check = |from, to, end: Option<&str>| {
            check_within((day(from), day(to)), (day("2026-01-01"), end.map(day))).is_ok()
        };
        assert!(check("2026-01-01", "2026-12-31", None));
        assert!(check("2026-01-01", "2026-12-31", Some("2026-12-31")));
        assert!(!check("2025-12-31", "2026-12-31", None));
        assert!(!check("2026-01-01", "2027-01-01", Some("2026-12-31")));
        assert!(!check("2026-06-01", "2026-06-01", None));
    }

    #[test]
    fn cps_5_a_report_is_given_once() {
        assert!(check_working(WorkingGroupState::Working).is_ok());
        assert!(check_working(WorkingGroupState::Reported).is_err());
        assert!(check_working(WorkingGroupState::Closed).is_err());
    }
}
