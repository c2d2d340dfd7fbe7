//! Which days count: public holidays, a programme's own closed days, and deadlines that explain themselves.
//!
//! Pure: dates in, dates out. "Working day" (hverdag / vardag) is Monday to Friday less the public
//! holidays of the programme's country, less the programme's own closed days (domain.md, "Working days").
//!
//! Invariants:
//! - Day 0 is the day of receipt (APS-4): a deadline of 0 working days is that day, whatever day it is.
//! - The explanation of a deadline names every day from receipt to the due day exactly once, in order,
//!   and the days it counts are numbered 1, 2, 3 … without a gap.
//! - [`WorkingCalendar::deadline`] without pauses and [`WorkingCalendar::add_working_days`] agree.
//! - Every search ends: a calendar that is always closed is an error, not a loop.
//!
//! Reading order: `holidays`, `closed_days`, `working`, `deadline`, `local_time`.

mod closed_days;
mod deadline;
mod holidays;
mod local_time;
mod working;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use closed_days::{ClosedDay, ClosedDayProblem};
pub use deadline::{DayReason, Deadline, ExplainedDay, MAX_WORKING_DAYS, Pause};
pub use holidays::{Holiday, MAX_YEAR, MIN_YEAR, public_holidays};
pub use local_time::{end_of_day, local_date, start_of_day};
pub use working::{ClassifiedDay, DayKind, WorkingCalendar};

/// A country whose public holidays and telephone numbers the service knows:
/// `DK` Danmark, `SE` Sverige.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
pub enum Country {
    /// Danmark.
    #[serde(rename = "DK")]
    Denmark,
    /// Sverige.
    #[serde(rename = "SE")]
    Sweden,
}

/// Why a calendar or a deadline could not be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// A year outside [`MIN_YEAR`] to [`MAX_YEAR`].
    YearOutOfRange,
    /// More working days than [`MAX_WORKING_DAYS`].
    TooManyWorkingDays,
    /// So many days are closed or paused that the count was not reached within ten years.
    NoWorkingDays,
    /// A pause that ends before it begins; the index in the list that was given.
    PauseReversed(usize),
    /// A closed day of the programme's policy that cannot be read; the index in the list, and why.
    ClosedDay(usize, Vec<ClosedDayProblem>),
}

impl CalendarError {
    /// A stable camelCase code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::YearOutOfRange => "calendarYearOutOfRange",
            Self::TooManyWorkingDays => "calendarTooManyWorkingDays",
            Self::NoWorkingDays => "calendarNoWorkingDays",
            Self::PauseReversed(_) => "calendarPauseReversed",
            Self::ClosedDay(..) => "calendarClosedDay",
        }
    }

    /// What is wrong and what to do, for a person.
    #[must_use]
    pub fn detail(&self) -> &'static str {
        match self {
            Self::YearOutOfRange => {
                "The calendar knows the years 1900 to 2200. Choose a date in them."
            }
            Self::TooManyWorkingDays => {
                "A deadline is at most 400 working days. Choose fewer days."
            }
            Self::NoWorkingDays => {
                "Almost every day is closed or paused, so the deadline is never reached. Check the programme's closed days and the pauses."
            }
            Self::PauseReversed(_) => "A pause ends before it begins. Correct its dates.",
            Self::ClosedDay(..) => {
                "A closed day of the programme cannot be read. Correct the programme's policy."
            }
        }
    }
}
