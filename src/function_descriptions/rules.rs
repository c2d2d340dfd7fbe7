//! Which steps a document allows, and which of its versions is valid (CPS-7). Pure.

use chrono::NaiveDate;

use super::model::VersionState;
use crate::closed_enum;
use crate::platform::error::{Error, Result};

closed_enum! {
    /// A step in the life of a document.
    pub enum Step {
        /// Change the draft.
        Change = "change",
        /// Submit the draft to a meeting.
        Submit = "submission",
        /// Register what was decided.
        Decide = "decision",
        /// Begin a new version.
        Renew = "versions",
    }
}

/// The steps that a document allows whose newest version is in this state. `cancelled`: the meeting
/// that it was submitted to decides nothing, and it goes to another one.
#[must_use]
pub const fn allowed(newest: VersionState, cancelled: bool) -> &'static [Step] {
    match newest {
        VersionState::Draft => &[Step::Change, Step::Submit],
        VersionState::Submitted if cancelled => &[Step::Submit],
        VersionState::Submitted => &[Step::Decide],
        VersionState::Approved | VersionState::Rejected => &[Step::Renew],
    }
}

/// Refuses a step that is not possible now.
pub fn check(newest: VersionState, cancelled: bool, step: Step) -> Result<()> {
    let allowed = allowed(newest, cancelled);
    if allowed.contains(&step) {
        Ok(())
    } else {
        Err(Error::state(
            "The newest version of the document is not there.",
            newest,
            allowed,
        ))
    }
}

/// The version that is valid on a day, of those approved with their first days: the newest whose
/// day has come.
#[must_use]
pub fn valid_on(approved: &[(i32, NaiveDate)], day: NaiveDate) -> Option<i32> {
    approved
        .iter()
        .filter(|(_, from)| *from <= day)
        .map(|(number, _)| *number)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cps_7_one_version_is_valid_at_a_time() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let approved = [(1, day("2026-05-01")), (3, day("2026-09-01"))];
        assert_eq!(valid_on(&approved, day("2026-04-30")), None);
        assert_eq!(valid_on(&approved, day("2026-05-01")), Some(1));
        assert_eq!(valid_on(&approved, day("2026-08-31")), Some(1));
        assert_eq!(valid_on(&approved, day("2026-09-01")), Some(3));
    }

    #[test]
    fn a_step_is_refused_exactly_where_it_is_not_named() {
        for state in VersionState::ALL {
            for cancelled in [false, true] {
                for step in Step::ALL {
                    let named = allowed(*state, cancelled).contains(step);
                    assert_eq!(check(*state, cancelled, *step).is_ok(), named);
                }
            }
        }
    }
}
